"""Whose a reservation is: a confirmation code and the last name, or the booking's own number and the last name.

A number counts only where the network vouches for it in full (`StirVerstat` A) and the system saw it when the room was
booked: what is merely said, or shown by a display, anybody can say. Three failures within 24 hours lock a conversation,
a caller and a code for 24 hours. Where there is no number to lock, a wider limit holds all those together who come by
the same way: the guests of another agent, by the name of its key; a screen; withheld numbers.

Nothing tells a code that does not exist from a name that is wrong: the words are the same, and a code is counted and
locked whether anybody has it or not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from nightdesk.conversation import Session
from nightdesk.errors import Refusal
from nightdesk.hotel.pms import PropertyManagement
from nightdesk.hotel.ports import Locks
from nightdesk.hotel.reservations import Lock, Reservation
from nightdesk.letters import without_accents

FULLY_ATTESTED = "A"
_SHOWN = ("confirmation_code", "status", "room_type")


class NotFoundHere(Refusal):
    """A wrong code, a wrong name, or a number that nothing was booked under."""

    def __init__(self) -> None:
        super().__init__(
            "not_verified",
            "there is no reservation with this code and last name: say just that, never which of the two may be wrong. "
            "Ask once for both, digit by digit and letter by letter; after another failure offer a person",
            say="I cannot find a reservation with that code and last name. May I have both again?",
        )


class CodeNeeded(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "code_needed",
            "the guest's number does not tell who they are: ask for the confirmation code; it may be keyed",
            say="Could you give me your confirmation code? You can also key it on your telephone.",
        )


class Locked(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "locked",
            "too many failed attempts: no reservation can be opened here for a day, whatever is said. Offer a person",
            say="For your protection I cannot open that reservation now. A person at the front desk can help you.",
        )


class WhichOne(Refusal):
    """The guest is known, and has several: here they are."""

    def __init__(self, found: Sequence[Reservation]) -> None:
        options = [
            {
                **{name: getattr(r, name) for name in _SHOWN},
                "check_in": r.check_in.isoformat(),
                "check_out": r.check_out.isoformat(),
            }
            for r in found
        ]
        super().__init__(
            "several_reservations",
            "the guest has several: ask which one is meant, by its dates, and call again with its confirmation_code",
            say="I see more than one reservation. For which arrival day is it?",
            details={"reservations": options},
        )


def verified(
    session: Session,
    bookings: PropertyManagement,
    locks: Locks,
    now: datetime,
    *,
    confirmation_code: str | None,
    last_name: str,
) -> Reservation:
    """The reservation that this guest may see and change.

    A code that was keyed in this conversation stands for one that is not said.
    Raises: NotFoundHere, CodeNeeded, Locked, WhichOne; BookingsUnavailable.
    """
    code = read_code(confirmation_code or session.keypad_code)
    if not code and not _number_counts(session):
        raise CodeNeeded
    candidates = _by_code(bookings, code) if code else _by_number(bookings, session.caller_id)
    has_two = session.language.startswith("es")
    matching = [r for r in candidates if is_same_name(r.last_name, last_name, has_two=has_two)]
    if not matching:
        _count_failure(locks, _keys(session, code), now)
        raise NotFoundHere
    chosen = _relevant(matching)
    keys = _keys(session, code) + [_code_key(session, r.confirmation_code) for r in chosen]
    if any(lock.locked(now) for lock in locks.locks(list(dict.fromkeys(keys)))):
        raise Locked
    if len(chosen) > 1:
        raise WhichOne(chosen)
    return chosen[0]


def read_code(said: str) -> str:
    """A code as it is kept: capitals and digits alone. Ours has no letters, so a letter O that was heard is a zero."""
    code = "".join(filter(str.isalnum, said)).upper()
    digits = code.translate(_LETTERS_FOR_DIGITS)
    return digits if digits.isdigit() else code


_LETTERS_FOR_DIGITS = str.maketrans("OIL", "011")


def is_same_name(booked: str, said: str, *, has_two: bool = False) -> bool:
    """By letters alone: no case, no accents, no hyphens. Of a full name that was said, the end counts; of several
    surnames that were booked, any.

    `has_two`: two surnames are usual where the guest's language is spoken, and a booking may have the first alone.
    """
    words, surnames = [_letters(word) for word in _words(said)], _surnames(booked)
    wanted = {_letters(booked), *surnames} - {""}
    if any("".join(words[n:]) in wanted for n in range(len(words))):
        return True
    return has_two and len(surnames) == 1 and _surnames(said)[-2:-1] == surnames


def _surnames(name: str) -> list[str]:
    """The words of a name that may stand for it alone."""
    return [word for word in map(_letters, _words(name)) if len(word) > 1 and not _NO_SURNAME.fullmatch(word)]


_NO_SURNAME = re.compile(
    "abu|al|bint?|d[aeiou]|das|dell?a?|den|der|des|dos|el|ibn|las?|les?|los|ma?c|saint|santa?|ste?|te[nr]|van|vo[mn]"
    "|zu[mr]?|i{2,3}|iv|jr|junior|sr|senior"
)
"""Particles, and what stands before or behind a name: alone they are nobody's."""


def _words(text: str) -> list[str]:
    return re.split(r"[\s\-\u2010\u2011]+", text)


def _letters(text: str) -> str:
    return "".join(filter(str.isalpha, without_accents(text.casefold())))


def _number_counts(session: Session) -> bool:
    return (session.channel, session.direction, session.stir) == ("voice", "inbound", FULLY_ATTESTED) and bool(
        session.caller_id
    )


def _by_code(bookings: PropertyManagement, code: str) -> list[Reservation]:
    found = bookings.by_code(code)
    return [] if found is None else [found]


def _by_number(bookings: PropertyManagement, number: str) -> list[Reservation]:
    return [r for r in bookings.by_phone(number) if r.phone_source != "spoken"]


def _relevant(found: Sequence[Reservation]) -> list[Reservation]:
    """Those that have a room; where none has, the newest of the others."""
    return [r for r in found if r.live] or list(found[:1])


def _keys(session: Session, code: str) -> list[str]:
    """What a failure counts against. A number, or what stands for it, is locked at one hotel alone."""
    if session.caller_id:
        caller = f"caller:{session.property_id}:{session.caller_id}"
    else:
        caller = f"shared:{session.property_id}:{session.channel}:{session.agent}"
    keys = [f"session:{session.session_id}", caller]
    return [*keys, _code_key(session, code)] if code else keys


def _code_key(session: Session, code: str) -> str:
    return f"reservation:{session.property_id}:{code}"


def _count_failure(locks: Locks, keys: Sequence[str], now: datetime) -> None:
    """In one transaction with the question whether there was a lock already. Raises: Locked."""
    was_locked = False

    def fail(found: list[Lock]) -> list[Lock]:
        nonlocal was_locked
        was_locked = any(lock.locked(now) for lock in found)
        return [] if was_locked else [lock.failed(now) for lock in found]

    locks.change_locks(keys, fail)
    if was_locked:
        raise Locked
