"""Money: what is asked for, what a payment brings about in whatever order its news come, and what goes back."""

import contextlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from nightdesk import cashier as cashiers
from nightdesk import properties
from nightdesk.bookkeeper import Bookkeeper, WrongAmount
from nightdesk.cashier import Cashier, NothingToPay
from nightdesk.errors import Busy
from nightdesk.hotel import folio, pms
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.model import Property
from nightdesk.hotel.payments import BadSignature, News, NoPayments, PaymentsUnavailable
from nightdesk.hotel.payments_memory import SIGNATURE, MemoryPayments
from nightdesk.hotel.pms import Booking, BookingsUnavailable, Change
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import Store
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.records import Message
from nightdesk.hotel.reservations import Payment, Reservation

from .conftest import SESSION_ID, Clock

FRIDAY = date(2026, 11, 27)
INN: Property = properties.load(Path(__file__).parent / "hotels").by_id["contract-inn"]
MOTEL: Property = properties.load().by_id["west-bethel-motel"]
ORIGIN = "https://pay.hotel.example"


@dataclass
class Till:
    """A hotel, its books, a provider, and the two between them."""

    store: Store
    clock: Clock
    hotel: Property = INN

    def __post_init__(self) -> None:
        self.books = OwnBooks(self.hotel, self.store, self.clock)
        self.provider = MemoryPayments()
        self.cashier = Cashier(self.store, lambda _: self.books, self.provider, ORIGIN, self.clock)
        self.bookkeeper = Bookkeeper(self.store, lambda _: self.books, self.provider, self.clock)
        self.events = 0

    def hold(self, name: str = "res_1", nights: int = 2, room_type: str = "suite", **more: Any) -> Reservation:
        stay = Stay(FRIDAY, FRIDAY + timedelta(days=nights), adults=2)
        return self.books.hold(Booking(name, SESSION_ID, stay, room_type, "Davis", **more))

    def link(self, r: Reservation, payment_id: str = "payment_1") -> Payment:
        return self.cashier.link(self.now(r), SESSION_ID, payment_id)

    def hear(self, payment: Payment, kind: str = "completed", **changes: Any) -> Payment | None:
        """The provider's webhook about a payment."""
        self.events += 1
        body = self.provider.webhook(payment.payment_id, kind, f"evt_{self.events}", **changes)
        news = self.provider.read(body, SIGNATURE)
        assert news is not None
        return self.bookkeeper.apply(news)

    def now(self, r: Reservation) -> Reservation:
        found = self.books.reservation(r.reservation_id)
        assert found is not None
        return found

    def may_pay(self, payment_id: str) -> bool:
        page = cashiers.page(self.store, lambda _: self.books, payment_id, self.clock())
        assert page is not None
        return page.may_pay

    def fill(self) -> None:
        """Somebody else takes every suite."""
        for n in range(len(self.hotel.room_types[-1].rooms)):
            self.hold(f"rival_{n}")

    def given_back(self) -> int:
        return sum(cents for _, cents in self.provider.refunds.values())


@pytest.fixture
def till(any_store: Store, clock: Clock) -> Till:
    return Till(any_store, clock)


def test_a_link_asks_for_what_the_folio_says_and_is_ours(till: Till, clock: Clock) -> None:
    held = till.hold()
    payment = till.link(held)
    assert payment.amount_cents == held.due_cents == 24900
    assert (payment.currency, payment.status, payment.provider) == ("USD", "open", "memory")
    assert payment.url == f"{ORIGIN}/pay/payment_1"
    assert payment.page_url == "https://pay.example/payment_1"
    assert payment.expires_at == clock() + cashiers.SHORTEST


def test_the_open_link_is_the_link(till: Till, clock: Clock) -> None:
    held = till.hold()
    first = till.link(held)
    assert till.link(held, "payment_2") == first
    till.books.modify(held.reservation_id, Change(room_type="queen"), "change_1")
    other = till.link(held, "payment_3")
    assert (other.payment_id, other.amount_cents) == ("payment_3", 12900)
    assert not till.may_pay("payment_1"), "nobody pays what is asked for no more"
    assert till.may_pay("payment_3")


def test_a_link_whose_page_could_not_be_made_is_made_by_the_next_who_asks(till: Till) -> None:
    held = till.hold()
    till.provider.down = True
    with pytest.raises(PaymentsUnavailable):
        till.link(held)
    till.provider.down = False
    assert till.link(held, "payment_2").payment_id == "payment_1"
    assert list(till.provider.checkouts) == ["payment_1"]


def test_a_link_that_got_no_page_in_time_is_followed_by_another(till: Till, clock: Clock) -> None:
    held = till.hold()
    till.provider.down = True
    with pytest.raises(PaymentsUnavailable):
        till.link(held)
    till.provider.down = False
    clock.forward(minutes=6)
    assert till.link(held, "payment_2").payment_id == "payment_2"
    clock.forward(minutes=20)
    assert till.link(held, "payment_3").payment_id == "payment_2", "this one has its page"


def test_a_payment_confirms_the_booking(till: Till) -> None:
    held = till.hold()
    paid = till.hear(till.link(held))
    assert paid is not None
    assert (paid.status, paid.provider_charge, paid.applying_at) == ("paid", "pi_payment_1", None)
    confirmed = till.now(held)
    assert (confirmed.status, confirmed.paid_cents) == ("confirmed", 24900)
    assert till.given_back() == 0
    with pytest.raises(NothingToPay):
        till.cashier.link(replace(confirmed, status="expired"), SESSION_ID, "payment_2")
    rest = till.link(held, "payment_2")
    assert rest.amount_cents == confirmed.total_cents - 24900


def test_a_card_on_file_confirms_and_costs_nothing(any_store: Store, clock: Clock) -> None:
    till = Till(any_store, clock, MOTEL)
    held = till.hold()
    payment = till.link(held)
    assert payment.amount_cents == 0
    till.hear(payment, currency="")
    assert (till.now(held).status, till.now(held).paid_cents) == ("confirmed", 0)
    assert till.link(held, "payment_2").amount_cents == held.total_cents


def test_news_that_come_twice_change_nothing(till: Till) -> None:
    held = till.hold()
    payment = till.link(held)
    till.hear(payment)
    before = till.now(held)
    for _ in range(3):
        till.hear(payment)
    assert till.now(held) == before
    assert till.given_back() == 0


@pytest.mark.parametrize("order", list(permutations(["completed", "expired", "refunded"])))
def test_in_whatever_order_the_news_come_it_ends_the_same(clock: Clock, order: tuple[str, ...]) -> None:
    till = Till(MemoryStore(), clock)
    held = till.hold()
    payment = till.link(held)
    for kind in order:
        till.hear(payment, kind, **({"refunded_cents": 5000} if kind == "refunded" else {}))
    kept = till.store.record(Payment, "payment_1")
    assert kept is not None
    assert (kept.status, kept.refunded_cents, len(kept.provider_events)) == ("paid", 5000, 3)
    now = till.now(held)
    assert (now.status, now.paid_cents, now.refunded_cents) == ("confirmed", 24900, 5000)
    assert till.given_back() == 0


def test_a_payment_after_the_hold_gets_a_room_again_where_there_is_one(till: Till, clock: Clock) -> None:
    held = till.hold()
    payment = till.link(held)
    clock.forward(minutes=31)
    assert till.now(held).status == "expired"
    till.hear(payment)
    assert (till.now(held).status, till.now(held).room != "") == ("confirmed", True)


def test_a_payment_after_the_hold_goes_back_where_the_house_is_full(till: Till, clock: Clock) -> None:
    held = till.hold()
    payment = till.link(held)
    clock.forward(minutes=31)
    till.fill()
    till.hear(payment)
    now = till.now(held)
    assert (now.status, now.paid_cents, now.refunded_cents) == ("expired", 24900, 24900)
    assert till.given_back() == 24900
    clock.forward(minutes=31)  # the rivals' holds run out: a room is free again
    till.hear(payment)
    assert till.now(held).status == "expired", "what was decided stays so"
    assert till.given_back() == 24900


def test_a_refund_that_the_provider_refuses_now_is_made_when_it_asks_again(till: Till, clock: Clock) -> None:
    held = till.hold()
    payment = till.link(held)
    clock.forward(minutes=31)
    till.fill()
    till.provider.down = True
    with pytest.raises(PaymentsUnavailable):
        till.hear(payment)
    assert till.now(held).paid_cents == 24900, "until it went back, the books show it"
    till.provider.down = False
    till.hear(payment)
    assert till.given_back() == till.now(held).refunded_cents == 24900


def test_a_payment_for_a_booking_that_was_cancelled_goes_back(till: Till) -> None:
    held = till.hold()
    payment = till.link(held)
    till.books.cancel(held.reservation_id, 0, "change_1")
    till.hear(payment)
    assert till.given_back() == 24900
    assert till.now(held).status == "cancelled"


def test_a_payment_that_is_too_small_by_now_binds_nothing_and_goes_back(till: Till) -> None:
    """Or one could hold a night, take the link, and make it thirty."""
    held = till.hold(room_type="queen")
    payment = till.link(held)
    till.books.modify(held.reservation_id, Change(room_type="suite"), "change_1")
    till.hear(payment)
    assert till.now(held).status == "held"
    assert till.given_back() == payment.amount_cents == 12900


def test_what_was_paid_twice_goes_back_once(till: Till) -> None:
    held = till.hold()
    first = till.link(held)
    till.hear(first)
    balance = till.link(held, "payment_2")
    till.store.change_record(Payment, "payment_2", lambda p: replace(p, status="expired") if p else None)
    second = till.link(held, "payment_3")
    till.hear(balance)
    till.hear(second)
    now = till.now(held)
    assert now.paid_cents - now.refunded_cents == now.total_cents
    assert till.given_back() == second.amount_cents


@pytest.mark.parametrize("first", ["link", "keys"])
def test_a_deposit_that_was_paid_twice_goes_back_once(till: Till, first: str) -> None:
    """Both were asked for while the room was held; the balance is still owed, but nobody was asked for that."""
    held = till.hold()
    link, keyed = till.link(held), till.cashier.by_keys(till.now(held), SESSION_ID, "payment_2")
    assert link.amount_cents == keyed.amount_cents == 24900
    pays: list[Callable[[], object]] = [lambda: till.hear(link), lambda: till.bookkeeper.paid(keyed, "ch_1")]
    for pay in pays if first == "link" else reversed(pays):
        pay()
    now = till.now(held)
    assert (now.status, folio.folio(now).kept_cents, till.given_back()) == ("confirmed", 24900, 24900)
    assert next(iter(till.provider.refunds.values()))[0] == ("payment_2" if first == "link" else "payment_1")
    till.hear(till.link(held, "payment_3"))
    assert (folio.folio(till.now(held)).balance_cents, till.given_back()) == (0, 24900)


def test_a_link_for_the_deposit_is_none_for_a_balance_of_the_same_amount(till: Till) -> None:
    held = till.hold()
    till.store.change_reservation(held.reservation_id, lambda r: replace(r, due_cents=r.total_cents // 2))
    deposit = till.link(held)
    till.bookkeeper.paid(till.cashier.by_keys(till.now(held), SESSION_ID, "payment_2"), "ch_1")
    assert till.now(held).status == "confirmed"
    assert not till.may_pay("payment_1")
    balance = till.link(held, "payment_3")
    assert (balance.payment_id, balance.amount_cents) == ("payment_3", deposit.amount_cents)
    till.hear(balance)
    assert (folio.folio(till.now(held)).balance_cents, till.given_back()) == (0, 0)


def test_of_two_deposits_at_once_one_goes_back(till: Till) -> None:
    held = till.hold()
    deposits = [till.cashier.by_keys(held, SESSION_ID, f"payment_{n}") for n in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda p: till.bookkeeper.paid(p, f"ch_{p.payment_id}"), deposits))
    now = till.now(held)
    assert (now.status, folio.folio(now).kept_cents, till.given_back()) == ("confirmed", 24900, 24900)


@pytest.mark.parametrize("dies", ["first", "second"])
def test_of_two_deposits_one_stays_whoever_dies_between_any_two_steps(clock: Clock, dies: str) -> None:
    class Died(BaseException):
        pass

    for step in range(1, 12):  # before the first write nobody knows of the money but whoever brings the news
        till = Till(MemoryStore(), clock)
        held = till.hold()
        first, second = (till.cashier.by_keys(held, SESSION_ID, f"payment_{n}") for n in range(2))
        dying: Any = Dying(till.store, step, Died)
        books = OwnBooks(INN, dying, clock)
        mortal = Bookkeeper(dying, lambda _, books=books: books, till.provider, clock)  # type: ignore[misc]
        finished = False
        with contextlib.suppress(Died):
            (mortal if dies == "first" else till.bookkeeper).paid(first, "ch_1")
            finished = dies == "first"
        with contextlib.suppress(Died):
            (mortal if dies == "second" else till.bookkeeper).paid(second, "ch_2")
            finished = finished or dies == "second"
        for _ in range(3):
            clock.forward(minutes=1)
            for due in till.bookkeeper.unsettled(9):
                till.bookkeeper.again(due)
        now = till.now(held)
        assert (now.status, folio.folio(now).kept_cents, till.given_back()) == ("confirmed", 24900, 24900), step
        if finished:
            return
    pytest.fail("more steps than were looked at")


@pytest.mark.parametrize("changes", [{"amount_cents": 24899}, {"amount_cents": 1}, {"currency": "EUR"}])
def test_another_amount_than_was_asked_for_does_nothing(till: Till, changes: dict[str, Any]) -> None:
    held = till.hold()
    payment = till.link(held)
    with pytest.raises(WrongAmount):
        till.hear(payment, **changes)
    assert till.now(held).status == "held"
    assert till.store.record(Payment, "payment_1") == payment


def test_a_process_that_dies_between_any_two_steps_leaves_nothing_undone(till: Till, clock: Clock) -> None:
    """The provider sends it again; by then the lease of the dead one is over."""

    class Died(BaseException):
        pass

    for step in range(12):
        name = f"res_{step}"
        till.hold(f"rival_{step}")  # one of two suites: each story has the other
        held = till.hold(name)
        payment = till.link(held, f"payment_{step}")
        dying = Dying(till.store, step, Died)
        books = OwnBooks(INN, dying, clock)
        mortal = Bookkeeper(dying, lambda _, books=books: books, till.provider, clock)  # type: ignore[misc]
        news = till.provider.read(till.provider.webhook(payment.payment_id, "completed", f"evt_{step}"), SIGNATURE)
        assert news is not None
        try:
            mortal.apply(news)
            finished = True
        except Died:
            finished = False
        clock.forward(seconds=31)
        till.bookkeeper.apply(news)
        now = till.now(held)
        assert (now.status, now.paid_cents, now.refunded_cents) == ("confirmed", 24900, 0), step
        assert till.given_back() == 0, step
        till.books.cancel(name, pms.fee(INN, now, clock()), f"cancel_{step}")
        till.books.cancel(f"rival_{step}", 0, f"cancel_rival_{step}")
        if finished:
            return
    pytest.fail("more steps than were looked at")


class Dying:
    """A store as a process sees it that is gone after so many writes: nothing it tries later is done."""

    def __init__(self, store: Store, after: int, died: type[BaseException]) -> None:
        self._store, self._left, self._died = store, after, died

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._store, name)
        if not name.startswith("change_"):
            return method

        def write(*arguments: Any, **named: Any) -> Any:
            if self._left <= 0:
                raise self._died
            self._left -= 1
            return method(*arguments, **named)

        return write


def test_of_many_deliveries_at_once_one_applies_it(till: Till, clock: Clock) -> None:
    held = till.hold()
    payment = till.link(held)
    clock.forward(minutes=31)
    till.fill()
    news = till.provider.read(till.provider.webhook(payment.payment_id), SIGNATURE)
    assert news is not None

    def deliver(_: int) -> str:
        try:
            till.bookkeeper.apply(news)
        except Busy:
            return "again"
        return "done"

    with ThreadPoolExecutor(6) as pool:
        assert "done" in list(pool.map(deliver, range(6)))
    assert till.given_back() == 24900
    assert till.now(held).refunded_cents == 24900


def test_of_two_payments_at_once_what_is_too_much_goes_back(till: Till) -> None:
    held = till.hold()
    till.hear(till.link(held))
    links = [till.link(held, "payment_2")]
    till.store.change_record(Payment, "payment_2", lambda p: replace(p, status="expired") if p else None)
    links.append(till.link(held, "payment_3"))
    news = [till.provider.read(till.provider.webhook(link.payment_id), SIGNATURE) for link in links]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda said: till.bookkeeper.apply(said) if said else None, news))
    now = till.now(held)
    assert folio.folio(now).balance_cents == 0
    assert till.given_back() == links[0].amount_cents


def test_a_hotel_that_is_out_of_service_loses_no_payment(till: Till, clock: Clock) -> None:
    held = till.hold()
    payment = till.link(held)
    news = till.provider.read(till.provider.webhook(payment.payment_id), SIGNATURE)
    assert news is not None
    closed = Bookkeeper(till.store, lambda _: None, till.provider, clock)
    with pytest.raises(BookingsUnavailable):
        closed.apply(news)
    till.bookkeeper.apply(news)
    assert (till.now(held).status, till.given_back()) == ("confirmed", 0)


def test_money_that_could_not_be_entered_is_due_again_until_it_is(till: Till, clock: Clock) -> None:
    held = till.hold()
    payment = till.link(held)
    closed = Bookkeeper(till.store, lambda _: None, till.provider, clock)
    with pytest.raises(BookingsUnavailable):
        closed.paid(payment, "pi_1")
    assert till.bookkeeper.unsettled(9) == []
    clock.forward(minutes=1)
    [due] = till.bookkeeper.unsettled(9)
    with pytest.raises(BookingsUnavailable):
        closed.again(due)
    assert till.bookkeeper.unsettled(9) == [], "the next try has its own time"
    clock.forward(minutes=1)
    [due] = till.bookkeeper.unsettled(9)
    settled = till.bookkeeper.again(due)
    assert (settled.settled, settled.due_at, settled.provider_charge) == (True, None, "pi_1")
    assert (till.now(held).status, till.now(held).paid_cents) == ("confirmed", 24900)
    clock.forward(hours=48)
    assert till.bookkeeper.unsettled(9) == []


def test_what_a_process_that_died_left_behind_is_settled_without_any_news(till: Till, clock: Clock) -> None:
    class Died(BaseException):
        pass

    for step in range(12):
        held = till.hold(f"res_{step}")
        payment = till.link(held, f"payment_{step}")
        dying: Any = Dying(till.store, step, Died)
        books = OwnBooks(INN, dying, clock)
        mortal = Bookkeeper(dying, lambda _, books=books: books, till.provider, clock)  # type: ignore[misc]
        try:
            mortal.paid(payment, f"pi_{step}")
            finished = True
        except Died:
            finished = False
        clock.forward(minutes=1)
        for due in till.bookkeeper.unsettled(9):
            till.bookkeeper.again(due)
        now = till.now(held)
        if step:  # before the first write nobody knows of the money but whoever brings the news, who brings it again
            assert (now.status, now.paid_cents, now.refunded_cents) == ("confirmed", 24900, 0), step
        till.books.cancel(f"res_{step}", 0, f"cancel_{step}")
        if finished:
            return
    pytest.fail("more steps than were looked at")


def test_of_a_job_and_the_news_at_once_one_enters_it(till: Till, clock: Clock) -> None:
    held = till.hold()
    payment = till.link(held)
    with pytest.raises(BookingsUnavailable):
        Bookkeeper(till.store, lambda _: None, till.provider, clock).paid(payment, "pi_1")
    clock.forward(minutes=1)
    [due] = till.bookkeeper.unsettled(9)

    def settle(n: int) -> None:
        with contextlib.suppress(Busy):
            till.bookkeeper.again(due) if n % 2 else till.bookkeeper.paid(payment, "pi_1")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(settle, range(6)))
    assert (till.now(held).status, till.now(held).paid_cents, till.given_back()) == ("confirmed", 24900, 0)


def test_money_that_cannot_go_back_yet_is_due_again(till: Till, clock: Clock) -> None:
    held = till.hold()
    payment = till.link(held)
    till.books.cancel(held.reservation_id, 0, "change_1")
    without_key = Bookkeeper(till.store, lambda _: till.books, NoPayments(), clock)
    with pytest.raises(PaymentsUnavailable):
        without_key.paid(payment, "pi_payment_1")
    assert till.now(held).paid_cents == 24900, "until it goes back, the books show it"
    clock.forward(minutes=1)
    [due] = till.bookkeeper.unsettled(9)
    till.bookkeeper.again(due)
    assert till.given_back() == till.now(held).refunded_cents == 24900


def test_news_of_other_peoples_payments_are_none_of_ours(till: Till) -> None:
    assert till.bookkeeper.apply(News("evt_1", "completed", "payment_9", "pi_9", 100, "USD")) is None


def test_money_that_goes_back_elsewhere_is_learned_of(till: Till) -> None:
    held = till.hold()
    payment = till.link(held)
    till.hear(payment)
    till.hear(payment, "refunded", payment_id="", refunded_cents=4000)
    assert till.now(held).refunded_cents == 4000
    till.hear(payment, "refunded", payment_id="", refunded_cents=1000)
    assert till.now(held).refunded_cents == 4000, "older news"


def test_people_are_told_once_of_a_refund_that_failed_at_the_bank(till: Till) -> None:
    held = till.hold()
    paid = till.hear(till.link(held))
    assert paid is not None
    till.bookkeeper.refund(paid, 5000, "refund_1")
    body = till.provider.webhook("payment_1", "refund_failed", "evt_failed", amount_cents=5000)
    news = till.provider.read(body, SIGNATURE)
    assert news is not None
    for _ in range(2):
        till.bookkeeper.apply(news)
    [message] = till.store.records(Message, session_id=SESSION_ID)
    assert (message.urgent, message.for_whom) == (True, "front_desk")
    for told in ("$50.00", "res_1", "payment_1", "pi_payment_1", "books show it as given back"):
        assert told in message.text


def test_a_link_that_ran_out_is_followed_by_another(till: Till, clock: Clock) -> None:
    held = till.hold()
    payment = till.link(held)
    till.hear(payment, "expired")
    assert not till.may_pay("payment_1")
    assert till.link(held, "payment_2").payment_id == "payment_2"
    clock.forward(minutes=31)
    with pytest.raises(NothingToPay):
        till.link(held, "payment_3")


def test_the_fake_signs_as_nobody_else_does() -> None:
    with pytest.raises(BadSignature):
        MemoryPayments().read(json.dumps({}).encode(), "forged")
