"""Stripe's form encoding, `line_items[0][price_data][currency]=usd`, read strictly. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\]]*)\]")


class ApiError(Exception):
    """A refusal as Stripe words it. Source: Stripe API reference, Errors."""

    def __init__(
        self, status: int, message: str, code: str = "", param: str = "", kind: str = "invalid_request_error"
    ) -> None:
        super().__init__(status, message)
        self.status, self.message, self.code, self.param, self.kind = status, message, code, param, kind

    def body(self) -> dict[str, Any]:
        error = {"message": self.message, "type": self.kind, "code": self.code, "param": self.param}
        return {"error": {name: value for name, value in error.items() if value}}


def read(body: str) -> dict[str, Any]:
    """The parameters as nested dictionaries; list items under "0", "1", ... Raises ApiError for what is no form."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        head, _, rest = name.partition("[")
        path = [head, *_PART.findall(f"[{rest}" if rest else "")]
        inner = found
        for part in path[:-1]:
            inner = inner.setdefault(part, {})
            if not isinstance(inner, dict):
                raise ApiError(400, f"Invalid value for {head}", param=head)
        inner[path[-1]] = value
    return found


def only(fields: Mapping[str, Any], known: Iterable[str], where: str = "") -> None:
    """Raises ApiError for a parameter that is not known."""
    for name in fields:
        if name not in known:
            full = f"{where}[{name}]" if where else name
            raise ApiError(400, f"Received unknown parameter: {full}", "parameter_unknown", full)


def text(fields: Mapping[str, Any], name: str, *, required: bool = False, longest: int = 5000) -> str:
    value = fields.get(name, "")
    if required and not value:
        raise ApiError(400, f"Missing required param: {name}.", "parameter_missing", name)
    if not isinstance(value, str) or len(value) > longest:
        raise ApiError(400, f"Invalid string: {name}", param=name)
    return value


def integer(fields: Mapping[str, Any], name: str) -> int:
    value = text(fields, name, required=True)
    if not re.fullmatch(r"-?\d{1,12}", value):
        raise ApiError(400, f"Invalid integer: {value}", "parameter_invalid_integer", name)
    return int(value)


def items(fields: Mapping[str, Any], name: str) -> list[Any]:
    value = fields.get(name, {})
    if not isinstance(value, dict) or sorted(value) != sorted(str(n) for n in range(len(value))):
        raise ApiError(400, f"Invalid array: {name}", param=name)
    return [value[str(n)] for n in range(len(value))]


def mapping(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = fields.get(name, {})
    if not isinstance(value, dict):
        raise ApiError(400, f"Invalid object: {name}", param=name)
    return value


def metadata(fields: Mapping[str, Any]) -> dict[str, str]:
    """Source: Stripe API reference, Metadata: 50 keys of 40 characters, values of 500."""
    given = mapping(fields, "metadata")
    for key, value in given.items():
        if len(key) > 40 or not isinstance(value, str) or len(value) > 500:
            raise ApiError(400, f"Invalid metadata: {key}", param=f"metadata[{key}]")
    if len(given) > 50:
        raise ApiError(400, "Metadata can have 50 keys at most", param="metadata")
    return given
