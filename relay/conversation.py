"""Who said what in this attempt, in order: turn numbers, what was heard of each, and how to tell it to another engine.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from relay import realtime
from relay.messages import PostTurn
from relay.playout import Heard

# How long a caller's words are waited for after the turn was committed.
TRANSCRIPT_WAIT_MS = 3000
# Source: OpenAI Realtime, ids chosen by the client are at most 32 characters long.
LONGEST_ITEM_ID = 32


@dataclass(slots=True)
class UserTurn:
    item_id: str
    turn: int
    start_ms: int | None  # in the caller's stream of this attempt
    end_ms: int | None
    due_ms: int  # when it is posted without words
    text: str | None = None


@dataclass(slots=True)
class AgentTurn:
    item_id: str
    response_id: str
    turn: int
    text: str = ""
    closed: bool = False  # no more words will come
    heard: Heard | None = None  # set once nothing more of it will be heard
    heard_text: str = ""
    posted: bool = False


@dataclass(slots=True)
class ToolCall:
    tool_call_id: str
    name: str
    arguments: str
    output: str | None = None


@dataclass(slots=True)
class Note:
    text: str


Entry = UserTurn | AgentTurn | ToolCall | Note


@dataclass(slots=True)
class Told:
    """How much of the conversation one engine connection was told."""

    history: bool = False
    entries: int = 0
    ids: set[str] = field(default_factory=set)


class Conversation:
    """The entries of this attempt behind the `history` of the earlier ones."""

    def __init__(self, history: tuple[Mapping[str, Any], ...] = ()) -> None:
        self._history = history
        self._entries: list[Entry] = []
        self._users: dict[str, UserTurn] = {}
        self._agents: dict[str, AgentTurn] = {}
        self._unheard_words: list[UserTurn] = []  # committed, not transcribed, not yet posted
        self._turns = 0

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
        """A turn that is kept, and posted, by a part that knows its words as they come."""
        self._entries.append(turn)

    # --- the caller ---

    def user_spoke(self, item_id: str, start_ms: int | None, end_ms: int | None, now_ms: int) -> UserTurn:
        turn = UserTurn(item_id, self.next_turn(), start_ms, end_ms, now_ms + TRANSCRIPT_WAIT_MS)
        self._entries.append(turn)
        self._users[item_id] = turn
        self._unheard_words.append(turn)
        return turn

    def user_typed(self, item_id: str, text: str, now_ms: int) -> PostTurn:
        """The guest wrote: a turn whose words are known at once."""
        turn = UserTurn(item_id, self.next_turn(), None, None, now_ms, text)
        self._entries.append(turn)
        self._users[item_id] = turn
        return _post_user(turn)

    def user_words(self, item_id: str, text: str) -> tuple[PostTurn, bool] | None:
        """The caller's words arrived: the turn, and whether they come late, after it was posted without."""
        turn = self._users.get(item_id)
        if turn is None:
            return None
        turn.text = text
        is_late = turn not in self._unheard_words
        if not is_late:
            self._unheard_words.remove(turn)
        return _post_user(turn), is_late

    def user_words_overdue(self, now_ms: int | None) -> list[PostTurn]:
        """Turns whose words are not waited for any longer (all, without a time): heard, but not understood."""
        overdue = [turn for turn in self._unheard_words if now_ms is None or turn.due_ms <= now_ms]
        for turn in overdue:
            self._unheard_words.remove(turn)
        return [_post_user(turn) for turn in overdue]

    def due_ms(self) -> int | None:
        return self._unheard_words[0].due_ms if self._unheard_words else None

    # --- the agent ---

    def agent_begins(self, item_id: str, response_id: str, turn: int) -> None:
        entry = AgentTurn(item_id, response_id, turn)
        self._entries.append(entry)
        self._agents[item_id] = entry

    def agent(self, item_id: str) -> AgentTurn | None:
        return self._agents.get(item_id)

    def agents_of(self, response_id: str) -> list[AgentTurn]:
        return [turn for turn in self._agents.values() if turn.response_id == response_id]

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
        turn.heard_text = heard_part(turn.text, heard)
        if heard.heard_ms == 0:
            return None
        return PostTurn(
            turn.turn,
            "assistant",
            turn.heard_text,
            turn.item_id,
            heard.audio_ms,
            heard_ms=heard.heard_ms,
            interrupted=not heard.whole,
        )

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
            if isinstance(entry, UserTurn) or (isinstance(entry, ToolCall) and entry.output is not None):
                return True
            if isinstance(entry, AgentTurn) and entry.heard is not None and entry.heard.heard_ms:
                return False
        return False

    @property
    def last_words_are_lost(self) -> bool:
        """The caller's last turn has no words, so no other engine can know what was said."""
        for entry in reversed(self._entries):
            if isinstance(entry, UserTurn):
                return not entry.text
            if isinstance(entry, ToolCall) or (isinstance(entry, AgentTurn) and entry.heard_text):
                return False
        return False

    def seed(self, told: Told | None = None, *, settled_only: bool = False) -> list[realtime.ToEngine]:
        """What a connection does not know yet, as items: words as heard, tool calls with their results.

        A fresh engine gets everything. One that is `told` bit by bit before it is needed gets, with `settled_only`, no
        more than what cannot change any more.
        """
        told = told or Told()
        items: list[realtime.ToEngine] = []
        if not told.history:
            told.history = True
            for given in self._history:
                items += _seed_given(given, told.ids)
        for entry in self._entries[told.entries :]:
            if settled_only and not _is_settled(entry):
                break
            told.entries += 1
            items += _seed_entry(entry, told.ids)
        return items


def _is_settled(entry: Entry) -> bool:
    match entry:
        case UserTurn(text=text):
            return bool(text)
        case AgentTurn(posted=posted):
            return posted
        case ToolCall(output=output):
            return output is not None
        case Note():
            return True


def _seed_entry(entry: Entry, ids: set[str]) -> list[realtime.ToEngine]:
    match entry:
        case UserTurn(item_id=item_id, text=text) if text:
            return [realtime.AddMessage("user", text, _item_id(item_id, ids))]
        case AgentTurn() as turn if text := (turn.heard_text if turn.heard else turn.text):
            return [realtime.AddMessage("assistant", text, _item_id(turn.item_id, ids))]
        case ToolCall(tool_call_id, name, arguments, output) if output is not None:
            call = realtime.AddFunctionCall(tool_call_id, name, arguments)
            return [call, realtime.AddFunctionOutput(tool_call_id, output)]
        case Note(text):
            return [realtime.AddMessage("system", text)]
        case _:
            return []


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


def _post_user(turn: UserTurn) -> PostTurn:
    start, end = turn.start_ms, turn.end_ms
    length = end - start if start is not None and end is not None else 0
    return PostTurn(turn.turn, "user", turn.text or "", turn.item_id, length, audio_start_ms=start, audio_end_ms=end)


def _seed_given(given: Mapping[str, Any], ids: set[str]) -> list[realtime.ToEngine]:
    """One entry of the session's history. An empty text (heard, not understood) is nothing an engine could use."""
    match given:
        case {"type": "message", "role": "user" | "assistant" | "system" as role, "text": str(text)} if text:
            return [realtime.AddMessage(role, text, _item_id(str(given.get("item_id") or ""), ids))]
        case {
            "type": "tool",
            "tool_call_id": str(tool_call_id),
            "name": str(name),
            "arguments": arguments,
            "result": out,
        }:
            return [
                realtime.AddFunctionCall(tool_call_id, name, orjson.dumps(arguments).decode()),
                realtime.AddFunctionOutput(tool_call_id, orjson.dumps(out).decode()),
            ]
        case _:
            return []


def _item_id(item_id: str, ids: set[str]) -> str:
    """Keep the engine's id where it can be kept, so that tools that name an item still find it."""
    if not item_id or len(item_id) > LONGEST_ITEM_ID or item_id in ids:
        return ""
    ids.add(item_id)
    return item_id
