"""Conversation items: what they look like on the wire, what a client may create, and what the brain reads in them.

The wire form and the brain's reading differ in two places: a caller's words are known to the brain even when no
transcription was asked for, and of a truncated answer the brain knows the part that was heard.
"""

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, Literal

from speech.brain import Call, Message, Outcome, Turn
from speech.errors import invalid_audio, missing_parameter
from speech.ids import new_id
from speech.schema import Check, anything, list_of, nullable, one_of, record, tagged, text

Kind = Literal["message", "function_call", "function_call_output"]
Status = Literal["in_progress", "completed", "incomplete"]
CALL_ID_PATTERN = "[a-zA-Z0-9_-]+"

_text = text()
_part = {
    "input_text": record({"type": anything, "text": _text}, required=("text",)),
    "input_audio": record({"type": anything, "audio": _text, "transcript": nullable(_text)}, required=("audio",)),
    "output_text": record({"type": anything, "text": _text}, required=("text",)),
}
_PARTS: dict[str, Check] = {
    "user": list_of(tagged({name: _part[name] for name in ("input_text", "input_audio")})),
    "assistant": list_of(tagged({"output_text": _part["output_text"]})),
    "system": list_of(tagged({"input_text": _part["input_text"]})),
}
_COMMON: dict[str, Check] = {
    "type": anything,
    "id": nullable(text(max_length=32)),
    "object": nullable(one_of("realtime.item")),
    "status": nullable(one_of("completed", "incomplete", "in_progress")),
}
_CALL_ID = text(max_length=64, pattern=CALL_ID_PATTERN)
_ITEM = tagged(
    {
        "message": record({**_COMMON, "role": anything, "content": anything}, required=("role", "content")),
        "function_call": record(
            {**_COMMON, "name": _text, "call_id": nullable(_CALL_ID), "arguments": _text},
            required=("name", "arguments"),
        ),
        "function_call_output": record(
            {**_COMMON, "call_id": _CALL_ID, "output": _text}, required=("call_id", "output")
        ),
    }
)


@dataclass
class Part:
    """One piece of content. `text` is the written text or the transcript; `words` is what the brain reads.

    `audio` is in the session's format. For spoken answers, `marks` has (ms, length of `text`) where each delta ended.
    """

    type: str
    text: str | None = None
    words: str = ""
    audio: bytes = b""
    audio_ms: int = 0
    marks: list[tuple[int, int]] = field(default_factory=list)
    truncated: bool = False

    @property
    def is_audio(self) -> bool:
        return self.type in ("input_audio", "output_audio")

    def wire(self, *, with_audio: bool) -> dict[str, Any]:
        if not self.is_audio:
            return {"type": self.type, "text": self.text or ""}
        shown: dict[str, Any] = {"type": self.type, "transcript": self.text}
        if with_audio and self.type == "input_audio":
            shown["audio"] = base64.b64encode(self.audio).decode()
        return shown

    def speak(self, words: str, audio_ms: int) -> None:
        """The next stretch of a spoken answer. What is made after a truncation nobody hears: it is not remembered."""
        if self.truncated:
            return
        self.text = (self.text or "") + words
        self.words += words
        self.audio_ms += audio_ms
        self.marks.append((self.audio_ms, len(self.text)))

    def truncate(self, audio_end_ms: int) -> None:
        """Forget the audio after `audio_end_ms`, and the transcript.

        The brain keeps the words of the deltas that had begun by then.
        """
        heard, begun_ms = 0, 0
        for end_ms, length in self.marks:
            if begun_ms < audio_end_ms:
                heard = length
            begun_ms = end_ms
        self.words = self.words[:heard].rstrip()
        self.text = ""
        self.audio_ms = audio_end_ms
        self.truncated = True


@dataclass(eq=False)
class Item:
    id: str
    kind: Kind
    status: Status = "completed"
    role: str = ""
    parts: list[Part] = field(default_factory=list)
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    output: str = ""

    def wire(self, *, with_audio: bool = False) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": self.id,
            "object": "realtime.item",
            "type": self.kind,
            "status": self.status,
        }
        match self.kind:
            case "message":
                content = [part.wire(with_audio=with_audio) for part in self.parts]
                return shown | {"role": self.role, "content": content}
            case "function_call":
                return shown | {"name": self.name, "call_id": self.call_id, "arguments": self.arguments}
        return shown | {"call_id": self.call_id, "output": self.output}

    def turn(self) -> Turn:
        """How the brain reads it."""
        match self.kind:
            case "message":
                said = " ".join(part.words for part in self.parts if part.words)
                return Message(role=self.role, text=said, item_id=self.id)
            case "function_call":
                return Call(self.call_id, self.name, self.arguments)
        return Outcome(self.call_id, self.output)


def spoken_by_user(item_id: str, audio: bytes, audio_ms: int) -> Item:
    """A caller's turn out of the input audio buffer; what was said is not known yet."""
    return Item(item_id, "message", role="user", parts=[Part("input_audio", None, "", audio, audio_ms)])


def from_client(value: Any, path: str, bytes_per_ms: int) -> Item:
    """An item that the client wrote. Raises ClientError for what the service would not take.

    `bytes_per_ms` is that of the session's input format, in which any `input_audio` is.
    """
    checked = _ITEM(value, path)
    item_id = checked.get("id") or new_id("item")
    status: Status = "completed" if checked.get("status") != "incomplete" else "incomplete"
    match checked["type"]:
        case "function_call":
            call_id = checked.get("call_id") or new_id("call")
            name, arguments = checked["name"], checked["arguments"]
            return Item(item_id, "function_call", status, call_id=call_id, name=name, arguments=arguments)
        case "function_call_output":
            return Item(item_id, "function_call_output", status, call_id=checked["call_id"], output=checked["output"])
    role = one_of(*_PARTS)(checked["role"], f"{path}.role")
    parts = _PARTS[role](checked["content"], f"{path}.content")
    if not parts:
        raise missing_parameter(f"{path}.content[0]")
    read = [_read_part(part, f"{path}.content[{index}]", bytes_per_ms) for index, part in enumerate(parts)]
    return Item(item_id, "message", status, role=role, parts=read)


def _read_part(part: dict[str, Any], path: str, bytes_per_ms: int) -> Part:
    if part["type"] != "input_audio":
        return Part(part["type"], part["text"], part["text"])
    audio = decode_audio(part["audio"], f"{path}.audio")
    return Part("input_audio", part.get("transcript"), "", audio, len(audio) // bytes_per_ms)


def decode_audio(value: str, path: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise invalid_audio(path) from None
