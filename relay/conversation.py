"""Who said what in this attempt, in order: turn numbers, what was heard of each, and how to tell it to another engine.

Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from relay import realtime
from relay.card_watch import CardWatch
from relay.entries import LONGEST_ITEM_ID, AgentTurn, Entry, Note, Told, ToolCall, UserTurn, seed
from relay.functions import PostTurn
from relay.playout import Heard

# How long a caller's words are waited for after the turn was committed.
TRANSCRIPT_WAIT_MS = 3000
# Entries of history: what was said before them does not make a card number of anything now.
_RECALLED = 20


class Conversation:
    """The entries of this attempt behind the `history` of the earlier ones.

    `is_playing` says whether something of the agent's item is still to be heard.
    """

    def __init__(self, history: tuple[Mapping[str, Any], ...], is_playing: Callable[[str], bool]) -> None:
        self._history = history
        self._is_playing = is_playing
        self._entries: list[Entry] = []
        self._users: dict[str, UserTurn] = {}
        self._agents: dict[str, AgentTurn] = {}
        self._unheard_words: list[UserTurn] = []  # committed, not transcribed, not yet posted
        self._turns = 0
        self.cards = CardWatch()
        self.read_back: list[AgentTurn] = []  # in which the agent said a card number: of them the engine is to be told
        self._recall()

    def _recall(self) -> None:
        """A card number may have been half said when the stream before broke: what was said before tells."""
        for place, given in list(enumerate(self._history))[-_RECALLED:]:
            match given:
                case {"type": "message", "role": "user", "text": str(text)}:
                    self.cards.caller(_name(place, given), text)
                case {"type": "message", "role": "assistant", "text": str(text)}:
                    self.cards.agent(text)
        if self._history:
            self.cards.goes_on()

    def next_turn(self) -> int:
        """Turns are numbered when they begin: at commit, or when a response is created."""
        self._turns += 1
        return self._turns

    @property
    def last_turn(self) -> int:
        return self._turns

    @property
    def has_begun(self) -> bool:
        """Whether anything was said or done in this attempt."""
        return bool(self._entries)

    @property
    def turns_taken(self) -> int:
        """Turns of which something was said; a response that only called a tool is none."""
        return sum(isinstance(e, UserTurn) or (isinstance(e, AgentTurn) and bool(e.heard_text)) for e in self._entries)

    def said(self, turn: UserTurn | AgentTurn) -> None:
        """A turn that is kept, and posted, by a part that knows its words as they come; it stands by its number."""
        turns = ((place, e) for place, e in enumerate(self._entries) if isinstance(e, UserTurn | AgentTurn))
        later = next((place for place, e in turns if e.turn > turn.turn), len(self._entries))
        self._entries.insert(later, turn)
        if isinstance(turn, UserTurn):
            self._users[turn.item_id] = turn

    # --- the caller ---

    def user_spoke(self, item_id: str, start_ms: int | None, end_ms: int | None, now_ms: int) -> UserTurn:
        turn = UserTurn(item_id, self.next_turn(), start_ms, end_ms, now_ms + TRANSCRIPT_WAIT_MS)
        self._entries.append(turn)
        self._users[item_id] = turn
        self._unheard_words.append(turn)
        return turn

    def user_typed(self, item_id: str, text: str, now_ms: int, *, is_card: bool = False) -> PostTurn:
        """The guest wrote: a turn whose words are known at once."""
        turn = UserTurn(item_id, self.next_turn(), None, None, now_ms, text, is_card, is_typed=True)
        self._entries.append(turn)
        self._users[item_id] = turn
        return _post_user(turn)

    def user_words(self, item_id: str, text: str, *, is_card: bool = False) -> tuple[PostTurn, bool] | None:
        """The caller's words arrived: the turn, and whether they come late, after it was posted without."""
        turn = self._users.get(item_id)
        if turn is None:
            return None
        turn.text, turn.is_card = text, is_card
        is_late = turn not in self._unheard_words
        if not is_late:
            self._unheard_words.remove(turn)
        return _post_user(turn), is_late

    def user_words_so_far(self, item_id: str, text: str) -> PostTurn:
        """A turn whose words still come, as far as they have."""
        return _post_user(replace(self._users[item_id], text=text, is_card=True))

    def mask_history(self, item_id: str, text: str) -> str | None:
        """A turn of an earlier attempt began a card number: from now on engines are told this of it.

        Returns the id by which engines know it, "" for none; None: there is no such turn.
        """
        place = next((n for n, given in enumerate(self._history) if _name(n, given) == item_id), None)
        if place is None:
            return None
        given = self._history[place]
        self._history = (*self._history[:place], {**given, "text": text}, *self._history[place + 1 :])
        known = str(given.get("item_id") or "")
        return known if len(known) <= LONGEST_ITEM_ID else ""

    def user_words_overdue(self, now_ms: int | None) -> list[PostTurn]:
        """Turns whose words are not waited for any longer (all, without a time): heard, but not understood."""
        overdue = [turn for turn in self._unheard_words if now_ms is None or turn.due_ms <= now_ms]
        for turn in overdue:
            self._unheard_words.remove(turn)
        return [_post_user(turn) for turn in overdue]

    def may_change(self, item_id: str) -> bool:
        """Whether words of this turn of the caller may still come, or have to go."""
        return item_id in self._users and (self._users[item_id].text is None or self.cards.may_have_begun(item_id))

    def knows(self, item_id: str) -> bool:
        """Whether it is a turn of the caller."""
        return item_id in self._users

    def times(self, item_id: str) -> tuple[int | None, int | None] | None:
        """Where in the caller's stream a turn lies, as far as that is known; None: it is no turn yet."""
        turn = self._users.get(item_id)
        return None if turn is None else (turn.start_ms, turn.end_ms)

    def was_typed(self, item_id: str) -> bool:
        return item_id in self._users and self._users[item_id].is_typed

    def words_since(self, turn: int) -> str | None:
        """What the caller said after this turn, "" for nothing; None when that is not known yet."""
        texts: list[str] = []
        for entry in reversed(self._entries):
            if isinstance(entry, UserTurn):
                if entry.turn <= turn:
                    break
                if entry in self._unheard_words:
                    return None
                texts.insert(0, entry.text or "")
        return " ".join(texts)

    def without_words(self) -> list[str]:
        """Turns whose words are still awaited."""
        return [turn.item_id for turn in self._unheard_words]

    def due_ms(self) -> int | None:
        return self._unheard_words[0].due_ms if self._unheard_words else None

    # --- the agent ---

    def agent_begins(self, item_id: str, response_id: str, turn: int) -> None:
        entry = AgentTurn(item_id, response_id, turn)
        self._entries.append(entry)
        self._agents[item_id] = entry

    def agent(self, item_id: str) -> AgentTurn | None:
        return self._agents.get(item_id)

    def agent_heard(self, heard: Heard) -> PostTurn | None:
        """Nothing more of this item will be heard. Returns the turn when its words are complete, too."""
        turn = self.agent(heard.item_id)
        if turn is None or turn.heard is not None:
            return None
        turn.heard = heard
        return self.agent_settled(turn)

    def agent_settled(self, turn: AgentTurn) -> PostTurn | None:
        """The turn, once it was heard as far as it will be and its words are known. One nobody heard is none."""
        heard = turn.heard
        if heard is None or turn.posted or (heard.whole and not turn.closed):
            return None
        turn.posted = True
        turn.heard_text = self.masked(turn, heard_part(turn.text, heard))
        if heard.heard_ms == 0:
            return None
        return PostTurn(
            turn.turn,
            "assistant",
            turn.heard_text,
            turn.item_id,
            heard.audio_ms,
            heard_ms=heard.heard_ms,
            interrupted=turn.is_broken or not heard.whole,
        )

    def masked(self, turn: AgentTurn, text: str) -> str:
        """What of a turn was heard, without a card number that the agent may have read back."""
        masked = self.cards.agent(text)
        if masked != text:
            self.read_back.append(turn)
        return masked

    # --- tools and notes ---

    def tool_called(self, tool_call_id: str, name: str, arguments: str) -> None:
        self._entries.append(ToolCall(tool_call_id, name, arguments))

    def tool_answered(self, tool_call_id: str, output: str) -> None:
        for entry in self._entries:
            if isinstance(entry, ToolCall) and entry.tool_call_id == tool_call_id:
                entry.output = output

    def note(self, text: str) -> None:
        self._entries.append(Note(text))

    # --- for another engine ---

    @property
    def caller_waits(self) -> bool:
        """The last thing that counts is the caller's turn or a tool's answer: somebody is waiting to hear the reply."""
        for entry in reversed(self._entries):
            match entry:
                case UserTurn(is_passed_over=False):
                    return True
                case ToolCall() if entry.output is not None:
                    return True
                case AgentTurn() if self._reaches_caller(entry):
                    return False
        return False

    @property
    def last_words_are_lost(self) -> bool:
        """The caller's last turn has no words, so no other engine can know what was said."""
        for entry in reversed(self._entries):
            if isinstance(entry, UserTurn):
                return not entry.text
            if isinstance(entry, ToolCall) or (isinstance(entry, AgentTurn) and self._reaches_caller(entry)):
                return False
        return False

    @property
    def last_words(self) -> str:
        """What the caller said or keyed last, as far as it is known."""
        for entry in reversed(self._entries):
            match entry:
                case UserTurn(is_passed_over=False) | Note():
                    return entry.text or ""
        return ""

    def _reaches_caller(self, turn: AgentTurn) -> bool:
        """Something of it was heard, or will be: what has come plays on when its engine is gone."""
        return bool(turn.heard.heard_ms) if turn.heard is not None else self._is_playing(turn.item_id)

    def seed(self, told: Told | None = None, *, settled_only: bool = False) -> list[realtime.ToEngine]:
        """What a connection does not know yet, as items: words as heard, tool calls with their results.

        A fresh engine gets everything. One that is `told` bit by bit before it is needed gets, with `settled_only`, no
        more than what cannot change any more.
        """
        return seed(self._history, self._entries, told or Told(), settled_only=settled_only)


def heard_part(text: str, heard: Heard) -> str:
    """The words of `text` that fit into what was heard, in proportion, cut at a word's end.

    Source: truncation deletes the engine's own transcript and gives no alignment, so this is an estimate.
    """
    if heard.whole or not heard.audio_ms or heard.heard_ms >= heard.audio_ms:
        return text
    length = round(len(text) * heard.heard_ms / heard.audio_ms)
    if length >= len(text) or text[length : length + 1].isspace():
        return text[:length].rstrip()
    return text[:length].rpartition(" ")[0].rstrip()


def _name(place: int, given: Mapping[str, Any]) -> str:
    """Of a turn of history: its item's id, or where it stands."""
    return str(given.get("item_id") or f"history-{place}")


def _post_user(turn: UserTurn) -> PostTurn:
    start, end = turn.start_ms, turn.end_ms
    length = end - start if start is not None and end is not None else 0
    return PostTurn(
        turn.turn,
        "user",
        turn.text or "",
        turn.item_id,
        length,
        audio_start_ms=start,
        audio_end_ms=end,
        card_data=turn.is_card,
    )
