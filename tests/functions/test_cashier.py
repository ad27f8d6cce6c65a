"""Money: what is asked for, what a payment brings about in whatever order its news come, and what goes back."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from nightdesk import cashier as cashiers
from nightdesk.bookkeeper import WrongAmount
from nightdesk.cashier import NothingToPay
from nightdesk.hotel import folio
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.payments import BadSignature, News, PaymentsUnavailable
from nightdesk.hotel.payments_memory import SIGNATURE, MemoryPayments
from nightdesk.hotel.pms import Change
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Message
from nightdesk.hotel.reservations import Payment

from .conftest import SESSION_ID, Clock
from .till import MOTEL, ORIGIN, Till


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


@pytest.mark.parametrize("changes", [{"amount_cents": 24899}, {"amount_cents": 1}, {"currency": "EUR"}])
def test_another_amount_than_was_asked_for_does_nothing(till: Till, changes: dict[str, Any]) -> None:
    held = till.hold()
    payment = till.link(held)
    with pytest.raises(WrongAmount):
        till.hear(payment, **changes)
    assert till.now(held).status == "held"
    assert till.store.record(Payment, "payment_1") == payment


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
