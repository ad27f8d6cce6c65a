"""What the hotel says where it turns to the guest by itself: in text messages, and to its staff of calls it promised.

Pure. A language that is not here is answered in English. What is said in a call that we place is in `prompts/outbound`.
"""

from __future__ import annotations

from collections.abc import Mapping

_SAID: Mapping[str, Mapping[str, str]] = {
    "sorry": {
        "en": "I am sorry, something went wrong on our side. Please try again in a moment.",
        "es": "Lo siento, ha habido un problema por nuestra parte. Inténtelo de nuevo en un momento, por favor.",
    },
    "only_words": {
        "en": "I can only read text. Please write to me what it is about.",
        "es": "Solo puedo leer texto. Escríbame de qué se trata, por favor.",
    },
    "enough_texts": {
        "en": "I cannot go on by text today. Please call us at {number}.",
        "es": "Hoy no puedo seguir por mensajes. Llámenos, por favor, al {number}.",
    },
    "stopped": {
        "en": "{hotel}: you will get no more texts from us. Text START to get them again.",
        "es": "{hotel}: no recibirá más mensajes nuestros. Envíe ALTA para volver a recibirlos.",
    },
    "started": {
        "en": "{hotel}: you will get our texts again. Text STOP to end them.",
        "es": "{hotel}: volverá a recibir nuestros mensajes. Envíe BAJA para dejar de recibirlos.",
    },
    "callback_failed": {
        "en": "Please call {name} back at {number}: {reason} They asked for {moment}; {why}.",
        "es": "Por favor, llamen a {name} al {number}: {reason} Pidió la llamada para el {moment}; {why}.",
    },
    "why_unanswered": {
        "en": "the assistant has called {times} times and reached nobody",
        "es": "el asistente ha llamado {times} veces y nadie ha contestado",
    },
    "why_failed": {
        "en": "the assistant has tried {times} times, and the call could not be put through",
        "es": "el asistente lo ha intentado {times} veces y la llamada no se ha podido establecer",
    },
    "why_refused": {
        "en": "the assistant may not or cannot call that number",
        "es": "el asistente no puede llamar a ese número",
    },
    "why_late": {
        "en": "the assistant could not call in time",
        "es": "el asistente no pudo llamar a tiempo",
    },
    "no_calls": {
        "en": "All right, we will not call you any more.",
        "es": "De acuerdo, no le llamaremos más.",
    },
    "rated_badly": {
        "en": "{name} has rated the stay that ended on {stay} {rating} out of 5: {comment}",
        "es": "{name} ha valorado la estancia que terminó el {stay} con un {rating} sobre 5: {comment}",
    },
    "no_comment": {"en": "nothing was said of why.", "es": "no ha dicho por qué."},
    "a_guest": {"en": "a guest", "es": "un huésped"},
    "help": {
        "en": "{hotel}: write what you would like to know, or call {number}. Text STOP to get no more texts.",
        "es": "{hotel}: escriba qué desea saber o llame al {number}. Envíe BAJA para no recibir más mensajes.",
    },
}


def said(sentence: str, language: str, **facts: object) -> str:
    """One of our sentences, filled in. Raises: KeyError for a sentence that there is not."""
    spoken = _SAID[sentence]
    return spoken.get(language[:2], spoken["en"]).format(**facts)
