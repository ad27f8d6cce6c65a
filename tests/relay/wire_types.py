"""Whether an event is one of the Realtime API as the `openai` package writes it down: its types, and no other field.

The package's types keep fields they do not know instead of refusing them, so those are looked for.
"""

from __future__ import annotations

import typing
from typing import Any

from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import BaseModel, TypeAdapter, ValidationError


def _by_type(union: Any) -> dict[str, TypeAdapter[Any]]:
    """The types of the union by the `type` each is for: validating by the union alone blames every member."""
    members = typing.get_args(typing.get_args(union)[0])
    return {typing.get_args(member.model_fields["type"].annotation)[0]: TypeAdapter(member) for member in members}


_CLIENT, _SERVER = _by_type(RealtimeClientEvent), _by_type(RealtimeServerEvent)


def client_problems(event: dict[str, Any]) -> list[str]:
    """What the package would not write like this: a wrong type, a missing field, or one it does not know."""
    return _problems(_CLIENT, event, may_have_more=False)


def server_problems(event: dict[str, Any]) -> list[str]:
    """As `client_problems`; the service does send fields that the package does not know."""
    return _problems(_SERVER, event, may_have_more=True)


def _problems(types: dict[str, TypeAdapter[Any]], event: dict[str, Any], *, may_have_more: bool) -> list[str]:
    kind = types.get(event.get("type", ""))
    if kind is None:
        return [f"no such event: {event.get('type')}"]
    try:
        model = kind.validate_python(event)
    except ValidationError as problems:
        return [f"{event['type']}: {problem['loc']} {problem['msg']}" for problem in problems.errors()]
    return [] if may_have_more else [f"{event['type']}: unknown field {name}" for name in unknown_fields(model)]


def unknown_fields(model: Any, path: str = "") -> list[str]:
    found = [f"{path}.{name}" for name in (model.model_extra or {})]
    for name in type(model).model_fields:
        value = getattr(model, name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, BaseModel):
                found += unknown_fields(each, f"{path}.{name}")
    return found
