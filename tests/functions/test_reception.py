"""Calls are let in or refused: through the functions, over every store."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

import pytest
from flask.testing import FlaskClient
from nightdesk import tokens
from nightdesk.hotel.ports import Store
from nightdesk.sinks import MemoryPublisher
from werkzeug.test import TestResponse

from .conftest import CALLER, ORIGIN, Clock, Service, Twilio
from .schemas import validator
from .test_properties import write
from .test_twilio import FRONT_DESK
from .twiml_answers import names, said, verbs


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


class Line:
    """Calls of one hotel, told apart by a number: the functions as they are deployed, over one store."""

    def __init__(
        self, client: Callable[..., FlaskClient], token: Callable[..., str], folder: Path, **changes: object
    ) -> None:
        write(folder, "west-bethel-motel.yaml", **changes)
        self.tools = Service(client("tools", PROPERTIES_DIR=str(folder)))
        self.twilio = Twilio(client("twilio", PROPERTIES_DIR=str(folder)))
        self.jobs = Service(client("jobs", PROPERTIES_DIR=str(folder)))
        self._token = token

    @staticmethod
    def sid(call: int) -> str:
        return f"CA{call:032x}"

    def session_id(self, call: int) -> str:
        return tokens.session_id_of_call(self.sid(call))

    def rings(self, call: int, attempt: int = 1, **claims: Any) -> dict[str, Any]:
        token = self._token(attempt, session_id=self.session_id(call), call_sid=self.sid(call), **claims)
        stream_sid = f"MZ{call:016x}{attempt:016x}"
        answer = self.tools.session(token, stream_sid, call_sid=self.sid(call))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        body: dict[str, Any] = answer.get_json()
        return body

    def why_not(self, call: int, **claims: Any) -> str:
        answer = self.rings(call, **claims)
        return "" if answer["ok"] else str(answer["error"]["code"])

    def speaks(self, call: int) -> None:
        body = {"v": 1, "attempt": 1, "turn": 1, "role": "user", "text": "hello"}
        assert self.tools.post(f"/sessions/{self.session_id(call)}/turns", body).status_code == 200

    def is_given_up(self, call: int, reason: str = "idle") -> None:
        self.tools.post(f"/sessions/{self.session_id(call)}/then", {"v": 1, "attempt": 1, "reason": reason})
        self.stream_ended(call)
        self.hangs_up(call)

    def stream_ended(self, call: int) -> TestResponse:
        return self.twilio.post("/voice/twilio/stream-ended?attempt=1", CallSid=self.sid(call))

    def presses(self, call: int, key: str, attempt: int = 1, tries: int = 0, **fields: str) -> TestResponse:
        """At the menu that stands in the agent's place; "" is no key."""
        url = f"/voice/twilio/ivr?menu=main&language=en&attempt={attempt}&tries={tries}"
        return self.twilio.post(url, CallSid=self.sid(call), **({"Digits": key} if key else {}), **fields)

    def hangs_up(self, call: int, status: str = "completed") -> None:
        self.twilio.post("/voice/twilio/status", CallSid=self.sid(call), CallStatus=status)


@pytest.fixture
def line(client: Callable[..., FlaskClient], token: Callable[..., str], tmp_path: Path) -> Callable[..., Line]:
    def make(**changes: object) -> Line:
        folder = tmp_path / "properties"
        folder.mkdir()
        return Line(client, token, folder, **changes)

    return make


Lines = Callable[..., Line]


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


# --- who meets the menu of keys alone, or no stream at all ---

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
