"""Who meets the menu of keys alone, or no stream at all, is screened as who meets the agent, and counted once."""

from urllib.parse import urldefrag

from nightdesk.hotel.ports import Store
from nightdesk.sinks import MemoryPublisher
from werkzeug.test import TestResponse

from .conftest import CALLER, ORIGIN, Clock
from .hotel_line import Lines, line, store
from .schemas import validator
from .test_twilio import FRONT_DESK
from .twiml_answers import names, said, verbs

__all__ = ["line", "store"]
MENU = {"when": "instead", "choices": [{"key": "1", "does": "agent"}, {"key": "2", "does": "hours"}]}


def dials(answer: TestResponse) -> str:
    """Whose telephone rings."""
    dialled = [verb for verb in verbs(answer) if verb.tag == "Dial"]
    return "".join(dialled[0].itertext()) if dialled else ""


def test_a_blocked_number_gets_no_person_by_the_menu(line: Lines, publisher: MemoryPublisher, store: Store) -> None:
    calls = line(ivr=MENU, blocked_callers=[CALLER])
    for _ in range(2):  # Twilio asks again
        answer = calls.presses(1, "0")
        assert names(answer) == ["Say", "Say", "Hangup"]
        assert said(answer).startswith("We are sorry, we cannot take this call.")
    [refused] = publisher.events
    validator("event", "event").validate(refused)
    assert (refused["event_id"], refused["call"]["reason"]) == (f"{calls.session_id(1)}-twilio-1-refused", "blocked")
    calls.hangs_up(1)
    session = store.session(calls.session_id(1))
    assert session is not None
    assert (session.refused, session.outcome) == ("blocked", "failed")
    assert calls.presses(2, "0", From="+12075550143").status_code == 200
    assert dials(calls.presses(2, "0", From="+12075550143")) == FRONT_DESK


def test_calls_that_went_to_people_by_the_menu_count_as_calls_of_the_number(line: Lines, clock: Clock) -> None:
    calls = line(ivr=MENU, screening={"calls_per_hour": 2})
    for number in (1, 2):
        assert dials(calls.presses(number, "0")) == FRONT_DESK
        calls.hangs_up(number)
        clock.forward(minutes=10)
    assert said(calls.presses(3, "0")).startswith("You have called us many times in the last hour.")
    assert calls.why_not(4) == "too_many_calls", "by the agent neither"


def test_who_was_silent_with_the_agent_is_not_put_through_by_the_menu(line: Lines, clock: Clock) -> None:
    calls = line(ivr=MENU, screening={"silent_calls": 1})
    calls.rings(1)
    calls.is_given_up(1)
    clock.forward(minutes=2)
    assert names(calls.presses(2, "", tries=2)) == ["Say", "Say", "Hangup"]


def test_who_pressed_a_key_was_no_silent_caller(line: Lines, clock: Clock) -> None:
    calls = line(ivr=MENU, screening={"silent_calls": 2})
    calls.rings(1)
    calls.is_given_up(1)
    clock.forward(minutes=2)
    calls.presses(2, "0")
    calls.hangs_up(2)
    clock.forward(minutes=2)
    calls.rings(3)
    calls.is_given_up(3)
    clock.forward(minutes=2)
    assert calls.why_not(4) == ""


def test_a_call_by_the_menu_takes_a_slot_and_gives_it_back(line: Lines) -> None:
    calls = line(ivr=MENU, limits={"concurrent_calls": 1}, screening={"busy": "refuse"})
    for _ in range(3):
        assert dials(calls.presses(1, "0")) == FRONT_DESK
    assert calls.why_not(2) == "busy"
    assert said(calls.presses(3, "0")).startswith("I am sorry, all our lines are busy")
    calls.hangs_up(3)
    assert calls.why_not(4) == "busy", "who was refused had no slot to give back"
    calls.hangs_up(1)
    assert calls.why_not(5) == ""


def test_the_slot_of_the_menu_is_the_slot_of_the_agent_behind_it(line: Lines, store: Store) -> None:
    calls = line(ivr={**MENU, "when": "before"}, limits={"concurrent_calls": 1})
    calls.presses(1, "0")
    answer = calls.twilio.post("/voice/twilio/dial-ended?attempt=1", CallSid=calls.sid(1), DialCallStatus="no-answer")
    for _ in range(3):
        if not dials(answer):
            break
        action = next(verb for verb in verbs(answer) if verb.tag == "Dial").get("action", "")
        action = urldefrag(action).url.removeprefix(ORIGIN)
        answer = calls.twilio.post(action, CallSid=calls.sid(1), DialCallStatus="no-answer")
    assert "Connect" in names(answer)
    assert calls.rings(1, attempt=2)["ok"] is True
    assert calls.why_not(2) == "busy"
    calls.hangs_up(1)
    assert calls.why_not(3) == ""


def test_a_stream_that_never_came_to_life_is_screened_at_its_end(line: Lines, publisher: MemoryPublisher) -> None:
    calls = line(blocked_callers=[CALLER])
    assert names(calls.stream_ended(1)) == ["Say", "Say", "Hangup"]
    assert [event["event_type"] for event in publisher.events] == ["call.refused"]


def test_a_call_without_a_relay_keeps_its_one_slot_through_every_attempt(line: Lines) -> None:
    calls = line(limits={"concurrent_calls": 2})
    assert "Connect" in names(calls.stream_ended(1))
    assert calls.rings(1, attempt=2)["ok"] is True
    assert calls.why_not(2) == ""
    assert calls.why_not(3) == "busy"
    calls.hangs_up(1)
    assert calls.why_not(4) == ""
