"""What is told of transfers, so that somebody can count them; and the status of a call while its guest waits."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.telephony import CallState, FakeTelephony
from nightdesk.sinks import MemoryPublisher
from werkzeug.test import TestResponse

from .conftest import SESSION_ID, Clock, Service, Twilio
from .schemas import validator
from .staff_phone import LEG, MAINTENANCE, Staff, asks, puts_through, queue_ends, staff, telephony, twilio, waiting
from .test_finalise import stream_ended
from .test_golden import golden
from .twiml_answers import shown_token, verbs

__all__ = ["staff", "telephony", "twilio", "waiting"]
SECOND_STREAM = "MZ" + "f" * 32


@pytest.fixture
def told(publisher: MemoryPublisher, store: MemoryStore) -> Callable[[], list[str]]:
    """What was told so far: department, what became of it, why. The store has the same, and nothing was told twice."""

    def all_of_it() -> list[str]:
        events = [event for event in publisher.events if event["event_type"].startswith("transfer.")]
        for event in events:
            validator("event", "event").validate(event)
        assert len({event["event_id"] for event in events}) == len(events)
        session = store.session(SESSION_ID)
        assert session is not None
        kept = [(t.attempt, t.dial, t.department, f"transfer.{t.what}", t.warm, t.reason) for t in session.transfers]
        assert kept == [_facts(event) for event in events]
        return [" ".join(filter(None, [fact[2], fact[3].removeprefix("transfer."), fact[5]])) for fact in kept]

    return all_of_it


def _facts(event: dict[str, Any]) -> tuple[Any, ...]:
    about = event["transfer"]
    why = about.get("reason", "")
    return (event["attempt"], about["dial"], about["department"], event["event_type"], about["warm"], why)


@pytest.fixture
def status(store: MemoryStore) -> Callable[[], str]:
    def now() -> str:
        session = store.session(SESSION_ID)
        assert session is not None
        return session.status

    return now


def hangs_up(twilio: Twilio) -> None:
    twilio.post("/voice/twilio/status", CallStatus="completed", CallDuration="60")


Told = Callable[[], list[str]]
Status = Callable[[], str]


# -- warm


def test_what_is_told_is_as_the_golden_messages_have_it(
    waiting: TestResponse, staff: Staff, publisher: MemoryPublisher
) -> None:
    staff.post("staff-amd", 1, AnsweredBy="machine_start")
    events = [event for event in publisher.events if event["event_type"].startswith("transfer.")]
    assert events[:2] == [golden("event_transfer_started")["body"], golden("event_transfer_unanswered")["body"]]


def test_the_staff_takes_the_call_and_keeps_it(
    twilio: Twilio, waiting: TestResponse, staff: Staff, told: Told, status: Status
) -> None:
    assert (told(), status()) == (["maintenance started"], "on_hold")
    staff.picks_up()
    assert status() == "on_hold"
    for _ in range(2):
        staff.presses("1")
    assert (told(), status()) == (["maintenance started", "maintenance accepted"], "active")
    staff.leaves(CallStatus="completed")
    staff.ends()
    for _ in range(2):
        queue_ends(twilio, waiting, "bridged")
    hangs_up(twilio)
    assert (told(), status()) == (["maintenance started", "maintenance accepted"], "completed")


def test_the_staff_sends_the_guest_back(
    twilio: Twilio, waiting: TestResponse, staff: Staff, told: Told, status: Status
) -> None:
    staff.presses("1")
    staff.leaves()
    for _ in range(2):
        queue_ends(twilio, waiting, "bridged")
    assert told() == ["maintenance started", "maintenance accepted", "maintenance sent_back"]
    assert status() == "active"


def test_who_was_sent_back_and_says_goodbye_to_the_agent_was_not_hung_up_on_by_the_staff(
    twilio: Twilio, waiting: TestResponse, staff: Staff, call: Service, publisher: MemoryPublisher, event_sink: Service
) -> None:
    staff.presses("1")
    staff.leaves()
    back = queue_ends(twilio, waiting, "bridged")
    assert call.session(shown_token(back), SECOND_STREAM).status_code == 200
    call.tool("end_call", "call_10", _attempt=2)
    call.then(2, tool_call_id="call_10")
    twilio.post("/voice/twilio/stream-ended?attempt=2")
    hangs_up(twilio)
    event_sink.push(stream_ended(attempt=2))
    [ended] = [event["summary"] for event in publisher.events if event["event_type"] == "conversation.ended"]
    assert (ended["outcome"], ended["transferred_to"], ended["ended_by"]) == ("transferred", "maintenance", "agent")


def test_who_declines_is_followed_by_the_next_each_with_an_end_of_its_own(
    twilio: Twilio, waiting: TestResponse, staff: Staff, told: Told, status: Status
) -> None:
    for _ in range(2):
        staff.presses("2")
    assert told() == ["maintenance started", "maintenance declined", "front_desk started nobody_there"]
    assert status() == "active", "it is rung, and no music plays any more"
    desk = queue_ends(twilio, waiting, "redirected")
    manager = asks(twilio, verbs(desk)[1].get("action"), DialCallStatus="no-answer")
    asks(twilio, verbs(manager)[1].get("action"), DialCallStatus="completed")
    assert told()[3:] == [
        "front_desk unanswered no-answer",
        "manager started nobody_there",
        "manager accepted",
    ]


def test_who_cannot_be_called_was_not_there(
    twilio: Twilio, call: Service, telephony: FakeTelephony, told: Told
) -> None:
    telephony.unreachable[MAINTENANCE] = "number"
    puts_through(twilio, call)
    assert told()[:2] == ["maintenance started", "maintenance unanswered the telephone could not be called"]


def test_a_guest_who_hangs_up_first_was_not_refused_by_anybody(
    twilio: Twilio, waiting: TestResponse, staff: Staff, told: Told, status: Status
) -> None:
    for _ in range(2):
        queue_ends(twilio, waiting, "hangup", CallStatus="completed")
    staff.ends("canceled")
    hangs_up(twilio)
    assert told() == ["maintenance started", "maintenance abandoned"]
    assert status() == "completed"


# -- blind


@pytest.mark.parametrize(
    ("dial_status", "call_status", "what"),
    [
        ("completed", "in-progress", ["front_desk accepted"]),
        ("completed", "completed", ["front_desk accepted"]),
        ("canceled", "completed", ["front_desk abandoned"]),
        ("busy", "in-progress", ["front_desk unanswered busy", "manager started nobody_there"]),
    ],
)
def test_of_a_telephone_that_just_rings_it_is_known_when_it_is_over(
    twilio: Twilio, call: Service, told: Told, dial_status: str, call_status: str, what: list[str]
) -> None:
    call.tool("transfer_to_human", "call_9", department="front_desk")
    call.then(tool_call_id="call_9")
    for _ in range(2):
        twilio.post("/voice/twilio/stream-ended?attempt=1")
    for _ in range(2):
        twilio.post("/voice/twilio/dial-ended?attempt=1", DialCallStatus=dial_status, CallStatus=call_status)
    assert told() == ["front_desk started", *what]


def test_a_telephone_of_which_nobody_tells_has_not_rung(
    twilio: Twilio, call: Service, jobs: Service, told: Told, clock: Clock
) -> None:
    """The guest hung up while hearing that they are put through."""
    call.tool("transfer_to_human", "call_9", department="front_desk")
    call.then(tool_call_id="call_9")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    hangs_up(twilio)
    for _ in range(2):
        clock.forward(seconds=31)
        jobs.post("/jobs/reconcile", {})
    twilio.post("/voice/twilio/dial-ended?attempt=1", DialCallStatus="completed", CallStatus="completed")
    assert told() == ["front_desk started", "front_desk abandoned"]


def test_a_guest_who_hangs_up_before_the_queue_leaves_no_telephone_ringing(
    twilio: Twilio, waiting: TestResponse, telephony: FakeTelephony, told: Told
) -> None:
    telephony.states[LEG] = CallState(LEG, "ringing")
    for _ in range(2):
        hangs_up(twilio)
    assert telephony.states[LEG].status == "completed"
    assert told() == ["maintenance started", "maintenance abandoned"]


def test_who_is_with_the_staff_when_the_call_ends_was_put_through(
    twilio: Twilio, waiting: TestResponse, staff: Staff, telephony: FakeTelephony, told: Told
) -> None:
    """The call's own end may come before that of its queue."""
    staff.presses("1")
    hangs_up(twilio)
    queue_ends(twilio, waiting, "bridged", CallStatus="completed")
    assert told() == ["maintenance started", "maintenance accepted"]


def test_why_people_were_asked_for_is_told(twilio: Twilio, call: Service, told: Told) -> None:
    call.then(reason="over_time")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    assert told() == ["front_desk started over_time"]


def test_news_that_cannot_be_told_hold_up_nobody(
    twilio: Twilio, call: Service, publisher: MemoryPublisher, store: MemoryStore
) -> None:
    publisher.broken = True
    call.then(reason="over_time")
    assert "Dial" in [verb.tag for verb in verbs(twilio.post("/voice/twilio/stream-ended?attempt=1"))]
    session = store.session(SESSION_ID)
    assert session is not None
    assert [transfer.what for transfer in session.transfers] == ["started"]


# -- hold music


def test_a_guest_on_hold_is_back_with_the_next_stream(
    twilio: Twilio, call: Service, status: Status, token: Callable[..., str]
) -> None:
    call.tool("play_hold_music", "call_9", seconds=20)
    assert status() == "active"
    call.then(tool_call_id="call_9")
    back = twilio.post("/voice/twilio/stream-ended?attempt=1")
    assert status() == "on_hold"
    assert call.session(shown_token(back), SECOND_STREAM).status_code == 200
    assert status() == "active"


def test_a_call_that_is_lost_on_hold_ends_as_one_that_was_going_on(
    twilio: Twilio, call: Service, jobs: Service, status: Status, store: MemoryStore, clock: Any
) -> None:
    call.tool("play_hold_music", "call_9", seconds=20)
    call.then(tool_call_id="call_9")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    clock.forward(hours=5)
    jobs.post("/jobs/reconcile", {})
    assert status() == "failed"


def test_a_call_that_was_refused_stays_missed_while_its_front_desk_rings(
    twilio: Twilio, call: Service, status: Status, store: MemoryStore
) -> None:
    call.then(reason="busy")
    store.change_session(SESSION_ID, lambda s: replace(s, status="missed", refused="busy") if s else None)
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    assert status() == "missed"
