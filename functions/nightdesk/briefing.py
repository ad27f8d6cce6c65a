"""What the engine is told: the instructions of a session, made of the files in `prompts/` and of the hotel's facts.

They begin with what is the same for every call of every hotel, then come the tools of this channel, the hotel, and
last the call: the longer the common beginning, the more of it an engine takes from its cache. Only tools that are
offered are spoken of.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, time
from functools import cache
from pathlib import Path

from nightdesk import guests, outbound_scripts, phones, spoken, words
from nightdesk.conversation import Session
from nightdesk.hotel.model import Department, Property
from nightdesk.hotel.records import Guest

_PROMPTS = Path(__file__).parent / "prompts"
_LANGUAGES = {"en": "English", "es": "Spanish"}


def instructions(
    session: Session, hotel: Property, offered: Collection[str], now: datetime, guest: Guest | None = None
) -> str:
    """For an engine that speaks and decides by itself. `offered`: the names of its tools.

    `guest`: whom the hotel knows by the number that calls, if anybody.
    """
    screen = [] if session.channel == "voice" else [_prompt("kiosk")]
    parts = [_prompt("agent"), tools(offered), *screen, about_hotel(hotel), about_call(session, hotel, now, guest)]
    return "\n\n".join(parts)


def for_voice(session: Session, hotel: Property, now: datetime) -> str:
    """For GPT-Live's voice, which knows three policies and leaves the rest to the one behind it."""
    named = f"# The hotel: {hotel.name}\n{_manner(hotel)}\n- {_spoken_languages(hotel, session.language)}"
    return "\n\n".join([_prompt("live"), named, about_call(session, hotel, now)])


def for_backend(
    session: Session, hotel: Property, offered: Collection[str], now: datetime, guest: Guest | None = None
) -> str:
    """For the text model behind GPT-Live's voice: the same briefing, with another beginning."""
    return "\n\n".join([_prompt("live_backend"), instructions(session, hotel, offered, now, guest)])


@cache
def _tool_sections() -> list[list[str]]:
    return [section.splitlines() for section in re.split(r"\n\n+", _prompt("tools"))]


def tools(offered: Collection[str]) -> str:
    """The policy of the tools that are offered: a line about another one is left out, and a heading without lines."""
    kept = []
    for lines in _tool_sections():
        about = [(line, re.match(r"- `(\w+)`", line)) for line in lines]
        left = [line for line, tool in about if tool is None or tool[1] in offered]
        if len(left) > 1 or not lines[0].startswith("## "):
            kept.append("\n".join(left))
    return "\n\n".join(kept)


def about_hotel(hotel: Property) -> str:
    """What is the same for every call of this hotel."""
    rooms = [
        f"  - {room.name} ({room.room_type}), for {words.count(room.max_guests, 'guest')}. {room.description}".rstrip()
        for room in hotel.room_types
    ]
    lines = [
        f"# The hotel: {hotel.name}",
        _manner(hotel),
        f"- Check-in from {_clock(hotel.check_in_time)}, check-out until {_clock(hotel.check_out_time)}.",
        f"- Prices are in {hotel.currency}. Rooms:",
        *rooms,
        *([f"- Amenities: {', '.join(hotel.amenities)}."] if hotel.amenities else []),
        *(f"- {fact}" for fact in hotel.facts),
        *(f"- {line}" for line in [_spoken_languages(hotel, hotel.language)]),
    ]
    spoken = [_prompt(f"languages/{language}") for language in _languages(hotel) if language in _LANGUAGES]
    return "\n\n".join(["\n".join(line for line in lines if line), *spoken])


def about_call(session: Session, hotel: Property, now: datetime, guest: Guest | None = None) -> str:
    """What holds for this call alone: the day, who is there to be reached, the line, the guest, an earlier stream."""
    local = hotel.local(now)
    lines = [
        f"Today is {spoken.day(local.date())}, {local.year} at the hotel, {_clock(local.time())}.",
        f"Speak {_LANGUAGES.get(session.language, session.language)} first.",
        *([_reachable(hotel, local)] if session.channel == "voice" else []),
        _line(session),
        *_why_we_call(session, hotel),
        *_known(session, guest),
        *_resumed(session),
    ]
    return "\n".join(["# This call", *(f"- {line}" for line in lines)])


def _manner(hotel: Property) -> str:
    return f"- Your manner: {hotel.personality}" if hotel.personality else ""


def _languages(hotel: Property) -> list[str]:
    return list(dict.fromkeys([hotel.language, *(spoken.language for spoken in hotel.languages)]))


def _spoken_languages(hotel: Property, first: str) -> str:
    names = [
        _LANGUAGES.get(language, language) for language in sorted(_languages(hotel), key=lambda code: code != first)
    ]
    if len(names) == 1:
        return f"You speak {names[0]} alone; for a guest who speaks another language, offer a person."
    return f"You speak {spoken.listed(names)}: answer in the one of them that the guest speaks, and in no other."


def _reachable(hotel: Property, local: datetime) -> str:
    def open_now(department: Department) -> str:
        return f"{department.department} ({department.name})"

    there = [open_now(d) for d in hotel.departments if d.is_open(local)]
    gone = [open_now(d) for d in hotel.departments if not d.is_open(local)]
    people = f"People you can put the guest through to now: {', '.join(there) or 'nobody but the front desk'}."
    return people + (f" Not there now: {', '.join(gone)}." if gone else "")


def _line(session: Session) -> str:
    if session.channel != "voice":
        return "The guest is at a screen, not on the telephone: caller_line cannot be used."
    if session.direction == "outbound":
        return f"You have called the guest, at a number ending in {phones.last4(session.caller_id)}."
    if session.caller_id:
        return f"The guest calls from a number ending in {phones.last4(session.caller_id)}."
    return "The guest's number is withheld: caller_line cannot be used."


def _why_we_call(session: Session, hotel: Property) -> list[str]:
    """What the call is for, where the hotel has placed it. The opening has told the guest already."""
    if not session.purpose:
        return []
    script = outbound_scripts.script(session.purpose, session.language, hotel, session.variables or {})
    return [line.removeprefix("- ") for line in script.prompt.splitlines() if line.strip()]


def _known(session: Session, guest: Guest | None) -> list[str]:
    """A name is told only where the network vouches for the number: a forged one must not learn whose it is."""
    if guest is None or guest.erased_at is not None:
        return []
    before = f"Somebody has called from this number before ({words.count(guest.calls, 'call')})."
    name = f"{guest.first_name} {guest.last_name}".strip()
    if not guests.may_be_named(guest, session):
        return [f"{before} Who it was is not known: ask for the name as you would of anybody."]
    known = [
        f"{before} It may be {name}: ask once whether it is, and use the name only after a yes. On a no, forget "
        "it, and what follows about this guest."
    ]
    wishes = [f"{subject}: {wish}" for subject, wish in (guest.preferences or {}).items()]
    if wishes:
        known.append(f"{name} wished before: {'; '.join(wishes)}. Offer it, do not take it for granted.")
    if guest.stays:
        known.append(f"{name} has booked {words.count(len(guest.stays), 'stay')} here.")
    return known


def _resumed(session: Session) -> list[str]:
    if session.attempt == 1:
        return []
    return [
        "This call goes on after an interruption. What was said and done is in the conversation: do not greet again, "
        "do not ask again what was answered, and do not do again what a result there shows as done."
    ]


def _clock(moment: time) -> str:
    return f"{moment:%I:%M %p}".lstrip("0")


@cache
def _prompt(name: str) -> str:
    return (_PROMPTS / f"{name}.md").read_text("utf-8").strip()
