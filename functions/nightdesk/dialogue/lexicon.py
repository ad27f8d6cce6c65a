"""What a language's words mean: the intents there are, and the patterns that every language has for them.

No logic and no state. A phrase is a piece of a regular expression over the language's own `plain` text; the data are in
lexicon_en.py and wants_en.py, and in the same for each other language.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

Pattern = re.Pattern[str]


class Want(StrEnum):
    ROOM = "room"
    PRICE = "price"
    OTHER_ROOMS = "other_rooms"
    CHEAPER = "cheaper"
    """Another room, or the same one for less."""
    MANY_ROOMS = "many_rooms"
    HOLD = "hold"
    CALLBACK = "callback"
    QUESTION = "question"
    PERSON = "person"
    GOODBYE = "goodbye"
    REPEAT = "repeat"
    WAIT = "wait"
    HELP = "help"
    GREETING = "greeting"
    THANKS = "thanks"
    WRONG = "wrong"
    RESTART = "restart"
    NEVER_MIND = "never_mind"
    THIS_NUMBER = "this_number"
    OTHER_NUMBER = "other_number"
    CHANGE_NAME = "change_name"
    CHANGE_DATES = "change_dates"
    CHANGE_GUESTS = "change_guests"
    CHANGE_ROOM = "change_room"
    ENGLISH = "english"
    SPANISH = "spanish"
    SEND_AGAIN = "send_again"
    """The text message that was sent before."""

    # Said by who is called, and heard so in no other call.
    WHO = "who"
    """Who is calling, and why?"""
    NOT_THEM = "not_them"
    """Somebody else has answered, or the number is wrong."""
    NOT_NOW = "not_now"

    # Each of these is a task: slots, a read-back, one tool. Some need neither slots nor a read-back.
    BOOK = "book"
    LOOK_UP = "look_up"
    CHANGE = "change"
    CANCEL = "cancel"
    PAY = "pay"
    TEXT = "text"
    MESSAGE = "message"
    APPOINTMENT = "appointment"
    """To be called at a time that was said."""
    HOUSEKEEPING = "housekeeping"
    MAINTENANCE = "maintenance"
    WAKE_UP_CALL = "wake_up_call"
    LATE_CHECK_OUT = "late_check_out"
    COT = "cot"
    LOST_AND_FOUND = "lost_and_found"
    CONCIERGE = "concierge"
    ON_HOLD = "on_hold"
    """To be left waiting, with music."""
    HISTORY = "history"
    """Whether the hotel knows the guest from an earlier call."""
    NO_CALLS = "no_calls"
    """To be called no more."""
    SURVEY = "survey"
    """How a stay was: asked by us, in a call that we place for it."""


TASKS = tuple(Want)[list(Want).index(Want.BOOK) :]


@dataclass(frozen=True)
class Slots:
    """How numbers of people, nights and animals are said, over `numbered` text. Group 1 is the number where there is
    one; `message_for` and `message_told` have groups named as a message's slots. `rating`: a number from 1 to 5 alone.
    """

    lone_number: Pattern
    adults: Pattern
    family_of: Pattern
    rating: Pattern
    one_adult: Pattern
    two_adults: Pattern
    for_number: Pattern
    number_and: Pattern
    no_children: Pattern
    children: Pattern
    no_pets: Pattern
    own_pets: Pattern
    any_pets: Pattern
    with_pets: Pattern
    not_before_room: Pattern
    room_words: frozenset[str]
    before_name: Pattern
    after_name: Pattern
    room_number: Pattern
    no_code: Pattern
    urgent: Pattern
    books: Pattern
    by_keys: Pattern
    cancel_it: Pattern
    change_it: Pattern
    message_for: Pattern
    message_told: Pattern
    before_whom: Pattern


@dataclass(frozen=True)
class Rates:
    """How one of two rates is chosen. `cheaper` and `dearer` are answers to the question which, and say nothing else.

    asking: begins a question about a rate, which chooses none.
    """

    asking: Pattern
    fixed: Pattern
    usual: Pattern
    cheaper: Pattern
    dearer: Pattern


@dataclass(frozen=True)
class Lexicon:
    """One language.

    plain: text -> lower case without punctuation. numbered: that -> numbers as digits. dated: that -> the words of the
    date grammar. clauses: where a sentence may be cut. common: words by which a sentence is known to be of this
    language. called: what only who is called by us says. wonders: begins a question that asks for nothing but to know.
    room_price: what is named when a price is a room's. bare: a request that names nothing ("housekeeping please").
    departments, templates, categories,
    parts: by the tool's own names, or by those of a task's slots. particulars: what a place may have of its own.
    """

    language: str
    plain: Callable[[str], str]
    numbered: Callable[[str], str]
    dated: Callable[[str], str]
    fillers: Pattern
    only_polite: Pattern
    okay: Pattern
    yes: Pattern
    no: Pattern
    yes_tail: Pattern
    correcting: Pattern
    says_no_too: Pattern
    says_yes_too: Pattern
    asking: Pattern
    wonders: Pattern
    room_price: Pattern
    topic: Pattern
    bye: Pattern
    clauses: Pattern
    wants: Mapping[Want, Pattern]
    called: Mapping[Want, Pattern]
    slots: Slots
    bare: Mapping[Want, Pattern]
    departments: Mapping[str, Pattern]
    templates: Mapping[str, Pattern]
    categories: Mapping[str, Pattern]
    parts: Mapping[str, Pattern]
    particulars: Pattern
    rates: Rates
    common: frozenset[str]


def anywhere(*phrases: str) -> Pattern:
    """As whole words."""
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")


def either(*patterns: Pattern) -> Pattern:
    return re.compile("|".join(f"(?:{pattern.pattern})" for pattern in patterns))


@dataclass(frozen=True)
class Around:
    """What may stand around a phrase without changing it: fillers before, politeness behind."""

    filler: str
    polite: str

    def alone(self, *phrases: str) -> Pattern:
        """When nothing else is said."""
        return re.compile(rf"^{self.filler}(?:{'|'.join(phrases)}){self.polite}$")

    def first(self, *phrases: str) -> Pattern:
        return re.compile(rf"^{self.filler}(?:{'|'.join(phrases)})\b")
