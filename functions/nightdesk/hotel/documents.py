"""Frozen dataclasses as documents of plain values, and back. Pure; written from the type hints of the record alone.

A document has strings, numbers, booleans, None, lists and dictionaries. Dates are ISO text. Instants stay `datetime`s:
Firestore has them, and JSON gets them as ISO text in UTC. Fields that a newer version added have their defaults.

Mappings hold what others made (arguments of a model, a provider's body): with `pack` they become JSON text, since
Firestore takes neither lists in lists nor every name.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Read = Callable[[Any], Any]


def document(record: Any, *, pack: bool = False) -> dict[str, Any]:
    return {field.name: _plain(getattr(record, field.name), pack) for field in fields(record)}


def read(kind: Callable[..., T], document: Mapping[str, Any]) -> T:
    """The record of a document; `kind` is its class. Raises: KeyError, TypeError, ValueError when it is none."""
    readers = _readers(kind)
    return kind(**{name: readers[name](value) for name, value in document.items() if name in readers})


def dumps(record: Any) -> str:
    """As JSON, which `loads` reads back."""
    return _json(document(record))


def loads(kind: Callable[..., T], text: str) -> T:
    return read(kind, json.loads(text))


def instant(value: datetime) -> str:
    """In UTC and always with microseconds, so that text order is time order."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _json(value: Any) -> str:
    """In ASCII: a model may send half a surrogate pair, which no store takes as text."""
    return json.dumps(value, default=instant, separators=(",", ":"))


def _plain(value: Any, pack: bool) -> Any:
    if isinstance(value, str | int | float | bool | None | datetime):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item, pack) for item in value]
    if isinstance(value, Mapping):
        plain = {key: _plain(item, pack=False) for key, item in value.items()}
        return _json(plain) if pack else plain
    if is_dataclass(value):
        return document(value, pack=pack)
    raise TypeError(f"{type(value).__name__} has no place in a document")


@cache
def _readers(kind: Any) -> dict[str, Read]:
    hints = get_type_hints(kind)
    return {field.name: _reader(hints[field.name]) for field in fields(kind)}


def _reader(hint: Any) -> Read:
    """How a value of this type is read. Only what our records are made of is known here."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        [some] = [_reader(argument) for argument in arguments if argument is not type(None)]
        return lambda value: None if value is None else some(value)
    if origin is tuple:
        return _tuple_reader(arguments)
    if hint is datetime:
        return _datetime
    if hint is date:
        return date.fromisoformat
    if is_dataclass(hint):
        return lambda value: read(cast(Any, hint), value)
    if origin is Mapping:
        return lambda value: json.loads(value) if isinstance(value, str) else value
    if origin is Literal or hint in (str, int, float, bool):
        return lambda value: value
    raise TypeError(f"nobody has said how to read {hint}")


def _tuple_reader(arguments: tuple[Any, ...]) -> Read:
    if arguments[-1] is Ellipsis:
        each = _reader(arguments[0])
        return lambda value: tuple(map(each, value))
    readers = [_reader(argument) for argument in arguments]
    return lambda value: tuple(one(item) for one, item in zip(readers, value, strict=True))


def _datetime(value: Any) -> datetime:
    """Firestore's own kind of datetime becomes a plain one."""
    return datetime.fromisoformat(value) if isinstance(value, str) else datetime.combine(value.date(), value.timetz())
