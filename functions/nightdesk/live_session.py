"""The engine session in the live dialect: the `session` of GPT-Live's session.start.

A short prompt for the voice, which knows three policies and no facts; and, where the hotel chose it, a text model
behind it with our rules and tools. Otherwise the voice delegates to the relay, which asks the clerk.
Source: OpenAI GPT-Live reference: session configuration, delegation, prompting; OpenAI Structured Outputs for `strict`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from nightdesk.hotel.model import Property

MODEL = "gpt-live-1"
# The voices that the SDK lists; an unknown one makes the session fail.
VOICES = (
    "alloy ash ballad beacon bossa cedar cinder coral delta echo gleam marin meridian quartz ripple sage shida shimmer "
    "stone tempo verse vesper willow"
)
STANDARD_VOICE = "marin"
# Both formats say their rate here, unlike the Realtime API's.
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "pcmu": {"type": "audio/pcmu", "rate": 8000},
    "pcm": {"type": "audio/pcm", "rate": 24000},
}
# Before the voice says by itself that it is looking: results that are there by then need no filler.
_ACKNOWLEDGE_MS = {"responses": 600, "client": 800}
_MOST_OUTPUT_TOKENS = 400
_MOST_MESSAGES = 128
# Of 8,192 tokens, at two and a half bytes each: English has about four, tools' results full of figures have fewer.
_MOST_BYTES = 20_000
_BYTES_PER_MESSAGE = 20  # for its role and what stands around it
_LONGEST_NOTE = 4_000
# What strict schemas may not hold.
_NOT_IN_STRICT = frozenset({"default", "minLength", "maxLength"})


def engine_session(
    *,
    session_id: str,
    caller_id: str,
    hotel: Property,
    voice: str,
    voice_prompt: str,
    backend_prompt: str,
    tools: Sequence[Mapping[str, Any]],
    history: Sequence[Mapping[str, Any]],
    audio: str,
) -> dict[str, Any]:
    """`tools` in the flat form of function tools, `history` as on the wire of POST /session, `audio` pcmu or pcm."""
    made: dict[str, Any] = {
        "model": MODEL,
        "instructions": voice_prompt,
        "audio": {
            "format": _FORMATS[audio],
            "output": {"voice": voice if voice in VOICES.split() else STANDARD_VOICE},
        },
        "delegation": _delegation(hotel, backend_prompt, tools),
        "store": False,
        "safety_identifier": safety_identifier(hotel.property_id, caller_id or session_id),
    }
    if messages := input_messages(history):  # neither null nor an empty list is taken
        made["input"] = messages
    return made


def _delegation(hotel: Property, backend_prompt: str, tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    kind = hotel.live.delegation
    delegation: dict[str, Any] = {"type": kind, "acknowledgement_delay_ms": _ACKNOWLEDGE_MS[kind]}
    if kind == "responses":
        delegation["responses"] = {
            "model": hotel.live.backend_model,
            "instructions": backend_prompt,
            "reasoning": {"effort": "low"},
            "text": {"verbosity": "low"},
            "max_output_tokens": _MOST_OUTPUT_TOKENS,
            "service_tier": "auto",
            "tool_choice": "auto",
            "parallel_tool_calls": False,
            "tools": [{**tool, "parameters": strict(tool["parameters"]), "strict": True} for tool in tools],
        }
    return delegation


def safety_identifier(property_id: str, who: str) -> str:
    """Stable and opaque: the same caller at the same hotel has the same one, and nobody can read it back."""
    return "guest_" + hashlib.sha256(f"{property_id}:{who}".encode()).hexdigest()[:32]


def strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema as `strict` wants it: every property required, an optional one may be null instead.

    Source: OpenAI Structured Outputs, supported schemas. A null argument means to our tools that it was not given.
    """
    properties = schema.get("properties", {})
    required = set(schema.get("required", ()))
    made = {name: _strict_property(prop, optional=name not in required) for name, prop in properties.items()}
    return {**schema, "properties": made, "required": list(properties), "additionalProperties": False}


def _strict_property(prop: Mapping[str, Any], *, optional: bool) -> dict[str, Any]:
    made = {key: value for key, value in prop.items() if key not in _NOT_IN_STRICT}
    if optional:
        made["type"] = [made["type"], "null"]
        if "enum" in made:
            made["enum"] = [*made["enum"], None]
    return made


def input_messages(history: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The newest of a history as text messages; what a tool brought is a note to the developer's role."""
    newest: list[dict[str, Any]] = []
    room = _MOST_BYTES
    for entry in reversed(history[-_MOST_MESSAGES:]):
        role, text = _said(entry)
        room -= len(text.encode()) + _BYTES_PER_MESSAGE
        if room < 0:
            break
        kind = "output_text" if role == "assistant" else "input_text"
        newest.append({"type": "message", "role": role, "content": [{"type": kind, "text": text}]})
    return newest[::-1]


def _said(entry: Mapping[str, Any]) -> tuple[str, str]:
    if entry["type"] == "tool":
        note = f"{entry['name']}({_json(entry['arguments'])}) gave {_json(entry['result'])}"
        return "developer", note[:_LONGEST_NOTE]
    return ("developer" if entry["role"] == "system" else entry["role"]), entry["text"]


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
