"""A reservation is paid by a link: texted once, never for more or less than the folio says."""

from collections.abc import Callable
from typing import Any

from nightdesk.hotel.payments_memory import SIGNATURE, MemoryPayments
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Text
from nightdesk.hotel.reservations import Payment
from nightdesk.hotel.telephony import FakeTelephony

from .booking_guest import Guest, guest, provider, telephony
from .conftest import CALLER, SESSION_ID, Clock, Service

__all__ = ["guest", "provider", "telephony"]


def test_a_link_is_texted_once_and_leaves_a_card(guest: Guest, telephony: FakeTelephony, store: Store) -> None:
    proof = guest.books()
    result = guest.gets("generate_payment_link", **proof, send_by="sms")
    assert (result["amount_cents"], result["phone_last4"], result["status"]) == (0, CALLER[-4:], "open")
    assert "I have sent a link to the number ending in 0 1 4 2" in result["spoken"]
    assert "url" not in result, "nobody reads an address aloud"
    again = guest.gets("generate_payment_link", **proof, send_by="sms")
    assert again["payment_id"] == result["payment_id"]
    [(to, _, body)] = telephony.sent
    assert to == CALLER
    assert f"https://pay.hotel.example/pay/{result['payment_id']}" in body
    assert "card" in body
    assert len(store.records(Text, session_id=SESSION_ID)) == 1


def test_the_amount_is_the_folios_whatever_is_asked_for(guest: Guest) -> None:
    proof = guest.books(rate_plan="non_refundable")
    error = guest.is_refused("generate_payment_link", **proof, send_by="sms", amount_cents=100)
    assert error["code"] == "invalid_arguments"
    result = guest.gets("generate_payment_link", **proof, send_by="sms")
    assert (result["amount_cents"], result["amount"]) == (48854, "$488.54")
    assert "to pay $488.54" in result["spoken"]


def test_a_payment_confirms_what_was_held(guest: Guest, client: Callable[..., Any], provider: MemoryPayments) -> None:
    proof = guest.books(rate_plan="non_refundable")
    link = guest.gets("generate_payment_link", **proof, send_by="sms")
    body = provider.webhook(link["payment_id"])
    payments = client("payments")
    answer = payments.post("/payments/webhook", data=body, headers={"Stripe-Signature": SIGNATURE})
    assert (answer.status_code, answer.get_json()["applied"]) == (200, True)
    found = guest.gets("lookup_reservation", **proof)
    assert (found["status"], found["paid_cents"], found["balance_cents"]) == ("confirmed", 48854, 0)
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "nothing_to_pay"


def test_a_hold_that_ran_out_is_paid_by_no_new_link(guest: Guest, clock: Clock) -> None:
    proof = guest.books()
    clock.forward(minutes=31)
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "not_changeable"


def test_a_guest_on_the_telephone_has_no_screen(guest: Guest) -> None:
    proof = guest.books()
    assert guest.is_refused("generate_payment_link", **proof, send_by="screen")["code"] == "invalid_arguments"


def test_where_links_cannot_be_made_nothing_is_said_to_be_sent(
    guest: Guest, provider: MemoryPayments, telephony: FakeTelephony
) -> None:
    proof = guest.books()
    provider.down = True
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "payments_unavailable"
    assert guest.is_refused("send_sms", template="payment_link")["code"] == "nothing_to_send", "it leads to no page"
    assert telephony.sent == []
    provider.down = False
    guest.gets("generate_payment_link", **proof, send_by="sms")
    assert len(guest.store.records(Payment, reservation_id=guest.only().reservation_id)) == 1


def test_a_text_that_did_not_go_is_sent_when_it_is_asked_for_again(guest: Guest, telephony: FakeTelephony) -> None:
    proof = guest.books()
    telephony.refuses[CALLER] = "unavailable"
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "sms_unavailable"
    del telephony.refuses[CALLER]
    guest.gets("generate_payment_link", **proof, send_by="sms")
    assert len(telephony.sent) == 1


def test_a_link_to_another_amount_than_is_due_by_now_is_not_texted(guest: Guest, telephony: FakeTelephony) -> None:
    proof = guest.books(rate_plan="non_refundable")
    first = guest.gets("generate_payment_link", **proof, send_by="sms")
    guest.speaks()
    guest.gets("modify_reservation", **proof, check_out="2026-11-30")
    guest.speaks()
    assert guest.is_refused("send_sms", template="payment_link")["code"] == "nothing_to_send"
    second = guest.gets("generate_payment_link", **proof, send_by="sms")
    assert second["amount_cents"] > first["amount_cents"]
    guest.speaks()
    guest.gets("send_sms", template="payment_link", another=True)
    assert [second["amount"] in body for _, _, body in telephony.sent] == [False, True, True]


def test_a_hotel_without_an_account_says_so(call: Service, store: Store, clock: Clock, client: Any) -> None:
    guest = Guest(Service(client("tools", STRIPE_API_KEY=None)), store, clock)
    proof = guest.books()
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "no_payments"


def test_at_a_screen_a_link_is_shown_and_not_texted(
    tools: Service, token: Callable[..., str], store: Store, clock: Clock, provider: Any, telephony: FakeTelephony
) -> None:
    who = {"channel": "kiosk", "call_sid": "", "caller": "", "called": "", "stir": ""}
    assert tools.session(token(**who), "KS" + "0" * 32, call_sid="").status_code == 200
    guest = Guest(tools, store, clock)
    proof = guest.books()
    assert guest.is_refused("lookup_reservation", last_name="Davis")["code"] == "code_needed"
    answer = guest.asks("generate_payment_link", **proof, send_by="screen")
    url = f"https://pay.hotel.example/pay/{answer['result']['payment_id']}"
    assert (answer["result"]["url"], answer["card"]["type"], answer["card"]["url"]) == (url, "payment", url)
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "no_keypad_number"
    assert telephony.sent == []
