"""The JSON Schema of a tool's arguments, in the form that every engine takes. Pure.

Engines agree on flat schemas: each argument has one plain `type`, with `enum`, `format`, `pattern` and bounds beside.
Strict engines make an optional argument nullable themselves (`live_session.strict`), which only works on that form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

_PLAIN = frozenset({"string", "integer", "number", "boolean"})


def of(arguments: type[BaseModel]) -> dict[str, Any]:
    """Raises: TypeError naming the argument whose type has no plain schema."""
    schema: dict[str, Any] = _tidy(arguments.model_json_schema())
    for name, prop in schema.get("properties", {}).items():
        kind = prop["items"].get("type") if prop.get("type") == "array" else prop.get("type")
        if kind not in _PLAIN:
            where = f"{arguments.__name__}: {name}"
            raise TypeError(f"{where} must be text, a number, a date, a Literal or a list of those")
    return schema


def brief(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """What a model that is billed for every word is told: names, types, choices, formats and descriptions.

    Lengths, patterns and empty defaults it is not told: it seldom fails them, and a mistake is explained when made.
    """
    told = {
        name: {key: value for key, value in prop.items() if key not in _UNTOLD and (key != "default" or value)}
        for name, prop in parameters["properties"].items()
    }
    return {**{key: value for key, value in parameters.items() if key not in _UNTOLD}, "properties": told}


_UNTOLD = frozenset({"maxLength", "minLength", "pattern", "additionalProperties"})


def _tidy(schema: Any) -> Any:
    """Without what costs tokens and tells the model nothing: titles, and null as one of the types."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "anyOf" in schema:
        kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
        if len(kinds) == 1:
            schema = {**kinds[0], **{k: v for k, v in schema.items() if k not in ("anyOf", "default")}}
    return {
        key: {n: _tidy(p) for n, p in value.items()} if key == "properties" else _tidy(value)
        for key, value in schema.items()
        if key != "title"
    }
