"""The tools about reservations, through the function as the relay uses it: exactly once, whatever the model does."""

from datetime import date
from typing import Any

import pytest
from nightdesk import booking_words, properties
from nightdesk.hotel.pms import Booking
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import Store
from nightdesk.hotel.pricing import Stay

from .booking_guest import FRIDAY, HOTEL, SUITE, Guest, guest, proof_of, provider, stranger, telephony
from .conftest import CALLER, SESSION_ID, Clock, Service
from .test_finalise import stream_ended

__all__ = ["guest", "provider", "stranger", "telephony"]


# making one


def test_a_booking_is_held_and_its_words_and_figures_agree(guest: Guest) -> None:
    answer = guest.asks("create_reservation", **SUITE)
    result, code = answer["result"], guest.only().confirmation_code
    assert {key: result[key] for key in ("status", "total_cents", "due_cents", "binding_by", "nights")} == {
        "status": "held",
        "total_cents": 54282,
        "due_cents": 0,
        "binding_by": "card",
        "nights": 2,
    }
    assert result["hold_expires_at"] == "2026-11-20T17:30:00.000Z"
    assert result["spoken"] == (
        "I am holding a Suite for two nights, Friday, November 27 to Sunday, November 29, $542.82 in total. Your "
        f"confirmation code is {' '.join(code[:4])}, {' '.join(code[4:])}. It is held until 12:30 PM; it takes a card "
        "on file, which is charged at check-in, to confirm it."
    )
    assert result["cancellation"] == (
        "You can cancel free of charge until Thursday, November 26, at 3:00 PM. After that it costs $249."
    )
    assert answer["card"] == {
        "type": "reservation",
        "reservation": {k: v for k, v in result.items() if k != "spoken"},
    }
    made = guest.only()
    assert (made.phone, made.phone_source, made.session_id) == (CALLER, "caller_line", SESSION_ID)


def test_the_model_that_repeats_itself_makes_one(guest: Guest, store: Store) -> None:
    first = guest.asks("create_reservation", "call_a", **SUITE)
    again = guest.asks("create_reservation", "call_b", **SUITE)
    redelivered = guest.asks("create_reservation", "call_a", **SUITE)
    assert [a["replayed"] for a in (first, again, redelivered)] == [False, True, True]
    assert first["result"] == again["result"] == redelivered["result"]
    assert len(guest.live) == 1


def test_one_that_means_the_same_in_other_words_makes_no_second(guest: Guest) -> None:
    made = guest.gets("create_reservation", **SUITE)
    error = guest.is_refused("create_reservation", **{**SUITE, "check_in": "next Friday", "email": "a@b.example"})
    assert error["code"] == "already_booked"
    assert error["confirmation_code"] == made["confirmation_code"]
    assert guest.is_refused("create_reservation", **{**SUITE, "room_type": "deluxe_king"})["code"] == "already_booked"
    assert len(guest.live) == 1


def test_two_equal_rooms_are_two_once_the_guest_has_said_so(guest: Guest) -> None:
    first = guest.gets("create_reservation", **SUITE)
    unasked = guest.asks("create_reservation", **SUITE, another=True)
    assert unasked["replayed"], "nobody has spoken since: the model repeats itself"
    guest.speaks()
    second = guest.gets("create_reservation", **SUITE, another=True)
    assert second["confirmation_code"] != first["confirmation_code"]
    again = guest.asks("create_reservation", **SUITE, another=True)
    assert again["replayed"]
    assert len(guest.live) == 2
    assert len({r.room for r in guest.live}) == 2


def test_book_cancel_book_again(guest: Guest) -> None:
    codes = []
    for _ in range(3):
        proof = guest.books()
        codes.append(proof["confirmation_code"])
        assert guest.gets("cancel_reservation", **proof)["fee_cents"] == 0
        gone = guest.asks("cancel_reservation", **proof, confirm=True, quoted_fee_cents=0)
        assert (gone["result"]["status"], gone["replayed"]) == ("cancelled", False)
        assert guest.live == []
    assert len(set(codes)) == 3


def test_book_cancel_book_again_without_ever_saying_a_code(guest: Guest) -> None:
    for _ in range(3):
        guest.gets("create_reservation", **SUITE)
        guest.gets("cancel_reservation", last_name="Davis", confirm=True, quoted_fee_cents=0)
        assert guest.live == []


def test_a_cancellation_that_is_repeated_is_the_same_one(guest: Guest) -> None:
    proof = guest.books()
    first = guest.asks("cancel_reservation", **proof, confirm=True, quoted_fee_cents=0)
    again = guest.asks("cancel_reservation", **proof, confirm=True, quoted_fee_cents=0)
    assert again["replayed"]
    assert again["result"] == first["result"]
    assert "already" in guest.gets("cancel_reservation", **proof)["spoken"]


def test_a_to_b_to_a(guest: Guest) -> None:
    proof = guest.books()
    for nights in (3, 2, 3, 2):
        to = f"2026-11-{27 + nights}" if nights < 4 else ""
        changed = guest.asks("modify_reservation", **proof, check_out=to)
        assert not changed["replayed"]
        assert changed["result"]["nights"] == len(guest.only().nights) == nights
        assert guest.asks("modify_reservation", **proof, check_out=to)["replayed"]
    assert len(guest.live) == 1


def test_a_full_house_offers_something_else(guest: Guest, store: Store) -> None:
    for room in ("301", "302"):
        store.take(HOTEL, "suite", room, [FRIDAY], "other")
    error = guest.is_refused("create_reservation", **SUITE)
    assert error["code"] == "no_availability"
    assert {a["room_type"] for a in error["alternatives"]} >= {"standard_queen"}
    assert guest.live == []


def test_a_rate_on_other_terms_is_booked_when_it_is_named(guest: Guest) -> None:
    result = guest.gets("create_reservation", **SUITE, rate_plan="non_refundable")
    assert (result["rate_plan"], result["total_cents"], result["due_cents"], result["binding_by"]) == (
        *("non_refundable", 48854, 48854),
        "payment",
    )
    assert "cannot be refunded" in result["spoken"]
    assert "a payment of $488.54" in result["spoken"]
    fee_cents = guest.gets("cancel_reservation", **proof_of(result))["fee_cents"]
    assert fee_cents == 0, "a hold binds nobody"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"room_type": "igloo"}, "invalid_arguments"),
        ({"check_out": "2026-11-27"}, "invalid_arguments"),
        ({"email": "no address"}, "invalid_arguments"),
        ({"last_name": ""}, "invalid_arguments"),
        ({"total_cents": 1}, "invalid_arguments"),
        ({"adults": 5}, "too_many_guests"),
        ({"room_type": "deluxe_king", "adults": 3}, "not_bookable"),
        ({"phone_source": "keypad"}, "no_keypad_number"),
    ],
)
def test_what_cannot_be_booked_is_said(guest: Guest, changes: dict[str, Any], code: str) -> None:
    assert guest.is_refused("create_reservation", **{**SUITE, **changes})["code"] == code
    assert guest.live == []


# finding one


def test_a_booking_is_found_by_its_guest_alone(guest: Guest) -> None:
    made = guest.gets("create_reservation", **SUITE)
    proof = proof_of(made)
    found = guest.gets("lookup_reservation", **proof)
    assert {k: found[k] for k in made if k != "spoken"} == {k: v for k, v in made.items() if k != "spoken"}
    assert "It is held until 12:30 PM, and not confirmed yet." in found["spoken"]
    for wrong in ({"last_name": "Smith"}, {"confirmation_code": "99999999"}):
        assert guest.is_refused("lookup_reservation", **{**proof, **wrong})["code"] == "not_verified"
    assert "phone" not in found


def test_without_a_code_a_number_nobody_vouches_for_opens_nothing(stranger: Guest) -> None:
    stranger.gets("create_reservation", **SUITE)
    assert stranger.is_refused("lookup_reservation", last_name="Davis")["code"] == "code_needed"
    code = stranger.only().confirmation_code
    note = stranger.service.tool("handle_ivr_menu", "dtmf-1-1", keys=f"{code}#").get_json()["result"]["note"]
    assert code not in note
    assert stranger.gets("lookup_reservation", last_name="Davis")["confirmation_code"] == code


@pytest.mark.parametrize("tool", ["lookup_reservation", "modify_reservation", "cancel_reservation"])
def test_three_failures_close_every_door(stranger: Guest, tool: str) -> None:
    code = stranger.gets("create_reservation", **SUITE)["confirmation_code"]
    more = {"adults": 1} if tool == "modify_reservation" else {}
    for guess in ("11111111", "22222222", "33333333"):
        assert stranger.is_refused(tool, confirmation_code=guess, last_name="Davis", **more)["code"] == "not_verified"
    for door in ("lookup_reservation", "cancel_reservation", "generate_payment_link"):
        how = {"send_by": "sms"} if door == "generate_payment_link" else {}
        assert stranger.is_refused(door, confirmation_code=code, last_name="Davis", **how)["code"] == "locked"


def test_another_hotels_reservation_is_not_there(guest: Guest, store: Store, clock: Clock) -> None:
    casa = properties.load().by_id["hotel-casa-alondra"]
    stay = Stay(date(2026, 12, 8), date(2026, 12, 10), adults=1)
    theirs = OwnBooks(casa, store, clock).hold(
        Booking(
            "res_1", SESSION_ID, stay, casa.room_types[0].room_type, "Davis", phone=CALLER, phone_source="caller_line"
        )
    )
    by_code = {"confirmation_code": theirs.confirmation_code, "last_name": "Davis"}
    assert guest.is_refused("lookup_reservation", **by_code)["code"] == "not_verified"
    assert guest.is_refused("lookup_reservation", last_name="Davis")["code"] == "not_verified"


# the end of the conversation


@pytest.mark.parametrize(
    ("story", "outcome"),
    [("book", "booking_created"), ("book, cancel", "information_provided"), ("book, cancel, book", "booking_created")],
)
def test_what_came_of_the_call_is_its_booking(
    guest: Guest, twilio: Any, event_sink: Service, publisher: Any, story: str, outcome: str
) -> None:
    guest.speaks()
    guest.service.turn(90, "assistant", "Gladly.")
    for step in story.split(", "):
        if step == "book":
            guest.gets("create_reservation", **SUITE)
        else:
            guest.gets("cancel_reservation", last_name="Davis", confirm=True, quoted_fee_cents=0)
    event_sink.push(stream_ended())
    twilio.post("/voice/twilio/status", CallStatus="completed", CallDuration="92")
    summary = publisher.events[-1]["summary"]
    live = guest.live[0].reservation_id if guest.live else None
    assert (summary["outcome"], summary["booking_id"]) == (outcome, live)


@pytest.mark.parametrize(
    ("code", "spoken"),
    [
        ("48210937", "4 8 2 1, 0 9 3 7"),
        ("B7K", "B, like Bravo; 7; K, like Kilo"),
    ],
)
def test_codes_are_spoken_so_that_they_cannot_be_misheard(code: str, spoken: str) -> None:
    assert booking_words.spoken_code(code) == spoken
