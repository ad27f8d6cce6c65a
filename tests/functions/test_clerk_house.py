"""The clerk with the hotel's real tools over the wire: /clerk, /tools and /sessions, as relay and engine use them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nightdesk.hotel.memory import MemoryStore

from .conftest import CALLER, SESSION_ID, Service
from .schemas import validator

NEXT_STREAM = "MZ" + "f" * 32
WISH = "do you have a room for two nights from friday for two adults and a dog"


@dataclass
class Call:
    """One phone call. It is a Friday noon at the hotel, so "friday" is today."""

    service: Service
    attempt: int = 1
    turn: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def guest(self, *lines: str) -> str:
        for line in lines:
            if line.startswith("#"):
                self._key(line[1:])
            else:
                self._store("user", line)
            self.agent()
        return self.said[-1]

    def agent(self, instructions: str = "") -> None:
        """Ask the clerk until it has said something to be answered."""
        for _ in range(5):
            asked = {"v": 1, "property_id": "", "session_id": SESSION_ID, "channel": "voice", "language": "en"}
            answer = self.service.post("/clerk", {**asked, "history": self.history, "instructions": instructions})
            body = answer.get_json()
            validator("clerk", "answer").validate(body)
            instructions = ""
            if body["say"]:
                self._store("assistant", body["say"])
                self.said.append(body["say"])
            if "tool_call" not in body:
                return
            self._run(**body["tool_call"])
        raise AssertionError("the clerk does not come to an end")

    def _store(self, role: str, text: str) -> None:
        self.turn += 1
        item = f"item_{self.attempt}_{self.turn}"
        where = {"audio_start_ms": self.turn * 1000, "audio_end_ms": self.turn * 1000 + 900} if role == "user" else {}
        stored = self.service.turn(self.turn, role, text, self.attempt, item_id=item, **where)
        assert stored.status_code == 200
        self.history.append({"type": "message", "role": role, "text": text, "item_id": item})

    def _run(self, name: str, arguments: dict[str, Any]) -> None:
        self.turn += 1
        call_id = f"call_{self.attempt}_{self.turn}"
        body = self.service.tool(name, call_id, **arguments, _attempt=self.attempt, _turn=self.turn).get_json()
        result = body["result"] if body["ok"] else {"error": body["error"]}
        entry = {"type": "tool", "tool_call_id": call_id, "name": name, "arguments": arguments, "result": result}
        self.history.append(entry)

    def _key(self, keys: str) -> None:
        answer = self.service.tool("handle_ivr_menu", f"dtmf-{self.attempt}-{self.turn}", keys=keys, _turn=self.turn)
        self.history.append({"type": "message", "role": "system", "text": answer.get_json()["result"]["note"]})


def tools_used(call: Call) -> Sequence[str]:
    return [entry["name"] for entry in call.history if entry["type"] == "tool"]


def test_a_room_is_priced_by_the_house_and_the_lead_is_in_its_books(call: Service, store: MemoryStore) -> None:
    line = Call(call)
    line.agent('Say exactly: "Thank you for calling West Bethel Motel. How may I help you?"')
    assert line.guest(WISH) == (
        "For two nights from Friday, November 20, for two adults and one pet, the Standard Queen is $335.72 in total,"
        " with the pet fee and tax. Shall I take your name and number, so the front desk can confirm it with you?"
    )
    assert "the Suite is $597.32 in total, with the pet fee and tax." in line.guest("how much is the suite")
    assert line.guest("do you allow pets").startswith("Pets are welcome")
    said = line.guest("yes please", "alex morgan", "yes", "yes")
    assert said == "Thank you. We will call you back on the number ending in 0 1 4 2. Anything else?"
    (lead,) = store.leads(SESSION_ID)
    assert (lead.phone, lead.phone_source, lead.name, lead.name_confirmed) == (
        CALLER,
        "caller_line",
        "Alex Morgan",
        False,
    )
    assert (lead.room_type, lead.check_in, lead.check_out) == ("suite", date(2026, 11, 20), date(2026, 11, 22))
    assert lead.name_clip is not None
    assert "$597.32" in lead.notes
    assert line.guest("no thank you goodbye") == "Thank you for calling West Bethel Motel. Goodbye."
    assert tools_used(line) == ["check_availability", "search_kb", "create_lead", "end_call"]


def test_a_keyed_number_is_used_and_stays_out_of_the_history(call: Service, store: MemoryStore) -> None:
    line = Call(call)
    assert line.guest(WISH, "yes", "alex morgan", "no") == (
        "Please type the number on your keypad, then press the pound key."
    )
    assert line.guest("#123").startswith("I am sorry, that was not a full phone number.")
    assert line.guest("#2075550199#").endswith("and will use the number ending in 99. Is all of that right?")
    line.guest("yes")
    assert [lead.phone for lead in store.leads(SESSION_ID)] == ["+12075550199"]
    assert "2075550199" not in str(line.history)


def test_what_the_house_refuses_is_explained_and_can_be_changed(call: Service) -> None:
    line = Call(call)
    assert line.guest("a room for tonight for two adults and three dogs") == (
        "I am sorry, we take two pets in a room at most. What shall I change?"
    )
    assert "for two adults and two pets" in line.guest("two dogs")
    assert line.guest("no six adults").startswith("Our largest room takes four guests.")
    assert "for four adults" in line.guest("four adults")


def test_a_day_too_far_ahead_is_not_looked_up_twice(call: Service) -> None:
    line = Call(call)
    said = line.guest("one night from november twentieth twenty twenty eight for two adults")
    assert said == "I am sorry, I cannot look up those dates. Would you like to try other dates?"
    assert "Saturday, November 21" in line.guest("tomorrow")


def test_a_question_nobody_has_an_answer_to_offers_a_person(call: Service) -> None:
    line = Call(call)
    assert line.guest("do you have a casino") == (
        "I am sorry, I do not know that. Shall I connect you with the front desk?"
    )
    assert line.guest("yes please") == "One moment, I am connecting you."
    assert tools_used(line) == ["search_kb", "transfer_to_human"]


def test_another_attempt_goes_on_where_the_first_broke(
    call: Service, token: Callable[..., str], store: MemoryStore
) -> None:
    line = Call(call)
    line.agent('Say exactly: "Thank you for calling West Bethel Motel. How may I help you?"')
    line.guest(WISH, "yes", "alex morgan")
    set_up = call.session(token(attempt=2), stream_sid=NEXT_STREAM).get_json()
    again = Call(call, attempt=2, history=set_up["history"])
    again.agent(set_up["opening"]["instructions"])
    assert again.said == ["I am sorry, we were cut off. Shall we use the number you are calling from, ending in 42?"]
    again.guest("yes", "yes", "no goodbye")
    assert len(store.leads(SESSION_ID)) == 1
    assert tools_used(again) == ["check_availability", "create_lead", "end_call"]


def test_a_booking_is_made_changed_and_cancelled_in_the_houses_books(call: Service, store: MemoryStore) -> None:
    line = Call(call)
    assert line.guest("do you have a room for two nights from friday for two adults", "i want to book it").endswith(
        "Which rate would you like: the standard one, for $281.22, or the non-refundable one, for $253.10?"
    )
    line.guest("the standard one", "s m i t h", "yes")
    assert "Your confirmation code is" in line.guest("yes")
    assert line.guest("no", "i want to change my booking") == "What shall I change?"
    assert line.guest("three nights").startswith("I will change your booking to three nights, for $421.83 in total.")
    assert line.guest("yes").startswith("It is now a Standard Queen for three nights")
    (made,) = store.reservations_of(SESSION_ID)
    assert (made.last_name, made.status, made.phone, len(made.nights)) == ("Smith", "held", CALLER, 3)
    assert line.guest("cancel my booking").endswith("is free of charge. Shall I cancel the booking?")
    assert line.guest("yes") == "Your reservation is cancelled, free of charge. Anything else?"
    assert [r.status for r in store.reservations_of(SESSION_ID)] == ["cancelled"]


def test_in_spanish_the_house_does_the_same(call: Service, store: MemoryStore) -> None:
    line = Call(call)
    line.guest(
        *("español por favor", "quiero reservar una habitación para el viernes", "dos noches", "dos"),
        *("la no reembolsable", "garcía"),
    )
    assert "A nombre de García" in line.guest("sí")
    assert "Su código de confirmación es" in line.guest("sí")
    (made,) = store.reservations_of(SESSION_ID)
    assert (made.last_name, made.quote.rate_plan) == ("García", "non_refundable")
    assert line.guest("no", "despiértenme mañana a las siete", "ciento uno", "sí").startswith("He anotado una llamada")
    assert tools_used(line) == ["set_language", "check_availability", "create_reservation", "request_service"]


def test_in_spanish_the_house_refuses_in_spanish(call: Service) -> None:
    line = Call(call)
    said = line.guest("español por favor", "una habitación para esta noche para dos adultos y tres perros", "una noche")
    assert said == "Lo siento, admitimos dos mascotas por habitación como mucho. ¿Qué cambio?"
    line = Call(call)
    wrong = ("quiero cancelar mi reserva", "uno dos tres cuatro cinco seis siete ocho", "sí", "garcía")
    assert line.guest("español por favor", *wrong, "sí").startswith("No encuentro ninguna reserva con ese código")
