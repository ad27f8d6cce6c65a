"""Warm transfers as the staff meets them: who takes the call, who sends the guest back, who does not answer."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
from nightdesk.conversation import Session
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.telephony import FakeTelephony
from werkzeug.test import TestResponse

from .conftest import CALL_SID, ORIGIN, Service, Twilio
from .staff_phone import (
    FRONT_DESK,
    LEG,
    MAINTENANCE,
    MANAGER,
    Staff,
    asks,
    puts_through,
    queue_ends,
    session,
    staff,
    telephony,
    twilio,
    waiting,
)
from .twiml_answers import names, said, verbs

__all__ = ["session", "staff", "telephony", "twilio", "waiting"]


# -- the staff is asked


def test_the_staff_hears_what_it_is_about_and_is_asked_for_a_key(waiting: TestResponse, staff: Staff) -> None:
    answer = staff.picks_up()
    assert names(answer) == ["Gather", "Gather", "Hangup"]
    assert said(answer).startswith(
        "This is the assistant of West Bethel Motel, with a guest on the line for maintenance. "
        "The number that calls ends in 0 1 4 2. What it is about: the shower is cold. To take the call, press 1."
    )


def test_who_presses_1_gets_the_guest(
    twilio: Twilio, waiting: TestResponse, staff: Staff, telephony: FakeTelephony, session: Callable[[], Session]
) -> None:
    staff.picks_up()
    answer = staff.presses("1")
    assert names(answer) == ["Say", "Dial"]
    dial = verbs(answer)[1]
    assert (dial.findtext("Queue"), dial.get("hangupOnStar")) == (verbs(waiting)[0].text, "true")
    assert staff.presses("1").data == answer.data
    assert staff.leaves(CallStatus="completed").status_code == 200
    assert staff.ends().status_code == 204
    ended = queue_ends(twilio, waiting, "bridged")
    assert names(ended) == ["Hangup"]
    assert queue_ends(twilio, waiting, "bridged").data == ended.data
    assert (session().transferred_to, len(telephony.placed), telephony.updates) == ("maintenance", 1, [])


def test_the_star_key_sends_the_guest_back_to_the_agent(
    twilio: Twilio, waiting: TestResponse, staff: Staff, call: Service, session: Callable[[], Session]
) -> None:
    staff.picks_up()
    staff.presses("1")
    first = queue_ends(twilio, waiting, "bridged")  # the guest's side is faster
    assert names(first) == ["Pause", "Redirect"]
    assert names(staff.leaves()) == ["Hangup"]
    staff.ends()
    back = asks(twilio, verbs(first)[1].text)
    assert names(back) == ["Connect", "Redirect"]
    assert "sent the guest back" in session().notes[0].text
    token = ElementTree.fromstring(back.data).find("Connect/Stream/Parameter")
    assert token is not None
    resumed = call.session(token.get("value", ""), stream_sid="MZ" + "f" * 32).get_json()
    assert resumed["opening"]["text"] == "You are back with the assistant. What else can I do for you?"
    assert any("sent the guest back" in entry.get("text", "") for entry in resumed["history"])


def test_without_word_of_how_the_staff_left_the_guest_is_back_with_the_agent(
    twilio: Twilio, waiting: TestResponse, staff: Staff
) -> None:
    staff.presses("1")
    answer = queue_ends(twilio, waiting, "bridged")
    for _ in range(3):
        assert names(answer) == ["Pause", "Redirect"]
        answer = asks(twilio, verbs(answer)[1].text)
    assert names(answer) == ["Connect", "Redirect"]


def test_who_presses_another_key_is_asked_again(waiting: TestResponse, staff: Staff) -> None:
    answer = staff.presses("7")
    assert names(answer) == ["Gather", "Gather", "Hangup"]
    assert "shower" not in said(answer)
    assert names(staff.presses("1")) == ["Say", "Dial"]


# -- nobody takes it


def test_who_declines_is_passed_over_for_the_next_and_the_guest_goes_on(
    twilio: Twilio, waiting: TestResponse, staff: Staff, telephony: FakeTelephony, session: Callable[[], Session]
) -> None:
    """The front desk has no way to be told first here: it is put through blind, once the guest is out of the queue."""
    staff.picks_up()
    assert names(staff.presses("2")) == ["Say", "Hangup"]
    assert names(staff.presses("2")) == ["Say", "Hangup"]
    [(fetched, document)] = telephony.updates
    assert fetched == session().call_sid
    in_vain = queue_ends(twilio, waiting, "redirected")
    redirect = ElementTree.fromstring(document).findtext("Redirect")
    answer = asks(twilio, redirect)
    assert answer.data == in_vain.data
    assert names(answer) == ["Say", "Dial"]
    assert verbs(answer)[1].findtext("Number") == FRONT_DESK
    ended = verbs(answer)[1].get("action")
    manager = asks(twilio, ended, DialCallStatus="no-answer")
    assert verbs(manager)[1].findtext("Number") == MANAGER
    back = asks(twilio, verbs(manager)[1].get("action"), DialCallStatus="busy")
    assert names(back) == ["Connect", "Redirect"]
    assert "maintenance and front_desk and manager" in session().notes[0].text


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "completed"])
def test_who_does_not_answer_or_presses_nothing_has_not_taken_the_call(
    twilio: Twilio, waiting: TestResponse, staff: Staff, telephony: FakeTelephony, status: str
) -> None:
    assert staff.ends(status).status_code == 204
    assert staff.ends(status).status_code == 204
    assert len(telephony.updates) == 1
    assert verbs(queue_ends(twilio, waiting, "redirected"))[1].findtext("Number") == FRONT_DESK


def test_a_machine_is_hung_up_on(twilio: Twilio, waiting: TestResponse, staff: Staff, telephony: FakeTelephony) -> None:
    staff.picks_up()
    assert staff.post("staff-amd", 1, AnsweredBy="machine_start").status_code == 204
    assert telephony.states[LEG].status == "completed"
    assert len(telephony.updates) == 1
    assert staff.ends().status_code == 204
    assert len(telephony.updates) == 1


@pytest.mark.parametrize("answered_by", ["human", "unknown"])
def test_a_person_is_left_alone(
    waiting: TestResponse, staff: Staff, telephony: FakeTelephony, answered_by: str
) -> None:
    staff.post("staff-amd", 1, AnsweredBy=answered_by)
    assert telephony.states[LEG].status == "queued"
    assert names(staff.presses("1")) == ["Say", "Dial"]


def test_a_telephone_that_cannot_be_called_is_passed_over(
    twilio: Twilio, call: Service, telephony: FakeTelephony
) -> None:
    telephony.unreachable[MAINTENANCE] = "number"
    waiting = puts_through(twilio, call)
    assert names(waiting) == ["Enqueue", "Redirect"]
    assert names(asks(twilio, verbs(waiting)[0].get("waitUrl"), QueueTime="0")) == ["Leave"]
    assert verbs(queue_ends(twilio, waiting, "leave"))[1].findtext("Number") == FRONT_DESK


def test_while_the_account_may_place_no_calls_the_guests_own_rings_the_telephone(
    twilio: Twilio, call: Service, telephony: FakeTelephony
) -> None:
    telephony.unreachable[MAINTENANCE] = "busy"
    waiting = puts_through(twilio, call)
    assert names(asks(twilio, verbs(waiting)[0].get("waitUrl"), QueueTime="0")) == ["Leave"]
    [dial] = verbs(queue_ends(twilio, waiting, "leave"))
    assert dial.findtext("Number") == MAINTENANCE
    assert dial.get("action") == f"{ORIGIN}/voice/twilio/dial-ended?attempt=1&dial=2#rc=2&rp=ct,5xx"


def test_a_call_in_doubt_is_waited_for(twilio: Twilio, call: Service, telephony: FakeTelephony) -> None:
    telephony.silent = "sent"
    waiting = puts_through(twilio, call)
    staff = Staff(twilio, telephony)
    assert names(asks(twilio, verbs(waiting)[0].get("waitUrl"), QueueTime="0"))[0] == "Play"
    assert names(staff.picks_up())[0] == "Gather"
    assert names(staff.presses("1")) == ["Say", "Dial"]


# -- something is wrong on our side


@pytest.mark.parametrize("path", ["staff", "staff-answer", "staff-ended"])
def test_the_staff_hears_so_when_nothing_can_be_told_and_the_guest_goes_on(
    waiting: TestResponse, staff: Staff, store: MemoryStore, telephony: FakeTelephony, path: str
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("the disk is gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "change_session", broken)
        answer = staff.post(path, 1, Digits="1")
    assert names(answer) == ["Say", "Hangup"]
    assert said(answer) == "I am sorry, something went wrong on our side. Goodbye."
    staff.ends("completed")
    [(call_sid, _)] = telephony.updates
    assert call_sid == CALL_SID  # the guest's call asks who is rung next
