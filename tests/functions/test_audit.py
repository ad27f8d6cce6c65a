"""Say and do: what an assistant may say after which tool results, sentence by sentence, and in a call."""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nightdesk import audit, events, properties
from nightdesk.audit import dates_said, figures
from nightdesk.audit.sentences import spelled
from nightdesk.conversation import ToolCall, Turn
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher
from nightdesk.then import Then

from .audit_table import MUST_ALARM, MUST_NOT_ALARM
from .clerk_guest import talk
from .conftest import SESSION_ID, Clock, Service
from .schemas import validator
from .test_golden import golden

HOTEL = properties.load().by_id["west-bethel-motel"]
TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
STAY = {"check_in": "2026-11-27", "check_out": "2026-11-29", "nights": 2}
OFFER = {
    "room_type": "standard_queen", "nightly_cents": [12900, 12900], "fees": [{"name": "pet fee", "cents": 5000}],
    "tax_cents": 2772, "total_cents": 33572, "total": "$335.72",
}  # fmt: skip
ONE_NIGHT = {"nightly_cents": [12900], "fees": [], "tax_cents": 1161, "total_cents": 14061, "total": "$140.61"}
KING = {"nightly_cents": [15900], "fees": [], "tax_cents": 1431, "total_cents": 17331, "total": "$173.31"}
RESERVATION = {**STAY, "confirmation_code": "48215590", "status": "held", "total_cents": 33572}


def call(name: str, result: Mapping[str, Any] | None, /, *, ok: bool = True, **arguments: Any) -> ToolCall:
    """`result` None: the call is still running."""
    answer = None if result is None else {"ok": True, "result": result} if ok else {"ok": False, "error": result}
    return ToolCall(f"call_{name}", name, arguments, "", "", 1, 3, NOW, answer=answer)


REFUSED = {"code": "refused", "message": "no", "say": "I am sorry, I cannot do that."}
HAPPENED: dict[str, list[ToolCall]] = {
    "nothing": [],
    "offer": [call("check_availability", {**STAY, "offers": [OFFER]})],
    "one night": [call("check_availability", {**STAY, "check_out": "2026-11-28", "offers": [ONE_NIGHT, KING]})],
    "full": [call("check_availability", {**REFUSED, "code": "no_availability"}, ok=False)],
    "held": [call("create_reservation", RESERVATION)],
    "queen": [call("create_reservation", RESERVATION, room_type="standard_queen")],
    "paid": [call("lookup_reservation", {**RESERVATION, "status": "confirmed", "paid_cents": 33572})],
    "confirmed": [call("create_reservation", {**RESERVATION, "status": "confirmed"})],
    "running": [call("create_reservation", None)],
    "refused booking": [call("create_reservation", REFUSED, ok=False)],
    "looked up": [call("lookup_reservation", {**RESERVATION, "status": "confirmed"})],
    "quoted cancellation": [call("cancel_reservation", {"fee_cents": 0, "status": "confirmed"}, confirm=False)],
    "refused cancellation": [call("cancel_reservation", REFUSED, ok=False, confirm=True)],
    "cancelled": [call("cancel_reservation", {"fee_cents": 0, "status": "cancelled"}, confirm=True)],
    "changed": [call("modify_reservation", {**RESERVATION, "check_in": "2026-11-28"})],
    "texted": [call("send_sms", {"sent": True}, template="confirmation")],
    "refused text": [call("send_sms", REFUSED, ok=False, template="payment_link")],
    "link": [call("generate_payment_link", {"url": "https://pay.example.com/1"}, send_by="sms")],
    "transferred": [call("transfer_to_human", {"ok": True, "department": "front_desk"})],
    "refused transfer": [call("transfer_to_human", REFUSED, ok=False)],
    "lead": [call("create_lead", {"lead_id": "lead_1", "phone_last4": "0142"})],
    "message": [call("take_message", {"message_id": "message_1"})],
    "service": [call("request_service", {"request_id": "request_1"}, service="wake_up_call")],
    "answered": [call("search_kb", {"answer": "Cribs are free. A rollaway bed is $15 per night."})],
    "budget": [],
    "named a code": [],
}  # fmt: skip
GUEST_SAID = {
    "budget": "my budget is two hundred dollars",
    "named a code": "it's seven seven eight one two zero three four",
}


def said(text: str, **changes: Any) -> Turn:
    return dataclasses.replace(Turn(1, 4, "assistant", text, NOW), **changes)


def found(happened: str, text: str, **changes: Any) -> str:
    guest = Turn(1, 3, "user", GUEST_SAID.get(happened, "yes please"), NOW)
    turn = said(text, **changes)
    return " ".join(f"{m.kind}:{m.what}" for m in audit.audit(turn, HOTEL, HAPPENED[happened], [guest, turn], TODAY))


def test_the_table_is_long_enough() -> None:
    assert len(MUST_ALARM) + len(MUST_NOT_ALARM) >= 80
    assert len(MUST_NOT_ALARM) >= 40


@pytest.mark.parametrize(("happened", "text", "wrong"), [*MUST_ALARM, *MUST_NOT_ALARM])
def test_a_sentence_is_judged_by_what_has_been_done(happened: str, text: str, wrong: str) -> None:
    assert found(happened, text) == wrong


@pytest.mark.parametrize(
    ("spoken", "cents"),
    [
        ("one hundred and forty dollars and sixty-one cents", {14061}),
        ("$1,335.72", {133572}),
        ("a thousand three hundred thirty-five dollars", {133500}),
        ("one forty-nine dollars", {14900, 149 * 1}),
        ("twelve fifty dollars", {125000, 1250}),
        ("a fifty-dollar pet fee", {5000}),
        ("140 dollars and 61 cents", {14061}),
        ("EUR 80.00", {8000}),
        ("140,61 euros", {14061}),
        ("mil doscientos treinta y cinco dólares", {123500}),
        ("veintiún dólares", {2100}),
    ],
)
def test_money_is_read_as_it_is_spoken(spoken: str, cents: set[int]) -> None:
    [amount] = figures.amounts(spelled(spoken))
    assert amount.cents == cents


@pytest.mark.parametrize("text", ["room two hundred and four", "at eleven thirty", "two adults", "nine percent tax"])
def test_what_is_no_money_is_not_read(text: str) -> None:
    assert figures.amounts(spelled(text)) == []


@pytest.mark.parametrize(
    ("spoken", "day"),
    [
        ("Friday, November 27", date(2026, 11, 27)),
        ("november twenty-seventh", date(2026, 11, 27)),
        ("Friday the 27th of November", date(2026, 11, 27)),
        ("January 2", date(2027, 1, 2)),
        ("el viernes 27 de noviembre", date(2026, 11, 27)),
        ("el dos de enero de 2028", date(2028, 1, 2)),
        ("2026-12-24", date(2026, 12, 24)),
        ("February 30", None),
    ],
)
def test_dates_are_read_as_they_are_spoken(spoken: str, day: date | None) -> None:
    [read] = dates_said.dates(spelled(spoken), TODAY)
    assert read.day == day


def test_a_figure_at_which_the_guest_interrupted_is_not_audited() -> None:
    assert found("one night", "It is one hundred and forty dollars", interrupted=True) == ""
    assert found("one night", "It is one hundred and forty dollars") == "price:$140.00"
    assert found("held", "Your confirmation code is 4 8 2 1", interrupted=True) == ""
    assert found("nothing", "I have booked it for you. It is one hun", interrupted=True) == "deed:booked"


def test_every_claim_of_a_turn_is_found_once() -> None:
    assert found("nothing", "I've booked it. As I said, I have booked it for you.") == "deed:booked"


def test_a_second_hotels_prices_are_no_evidence() -> None:
    other = dataclasses.replace(HOTEL, room_types=HOTEL.room_types[:1], facts=(), amenities=())
    turn = said("A Suite is $249 a night.")
    assert audit.audit(turn, HOTEL, [], [turn], TODAY) == []
    assert [m.what for m in audit.audit(turn, other, [], [turn], TODAY)] == ["$249.00"]


def test_a_hotel_whose_prices_hold_the_tax_may_say_so() -> None:
    casa = properties.load().by_id["hotel-casa-alondra"]
    offer = {"nightly_cents": [12000, 12000], "fees": [], "tax_cents": 2280, "total_cents": 26280}
    calls = [call("check_availability", {**STAY, "offers": [offer]})]
    for text in (
        "It is 120 euros a night, including tax.",
        "Son 262,80 euros en total.",
        "Son 240 \u20ac, con impuestos.",
    ):
        assert audit.audit(said(text), casa, calls, [], TODAY) == []
    wrong = audit.audit(said("Son trescientos euros en total."), casa, calls, [], TODAY)
    assert [mismatch.what for mismatch in wrong] == ["\u20ac300.00"]


@pytest.mark.parametrize("text", ["", "   ", "?", "...", "$", "\u00bf", "I've", "confirmation code is", "$,", "1,,,"])
def test_scraps_are_no_claims(text: str) -> None:
    assert found("nothing", text) == ""


WORDS = (
    "i have booked your reservation is confirmed one hundred and forty dollars cents $1,335.72 friday november 27 the",
    "of may confirmation code 4 8 2 1 if not ? . , he reservado su ciento y mil con de mayo -- double a per night tax",
)
FRAGMENTS = st.sampled_from(" ".join(WORDS).split()) | st.text(max_size=6)


@given(
    st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=40).map(" ".join), st.sampled_from(sorted(HAPPENED))
)
@settings(max_examples=150)
def test_whatever_is_said_can_be_audited(text: str, happened: str) -> None:
    turn = said(text)
    wrong = audit.audit(turn, HOTEL, HAPPENED[happened], [turn], TODAY)
    assert not wrong or audit.has_claims(text)
    assert len({(m.kind, m.what) for m in wrong}) == len(wrong)


@pytest.mark.parametrize(
    "lines",
    [
        ["two nights from friday for two adults and a dog", "yes please", "ann lee", "yes", "yes", "no thank you"],
        ["do you allow dogs", "what time is breakfast", "is there a shuttle", "goodbye"],
        ["a suite for next weekend, four people", "no, three nights", "how much is it", "i want to speak to a person"],
    ],
)
def test_the_clerk_claims_nothing_that_it_has_not_done(lines: list[str]) -> None:
    conversation = talk(lines)
    calls = [
        call(entry["name"], entry["result"], ok="error" not in entry["result"], **entry["arguments"])
        for entry in conversation.history
        if entry["type"] == "tool"
    ]
    turns = [
        Turn(1, n, e["role"], e["text"], NOW) for n, e in enumerate(conversation.history) if e["type"] == "message"
    ]
    spoken = [turn for turn in turns if turn.role == "assistant"]
    assert len(spoken) > len(lines)
    wrong = [(turn.text, audit.audit(turn, HOTEL, calls, turns, conversation.today)) for turn in spoken]
    assert [pair for pair in wrong if pair[1]] == []


# in a call


STAY_ASKED = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
BOOKED = "I have booked the Standard Queen for you."


def test_a_claim_without_its_deed_is_an_event_and_a_note_in_the_same_call(
    call: Service, publisher: MemoryPublisher
) -> None:
    call.turn(3, "user", "the queen room please")
    answer = call.turn(4, "assistant", BOOKED)
    validator("turn", "answer").validate(answer.get_json())
    assert answer.get_json() == golden("turn_answer_note")["body"]
    [event] = publisher.events
    validator("event", "event").validate(event)
    assert event == golden("event_claim_mismatch")["body"]
    assert events.topic(event["event_type"]) == "analytics-events"


def test_what_a_tool_has_said_may_be_said(call: Service, publisher: MemoryPublisher) -> None:
    offer = call.tool("check_availability", **STAY_ASKED).get_json()["result"]
    assert "note" not in call.turn(4, "assistant", f"{offer['spoken']} Shall I book it for you?").get_json()
    assert "note" not in call.turn(5, "user", "I have booked it for one dollar").get_json()
    wrong = call.turn(6, "assistant", "So that is $300.00 in total.").get_json()
    assert "$300.00" in wrong["note"]
    assert [event["claim"]["mismatches"][0]["kind"] for event in publisher.events] == ["price"]


def test_the_same_claim_made_again_is_counted_but_not_noted_again(call: Service, publisher: MemoryPublisher) -> None:
    assert "note" in call.turn(4, "assistant", BOOKED).get_json()
    assert "note" not in call.turn(6, "assistant", BOOKED).get_json()
    assert [event["claim"]["noted"] for event in publisher.events] == [True, False]


def test_a_turn_that_is_posted_again_gets_the_same_answer_and_event(call: Service, publisher: MemoryPublisher) -> None:
    assert call.turn(4, "assistant", BOOKED).get_json() == call.turn(4, "assistant", BOOKED).get_json()
    first, second = publisher.events
    assert first["event_id"] == second["event_id"]


def test_an_event_that_cannot_be_published_holds_up_no_note(call: Service, publisher: MemoryPublisher) -> None:
    publisher.broken = True
    assert "note" in call.turn(4, "assistant", BOOKED).get_json()


def test_a_call_over_its_time_is_ended_by_the_answer_to_a_turn(call: Service, clock: Clock) -> None:
    clock.forward(seconds=HOTEL.limits.call_s)
    assert "end" not in call.turn(3, "user", "and another thing").get_json()  # the relay says goodbye first
    clock.forward(minutes=1)
    assert call.turn(5, "user", "and another thing").get_json() == golden("turn_answer_end")["body"]


def test_a_call_that_was_ended_elsewhere_is_ended_by_the_answer_to_a_turn(call: Service, store: MemoryStore) -> None:
    ended = Then("hangup", reason="idle", due=True)
    store.change_session(SESSION_ID, lambda s: dataclasses.replace(s, then=ended) if s else None)
    assert call.turn(3, "user", "hello?").get_json()["end"] == {"reason": "idle"}
