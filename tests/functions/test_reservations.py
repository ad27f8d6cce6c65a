"""The tools about reservations, through the function as the relay uses it: exactly once, whatever the model does."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from nightdesk import booking_words, properties
from nightdesk.bootstrap import House
from nightdesk.hotel.payments_memory import SIGNATURE, MemoryPayments
from nightdesk.hotel.pms import Booking
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import Store
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.records import Message, Text
from nightdesk.hotel.reservations import Payment, Reservation
from nightdesk.hotel.telephony import FakeTelephony

from local.pms.server import application, read_hotels

from .conftest import CALLER, SESSION_ID, Clock, Service
from .serving import serving
from .test_finalise import stream_ended

HOTEL = "west-bethel-motel"
HOTELS = Path(__file__).parent / "hotels"
FRIDAY = date(2026, 11, 27)
STAY = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
SUITE = {**STAY, "room_type": "suite", "last_name": "Davis"}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> MemoryPayments:
    fake = MemoryPayments()
    monkeypatch.setattr(House, "payments", property(lambda house: fake))
    return fake


@pytest.fixture
def telephony(monkeypatch: pytest.MonkeyPatch) -> FakeTelephony:
    fake = FakeTelephony()
    monkeypatch.setattr(House, "telephony", property(lambda house: fake))
    return fake


class Guest:
    """Says things through a model: every call of a tool has an id of its own, unless one is given."""

    def __init__(self, service: Service, store: Store, clock: Clock) -> None:
        self.service, self.store, self.clock = service, store, clock
        self._ids, self._turns = count(1), count(10)

    def asks(self, name: str, tool_call_id: str = "", /, **arguments: Any) -> Any:
        """The whole answer."""
        answer = self.service.tool(name, tool_call_id or f"call_{next(self._ids)}", **arguments)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def gets(self, name: str, **arguments: Any) -> Any:
        """The result of what the hotel does."""
        answer = self.asks(name, **arguments)
        assert answer["ok"], answer
        return answer["result"]

    def is_refused(self, name: str, **arguments: Any) -> Any:
        answer = self.asks(name, **arguments)
        assert not answer["ok"], answer
        return answer["error"]

    def speaks(self) -> None:
        self.clock.forward(seconds=1)
        assert self.service.turn(next(self._turns), "user", "Yes, please.").status_code == 200
        self.clock.forward(seconds=1)

    @property
    def live(self) -> list[Reservation]:
        return [r for r in self.store.reservations_of(SESSION_ID) if r.live]

    def only(self) -> Reservation:
        [one] = self.live
        return one


@pytest.fixture
def guest(call: Service, store: Store, clock: Clock, provider: MemoryPayments, telephony: FakeTelephony) -> Guest:
    return Guest(call, store, clock)


@pytest.fixture
def stranger(
    tools: Service, token: Callable[..., str], store: Store, clock: Clock, provider: Any, telephony: Any
) -> Guest:
    """On a line whose number the network does not vouch for."""
    assert tools.session(token(stir="")).status_code == 200
    return Guest(tools, store, clock)


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
        made = guest.gets("create_reservation", **SUITE)
        codes.append(made["confirmation_code"])
        proof = {"confirmation_code": codes[-1], "last_name": "Davis"}
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
    proof = {"confirmation_code": guest.gets("create_reservation", **SUITE)["confirmation_code"], "last_name": "Davis"}
    first = guest.asks("cancel_reservation", **proof, confirm=True, quoted_fee_cents=0)
    again = guest.asks("cancel_reservation", **proof, confirm=True, quoted_fee_cents=0)
    assert again["replayed"]
    assert again["result"] == first["result"]
    assert "already" in guest.gets("cancel_reservation", **proof)["spoken"]


def test_a_to_b_to_a(guest: Guest) -> None:
    proof = {"confirmation_code": guest.gets("create_reservation", **SUITE)["confirmation_code"], "last_name": "Davis"}
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
    proof = {"confirmation_code": result["confirmation_code"], "last_name": "Davis"}
    assert guest.gets("cancel_reservation", **proof)["fee_cents"] == 0, "a hold binds nobody"


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
    proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
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


# changing one


def test_a_change_is_read_back_with_its_price(guest: Guest) -> None:
    made = guest.gets("create_reservation", **SUITE)
    proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
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
    made = guest.gets("create_reservation", **SUITE)
    proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
    before = guest.only()
    assert guest.is_refused("modify_reservation", **proof, **changes)["code"] == code
    assert guest.only() == before


def test_a_change_into_a_full_house_leaves_it_as_it_was(guest: Guest, store: Store) -> None:
    made = guest.gets("create_reservation", **SUITE)
    proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
    for room in ("301", "302"):
        store.take(HOTEL, "suite", room, [FRIDAY + timedelta(days=2)], "other")
    before = guest.only()
    assert guest.is_refused("modify_reservation", **proof, check_out="2026-11-30")["code"] == "no_availability"
    assert guest.only() == before


def test_a_guest_who_is_here_may_stay_on(guest: Guest, store: Store, clock: Clock) -> None:
    made = guest.gets("create_reservation", **SUITE)
    proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
    store.change_reservation(made["reservation_id"], lambda r: replace(r, status="checked_in", hold_expires_at=None))
    clock.forward(days=8)
    assert guest.gets("modify_reservation", **proof, check_out="2026-11-30")["nights"] == 3
    assert guest.is_refused("cancel_reservation", **proof)["code"] == "not_changeable"


# cancelling one


def confirmed(guest: Guest, **changes: Any) -> dict[str, Any]:
    """A booking that is binding; returns the proof that opens it."""
    made = guest.gets("create_reservation", **{**SUITE, **changes})
    guest.store.change_reservation(made["reservation_id"], lambda r: r.confirmed(guest.clock()))
    return {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}


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


# paying


def test_a_link_is_texted_once_and_leaves_a_card(guest: Guest, telephony: FakeTelephony, store: Store) -> None:
    made = guest.gets("create_reservation", **SUITE)
    proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
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
    made = guest.gets("create_reservation", **SUITE, rate_plan="non_refundable")
    proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
    error = guest.is_refused("generate_payment_link", **proof, send_by="sms", amount_cents=100)
    assert error["code"] == "invalid_arguments"
    result = guest.gets("generate_payment_link", **proof, send_by="sms")
    assert (result["amount_cents"], result["amount"]) == (48854, "$488.54")
    assert "to pay $488.54" in result["spoken"]


def test_a_payment_confirms_what_was_held(guest: Guest, client: Callable[..., Any], provider: MemoryPayments) -> None:
    made = guest.gets("create_reservation", **SUITE, rate_plan="non_refundable")
    proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
    link = guest.gets("generate_payment_link", **proof, send_by="sms")
    body = provider.webhook(link["payment_id"])
    payments = client("payments")
    answer = payments.post("/payments/webhook", data=body, headers={"Stripe-Signature": SIGNATURE})
    assert (answer.status_code, answer.get_json()["applied"]) == (200, True)
    found = guest.gets("lookup_reservation", **proof)
    assert (found["status"], found["paid_cents"], found["balance_cents"]) == ("confirmed", 48854, 0)
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "nothing_to_pay"


def test_a_hold_that_ran_out_is_paid_by_no_new_link(guest: Guest, clock: Clock) -> None:
    proof = {"confirmation_code": guest.gets("create_reservation", **SUITE)["confirmation_code"], "last_name": "Davis"}
    clock.forward(minutes=31)
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "not_changeable"


def test_a_guest_on_the_telephone_has_no_screen(guest: Guest) -> None:
    proof = {"confirmation_code": guest.gets("create_reservation", **SUITE)["confirmation_code"], "last_name": "Davis"}
    assert guest.is_refused("generate_payment_link", **proof, send_by="screen")["code"] == "invalid_arguments"


def test_where_links_cannot_be_made_nothing_is_said_to_be_sent(
    guest: Guest, provider: MemoryPayments, telephony: FakeTelephony
) -> None:
    proof = {"confirmation_code": guest.gets("create_reservation", **SUITE)["confirmation_code"], "last_name": "Davis"}
    provider.down = True
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "payments_unavailable"
    assert telephony.sent == []
    provider.down = False
    guest.gets("generate_payment_link", **proof, send_by="sms")
    assert len(guest.store.records(Payment, reservation_id=guest.only().reservation_id)) == 1


def test_a_text_that_did_not_go_is_sent_when_it_is_asked_for_again(guest: Guest, telephony: FakeTelephony) -> None:
    proof = {"confirmation_code": guest.gets("create_reservation", **SUITE)["confirmation_code"], "last_name": "Davis"}
    telephony.refuses[CALLER] = "unavailable"
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "sms_unavailable"
    del telephony.refuses[CALLER]
    guest.gets("generate_payment_link", **proof, send_by="sms")
    assert len(telephony.sent) == 1


def test_a_hotel_without_an_account_says_so(call: Service, store: Store, clock: Clock, client: Any) -> None:
    guest = Guest(Service(client("tools", STRIPE_API_KEY=None)), store, clock)
    proof = {"confirmation_code": guest.gets("create_reservation", **SUITE)["confirmation_code"], "last_name": "Davis"}
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "no_payments"


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


# elsewhere


class TestElsewhere:
    """At a hotel whose bookings another system keeps, over real HTTP: the same tools, the same promises."""

    @pytest.fixture
    def guest(
        self,
        client: Callable[..., Any],
        token: Callable[..., str],
        store: Store,
        clock: Clock,
        provider: MemoryPayments,
        telephony: FakeTelephony,
    ) -> Iterator[Guest]:
        with serving(application(read_hotels(HOTELS), "key-of-the-booking-system", clock)) as url:
            self.settings = {
                "PMS_URLS": f"contract-inn={url}",
                "PMS_KEYS": "contract-inn=key-of-the-booking-system",
                "PROPERTIES_DIR": str(HOTELS),
            }
            tools = Service(client("tools", **self.settings))
            assert tools.session(token(property_id="contract-inn")).status_code == 200
            yield Guest(tools, store, clock)

    def test_a_booking_is_made_changed_paid_and_cancelled(
        self, guest: Guest, client: Callable[..., Any], provider: MemoryPayments
    ) -> None:
        made = guest.gets("create_reservation", **SUITE)
        assert guest.asks("create_reservation", **SUITE)["replayed"]
        assert (made["status"], made["due_cents"], made["binding_by"]) == ("held", 24900, "payment")
        proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
        assert guest.gets("lookup_reservation", last_name="Davis")["reservation_id"] == made["reservation_id"]
        assert guest.gets("modify_reservation", **proof, check_out="2026-11-30")["nights"] == 3
        link = guest.gets("generate_payment_link", **proof, send_by="sms")
        payments = client("payments", **self.settings)
        body = provider.webhook(link["payment_id"])
        for _ in range(2):
            answer = payments.post("/payments/webhook", data=body, headers={"Stripe-Signature": SIGNATURE})
            assert answer.status_code == 200
        found = guest.gets("lookup_reservation", **proof)
        assert (found["status"], found["paid_cents"]) == ("confirmed", 24900)
        gone = guest.gets("cancel_reservation", **proof, confirm=True, quoted_fee_cents=0)
        assert (gone["status"], gone["refund_cents"]) == ("cancelled", 24900)
        assert guest.live == [], "nothing of it is in our own books"

    def test_a_hold_that_is_sold_out_when_it_is_paid_goes_back(
        self, guest: Guest, client: Callable[..., Any], provider: MemoryPayments, clock: Clock
    ) -> None:
        made = guest.gets("create_reservation", **SUITE)
        proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
        link = guest.gets("generate_payment_link", **proof, send_by="sms")
        clock.forward(minutes=31)
        for _ in range(2):
            guest.speaks()
            guest.gets("create_reservation", **{**SUITE, "last_name": "Rival"}, another=True)
        payments = client("payments", **self.settings)
        body = provider.webhook(link["payment_id"])
        answer = payments.post("/payments/webhook", data=body, headers={"Stripe-Signature": SIGNATURE})
        assert answer.status_code == 200
        found = guest.gets("lookup_reservation", **proof)
        assert (found["status"], found["paid_cents"]) == ("expired", 0)
        assert list(provider.refunds.values()) == [(link["payment_id"], 24900)]


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


def test_at_a_screen_a_link_is_shown_and_not_texted(
    tools: Service, token: Callable[..., str], store: Store, clock: Clock, provider: Any, telephony: FakeTelephony
) -> None:
    who = {"channel": "kiosk", "call_sid": "", "caller": "", "called": "", "stir": ""}
    assert tools.session(token(**who), "KS" + "0" * 32, call_sid="").status_code == 200
    guest = Guest(tools, store, clock)
    made = guest.gets("create_reservation", **SUITE)
    proof = {"confirmation_code": made["confirmation_code"], "last_name": "Davis"}
    assert guest.is_refused("lookup_reservation", last_name="Davis")["code"] == "code_needed"
    answer = guest.asks("generate_payment_link", **proof, send_by="screen")
    url = f"https://pay.hotel.example/pay/{answer['result']['payment_id']}"
    assert (answer["result"]["url"], answer["card"]["type"], answer["card"]["url"]) == (url, "payment", url)
    assert guest.is_refused("generate_payment_link", **proof, send_by="sms")["code"] == "no_keypad_number"
    assert telephony.sent == []
