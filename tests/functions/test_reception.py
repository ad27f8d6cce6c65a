"""Calls are let in or refused: through the functions, over every store."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from nightdesk.hotel.ports import Store
from nightdesk.sinks import MemoryPublisher

from .conftest import CALLER, Clock
from .hotel_line import Lines, line, store
from .schemas import validator
from .test_twilio import FRONT_DESK
from .twiml_answers import names, said, verbs

__all__ = ["line", "store"]


def test_a_call_too_many_goes_to_people(line: Lines) -> None:
    calls = line(limits={"concurrent_calls": 1})
    assert calls.why_not(1) == ""
    refused = calls.rings(2)
    validator("session", "refusal").validate(refused)
    assert refused["error"]["code"] == "busy"
    *_, dial = verbs(calls.stream_ended(2))
    assert (dial.tag, dial[0].text) == ("Dial", FRONT_DESK)


def test_a_call_too_many_is_told_so_where_the_file_says_so(line: Lines) -> None:
    calls = line(limits={"concurrent_calls": 1}, screening={"busy": "refuse"})
    calls.rings(1)
    assert calls.why_not(2) == "busy"
    for _ in range(2):  # Twilio asks again
        answer = calls.stream_ended(2)
        assert names(answer) == ["Say", "Say", "Hangup"]
        assert [verb.get("language") for verb in verbs(answer)[:2]] == ["en", "es"]
        assert said(answer).startswith("I am sorry, all our lines are busy at the moment.")


def test_a_call_keeps_its_one_slot_whatever_comes_twice(line: Lines) -> None:
    calls = line(limits={"concurrent_calls": 2})
    for _ in range(3):
        assert calls.why_not(1) == ""
    for _ in range(2):
        calls.stream_ended(1)
        assert calls.rings(1, attempt=2)["ok"] is True
    assert calls.why_not(2) == ""
    assert calls.why_not(3) == "busy"
    assert calls.why_not(3) == "busy"
    for _ in range(2):
        calls.hangs_up(1)
    assert calls.why_not(4) == ""
    calls.hangs_up(1)
    assert calls.why_not(5) == "busy"


def test_a_slot_is_free_when_the_call_is_over(line: Lines) -> None:
    calls = line(limits={"concurrent_calls": 1})
    for number, status in enumerate(["completed", "failed", "busy", "no-answer", "canceled"], 1):
        assert calls.why_not(number) == ""
        calls.hangs_up(number, status)
    assert calls.why_not(9) == ""


def test_a_slot_is_free_by_time(line: Lines, clock: Clock) -> None:
    calls = line(limits={"concurrent_calls": 1, "call_s": 600})
    calls.rings(1)
    clock.forward(seconds=719)
    assert calls.why_not(2) == "busy"
    clock.forward(seconds=1)
    assert calls.why_not(3) == ""


def test_a_slot_that_the_status_could_not_free_is_freed_by_the_job(
    line: Lines, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = line(limits={"concurrent_calls": 1})
    calls.rings(1)

    def dies(*_: object) -> None:
        raise RuntimeError("the instance is gone")

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "free_slot", dies)
        calls.hangs_up(1)
    assert calls.why_not(2) == "busy"
    assert calls.jobs.post("/jobs/reconcile", {}).status_code == 200
    assert calls.why_not(3) == ""


def test_a_session_that_comes_after_the_end_of_its_call_takes_no_slot(line: Lines, token: Callable[..., str]) -> None:
    calls = line(limits={"concurrent_calls": 1})
    calls.hangs_up(1)
    late = token(session_id=calls.session_id(1), call_sid=calls.sid(1))
    assert calls.tools.session(late, call_sid=calls.sid(1)).get_json()["error"]["code"] == "session_ended"
    assert calls.why_not(2) == ""


def test_of_many_calls_at_once_as_many_are_taken_as_there_are_slots(line: Lines) -> None:
    calls = line(limits={"concurrent_calls": 3})
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(calls.why_not, [*range(8), *range(8)]))  # each asks twice
    assert answers[:8] == answers[8:]
    assert sorted(answers[:8]) == ["", "", "", *["busy"] * 5]


def test_a_kiosk_takes_no_slot_and_is_let_in_when_all_are_taken(line: Lines, token: Callable[..., str]) -> None:
    calls = line(limits={"concurrent_calls": 1}, screening={"withheld": "refuse"})
    page = {"channel": "kiosk", "call_sid": "", "caller": "", "called": "", "stir": ""}

    def kiosk(number: int) -> bool:
        session_id = "sess_" + "abc"[number] * 26
        answer = calls.tools.session(
            token(session_id=session_id, **page), "KS" + f"{number:032x}", call_sid="", audio="pcm"
        )
        return bool(answer.get_json()["ok"])

    assert kiosk(0)
    assert calls.why_not(1) == ""
    assert kiosk(1)
    assert kiosk(2)
    assert calls.why_not(2) == "busy"


def test_a_number_that_calls_too_often_is_told_to_wait(line: Lines, clock: Clock) -> None:
    calls = line(screening={"calls_per_hour": 2})
    for number in (1, 2):
        assert calls.why_not(number) == ""
        calls.hangs_up(number)
        clock.forward(minutes=10)
    assert [calls.why_not(number) for number in (3, 4, 5)] == ["too_many_calls"] * 3
    assert calls.why_not(6, caller="+12075550143") == ""
    assert said(calls.stream_ended(3)).startswith("You have called us many times in the last hour.")
    clock.forward(minutes=41)  # the first call is over an hour ago; those that were refused do not count
    assert calls.why_not(7) == ""
    assert calls.why_not(8) == "too_many_calls"


def test_the_end_of_a_call_that_was_refused_is_told_as_such(
    line: Lines, store: Store, publisher: MemoryPublisher
) -> None:
    calls = line(blocked_callers=[CALLER])
    for _ in range(2):
        assert calls.why_not(1) == "blocked"
    calls.stream_ended(1)
    calls.hangs_up(1)
    refused, again, _, ended = publisher.events
    assert refused == again
    assert refused["event_id"] == f"{calls.session_id(1)}-tools-1-refused"
    assert refused["call"] == {"call_sid": calls.sid(1), "status": "refused", "reason": "blocked"}
    validator("event", "event").validate(refused)
    assert (ended["event_type"], ended["summary"]["outcome"]) == ("conversation.ended", "failed")
    session = store.session(calls.session_id(1))
    assert session is not None
    assert (session.refused, session.slot) == ("blocked", None)


def test_a_number_whose_calls_are_silent_is_not_taken_until_it_is_forgiven(line: Lines, clock: Clock) -> None:
    calls = line(screening={"silent_calls": 2})
    for number, reason in enumerate(["idle", "no_guest"], 1):
        assert calls.why_not(number) == ""
        calls.is_given_up(number, reason)
        clock.forward(minutes=2)
    assert calls.why_not(3) == "silent_calls"
    assert names(calls.stream_ended(3)) == ["Say", "Say", "Hangup"]
    about = {"property_id": "west-bethel-motel", "phone": CALLER}
    assert calls.jobs.post("/jobs/callers/lift", about).get_json()["caller"]["status"] == "lifted"
    assert calls.why_not(4) == ""


def test_a_guest_who_spoke_or_keyed_before_falling_silent_is_no_silent_caller(line: Lines, clock: Clock) -> None:
    calls = line(screening={"silent_calls": 1})
    calls.rings(1)
    calls.speaks(1)
    calls.is_given_up(1)
    clock.forward(minutes=1)
    assert calls.why_not(2) == ""
    keys = {"v": 1, "session_id": calls.session_id(2), "attempt": 1, "tool_call_id": "dtmf-1-1"}
    calls.tools.post("/tools/handle_ivr_menu", {**keys, "arguments": {"keys": "2075550199"}})
    calls.is_given_up(2)
    clock.forward(minutes=1)
    assert calls.why_not(3) == ""
    calls.is_given_up(3)
    assert calls.why_not(4) == "silent_calls"


def test_staff_block_a_number_for_a_time_and_see_which_are(line: Lines, clock: Clock) -> None:
    calls = line()
    about = {"property_id": "west-bethel-motel", "phone": CALLER}
    end = clock() + timedelta(hours=2)
    answer = calls.jobs.post("/jobs/callers/block", {**about, "until": end.isoformat(), "reason": "rude"})
    assert answer.status_code == 200
    assert calls.why_not(1) == "blocked"
    shown = calls.jobs.client.get(
        "/jobs/callers?property_id=west-bethel-motel", headers={"Authorization": "Bearer service-secret"}
    )
    [caller] = shown.get_json()["callers"]
    assert (caller["phone"], caller["reason"], caller["until"]) == (CALLER, "rude", "2026-11-20T19:00:00.000Z")
    clock.forward(hours=2)
    assert calls.why_not(2) == ""
    calls.jobs.post("/jobs/callers/block", about)
    assert calls.why_not(3) == "blocked"
    calls.jobs.post("/jobs/callers/lift", about)
    assert calls.why_not(4) == ""


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"phone": "2075550142"}, 400),
        ({"until": "2026-11-20T16:00:00Z"}, 400),
        ({"until": "2026-11-20T19:00:00"}, 400),
        ({"forever": True}, 400),
        ({"property_id": "grand-hotel"}, 404),
    ],
)
def test_what_makes_no_sense_blocks_nobody(line: Lines, body: dict[str, Any], status: int) -> None:
    calls = line()
    asked = {"property_id": "west-bethel-motel", "phone": CALLER, **body}
    assert calls.jobs.post("/jobs/callers/block", asked).status_code == status
    assert calls.why_not(1) == ""


def test_a_withheld_number_goes_where_the_file_says(line: Lines) -> None:
    calls = line(screening={"withheld": "refuse"})
    assert calls.why_not(1, caller="") == "withheld"
    assert "without a number" in said(calls.stream_ended(1))
    assert calls.why_not(2) == ""


def test_withheld_numbers_are_many_callers_and_no_one_of_them_calls_too_often(line: Lines) -> None:
    calls = line(screening={"calls_per_hour": 1, "silent_calls": 1})
    calls.rings(1, caller="")
    calls.is_given_up(1)
    assert [calls.why_not(number, caller="") for number in (2, 3)] == ["", ""]
