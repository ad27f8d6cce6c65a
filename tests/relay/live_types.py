"""Whether an event is one of the GPT-Live API as the `openai` package writes it down: its types, and no other field.

As `wire_types`, with what the package's types let pass and the service does not: an append without `delegation_id`, a
session with null in it, an output for no call.
"""

from __future__ import annotations

import typing
from typing import Any

from openai.types.live import ClientEvent, ServerEvent
from pydantic import BaseModel, ValidationError

APPENDS = ("session.commentary.append", "session.thinking.append", "session.instructions.append")


def _by_type(union: Any) -> dict[str, type[BaseModel]]:
    members = typing.get_args(typing.get_args(union)[0])
    return {typing.get_args(member.model_fields["type"].annotation)[0]: member for member in members}


_CLIENT, _SERVER = _by_type(ClientEvent), _by_type(ServerEvent)


def client_problems(event: dict[str, Any]) -> list[str]:
    problems = _problems(_CLIENT, event)
    kind = event.get("type")
    if kind in APPENDS and "delegation_id" not in event:
        problems.append("delegation_id is missing")
    if kind == "session.start":
        problems += [f"session.{name} is null" for name, value in event["session"].items() if value is None]
    if kind == "response.item.create" and event["item"]["type"] == "function_call_output":
        problems += [] if isinstance(event["item"].get("call_id"), str) else ["call_id is missing"]
    return problems


def server_problems(event: dict[str, Any]) -> list[str]:
    return _problems(_SERVER, event)


def _problems(types: dict[str, type[BaseModel]], event: dict[str, Any]) -> list[str]:
    kind = types.get(event.get("type", ""))
    if kind is None:
        return [f"no such event: {event.get('type')}"]
    try:
        model = kind.model_validate(event)
    except ValidationError as problems:
        return [f"{event['type']}: {problem['loc']} {problem['msg']}" for problem in problems.errors()]
    return [f"{event['type']}: unknown field {name}" for name in unknown_fields(model)]


def unknown_fields(model: Any, path: str = "") -> list[str]:
    found = []
    for each in model if isinstance(model, list) else [model]:
        if isinstance(each, BaseModel):
            found += [f"{path}.{name}" for name in each.model_extra or {}]
            for name in type(each).model_fields:
                found += unknown_fields(getattr(each, name), f"{path}.{name}")
    return found
