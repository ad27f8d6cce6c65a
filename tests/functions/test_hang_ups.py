"""The guest hangs up, in each phase that a call may be in: nothing goes on, nothing is left, and it is told once.

Source: Twilio: a document is left where the caller hangs up. Of a Connect, a Dial, an Enqueue or a Record that was come
to the action is still asked, with a terminal CallStatus; the status callback may come before or after it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk import blocking, bootstrap
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.telephony import CallState, FakeTelephony
from nightdesk.sinks import MemoryPublisher

from .conftest import CALL_SID, CALLER, SESSION_ID, STREAM_SID, Clock, Service, Twilio
from .schemas import validator
from .test_golden import golden
from .twiml_answers import names

SECOND_STREAM = "MZ" + "f" * 32
RECORDING = "RE" + "0" * 32


@dataclass
class Line:
    """One call, and all that answers it."""

    twilio: Twilio
    tools: Service
    sink: Service
    jobs: Service
    store: MemoryStore
    clock: Clock
    token: Callable[..., str]
    telephony: FakeTelephony

    def post(self, path: str, **fields: str) -> Any:
        return self.twilio.post(f"/voice/twilio/{path}", **fields)

    def stream_begins(self, attempt: int = 1) -> None:
        stream_sid = STREAM_SID if attempt == 1 else SECOND_STREAM
        assert self.tools.session(self.token(attempt), stream_sid).status_code == 200

    def stream_ends(self, attempt: int, reason: str) -> None:
        """What the relay tells of a stream that is over."""
        told = golden("event_stream_ended")["body"]
        about = {"event_id": f"{SESSION_ID}-relay-{attempt}-9", "attempt": attempt}
        event = {**told, **about, "stream": {**told["stream"], "reason": reason}}
        assert self.sink.push(event).status_code == 204


def rings(line: Line) -> None:
    line.post("inbound", CallStatus="ringing")


def is_greeted(line: Line) -> None:
    rings(line)
    line.stream_begins()
    line.tools.turn(1, "assistant", "Thank you for calling.")


def talks(line: Line) -> None:
    is_greeted(line)
    line.tools.turn(2, "user", "do you have a room")
    line.tools.turn(3, "assistant", "For which nights?")


def waits_for_a_tool(line: Line) -> None:
    talks(line)
    stay = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
    assert line.tools.tool("check_availability", "call_5", **stay).get_json()["ok"] is True


def has_booked(line: Line) -> None:
    talks(line)
    lead = {"name": "Ann Davis", "name_confirmed": True, "phone_source": "caller_line"}
    assert line.tools.tool("create_lead", "call_5", **lead).get_json()["ok"] is True


def is_said_goodbye(line: Line) -> None:
    talks(line)
    line.tools.tool("end_call", "call_8")


def holds(line: Line) -> None:
    talks(line)
    line.tools.tool("play_hold_music", "call_9", seconds=20)
    line.tools.then(tool_call_id="call_9")
    assert "Connect" in names(line.post("stream-ended?attempt=1"))
    line.stream_ends(1, "then")


def is_cut_off(line: Line) -> None:
    """Between a stream that broke and the next."""
    talks(line)
    assert "Connect" in names(line.post("stream-ended?attempt=1"))
    line.stream_ends(1, "lost")


def is_back_after_a_break(line: Line) -> None:
    is_cut_off(line)
    line.stream_begins(attempt=2)


def hears_the_desk_ring(line: Line) -> None:
    talks(line)
    line.tools.tool("transfer_to_human", "call_7")
    line.tools.then(tool_call_id="call_7")
    assert "Dial" in names(line.post("stream-ended?attempt=1"))
    line.stream_ends(1, "then")


def hears_of_the_desk(line: Line) -> None:
    """That they are put through is being said: the telephone does not ring yet, and no end of that will be told."""
    hears_the_desk_ring(line)


def waits_for_the_maintenance(line: Line) -> None:
    """In a warm transfer: the staff's telephone rings."""
    talks(line)
    line.tools.tool("transfer_to_human", "call_7", department="maintenance")
    line.tools.then(tool_call_id="call_7")
    assert "Enqueue" in names(line.post("stream-ended?attempt=1"))
    line.stream_ends(1, "then")
    assert len(line.telephony.placed) == 1


def hears_of_the_maintenance(line: Line) -> None:
    """The queue is not come to yet, but the staff's telephone rings."""
    waits_for_the_maintenance(line)


def talks_turn_by_turn(line: Line) -> None:
    """Without an engine."""
    talks(line)
    line.tools.then(reason="engines_lost")
    assert line.post("stream-ended?attempt=1").status_code == 200
    line.stream_ends(1, "engines_lost")


def hears_the_tape(line: Line) -> None:
    line.clock.forward(hours=8)  # the front desk alone is there
    talks_turn_by_turn(line)
    assert "Dial" in names(line.post("gather?attempt=2&turn=2", Digits="0"))
    assert "Record" in names(line.post("dial-ended?attempt=2", DialCallStatus="no-answer"))


def is_refused(line: Line) -> None:
    blocking.block(line.store, "west-bethel-motel", CALLER, line.clock(), None)
    rings(line)
    line.stream_begins()
    assert names(line.post("stream-ended?attempt=1"))[-1] == "Hangup"


@dataclass(frozen=True)
class Phase:
    """How it is come to, the webhooks that Twilio sends then, and what is told of the call in the end."""

    begin: Callable[[Line], None]
    outcome: str
    ended_by: str = "guest"
    asked: tuple[str, ...] = ()
    form: dict[str, str] = field(default_factory=dict)
    streams: tuple[int, ...] = ()  # attempts whose end the relay tells of only now
    status: str = "completed"

    def __str__(self) -> str:
        return self.begin.__name__


LEFT = {
    "RecordingSid": RECORDING,
    "RecordingUrl": f"https://x/{RECORDING}",
    "RecordingDuration": "7",
    "Digits": "hangup",
}
ENDED = ("stream-ended?attempt=1",)
DIAL_ENDED = ("dial-ended?attempt=1",)
PHASES = [
    Phase(rings, "abandoned", status="canceled"),
    Phase(rings, "failed", status="no-answer"),
    Phase(is_greeted, "abandoned", asked=ENDED, streams=(1,)),
    Phase(talks, "information_provided", asked=ENDED, streams=(1,)),
    Phase(waits_for_a_tool, "information_provided", asked=ENDED, streams=(1,)),
    Phase(has_booked, "lead_created", asked=ENDED, streams=(1,)),
    Phase(is_said_goodbye, "information_provided", asked=ENDED, streams=(1,)),
    Phase(holds, "information_provided"),
    Phase(is_cut_off, "information_provided"),
    Phase(is_back_after_a_break, "information_provided", asked=("stream-ended?attempt=2",), streams=(2,)),
    Phase(hears_of_the_desk, "information_provided"),
    Phase(hears_the_desk_ring, "information_provided", "guest", DIAL_ENDED, {"DialCallStatus": "no-answer"}),
    Phase(hears_the_desk_ring, "transferred", "transfer", DIAL_ENDED, {"DialCallStatus": "completed"}),
    Phase(hears_of_the_maintenance, "information_provided"),
    Phase(
        waits_for_the_maintenance,
        "information_provided",
        "guest",
        ("queue-ended?attempt=1",),
        {"QueueResult": "hangup", "QueueTime": "5"},
    ),
    Phase(talks_turn_by_turn, "information_provided", asked=("gather?attempt=2&turn=0",)),
    Phase(hears_the_tape, "information_provided"),
    Phase(hears_the_tape, "message_taken", "guest", ("voicemail",), LEFT),
    Phase(is_refused, "failed", "system"),
]


@pytest.fixture
def line(
    client: Callable[..., FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
    store: MemoryStore,
    clock: Clock,
    token: Callable[..., str],
) -> Line:
    fake = FakeTelephony(states={CALL_SID: CallState(CALL_SID, "in-progress")})
    monkeypatch.setattr(bootstrap.House, "telephony", fake)
    twilio = Twilio(client("twilio", TWILIO_ACCOUNT_SID="AC" + "0" * 32))
    tools, sink, jobs = (Service(client(target)) for target in ("tools", "event_sink", "jobs"))
    return Line(twilio, tools, sink, jobs, store, clock, token, fake)


def ends(line: Line, phase: Phase, *, status_first: bool) -> None:
    """What Twilio and the relay send when the guest has hung up: the order is nobody's promise."""
    hung_up = {"CallStatus": phase.status}

    def status() -> None:
        assert line.post("status", **hung_up, CallDuration="42").status_code == 204

    if status_first:
        status()
    for path in phase.asked:
        answer = line.post(path, **{**hung_up, **phase.form})
        assert names(answer) == [], "there is nobody to do anything for"
    if not status_first:
        status()
    for attempt in phase.streams:
        line.stream_ends(attempt, "stopped")
    line.clock.forward(minutes=1)
    assert line.jobs.post("/jobs/reconcile", {}).status_code == 200


@pytest.mark.parametrize("status_first", [True, False], ids=["status first", "status last"])
@pytest.mark.parametrize("phase", PHASES, ids=str)
def test_a_guest_who_hangs_up_leaves_nothing_behind(
    line: Line, publisher: MemoryPublisher, phase: Phase, status_first: bool
) -> None:
    phase.begin(line)
    ends(line, phase, status_first=status_first)
    session = line.store.session(SESSION_ID)
    assert session is not None
    assert session.terminal_status == phase.status
    assert session.ended_published
    [ended] = [event for event in publisher.events if event["event_type"] == "conversation.ended"]
    validator("event", "event").validate(ended)
    assert (ended["summary"]["outcome"], ended["summary"]["ended_by"]) == (phase.outcome, phase.ended_by)
    assert line.store._slots == {}
    assert [state.status for sid, state in line.telephony.states.items() if sid != CALL_SID] in ([], ["completed"])


@pytest.mark.parametrize("phase", PHASES, ids=str)
def test_what_comes_late_of_a_call_that_was_hung_up_changes_nothing(
    line: Line, publisher: MemoryPublisher, phase: Phase
) -> None:
    phase.begin(line)
    ends(line, phase, status_first=True)
    before, told = line.store.session(SESSION_ID), list(publisher.events)
    assert before is not None
    for path in {*phase.asked, f"stream-ended?attempt={before.attempt}"}:
        assert names(line.post(path, **{"CallStatus": phase.status, **phase.form})) == []
    assert line.tools.session(line.token(before.attempt + 1), SECOND_STREAM).status_code == 409
    assert line.tools.turn(9, "user", "hello?", attempt=before.attempt).status_code == 409
    assert line.tools.then(before.attempt, reason="idle").status_code == 409
    assert line.store.session(SESSION_ID) == before
    assert publisher.events == told
