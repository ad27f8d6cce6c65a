"""What a conversation is made of, and how it is told to an engine that was not there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from relay import realtime
from relay.card_numbers import mask
from relay.playout import Heard

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
    is_card: bool = False  # a card number was said, which is not in `text`
    closed: bool = True  # no more words will come
    is_typed: bool = False
    is_passed_over: bool = False  # the agent heard it while it spoke, and went on


@dataclass(slots=True)
class AgentTurn:
    item_id: str
    response_id: str
    turn: int
    text: str = ""
    closed: bool = False  # no more words will come
    is_broken: bool = False  # its engine was lost before it was done
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
    words: dict[int, str] = field(default_factory=dict)  # of each entry, by its identity: another may be put before it
    ids: set[str] = field(default_factory=set)


def seed(
    history: Iterable[Mapping[str, Any]], entries: Sequence[Entry], told: Told, *, settled_only: bool
) -> list[realtime.ToEngine]:
    """The items that a connection which was `told` so much does not know yet; see `Conversation.seed`.

    What was told when it had not all its words, a tool's call without its output among it, is told again once it has.
    """
    items: list[realtime.ToEngine] = []
    if not told.history:
        told.history = True
        for given in history:
            items += _seed_given(given, told.ids)
    for entry in entries:
        if settled_only and not _is_settled(entry):
            break
        words = _words(entry)
        if words != told.words.get(id(entry), ""):
            told.words[id(entry)] = words
            items += _seed_entry(entry, words, told.ids)
    return items


def _is_settled(entry: Entry) -> bool:
    match entry:
        case UserTurn(text=text, closed=closed):
            return closed and bool(text)
        case AgentTurn(posted=posted):
            return posted
        case ToolCall(output=output):
            return output is not None
        case Note():
            return True


def _words(entry: Entry) -> str:
    """What there is to be told of it now; "" for nothing yet."""
    match entry:
        case UserTurn(text=text):
            return text or ""
        case AgentTurn():
            return entry.heard_text if entry.heard else mask(entry.text)
        case ToolCall(output=output):
            return output or ""
        case Note(text):
            return text


def _seed_entry(entry: Entry, words: str, ids: set[str]) -> list[realtime.ToEngine]:
    match entry:
        case UserTurn(item_id):
            return [realtime.AddMessage("user", words, _item_id(item_id, ids))]
        case AgentTurn(item_id):
            return [realtime.AddMessage("assistant", words, _item_id(item_id, ids))]
        case ToolCall(tool_call_id, name, arguments):
            call = realtime.AddFunctionCall(tool_call_id, name, arguments)
            return [call, realtime.AddFunctionOutput(tool_call_id, words)]
        case Note():
            return [realtime.AddMessage("system", words)]


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
