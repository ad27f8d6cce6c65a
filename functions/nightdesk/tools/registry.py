"""Tools from typed functions: what stands before the `*` of the signature is a port, what stands behind is the model's.

The JSON Schema, the checking of arguments and the words of every complaint come from the annotations. A docstring is
what the model reads. The snapshot `contracts/tools.json` shows every change of it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic_core import ErrorDetails

from nightdesk.conversation import Then
from nightdesk.errors import InvalidArguments
from nightdesk.hotel.model import Property


class Access(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class Outcome:
    """What a tool gives back: `result` for the engine, `then` for the call, `card` for a kiosk's screen.

    `recording`: from here on nothing of the call is recorded, or it is again.
    """

    result: Mapping[str, Any]
    then: Then | None = None
    card: Mapping[str, Any] | None = None
    recording: Literal["pause", "resume"] | None = None


Choices = Callable[[Property], list[str]]


@dataclass(frozen=True)
class Tool:
    """`caller`: who may call it, "model" or "relay". `subject`: what a write changes. `secret`: arguments never kept.

    `timeout_s`: how long a call may run before a second one takes over, and how long a second one waits for the first.
    """

    name: str
    description: str
    access: Access
    caller: str
    channels: frozenset[str]
    timeout_s: float
    subject: str
    secret: frozenset[str]
    choices: Mapping[str, Choices]
    function: Callable[..., Outcome]
    arguments: type[BaseModel]
    ports: Mapping[str, type]

    def schema(self, hotel: Property | None = None) -> dict[str, Any]:
        """As the engine is told: a function tool. With a hotel, its own departments and room types are the choices."""
        parameters = _tidy(self.arguments.model_json_schema())
        for name, choices in self.choices.items():
            if hotel is not None:
                parameters["properties"][name]["enum"] = choices(hotel)
        return {"type": "function", "name": self.name, "description": self.description, "parameters": parameters}

    def check(self, arguments: Mapping[str, Any], hotel: Property) -> dict[str, Any]:
        """The typed arguments of a call.

        Raises: InvalidArguments with a sentence per mistake that tells the model what to change.
        """
        try:
            checked = self.arguments.model_validate(arguments)
        except ValidationError as error:
            raise InvalidArguments("; ".join(self._complaint(e) for e in error.errors())) from None
        values = {name: getattr(checked, name) for name in self.arguments.model_fields}
        for name, choices in self.choices.items():
            if values[name] is not None and values[name] not in choices(hotel):
                raise InvalidArguments(f"{name} must be one of: {', '.join(choices(hotel))}")
        return values

    def run(self, values: Mapping[str, Any], ports: Mapping[type, object]) -> Outcome:
        return self.function(*(ports[kind] for kind in self.ports.values()), **values)

    def _complaint(self, error: ErrorDetails) -> str:
        name = str(error["loc"][0]) if error["loc"] else ""
        if name in self.secret and error["type"] != "missing":
            return f"{name} cannot be used"  # never repeats what was keyed
        return _complaint(error, ", ".join(self.arguments.model_fields))

    def shown(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as history, events and logs may show them."""
        return {name: value for name, value in arguments.items() if name not in self.secret}


def tool(
    *,
    access: Access,
    timeout_s: float = 5.0,
    subject: str = "",
    caller: str = "model",
    channels: frozenset[str] = frozenset({"voice", "kiosk", "web"}),
    secret: frozenset[str] = frozenset(),
    choices: Mapping[str, Choices] | None = None,
) -> Callable[[Callable[..., Outcome]], Tool]:
    """Make a tool of a function. A WRITE names its `subject`: equal writes to the same subject are done once."""

    def make(function: Callable[..., Outcome]) -> Tool:
        if (access is Access.WRITE) != bool(subject):
            raise TypeError(f"{function.__name__}: a WRITE tool, and only that, names its subject")
        hints = get_type_hints(function, include_extras=True)
        parameters = inspect.signature(function).parameters.values()
        theirs = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
        ours = {p.name: hints[p.name] for p in parameters if p.kind is not p.KEYWORD_ONLY}
        shape: dict[str, Any] = {p.name: (hints[p.name], ... if p.default is p.empty else p.default) for p in theirs}
        return Tool(
            name=function.__name__,
            description=inspect.cleandoc(function.__doc__ or ""),
            access=access,
            caller=caller,
            channels=channels,
            timeout_s=timeout_s,
            subject=subject,
            secret=secret,
            choices=choices or {},
            function=function,
            arguments=create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **shape),
            ports=ours,
        )

    return make


@dataclass(frozen=True)
class Toolbox:
    """All tools by name."""

    tools: Mapping[str, Tool] = field(default_factory=dict)

    def get(self, name: str, *, caller: str) -> Tool | None:
        found = self.tools.get(name)
        return found if found is not None and found.caller == caller else None

    def offered(self, hotel: Property, channel: str) -> list[dict[str, Any]]:
        """What the model is told on this channel, in a fixed order: the cache of its prompt depends on it."""
        return [t.schema(hotel) for t in self.tools.values() if t.caller == "model" and channel in t.channels]


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


def _complaint(error: ErrorDetails, known: str) -> str:
    name = ".".join(str(part) for part in error["loc"]) or "arguments"
    given, context = error["input"], error.get("ctx", {})
    match error["type"]:
        case "missing":
            return f"{name} is missing"
        case "extra_forbidden":
            return f"there is no argument {name}: the arguments are {known}"
        case "date_from_datetime_parsing" | "date_parsing" | "date_type" | "date_from_datetime_inexact":
            return f"{name} must be a date like 2026-11-27, not {given!r}"
        case "int_parsing" | "int_type" | "int_from_float":
            return f"{name} must be a whole number, not {given!r}"
        case "greater_than_equal":
            return f"{name} must be at least {context['ge']}"
        case "less_than_equal":
            return f"{name} must be at most {context['le']}"
        case "literal_error":
            return f"{name} must be one of: {context['expected']}"
        case "string_too_long":
            return f"{name} must have at most {context['max_length']} characters"
        case "string_too_short":
            return f"{name} must not be empty"
        case "string_type":
            return f"{name} must be text, not {given!r}"
        case "bool_parsing" | "bool_type":
            return f"{name} must be true or false, not {given!r}"
    return f"{name}: {error['msg']}"
