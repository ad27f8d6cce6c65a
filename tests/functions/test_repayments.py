"""What people give back: decided once, however often it is asked for and whatever breaks off in between."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from nightdesk import repayments
from nightdesk.bookkeeper import Bookkeeper
from nightdesk.hotel import folio
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.payments import PaymentsUnavailable
from nightdesk.hotel.ports import Store
from nightdesk.hotel.reservations import Payment, Reservation
from nightdesk.repayments import NoRefund

from .conftest import Clock
from .till import Dying, Till


@pytest.fixture
def till(any_store: Store, clock: Clock) -> Till:
    return Till(any_store, clock)


@pytest.fixture
def paid(till: Till) -> Reservation:
    return two_payments(till)


def two_payments(till: Till) -> Reservation:
    """A deposit, and a minute later the balance."""
    held = till.hold()
    till.hear(till.link(held))
    till.clock.forward(minutes=1)
    till.hear(till.link(held, "payment_2"))
    return till.now(held)


def give_back(till: Till, r: Reservation, cents: int, asked: str = "a") -> list[Payment]:
    return repayments.give_back(till.store, till.bookkeeper, till.now(r), cents, asked)


@contextmanager
def answers(till: Till, monkeypatch: pytest.MonkeyPatch, answer: Callable[[int], None]) -> Iterator[None]:
    """The provider does what it is asked and then answers so; `answer` is told how many refunds it was asked for."""
    refund, times = till.provider.refund, 0

    def refunds(payment: Payment, cents: int, refund_id: str) -> int:
        nonlocal times
        times += 1
        given = refund(payment, cents, refund_id)
        answer(times)
        return given

    with monkeypatch.context() as patch:
        patch.setattr(till.provider, "refund", refunds)
        yield


def lost(times: int) -> None:
    raise PaymentsUnavailable("no answer in time")


def test_the_newest_payment_goes_back_first_and_no_more_than_came(till: Till, paid: Reservation) -> None:
    newest, oldest = (p.amount_cents for p in till.store.records(Payment, reservation_id=paid.reservation_id))
    assert [p.payment_id for p in give_back(till, paid, newest)] == ["payment_2"]
    for too_much in (oldest + 1, 0, -1):
        with pytest.raises(NoRefund):
            give_back(till, paid, too_much, "b")
    assert [p.payment_id for p in give_back(till, paid, oldest, "b")] == ["payment_1"]
    assert folio.folio(till.now(paid)).kept_cents == 0
    assert till.given_back() == newest + oldest


def test_what_goes_back_by_itself_is_given_back_by_nobody_else(till: Till) -> None:
    held = till.hold()
    payment = till.link(held)
    till.books.cancel(held.reservation_id, 0, "change_1")
    till.provider.down = True
    with pytest.raises(PaymentsUnavailable):
        till.hear(payment)
    with pytest.raises(NoRefund):
        give_back(till, held, 5000)
    till.provider.down = False
    till.hear(payment)
    assert till.given_back() == payment.amount_cents


def test_the_same_wish_is_carried_out_once_and_another_for_as_much_once_more(till: Till, paid: Reservation) -> None:
    assert give_back(till, paid, 5000)
    assert give_back(till, paid, 5000) == []
    assert till.given_back() == 5000
    assert give_back(till, paid, 5000, "b")
    assert till.given_back() == till.now(paid).refunded_cents == 10000


@pytest.mark.parametrize("is_heard_of", [True, False], ids=["the news came first", "no news"])
def test_a_refund_whose_answer_was_lost_is_made_once(
    till: Till, paid: Reservation, monkeypatch: pytest.MonkeyPatch, is_heard_of: bool
) -> None:
    with answers(till, monkeypatch, lost), pytest.raises(PaymentsUnavailable):
        give_back(till, paid, 5000)
    newest = till.store.records(Payment, reservation_id=paid.reservation_id)[0]
    if is_heard_of:
        till.hear(newest, "refunded", refunded_cents=5000)
    give_back(till, paid, 5000)
    assert till.given_back() == till.now(paid).refunded_cents == 5000


def test_a_payment_that_went_back_whole_without_an_answer_is_no_obstacle(
    till: Till, paid: Reservation, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest, oldest = till.store.records(Payment, reservation_id=paid.reservation_id)
    everything = newest.amount_cents + oldest.amount_cents
    with answers(till, monkeypatch, lost), pytest.raises(PaymentsUnavailable):
        give_back(till, paid, everything)
    till.hear(newest, "refunded", refunded_cents=newest.amount_cents)
    give_back(till, paid, everything)
    assert till.given_back() == till.now(paid).refunded_cents == everything


def test_what_broke_off_between_two_payments_goes_on_with_the_second(
    till: Till, paid: Reservation, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest, _ = till.store.records(Payment, reservation_id=paid.reservation_id)
    cents = newest.amount_cents + 1000

    def second_is_lost(times: int) -> None:
        if times == 2:
            lost(times)

    with answers(till, monkeypatch, second_is_lost), pytest.raises(PaymentsUnavailable):
        give_back(till, paid, cents)
    assert [share.done for share in repayments.wishes(till.store, paid)["a"]] == [True, False]
    assert [p.payment_id for p in give_back(till, paid, cents)] == ["payment_1"]
    assert till.given_back() == till.now(paid).refunded_cents == cents


def test_who_dies_between_any_two_steps_gives_back_just_as_much(clock: Clock) -> None:
    class Died(BaseException):
        pass

    for step in range(12):
        till = Till(MemoryStore(), clock)
        paid = two_payments(till)
        cents = till.now(paid).paid_cents - 100
        dying: Any = Dying(till.store, step, Died)
        mortal = Bookkeeper(dying, lambda _, till=till: till.books, till.provider, clock)  # type: ignore[misc]
        try:
            repayments.give_back(dying, mortal, till.now(paid), cents, "a")
            finished = True
        except Died:
            finished = False
        give_back(till, paid, cents)
        assert till.given_back() == till.now(paid).refunded_cents == cents, step
        if finished:
            return
    pytest.fail("more steps than were looked at")


def test_of_many_who_wish_the_same_at_once_it_goes_once(till: Till, paid: Reservation) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: give_back(till, paid, 30000), range(4)))
    assert till.given_back() == till.now(paid).refunded_cents == 30000
