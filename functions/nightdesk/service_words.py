"""What the desk says of messages, requests, callbacks, texts and the line, in the languages it knows. Pure.

Facts come in, nothing is decided here. A language that is not here is answered in English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from nightdesk.hotel.model import Recommendation
from nightdesk.spoken import day, digits, moment

__all__ = ["day", "digits", "moment", "places", "request", "said", "transfer"]

_SAID: Mapping[str, Mapping[str, str]] = {
    "message": {
        "en": "I have noted your message for {whom}.",
        "es": "He anotado su mensaje para {whom}.",
    },
    "urgent": {
        "en": "I have noted your message for {whom} and marked it urgent.",
        "es": "He anotado su mensaje para {whom} como urgente.",
    },
    "request": {
        "en": "I have noted {what}{room}{when}. Our staff will see to it.",
        "es": "He anotado {what}{room}{when}. Nuestro equipo se encargará.",
    },
    "room": {"en": " for room {room}", "es": " para la habitación {room}"},
    "when": {"en": " for {moment}", "es": " para {moment}"},
    "late_check_out": {
        "en": "I have asked the front desk for a late check-out{when}. They will tell you whether it is possible.",
        "es": "He pedido a recepción una salida más tarde{when}. Le dirán si es posible.",
    },
    "callback": {
        "en": "We will call you on {moment}, on the number ending in {ends}.",
        "es": "Le llamaremos el {moment}, al número que termina en {ends}.",
    },
    "hold": {
        "en": "Please hold for about {seconds} seconds. I will be right back.",
        "es": "Por favor, espere unos {seconds} segundos. Enseguida vuelvo.",
    },
    "held": {"en": "Thank you for holding.", "es": "Gracias por esperar."},
    "transfer": {
        "en": "One moment, I am putting you through to {to}.",
        "es": "Un momento, le paso con {to}.",
    },
    "transfer_instead": {
        "en": "Nobody is at {wanted} now. One moment, I am putting you through to {to}.",
        "es": "Ahora no hay nadie en {wanted}. Un momento, le paso con {to}.",
    },
    "language": {"en": "Of course, let us speak English.", "es": "Por supuesto, hablemos en español."},
    "sent": {
        "en": "I have sent it to the number ending in {ends}.",
        "es": "Se lo he enviado al número que termina en {ends}.",
    },
    "no_caller_number": {
        "en": "I cannot see your number. Please key your phone number, then press the pound key.",
        "es": "No veo su número. Por favor, márquelo y pulse la tecla almohadilla.",
    },
    "no_keypad_number": {
        "en": "Please key your phone number, then press the pound key.",
        "es": "Por favor, marque su número de teléfono y pulse la tecla almohadilla.",
    },
    "bad_phone_number": {
        "en": "I did not get that number. Please key it, then press the pound key.",
        "es": "No he entendido el número. Por favor, márquelo y pulse la tecla almohadilla.",
    },
    "not_known": {
        "en": "I am sorry, I do not know that. Shall I have somebody call you back?",
        "es": "Lo siento, no lo sé. ¿Quiere que alguien le llame?",
    },
    "lead": {
        "en": "Thank you. We will call you back on the number ending in {ends}.",
        "es": "Gracias. Le llamaremos al número que termina en {ends}.",
    },
    "lead_of": {
        "en": "Thank you, {name}. We will call you back on the number ending in {ends}.",
        "es": "Gracias, {name}. Le llamaremos al número que termina en {ends}.",
    },
    "no_such_place": {
        "en": "I am sorry, I know no such place. Shall I ask the front desk?",
        "es": "Lo siento, no conozco ningún sitio así. ¿Pregunto en recepción?",
    },
    "no_sms_country": {
        "en": "I am sorry, I cannot send texts to that country.",
        "es": "Lo siento, no puedo enviar mensajes a ese país.",
    },
    "no_sms_number": {
        "en": "I am sorry, that number does not take texts. You can key another one and press the pound key.",
        "es": "Lo siento, ese número no recibe mensajes. Puede marcar otro y pulsar la tecla almohadilla.",
    },
    "opted_out": {
        "en": "That number has asked us to send no texts, so I cannot.",
        "es": "Ese número nos ha pedido no recibir mensajes, así que no puedo.",
    },
    "too_many_texts": {
        "en": "I am sorry, I have sent as many texts there as I may today.",
        "es": "Lo siento, ya he enviado a ese número todos los mensajes que puedo hoy.",
    },
    "sms_unavailable": {
        "en": "I am sorry, I cannot send texts right now.",
        "es": "Lo siento, ahora no puedo enviar mensajes.",
    },
    "sms_in_doubt": {
        "en": "I am not sure whether the text went out. Please look whether it has arrived.",
        "es": "No estoy seguro de que el mensaje haya salido. Por favor, mire si le ha llegado.",
    },
    "rated": {
        "en": "Thank you, I have noted {rating} out of five.",
        "es": "Gracias, he anotado un {rating} sobre cinco.",
    },
    "rated_badly": {
        "en": "I am sorry that it was no better than {rating} out of five. I have told our staff.",
        "es": "Siento que no haya sido más que un {rating} sobre cinco. Se lo he dicho a nuestro equipo.",
    },
    "commented": {
        "en": "Thank you, I have noted what you said.",
        "es": "Gracias, he anotado lo que ha dicho.",
    },
    "commented_badly": {
        "en": "Thank you. Our staff will read that.",
        "es": "Gracias. Nuestro equipo lo leerá.",
    },
    "not_verified": {
        "en": "For that I first need your confirmation code and your last name.",
        "es": "Para eso necesito primero su código de confirmación y su apellido.",
    },
    "nothing_to_send": {
        "en": "I am sorry, there is nothing that I could send.",
        "es": "Lo siento, no hay nada que pueda enviar.",
    },
}
_SERVICES: Mapping[str, Mapping[str, str]] = {
    "housekeeping": {"en": "a request for housekeeping", "es": "una petición para limpieza"},
    "maintenance": {"en": "a request for maintenance", "es": "un aviso para mantenimiento"},
    "wake_up_call": {"en": "a wake-up call", "es": "una llamada para despertarle"},
    "cot": {"en": "a cot", "es": "una cuna"},
    "lost_and_found": {"en": "what you have lost", "es": "lo que ha perdido"},
}


def said(sentence: str, language: str, **facts: object) -> str:
    """One of our sentences, filled in. Raises: KeyError for a sentence that there is not."""
    spoken = _SAID[sentence]
    return spoken.get(language[:2], spoken["en"]).format(**facts)


def request(service: str, room: str, local: datetime | None, language: str) -> str:
    when = said("when", language, moment=moment(local, language)) if local else ""
    if service == "late_check_out":
        return said("late_check_out", language, when=when)
    what = _SERVICES[service]
    where = said("room", language, room=room) if room else ""
    return said("request", language, what=what.get(language[:2], what["en"]), room=where, when=when)


def transfer(wanted: str, to: str, language: str) -> str:
    """`wanted` is whom the guest asked for, `to` who is there, as `language` names them."""
    sentence = "transfer" if wanted == to else "transfer_instead"
    return said(sentence, language, wanted=wanted, to=to)


def places(found: Sequence[Recommendation]) -> str:
    """As the hotel's file has them: in the language that it is written in."""
    return " ".join(f"{place.name[0].upper()}{place.name[1:]}: {place.details}" for place in found)
