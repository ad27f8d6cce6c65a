"""One response from `response.created` to `response.done`: the events, in the order of the real service. Pure.

What is said comes in pieces from outside; this object turns pieces into events and items.
Source of the order: recorded sessions of the service, and OpenAI's Realtime reference.
"""

import base64
import json
from collections.abc import Sequence
from typing import Any

from speech import usage
from speech.conversation import Conversation
from speech.errors import ClientError, no_referenced_item
from speech.ids import new_id
from speech.items import Item, Part, from_client
from speech.schema import anything, list_of, mapping, nullable, one_of, record, text
from speech.session import (
    AUDIO_FORMAT,
    BYTES_PER_MS,
    MAX_TOKENS,
    MODALITIES,
    REASONING,
    TOOL_CHOICE,
    TOOLS,
    VOICE,
    Session,
    one_modality,
)

Event = dict[str, Any]

_text = text()
_METADATA_PAIRS, _METADATA_KEY, _METADATA_VALUE = 16, 64, 512
_CREATE = record(
    {
        "conversation": nullable(one_of("auto", "none")),
        "input": nullable(list_of(anything)),
        "instructions": nullable(_text),
        "output_modalities": nullable(MODALITIES),
        "audio": nullable(record({"output": record({"format": AUDIO_FORMAT, "voice": VOICE})})),
        "tools": nullable(TOOLS),
        "tool_choice": nullable(TOOL_CHOICE),
        "parallel_tool_calls": nullable(lambda value, path: value),
        "reasoning": nullable(REASONING),
        "max_output_tokens": nullable(MAX_TOKENS),
        "metadata": nullable(lambda value, path: _metadata(value, path)),
        "prompt": nullable(mapping),
    }
)


def _metadata(value: Any, path: str) -> Any:
    """Up to 16 pairs of strings, keys to 64 characters, values to 512."""
    pairs = mapping(value, path)
    if len(pairs) > _METADATA_PAIRS:
        message = (
            f"Invalid '{path}': too many properties. Expected an object with at most {_METADATA_PAIRS} properties."
        )
        raise ClientError(message, "object_above_max_properties", path)
    for key, entry in pairs.items():
        text(max_length=_METADATA_KEY)(key, path)
        text(max_length=_METADATA_VALUE)(entry, f"{path}.{key}")
    return pairs


class Response:
    """`in_conversation` is false for an out-of-band response, whose items belong to nobody."""

    def __init__(self, fields: Any, session: Session, conversation: Conversation) -> None:
        """`fields` is the `response` of `response.create`, {} when voice activity starts it. Raises ClientError."""
        asked = {name: value for name, value in _CREATE(fields, "response").items() if value is not None}
        self.id = new_id("resp")
        self.in_conversation = asked.get("conversation") != "none"
        self.status = "in_progress"
        self.output: list[Item] = []
        self.modality = one_modality(
            asked.get("output_modalities", session.wire["output_modalities"]), "response.output_modalities"
        )[0]
        audio = asked.get("audio", {}).get("output", {})
        self.format: dict[str, Any] = audio.get("format", session.output["format"])
        self.voice = audio.get("voice", session.output["voice"])
        self.instructions: str | None = asked.get("instructions")
        self.metadata = asked.get("metadata")
        choice = asked.get("tool_choice", session.wire["tool_choice"])
        self.tools: list[dict[str, Any]] = [] if choice == "none" else asked.get("tools", session.wire["tools"])
        self._max_output_tokens = asked.get("max_output_tokens", session.wire["max_output_tokens"])
        self._session = session
        self._conversation = conversation
        self._input = self._read_input(asked["input"]) if "input" in asked else None
        self._item: Item | None = None

    def _read_input(self, entries: list[Any]) -> list[Item]:
        read = []
        for index, entry in enumerate(entries):
            path = f"response.input[{index}]"
            if isinstance(entry, dict) and entry.get("type") == "item_reference":
                item_id = record({"type": anything, "id": _text}, required=("id",))(entry, path)["id"]
                found = self._conversation.get(item_id)
                if found is None:
                    raise no_referenced_item(f"{path}.id", item_id)
                read.append(found)
            else:
                read.append(from_client(entry, path, BYTES_PER_MS[self._session.input["format"]["type"]]))
        return read

    @property
    def read(self) -> Sequence[Item]:
        """The items that this response answers: its own input, else the conversation."""
        if self._input is not None:
            return self._input
        return [item for item in self._conversation.items if item not in self.output]

    def created(self) -> list[Event]:
        return [{"type": "response.created", "response": self.wire()}]

    def speak(self, words: str, audio: bytes, audio_ms: int) -> list[Event]:
        """The next stretch of audio, in the response's format, and the written words that begin in it."""
        events, item, part = self._open_message("output_audio")
        where = self._where(item) | {"content_index": 0}
        part.speak(words, audio_ms)
        if words:
            events.append({"type": "response.output_audio_transcript.delta", **where, "delta": words})
        if audio:
            delta = base64.b64encode(audio).decode()
            events.append({"type": "response.output_audio.delta", **where, "delta": delta})
        return events

    def write(self, words: str) -> list[Event]:
        """The next piece of a written answer."""
        events, item, part = self._open_message("output_text")
        part.text = (part.text or "") + words
        part.words += words
        where = self._where(item) | {"content_index": 0}
        return [*events, {"type": "response.output_text.delta", **where, "delta": words}]

    def call(self, name: str, arguments: dict[str, Any]) -> list[Event]:
        """A whole tool call; it cannot be cut in the middle."""
        events = self._close_item("completed")
        item = Item(new_id("item"), "function_call", "in_progress", call_id=new_id("call"), name=name)
        events += self._add(item)
        item.arguments = json.dumps(arguments, ensure_ascii=False)
        where = self._where(item) | {"call_id": item.call_id}
        events.append({"type": "response.function_call_arguments.delta", **where, "delta": item.arguments})
        done = {"type": "response.function_call_arguments.done", **where, "name": name, "arguments": item.arguments}
        return [*events, done, *self._close_item("completed")]

    def end(self, status: str, details: dict[str, Any] | None = None) -> list[Event]:
        """`status` completed, cancelled, failed or incomplete; `details` as the wire's `status_details`."""
        events = self._close_item("completed" if status == "completed" else "incomplete")
        self.status = status
        said = None if details is None else {"type": status, **details}
        return [*events, {"type": "response.done", "response": self.wire(status_details=said, usage=self._usage())}]

    def wire(self, **more: Any) -> dict[str, Any]:
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": self.status,
            "status_details": None,
            "output": [item.wire() for item in self.output],
            "conversation_id": self._conversation.id if self.in_conversation else None,
            "output_modalities": [self.modality],
            "max_output_tokens": self._max_output_tokens,
            "audio": {"output": {"format": self.format, "voice": self.voice}},
            "usage": None,
            "metadata": self.metadata,
            **more,
        }

    def _usage(self) -> dict[str, Any]:
        instructions = self.instructions if self.instructions is not None else self._session.wire["instructions"]
        return usage.of_response(instructions, self.tools, self.read, self.output)

    def _where(self, item: Item) -> Event:
        return {"response_id": self.id, "item_id": item.id, "output_index": self.output.index(item)}

    def _add(self, item: Item) -> list[Event]:
        self._item = item
        self.output.append(item)
        place = {"response_id": self.id, "output_index": self.output.index(item)}
        events: list[Event] = [{"type": "response.output_item.added", **place, "item": item.wire()}]
        if self.in_conversation:
            previous = self._conversation.append(item)
            events.append({"type": "conversation.item.added", "previous_item_id": previous, "item": item.wire()})
        return events

    def _open_message(self, kind: str) -> tuple[list[Event], Item, Part]:
        if self._item is not None:
            return [], self._item, self._item.parts[0]
        item = Item(new_id("item"), "message", "in_progress", role="assistant")
        events = self._add(item)
        part = Part(kind, "")
        item.parts.append(part)
        where = self._where(item) | {"content_index": 0}
        empty = {"type": "audio", "transcript": ""} if part.is_audio else {"type": "text", "text": ""}
        return [*events, {"type": "response.content_part.added", **where, "part": empty}], item, part

    def _close_item(self, status: str) -> list[Event]:
        item, self._item = self._item, None
        if item is None:
            return []
        item.status = "completed" if status == "completed" else "incomplete"
        events: list[Event] = []
        for index, part in enumerate(item.parts):
            where = self._where(item) | {"content_index": index}
            if part.is_audio:
                events.append({"type": "response.output_audio.done", **where})
                done = {"type": "response.output_audio_transcript.done", **where, "transcript": part.text or ""}
                shown = {"type": "audio", "transcript": part.text or ""}
            else:
                done = {"type": "response.output_text.done", **where, "text": part.text or ""}
                shown = {"type": "text", "text": part.text or ""}
            events += [done, {"type": "response.content_part.done", **where, "part": shown}]
        place = {"response_id": self.id, "output_index": self.output.index(item)}
        if self.in_conversation and self._conversation.get(item.id) is item:
            previous = self._conversation.before(item)
            events.append({"type": "conversation.item.done", "previous_item_id": previous, "item": item.wire()})
        return [*events, {"type": "response.output_item.done", **place, "item": item.wire()}]
