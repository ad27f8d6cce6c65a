"""Promises to call back: placed once when they are due, tried three times, and then a matter for people."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from nightdesk import callback_rules, properties, tokens
from nightdesk.hotel.records import Callback
from nightdesk.hotel.telephony import CallState, FakeTelephony
from nightdesk.targets.jobs_callbacks import MOST_AT_ONCE

from .conftest import CALLED, CALLER, ORIGIN, SESSION_ID, Clock
from .outbound_house import HOTEL, CallingHouse, house
from .promises import ends, messages, now, promised
from .twiml_answers import shown_token

__all__ = ["house"]


def test_what_was_promised_in_a_call_is_placed_when_it_is_due(house: CallingHouse, clock: Clock, token: Any) -> None:
    house.tools.session(token())
    house.tools.tool(
        "schedule_callback", when="today", time="15:00", reason="Crib in the suite", phone_source="caller_line"
    )
    [callback] = house.store.records(Callback, session_id=SESSION_ID)
    assert house.queue.told == [(callback.callback_id, callback.due_at)]
    assert (callback.caller, callback.promised_at) == (CALLED, callback.due_at)
    assert house.looks()["placed"] == 0
    clock.now = callback.due_at
    assert house.looks()["placed"] == 1
    [order] = house.telephony.placed
    assert (order.to, order.from_) == (CALLER, CALLED)


def test_the_agent_opens_with_why_it_calls(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock)
    house.looks()
    [call] = house.open_calls()
    set_up = house.connects(call)
    assert set_up["opening"]["text"] == (
        "Hello, this is the automatic assistant of West Bethel Motel, calling you back as you asked. "
        "We noted: Whether a crib fits into the suite. How may I help you?"
    )
    ends(house, "completed")
    assert (now(house).status, now(house).placed_as) == ("done", tokens.session_id_of_call(call.call_sid))


@pytest.mark.parametrize(("language", "said"), [("en", "Somebody asked us to call"), ("es", "Nos pidieron que")])
def test_whose_number_was_keyed_by_a_guest_does_not_hear_the_guests_words(
    house: CallingHouse, clock: Clock, language: str, said: str
) -> None:
    promised(house.store, clock, phone_source="keypad", language=language)
    house.looks()
    [call] = house.open_calls()
    set_up = house.tools.session(shown_token(house.answers(call)), call_sid=call.call_sid).get_json()
    assert said in set_up["opening"]["text"]
    assert "crib" not in set_up["opening"]["text"]
    assert "crib" in set_up["engine_session"]["instructions"], "for whoever says that they asked for the call"


def test_the_guests_language_is_kept(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock, language="es", reason="Si cabe una cuna")
    house.looks()
    assert house.telephony.placed[0].answered_url == f"{ORIGIN}/voice/twilio/outbound-answered?lang=es"


def test_it_is_placed_once_however_often_it_is_looked_for(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock)
    assert [house.looks()["placed"] for _ in range(3)] == [1, 0, 0]
    one = house.jobs.post("/jobs/callbacks", {"callback_id": "callback_1"}).get_json()
    assert (one["placed"], len(house.telephony.placed)) == (0, 1)


def test_a_task_that_comes_early_places_nothing_and_one_in_time_does(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock, due_at=clock() + timedelta(minutes=1))
    ask = {"callback_id": "callback_1"}
    assert house.jobs.post("/jobs/callbacks", ask).get_json()["placed"] == 0
    clock.forward(minutes=1)
    assert house.jobs.post("/jobs/callbacks", ask).get_json()["placed"] == 1
    assert house.jobs.post("/jobs/callbacks", {"callback_id": "unknown"}).get_json()["placed"] == 0


def test_busy_and_unanswered_are_tried_again_three_times_and_then_people_are_told(
    house: CallingHouse, clock: Clock
) -> None:
    promise = promised(house.store, clock)
    for attempt, (status, pause) in enumerate((("busy", 60), ("no-answer", 600)), start=1):
        assert house.looks()["placed"] == 1
        ends(house, status)
        assert (now(house).status, now(house).attempts) == ("scheduled", attempt)
        assert now(house).due_at == clock() + timedelta(seconds=pause)
        assert house.queue.told[-1] == ("callback_1", now(house).due_at)
        assert house.looks()["placed"] == 0
        clock.forward(seconds=pause)
    assert house.looks()["placed"] == 1
    assert messages(house) == []
    ends(house, "no-answer")
    assert (now(house).status, now(house).attempts) == ("failed", 3)
    [message] = messages(house)
    assert (message.urgent, message.phone, message.for_whom) == (True, CALLER, "the front desk")
    moment = "Friday, November 20 at 12:00 PM"
    assert message.text == (
        f"Please call Ada Lee back at {CALLER}: Whether a crib fits into the suite. They asked for {moment}; "
        "the assistant has called 3 times and reached nobody."
    )
    clock.forward(hours=1)
    assert (house.looks()["placed"], len(house.telephony.placed), promise.attempts) == (0, 3, 0)


def test_where_no_call_can_be_placed_people_are_not_told_that_nobody_answered(
    house: CallingHouse, clock: Clock
) -> None:
    promised(house.store, clock)
    house.telephony.unreachable[CALLER] = "unavailable"
    for _ in range(3):
        house.looks()
        clock.forward(minutes=10)
    [message] = messages(house)
    assert message.text.endswith("the assistant has tried 3 times, and the call could not be put through.")


def test_a_machine_is_left_a_message_and_the_promise_is_kept(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock)
    house.looks()
    [call] = house.open_calls()
    house.detects(call, "machine_end_beep")
    assert house.telephony.updates
    assert "crib" not in house.telephony.updates[0][1]
    ends(house, "completed")
    assert (now(house).status, messages(house)) == ("done", [])


def test_a_machine_that_hung_up_before_the_message_is_called_again(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock)
    house.looks()
    [call] = house.open_calls()
    house.telephony.states[call.call_sid] = CallState(call.call_sid, "completed", 9)
    house.detects(call, "machine_end_beep")
    assert not house.telephony.updates
    ends(house, "completed")
    assert (now(house).status, now(house).attempts) == ("scheduled", 1)


def test_a_call_of_which_nobody_heard_a_word_keeps_no_promise(house: CallingHouse, clock: Clock) -> None:
    """Somebody picks up, and the relay is out of reach."""
    promised(house.store, clock)
    for attempt in (1, 2, 3):
        assert house.looks()["placed"] == 1
        [call] = house.open_calls()
        house.answers(call)
        house.twilio.post("/voice/twilio/stream-ended?attempt=1", **house.form(call, "in-progress"))
        house.tells(call, "completed", CallDuration="4")
        assert (now(house).status, now(house).attempts) == ("failed" if attempt == 3 else "scheduled", attempt)
        clock.forward(minutes=10)
    assert messages(house)[0].text.endswith("the assistant has called 3 times and reached nobody.")


@pytest.mark.parametrize("why", ["no_guest", "idle"])
@pytest.mark.parametrize(("words", "status"), [("", "scheduled"), ("yes hello", "done")])
def test_a_call_in_which_nobody_spoke_keeps_no_promise(
    house: CallingHouse, clock: Clock, why: str, words: str, status: str
) -> None:
    promised(house.store, clock)
    house.looks()
    [call] = house.open_calls()
    house.connects(call)
    session = f"/sessions/{call.session_id}"
    turn = {"v": 1, "attempt": 1, "turn": 2, "role": "user", "text": words}
    assert house.tools.post(f"{session}/turns", turn).status_code == 200
    assert house.tools.post(f"{session}/then", {"v": 1, "attempt": 1, "reason": why}).status_code == 200
    house.twilio.post("/voice/twilio/stream-ended?attempt=1", **house.form(call, "in-progress"))
    ends(house, "completed")
    assert now(house).status == status


def test_who_was_answered_turn_by_turn_was_called(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock)
    house.looks()
    [call] = house.open_calls()
    house.answers(call)
    for attempt in (1, 2, 3, 4):
        answer = house.twilio.post(f"/voice/twilio/stream-ended?attempt={attempt}", **house.form(call, "in-progress"))
    assert "/voice/twilio/gather" in answer.text
    ends(house, "completed")
    assert now(house).status == "done"


def test_status_callbacks_that_come_twice_count_once(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock)
    house.looks()
    [call] = house.open_calls()
    for status in ("busy", "busy", "no-answer", "completed"):
        house.tells(call, status)
    assert (now(house).status, now(house).attempts) == ("scheduled", 1)


def test_a_number_that_cannot_be_called_goes_to_people_at_once(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock)
    house.telephony.unreachable[CALLER] = "number"
    house.looks()
    assert (now(house).status, len(messages(house))) == ("failed", 1)
    assert "may not or cannot call" in messages(house)[0].text


@pytest.mark.parametrize("phone", [CALLER, "+34612345678"])
def test_a_number_that_may_not_be_called_goes_to_people(house: CallingHouse, clock: Clock, phone: str) -> None:
    promised(house.store, clock, phone=phone)
    house.agrees(may_call=False)
    assert house.looks()["given_up"] == 1
    assert (now(house).status, len(messages(house)), house.telephony.placed) == ("failed", 1, [])
    assert house.looks()["given_up"] == 0
    assert len(messages(house)) == 1


def test_a_promise_that_nobody_could_keep_in_time_goes_to_people(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock, due_at=clock() - timedelta(hours=2))
    assert house.looks()["given_up"] == 1
    assert "could not call in time" in messages(house)[0].text


def test_where_all_lines_are_taken_it_waits(house: CallingHouse, clock: Clock) -> None:
    house.takes_all_lines()
    promised(house.store, clock)
    assert house.looks()["waiting"] == 1
    assert (now(house).status, now(house).attempts) == ("scheduled", 0)
    house.tells(house.open_calls()[0], "completed")
    clock.forward(minutes=1)
    assert house.looks()["placed"] == 1


def test_while_a_number_is_being_called_another_promise_to_it_waits(house: CallingHouse, clock: Clock) -> None:
    for callback_id in ("callback_0", "callback_1"):
        promised(house.store, clock, callback_id=callback_id)
    assert (house.looks()["placed"], len(house.open_calls())) == (1, 1)
    clock.forward(minutes=1)
    assert (house.looks()["waiting"], len(house.open_calls())) == (1, 1)
    ends(house, "busy")
    assert (house.looks()["placed"], len(house.telephony.placed)) == (1, 2)


@pytest.mark.parametrize("broken", ["a call in doubt", "another promise"])
def test_what_is_wrong_with_one_call_does_not_stop_the_others(
    house: CallingHouse, clock: Clock, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def breaks(*_: object) -> Any:
        raise TypeError("no date")

    if broken == "a call in doubt":
        house.agrees()
        house.telephony.silent = "lost"
        house.order()
        house.telephony.silent = ""
        monkeypatch.setattr(FakeTelephony, "find_calls", breaks)
        clock.forward(minutes=3)
    else:
        promised(house.store, clock, callback_id="callback_0", language="xx", due_at=clock() - timedelta(minutes=1))
        real = FakeTelephony.start_call
        order = lambda line, o: breaks() if "lang=xx" in o.answered_url else real(line, o)  # noqa: E731
        monkeypatch.setattr(FakeTelephony, "start_call", order)
    promised(house.store, clock, phone="+12075550143")
    assert house.looks()["placed"] == 1
    assert [order.to for order in house.telephony.placed] == ["+12075550143"]
    clock.forward(minutes=1)
    assert house.looks()["settled"] == 0, "it is looked for again, later"


def test_promises_of_a_hotel_that_is_gone_do_not_stand_in_the_way_for_ever(house: CallingHouse, clock: Clock) -> None:
    for n in range(MOST_AT_ONCE):
        promised(house.store, clock, callback_id=f"gone_{n}", property_id="gone", due_at=clock() - timedelta(days=2))
    promised(house.store, clock, callback_id="gone", property_id="gone")
    promised(house.store, clock)
    assert (house.looks()["given_up"], house.looks()["placed"]) == (MOST_AT_ONCE, 1)
    gone = [house.store.record(Callback, callback_id) for callback_id in ("gone_0", "gone")]
    assert [callback.status for callback in gone if callback] == ["failed", "scheduled"], "its file may come back"


def test_one_that_is_withdrawn_is_not_placed(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock, status="cancelled")
    assert house.looks()["placed"] == 0


def test_an_erased_guest_is_not_called(house: CallingHouse, clock: Clock, token: Any) -> None:
    house.tools.session(token())
    promised(house.store, clock)
    assert house.jobs.post("/jobs/guests/erase", {"property_id": HOTEL, "phone": CALLER}).status_code == 200
    assert (house.looks()["placed"], now(house).status, house.telephony.placed) == (0, "cancelled", [])


def test_a_new_hour_for_the_same_promise_is_another_call(house: CallingHouse, clock: Clock) -> None:
    first = promised(house.store, clock)
    later = replace(first, due_at=first.due_at + timedelta(hours=1))
    assert callback_rules.call_id(first) != callback_rules.call_id(later)
    assert callback_rules.claimed(later, callback_rules.call_id(first)) is None


def test_for_the_staff_a_spanish_hotel_is_told_in_spanish(clock: Clock) -> None:
    hotel = properties.load().by_id["hotel-casa-alondra"]
    due_at = datetime.fromisoformat("2026-11-20T17:00:00+00:00")
    callback = Callback("c", hotel.property_id, "s", due_at, due_at, "+34612345678", reason="La cuna", attempts=3)
    assert callback_rules.for_staff(hotel, callback, "unanswered") == (
        "Por favor, llamen a un huésped al +34612345678: La cuna. Pidió la llamada para el viernes 20 de noviembre a "
        "las 18:00; el asistente ha llamado 3 veces y nadie ha contestado."
    )
