"""What is said in Spanish. Most tools speak English only, so what they have done is told here, from their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from nightdesk.dialogue import spelling
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.sentences_es import SpanishSentences
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.stay import Stay
from nightdesk.dialogue.tasks import Task, iso_date

_WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS = (
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
)
_LOCALISED = frozenset(
    {
        *(Want.MESSAGE, Want.APPOINTMENT, Want.TEXT, Want.HOUSEKEEPING, Want.MAINTENANCE, Want.WAKE_UP_CALL),
        *(Want.LATE_CHECK_OUT, Want.COT, Want.LOST_AND_FOUND),
        *("search_kb", Want.ON_HOLD),
    }
)
"""Whose tools speak the language of the session (service_words.py)."""


class Spanish(SpanishSentences):
    _COUNTS = (
        "ninguna",
        "una",
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "seis",
        "siete",
        "ocho",
        "nueve",
        "diez",
        "once",
        "doce",
    )
    _TEMPLATES: ClassVar[Mapping[str, str]] = {
        "directions": "las indicaciones para llegar",
        "confirmation": "su confirmación",
        "payment_link": "el enlace de pago",
        "callback": "la hora de la llamada",
    }

    def tool_speaks(self, tool_or_task: Want | str) -> bool:
        return tool_or_task in _LOCALISED

    def goodbye(self, property_name: str, in_writing: bool = False) -> str:
        return f"{property_name} le da las gracias por {'escribirnos' if in_writing else 'su llamada'}. Adiós."

    def give_up(self, property_name: str, in_writing: bool = False) -> str:
        again = "Escríbanos" if in_writing else "Llámenos"
        return (
            f"Siento no haber podido ayudarle. {again} otra vez, por favor. {self.goodbye(property_name, in_writing)}"
        )

    def day(self, day: date) -> str:
        return f"{_WEEKDAYS[day.weekday()]} {day.day} de {_MONTHS[day.month - 1]}"

    def dates(self, stay: Stay) -> str:
        parts = [self._nights(stay.nights)] if stay.nights else []
        if stay.check_in:
            parts.append(f"{'desde el' if parts else 'El'} {self.day(stay.check_in)}")
        return _sentence(" ".join(parts))

    def offer(self, stay: Stay, offer: Mapping[str, Any]) -> str:
        if not stay.check_in or not stay.nights:
            return ""
        when = f"{self._nights(stay.nights)} desde el {self.day(stay.check_in)}"
        price = f"la {offer['name']} cuesta {self._total(offer)} en total{self._fixed(offer)}"
        return f"Para {when}, para {self._party(stay)}, {price}."

    def other_offers(self, offers: Sequence[Mapping[str, Any]]) -> str:
        said = [f"la {offer['name']} cuesta {self._total(offer)}" for offer in offers[:3]]
        return _sentence(f"{self.listed(said)} en total") if said else self.no_rooms

    def read_back(self, state: State) -> str:
        lead = state.lead
        parts = ["Se lo repito.", self._stay_and_price(state) or "La recepción le llamará."]
        if state.in_writing:
            parts.append(f"Su nombre es {lead.name}, y usaremos el número que termina en {lead.phone[-2:]}.")
        else:
            line = " desde el que llama," if lead.phone_source == "caller_line" else ""
            parts.append(
                f"Tenemos su nombre tal como lo dijo, y usaremos el número{line} que termina en {lead.phone[-2:]}."
            )
        return " ".join(parts)

    def task_read_back(self, state: State, task: Task) -> str:
        number = task.get("room") if state.in_writing else spelling.spaced(task.get("room"))
        room = f" para la habitación {number}" if number else ""
        of_room = room.replace(" para la", ",")
        when = self._when(task)
        match task.kind:
            case Want.BOOK:
                phone = f", con el número que termina en {state.phone_ends}" if state.phone_source else ""
                name = f"{state.who.first_name} {state.who.last_name}".strip()
                return f"Se lo repito. {self._stay_and_price(state)} A nombre de {name}{phone}."
            case Want.CHANGE:
                return self._changes(task)
            case Want.MESSAGE:
                urgent = "un mensaje urgente" if task.get("urgent") else "un mensaje"
                return f"Tengo {urgent} para {task.get('for_whom')}: {_sentence(task.get('message'))}"
            case Want.APPOINTMENT:
                phone = f"al número que termina en {state.phone_ends}"
                return f"Le llamaremos{when}, {phone}, por lo siguiente: {_sentence(task.get('reason'))}"
            case Want.WAKE_UP_CALL:
                return f"Una llamada para despertarle{room}{when}."
            case Want.LATE_CHECK_OUT:
                return f"Una salida más tarde{room}{when}, si es posible."
            case Want.COT:
                return f"Una cama o cuna{room}{when}."
            case Want.HOUSEKEEPING:
                return f"Para el servicio de limpieza{of_room}: {_sentence(task.get('details'))}"
            case Want.MAINTENANCE:
                return f"Para mantenimiento{of_room}: {_sentence(task.get('details'))}"
            case Want.LOST_AND_FOUND:
                return f"Para objetos perdidos{of_room}: {_sentence(task.get('details'))}"
            case Want.TEXT:
                return f"Puedo enviarle {self._TEMPLATES.get(task.get('template'), '')}."
        return ""

    def done(self, outcome: Outcome) -> str:
        result = outcome.result
        if outcome.about is not None and self.tool_speaks(outcome.about) and outcome.text:
            return outcome.text
        match outcome.about:
            case Want.BOOK:
                code = f"Su código de confirmación es {spelling.spaced(str(result.get('confirmation_code', '')))}."
                firm = "Queda confirmada." if result.get("status") != "held" else self._binding(result)
                return f"Le he reservado la {result.get('name')}, por {result.get('total')} en total. {code} {firm}"
            case Want.LOOK_UP:
                return f"He encontrado su reserva: {self._found(result)}."
            case Want.CHANGE:
                return f"He cambiado su reserva: {self._found(result)}."
            case Want.CANCEL:
                cost = f"Los gastos son {result.get('fee')}." if result.get("fee_cents") else "No tiene gastos."
                return f"He cancelado su reserva. {cost}"
            case Want.PAY if result.get("phone_last4"):
                ends = spelling.spaced(str(result["phone_last4"]))
                return f"Le he enviado el enlace de pago al número que termina en {ends}."
            case Want.PAY:
                return "Ya tiene el enlace de pago en la pantalla."
            case Want.CONCIERGE:
                return self._places(result)
            case Want.HISTORY:
                return self.has_called if result.get("calls") else self.has_not_called
        return "Ya está hecho."

    def quoted(self, task: Task) -> str:
        fee = task.result.get("fee")
        return f"Cancelar cuesta {fee}." if task.result.get("fee_cents") else "Cancelar no tiene gastos."

    def notes(self, state: State) -> str:
        stay, offer = state.stay, state.offer
        if not (state.wants_stay and offer and stay.check_in and stay.nights):
            return "Pide que le llamen. Habla español."
        when = f"{stay.nights} noches desde {stay.check_in.isoformat()}"
        price = f"{self._total(offer)} por la {offer['name']}{self._fixed(offer)}"
        return f"{when}, {self._party(stay)}. Se le ha dicho {price}. Habla español."

    def _binding(self, result: Mapping[str, Any]) -> str:
        how = "dejar una tarjeta" if result.get("binding_by") == "card" else "pagar"
        day, _, time = str(result.get("held_until") or "").partition(" ")
        until = f"hasta el {self.day(date.fromisoformat(day))} a las {_clock(time)}" if time else "por ahora"
        return f"Se la guardo {until}: para confirmarla hay que {how} con el enlace de pago."

    def _found(self, result: Mapping[str, Any]) -> str:
        stay = Stay(
            iso_date(result.get("check_in")), int(result.get("nights") or 0) or None, int(result.get("adults") or 1)
        )
        when = (
            f"{self._nights(stay.nights)} desde el {self.day(stay.check_in)}" if stay.check_in and stay.nights else ""
        )
        parts = [f"la {result.get('name')}", when, f"por {result.get('total')} en total"]
        return ", ".join(part for part in parts if part)

    def _places(self, result: Mapping[str, Any]) -> str:
        """The places by name, with the hotel's own words for them."""
        places = [place for place in result.get("places") or () if isinstance(place, Mapping)][:2]
        said = [f"{place.get('name')}: {str(place.get('details', '')).rstrip('.')}." for place in places]
        return " ".join(["Le recomiendo lo siguiente.", *said]) if said else str(result.get("answer") or self.not_known)

    def _stay_and_price(self, state: State) -> str:
        stay, offer = state.stay, state.offer
        if not (state.wants_stay and offer and stay.check_in and stay.nights):
            return ""
        when = f"{self._nights(stay.nights)} desde el {self.day(stay.check_in)}"
        return _sentence(
            f"{when}, para {self._party(stay)}, en la {offer['name']}, por {self._total(offer)} en total"
            f"{self._fixed(offer)}"
        )

    def _changes(self, task: Task) -> str:
        parts = []
        if check_in := task.get("check_in"):
            parts.append(f"llegada el {self.day(date.fromisoformat(check_in))}")
        if nights := task.get("nights"):
            parts.append(self._nights(int(nights)))
        for slot, one, many in (("adults", "un adulto", "adultos"), ("children", "un niño", "niños"),
                                ("pets", "una mascota", "mascotas")):  # fmt: skip
            if task.get(slot):
                parts.append(self._count(int(task.get(slot)), one, many))
        if room := task.get("room_type"):
            parts.append(f"una {room.replace('_', ' ').title()}")
        total = task.result.get("new_total")
        price = f", por {total} en total" if total else ", al precio de hoy"
        return f"Cambio su reserva a {self.listed(parts)}{price}."

    def _when(self, task: Task) -> str:
        day, time = task.get("day"), task.get("time")
        said = f" el {self.day(date.fromisoformat(day))}" if day else ""
        until = "hasta" if task.kind is Want.LATE_CHECK_OUT else "a"
        return f"{said} {until} {'la' if time.startswith(('01', '13')) else 'las'} {_clock(time)}" if time else said

    def _party(self, stay: Stay) -> str:
        parts = [self._count(stay.adults or 1, "un adulto", "adultos")]
        if stay.children:
            parts.append(self._count(stay.children, "un niño", "niños"))
        if stay.pets:
            parts.append(self._count(stay.pets, "una mascota", "mascotas"))
        return self.listed(parts)

    def _nights(self, nights: int) -> str:
        return self._count(nights, "una noche", "noches")

    def _count(self, number: int, one: str, many: str) -> str:
        if number == 1:
            return one
        if number == 0:
            return f"sin {many}"
        return f"{self._COUNTS[number] if number < len(self._COUNTS) else number} {many}"

    @staticmethod
    def _fixed(offer: Mapping[str, Any]) -> str:
        """What the guest gives up for the cheaper of two rates."""
        return ", no reembolsable" if offer.get("refundable") is False else ""

    @staticmethod
    def _total(offer: Mapping[str, Any]) -> str:
        """The tool's own words for its total: no price is computed or written here."""
        return str(offer["total"])


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _clock(time: str) -> str:
    hour, minute = (int(part) for part in time.split(":"))
    return f"{hour}:{minute:02d}"
