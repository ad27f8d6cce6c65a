"""Who comes: adults, children and pets in a sentence. Pure; the patterns are the language's."""

import re
from dataclasses import dataclass

from nightdesk.dialogue.lexicon import Slots
from nightdesk.dialogue.steps import Step

MAX_GUESTS = 20


@dataclass(frozen=True)
class Party:
    """None: nothing was said."""

    adults: int | None = None
    children: int | None = None


def people(numbers: str, slots: Slots, asked: Step | None) -> Party:
    return Party(_adults(numbers, slots, asked), _children(numbers, slots))


def pets_coming(numbers: str, slots: Slots, only_own: bool) -> int | None:
    """Pets that come along. only_own: in a question about the house "a dog" is any dog, "my dog" is one that comes."""
    if slots.no_pets.search(numbers):
        return 0
    if counted := (slots.own_pets if only_own else slots.any_pets).findall(numbers):
        return _in_range(sum(_count(count) for count in counted))
    return 1 if not only_own and slots.with_pets.search(numbers) else None


def _adults(numbers: str, slots: Slots, asked: Step | None) -> int | None:
    if counted := slots.adults.findall(numbers):
        return _in_range(int(counted[-1]))
    if match := slots.family_of.search(numbers):
        return _in_range(int(match[1]))
    if slots.one_adult.search(numbers):
        return 1
    if slots.two_adults.search(numbers):
        return 2
    if match := slots.for_number.search(numbers):
        return _in_range(int(match[1]))
    if asked is Step.GUESTS:
        if (match := slots.lone_number.fullmatch(numbers)) and 1 <= int(match[1]) <= MAX_GUESTS:
            return int(match[1])
        if match := slots.number_and.match(numbers):
            return _in_range(int(match[1]))
    return None


def _children(numbers: str, slots: Slots) -> int | None:
    if slots.family_of.search(numbers):
        return None  # they are counted already
    if slots.no_children.search(numbers):
        return 0
    counted = slots.children.findall(numbers)
    return _in_range(sum(_count(count) for count in counted)) if counted else None


def _count(said: str) -> int:
    number = re.search(r"\d+", said)
    return int(number[0]) if number else 1


def _in_range(number: int) -> int | None:
    return number if 0 <= number <= MAX_GUESTS else None
