"""A recording that Twilio makes does not hear what guests and staff say to each other, unless the hotel wants it to."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk import bootstrap
from nightdesk.hotel.call_recorder import FakeRecorder
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.recording_store import MemoryRecordings
from nightdesk.hotel.telephony import FakeTelephony
from werkzeug.test import TestResponse

from .conftest import SESSION_ID, Clock, Service, Twilio
from .recording_house import RECORDED, attached, call, complete, kept, recorder, silent_parts, twilio
from .staff_phone import Staff, queue_ends, telephony
from .twiml_answers import names, said

__all__ = ["call", "kept", "recorder", "telephony", "twilio"]


@pytest.fixture
def hotel(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change the hotel's file for every function that is made after this."""
    load = bootstrap._load_properties

    def change(**changes: Any) -> None:
        def loaded(settings: Any) -> Any:
            found = load(settings)
            motel = replace(found.by_id["west-bethel-motel"], **changes)
            return replace(found, by_id={**found.by_id, motel.property_id: motel})

        monkeypatch.setattr(bootstrap, "_load_properties", loaded)

    return change


def put_through(call: Service, twilio: Twilio, department: str = "front_desk") -> TestResponse:
    call.turn(2, "user", "I want to talk to a person.")
    call.tool("transfer_to_human", "call_9", department=department, reason="a person")
    call.then(tool_call_id="call_9")
    return twilio.post("/voice/twilio/stream-ended?attempt=1")


def nobody_answers(twilio: Twilio) -> None:
    """Neither at the front desk nor at the next in the order of escalation."""
    for dial in (1, 2):
        twilio.post(f"/voice/twilio/dial-ended?attempt=1&dial={dial}", DialCallStatus="no-answer")


def asked(recorder: FakeRecorder) -> list[str]:
    return [what for what, _ in recorder.asked]


def test_it_pauses_when_the_guest_is_put_through_and_goes_on_with_the_next_stream(
    call: Service, twilio: Twilio, recorder: FakeRecorder
) -> None:
    attached(twilio)
    assert names(put_through(call, twilio)) == ["Dial"]
    assert asked(recorder) == ["start", "pause"]
    nobody_answers(twilio)
    assert asked(recorder) == ["start", "pause"], "the guest is still on the way"
    attached(twilio, attempt=2)
    assert asked(recorder) == ["start", "pause", "resume"]


def test_what_they_said_is_silent_even_where_twilio_did_not_pause(
    call: Service, twilio: Twilio, recorder: FakeRecorder, kept: MemoryRecordings, clock: Clock
) -> None:
    attached(twilio)
    clock.forward(seconds=10)
    recorder.down = True
    put_through(call, twilio)
    clock.forward(seconds=20)
    recorder.down = False
    complete(twilio)
    (content,) = kept.files.values()
    assert silent_parts(content) == [(10.0, 30.0)]


def test_late_news_of_the_stream_before_does_not_end_the_pause(
    call: Service, twilio: Twilio, recorder: FakeRecorder
) -> None:
    attached(twilio)
    put_through(call, twilio)
    attached(twilio)
    assert asked(recorder) == ["start", "pause"]


def test_one_that_begins_when_the_guest_is_with_the_staff_already_begins_paused(
    call: Service, twilio: Twilio, recorder: FakeRecorder
) -> None:
    put_through(call, twilio)
    attached(twilio)
    assert asked(recorder) == ["start", "pause"]
    nobody_answers(twilio)
    attached(twilio, attempt=2)
    assert asked(recorder) == ["start", "pause", "resume"]


def test_an_answer_that_is_asked_for_again_does_not_pause_it_again(
    call: Service, twilio: Twilio, recorder: FakeRecorder
) -> None:
    attached(twilio)
    put_through(call, twilio)
    nobody_answers(twilio)
    attached(twilio, attempt=2)
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    assert asked(recorder) == ["start", "pause", "resume"]


def test_a_warm_transfer_pauses_it_while_the_guest_waits_and_talks(
    telephony: FakeTelephony, call: Service, twilio: Twilio, recorder: FakeRecorder
) -> None:
    attached(twilio)
    waiting = put_through(call, twilio, "maintenance")
    assert "Enqueue" in names(waiting)
    assert asked(recorder) == ["start", "pause"]
    staff = Staff(twilio, telephony)
    assert "recorded" not in said(staff.picks_up())
    staff.presses("1")
    staff.leaves()
    queue_ends(twilio, waiting, "bridged")
    assert asked(recorder) == ["start", "pause"]
    attached(twilio, attempt=2)
    assert asked(recorder) == ["start", "pause", "resume"]


def test_back_with_the_clerk_it_goes_on_without_a_stream(
    telephony: FakeTelephony, call: Service, twilio: Twilio, recorder: FakeRecorder, store: MemoryStore
) -> None:
    attached(twilio)
    waiting = put_through(call, twilio, "maintenance")
    staff = Staff(twilio, telephony)
    staff.picks_up()
    staff.presses("1")
    store.change_session(SESSION_ID, lambda s: replace(s, rung="gather") if s else None)
    staff.leaves()
    assert names(queue_ends(twilio, waiting, "bridged")) == ["Redirect"]
    assert asked(recorder) == ["start", "pause", "resume"]


def test_a_hotel_may_want_it_to_go_on_and_tells_its_staff(
    telephony: FakeTelephony,
    client: Callable[..., FlaskClient],
    hotel: Callable[..., None],
    call: Service,
    recorder: FakeRecorder,
) -> None:
    hotel(record_staff=True)
    twilio = Twilio(client("twilio", **RECORDED))
    attached(twilio)
    put_through(call, twilio, "maintenance")
    assert "The call is recorded." in said(Staff(twilio, telephony).picks_up())
    assert asked(recorder) == ["start"]


def test_where_nobody_records_the_staff_is_not_told_so(
    telephony: FakeTelephony, client: Callable[..., FlaskClient], hotel: Callable[..., None], call: Service
) -> None:
    hotel(record_staff=True)
    twilio = Twilio(client("twilio", **{**RECORDED, "RECORDING_SOURCE": "relay"}))
    put_through(call, twilio, "maintenance")
    assert "recorded" not in said(Staff(twilio, telephony).picks_up())
