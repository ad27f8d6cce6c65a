"""What the staff hears before it takes a call: who is on the line, what they want, what was done for them. Pure.

Short, since a guest is waiting; in the hotel's language; and without any long number, whoever spoke or wrote it: a card
number is for nobody's ear, and a telephone number is told by its ending.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from nightdesk import phones, service_words
from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel.model import Property
from nightdesk.transfer_words import knows, name_of_language, said, service

if TYPE_CHECKING:
    from nightdesk.hotel.leads import Lead

LONGEST = 600
"""Characters: some forty seconds of speech."""
_LONGEST_QUOTE = 160
_MOST_DEEDS = 2
_ABOUT_PEOPLE = ("create_lead", "create_reservation", "modify_reservation", "lookup_reservation", "cancel_reservation")
# Six digits and more, in figures or in words, whatever stands between them.
_FIGURES = re.compile(r"\d(?:[\s.,/-]*\d){5,}")
_DIGIT_WORD = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple|"
    r"cero|un[oa]?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|doble)"
)
_WORDS = re.compile(rf"\b{_DIGIT_WORD}\b(?:[\s,.-]+{_DIGIT_WORD}\b){{5,}}", re.IGNORECASE)


def summary(
    session: Session, hotel: Property, turns: Sequence[Turn], calls: Sequence[ToolCall], leads: Sequence[Lead]
) -> str:
    """A few sentences, at most LONGEST characters, in the hotel's language."""
    language = hotel.language
    done = [call for call in calls if call.answer is not None and call.answer["ok"]]
    sentences = [
        _who(done, leads, language),
        _line(session, language),
        _speaks(session, language),
        _wants(turns, done, language),
        *_deeds(done, language),
    ]
    text = ""
    for sentence in filter(None, sentences):
        if len(text) + len(sentence) < LONGEST:
            text = f"{text} {sentence}".strip()
    return text


def without_numbers(text: str, language: str) -> str:
    """The same text, but for runs of six digits or more."""
    number = said("digits", language)
    return _WORDS.sub(number, _FIGURES.sub(number, text))


def _who(done: Sequence[ToolCall], leads: Sequence[Lead], language: str) -> str:
    """A name that the guest has left or shown a reservation for; the newest."""
    lead = next((lead.name for lead in reversed(leads) if lead.name), "")
    for call in reversed(done):
        if call.name in _ABOUT_PEOPLE:
            known = str(call.engine_result.get("last_name") or (lead if call.name == "create_lead" else ""))
            first = str(call.arguments.get("first_name") or "") if call.name == "create_reservation" else ""
            if known:
                return said("named", language, name=_plain(f"{first} {known}".strip(), language))
    return said("named", language, name=_plain(lead, language)) if lead else ""


def _line(session: Session, language: str) -> str:
    ends = service_words.digits(phones.last4(session.caller_id))
    return said("calls_from", language, ends=ends) if ends else ""


def _speaks(session: Session, language: str) -> str:
    if session.language[:2] == language[:2]:
        return ""
    return said("speaks", language, spoken=name_of_language(session.language, language))


def _wants(turns: Sequence[Turn], done: Sequence[ToolCall], language: str) -> str:
    """The reason that was given for the transfer; without one the guest's last words."""
    for call in reversed(done):
        if call.name == "transfer_to_human" and (reason := str(call.arguments.get("reason") or "").strip()):
            return said("wants", language, text=_quoted(reason, language))
    words = next((turn.text for turn in reversed(turns) if turn.role == "user" and turn.text), "")
    return said("last_words", language, text=_quoted(words, language)) if words else ""


def _deeds(done: Sequence[ToolCall], language: str) -> list[str]:
    """The newest that was done, each kind once, the older first."""
    found: dict[str, str] = {}
    for call in reversed(done):
        if call.name not in found and knows(call.name) and (sentence := _deed(call, language)):
            found[call.name] = sentence
    if len(found) > 1:
        found.pop("check_availability", None)  # what came of it is told
    return list(found.values())[:_MOST_DEEDS][::-1]


def _deed(call: ToolCall, language: str) -> str:
    result = call.engine_result
    facts: dict[str, str] = {}
    try:
        facts["check_in"] = service_words.day(date.fromisoformat(str(result.get("check_in"))), language)
        facts["check_out"] = service_words.day(date.fromisoformat(str(result.get("check_out"))), language)
    except ValueError:
        pass
    facts["room"] = _text(result, "name")
    if call.name == "request_service":
        facts["room"] = said("for_room", language, room=number) if (number := _text(result, "room")) else ""
        facts["details"] = _quoted(_text(result, "details"), language)
    facts["for_whom"] = _plain(_text(result, "for_whom"), language)
    facts["service"] = service(_text(result, "service"), language)
    try:
        return said(call.name, language, **facts)
    except KeyError:  # a result of before the last change of the tool
        return ""


def _text(result: Mapping[str, Any], name: str) -> str:
    return str(result.get(name) or "")


def _quoted(text: str, language: str) -> str:
    plain = _plain(text, language)
    if len(plain) > _LONGEST_QUOTE:
        plain = plain[:_LONGEST_QUOTE].rsplit(" ", 1)[0] + "..."
    return plain if plain.endswith((".", "!", "?")) else plain + "."


def _plain(text: str, language: str) -> str:
    return " ".join(without_numbers(text, language).split())
