"""Watches a conversation for card numbers, also for one that is read out group by group, turn after turn. Pure.

It keeps the words of the groups before a number is plain, and no longer: they are masked with it. Where nobody talked
of cards, groups of turn after turn are a number once they have, together, its length and its check digit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from relay.card_numbers import REMOVED, Found, find, is_card_number
from relay.card_words import About

_LASTS = 2  # turns: so long what was talked of holds, where nobody talks of anything else
_AFTER = 3  # turns of the caller after a number in which its rest may come
_AGENTS_PART = 6  # the agent may say the last four
_PHONES = (7, 10, 11)  # digits


@dataclass(frozen=True, slots=True)
class Heard:
    """Words of the caller, masked, and whether it was needed. `earlier`: item_id and words of what began the number."""

    text: str
    is_card: bool = False
    earlier: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """A turn that may have begun a number. `digits` of it are known to; `groups` as in `Found`."""

    item_id: str
    words: str
    digits: int
    groups: str


class CardWatch:
    def __init__(self) -> None:
        self._about = About.NOTHING
        self._holds = 0  # turns for which it does
        self._hot = 0  # turns of the caller; >0: a number was just read out
        self._was_refused = False  # the agent has spoken since: what comes now may be a telephone number
        self._is_opening = False  # what the agent says next is about the break alone
        self._parts: list[_Part] = []  # the caller's latest turns, as long as each of them is one
        self._begun: list[_Part] = []  # those of them that began the number that was found last

    @property
    def is_expected(self) -> bool:
        """Words that are not known yet may well be a card number."""
        return self._hot > 0 or self._about is About.CARD

    @property
    def begun(self) -> tuple[tuple[str, str], ...]:
        """The turns that began the number that was found: item_id, and the words without its groups."""
        return tuple((part.item_id, find(part.words, About.HOT).text) for part in self._begun)

    def may_have_begun(self, item_id: str) -> bool:
        """Whether this turn may turn out to be the beginning of a number."""
        return any(part.item_id == item_id for part in self._parts)

    def goes_on(self) -> None:
        """All that was said before has been told. Now another stream begins, in which a number may be gone on with."""
        self._is_opening = True

    def hears(self, text: str, item_id: str = "") -> bool:
        """Whether the caller, who has said this so far in this turn, is reading out a card number."""
        return self._find(text, item_id).is_card

    def caller(self, item_id: str, text: str) -> Heard:
        """A turn of the caller, whole."""
        found = self._find(text, item_id)
        if found.is_card or REMOVED in text:
            earlier = self.begun
            self._parts.clear()
            self._hot, self._was_refused = _AFTER, False
            return Heard(found.text, is_card=True, earlier=earlier)
        if found.groups:
            self._parts.append(_Part(item_id, text, found.parts, found.groups))
        elif text:
            self._parts.clear()
        self._hot = max(0, self._hot - 1)
        self._talks_of(found)
        return Heard(found.text)

    def agent(self, text: str) -> str:
        """What the agent said, masked: it may read a number back."""
        found = find(text, About.HOT if self._hot else About.NOTHING, part=_AGENTS_PART)
        if not self._is_opening:
            self._was_refused = True
            self._talks_of(found)
        self._is_opening = False
        return found.text

    def _find(self, text: str, item_id: str) -> Found:
        parts = [part for part in self._parts if part.item_id != item_id]
        self._begun = [part for part in parts if part.digits]
        if not self._hot:
            found = find(text, self._about, sum(part.digits for part in parts))
            return found if found.is_card or not found.groups else self._put_together(found, text, parts)
        found = find(text, About.HOT)
        if self._was_refused and found.parts in _PHONES:
            return replace(find(text, About.PHONE), parts=0)
        return found

    def _put_together(self, found: Found, text: str, parts: list[_Part]) -> Found:
        """With the turns before it, it may be a number of which nobody said what it was."""
        for first in range(len(parts) + 1):
            if is_card_number("".join(part.groups for part in parts[first:]) + found.groups):
                self._begun = parts[first:]
                return find(text, About.HOT)
        return found

    def _talks_of(self, found: Found) -> None:
        self._holds -= 1
        if found.about is not About.NOTHING:
            self._about, self._holds = found.about, _LASTS
        elif self._holds <= 0:
            self._about = About.NOTHING
