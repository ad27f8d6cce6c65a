"""Small checks that put together say what a client may send, and refuse the rest as the real service does.

A check takes a value and the path of its field, and returns the value (records: a copy with the given fields only) or
raises `ClientError`. The openai package's own types let unknown fields pass; the service does not.
"""

import re
from collections.abc import Callable
from typing import Any

from speech.errors import (
    invalid_type,
    invalid_value,
    missing_parameter,
    out_of_range,
    too_deep,
    too_long,
    unknown_parameter,
    wrong_pattern,
)

Check = Callable[[Any, str], Any]

_DEEPEST = 100
"""Levels of nesting; what is deeper could be read, but neither copied nor written again."""


def text(max_length: int | None = None, pattern: str | None = None) -> Check:
    def check(value: Any, path: str) -> Any:
        if not isinstance(value, str):
            raise invalid_type(path, "a string", value)
        if max_length is not None and len(value) > max_length:
            raise too_long(path, max_length, len(value))
        if pattern is not None and not re.fullmatch(pattern, value):
            raise wrong_pattern(path, f"^{pattern}$")
        return value

    return check


def integer(low: int | None = None, high: int | None = None) -> Check:
    def check(value: Any, path: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid_type(path, "an integer", value)
        return _in_range(value, path, "integer", low, high)

    return check


def decimal(low: float, high: float) -> Check:
    def check(value: Any, path: str) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid_type(path, "a decimal", value)
        return _in_range(value, path, "decimal", low, high)

    return check


def _in_range(value: Any, path: str, kind: str, low: float | None, high: float | None) -> Any:
    if low is not None and value < low:
        raise out_of_range(path, kind, low, value)
    if high is not None and value > high:
        raise out_of_range(path, kind, high, value)
    return value


def flag(value: Any, path: str) -> Any:
    if not isinstance(value, bool):
        raise invalid_type(path, "a boolean", value)
    return value


def anything(value: Any, path: str) -> Any:
    return value


def mapping(value: Any, path: str) -> Any:
    """A JSON object whose content is not ours to judge, like a tool's parameters."""
    if not isinstance(value, dict):
        raise invalid_type(path, "an object", value)
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer)]
        level = [inner for inner in level if isinstance(inner, dict | list)]
        if not level:
            return value
    raise too_deep(path, _DEEPEST)


def one_of(*values: str) -> Check:
    def check(value: Any, path: str) -> Any:
        if not isinstance(value, str):
            raise invalid_type(path, "a string", value)
        if value not in values:
            raise invalid_value(path, value, values)
        return value

    return check


def nullable(inner: Check) -> Check:
    return lambda value, path: None if value is None else inner(value, path)


def word_or(word: str | tuple[str, ...], otherwise: Check) -> Check:
    """One of some fixed words, or what `otherwise` takes: `"inf"` or an integer."""
    words = (word,) if isinstance(word, str) else word
    return lambda value, path: value if isinstance(value, str) and value in words else otherwise(value, path)


def list_of(inner: Check) -> Check:
    def check(value: Any, path: str) -> Any:
        if not isinstance(value, list):
            raise invalid_type(path, "an array", value)
        return [inner(entry, f"{path}[{index}]") for index, entry in enumerate(value)]

    return check


def record(fields: dict[str, Check], required: tuple[str, ...] = ()) -> Check:
    def check(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise invalid_type(path, "an object", value)
        prefix = f"{path}." if path else ""
        for name in required:
            if name not in value:
                raise missing_parameter(prefix + name)
        for name in value:
            if name not in fields:
                raise unknown_parameter(prefix + name)
        return {name: fields[name](entry, prefix + name) for name, entry in value.items()}

    return check


def tagged(variants: dict[str, Check], tag: str = "type") -> Check:
    """An object whose field `tag` says which of several shapes it has."""

    def check(value: Any, path: str) -> Any:
        if not isinstance(value, dict):
            raise invalid_type(path, "an object", value)
        where = f"{path}.{tag}" if path else tag
        if tag not in value:
            raise missing_parameter(where)
        kind = one_of(*variants)(value[tag], where)
        return variants[kind](value, path)

    return check
