"""Who stops the agent, and how soon: `python -m bench barge-in [--copies N] [--tune]`.

The real relay and the real detector of `speech`, each a process, between scripted callers and an engine that says
prepared lines; `selective` beside `immediate`, on the same scenes. All scenes are synthetic (`barge_in_scenes.py`).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import socket
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve

from bench.barge_in_call import Caller, Engine, Seen
from bench.barge_in_scenes import Scene, scenes
from bench.load.functions import Functions, call_number
from bench.load.phone import upgrade_signature

ROOT = Path(__file__).resolve().parent.parent
MEDIA_ORIGIN = "wss://media.example.com"
MODES = ("selective", "immediate")
AT_ONCE = 16
BETWEEN_CALLS_S = 0.5
# An interruption counts as heeded within this time.
HEEDED_WITHIN_MS = 4000
OPENING_BYTES, SHORT_ANSWER_BYTES = 1500 * 8, 1000 * 8
LISTENING_WITHIN_S = 60.0


HEAD = """\
Barge-in on SYNTHETIC scenes: synthesised words, shaped noise, filtered echo; no recording of a real caller.
{count} scenes, {chosen}those on which the relay's figures were chosen.
noticed: the detector fired during the scene; stopped: the agent, by an interruption, within 4 s of its beginning;
falsely: by anything else; silence: ms from the caller's first sound to the agent's last, median and 95 per cent;
pause: ms of silence within the agent's line, median; answered: something in the scene got a reply

scene                mode          n  noticed   stopped falsely  silence 50/95    pause  answered"""


async def measure(mode: str, agents: list[bytes], chosen: list[Scene]) -> list[Seen]:
    """Every scene as a call through one relay, several at a time."""
    seen = {scene.number: Seen(scene) for scene in chosen}
    functions = Functions(barge_in=mode)
    key, token, secret = (secrets.token_hex(16) for _ in range(3))

    async with functions.running() as origin, _speech(origin, secret, key) as vad_url:

        async def engine(connection: ServerConnection) -> None:
            assert connection.request is not None
            number = call_number(parse_qs(urlsplit(connection.request.path).query)["session"][0])
            call = seen[number]
            others = [agents[(call.scene.agent + step) % len(agents)] for step in (1, 2)]
            lines = [others[0][:OPENING_BYTES], agents[call.scene.agent], others[1][:SHORT_ANSWER_BYTES]]
            await Engine(connection, call, lines).serve(vad_url, key)

        async with serve(engine, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
            engine_port = next(iter(server.sockets)).getsockname()[1]
            engine_url = f"ws://127.0.0.1:{engine_port}/v1/realtime?model=bench&session={{session_id}}"
            async with _relay(origin, secret, token, engine_url) as url:
                signature = upgrade_signature(token, f"{MEDIA_ORIGIN}/voice/stream")
                places = asyncio.Semaphore(AT_ONCE)

                async def call(one: Seen) -> None:
                    await Caller(one.scene, one).call(url, signature, f"CA{one.scene.number:032x}")
                    places.release()

                calls = []
                for one in seen.values():
                    await places.acquire()
                    calls.append(asyncio.create_task(call(one)))
                    await asyncio.sleep(BETWEEN_CALLS_S)
                await asyncio.gather(*calls)
    return list(seen.values())


@asynccontextmanager
async def _relay(origin: str, secret: str, token: str, engine_url: str) -> AsyncIterator[str]:
    settings = {
        "MEDIA_ORIGIN": MEDIA_ORIGIN,
        "TWILIO_AUTH_TOKEN": token,
        "TOOLS_URL": origin,
        "SERVICE_AUTH": "secret",
        "SERVICE_SECRET": secret,
        "ENGINES": f"bench=realtime:{engine_url}",
        "ENGINE_AUTH_BENCH": "bearer:BENCH_KEY",
        "BENCH_KEY": "bench",
        "PUBSUB_ORIGIN": origin,
        "PUBSUB_PROJECT": "bench",
        "PUBSUB_AUTH": "none",
        "LOG_LEVEL": "WARNING",
    }
    async with _process("relay", settings) as port:
        yield f"ws://127.0.0.1:{port}/voice/stream"


@asynccontextmanager
async def _speech(origin: str, secret: str, key: str) -> AsyncIterator[str]:
    """Only its detector is used: it is asked for no answer and no words."""
    settings = {
        "SPEECH_API_KEY": key,
        "CLERK_URL": origin,
        "SERVICE_AUTH": "secret",
        "SERVICE_SECRET": secret,
        "PROPERTY_ID": "bench",
        "STT_WORKERS": "1",
        "LOG_LEVEL": "WARNING",
    }
    async with _process("speech", settings) as port:
        yield f"ws://127.0.0.1:{port}/v1/realtime?model=bench"


@asynccontextmanager
async def _process(module: str, settings: dict[str, str]) -> AsyncIterator[int]:
    """Run one of our servers on a free port until the end. Raises RuntimeError when it ends before."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "HOST": "127.0.0.1", "PORT": str(port), **settings}
    with tempfile.TemporaryFile() as printed:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, cwd=ROOT, env=environment, stdout=printed, stderr=printed
        )
        try:
            async with asyncio.timeout(LISTENING_WITHIN_S):
                while not await _listens(port):
                    if running.returncode is not None:
                        printed.seek(0)
                        raise RuntimeError(f"{module} ended: {printed.read().decode()[-1500:]}")
                    await asyncio.sleep(0.1)
            yield port
        finally:
            if running.returncode is None:
                running.terminate()
            await running.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


# --- the table ---


def silence_after_ms(seen: Seen) -> int | None:
    """From the caller's first sound to the agent's last one before it was stopped; None when it was not stopped."""
    scene = seen.scene
    if scene.onset_ms is None or seen.begins is None:
        return None
    onset = seen.frame_of(scene.onset_ms)
    stops = [frame for frame in seen.cleared if onset <= frame <= onset + HEEDED_WITHIN_MS // 20]
    if not stops:
        return None
    spoken = [frame for frame in range(onset, stops[0]) if seen.audible[frame]]
    return (spoken[-1] - onset + 1) * 20 if spoken else 0


def was_stopped_wrongly(seen: Seen) -> bool:
    """The agent was stopped by no interruption, or before there was one."""
    assert seen.begins is not None
    until = seen.frame_of(seen.scene.onset_ms or 0) if seen.scene.should_yield else len(seen.audible)
    return any(seen.begins <= frame < until for frame in seen.cleared)


def pause_ms(seen: Seen) -> int:
    """How long the agent was silent within its long line."""
    assert seen.begins is not None
    line = seen.audible[seen.begins :]
    return 20 * line[: len(line) - line[::-1].index(True)].count(False)


def rows(mode: str, results: list[Seen]) -> Iterator[str]:
    kinds = list(dict.fromkeys(seen.scene.kind for seen in results))
    for kind in kinds:
        of_kind = [seen for seen in results if seen.scene.kind == kind]
        group = [seen for seen in of_kind if seen.begins is not None]
        yields = [ms for seen in group if (ms := silence_after_ms(seen)) is not None]
        should = bool(group) and group[0].scene.should_yield
        noticed = sum(any(frame >= (seen.begins or 0) for frame in seen.noticed) for seen in group)
        wrong = sum(map(was_stopped_wrongly, group))
        answered = sum(seen.responses > 2 for seen in group)
        stopped = f"{len(yields)}/{len(group)}" if should else "-"
        silence = f"{statistics.median(yields):.0f} / {_p95(yields):.0f}" if should and yields else "-"
        paused = "-" if should else f"{statistics.median(pause_ms(seen) for seen in group):.0f}" if group else "-"
        failed = f"  ({len(of_kind) - len(group)} calls without a scene)" if len(group) < len(of_kind) else ""
        yield (
            f"{kind:20} {mode:10} {len(group):4} {noticed:8} {stopped:>9} {wrong:>7} {silence:>14} {paused:>8}"
            f" {answered:9}{failed}"
        )


def _p95(values: list[int]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench barge-in")
    parser.add_argument("--copies", type=int, default=2, help="how often each kind of scene is made (default 2)")
    parser.add_argument(
        "--tune", action="store_true", help="the scenes that the figures were chosen on, not the others"
    )
    options = parser.parse_args()
    agents, made = scenes(options.copies)
    chosen = [scene for scene in made if scene.number % 2 == (0 if options.tune else 1)]
    print(HEAD.format(count=len(chosen), chosen="" if options.tune else "not "))
    tables = {mode: list(rows(mode, asyncio.run(measure(mode, agents, chosen)))) for mode in MODES}
    for pair in zip(*tables.values(), strict=True):
        print("\n".join(pair))


if __name__ == "__main__":
    main()
