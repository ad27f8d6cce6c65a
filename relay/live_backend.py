"""The text model behind the voice: which of its responses run, which of its calls are open, when it may go on. Pure.

What is delegated to it has to begin, and to end: nothing else watches over that. Its responses follow one another on
the wire without our asking, but for one thing: after a call's output somebody has to say `response.create`, once, and
only when no call of the session is left without an output.
Source: OpenAI GPT-Live reference, Responses delegation with functions; no time limit of the server's was ever seen.
"""

from __future__ import annotations

from dataclasses import dataclass

from relay import live

# What was delegated, or asked for with a create, begins within this time,
BEGINS_MS = 8000
# and a response that has begun calls a tool, or ends, within this. Nobody stays on the telephone for longer.
ENDS_MS = 20_000


@dataclass(slots=True)
class _Call:
    response_id: str
    output: str | None = None


@dataclass(slots=True)
class _Running:
    response_id: str
    latest_ms: int
    outputs: tuple[str, ...] = ()  # what it was given to act upon


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Work that is not waited for any longer. `outputs` are what the text model was given and never acted upon."""

    problem: str
    outputs: tuple[str, ...] = ()
    has_calls: bool = False  # what they come to is still given to it


class Backend:
    """`told` what was answered, it says with `next` what to send; ids of its events begin with `out_` and `go_on_`."""

    def __init__(self) -> None:
        self._delegated: dict[str, int] = {}  # since when, of what no response has begun on
        self._running: dict[str, _Running] = {}  # by delegation id
        self._calls: dict[str, _Call] = {}  # whose outputs are still to be given
        self._wants_more = False
        self._asked_ms: int | None = None
        self._asked = 0
        self._given: dict[str, str] = {}  # event id -> output, until a response has begun on it
        self._is_handed = False  # so is something that was not spoken
        self._waits_for_create = False  # behind an output nothing begins without one, whatever was delegated

    @property
    def is_busy(self) -> bool:
        return bool(self._delegated or self._running or self._calls or self._wants_more) or self._asked_ms is not None

    def calls_of(self, response_id: str) -> list[str]:
        """The ids of calls of this response whose outputs are still to be given."""
        return [key for key, call in self._calls.items() if call.response_id == response_id]

    # --- from the engine ---

    def delegated(self, delegation_id: str, now_ms: int) -> None:
        """The voice asked for work; a response is to begin."""
        if delegation_id not in self._running:
            self._delegated[delegation_id] = now_ms

    def created(self, event: live.BackendCreated, now_ms: int) -> None:
        running = self._running[event.delegation_id] = _Running(event.response_id, now_ms)
        if event.delegation_id not in self._delegated:  # else it may have begun before it could know of them
            running.outputs = self._forget_given()
        if event.delegation_id or self._asked_ms is None:
            self._begun(event.delegation_id)
        self._asked_ms = None

    def _forget_given(self) -> tuple[str, ...]:
        """Returns the outputs."""
        outputs, self._given = tuple(self._given.values()), {}
        self._is_handed = self._waits_for_create = False
        return outputs

    def _begun(self, delegation_id: str) -> None:
        """This was delegated, or nobody says which. Whatever was delegated before it is taken up with it."""
        waiting = list(self._delegated)
        if not delegation_id or delegation_id in waiting:
            for taken in waiting[: waiting.index(delegation_id) + 1] if delegation_id else waiting:
                del self._delegated[taken]

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
        """A response ended. Returns what of its work nobody acts upon now: what it was given, and what it called for.

        A response that fails voids its calls: outputs for them would be refused. Those that are still to be answered
        are voided as well: `answered` will say so.
        """
        known: list[str | None] = []
        for delegation_id, running in list(self._running.items()):
            if running.response_id == event.response_id:
                known += running.outputs
                del self._running[delegation_id]
        if event.status == "completed":
            return []
        known += [self._calls.pop(tool_call_id).output for tool_call_id in self.calls_of(event.response_id)]
        return [output for output in known if output is not None]

    def output_refused(self, event_id: str) -> str | None:
        """One of our events was refused. Returns the output in it, which the text model will not use."""
        return self._given.pop(event_id, None)

    def create_refused(self, event_id: str) -> GivenUp | None:
        """One of our events was refused. Returns what nobody acts upon now, if it was the latest create."""
        if event_id != f"go_on_{self._asked}":
            return None
        self._asked_ms = None
        if self._running or self._delegated:  # too early: it is asked for again when they have ended
            self._wants_more, self._waits_for_create = True, False
            return None
        is_handed, outputs = self._is_handed, self._forget_given()
        return GivenUp("never went on", outputs) if outputs or is_handed else None

    # --- from us ---

    def answered(self, tool_call_id: str, output: str) -> bool:
        """An output is known. False when the text model cannot have it, because its response is void."""
        call = self._calls.get(tool_call_id)
        if call is None:
            return False
        call.output = output
        return True

    def handed(self) -> None:
        """It was given something that was not spoken, to act upon."""
        self._wants_more = self._is_handed = True

    def next(self, now_ms: int) -> list[live.ToEngine]:
        """What is due: outputs of responses that have completed, and one create when nothing stands in its way."""
        messages: list[live.ToEngine] = []
        running = {running.response_id for running in self._running.values()}
        for tool_call_id, call in list(self._calls.items()):
            if call.output is not None and call.response_id not in running:
                del self._calls[tool_call_id]
                self._wants_more = True
                event_id = f"out_{tool_call_id}"
                self._given[event_id] = call.output
                self._waits_for_create = True
                messages.append(live.AddFunctionOutput(tool_call_id, call.output, event_id))
        if self._wants_more and not running and not self._calls and self._asked_ms is None and not self._is_to_begin:
            self._wants_more = False
            self._asked += 1
            self._asked_ms = now_ms
            messages.append(live.CreateResponse(f"go_on_{self._asked}"))
        return messages

    @property
    def _is_to_begin(self) -> bool:
        """Whether a response begins without our asking."""
        return bool(self._delegated) and not self._waits_for_create

    # --- in time ---

    @property
    def due_ms(self) -> int | None:
        times = [running.latest_ms + ENDS_MS for running in self._running.values()]
        times += [since_ms + BEGINS_MS for since_ms in self._delegated.values()]
        if self._asked_ms is not None:
            times.append(self._asked_ms + BEGINS_MS)
        return min(times, default=None)

    def overdue(self, now_ms: int) -> list[GivenUp]:
        """What has not begun, or not ended, in time. From now on it stands in nothing's way."""
        given_up: list[GivenUp] = []
        for delegation_id, since_ms in list(self._delegated.items()):
            if now_ms >= since_ms + BEGINS_MS:
                del self._delegated[delegation_id]
                given_up.append(GivenUp("never began"))
        if self._asked_ms is not None and now_ms >= self._asked_ms + BEGINS_MS:
            given_up.append(GivenUp("never went on", self._forget_given()))
            self._asked_ms = None
        for delegation_id, running in list(self._running.items()):
            if now_ms >= running.latest_ms + ENDS_MS:
                del self._running[delegation_id]
                has_calls = bool(self.calls_of(running.response_id))
                given_up.append(GivenUp("never ended", running.outputs, has_calls))
        return given_up
