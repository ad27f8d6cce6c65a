"""The live view of calls: a line for each thing that happens, with its call time."""

import json
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

_LONGEST = 400


class LiveView:
    """Shows notices as they come; with `quiet` (for --json) none. On a terminal a last line says who is speaking."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._status: Status | None = None
        self._guest_silent_ms: int | None = None

    def show(self, notice: Mapping[str, Any]) -> None:
        """A notice as in local/facts.py: at_ms, kind, detail."""
        if self._quiet:
            return
        line = _LINES.get(notice["kind"], _nothing)(notice["detail"]) or self._voice(notice)
        if line:
            self._console.print(f"[dim]{notice['at_ms'] / 1000:7.2f}[/]  {line}", highlight=False)
        self._say_who_speaks(notice)

    def _voice(self, notice: Mapping[str, Any]) -> str:
        """The agent's words come when they have been spoken; until then it says how soon the agent began."""
        if notice["kind"] == "guest" and notice["detail"]["action"] == "falls_silent":
            self._guest_silent_ms = notice["at_ms"]
        elif notice["kind"] == "agent" and notice["detail"]["speaking"] and self._guest_silent_ms is not None:
            waited_ms, self._guest_silent_ms = notice["at_ms"] - self._guest_silent_ms, None
            return f"[dim]agent  begins to speak after {waited_ms} ms[/]" if waited_ms > 0 else ""
        return ""

    def _say_who_speaks(self, notice: Mapping[str, Any]) -> None:
        if not self._console.is_terminal:
            return
        detail = notice["detail"]
        if notice["kind"] == "call" and detail["state"] == "over":
            self._stop_status()
        elif notice["kind"] == "agent":
            self._set_status("the agent is speaking" if detail["speaking"] else "listening")
        elif notice["kind"] == "guest":
            self._set_status(
                "the guest is speaking" if detail["action"] in ("says", "repeats", "interrupts") else "listening"
            )

    def _set_status(self, text: str) -> None:
        if self._status is None:
            self._status = self._console.status(text)
            self._status.start()
        self._status.update(text)

    def _stop_status(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def say(self, text: str) -> None:
        if not self._quiet:
            self._console.print(text, highlight=False)

    def report(self, document: Mapping[str, Any]) -> None:
        """The verdict, the times and the paths."""
        if self._quiet:
            return
        self._stop_status()
        times = document["times"]
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        table.add_row("outcome", f"[bold]{escape(str(document['outcome']))}[/]")
        for lead in document["leads"]:
            name = escape(str(lead.get("name") or "not understood"))
            confirmed = "" if lead.get("name_confirmed") else " (unconfirmed)"
            table.add_row(
                "lead", f"{lead['lead_id']}: name {name}{confirmed}, number ...{str(lead.get('phone', ''))[-4:]}"
            )
        table.add_row("answer -> first audio", _ms(times["answer_to_first_audio_ms"]))
        replies = ", ".join(map(str, times["replies_ms"]))
        table.add_row("end of speech -> first audio", f"{_ms(times['reply_median_ms'])} median ({replies})")
        if times["barge_in_to_silence_ms"]:
            table.add_row("barge-in -> silence", ", ".join(_ms(value) for value in times["barge_in_to_silence_ms"]))
        table.add_row("events", escape(_counted(document["events"])))
        table.add_row("folder", escape(document["paths"]["folder"]))
        self._console.print()
        self._console.print(table)
        if document["ok"]:
            self._console.print(f"[bold green]ok[/]  {escape(document['scene'])}: everything was as expected")
        for failure in document["failures"]:
            self._console.print(f"[bold red]failed[/]  {escape(failure)}", highlight=False)


def _ms(value: int | None) -> str:
    return "none" if value is None else f"{value} ms"


def _counted(types: list[str]) -> str:
    """`a, b x3, c`: repeats beside each other are counted."""
    runs: list[tuple[str, int]] = []
    for event_type in types:
        if runs and runs[-1][0] == event_type:
            runs[-1] = (event_type, runs[-1][1] + 1)
        else:
            runs.append((event_type, 1))
    return ", ".join(f"{name} x{count}" if count > 1 else name for name, count in runs)


def _short(value: Any) -> str:
    text = json.dumps(value)
    return escape(text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "...")


def _call(detail: Mapping[str, Any]) -> str:
    match detail["state"]:
        case "ringing":
            return f"[bold]call[/]   ringing: scene {escape(detail['scene'])}, {detail['session_id']}"
        case "over":
            return f"[bold]call[/]   over after {detail['duration_s']} s, ended by {detail['ended_by']}"
        case state:
            return f"[bold]call[/]   {state}"


def _guest(detail: Mapping[str, Any]) -> str:
    match detail["action"]:
        case "says":
            return f"[blue]guest[/]  {escape(detail['text'])}"
        case "repeats":
            return f"[blue]guest[/]  [dim](again)[/] {escape(detail['text'])}"
        case "interrupts":
            return f"[blue]guest[/]  [red](cuts in)[/] {escape(detail['text'])}"
        case "silent":
            return f"[blue]guest[/]  [dim](silent for {detail['seconds']:g} s)[/]"
        case "keys":
            return f"[blue]guest[/]  [dim]({detail['count']} keys)[/]"
        case "falls_silent":
            return ""
        case "gives_up":
            return f"[blue]guest[/]  [red]gives up: {escape(detail['complaint'])}[/]"
        case action:
            return f"[blue]guest[/]  [dim]({escape(action.replace('_', ' '))})[/]"


def _person(detail: Mapping[str, Any]) -> str:
    what = {"falls_silent": "", "keys": "(keys)"}.get(detail["action"], f"({detail['action'].replace('_', ' ')})")
    words = str(detail.get("text", what))
    return f"[blue]{detail['number']}[/]  {escape(words)}" if words else ""


def _event(detail: Mapping[str, Any]) -> str:
    event = detail["event"]
    match event["event_type"]:
        case "conversation.message":
            message = event["message"]
            if message["role"] == "user":
                return f"[dim]heard  {escape(message['content'] or '(not understood)')}[/]"
            cut = f" [red](cut off after {message.get('heard_ms', 0)} ms)[/]" if message.get("interrupted") else ""
            return f"[green]agent[/]  {escape(message['content'])}{cut}"
        case "conversation.function_call":
            call = event["function"]
            mark = "" if call["ok"] else " [red]refused[/]"
            again = " [dim](replayed)[/]" if call.get("replayed") else ""
            asked = f"{escape(call['name'])} {_short(call['arguments'])} [dim]{call['duration_ms']} ms[/]"
            return f"[yellow]tool[/]   {asked}{mark}{again}\n{' ' * 16}  [dim]-> {_short(call['result'])}[/]"
        case "conversation.ended":
            summary = event["summary"]
            return f"[magenta]event[/]  conversation.ended: outcome {summary['outcome']}, by {summary['ended_by']}"
        case event_type:
            return f"[magenta]event[/]  {escape(event_type)}"


def _twilio(detail: Mapping[str, Any]) -> str:
    match detail["entry"]:
        case "verb":
            return f"[cyan]twilio[/] [dim]<{escape(str(detail['verb']))}>[/]"
        case "dial":
            return f"[cyan]twilio[/] dials {detail['number']}: {detail['state']}"
        case "clear":
            return f"[cyan]twilio[/] [dim]clear: {detail['dropped_ms']} ms dropped[/]"
        case "problem":
            return f"[cyan]twilio[/] [red]{detail['level']} {detail['code']} {escape(str(detail['message']))}[/]"
        case _:
            return ""


def _fault(detail: Mapping[str, Any]) -> str:
    return f"[red bold]fault[/]  {escape(detail['what'])}"


def _nothing(_: Mapping[str, Any]) -> str:
    return ""


_LINES = {"call": _call, "guest": _guest, "person": _person, "event": _event, "twilio": _twilio, "fault": _fault}
