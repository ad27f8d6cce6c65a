"""What one sentence means: its intents (`Want`), a yes or no, what it says of stays, times and places. Pure, no state.

Recognition is often wrong, so everything here is a claim to be read back, and a sentence in which nothing is found is
not guessed at. Only `Context` changes a meaning: a number alone answers the question that was asked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from nightdesk.dialogue import spelling
from nightdesk.dialogue.lexicon import TASKS, Lexicon, Want
from nightdesk.dialogue.lexicon_en import ENGLISH
from nightdesk.dialogue.numbers import phone_digits
from nightdesk.dialogue.people import people, pets_coming
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.times import Usual, clock_time
from nightdesk.hotel.dates import DatesSaid, find_dates
from nightdesk.hotel.model import RoomType


@dataclass(frozen=True)
class Context:
    """What a sentence is heard against: the hotel's date and rooms, the question asked, the arrival known so far."""

    today: date
    room_types: Sequence[RoomType] = ()
    asked: Step | None = None
    arriving: date | None = None
    lexicon: Lexicon = ENGLISH


@dataclass(frozen=True)
class Meaning:
    """None and empty fields: nothing was said of them. `question` is the part of the sentence to look up.

    `only_yes`: a yes and nothing beside it, as a write needs; "yes but the other card" is a yes alone for less.
    `times`: what a time means where the morning is usual, and where it is not. `letters`, `code`: as they were spelled.
    """

    wants: frozenset[Want] = frozenset()
    yes: bool | None = None
    only_yes: bool = False
    dates: DatesSaid = field(default_factory=DatesSaid)
    adults: int | None = None
    children: int | None = None
    pets: int | None = None
    room_type: str | None = None
    refundable: bool | None = None
    phone: str = ""
    question: str = ""
    times: tuple[str, str] = ("", "")
    room_number: str = ""
    letters: str = ""
    code: str = ""
    departments: tuple[str, ...] = ()
    rating: str = ""

    @property
    def speaks_of_stay(self) -> bool:
        """Whether it says when, how long, for whom or which room (a pet alone does not)."""
        return (
            self.dates != DatesSaid()
            or self.adults is not None
            or self.children is not None
            or bool(self.room_type)
            or self.refundable is not None
        )

    @property
    def has_slots(self) -> bool:
        return self.speaks_of_stay or self.pets is not None or bool(self.phone)

    def time(self, usual: Usual) -> str:
        return self.times[0] if usual == "morning" else self.times[1]


def understand(text: str, context: Context) -> Meaning:
    """The meaning of a sentence as it was heard; `Meaning()` when nothing in it is recognised."""
    lexicon = context.lexicon
    words = lexicon.plain(text)
    if not words:
        return Meaning()
    numbers = lexicon.numbered(words)
    clause = _topic_clause(text, lexicon)
    topic = bool(lexicon.topic.search(words))
    asking = any(lexicon.asking.search(said) for said in (words, lexicon.plain(clause))) or text.rstrip().endswith("?")
    party = people(numbers, lexicon.slots, context.asked)
    dates = _dates(numbers, context)
    asks_for_room = bool(lexicon.wants[Want.ROOM].search(words))
    refundable = _refundable(words, context)
    is_request = party.adults is not None or dates.nights is not None or asks_for_room or refundable is not None
    if topic and asking and not is_request and context.asked not in (Step.ARRIVAL, Step.NIGHTS, Step.OTHER_DATES):
        dates = DatesSaid()  # "is the pool open on sunday" is not about a stay
    about_house = topic and not is_request and dates == DatesSaid()
    if not is_request and lexicon.wonders.search(words) and not _wants(words, Meaning(), False, lexicon):
        about_house, dates = True, DatesSaid()  # "how big is the suite", "what is the weather tomorrow"
    meaning = Meaning(
        yes=_yes_or_no(words, lexicon),
        only_yes=_is_only_yes(words, lexicon),
        dates=dates,
        adults=party.adults,
        children=None if about_house else party.children,
        pets=pets_coming(numbers, lexicon.slots, only_own=about_house),
        room_type=None if about_house else room_type(words, context.room_types, lexicon),
        refundable=refundable,
        phone=phone_digits(numbers),
    )
    wants = _wants(words, meaning, about_house, lexicon)
    says_nothing_else = not wants and not meaning.has_slots and meaning.yes is None
    is_question = about_house or (topic and asking) or (asking and says_nothing_else)
    if is_question and not wants & {*TASKS, Want.PERSON, Want.CALLBACK} - {Want.BOOK}:
        wants = wants | {Want.QUESTION}
    only_asks = about_house and meaning.yes is None
    question = " ".join(text.split()) if only_asks or not clause else clause
    return replace(
        meaning,
        wants=wants,
        question=question if Want.QUESTION in wants else "",
        **_details(text, words, numbers, context),
    )


def _dates(numbers: str, context: Context) -> DatesSaid:
    slots, said = context.lexicon.slots, context.lexicon.dated(numbers)
    bare = context.asked in (Step.ARRIVAL, Step.DAY)
    dates = find_dates(said, context.today, context.arriving, bare_number=bare)
    if context.asked is Step.NIGHTS and dates.nights is None and (match := slots.lone_number.fullmatch(numbers)):
        number = int(match[1])
        dates = DatesSaid(dates.check_in, dates.check_out, number if 1 <= number <= 20 else None)
    return dates


def _refundable(words: str, context: Context) -> bool | None:
    """Which of two rates is meant: the usual one or the one that is not refundable; None when neither is said."""
    rates, asked = context.lexicon.rates, context.asked is Step.RATE
    if rates.asking.search(words):
        return None
    if rates.fixed.search(words) or (asked and rates.cheaper.search(words)):
        return False
    return True if rates.usual.search(words) or (asked and rates.dearer.search(words)) else None


def _details(text: str, words: str, numbers: str, context: Context) -> dict[str, Any]:
    """What tasks ask for: a time, a room of the house, what was spelled, a department."""
    lexicon, asked = context.lexicon, context.asked is Step.TIME
    found: dict[str, Any] = {
        "times": (clock_time(numbers, "morning", asked), clock_time(numbers, "day", asked)),
        "room_number": _room_number(numbers, lexicon, context.asked is Step.ROOM_NUMBER),
        "departments": tuple(name for name, said in lexicon.departments.items() if said.search(words)),
    }
    if context.asked in (Step.RATING, Step.COMMENT) and (match := lexicon.slots.rating.search(numbers)):
        found["rating"] = match[1]
    if context.asked in (Step.LAST_NAME, Step.NAME_CHECK):
        found["letters"] = spelling.letters(text, lexicon.language)
    found["code"] = spelling.code(text, lexicon.language) if context.asked in (Step.CODE, Step.CODE_CHECK) else ""
    return found


def _room_number(numbers: str, lexicon: Lexicon, asked: bool) -> str:
    match = lexicon.slots.room_number.search(numbers)
    said = match[1] if match else ""
    if not said and asked:
        said = " ".join(re.findall(r"\b(?:\d+|oh?)\b", numbers.replace(" and ", " ")))
    said = re.sub(r"\b([1-9])00 (?:and |y )?(\d{1,2})\b", lambda hundred: f"{hundred[1]}{int(hundred[2]):02d}", said)
    digits = re.sub(r"oh?", "0", said).replace(" ", "")
    return digits if 1 <= len(digits) <= 4 and digits.strip("0") else ""


def spoken_name(text: str, lexicon: Lexicon = ENGLISH) -> str:
    """The name in "my name is john smith", a guess: recognition cannot be trusted with names."""
    words = re.sub(r"[^\w' .-]", " ", text).strip(" .-")
    words = lexicon.slots.before_name.sub("", words)
    words = lexicon.slots.after_name.sub("", words)
    words = " ".join(words.split())[:80]
    return words.title() if words.islower() else words


def room_type(words: str, room_types: Sequence[RoomType], lexicon: Lexicon) -> str | None:
    """A type named in full, or by a word that only one type has ("queen"); the last one said counts."""
    names = {room.room_type: lexicon.plain(room.name).split() for room in room_types}
    found: list[tuple[int, int, str]] = []
    for code, name in names.items():
        others = {word for other, theirs in names.items() if other != code for word in theirs}
        own = [word for word in name if word not in others and word not in lexicon.slots.room_words]
        for said in [" ".join(name), *own]:
            for match in re.finditer(rf"\b{re.escape(said)}s?\b", words):
                if not lexicon.slots.not_before_room.search(words[: match.start()]):
                    found.append((match.end(), len(said), code))
    return max(found)[2] if found else None


def _wants(words: str, meaning: Meaning, about_house: bool, lexicon: Lexicon) -> frozenset[Want]:
    """The intents named in the words, without those that the rest of the sentence rules out."""
    wants = {want for want, pattern in lexicon.wants.items() if pattern.search(words)}
    if about_house:  # "is there someone at the front desk at night", "how much is breakfast"
        wants -= {Want.ROOM, Want.PRICE, Want.OTHER_ROOMS, Want.HOLD, Want.BOOK, Want.CHANGE_ROOM}
    if meaning.has_slots:  # "sorry, two nights", "just two adults, that's all"
        wants -= {Want.GREETING, Want.THANKS, Want.WAIT, Want.HELP, Want.REPEAT}
        wants -= set() if lexicon.bye.search(words) else {Want.GOODBYE}
    if Want.OTHER_ROOMS not in wants:
        wants -= {Want.CHEAPER}  # "is it cheaper for students"
    if Want.PRICE in wants and not meaning.has_slots and not _of_a_room(words, lexicon):
        wants -= {Want.PRICE}
    if meaning.refundable is not None:  # "the cheaper one" of two rates, "i want to be able to cancel"
        wants -= {Want.OTHER_ROOMS, Want.CHEAPER, Want.CANCEL, Want.PRICE, Want.ROOM, Want.HOLD}
    if Want.RESTART in wants:
        wants -= {Want.REPEAT}
    if Want.SEND_AGAIN in wants:  # "i did not get the text"
        wants -= {Want.REPEAT}
    if meaning.has_slots or wants & _RATHER_THAN_HISTORY:  # "i called before, i would like a room"
        wants -= {Want.HISTORY}
    tasks = wants.intersection(TASKS) - {Want.BOOK}
    if tasks:  # "please call me back tomorrow, thank you"
        wants -= {Want.ROOM, Want.PRICE, Want.BOOK, Want.HOLD, Want.CALLBACK, Want.HELP, Want.GREETING, Want.WAIT}
        wants -= {Want.NEVER_MIND, Want.CHANGE_DATES, Want.CHANGE_ROOM, Want.MANY_ROOMS, Want.OTHER_ROOMS}
        wants -= tasks - {_foremost(tasks)}
    if wants & {Want.PERSON, Want.CALLBACK}:
        wants -= {Want.GREETING, Want.WAIT, Want.HELP, Want.GOODBYE, Want.QUESTION, Want.ROOM}
    if Want.PERSON in wants:
        wants -= {Want.HOUSEKEEPING, Want.MAINTENANCE}  # "connect me with housekeeping"
    return frozenset(wants)


def _of_a_room(words: str, lexicon: Lexicon) -> bool:
    """Whether a price that is asked for is a room's, as all are where nothing else is named: "how much is it"."""
    return len(words.split()) <= _BARE_PRICE or bool(lexicon.room_price.search(words))


def _foremost(tasks: set[Want]) -> Want:
    """One sentence, one task: the more particular one. A text message is more so than what it is about."""
    return next(want for want in _FOREMOST if want in tasks)


_FOREMOST = (
    *(Want.NO_CALLS, Want.CANCEL, Want.WAKE_UP_CALL, Want.APPOINTMENT, Want.MESSAGE, Want.LATE_CHECK_OUT),
    *(Want.LOST_AND_FOUND, Want.PAY, Want.TEXT, Want.CHANGE, Want.COT, Want.MAINTENANCE, Want.HOUSEKEEPING),
    *(Want.LOOK_UP, Want.CONCIERGE, Want.ON_HOLD, Want.HISTORY, Want.SURVEY),
)
_BARE_PRICE = 4  # words
_RATHER_THAN_HISTORY = frozenset({Want.ROOM, Want.BOOK, Want.HOLD, Want.CALLBACK, Want.PERSON})


def _topic_clause(text: str, lexicon: Lexicon) -> str:
    """The part of a longer sentence that names something of the house; "" when none does."""
    clauses = [part.strip() for part in lexicon.clauses.split(text)]
    return next((clause for clause in clauses if lexicon.topic.search(lexicon.plain(clause))), "")


def _yes_or_no(words: str, lexicon: Lexicon) -> bool | None:
    """True, False, or None when it is neither, or both ("yes no that is wrong")."""
    bare = lexicon.fillers.sub("", words)
    if lexicon.only_polite.match(bare):
        return True if lexicon.okay.search(words) else None
    if match := lexicon.yes.match(bare):
        return None if lexicon.says_no_too.search(bare[match.end() :]) else True
    if match := lexicon.no.match(bare):
        beside = lexicon.numbered(bare[match.end() :])
        return None if lexicon.says_yes_too.search(bare) or lexicon.correcting.search(beside) else False
    return None


def _is_only_yes(words: str, lexicon: Lexicon) -> bool:
    bare = lexicon.fillers.sub("", words)
    match = lexicon.yes.match(bare)
    return _yes_or_no(words, lexicon) is True and bool(lexicon.yes_tail.match(bare[match.end() :]) if match else True)
