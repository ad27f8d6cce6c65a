"""What one sentence means: its intents (`Want`), a yes or no, and what it says of the stay. Pure, English, no state.

Recognition is often wrong, so everything here is a claim to be read back, and a sentence in which nothing is found is
not guessed at. Only `Context` changes a meaning: a number alone answers the question that was asked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from nightdesk.dialogue import lexicon
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.numbers import phone_digits
from nightdesk.dialogue.steps import Step
from nightdesk.hotel.dates import DatesSaid, find_dates
from nightdesk.hotel.model import RoomType
from nightdesk.hotel.numbers_en import numbered, plain

MAX_GUESTS = 20


@dataclass(frozen=True)
class Context:
    """What a sentence is heard against: the hotel's date and rooms, the question asked, the arrival known so far."""

    today: date
    room_types: Sequence[RoomType] = ()
    asked: Step | None = None
    arriving: date | None = None


@dataclass(frozen=True)
class Meaning:
    """None and empty fields: nothing was said of them. `question` is the part of the sentence to look up.

    `only_yes`: a yes and nothing beside it, as a write needs; "yes but the other card" is a yes alone for less.
    """

    wants: frozenset[Want] = frozenset()
    yes: bool | None = None
    only_yes: bool = False
    dates: DatesSaid = field(default_factory=DatesSaid)
    adults: int | None = None
    children: int | None = None
    pets: int | None = None
    room_type: str | None = None
    phone: str = ""
    question: str = ""

    @property
    def speaks_of_stay(self) -> bool:
        """Whether it says when, how long, for whom or which room (a pet alone does not)."""
        return self.dates != DatesSaid() or self.adults is not None or self.children is not None or bool(self.room_type)


def understand(text: str, context: Context) -> Meaning:
    """The meaning of a sentence as it was heard; `Meaning()` when nothing in it is recognised."""
    words = plain(text)
    if not words:
        return Meaning()
    numbers = numbered(words)
    topic, clause = bool(lexicon.TOPIC.search(words)), _topic_clause(text)
    asking = bool(lexicon.ASKING.search(words) or lexicon.ASKING.search(plain(clause)))
    adults = _adults(numbers, context.asked)
    dates = find_dates(numbers, context.today, context.arriving, bare_number=context.asked is Step.ARRIVAL)
    if context.asked is Step.NIGHTS and dates.nights is None and (number := _lone_number(numbers)):
        dates = DatesSaid(dates.check_in, dates.check_out, number)
    asks_for_room = bool(lexicon.WANTS[Want.ROOM].search(words))
    is_request = adults is not None or dates.nights is not None or asks_for_room
    if topic and asking and not is_request and context.asked not in (Step.ARRIVAL, Step.NIGHTS, Step.OTHER_DATES):
        dates = DatesSaid()  # "is the pool open on sunday" is not about a stay
    about_house = topic and not is_request and dates == DatesSaid()
    meaning = Meaning(
        yes=_yes_or_no(words),
        only_yes=_is_only_yes(words),
        dates=dates,
        adults=adults,
        children=None if about_house else _children(numbers),
        pets=_pets(numbers, only_own=about_house),
        room_type=None if about_house else _room_type(words, context.room_types),
        phone=phone_digits(numbers),
    )
    wants = _wants(words, meaning, about_house)
    says_nothing_else = not wants and not _has_slots(meaning) and meaning.yes is None
    if (topic and (asking or about_house)) or (asking and says_nothing_else):
        wants = wants | {Want.QUESTION}
    only_asks = about_house and meaning.yes is None
    question = " ".join(text.split()) if only_asks or not clause else clause
    return replace(meaning, wants=wants, question=question if Want.QUESTION in wants else "")


def spoken_name(text: str) -> str:
    """The name in "my name is john smith", a guess: recognition cannot be trusted with names."""
    words = re.sub(r"[^\w' .-]", " ", text).strip(" .-")
    words = re.sub(_BEFORE_NAME, "", words, flags=re.IGNORECASE)
    words = re.sub(r"\s+(?:please|thank you|thanks)\.?$", "", words, flags=re.IGNORECASE)
    words = " ".join(words.split())[:80]
    return words.title() if words.islower() else words


def _wants(words: str, meaning: Meaning, about_house: bool) -> frozenset[Want]:
    """The intents named in the words, without those that the rest of the sentence rules out."""
    wants = {want for want, pattern in lexicon.WANTS.items() if pattern.search(words)}
    if about_house:  # "is there someone at the front desk at night", "how much is breakfast"
        wants -= {Want.ROOM, Want.PRICE, Want.OTHER_ROOMS, Want.HOLD, Want.CHANGE_ROOM}
    if _has_slots(meaning):  # "sorry, two nights", "just two adults, that's all"
        wants -= {Want.GREETING, Want.THANKS, Want.WAIT, Want.HELP, Want.REPEAT}
        wants -= set() if lexicon.BYE.search(words) else {Want.GOODBYE}
    if wants & {Want.PERSON, Want.CALLBACK}:
        wants -= {Want.GREETING, Want.WAIT, Want.HELP, Want.GOODBYE, Want.QUESTION, Want.ROOM}
    return frozenset(wants)


def _has_slots(meaning: Meaning) -> bool:
    return meaning.speaks_of_stay or meaning.pets is not None or bool(meaning.phone)


def _topic_clause(text: str) -> str:
    """The part of a longer sentence that names something of the house; "" when none does."""
    clauses = [part.strip() for part in re.split(r"[.?!,;]|\band\b|\bbut\b|\balso\b|\bfor\b(?= \w+ nights?)", text)]
    return next((clause for clause in clauses if lexicon.TOPIC.search(plain(clause))), "")


def _yes_or_no(words: str) -> bool | None:
    """True, False, or None when it is neither, or both ("yes no that is wrong")."""
    bare = lexicon.FILLERS.sub("", words)
    if lexicon.ONLY_POLITE.match(bare):
        return True if lexicon.OKAY.search(words) else None
    if match := lexicon.YES.match(bare):
        return None if lexicon.SAYS_NO_TOO.search(bare[match.end() :]) else True
    if match := lexicon.NO.match(bare):
        beside = numbered(bare[match.end() :])
        return None if lexicon.SAYS_YES_TOO.search(bare) or lexicon.CORRECTING.search(beside) else False
    return None


def _is_only_yes(words: str) -> bool:
    bare = lexicon.FILLERS.sub("", words)
    match = lexicon.YES.match(bare)
    return _yes_or_no(words) is True and bool(lexicon.YES_TAIL.match(bare[match.end() :]) if match else True)


def _lone_number(numbers: str) -> int:
    """The number in an answer that is little else: "two", "just two please", "two of us"."""
    match = re.fullmatch(rf"{_LEAD_IN}(\d{{1,2}})(?: of us)?(?: please| thank you| thanks)?", numbers)
    return int(match[1]) if match and 1 <= int(match[1]) <= MAX_GUESTS else 0


def _adults(numbers: str, asked: Step | None) -> int | None:
    grown = r"(?:adults?|grown ups?|people|persons?|guests?|of us|ladies|men|women)"
    if counted := re.findall(rf"\b(\d{{1,2}}) {grown}\b", numbers):
        return _in_range(int(counted[-1]))
    if match := re.search(r"\bfamily of (\d{1,2})\b", numbers):
        return _in_range(int(match[1]))
    if re.search(_ONE_ADULT, numbers):
        return 1
    if re.search(_TWO_ADULTS, numbers):
        return 2
    ends = r"(?=$| (?:please|and|with|from|on|in|this|next|starting|tomorrow|tonight)\b)"
    if match := re.search(rf"\bfor (\d{{1,2}})\b{ends}", numbers):
        return _in_range(int(match[1]))
    if asked is Step.GUESTS:
        if number := _lone_number(numbers):
            return number
        if match := re.match(rf"{_LEAD_IN}(\d{{1,2}}) (?:and|with|plus)\b", numbers):
            return _in_range(int(match[1]))
    return None


def _children(numbers: str) -> int | None:
    if "family of" in numbers:
        return None  # they are counted already
    if re.search(r"\b(?:no|without(?: the| any)?|not any) (?:children|kids|child)\b", numbers):
        return 0
    young = r"(?:child|children|kids?|bab(?:y|ies)|infants?|toddlers?|sons?|daughters?|boys?|girls?|teenagers?)"
    counted = re.findall(rf"\b(\d{{1,2}}|an?|my|our) (?:small |little |young )?{young}\b", numbers)
    return _in_range(sum(_count(count) for count in counted)) if counted else None


def _pets(numbers: str, only_own: bool) -> int | None:
    """Pets that come along. only_own: in a question about the house "a dog" is any dog, "my dog" is one that comes."""
    animal = r"(?:dogs?|cats?|pets?|pupp(?:y|ies)|kittens?)"
    not_about = r"(?! (?:fees?|policy|charges?|deposit|friendly|rules?|park|food|bed))"
    if re.search(rf"\b(?:no|without(?: the| any| my| a)?|not bringing(?: the| any| my| a)?) {animal}\b", numbers):
        return 0
    which = r"(?:my|our) \d{1,2}|my|our" if only_own else r"(?:my |our |the )?\d{1,2}|an?|my|our"
    if counted := re.findall(rf"\b({which}) (?:\w+ )?{animal}\b{not_about}", numbers):
        return _in_range(sum(_count(count) for count in counted))
    comes = re.search(rf"\b(?:with|and|plus) (?:the )?{animal}\b{not_about}", numbers)
    return 1 if comes and not only_own else None


def _room_type(words: str, room_types: Sequence[RoomType]) -> str | None:
    """A type named in full, or by a word that only one type has ("queen"); the last one said counts."""
    names = {room.room_type: plain(room.name).split() for room in room_types}
    found: list[tuple[int, int, str]] = []
    for code, name in names.items():
        others = {word for other, theirs in names.items() if other != code for word in theirs}
        own = [word for word in name if word not in others and word not in ("room", "bed")]
        for said in [" ".join(name), *own]:
            for match in re.finditer(rf"\b{re.escape(said)}s?\b", words):
                if not re.search(r"\b(?:not|instead of)(?: the| a)? $", words[: match.start()]):
                    found.append((match.end(), len(said), code))
    return max(found)[2] if found else None


def _count(said: str) -> int:
    number = re.search(r"\d+", said)
    return int(number[0]) if number else 1


def _in_range(number: int) -> int | None:
    return number if 0 <= number <= MAX_GUESTS else None


_LEAD_IN = (
    r"(?:(?:um|uh|oh|well|so|okay|yes|no|for|just|only|it is|it will be|we are|we will be|there are|there will be"
    r"|there is|the|make it|actually) )*"
)
_PARTNER = (
    r"(?:wife|husband|partner|friend|girlfriend|boyfriend|fiancee?|spouse|mother|father|sister|brother|mom|dad|son)"
)
_ONE_ADULT = r"\b(?:just|only) (?:me|myself|1)\b(?! night)|\bby myself\b|^(?:me|myself|alone)$|\btravel\w+ alone\b"
_TWO_ADULTS = (
    rf"\b(?:me|i|myself) and (?:my|a) {_PARTNER}\b|\bmy {_PARTNER} and (?:i|me|myself)\b|\b(?:a|1) couple\b(?! of)"
)
_BEFORE_NAME = (
    r"^(?:(?:um|uh|oh|well|okay|yes|yeah|sure|of course|hi|hello)[,.]?\s+)*"
    r"(?:(?:my name is|my name's|the name is|the name's|name is|this is|it is|it's|i am|i'm|im|under|for"
    r"|put it under)\s+)?"
)
