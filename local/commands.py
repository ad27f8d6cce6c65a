"""The commands behind `python -m local`: each takes the parsed arguments and returns the exit code.

0 all went as expected, 1 a call did not, 2 something had to be set up or started first.
"""

import argparse
import asyncio
import json
import secrets
import signal
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from local import control, hotels, ports, text, text_scenes, text_script
from local.callers import script
from local.callers.scene import Scene
from local.config import HOTELS, ROOT, user_settings
from local.control import Control
from local.errors import LocalError, SetupError
from local.live import LiveView
from local.render import render
from local.report import Report
from local.scenes import run_scene, run_scenes, unless_failed
from local.stack import Stack
from local.state import State, read_state
from local.wiring import Options

_MORE = "python -m local call [SCENE]   python -m local call --list   python -m local text"


def up(arguments: argparse.Namespace) -> int:
    """Start everything, place a call when asked, keep serving until Ctrl-C."""
    scene = script.load(arguments.call) if arguments.call else None
    return _run(_up(arguments, scene))


async def _up(arguments: argparse.Namespace, scene: Scene | None) -> int:
    console = _console(arguments)
    view = LiveView(console, quiet=arguments.json)
    code = 0
    async with Stack(_options(arguments, [scene] if scene else []), user_settings(), view.say) as stack:
        served = Control(stack)
        await served.start()
        state = stack.state()
        state.write()
        try:
            if not arguments.json:
                console.print(_addresses(stack))
            if scene:
                code = _show(
                    await unless_failed(stack, run_scene(stack, scene, lambda n: view.show(vars(n)))), view, arguments
                )
            view.say(f"\nServing. More calls, from another terminal:  {_MORE}\nCtrl-C stops.")
            raise await stack.failure()
        except asyncio.CancelledError:
            view.say("stopping")
            return code
        finally:
            state.remove()
            await served.stop()


def serve_bookings(arguments: argparse.Namespace) -> int:
    """Serve the reference booking system until Ctrl-C."""
    from local.pms import server

    folder = Path(arguments.hotels) if arguments.hotels else HOTELS
    hotels = server.read_hotels(folder)
    if not hotels:
        raise SetupError(f"There is no hotel's file in {folder}.", "Name another folder with --hotels.")
    key = arguments.key or secrets.token_hex(24)
    url = f"http://{ports.HOST}:{ports.assign(['pms'], {'pms': arguments.serve_on})['pms']}"
    for name, value in (("PMS_URLS", url), ("PMS_KEYS", key)):
        print(f"{name}={','.join(f'{property_id}={value}' for property_id in hotels)}", flush=True)
    server.serve(hotels, key, ports.HOST, arguments.serve_on)
    return 0


def call(arguments: argparse.Namespace) -> int:
    """Place one call: on the stack that is running, otherwise on one of its own."""
    if arguments.list:
        for name in script.names():
            print(f"{name:24} {script.load(name).title}")
        return 0
    scene = script.load(arguments.scene)
    view = LiveView(_console(arguments), quiet=arguments.json)
    state = read_state()
    if state is not None and control.is_running(state):
        document = control.place_call(state, scene.name, view.show)
        return _show_document(document, view, arguments)
    return _run(_call(arguments, scene, view))


async def _call(arguments: argparse.Namespace, scene: Scene, view: LiveView) -> int:
    async with Stack(_options(arguments, [scene]), user_settings(), view.say) as stack:
        found = await unless_failed(stack, run_scene(stack, scene, lambda notice: view.show(vars(notice))))
        return _show(found, view, arguments)


def scenes(arguments: argparse.Namespace) -> int:
    """Run scenes, several at a time, and print a table."""
    chosen = [script.load(name) for name in arguments.scenes or script.names()] * arguments.repeat
    return _run(_scenes(arguments, chosen))


async def _scenes(arguments: argparse.Namespace, chosen: list[Scene]) -> int:
    console = _console(arguments)
    started = time.monotonic()
    view = LiveView(console, quiet=arguments.json)

    def done(scene: Scene, found: Report) -> None:
        mark = "[green]ok[/]" if found.ok else "[red]failed[/]"
        view.say(f"{mark:>6}  {scene.name}" + "".join(f"\n        [red]{escape(line)}[/]" for line in found.failures))

    async with Stack(_options(arguments, chosen), user_settings(), view.say) as stack:
        reports = await run_scenes(stack, chosen, jobs=arguments.jobs, done=done)
    if arguments.json:
        print(json.dumps([found.document for found in reports], indent=2))
    else:
        console.print(_table(reports))
        console.print(f"{len(reports)} calls in {time.monotonic() - started:.0f} s, kept in {stack.run_folder}")
    return 0 if all(found.ok for found in reports) else 1


def talk(arguments: argparse.Namespace) -> int:
    """A conversation by keyboard: on the stack that is running, otherwise on one of its own."""
    state = read_state()
    if state is not None and control.is_running(state):
        _converse(state, arguments)
        return 0
    return _run(_talk(arguments))


async def _talk(arguments: argparse.Namespace) -> int:
    view = LiveView(_console(arguments))
    async with Stack(_options(arguments, []), user_settings(), view.say) as stack:
        await unless_failed(stack, asyncio.to_thread(_converse, stack.state(), arguments))
    return 0


def _converse(state: State, arguments: argparse.Namespace) -> None:
    console = _console(arguments)

    def show(kind: str, detail: dict[str, Any]) -> None:
        if kind == "agent":
            console.print(f"[green]agent[/]  {escape(detail['text'])}", highlight=False)
        elif kind == "note":
            console.print(f"[yellow]note[/]   {escape(detail['text'])}", highlight=False)
        else:
            asked, given = (json.dumps(detail[name], ensure_ascii=False) for name in ("arguments", "result"))
            line = f"{detail['name']} {asked} -> {given}"
            line += f" then {json.dumps(detail['then'])}" if detail["then"] else ""
            console.print(f"[dim]tool   {escape(line)}[/]", highlight=False)

    hotel = hotels.find(arguments.property)
    if arguments.language and arguments.language not in hotel.languages:
        raise SetupError(
            f"{hotel.property_id} does not speak {arguments.language!r}.", f"It speaks: {', '.join(hotel.languages)}."
        )
    caller = "" if arguments.caller == "anonymous" else arguments.caller
    stir = "A" if caller and not arguments.unattested else ""
    conversation = text.TextConversation(state, hotel, text.Guest(caller, stir, arguments.language), show)
    try:
        text.converse(conversation, text.typed_lines(sys.stdin, show_prompt=sys.stdin.isatty()))
    finally:
        conversation.close()


def play_texts(arguments: argparse.Namespace) -> int:
    """Conversations in writing, one after the other at one desk; no audio."""
    chosen = [text_script.load(name) for name in arguments.texts or text_script.names()]
    return _run(_play_texts(arguments, chosen))


async def _play_texts(arguments: argparse.Namespace, chosen: list[text_script.TextScene]) -> int:
    console, found = _console(arguments), dict[str, list[str]]()
    async with text_scenes.Desk() as desk:
        for scene in chosen:
            failures = found[scene.name] = await desk.play(scene)
            console.print(
                f"{'[red]failed[/]' if failures else '[green]ok[/]':>6}  {scene.name:28} {escape(scene.title)}"
            )
            for failure in failures:
                console.print(f"        [red]{escape(failure)}[/]", highlight=False)
    if arguments.json:
        print(
            json.dumps([{"name": name, "ok": not failures, "failures": failures} for name, failures in found.items()])
        )
    return 1 if any(found.values()) else 0


def render_lines(arguments: argparse.Namespace) -> int:
    """Make the recordings of lines that have none."""
    lines = [line for name in script.names() for line in script.load(name).lines]
    made = render(lines, again=arguments.again)
    for path in made:
        print(path.relative_to(ROOT))
    print(f"{len(made)} made, {len(set(lines)) - len(made)} were there")
    return 0


# -- what they share


def _options(arguments: argparse.Namespace, chosen: list[Scene]) -> Options:
    relays = max(arguments.relays, 2 if any(scene.faults.kill_relay for scene in chosen) else 1)
    return Options(
        engine=arguments.engine,
        bookings=arguments.bookings,
        recording=arguments.recording,
        relays=relays,
        ports=dict(arguments.port),
        log_level=arguments.log_level.upper(),
    )


def _run(command: Coroutine[Any, Any, int]) -> int:
    """Run a command so that Ctrl-C and SIGTERM both let it stop what it started."""

    async def with_signals() -> int:
        task = asyncio.ensure_future(command)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        try:
            return await task
        except asyncio.CancelledError:
            return 130

    return asyncio.run(with_signals())


def _show(found: Report, view: LiveView, arguments: argparse.Namespace) -> int:
    return _show_document(found.document, view, arguments)


def _show_document(document: dict[str, Any], view: LiveView, arguments: argparse.Namespace) -> int:
    view.report(document)
    if arguments.json:
        print(json.dumps(document, indent=2), flush=True)
    return 0 if document["ok"] else 1


def _console(arguments: argparse.Namespace) -> Console:
    """With --json everything for people goes to the error output."""
    return Console(stderr=getattr(arguments, "json", False), width=None if sys.stdout.isatty() else 160)


def _addresses(stack: Stack) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name in ("twilio", "tools", "speech", *(relay.name for relay in stack.relays), "simulated-twilio", "pubsub"):
        table.add_row(name, stack.wiring.origin(name))
    table.add_row("media", f"{stack.wiring.media_origin}/voice/stream")
    table.add_row("mcp", f"{stack.wiring.origin('mcp')}/mcp  Authorization: Bearer {stack.secrets.mcp_key}")
    table.add_row("run folder", str(stack.run_folder))
    return table


def _table(reports: list[Report]) -> Table:
    table = Table(
        "scene", "verdict", "outcome", "first audio", "reply (median)", "barge-in", "repeated", "seconds", "session"
    )
    for found in reports:
        document = found.document
        times = document["times"]
        table.add_row(
            document["scene"],
            "[green]ok[/]" if found.ok else "[red]failed[/]",
            str(document["outcome"]),
            str(times["answer_to_first_audio_ms"]),
            str(times["reply_median_ms"]),
            ", ".join(map(str, times["barge_in_to_silence_ms"])),
            str(sum(act["action"] == "repeats" for act in document["guest"])),
            str(document["call"]["duration_s"]),
            document["session_id"],
        )
    return table


def explain(error: LocalError) -> None:
    """An error for people, on the error output."""
    Console(stderr=True, width=160).print(f"[bold red]nightdesk:[/] {escape(str(error))}", highlight=False)
