"""What Twilio's own voice says to a guest: menus of keys, turn by turn, voicemail. In the languages it knows. Pure.

A language that is not here is spoken to in English. The voice is Twilio's, which must be told the language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

from nightdesk import service_words
from nightdesk.hotel.model import Department, Property

_SAID: Mapping[str, Mapping[str, str]] = {
    "language": {
        "en": "For English, press {key}.",
        "es": "Para español, oprima {key}.",
    },
    "person": {
        "en": "For a person, press 0 at any time.",
        "es": "Para hablar con una persona, oprima 0 en cualquier momento.",
    },
    "agent": {
        "en": "To speak with our assistant, press {key}.",
        "es": "Para hablar con nuestro asistente, oprima {key}.",
    },
    "hours": {
        "en": "For our hours, press {key}.",
        "es": "Para conocer nuestros horarios, oprima {key}.",
    },
    "message": {
        "en": "To leave a message, press {key}.",
        "es": "Para dejar un mensaje, oprima {key}.",
    },
    "department": {
        "en": "For {name}, press {key}.",
        "es": "Para {name}, oprima {key}.",
    },
    "not_a_choice": {
        "en": "I am sorry, that is not one of the choices.",
        "es": "Lo siento, esa no es una de las opciones.",
    },
    "only_keys": {
        "en": "I am sorry, I am having trouble with this line. You can go on with the keys of your telephone.",
        "es": "Lo siento, tengo problemas con la línea. Puede seguir con las teclas de su teléfono.",
    },
    "still_there": {
        "en": "Are you still there? You can also press 0 for a person.",
        "es": "¿Sigue ahí? También puede oprimir 0 para hablar con una persona.",
    },
    "stay_times": {
        "en": "Check-in is from {check_in}, and check-out is until {check_out}.",
        "es": "La entrada es a partir de las {check_in} y la salida hasta las {check_out}.",
    },
    "open_always": {
        "en": "You reach {name} at any hour.",
        "es": "Puede hablar con {name} a cualquier hora.",
    },
    "open_today": {
        "en": "Today you reach {name} {hours}.",
        "es": "Hoy puede hablar con {name} {hours}.",
    },
    "closed_today": {
        "en": "Nobody is at {name} today.",
        "es": "Hoy no hay nadie en {name}.",
    },
    "from_to": {
        "en": "from {opens} to {closes}",
        "es": "de {opens} a {closes}",
    },
    "and": {"en": " and ", "es": " y "},
    "connecting": {
        "en": "One moment, I am putting you through to {name}.",
        "es": "Un momento, le paso con {name}.",
    },
    "one_moment": {"en": "One moment, please.", "es": "Un momento, por favor."},
    "no_guest": {
        "en": "I cannot hear anybody on this line, so I will hang up now. You can call us any time. Goodbye.",
        "es": "No oigo a nadie en la línea, así que voy a colgar. Puede llamarnos cuando quiera. Adiós.",
    },
    "lines_busy": {
        "en": "I am sorry, all our lines are busy at the moment.",
        "es": "Lo siento, ahora todas nuestras líneas están ocupadas.",
    },
    "nobody_there": {
        "en": "I am sorry, nobody is answering there.",
        "es": "Lo siento, allí no contesta nadie.",
    },
    "talked_long": {
        "en": "We have been talking for a long time.",
        "es": "Llevamos mucho tiempo hablando.",
    },
    "not_understood": {
        "en": "I am sorry, I do not understand you well enough to help.",
        "es": "Lo siento, no le entiendo lo bastante bien para ayudarle.",
    },
    "line_trouble": {
        "en": "I am sorry, I am having trouble with this line.",
        "es": "Lo siento, tengo problemas con la línea.",
    },
    "putting_through": {
        "en": "I am putting you through to {name}.",
        "es": "Le paso con {name}.",
    },
    "leave_message": {
        "en": "Please leave a message after the tone, with your name and number. Press the pound key when done.",
        "es": "Por favor, deje un mensaje después del tono, con su nombre y su número. Al terminar, pulse almohadilla.",
    },
    "nobody": {
        "en": "I am sorry, nobody can take your call right now.",
        "es": "Lo siento, en este momento nadie puede atenderle.",
    },
    "message_taken": {
        "en": "Thank you. Your message goes to our staff. Goodbye.",
        "es": "Gracias. Su mensaje llegará a nuestro equipo. Adiós.",
    },
    "message_and_call": {
        "en": "Thank you. Your message goes to our staff, and we will call you back {moment}. Goodbye.",
        "es": "Gracias. Su mensaje llegará a nuestro equipo y le llamaremos {moment}. Adiós.",
    },
    "to_be_heard": {  # to the staff
        "en": "A voicemail message: its words are not written down, please listen to it.",
        "es": "Un mensaje en el contestador: no está transcrito, escúchenlo, por favor.",
    },
    "on_tape": {  # what a call back is about, to the guest and to the staff
        "en": "a voicemail message",
        "es": "un mensaje en el contestador",
    },
    "no_message": {
        "en": "I did not hear a message. You can call us any time. Goodbye.",
        "es": "No he oído ningún mensaje. Puede llamarnos cuando quiera. Adiós.",
    },
    "this_is": {"en": "This is {hotel}.", "es": "Le llamamos de {hotel}."},
    "apology": {
        "en": "I am sorry, something went wrong on our side. I am putting you through to {name}.",
        "es": "Lo siento, algo ha fallado por nuestra parte. Le paso con {name}.",
    },
    "at_last": {
        "en": "If you still need us, please call again in a few minutes. Goodbye.",
        "es": "Si aún nos necesita, vuelva a llamar en unos minutos, por favor. Adiós.",
    },
}
# Departments are named in the hotel's own language; these have a name in the others.
_DEPARTMENTS: Mapping[str, Mapping[str, str]] = {
    "front_desk": {"en": "the front desk", "es": "la recepción"},
    "housekeeping": {"en": "housekeeping", "es": "el servicio de limpieza"},
    "maintenance": {"en": "maintenance", "es": "mantenimiento"},
    "management": {"en": "the management", "es": "la dirección"},
    "manager": {"en": "the manager", "es": "la dirección"},
}
# As Twilio names them, for <Say> and for the speech recognition of <Gather>. By the hotel's country: +1 or another.
_LOCALES: Mapping[str, tuple[str, str]] = {"en": ("en-US", "en-GB"), "es": ("es-MX", "es-ES")}

# What is likely to be said next, for Twilio's recognition. Source: Twilio, Gather hints: phrases and class tokens.
_HINTS: Mapping[str, Mapping[str, str]] = {
    "yes_no": {"en": "yes, no, yes please, no thank you", "es": "sí, no, sí por favor, no gracias"},
    "dates": {
        "en": "$MONTH, $DAY, tonight, tomorrow, friday, saturday, for two nights",
        "es": "$MONTH, $DAY, esta noche, mañana, el viernes, el sábado, dos noches",
    },
    "guests": {
        "en": "one guest, two guests, three guests, four guests, two adults, two adults and one child",
        "es": "una persona, dos personas, tres personas, dos adultos, dos adultos y un niño",
    },
    "name": {"en": "$OOV_CLASS_ALPHA_SEQUENCE", "es": "$OOV_CLASS_ALPHA_SEQUENCE"},
    "digits": {"en": "$FULLPHONENUM, $OOV_CLASS_DIGIT_SEQUENCE", "es": "$OOV_CLASS_DIGIT_SEQUENCE"},
}

SPOKEN = frozenset(_LOCALES)


def said(sentence: str, language: str, **facts: object) -> str:
    """One of these sentences, filled in. Raises: KeyError for a sentence that there is not."""
    spoken = _SAID[sentence]
    return spoken.get(language[:2], spoken["en"]).format(**facts)


def hints(expect: str, language: str) -> str:
    """Phrases for the recognition of an answer of this kind, with commas between; "" where anything may be said."""
    likely = _HINTS.get(expect, {})
    return likely.get(language[:2], "")


def locale(hotel: Property | None, language: str) -> str:
    """The language as Twilio's voice and ear want it, like es-MX."""
    american, other = _LOCALES.get(language[:2], _LOCALES["en"])
    return american if hotel is None or hotel.phone_numbers[0].startswith("+1") else other


def department(to: Department, hotel: Property, language: str) -> str:
    if language[:2] == hotel.language[:2]:
        return to.name
    return _DEPARTMENTS.get(to.department, {}).get(language[:2], to.name)


def handing_over(reason: str, to: Department, hotel: Property, language: str) -> str:
    """Before a call goes to people. `reason` is that of POST then, nobody_there, or key; "" needs no words of ours."""
    if not reason:
        return ""
    name = department(to, hotel, language)
    if reason in ("key", "no_key"):
        return said("connecting", language, name=name)
    why = {
        "busy": "lines_busy",
        "nobody_there": "nobody_there",
        "over_time": "talked_long",
        "over_turns": "talked_long",
        "over_budget": "talked_long",
        "no_progress": "not_understood",
        "withheld": "",
        "too_many_calls": "",
    }.get(reason, "line_trouble")
    told = said("putting_through", language, name=name)
    return f"{said(why, language)} {told}" if why else told


def hours(hotel: Property, weekday: int, language: str) -> str:
    """When guests come and go, and who is there on this day (Monday is 0), by the hotel's clock."""
    spoken = [
        said("stay_times", language, check_in=clock(hotel.check_in_time, language), check_out=_until(hotel, language))
    ]
    for each in hotel.departments:
        name = department(each, hotel, language)
        today = [span for span in each.hours if weekday in span.weekdays]
        if not each.hours or any(span.opens == span.closes for span in today):
            if each.department == "front_desk":
                spoken.append(said("open_always", language, name=name))
            continue
        spans = [
            said("from_to", language, opens=clock(s.opens, language), closes=clock(s.closes, language)) for s in today
        ]
        if spans:
            spoken.append(said("open_today", language, name=name, hours=said("and", language).join(spans)))
        else:
            spoken.append(said("closed_today", language, name=name))
    return " ".join(spoken)


def _until(hotel: Property, language: str) -> str:
    return clock(hotel.check_out_time, language)


def moment(local: datetime, today: date, language: str) -> str:
    """When, as seen from `today`: "today at 3 PM", "on Friday at 9 AM"."""
    at = clock(local.time(), language)
    days = (local.date() - today).days
    if language[:2] == "es":
        day = {0: "hoy", 1: "mañana"}.get(days, f"el {service_words.day(local.date(), language)}")
        return f"{day} a las {at}"
    day = {0: "today", 1: "tomorrow"}.get(days, f"on {service_words.day(local.date(), language)}")
    return f"{day} at {at}"


def clock(value: time, language: str) -> str:
    """3 PM, 3:30 PM; 15:00."""
    if language[:2] == "es":
        return f"{value.hour}:{value.minute:02d}"
    minutes = f":{value.minute:02d}" if value.minute else ""
    return f"{value.hour % 12 or 12}{minutes} {'AM' if value.hour < 12 else 'PM'}"


def languages(offered: Sequence[str]) -> list[tuple[str, str]]:
    """The choice of a language, each in itself: pairs of a sentence and its language. The keys count from 1."""
    return [(said("language", language, key=key), language) for key, language in enumerate(offered, 1)]
