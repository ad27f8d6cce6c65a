"""Stripe: the official client against a strict simulated one, over real HTTP, and its webhooks by its own verifier.

The port's promises are held over it and over the fake alike.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
import stripe
from flask.testing import FlaskClient
from nightdesk import properties
from nightdesk.bookkeeper import Bookkeeper
from nightdesk.cashier import Cashier
from nightdesk.hotel.payments import BadSignature, News, Payments, PaymentsUnavailable
from nightdesk.hotel.payments_memory import SIGNATURE, MemoryPayments
from nightdesk.hotel.payments_stripe import StripePayments
from nightdesk.hotel.pms import Booking
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import Store
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.reservations import Payment, Reservation

from local.stripe import Account, SimulatedStripe
from local.stripe.webhooks import signature

from .conftest import SESSION_ID, Clock
from .serving import serving, serving_function

MOTEL = properties.load().by_id["west-bethel-motel"]
KEY, SECRET = "sk_test_key", "whsec_secret"
GOOD, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002"
NOW = datetime.now(UTC)
PAYMENT = Payment("payment_1", "motel", "res_1", SESSION_ID, NOW, 24900, "USD", "stripe")
BACK = "https://pay.hotel.example/pay/payment_1/done"


@dataclass
class Provider:
    """A provider whose pages are paid on: `pays` gives its webhooks since then, as (body, signature)."""

    port: Payments
    pays: Callable[[Payment], list[tuple[bytes, str]]]


@pytest.fixture
def simulated() -> Iterator[SimulatedStripe]:
    """With nobody at its webhook endpoint."""
    fake = SimulatedStripe(api_key=KEY, webhook_url="http://127.0.0.1:9/", webhook_secret=SECRET, retry_s=())
    with serving(fake.app) as url:
        fake.account.page = url
        yield fake


@pytest.fixture
def real(simulated: SimulatedStripe) -> StripePayments:
    return StripePayments(KEY, simulated.account.page, SECRET)


@pytest.fixture(params=["stripe", "memory"])
def provider(request: pytest.FixtureRequest) -> Provider:
    if request.param == "memory":
        memory = MemoryPayments()
        return Provider(memory, lambda payment: [(memory.webhook(payment.payment_id), SIGNATURE)])
    simulated: SimulatedStripe = request.getfixturevalue("simulated")

    def pays(payment: Payment) -> list[tuple[bytes, str]]:
        page = next(s["url"] for s in simulated.account.sessions.values() if s["status"] == "open")
        assert httpx.post(page, data={"number": GOOD}).status_code == 303
        return [signed(event) for event in simulated.account.events]

    return Provider(request.getfixturevalue("real"), pays)


def signed(event: dict[str, Any], at: float | None = None) -> tuple[bytes, str]:
    body = json.dumps(event).encode()
    return body, signature(SECRET, body, int(at or time.time()))


def checkout(port: Payments, payment: Payment = PAYMENT, **after: float) -> Any:
    return port.checkout(payment, NOW + timedelta(**(after or {"hours": 12})), "Suite, two nights", BACK)


class TestPort:
    """What every provider promises."""

    def test_a_page_is_made_once_by_its_payment(self, provider: Provider) -> None:
        first = checkout(provider.port)
        assert first.url.startswith("http")
        assert checkout(provider.port) == first

    def test_a_payment_is_told_with_its_amount(self, provider: Provider) -> None:
        checkout(provider.port)
        [(body, header)] = provider.pays(PAYMENT)
        news = provider.port.read(body, header)
        assert news is not None
        assert (news.kind, news.payment_id) == ("completed", "payment_1")
        assert (news.amount_cents, news.currency) == (24900, "USD")
        assert news.charge

    def test_a_card_is_left_without_an_amount(self, provider: Provider) -> None:
        card = replace(PAYMENT, amount_cents=0)
        checkout(provider.port, card)
        [(body, header)] = provider.pays(card)
        news = provider.port.read(body, header)
        assert news is not None
        assert (news.kind, news.payment_id, news.amount_cents) == ("completed", "payment_1", 0)

    def test_a_refund_is_given_once_by_its_id_and_never_more_than_came(self, provider: Provider) -> None:
        checkout(provider.port)
        [(body, header), *_] = provider.pays(PAYMENT)
        news = provider.port.read(body, header)
        assert news is not None
        paid = replace(PAYMENT, status="paid", provider_charge=news.charge)
        assert [provider.port.refund(paid, 10000, "r1"), provider.port.refund(paid, 10000, "r1")] == [10000, 10000]
        assert provider.port.refund(paid, 14900, "r2") == 24900
        with pytest.raises(PaymentsUnavailable):
            provider.port.refund(paid, 1, "r3")

    def test_what_is_not_the_providers_is_not_read(self, provider: Provider) -> None:
        checkout(provider.port)
        [(body, header)] = provider.pays(PAYMENT)
        for forged in ("", "t=1,v1=0", header[:-1] + ("0" if header[-1] != "0" else "1")):
            with pytest.raises(BadSignature):
                provider.port.read(body, forged)


def test_a_changed_body_and_an_old_webhook_are_refused(simulated: SimulatedStripe, real: StripePayments) -> None:
    checkout(real)
    client = stripe.StripeClient(KEY, base_addresses={"api": simulated.account.page})
    client.v1.checkout.sessions.expire(next(iter(simulated.account.sessions)))
    [event] = simulated.account.events
    body, header = signed(event)
    assert real.read(body, header) == News(event["id"], "expired", "payment_1", amount_cents=24900, currency="USD")
    with pytest.raises(BadSignature):
        real.read(body.replace(b"payment_1", b"payment_2"), header)
    with pytest.raises(BadSignature):
        real.read(*signed(event, at=time.time() - 301))
    with pytest.raises(BadSignature):
        real.read(b"\xff", header)


@pytest.mark.parametrize("minutes", [1, 4, 6, 25])
def test_a_moment_in_which_stripe_is_down_costs_no_guest_the_link(
    simulated: SimulatedStripe, store: Store, clock: Clock, minutes: int
) -> None:
    """The motel holds a room for 30 minutes, and Stripe takes no page that lives shorter than that."""
    clock.now = NOW
    books = OwnBooks(MOTEL, store, clock)
    stay = Stay(date(2027, 1, 19), date(2027, 1, 21), adults=2)
    held = books.hold(Booking("res_1", SESSION_ID, stay, "suite", "Davis"))

    def link(api_base: str, payment_id: str) -> Payment:
        port = StripePayments(KEY, api_base)
        return Cashier(store, lambda _: books, port, "https://pay", clock).link(held, SESSION_ID, payment_id)

    with pytest.raises(PaymentsUnavailable):
        link("http://127.0.0.1:9", "payment_1")
    clock.forward(minutes=minutes)
    simulated.account._now = lambda: clock().timestamp()
    assert link(simulated.account.page, "payment_2").page_url


def test_money_that_is_not_there_yet_confirms_nothing(simulated: SimulatedStripe, real: StripePayments) -> None:
    checkout(real)
    session = {**next(iter(simulated.account.sessions.values())), "payment_status": "unpaid"}
    event = {"id": "evt_1", "type": "checkout.session.completed", "data": {"object": session}}
    assert real.read(*signed(event)) is None
    later = {**event, "type": "checkout.session.async_payment_succeeded"}
    session["payment_status"] = "paid"
    news = real.read(*signed(later))
    assert news is not None
    assert news.kind == "completed"
    failed = real.read(*signed({**event, "type": "checkout.session.async_payment_failed"}))
    assert failed is not None
    assert failed.kind == "failed"


def test_other_events_are_none_of_ours(real: StripePayments) -> None:
    event = {"id": "evt_1", "type": "customer.created", "data": {"object": {"id": "cus_1"}}}
    assert real.read(*signed(event)) is None


def test_a_refund_made_by_hand_is_told_by_its_payment(simulated: SimulatedStripe, real: StripePayments) -> None:
    checkout(real)
    [page] = [s["url"] for s in simulated.account.sessions.values()]
    httpx.post(page, data={"number": GOOD})
    [charge] = simulated.account.charges.values()
    client = stripe.StripeClient(KEY, base_addresses={"api": simulated.account.page})
    client.v1.refunds.create({"charge": charge["id"], "amount": 900})
    news = real.read(*signed(simulated.account.events[-1]))
    assert news is not None
    assert (news.kind, news.payment_id, news.refunded_cents) == ("refunded", "payment_1", 900)


def test_a_refund_asked_for_again_days_later_is_found_by_its_name(clock: Clock) -> None:
    """By then Stripe has forgotten the idempotency key."""
    clock.now = NOW
    simulated = SimulatedStripe(
        api_key=KEY,
        webhook_url="http://127.0.0.1:9/",
        webhook_secret=SECRET,
        retry_s=(),
        now=lambda: clock().timestamp(),
    )
    with serving(simulated.app) as url:
        simulated.account.page = url
        real = StripePayments(KEY, url, SECRET)
        httpx.post(checkout(real).url, data={"number": GOOD})
        [charge] = simulated.account.charges.values()
        paid = replace(PAYMENT, status="paid", provider_charge=charge["payment_intent"])
        assert real.refund(paid, 10000, "payment_1-10000-1") == 10000
        clock.forward(hours=25)
        assert real.refund(paid, 10000, "payment_1-10000-1") == 10000
        assert real.refund(paid, 10000, "payment_1-10000-2") == 20000
    assert len(simulated.account.refunds) == 2


def test_a_refund_that_failed_says_how_much_of_which_payment(real: StripePayments) -> None:
    """Source: Stripe API reference, the Refund object; its metadata is what it was made with."""
    refund = {"object": "refund", "amount": 900, "currency": "usd", "charge": "ch_1", "payment_intent": "pi_1"}
    event = {"id": "evt_1", "type": "refund.failed"}
    ours = {**refund, "status": "failed", "metadata": {"payment_id": "payment_1"}}
    named = News("evt_1", "refund_failed", "payment_1", "pi_1", 900, "USD", charge_id="ch_1")
    assert real.read(*signed({**event, "data": {"object": ours}})) == named
    by_hand = {**ours, "metadata": {}}
    assert real.read(*signed({**event, "data": {"object": by_hand}})) == replace(named, payment_id="")


@pytest.mark.parametrize(
    ("key", "minutes", "amount"),
    [("sk_test_wrong", 720, 24900), (KEY, 29, 24900), (KEY, 48 * 60, 24900), (KEY, 720, 49)],
)
def test_what_stripe_refuses_is_an_outage_to_us(
    simulated: SimulatedStripe, key: str, minutes: int, amount: int
) -> None:
    port = StripePayments(key, simulated.account.page)
    with pytest.raises(PaymentsUnavailable):
        checkout(port, replace(PAYMENT, amount_cents=amount), minutes=minutes)
    assert simulated.account.sessions == {}


def test_a_stripe_that_is_down_is_an_outage() -> None:
    with pytest.raises(PaymentsUnavailable):
        checkout(StripePayments(KEY, "http://127.0.0.1:9"))


# the whole way: a link, Stripe's page in a browser, the webhook, the books


@dataclass
class World:
    stripe: SimulatedStripe
    origin: str
    cashier: Cashier
    bookkeeper: Bookkeeper
    books: OwnBooks

    def hold(self, name: str = "res_1", rate_plan: str | None = "non_refundable") -> Reservation:
        stay = Stay(date(2027, 1, 19), date(2027, 1, 21), adults=2)
        return self.books.hold(Booking(name, SESSION_ID, stay, "suite", "Davis", rate_plan=rate_plan))

    def until(self, is_so: Callable[[], bool]) -> None:
        for _ in range(500):
            if is_so():
                return
            time.sleep(0.01)
        raise AssertionError(f"it did not come: {self.stripe.webhooks.attempts}")

    def refunded(self, r: Reservation) -> int:
        found = self.books.reservation(r.reservation_id)
        return found.refunded_cents if found else 0

    def status(self, r: Reservation) -> str:
        found = self.books.reservation(r.reservation_id)
        return found.status if found else ""


@pytest.fixture
def world(
    client: Callable[..., FlaskClient], store: Store, clock: Clock, simulated: SimulatedStripe
) -> Iterator[World]:
    clock.now = datetime.now(UTC)  # Stripe's own clock is the real one
    settings = {"STRIPE_API_KEY": KEY, "STRIPE_WEBHOOK_SECRET": SECRET, "STRIPE_API_BASE": simulated.account.page}
    app = client("payments", **settings).application
    books = OwnBooks(MOTEL, store, clock)
    with serving_function(app) as origin:
        simulated.webhooks.url = f"{origin}/payments/webhook"
        port = StripePayments(KEY, simulated.account.page)
        cashier = Cashier(store, lambda _: books, port, origin, clock)
        yield World(simulated, origin, cashier, Bookkeeper(store, lambda _: books, port, clock), books)


def test_a_guest_pays_in_a_browser_and_the_booking_is_confirmed(world: World) -> None:
    held = world.hold()
    link = world.cashier.link(held, SESSION_ID, "payment_1")
    with httpx.Client(follow_redirects=True) as browser:
        page = browser.get(link.url)
        assert page.url == link.page_url
        assert f"Pay {held.total_cents / 100:,.2f} USD" in page.text
        declined = browser.post(page.url, data={"number": DECLINED})
        assert (declined.status_code, "has been declined" in declined.text) == (402, True)
        assert world.status(held) == "held"
        done = browser.post(page.url, data={"number": GOOD})
        assert str(done.url) == f"{link.url}/done"
        world.until(lambda: world.status(held) == "confirmed")
        assert "We have received" in browser.get(link.url).text
        assert browser.post(link.page_url, data={"number": GOOD}).status_code == 410
    assert [status for _, status in world.stripe.webhooks.attempts] == [200]


def test_a_guest_leaves_a_card_and_the_booking_is_confirmed(world: World) -> None:
    held = world.hold(rate_plan=None)
    link = world.cashier.link(held, SESSION_ID, "payment_1")
    with httpx.Client(follow_redirects=True) as browser:
        browser.post(browser.get(link.url).url, data={"number": GOOD})
        world.until(lambda: world.status(held) == "confirmed")
        assert "Your card is on file" in browser.get(link.url).text
    assert world.stripe.account.charges == {}


def keyed_on_a_telephone(world: World, payment: Payment) -> tuple[str, dict[str, Any]]:
    """What a Pay Connector does: the charge's id, and the event that Stripe has for it."""
    telephone = Account(time.time, lambda event: None)
    description = f"Motel ({payment.payment_id})"
    charge = telephone.charge(GOOD.replace(" ", ""), payment.amount_cents, "usd", description)
    world.stripe.account.charges[charge["id"]] = charge
    return charge["id"], telephone.events[0]


def test_what_was_keyed_on_a_telephone_is_given_back_and_heard_of(world: World) -> None:
    """The connector has charged it: the payment knows the charge, and no PaymentIntent."""
    held = world.hold()
    keyed = world.cashier.by_keys(held, SESSION_ID, "payment_1")
    charge, _ = keyed_on_a_telephone(world, keyed)
    paid = world.bookkeeper.paid(keyed, charge)
    assert world.status(held) == "confirmed"
    assert world.bookkeeper.refund(paid, 1000, "staff_1").refunded_cents == 1000
    people = stripe.StripeClient(KEY, base_addresses={"api": world.stripe.account.page})
    people.v1.refunds.create({"charge": charge, "amount": 2000})
    world.until(lambda: world.refunded(held) == 3000)


def test_a_keyed_payment_whose_end_was_lost_is_entered_by_the_providers_news(world: World, clock: Clock) -> None:
    def hears(event: dict[str, Any]) -> tuple[int, bool]:
        body, header = signed(event)
        url = f"{world.origin}/payments/webhook"
        answer = httpx.post(url, content=body, headers={"Stripe-Signature": header})
        return answer.status_code, answer.json().get("applied", False)

    held = world.hold()
    keyed = world.cashier.by_keys(held, SESSION_ID, "payment_1")
    charge, event = keyed_on_a_telephone(world, keyed)
    assert hears(event) == (503, False), "the call itself is to tell of it, where the guest waits"
    assert world.status(held) == "held"
    clock.forward(minutes=6)
    assert [hears(event), hears(event)] == [(200, True), (200, True)]
    assert world.status(held) == "confirmed"
    paid = world.bookkeeper.paid(keyed, charge)  # the call's end was only late
    assert (paid.provider_charge, paid.amount_cents) == (charge, held.total_cents)
    found = world.books.reservation(held.reservation_id)
    assert found is not None
    assert (found.paid_cents, found.refunded_cents) == (held.total_cents, 0)
    third = {**event, "id": "evt_again"}
    assert hears(third) == (200, False), "what the call has told by now is no news"
    other = {**event, "data": {"object": {**event["data"]["object"], "description": "a lamp"}}}
    assert hears(other) == (200, False), "a charge of somebody else's"


def test_who_pays_after_the_house_is_full_gets_the_money_back(world: World, clock: Clock) -> None:
    held = world.hold()
    link = world.cashier.link(held, SESSION_ID, "payment_1")
    clock.forward(minutes=31)
    for n in range(2):
        world.hold(f"rival_{n}")
    httpx.post(link.page_url, data={"number": GOOD})
    world.until(lambda: bool(world.stripe.account.refunds))
    [refund] = world.stripe.account.refunds.values()
    assert refund["amount"] == held.total_cents
    world.until(lambda: len(world.stripe.webhooks.attempts) == 2)  # completed, and charge.refunded
    found = world.books.reservation("res_1")
    assert found is not None
    assert (found.status, found.paid_cents, found.refunded_cents) == ("expired", held.total_cents, held.total_cents)
