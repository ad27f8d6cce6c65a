"""A reservation is changed and cancelled: the price and the fee are told first, and nothing happens twice."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from nightdesk.hotel.ports import Store
from nightdesk.hotel.pricing import money
from nightdesk.hotel.records import Message

from .booking_guest import FRIDAY, HOTEL, SUITE, Guest, guest, proof_of, provider, telephony
from .conftest import SESSION_ID, Clock

__all__ = ["guest", "provider", "telephony"]


# changing one


def test_a_change_is_read_back_with_its_price(guest: Guest) -> None:
    made = guest.gets("create_reservation", **SUITE)
    proof = proof_of(made)
    result = guest.gets("modify_reservation", **proof, check_out="Monday", pets=1)
    assert (result["check_out"], result["pets"], result["confirmation_code"]) == (
        *("2026-11-30", 1),
        made["confirmation_code"],
    )
    assert result["difference_cents"] == result["total_cents"] - made["total_cents"]
    assert result["spoken"].startswith(
        "It is now a Suite for three nights, Friday, November 27 to Monday, November 30, $868.73 in total, $325.91 "
        "more than before."
    )
    cheaper = guest.gets("modify_reservation", **proof, room_type="standard_queen")
    assert "less than before" in cheaper["spoken"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "invalid_arguments"),
        ({"check_out": "2026-11-26"}, "invalid_arguments"),
        ({"check_in": "2026-11-19"}, "invalid_arguments"),
        ({"pets": 3}, "too_many_pets"),
        ({"room_type": "standard_queen", "adults": 3}, "not_bookable"),
    ],
)
def test_a_change_that_cannot_be_leaves_it_as_it_was(guest: Guest, changes: dict[str, Any], code: str) -> None:
    proof = guest.books()
    before = guest.only()
    assert guest.is_refused("modify_reservation", **proof, **changes)["code"] == code
    assert guest.only() == before


def test_a_change_into_a_full_house_leaves_it_as_it_was(guest: Guest, store: Store) -> None:
    proof = guest.books()
    for room in ("301", "302"):
        store.take(HOTEL, "suite", room, [FRIDAY + timedelta(days=2)], "other")
    before = guest.only()
    assert guest.is_refused("modify_reservation", **proof, check_out="2026-11-30")["code"] == "no_availability"
    assert guest.only() == before


def test_a_guest_who_is_here_may_stay_on(guest: Guest, store: Store, clock: Clock) -> None:
    made = guest.gets("create_reservation", **SUITE)
    proof = proof_of(made)
    store.change_reservation(made["reservation_id"], lambda r: replace(r, status="checked_in", hold_expires_at=None))
    clock.forward(days=8)
    assert guest.gets("modify_reservation", **proof, check_out="2026-11-30")["nights"] == 3
    assert guest.is_refused("cancel_reservation", **proof)["code"] == "not_changeable"


def test_what_was_paid_beyond_a_price_that_fell_is_asked_of_the_staff_once(guest: Guest, store: Store) -> None:
    proof = confirmed(guest)
    before = guest.only()
    store.change_reservation(before.reservation_id, lambda r: r.with_payment("payment_1", r.total_cents, 0))
    cheaper = guest.gets("modify_reservation", **proof, room_type="standard_queen")
    assert guest.asks("modify_reservation", **proof, room_type="standard_queen")["replayed"]
    assert cheaper["balance_cents"] == cheaper["difference_cents"] < 0
    [message] = store.records(Message, session_id=SESSION_ID)
    owed = f"Refund {money(-cheaper['balance_cents'], 'USD')} of reservation {proof['confirmation_code']}"
    assert (message.for_whom, message.text.startswith(owed)) == ("front_desk", True)
    guest.speaks()
    guest.gets("modify_reservation", **proof, room_type="suite")
    assert guest.only().total_cents == before.total_cents
    assert len(store.records(Message, session_id=SESSION_ID)) == 1, "nothing is owed any more"


# cancelling one


def confirmed(guest: Guest) -> dict[str, str]:
    """A booking that is binding; returns the proof that opens it."""
    proof = guest.books()
    guest.store.change_reservation(guest.only().reservation_id, lambda r: r.confirmed(guest.clock()))
    return proof


def test_the_fee_is_told_first_and_nothing_else_is_charged(guest: Guest, clock: Clock) -> None:
    proof = confirmed(guest)
    clock.forward(days=6, hours=10)
    quoted = guest.gets("cancel_reservation", **proof)
    assert (quoted["fee_cents"], quoted["fee"], quoted["status"]) == (24900, "$249.00", "confirmed")
    assert "costs $249. Shall I cancel it?" in quoted["spoken"]
    assert guest.only().status == "confirmed"
    assert guest.is_refused("cancel_reservation", **proof, confirm=True)["code"] == "invalid_arguments"
    error = guest.is_refused("cancel_reservation", **proof, confirm=True, quoted_fee_cents=0)
    assert (error["code"], error["fee_cents"]) == ("fee_changed", 24900)
    done = guest.gets("cancel_reservation", **proof, confirm=True, quoted_fee_cents=24900)
    assert (done["status"], done["fee_cents"]) == ("cancelled", 24900)
    assert guest.live == []


def test_a_fee_that_was_told_is_looked_up_anew_when_it_is_asked_for_again(guest: Guest, clock: Clock) -> None:
    proof = confirmed(guest)
    assert guest.gets("cancel_reservation", **proof)["fee_cents"] == 0
    clock.forward(days=6, hours=10)
    later = guest.asks("cancel_reservation", **proof)
    assert (later["replayed"], later["result"]["fee_cents"]) == (False, 24900)


def test_what_was_paid_beyond_the_fee_is_asked_of_the_staff_once(guest: Guest, store: Store, clock: Clock) -> None:
    proof = confirmed(guest)
    reservation = guest.only().reservation_id
    store.change_reservation(reservation, lambda r: r.with_payment("payment_1", 54282, 0))
    clock.forward(days=6, hours=10)
    done = guest.gets("cancel_reservation", **proof, confirm=True, quoted_fee_cents=24900)
    assert done["refund_cents"] == 54282 - 24900
    assert "The hotel will give back $293.82." in done["spoken"]
    guest.gets("cancel_reservation", **proof)
    [message] = store.records(Message, session_id=SESSION_ID)
    assert (message.for_whom, "$293.82" in message.text, proof["confirmation_code"] in message.text) == (
        *("front_desk", True),
        True,
    )
