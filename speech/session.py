"""The session object: its defaults, what `session.update` may change, and how it is merged.

Pure: wire JSON in, wire JSON out, and a few typed readings for the parts that act on it.
"""

import copy
from typing import Any

from speech import schema
from speech.errors import ClientError, invalid_value, transcription_session_refused, voice_is_fixed
from speech.schema import (
    anything,
    decimal,
    flag,
    integer,
    list_of,
    mapping,
    nullable,
    one_of,
    record,
    tagged,
    word_or,
)

DEFAULT_INSTRUCTIONS = "You are the front desk of a hotel. Be brief, friendly and exact."
PCM_HZ = 24_000
BYTES_PER_MS = {"audio/pcm": 48, "audio/pcmu": 8}

_text = schema.text()


def _voice(value: Any, path: str) -> Any:
    """Any name is taken: the voices of the real service all mean the one that the synthesiser is set to."""
    if isinstance(value, dict):
        return record({"id": _text}, required=("id",))(value, path)
    return _text(value, path)


AUDIO_FORMAT = tagged(
    {
        "audio/pcm": record({"type": anything, "rate": integer(PCM_HZ, PCM_HZ)}),
        "audio/pcmu": record({"type": anything}),
    }
)
VOICE = nullable(_voice)
MAX_TOKENS = word_or("inf", integer(1, 4096))
MODALITIES = list_of(one_of("text", "audio"))
TOOLS = list_of(
    tagged(
        {
            "function": record(
                {
                    "type": anything,
                    "name": schema.text(max_length=64, pattern="[a-zA-Z0-9_-]+"),
                    "description": nullable(_text),
                    "parameters": nullable(mapping),
                },
                required=("name",),
            )
        }
    )
)
TOOL_CHOICE = word_or(
    ("auto", "none", "required"),
    tagged({"function": record({"type": anything, "name": _text}, required=("name",))}),
)
TRUNCATION = word_or(
    ("auto", "disabled"),
    tagged(
        {
            "retention_ratio": record(
                {
                    "type": anything,
                    "retention_ratio": decimal(0.0, 1.0),
                    "token_limits": record({"post_instructions": integer(0)}),
                },
                required=("retention_ratio",),
            )
        }
    ),
)
REASONING = record({"effort": nullable(one_of("minimal", "low", "medium", "high", "xhigh"))})

_SERVER_VAD_DEFAULTS = {
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 200,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
_SEMANTIC_VAD_DEFAULTS = {"eagerness": "auto", "create_response": True, "interrupt_response": True}
SEMANTIC_SILENCE_MS = {"low": 1_000, "medium": 700, "auto": 700, "high": 400}
"""There is no semantic model here: eagerness only says how long a silence ends the turn."""

_TURN_DETECTION = tagged(
    {
        "server_vad": record(
            {
                "type": anything,
                "threshold": decimal(0.0, 1.0),
                "prefix_padding_ms": integer(0, 5_000),
                "silence_duration_ms": integer(0, 30_000),
                "idle_timeout_ms": nullable(integer(5_000, 30_000)),
                "create_response": flag,
                "interrupt_response": flag,
            }
        ),
        "semantic_vad": record(
            {
                "type": anything,
                "eagerness": one_of("low", "medium", "high", "auto"),
                "create_response": flag,
                "interrupt_response": flag,
            }
        ),
    }
)
_TRANSCRIPTION = record(
    {
        "model": _text,
        "language": nullable(_text),
        "languages": list_of(_text),
        "keywords": list_of(_text),
        "prompt": nullable(_text),
        "delay": nullable(one_of("minimal", "low", "medium", "high", "xhigh")),
    }
)
_AUDIO = record(
    {
        "input": record(
            {
                "format": AUDIO_FORMAT,
                "transcription": nullable(_TRANSCRIPTION),
                "noise_reduction": nullable(
                    record({"type": one_of("near_field", "far_field"), "strength": decimal(0.0, 1.0)})
                ),
                "turn_detection": nullable(_TURN_DETECTION),
            }
        ),
        "output": record({"format": AUDIO_FORMAT, "voice": VOICE, "speed": decimal(0.25, 1.5)}),
    }
)
_SESSION = record(
    {
        "type": anything,
        "model": _text,
        "output_modalities": MODALITIES,
        "instructions": _text,
        "audio": _AUDIO,
        "tools": TOOLS,
        "tool_choice": TOOL_CHOICE,
        "parallel_tool_calls": nullable(flag),
        "reasoning": nullable(REASONING),
        "max_output_tokens": MAX_TOKENS,
        "truncation": TRUNCATION,
        "tracing": nullable(word_or("auto", mapping)),
        "prompt": nullable(mapping),
        "include": nullable(list_of(one_of("item.input_audio_transcription.logprobs"))),
    },
    required=("type",),
)


def one_modality(modalities: list[str], path: str) -> list[str]:
    """Audio brings its transcript with it; both words together are refused, as is nothing."""
    if len(set(modalities)) != 1:
        message = f"Invalid modalities: {modalities}. Supported combinations are: ['text'] and ['audio']."
        raise ClientError(message, "invalid_value", path)
    return modalities[:1]


class Session:
    """The effective session. `wire` is what `session.created` and `session.updated` show."""

    def __init__(self, session_id: str, model: str, expires_at: int) -> None:
        pcm = {"type": "audio/pcm", "rate": PCM_HZ}
        self.wire: dict[str, Any] = {
            "type": "realtime",
            "object": "realtime.session",
            "id": session_id,
            "model": model,
            "output_modalities": ["audio"],
            "instructions": DEFAULT_INSTRUCTIONS,
            "tools": [],
            "tool_choice": "auto",
            "max_output_tokens": "inf",
            "truncation": "auto",
            "tracing": None,
            "prompt": None,
            "expires_at": expires_at,
            "audio": {
                "input": {
                    "format": dict(pcm),
                    "transcription": None,
                    "noise_reduction": None,
                    "turn_detection": {"type": "server_vad", **_SERVER_VAD_DEFAULTS},
                },
                "output": {"format": dict(pcm), "voice": "marin", "speed": 1.0},
            },
            "include": None,
        }

    def update(self, patch: Any, *, has_spoken: bool) -> None:
        """Merge `patch`: only fields that are present change, and a refused update changes nothing.

        `has_spoken` fixes the voice. Raises ClientError.
        """
        checked = _SESSION(patch, "session")
        if checked["type"] == "transcription":
            raise transcription_session_refused()
        if checked["type"] != "realtime":
            raise invalid_value("session.type", str(checked["type"]), ("realtime", "transcription"))
        if checked.get("model", self.wire["model"]) != self.wire["model"]:
            raise ClientError("Cannot update a session's model.", "invalid_value", "session.model")
        if "output_modalities" in checked:
            checked["output_modalities"] = one_modality(checked["output_modalities"], "session.output_modalities")
        output = checked.get("audio", {}).get("output", {})
        if has_spoken and "voice" in output and output["voice"] != self.wire["audio"]["output"]["voice"]:
            raise voice_is_fixed()
        audio = checked.pop("audio", {})
        self.wire.update(checked)
        for side, fields in audio.items():
            self.wire["audio"][side].update({name: _filled(name, value) for name, value in fields.items()})

    def snapshot(self) -> dict[str, Any]:
        return copy.deepcopy(self.wire)

    @property
    def input(self) -> dict[str, Any]:
        audio_input: dict[str, Any] = self.wire["audio"]["input"]
        return audio_input

    @property
    def output(self) -> dict[str, Any]:
        audio_output: dict[str, Any] = self.wire["audio"]["output"]
        return audio_output

    @property
    def turn_detection(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.input["turn_detection"]
        return found

    @property
    def language(self) -> str:
        transcription = self.input["transcription"] or {}
        return str(transcription.get("language") or "en")


def _filled(name: str, value: Any) -> Any:
    """Objects inside `audio` are replaced whole; what the client left out takes its default."""
    if value is None:
        return None
    match name:
        case "format":
            return {"type": "audio/pcm", "rate": PCM_HZ} if value["type"] == "audio/pcm" else value
        case "turn_detection":
            return (_SERVER_VAD_DEFAULTS if value["type"] == "server_vad" else _SEMANTIC_VAD_DEFAULTS) | value
        case "transcription":
            return {"model": None, "language": None, "prompt": None} | value
    return value
