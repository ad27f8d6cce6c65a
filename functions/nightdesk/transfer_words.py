"""What is said around a warm transfer: to the guest who waits, and to the staff who are asked to take the call. Pure.

The guest is spoken to in the language of the conversation, the staff in the hotel's own. A language that is not here is
spoken to in English.
"""

from __future__ import annotations

from collections.abc import Mapping

_SAID: Mapping[str, Mapping[str, str]] = {
    # to the guest
    "still_looking": {
        "en": "Thank you for waiting. I am still trying to reach {to}.",
        "es": "Gracias por esperar. Sigo intentando hablar con {to}.",
    },
    "nobody": {
        "en": "I am sorry, nobody can take your call right now.",
        "es": "Lo siento, en este momento nadie puede atenderle.",
    },
    "sent_back": {
        "en": "You are back with the assistant. What else can I do for you?",
        "es": "Está de nuevo con el asistente. ¿En qué más puedo ayudarle?",
    },
    # to the staff
    "call": {
        "en": "This is the assistant of {house}, with a guest on the line for {to}.",
        "es": "Le habla el asistente de {house}, con un huésped al teléfono para {to}.",
    },
    "recorded": {"en": "The call is recorded.", "es": "La llamada se graba."},
    "keys": {
        "en": "To take the call, press 1. To decline, press 2.",
        "es": "Para atender la llamada, pulse 1. Para rechazarla, pulse 2.",
    },
    "star": {
        "en": "Later, the star key sends the guest back to the assistant.",
        "es": "Después, la tecla asterisco devuelve el huésped al asistente.",
    },
    "connecting": {"en": "Connecting you now.", "es": "Le paso la llamada."},
    "guest_gone": {
        "en": "The guest is not waiting any more. Thank you. Goodbye.",
        "es": "El huésped ya no está esperando. Gracias. Adiós.",
    },
    "failed": {
        "en": "I am sorry, something went wrong on our side. Goodbye.",
        "es": "Lo siento, algo ha fallado por nuestra parte. Adiós.",
    },
    "declined": {"en": "Thank you. Goodbye.", "es": "Gracias. Adiós."},
    # the summary
    "named": {"en": "It is {name}.", "es": "Es {name}."},
    "calls_from": {
        "en": "The number that calls ends in {ends}.",
        "es": "El número que llama termina en {ends}.",
    },
    "speaks": {"en": "The guest speaks {spoken}.", "es": "El huésped habla {spoken}."},
    "wants": {"en": "What it is about: {text}", "es": "De qué se trata: {text}"},
    "last_words": {"en": "The guest's last words: {text}", "es": "Lo último que ha dicho: {text}"},
    "create_reservation": {
        "en": "In this call a {room} was reserved from {check_in} to {check_out}.",
        "es": "En esta llamada se ha reservado {room}, del {check_in} al {check_out}.",
    },
    "modify_reservation": {
        "en": "In this call a reservation was changed: now {room}, from {check_in} to {check_out}.",
        "es": "En esta llamada se ha cambiado una reserva: ahora {room}, del {check_in} al {check_out}.",
    },
    "cancel_reservation": {
        "en": "In this call a reservation from {check_in} to {check_out} was cancelled.",
        "es": "En esta llamada se ha cancelado una reserva del {check_in} al {check_out}.",
    },
    "lookup_reservation": {
        "en": "The guest has a {room} from {check_in} to {check_out}.",
        "es": "El huésped tiene {room}, del {check_in} al {check_out}.",
    },
    "check_availability": {
        "en": "The guest asked for a room from {check_in} to {check_out}.",
        "es": "El huésped ha preguntado por una habitación del {check_in} al {check_out}.",
    },
    "request_service": {
        "en": "In this call something was asked of {service}{room}: {details}",
        "es": "En esta llamada se ha pedido algo a {service}{room}: {details}",
    },
    "for_room": {"en": " for room {room}", "es": " para la habitación {room}"},
    "take_message": {
        "en": "In this call a message was left for {for_whom}.",
        "es": "En esta llamada se ha dejado un mensaje para {for_whom}.",
    },
    "create_lead": {
        "en": "In this call the guest asked to be called back.",
        "es": "En esta llamada el huésped ha pedido que se le llame.",
    },
    "schedule_callback": {
        "en": "In this call the guest asked to be called back.",
        "es": "En esta llamada el huésped ha pedido que se le llame.",
    },
    "generate_payment_link": {
        "en": "In this call a payment link was sent.",
        "es": "En esta llamada se ha enviado un enlace de pago.",
    },
    "digits": {"en": "a number", "es": "un número"},
}
_LANGUAGES: Mapping[str, Mapping[str, str]] = {
    "en": {"en": "English", "es": "inglés"},
    "es": {"en": "Spanish", "es": "español"},
}
_SERVICES: Mapping[str, Mapping[str, str]] = {
    "housekeeping": {"en": "housekeeping", "es": "limpieza"},
    "maintenance": {"en": "maintenance", "es": "mantenimiento"},
}
_THE_STAFF = {"en": "the staff", "es": "el personal"}


def said(sentence: str, language: str, **facts: object) -> str:
    """One of these sentences, filled in. Raises: KeyError for a sentence that there is not."""
    spoken = _SAID[sentence]
    return spoken.get(language[:2], spoken["en"]).format(**facts)


def knows(sentence: str) -> bool:
    return sentence in _SAID


def name_of_language(spoken: str, language: str) -> str:
    names = _LANGUAGES.get(spoken[:2], {})
    return names.get(language[:2]) or names.get("en") or spoken


def service(name: str, language: str) -> str:
    names = _SERVICES.get(name, _THE_STAFF)
    return names.get(language[:2]) or names["en"]
