"""Two hotels in one house: what a guest of one is told, offered or charged has nothing of the other in it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from nightdesk import knowledge, menu, properties, tokens
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.model import Property
from nightdesk.hotel.pms import Booking
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.pricing import Stay

from .conftest import CALL_SID, KEY, STREAM_SID, Clock, Service, Twilio
from .twiml_answers import said, shown_token

MOTEL: Property = properties.load().by_id["west-bethel-motel"]
CASA: Property = properties.load().by_id["hotel-casa-alondra"]
BOTH = [(MOTEL, CASA), (CASA, MOTEL)]
NAMES = ["motel, not casa", "casa, not motel"]
NIGHTS = [date(2026, 12, 8), date(2026, 12, 9)]
NUMBERS = count(1)
STAY = {"check_in": "2026-12-08", "check_out": "2026-12-10", "adults": 1}


@dataclass
class Guest:
    """A call to one hotel, through the function as the relay uses it."""

    service: Service
    token: Callable[..., str]
    hotel: Property

    @property
    def call_sid(self) -> str:
        return CALL_SID[:-2] + ("01" if self.hotel is MOTEL else "02")

    def session(self) -> Any:
        session_id = tokens.session_id_of_call(self.call_sid)
        who = {"property_id": self.hotel.property_id, "called": self.hotel.phone_numbers[0]}
        token = self.token(session_id=session_id, call_sid=self.call_sid, language=self.hotel.language, **who)
        answer = self.service.session(token, STREAM_SID, call_sid=self.call_sid)
        assert answer.status_code == 200
        return answer.get_json()

    def tool(self, name: str, **arguments: Any) -> Any:
        session_id = tokens.session_id_of_call(self.call_sid)
        tool_call_id = f"call_{next(NUMBERS)}"
        body = {"v": 1, "session_id": session_id, "attempt": 1, "turn": 1, "tool_call_id": tool_call_id}
        headers = {"Idempotency-Key": f"{session_id}:{tool_call_id}"}
        return self.service.post(f"/tools/{name}", {**body, "arguments": arguments}, **headers).get_json()


@pytest.fixture
def guest(tools: Service, token: Callable[..., str]) -> Callable[[Property], Guest]:
    return lambda hotel: Guest(tools, token, hotel)


def marks(hotel: Property, other: Property) -> set[str]:
    """Texts and numbers that only this hotel has. What a department or a rate is called, others may say, too."""

    def texts(of: Property) -> Iterator[str]:
        yield from (of.property_id, of.name, of.greeting, of.kiosk_greeting, of.personality, *of.phone_numbers)
        for room in of.room_types:
            yield from (room.name, room.description)
        yield from (department.number for department in of.departments)
        for language in of.languages:
            yield from (language.greeting, language.kiosk_greeting)
        for place in of.recommendations:
            yield from (place.name, place.details)
        yield from (tax.name for tax in of.taxes)
        yield from of.facts

    own = set(texts(hotel)) - set(texts(other)) - {""}
    assert len(own) > 30
    return own


@pytest.mark.parametrize(("hotel", "other"), BOTH, ids=NAMES)
def test_nothing_of_the_other_hotel_is_told(
    hotel: Property, other: Property, guest: Callable[[Property], Guest]
) -> None:
    caller = guest(hotel)
    told = [
        caller.session(),
        caller.tool("check_availability", **STAY),
        caller.tool("check_availability", **STAY, room_type=other.room_types[0].room_type),
        caller.tool("check_availability", **{**STAY, "adults": 9}),
        caller.tool("transfer_to_human", department=other.departments[1].department),
        caller.tool("transfer_to_human", department="front_desk"),
        *(caller.tool("search_kb", question=title) for title in knowledge.topics(other.property_id)),
    ]
    assert "internal" not in [answer.get("error", {}).get("code") for answer in told]
    text = json.dumps(told, ensure_ascii=False)
    assert hotel.name in text
    assert [mark for mark in marks(other, hotel) if mark in text] == []


@pytest.mark.parametrize(("hotel", "other"), BOTH, ids=NAMES)
def test_the_choices_of_a_tool_are_the_hotels_own(
    hotel: Property, other: Property, guest: Callable[[Property], Guest]
) -> None:
    caller = guest(hotel)
    offered = {t["name"]: t["parameters"]["properties"] for t in caller.session()["engine_session"]["tools"]}
    assert offered["check_availability"]["room_type"]["enum"] == [r.room_type for r in hotel.room_types]
    assert offered["transfer_to_human"]["department"]["enum"] == [d.department for d in hotel.departments]
    error = caller.tool("check_availability", **STAY, room_type=other.room_types[0].room_type)["error"]
    own = ", ".join(r.room_type for r in hotel.room_types)
    assert (error["code"], error["message"]) == ("invalid_arguments", f"room_type must be one of: {own}")


@pytest.mark.parametrize(
    ("hotel", "sign", "totals"),
    [(MOTEL, "$", [28122, 34662, 54282]), (CASA, "€", [18848, 25848, 31848, 39848])],
    ids=["motel", "casa"],
)
def test_each_charges_its_own_prices_in_its_own_money(
    hotel: Property, sign: str, totals: list[int], guest: Callable[[Property], Guest]
) -> None:
    caller = guest(hotel)
    caller.session()
    offers = caller.tool("check_availability", **STAY)["result"]["offers"]
    assert [offer["total_cents"] for offer in offers] == totals
    assert all(offer["total"].startswith(sign) for offer in offers)


@pytest.mark.parametrize(("hotel", "other"), BOTH, ids=NAMES)
def test_a_full_house_is_full_for_its_own_guests_alone(
    hotel: Property, other: Property, guest: Callable[[Property], Guest], store: MemoryStore
) -> None:
    for room_type in other.room_types:
        for room in room_type.rooms:
            store.take(other.property_id, room_type.room_type, room, NIGHTS, "somebody")
    for caller in (guest(hotel), guest(other)):
        caller.session()
    free = guest(hotel).tool("check_availability", **STAY)["result"]["offers"]
    assert [o["available"] for o in free] == [len(r.rooms) for r in hotel.room_types]
    assert guest(other).tool("check_availability", **STAY)["error"]["code"] == "no_availability"


def test_hotels_with_the_same_rooms_share_none_of_them_nor_a_booking() -> None:
    """Nothing but the hotel's id tells them apart."""
    store, now = MemoryStore(), datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    twin = replace(MOTEL, property_id="east-bethel-motel")
    books, others = (OwnBooks(hotel, store, lambda: now) for hotel in (MOTEL, twin))
    stay = Stay(NIGHTS[0], date(2026, 12, 10), 1)
    made = [books.hold(Booking(f"res_{n}", "sess_1", stay, "suite", "Lee", phone="+12075550142")) for n in range(2)]
    assert [len(offers) for offers in (*books.offers([stay]), *others.offers([stay]))] == [2, 3]
    for reservation in made:
        assert books.by_code(reservation.confirmation_code) == reservation
        assert others.by_code(reservation.confirmation_code) is None
        assert others.reservation(reservation.reservation_id) is None
    assert others.by_phone("+12075550142") == []
    assert others.of_session("sess_1") == []


@pytest.mark.parametrize(("hotel", "other"), BOTH, ids=NAMES)
def test_every_answer_comes_from_the_hotels_own_pages(hotel: Property, other: Property) -> None:
    pages = [knowledge.index(p.property_id, language).pages for p in (hotel, other) for language in ("en", "es")]
    questions = [question for of in pages for page in of for question in (page.title, page.keywords)]
    assert len(questions) > 80
    found = [knowledge.search(hotel.property_id, q, language) for q in questions for language in ("en", "es")]
    assert {answer.source.split("/")[0] for answer in found if answer} == {hotel.property_id}


@pytest.mark.parametrize("hotel", [MOTEL, CASA], ids=["motel", "casa"])
def test_the_called_number_decides_whose_call_it_is(hotel: Property, twilio: Twilio, clock: Clock) -> None:
    answer = twilio.post("/voice/twilio/inbound", CallStatus="ringing", To=hotel.phone_numbers[0])
    if hotel is CASA:  # which asks for the language first: a key takes its own
        answer = twilio.post(f"/voice/twilio/ivr?{menu.first(CASA).query}", To=hotel.phone_numbers[0], Digits="1")
    claims = tokens.read(shown_token(answer), KEY, clock())
    assert (claims.property_id, claims.language) == (hotel.property_id, hotel.language)


def test_a_number_of_no_hotel_is_not_in_service(twilio: Twilio) -> None:
    assert "not in service" in said(twilio.post("/voice/twilio/inbound", CallStatus="ringing", To="+34930000199"))


@pytest.mark.parametrize(
    ("question", "language", "topic"),
    [
        ("do you have a swimming pool", "en", "roof-terrace"),
        ("can I bring my dog", "en", "pets"),
        ("how much is breakfast", "en", "breakfast"),
        ("where can I park my car", "en", "parking"),
        ("how do I get there from the airport", "en", "getting-here"),
        ("how much is the tourist tax", "en", "taxes"),
        ("can I get a refund", "en", "cancellation"),
        ("do I have to pay a deposit", "en", "paying"),
        ("do the rooms have air conditioning", "en", "rooms"),
        ("do you have a cot for the baby", "en", "children"),
        ("what time is check in", "en", "check-in"),
        ("what is the wifi password", "en", "wifi"),
        ("¿tienen piscina?", "es", "roof-terrace"),
        ("¿admiten perros?", "es", "pets"),
        ("¿a qué hora es el desayuno?", "es", "breakfast"),
        ("¿hay aparcamiento?", "es", "parking"),
        ("¿cómo llego desde el aeropuerto?", "es", "getting-here"),
        ("¿cuánto es la tasa turística?", "es", "taxes"),
        ("¿hasta cuándo puedo cancelar?", "es", "cancellation"),
        ("¿hay que pagar un depósito?", "es", "paying"),
        ("¿las habitaciones tienen aire acondicionado?", "es", "rooms"),
        ("¿tienen cuna para el bebé?", "es", "children"),
        ("¿a qué hora es la entrada?", "es", "check-in"),
        ("¿cuál es la contraseña del wifi?", "es", "wifi"),
    ],
)
def test_the_second_hotel_answers_in_both_its_languages(question: str, language: str, topic: str) -> None:
    answer = knowledge.search(CASA.property_id, question, language)
    assert answer is not None
    assert (answer.topic, "/es/" in answer.source) == (topic, language == "es")


@pytest.mark.parametrize("question", ["do you have a casino", "is there a golf course", "¿tienen pista de tenis?"])
def test_the_second_hotel_does_not_know_everything(question: str) -> None:
    assert knowledge.search(CASA.property_id, question, "es" if "¿" in question else "en") is None
