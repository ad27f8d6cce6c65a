"""What the fake engine says, in the GA shapes of OpenAI's Realtime API. Pure: events as they go over the wire.

Source: OpenAI Realtime API reference, server events.
"""

from __future__ import annotations

from typing import Any

import orjson

_USAGE = {
    "total_tokens": 300,
    "input_tokens": 200,
    "output_tokens": 100,
    "input_token_details": {"text_tokens": 100, "audio_tokens": 100, "cached_tokens": 0},
    "output_token_details": {"text_tokens": 20, "audio_tokens": 80},
}
WORDS = "We have a room for you from Friday to Sunday."


def event(type_: str, event_id: str, **fields: Any) -> bytes:
    return orjson.dumps({"type": type_, "event_id": event_id, **fields})


def default_session(number: int) -> dict[str, Any]:
    """A session as it is before `session.update`."""
    pcm = {"type": "audio/pcm", "rate": 24000}
    detection = {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "create_response": True,
        "interrupt_response": True,
    }
    return {
        "type": "realtime",
        "object": "realtime.session",
        "id": f"sess_{number}",
        "model": "bench",
        "output_modalities": ["audio"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "audio": {
            "input": {"format": pcm, "turn_detection": detection},
            "output": {"format": pcm, "voice": "marin"},
        },
    }


def merged(session: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    """The session after `session.update`: only what is named changes."""
    both = dict(session)
    for name, value in update.items():
        old = both.get(name)
        if isinstance(old, dict) and isinstance(value, dict) and name != "format":
            both[name] = merged(old, value)
        else:
            both[name] = value
    return both


class ResponseEvents:
    """The events of one response that speaks, or of one that calls a tool."""

    def __init__(self, number: int, n: int) -> None:
        self.response_id = f"resp_{number}_{n}"
        self.item_id = f"item_{number}_{n}"
        self.tool_call_id = f"call_{number}_{n}"
        self._event_id = f"event_{number}_{n}"
        self._at = {
            "response_id": self.response_id,
            "item_id": self.item_id,
            "output_index": 0,
            "content_index": 0,
        }
        self._delta_head = event("response.output_audio.delta", self._event_id, **self._at)[:-1] + b',"delta":"'

    def _event(self, type_: str, **fields: Any) -> bytes:
        return event(type_, self._event_id, **fields)

    def _response(self, status: str, output: list[dict[str, Any]], details: dict[str, Any] | None) -> dict[str, Any]:
        return {
            "id": self.response_id,
            "object": "realtime.response",
            "status": status,
            "status_details": details,
            "output": output,
            "conversation_id": "conv_bench",
            "output_modalities": ["audio"],
            "max_output_tokens": "inf",
            "usage": None if status == "in_progress" else _USAGE,
            "metadata": None,
        }

    def _message(self, status: str) -> dict[str, Any]:
        content = [] if status == "in_progress" else [{"type": "output_audio", "transcript": WORDS}]
        return {
            "id": self.item_id,
            "object": "realtime.item",
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": content,
        }

    def _item(self, type_: str, item: dict[str, Any]) -> bytes:
        return self._event(type_, response_id=self.response_id, output_index=0, item=item)

    def begin(self) -> list[bytes]:
        item = self._message("in_progress")
        part = {"type": "audio", "transcript": ""}
        return [
            self._event("response.created", response=self._response("in_progress", [], None)),
            self._item("response.output_item.added", item),
            self._event("conversation.item.added", previous_item_id=None, item=item),
            self._event("response.content_part.added", **self._at, part=part),
            self._event("response.output_audio_transcript.delta", **self._at, delta=WORDS),
        ]

    def delta(self, audio: bytes) -> bytes:
        """`audio` is base64 already."""
        return self._delta_head + audio + b'"}'

    def end(self, status: str) -> list[bytes]:
        """`status` is "completed", or "cancelled" for what was cut off."""
        item = self._message("completed" if status == "completed" else "incomplete")
        details = {"type": "cancelled", "reason": "client_cancelled"} if status == "cancelled" else None
        return [
            self._event("response.output_audio.done", **self._at),
            self._event("response.output_audio_transcript.done", **self._at, transcript=WORDS),
            self._event("response.content_part.done", **self._at, part={"type": "audio", "transcript": WORDS}),
            self._event("conversation.item.done", previous_item_id=None, item=item),
            self._item("response.output_item.done", item),
            self._event("response.done", response=self._response(status, [item], details)),
        ]

    def tool_call(self, name: str, arguments: str) -> list[bytes]:
        """A whole response that calls one tool."""
        call = {
            "id": self.item_id,
            "object": "realtime.item",
            "type": "function_call",
            "call_id": self.tool_call_id,
            "name": name,
        }
        begun = call | {"status": "in_progress", "arguments": ""}
        done = call | {"status": "completed", "arguments": arguments}
        at = {name: value for name, value in self._at.items() if name != "content_index"}
        return [
            self._event("response.created", response=self._response("in_progress", [], None)),
            self._item("response.output_item.added", begun),
            self._event("conversation.item.added", previous_item_id=None, item=begun),
            self._event(
                "response.function_call_arguments.done",
                **at,
                call_id=self.tool_call_id,
                name=name,
                arguments=arguments,
            ),
            self._event("conversation.item.done", previous_item_id=None, item=done),
            self._item("response.output_item.done", done),
            self._event("response.done", response=self._response("completed", [done], None)),
        ]


def user_turn(number: int, n: int, audio_start_ms: int, audio_end_ms: int) -> tuple[bytes, list[bytes]]:
    """`speech_started`, and what follows when the caller has finished."""
    item_id, event_id = f"user_{number}_{n}", f"event_u{number}_{n}"
    item = {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_audio", "transcript": None}],
    }
    started = event("input_audio_buffer.speech_started", event_id, item_id=item_id, audio_start_ms=audio_start_ms)
    return started, [
        event("input_audio_buffer.speech_stopped", event_id, item_id=item_id, audio_end_ms=audio_end_ms),
        event("input_audio_buffer.committed", event_id, item_id=item_id, previous_item_id=None),
        event("conversation.item.added", event_id, previous_item_id=None, item=item),
        event("conversation.item.done", event_id, previous_item_id=None, item=item),
        event(
            "conversation.item.input_audio_transcription.completed",
            event_id,
            item_id=item_id,
            content_index=0,
            transcript="Do you have a room?",
            usage={"type": "duration", "seconds": 1},
        ),
    ]


def error(code: str, client_event_id: str | None) -> bytes:
    detail = {
        "type": "invalid_request_error",
        "code": code,
        "message": code.replace("_", " "),
        "param": None,
        "event_id": client_event_id,
    }
    return event("error", "event_error", error=detail)
