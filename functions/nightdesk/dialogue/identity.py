"""Whose booking it is: the code and the last name, asked, read back, and asked again. Pure.

Three wrong pairs lock a booking for a day, so on the telephone neither is tried before the guest has said that it was
heard right. What was typed is taken as it stands.
"""

from __future__ import annotations

from dataclasses import replace

from nightdesk.dialogue import spelling
from nightdesk.dialogue.lexicon import Lexicon, Want
from nightdesk.dialogue.state import State
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.tasks import Who
from nightdesk.dialogue.understand import Meaning, spoken_name

MOST_FAILURES = 2
"""After so many wrong pairs a person is offered: a third would lock the booking for a day."""

_LONGEST_NAME = 5  # words
_OF_A_CODE = frozenset({Want.LOST_AND_FOUND, Want.SEND_AGAIN})
"""What a guest who has no code may seem to want: "i lost it", "it never came"."""


def step(state: State, with_code: bool = True) -> Step | None:
    """What is to be asked before a tool can be; None when all is known."""
    who = state.who
    if with_code and not who.has_code:
        return Step.DAY if who.options else Step.CODE
    if with_code and who.code and not who.code_checked:
        return Step.CODE_CHECK
    if not who.last_name:
        return Step.LAST_NAME
    return None if who.name_checked else Step.NAME_CHECK


def answered(state: State, text: str, meaning: Meaning, lexicon: Lexicon) -> State | None:
    """The state after an answer to one of these questions; None when the sentence is none."""
    who, typed = state.who, state.in_writing
    match state.asked:
        case Step.CODE | Step.CODE_CHECK if meaning.code:
            return _with(state, replace(who, code=meaning.code, code_checked=typed, no_code=False))
        case Step.CODE if lexicon.slots.no_code.search(lexicon.plain(text)) and not meaning.wants - _OF_A_CODE:
            return _with(state, replace(who, no_code=True))
        case Step.CODE_CHECK if meaning.yes:
            return _with(state, replace(who, code_checked=True))
        case Step.CODE_CHECK if meaning.yes is False:
            return _with(state, replace(who, code=""))
        case Step.DAY if who.options and meaning.dates.check_in:
            code = who.options.get(meaning.dates.check_in.isoformat(), "")
            return _with(state, replace(who, code=code, code_checked=True, options={})) if code else None
        case Step.NAME_CHECK if meaning.yes and not meaning.letters:
            return _with(state, replace(who, name_checked=True))
        case Step.NAME_CHECK if meaning.letters:
            return _with(state, _named(who, meaning.letters, typed))
        case Step.NAME_CHECK if meaning.yes is False:
            return _with(state, replace(who, last_name="", first_name=""))
        case Step.LAST_NAME:
            name = meaning.letters or spoken_name(text, lexicon)
            return _with(state, _named(who, name, typed)) if _can_be_a_name(name) else None
    return None


def failed(who: Who, code: str, options: dict[str, str]) -> Who:
    """After a tool did not find the booking. Source: hotel/verification.py."""
    if code == "code_needed":
        return replace(who, no_code=False)
    if code == "several_reservations":
        return replace(who, no_code=False, options=options)
    return Who(failures=who.failures + 1)


def _can_be_a_name(name: str) -> bool:
    words = name.split()
    return 0 < len(words) <= _LONGEST_NAME and not any(map(str.isdigit, name)) and any(map(str.isalpha, words[-1]))


def _named(who: Who, name: str, checked: bool) -> Who:
    """Of a whole name the last word is the last name."""
    *first, last = name.split()
    return replace(who, last_name=last, first_name=" ".join(first), name_checked=checked)


def _with(state: State, who: Who) -> State:
    return replace(state, who=who)


def read_back(who: Who) -> tuple[str, str]:
    """(code, last name) for the ear."""
    return spelling.spaced(who.code), spelling.by_letters(who.last_name)
