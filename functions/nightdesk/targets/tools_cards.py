"""What a guest says to whoever answers, without card numbers, before it is kept; and what was kept of one before.

A number that is read out in groups is known as one only by its later groups, which may come in another stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nightdesk import cards
from nightdesk.conversation import Turn
from nightdesk.hotel.ports import Turns

_LOOKED_AT = 2  # turns of the guest before one: of what was talked since
_GROUPS = 3  # turns of the guest in which a number may have been begun


def said(store: Turns, session_id: str, place: tuple[int, int], text: str) -> str:
    """A guest's words at (attempt, turn), masked."""
    if cards.masked(text, ["card"]) == text:
        return text
    return cards.masked(text, _talk(_before(store, session_id, place)))


def begun(store: Turns, session_id: str, place: tuple[int, int]) -> list[Turn]:
    """A card number was said at (attempt, turn): the guest's turns just before with its groups, now masked as well.

    Whoever asks stores them, after their sound: once they are stored, nothing tells any more that it is to go.
    """
    before, masked = _before(store, session_id, place), list[Turn]()
    guests = [number for number, turn in enumerate(before) if turn.role == "user" and turn.text]
    for number in reversed(guests[-_GROUPS:]):
        turn = before[number]
        text = cards.masked(turn.text, _talk(before[:number]), cards.GROUP)
        if cards.REMOVED not in text:
            break
        if text != turn.text:
            masked.append(replace(turn, text=text))
    return masked


def _talk(turns: Sequence[Turn]) -> list[str]:
    """What tells of what is talked: of the agent's words, those that ask for a long number or speak of one."""
    guests = [number for number, turn in enumerate(turns) if turn.role == "user"]
    since = guests[-_LOOKED_AT:][0] if len(guests) >= _LOOKED_AT else 0
    return [turn.text for turn in turns[since:] if turn.role == "user" or cards.weighs(turn.text)]


def _before(store: Turns, session_id: str, place: tuple[int, int]) -> list[Turn]:
    return [turn for turn in store.turns(session_id) if (turn.attempt, turn.turn) < place]
