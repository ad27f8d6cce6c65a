"""The function `payments`: short links, what they show, and the provider's webhook."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from nightdesk import properties
from nightdesk.cashier import Cashier
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.model import Property
from nightdesk.hotel.payments_memory import SIGNATURE, MemoryPayments
from nightdesk.hotel.pms import Booking, BookingsUnavailable
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import Store
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.reservations import Payment
from nightdesk.sinks import MemoryPublisher
from werkzeug.test import TestResponse

from .booking_guest import provider
from .conftest import SESSION_ID, Clock, Service
from .schemas import validator
from .test_golden import golden

__all__ = ["provider"]
MOTEL = properties.load().by_id["west-bethel-motel"]
CASA = properties.load().by_id["hotel-casa-alondra"]
STAY = Stay(date(2026, 12, 8), date(2026, 12, 10), adults=2)


class Browser:
    """A guest's browser, and the provider."""

    def __init__(self, client: FlaskClient, provider: MemoryPayments, store: Store, clock: Clock) -> None:
        self.client, self.provider, self.store, self.clock = client, provider, store, clock

    def link(self, hotel: Property = MOTEL, rate_plan: str | None = "non_refundable") -> Payment:
        books = OwnBooks(hotel, self.store, self.clock)
        largest = hotel.room_types[-1].room_type
        held = books.hold(Booking("res_1", SESSION_ID, STAY, largest, "Davis", rate_plan=rate_plan))
        cashier = Cashier(self.store, lambda _: books, self.provider, "https://pay.hotel.example", self.clock)
        return cashier.link(held, SESSION_ID, "payment_1")

    def open(self, payment: Payment, then: str = "") -> TestResponse:
        return self.client.get(f"/pay/{payment.payment_id}{then}")

    def post(self, body: bytes, signature: str = SIGNATURE) -> TestResponse:
        return self.client.post("/payments/webhook", data=body, headers={"Stripe-Signature": signature})


@pytest.fixture
def browser(client: Callable[..., FlaskClient], provider: MemoryPayments, store: Store, clock: Clock) -> Browser:
    return Browser(client("payments"), provider, store, clock)


def test_a_short_link_leads_to_the_providers_page(browser: Browser) -> None:
    payment = browser.link()
    answer = browser.open(payment)
    assert (answer.status_code, answer.headers["Location"]) == (303, "https://pay.example/payment_1")
    assert answer.headers["Cache-Control"] == "no-store"


def test_coming_back_before_the_news_it_says_that_it_takes_a_moment(browser: Browser) -> None:
    payment = browser.link()
    answer = browser.open(payment, "/done")
    assert answer.status_code == 200
    assert "Nothing has been paid yet" in answer.text
    assert f'href="{payment.url}"' in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_after_the_news_it_says_what_was_paid_and_nobodys_name(browser: Browser) -> None:
    payment = browser.link()
    assert browser.post(browser.provider.webhook("payment_1")).get_json() == {"v": 1, "ok": True, "applied": True}
    for page in (browser.open(payment), browser.open(payment, "/done")):
        assert page.status_code == 200
        assert f"We have received ${payment.amount_cents / 100:.2f}" in page.text
        assert "Davis" not in page.text


def test_a_card_that_was_left_is_thanked_for(browser: Browser) -> None:
    payment = browser.link(rate_plan=None)
    browser.post(browser.provider.webhook("payment_1"))
    assert "Your card is on file" in browser.open(payment).text


def test_a_hotel_speaks_its_own_language(browser: Browser) -> None:
    payment = browser.link(CASA, None)
    assert "Todavía no se ha pagado nada" in browser.open(payment, "/done").text
    browser.post(browser.provider.webhook("payment_1"))
    assert "Hemos recibido €" in browser.open(payment).text


def test_a_link_that_nobody_needs_any_more_leads_nowhere(browser: Browser, clock: Clock) -> None:
    payment = browser.link()
    clock.forward(minutes=31)
    answer = browser.open(payment)
    assert (answer.status_code, "no longer valid" in answer.text) == (200, True)
    assert "<a " not in answer.text


def test_money_that_goes_back_is_told(browser: Browser, clock: Clock) -> None:
    payment = browser.link()
    books = OwnBooks(MOTEL, browser.store, clock)
    books.cancel("res_1", 0, "change_1")
    browser.post(browser.provider.webhook("payment_1"))
    assert "is being given back to your card" in browser.open(payment).text


def test_a_room_that_was_lost_is_said_to_be(browser: Browser, clock: Clock) -> None:
    payment = browser.link()
    clock.forward(minutes=31)
    books = OwnBooks(MOTEL, browser.store, clock)
    for n in range(len(MOTEL.room_types[-1].rooms)):
        books.hold(Booking(f"rival_{n}", SESSION_ID, STAY, MOTEL.room_types[-1].room_type, "Lee"))
    browser.post(browser.provider.webhook("payment_1"))
    amount = f"${payment.amount_cents / 100:.2f}"
    assert f"We could not keep the room for you, so {amount} is being given back" in browser.open(payment).text


@pytest.mark.parametrize(("hotel", "words"), [(MOTEL, "Of it $20.00 is being given back"), (CASA, "devolvemos €20")])
def test_a_part_that_goes_back_is_no_word_of_a_lost_room(browser: Browser, hotel: Property, words: str) -> None:
    payment = browser.link(hotel, None if hotel is CASA else "non_refundable")
    browser.post(browser.provider.webhook("payment_1"))
    browser.post(browser.provider.webhook("payment_1", "refunded", "evt_2", refunded_cents=2000))
    page = browser.open(payment).text
    assert words in page
    assert "could not keep" not in page
    assert "guardarle" not in page


@pytest.mark.parametrize("path", ["/pay/payment_9", "/pay/payment_9/done"])
def test_an_unknown_link_tells_nothing(browser: Browser, path: str) -> None:
    answer = browser.client.get(path)
    assert answer.status_code == 404
    assert "This link is not known" in answer.text


@pytest.mark.parametrize("path", ["/pay/", "/pay/../x", "/pay/PAYMENT", "/payments/webhook"])
def test_there_is_nothing_else_to_get(browser: Browser, path: str) -> None:
    assert browser.client.get(path).status_code in (404, 405)


def test_a_forged_webhook_is_refused_and_changes_nothing(browser: Browser) -> None:
    payment = browser.link()
    answer = browser.post(browser.provider.webhook("payment_1"), "forged")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "bad_signature")
    assert browser.store.record(Payment, "payment_1") == payment


def test_another_amount_is_refused_for_people_to_see(browser: Browser) -> None:
    browser.link()
    answer = browser.post(browser.provider.webhook("payment_1", amount_cents=1))
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "wrong_amount")


def test_what_is_not_ours_is_taken_and_forgotten(browser: Browser) -> None:
    browser.link()
    other = browser.provider.webhook("payment_1", "completed", "evt_1", payment_id="payment_9", charge="pi_9")
    assert browser.post(other).get_json()["applied"] is False


def test_what_cannot_be_applied_now_comes_again(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = browser.link()

    def down(*_: object) -> None:
        raise BookingsUnavailable("down")

    with monkeypatch.context() as patched:
        patched.setattr(OwnBooks, "confirm", down)
        assert browser.post(browser.provider.webhook("payment_1")).status_code == 503
    assert browser.post(browser.provider.webhook("payment_1")).status_code == 200
    found = browser.store.reservation("res_1")
    assert found is not None
    assert (found.status, found.paid_cents) == ("confirmed", payment.amount_cents)


def test_a_link_works_while_the_bookings_are_out_of_reach(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    payment = browser.link()

    def down(*_: object) -> None:
        raise BookingsUnavailable("down")

    monkeypatch.setattr(OwnBooks, "reservation", down)
    assert browser.open(payment).status_code == 303
    assert browser.open(payment, "/done").status_code == 200


def test_that_money_came_is_an_event_of_the_conversation_that_asked_for_it(
    browser: Browser, call: Service, event_sink: Service, publisher: MemoryPublisher, store: MemoryStore
) -> None:
    payment = browser.link()
    paid = browser.provider.webhook(payment.payment_id, "completed", "evt_1")
    for body in (paid, paid):
        assert browser.post(body).status_code == 200
    first, again = [e for e in publisher.events if e["event_type"] == "payment.received"]
    assert first == again
    assert first["payment"] == {
        "payment_id": "payment_1",
        "reservation_id": "res_1",
        "amount_cents": payment.amount_cents,
        "refund_cents": 0,
        "currency": "USD",
    }
    validator("event", "event").validate(first)
    known = golden("event_payment_received")["body"]
    assert (set(first), set(first["payment"])) == (set(known), set(known["payment"]))
    for event in (first, again):
        assert event_sink.push(event).status_code == 204
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.paid_cents == payment.amount_cents


def test_an_event_that_cannot_be_told_has_the_webhook_sent_again(
    browser: Browser, call: Service, publisher: MemoryPublisher
) -> None:
    payment = browser.link()
    paid = browser.provider.webhook(payment.payment_id, "completed", "evt_1")
    publisher.broken = True
    assert browser.post(paid).status_code >= 500
    publisher.broken = False
    assert browser.post(paid).status_code == 200
    assert [e["event_type"] for e in publisher.events if "payment" in e] == ["payment.received"]


def test_while_another_process_applies_it_it_comes_again(browser: Browser, clock: Clock) -> None:
    browser.link()
    browser.store.change_record(Payment, "payment_1", lambda p: replace(p, applying_at=clock()) if p else None)
    assert browser.post(browser.provider.webhook("payment_1")).status_code == 503
    clock.forward(seconds=30)
    assert browser.post(browser.provider.webhook("payment_1")).status_code == 200
