"""A card keyed on the telephone: the call leaves the agent for Twilio's payment verb, and comes back to be told."""

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from nightdesk import twiml_pay
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.payments_memory import MemoryPayments
from nightdesk.hotel.reservations import Payment, Reservation

from local.twilio import twiml
from local.twilio.verbs import Pay

from .conftest import ORIGIN, SESSION_ID, Clock, Service, Twilio
from .payment_line import (
    PAID,
    asked,
    booked,
    call,
    hotels,
    kept,
    left,
    note,
    payments,
    result_path,
    sent_to_pay,
    the_payment,
    twilio,
)
from .test_turn_by_turn import reply, said
from .twiml_answers import names, shown_token

__all__ = ["booked", "call", "hotels", "payments", "twilio"]


def test_the_call_leaves_for_the_payment_line(call: Service, twilio: Twilio, booked: Reservation) -> None:
    answer = asked(call, booked)
    assert answer["ok"], answer
    assert answer["then"] == {"action": "pay", "to": answer["result"]["payment_id"]}
    assert answer["recording"] == "pause"
    document = left(call, twilio)
    assert names(document) == ["Pay", "Redirect"]
    pay = ElementTree.fromstring(document.data)[0]
    assert pay.get("chargeAmount") == "129.00", "the amount is the folio's"
    assert (pay.get("currency"), pay.get("paymentConnector"), pay.get("language")) == ("usd", "Default", "en-US")
    assert pay.get("action", "").startswith(f"{ORIGIN}/voice/twilio/pay?attempt=1&payment_id=payment_")


@pytest.mark.parametrize("locale", ["en-US", "en-GB", "es-MX", "es-ES"])
@pytest.mark.parametrize(("cents", "charged"), [(12905, 12905), (0, None)], ids=["charged", "kept"])
def test_twilio_takes_the_document_as_it_is(booked: Reservation, locale: str, cents: int, charged: int | None) -> None:
    payment = Payment("payment_1", "motel", "res_1", SESSION_ID, booked.created_at, cents, "EUR", "stripe")
    document = twiml.parse(twiml_pay.pay(ORIGIN, 1, payment, "Default", locale, "Motel").encode(), ORIGIN)
    assert document.problems == ()
    pay = document.verbs[0]
    assert isinstance(pay, Pay)
    assert (pay.charge_cents, pay.currency, pay.invalid) == (charged, "eur", None)
    assert pay.description == "Motel (payment_1)"


def test_a_payment_makes_the_booking_binding_and_the_agent_knows(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore
) -> None:
    call.turn(1, "assistant", "How may I help you?")
    back = twilio.post(sent_to_pay(call, twilio, booked), **PAID)
    assert names(back) == ["Connect", "Redirect"]
    assert kept(store, booked).status == "confirmed"
    assert kept(store, booked).paid_cents == 12900
    given = call.session(shown_token(back), stream_sid="MZ" + "a" * 32).get_json()
    assert given["attempt"] == 2
    assert "Thank you, that has worked." in given["opening"]["instructions"]
    told = given["history"][-1]["text"]
    assert "paid $129.00 with a card (amex) ending in 4001" in told
    assert "confirmed" in told


def test_what_was_paid_may_be_said_and_no_more_than_that(call: Service, twilio: Twilio, booked: Reservation) -> None:
    call.turn(1, "assistant", "How may I help you?")
    back = twilio.post(sent_to_pay(call, twilio, booked), **PAID)
    assert call.session(shown_token(back), stream_sid="MZ" + "a" * 32).status_code == 200
    true = call.turn(1, "assistant", "You have paid $129.00. Your booking is confirmed.", attempt=2)
    assert "note" not in true.get_json()
    false = call.turn(2, "assistant", "I have charged your card $150.00.", attempt=2)
    assert "150" in false.get_json()["note"]


def test_a_booking_is_not_confirmed_by_a_payment_that_was_not_made(
    call: Service, twilio: Twilio, booked: Reservation
) -> None:
    back = twilio.post(sent_to_pay(call, twilio, booked), Result="caller-interrupted-with-star")
    assert call.session(shown_token(back), stream_sid="MZ" + "a" * 32).status_code == 200
    said = call.turn(1, "assistant", "Your booking is confirmed.", attempt=2)
    assert said.get_json()["note"]


def test_only_the_last_four_digits_and_the_providers_name_are_kept(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore
) -> None:
    twilio.post(sent_to_pay(call, twilio, booked), **PAID)
    (payment,) = store.records(Payment, reservation_id=booked.reservation_id)
    assert (payment.status, payment.provider_charge) == ("paid", "ch_1")
    assert "x4001" not in repr(vars(store))
    assert "0527" not in repr(vars(store))


def test_a_result_that_comes_twice_counts_once(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore
) -> None:
    path = sent_to_pay(call, twilio, booked)
    first, second = twilio.post(path, **PAID), twilio.post(path, **PAID)
    assert names(first) == names(second) == ["Connect", "Redirect"]
    assert kept(store, booked).paid_cents == 12900
    session = store.session(SESSION_ID)
    assert session is not None
    assert (session.attempt, len(session.notes)) == (2, 1)


@pytest.mark.parametrize(
    "result", ["too-many-failed-attempts", "payment-connector-error", "caller-interrupted-with-star", ""]
)
def test_a_payment_that_was_not_made_brings_the_guest_back(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore, result: str
) -> None:
    back = twilio.post(sent_to_pay(call, twilio, booked), **({"Result": result} if result else {}))
    assert names(back) == ["Connect", "Redirect"]
    assert kept(store, booked).status == "held"
    session = store.session(SESSION_ID)
    assert session is not None
    assert "Nothing was charged" in note(store)
    assert session.returned_from == "not_paid"
    status = "failed" if result else "open"
    assert the_payment(store, booked).status == status, "who does not know how it ended says nothing of it"


def test_who_hung_up_on_the_payment_line_is_gone(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore
) -> None:
    gone = twilio.post(sent_to_pay(call, twilio, booked), Result="caller-hung-up", CallStatus="completed")
    assert names(gone) == []
    assert (kept(store, booked).status, the_payment(store, booked).status) == ("held", "failed")


def test_a_payment_of_another_call_is_none_of_this_one(
    call: Service, twilio: Twilio, booked: Reservation, store: MemoryStore
) -> None:
    path = sent_to_pay(call, twilio, booked)
    foreign = twilio.post(path, CallSid="CA" + "f" * 32, **PAID)
    assert "Connect" not in names(foreign)
    assert kept(store, booked).status == "held"


def test_a_hotel_without_a_connector_offers_links_alone(
    client: Callable[..., FlaskClient], payments: MemoryPayments, token: Callable[..., str], booked: Reservation
) -> None:
    tools = Service(client("tools"))
    offered = tools.session(token()).get_json()["engine_session"]["tools"]
    link = next(tool for tool in offered if tool["name"] == "generate_payment_link")
    assert link["parameters"]["properties"]["send_by"]["enum"] == ["sms", "screen"]
    assert asked(tools, booked)["error"]["code"] == "invalid_arguments"


def test_a_conversation_turn_by_turn_goes_there_and_comes_back_too(
    call: Service, twilio: Twilio, store: MemoryStore, clock: Clock
) -> None:
    """No engine is left: the clerk asks, by Twilio's own voice."""
    store.change_session(SESSION_ID, lambda s: replace(s, rung="gather") if s else None)
    wish = "i would like to book a room from friday for two nights for two people"
    lines = [wish, "the cheaper one", "s m i t h", "yes", "yes"]
    reply(call, 0)
    for number, line in enumerate([*lines, "no thank you"], 1):
        asked_last = said(reply(call, 2 * number, line))
    assert "Shall I put you through to the payment line?" in asked_last
    leaving = reply(call, 2 * len(lines) + 4, "yes")
    assert leaving.get_json()["then"]["action"] == "pay"
    document = twilio.post("/voice/twilio/stream-ended?attempt=1")
    assert names(document) == ["Pay", "Redirect"]
    back = twilio.post(result_path(document), **PAID)
    assert "/voice/twilio/gather?attempt=2" in back.text
    told = said(reply(call, 0, attempt=2))
    assert told.startswith("Thank you, that has worked.")
    assert "the card ending in 4 0 0 1" in told
    assert told.endswith("Your booking is confirmed. Anything else?")
