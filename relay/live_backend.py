"""The text model behind the voice: which of its responses run, which of its calls are open, when it may go on. Pure.

Its responses follow one another on the wire without our asking, but for one thing: after a call's output somebody has
to say `response.create`, once, and only when no call of the session is left without an output.
Source: OpenAI GPT-Live reference, Responses delegation with functions.
"""

from __future__ import annotations

from dataclasses import dataclass

from relay import live

# A response of which nothing was heard for so long has ended, and a create that nothing answered was refused.
SILENT_MS = 30_000
ANSWER_MS = 8000


@dataclass(slots=True)
class _Call:
    response_id: str
    output: str | None = None
    given: bool = False


@dataclass(slots=True)
class _Running:
    response_id: str
    latest_ms: int


class Backend:
    """`told` what was answered, it says with `next` what to send; ids of its events begin with `out_` and `go_on_`."""

    def __init__(self) -> None:
        self._running: dict[str, _Running] = {}  # by delegation id
        self._calls: dict[str, _Call] = {}
        self._wants_more = False
        self._asked_ms: int | None = None
        self._asked = 0
        self._given: dict[str, str] = {}  # event id -> output, since the latest create

    @property
    def is_busy(self) -> bool:
        return bool(self._running or self._wants_more) or self._asked_ms is not None or self._has_open_call

    @property
    def _has_open_call(self) -> bool:
        return any(not call.given for call in self._calls.values())

    # --- from the engine ---

    def created(self, event: live.BackendCreated, now_ms: int) -> None:
        self._running[event.delegation_id] = _Running(event.response_id, now_ms)
        self._asked_ms = None
        self._given.clear()

    def called(self, event: live.BackendCalled, now_ms: int) -> str:
        """Take a call down. Returns the id of the response that made it, "" when that is not known."""
        running = self._running.get(event.delegation_id)
        if running is None and len(self._running) == 1:
            running = next(iter(self._running.values()))
        if running is not None:
            running.latest_ms = now_ms
        response_id = running.response_id if running is not None else ""
        self._calls[event.tool_call_id] = _Call(response_id)
        return response_id

    def ended(self, event: live.BackendEnded) -> list[str]:
        """A response ended. Returns what is known of the calls that it voids: outputs for them would be refused.

        Those that are still to be answered are voided as well: `answered` will say so.
        """
        for delegation_id, running in list(self._running.items()):
            if running.response_id == event.response_id:
                del self._running[delegation_id]
        if event.status == "completed":
            return []
        void = [key for key, call in self._calls.items() if call.response_id == event.response_id and not call.given]
        return [output for key in void if (output := self._calls.pop(key).output) is not None]

    def refused(self, event_id: str) -> list[str]:
        """One of our events was refused. Returns the outputs that the text model will not use."""
        if event_id in self._given:
            return [self._given.pop(event_id)]
        if event_id == f"go_on_{self._asked}" and self._asked_ms is not None:
            self._asked_ms = None
            lost, self._given = list(self._given.values()), {}
            return lost
        return []

    # --- from us ---

    def answered(self, tool_call_id: str, output: str) -> bool:
        """An output is known. False when the text model cannot have it, because its response is void."""
        call = self._calls.get(tool_call_id)
        if call is None:
            return False
        call.output = output
        return True

    def wants_more(self) -> None:
        """There is something new for the text model to act on."""
        self._wants_more = True

    def next(self, now_ms: int) -> list[live.ToEngine]:
        """What is due: outputs of responses that have completed, and one create when nothing stands in its way."""
        self._forget_silent(now_ms)
        messages: list[live.ToEngine] = []
        running = {running.response_id for running in self._running.values()}
        for tool_call_id, call in self._calls.items():
            if call.output is not None and not call.given and call.response_id not in running:
                call.given = self._wants_more = True
                event_id = f"out_{tool_call_id}"
                self._given[event_id] = call.output
                messages.append(live.AddFunctionOutput(tool_call_id, call.output, event_id))
        if self._wants_more and not running and not self._has_open_call and self._asked_ms is None:
            self._wants_more = False
            self._asked += 1
            self._asked_ms = now_ms
            messages.append(live.CreateResponse(f"go_on_{self._asked}"))
        return messages

    @property
    def due_ms(self) -> int | None:
        times = [running.latest_ms + SILENT_MS for running in self._running.values()]
        if self._asked_ms is not None:
            times.append(self._asked_ms + ANSWER_MS)
        return min(times, default=None)

    def _forget_silent(self, now_ms: int) -> None:
        if self._asked_ms is not None and now_ms >= self._asked_ms + ANSWER_MS:
            self._asked_ms = None
        for delegation_id, running in list(self._running.items()):
            if now_ms >= running.latest_ms + SILENT_MS:
                del self._running[delegation_id]
