"""Money where something dies, is out of service, or happens twice at once: none is lost, none goes back twice."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from nightdesk.bookkeeper import Bookkeeper
from nightdesk.errors import Busy
from nightdesk.hotel import folio, pms
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.payments import NoPayments, PaymentsUnavailable
from nightdesk.hotel.payments_memory import SIGNATURE
from nightdesk.hotel.pms import BookingsUnavailable
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import Store
from nightdesk.hotel.reservations import Payment

from .conftest import SESSION_ID, Clock
from .till import INN, Dying, Till


@pytest.fixture
def till(any_store: Store, clock: Clock) -> Till:
    return Till(any_store, clock)


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
