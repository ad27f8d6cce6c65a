"""Reading a client's message: JSON, a known type, the fields of that type and no others. Pure."""

from typing import Any

import orjson

from speech import errors
from speech.schema import anything, mapping, nullable, record, text

Fields = dict[str, Any]

_text = text()
_FIELDS = {
    "session.update": record({"session": mapping}, required=("session",)),
    "input_audio_buffer.append": record({"audio": _text}, required=("audio",)),
    "input_audio_buffer.commit": record({}),
    "input_audio_buffer.clear": record({}),
    "conversation.item.create": record({"item": mapping, "previous_item_id": nullable(_text)}, required=("item",)),
    "conversation.item.truncate": record({"item_id": anything, "content_index": anything, "audio_end_ms": anything}),
    "conversation.item.delete": record({"item_id": anything}),
    "conversation.item.retrieve": record({"item_id": anything}),
    "response.create": record({"response": nullable(mapping)}),
    "response.cancel": record({"response_id": nullable(_text)}),
}


def parse(message: str | bytes) -> tuple[str | None, Fields]:
    """The client's own `event_id`, which errors echo, and the rest. Raises ClientError for what is no JSON object."""
    if isinstance(message, bytes):
        raise errors.binary_frame()
    try:
        event = orjson.loads(message)
    except orjson.JSONDecodeError:
        raise errors.invalid_json() from None
    if not isinstance(event, dict):
        raise errors.invalid_json()
    event_id = event.pop("event_id", None)
    return (event_id if isinstance(event_id, str) else None), event


def check(event: Fields) -> tuple[str, Fields]:
    """(type, fields). Raises ClientError for an unknown type, a missing field or one that does not belong there."""
    if "type" not in event:
        raise errors.missing_parameter("type")
    kind = event["type"]
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise errors.invalid_value("type", str(kind), tuple(_FIELDS))
    fields: Fields = _FIELDS[kind]({name: value for name, value in event.items() if name != "type"}, "")
    return kind, fields
