"""Tools from typed functions: what stands before the `*` of the signature is a port, what stands behind is the model's.

The JSON Schema, the checking of arguments and the words of every complaint come from the annotations. A docstring is
what the model reads. The snapshot `contracts/tools.json` shows every change of it.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from nightdesk.errors import InvalidArguments
from nightdesk.hotel.model import Property
from nightdesk.then import Then
from nightdesk.tools import complaints, schemas

PHONE = frozenset({"voice"})
CONVERSATION = frozenset({"voice", "kiosk", "web"})
"""A guest and an engine talk with each other: there is a line to hang up and a language to speak."""
EVERYONE = CONVERSATION | {"sms", "mcp"}


class Access(StrEnum):
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class Outcome:
    """What a tool gives back: `result` for the engine, `then` for the call, `card` for a kiosk's screen.

    `recording`: from here on nothing of the call is recorded, or it is again. `language`: the conversation's from here
    on. `left`: how a write left the reservation that it changed (`Reservation.as_left`); only while that still stands
    is an equal write a repetition.
    """

    result: Mapping[str, Any]
    then: Then | None = None
    card: Mapping[str, Any] | None = None
    recording: Literal["pause", "resume"] | None = None
    language: str = ""
    left: str = ""


ANEW = "-"
"""What a write has `left` that is to be asked anew when it is repeated: a quoted fee may be another one by then."""

Choices = Callable[[Property], list[str]]
Ports = Callable[[type], object]
"""Gives the adapter of a port; it is asked only for those in the tool's signature."""


@dataclass(frozen=True)
class Tool:
    """`caller`: who may call it, "model" or "relay". `subject`: what a write changes, together with the values of the
    arguments `about`. `secret`: arguments never kept.

    `audience`: the channels on which it is offered; `purpose`: only in calls that we place for it. `timeout_s`: how
    long a call may run before it is answered without a result; a later one takes over then, and waits that long for
    one that is still running.
    """

    name: str
    description: str
    access: Access
    caller: str
    audience: frozenset[str]
    purpose: str
    timeout_s: float
    subject: str
    about: tuple[str, ...]
    secret: frozenset[str]
    choices: Mapping[str, Choices]
    function: Callable[..., Outcome]
    arguments: type[BaseModel]
    parameters: Mapping[str, Any]
    ports: Mapping[str, type]

    def schema(self, hotel: Property | None = None) -> dict[str, Any]:
        """As the engine is told: a function tool. With a hotel, its own departments and room types are the choices."""
        parameters = copy.deepcopy(dict(self.parameters))
        for name, choices in self.choices.items():
            if hotel is not None:
                parameters["properties"][name]["enum"] = choices(hotel)
        return {"type": "function", "name": self.name, "description": self.description, "parameters": parameters}

    def check(self, arguments: Mapping[str, Any], hotel: Property) -> dict[str, Any]:
        """The typed arguments of a call. What concerns several of them, the tool's own function checks.

        Raises: InvalidArguments with a sentence per mistake that tells the model what to change.
        """
        names = self.arguments.model_fields
        try:
            checked = self.arguments.model_validate(arguments)
        except ValidationError as error:
            mistakes = [complaints.sentence(e, names, self.secret) for e in error.errors()]
            raise InvalidArguments("; ".join(mistakes)) from None
        values = {name: getattr(checked, name) for name in names}
        for name, choices in self.choices.items():
            if values[name] is not None and values[name] not in choices(hotel):
                raise InvalidArguments(f"{name} must be one of: {', '.join(choices(hotel))}")
        return values

    def run(self, values: Mapping[str, Any], ports: Ports) -> Outcome:
        return self.function(*(ports(kind) for kind in self.ports.values()), **values)

    def serves(self, channel: str, purpose: str) -> bool:
        return channel in self.audience and self.purpose in ("", purpose)

    def subject_of(self, arguments: Mapping[str, Any]) -> str:
        """What this call would change, such as "lead" or "sms:directions:48210937"; "" for a read. Made of what the
        model sent, so of anything: letters and digits of it count.
        """
        if not self.about:
            return self.subject
        values = ("".join(filter(str.isalnum, str(arguments.get(name, "")))).casefold()[:40] for name in self.about)
        return ":".join((self.subject, *values))

    def shown(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as history, events and logs may show them."""
        return {name: value for name, value in arguments.items() if name not in self.secret}


def tool(
    *,
    access: Access,
    timeout_s: float = 5.0,
    subject: str = "",
    about: tuple[str, ...] = (),
    caller: str = "model",
    audience: frozenset[str] = EVERYONE,
    purpose: str = "",
    secret: frozenset[str] = frozenset(),
    choices: Mapping[str, Choices] | None = None,
) -> Callable[[Callable[..., Outcome]], Tool]:
    """Make a tool of a function. A WRITE names its `subject`: equal writes to the same subject are done once.

    `about` names the arguments that tell one such thing from another: an SMS is about its template.

    Raises: TypeError when the function cannot be one: a mistake that stops the start, and every test.
    """

    def make(function: Callable[..., Outcome]) -> Tool:
        name, description = function.__name__, inspect.cleandoc(function.__doc__ or "")
        if (access is Access.WRITE) != bool(subject):
            raise TypeError(f"{name}: a WRITE tool, and only that, names its subject")
        if not description:
            raise TypeError(f"{name}: a tool has a docstring, which the model reads")
        if not audience <= EVERYONE:
            raise TypeError(f"{name}: there is no audience {', '.join(sorted(audience - EVERYONE))}")
        hints = get_type_hints(function, include_extras=True)
        parameters = inspect.signature(function).parameters.values()
        theirs = [p for p in parameters if p.kind is p.KEYWORD_ONLY]
        ours = {p.name: hints[p.name] for p in parameters if p.kind is not p.KEYWORD_ONLY}
        shape: dict[str, Any] = {p.name: (hints[p.name], ... if p.default is p.empty else p.default) for p in theirs}
        arguments = create_model(name, __config__=ConfigDict(extra="forbid"), **shape)
        if unknown := {*secret, *about, *(choices or {})} - set(shape):
            raise TypeError(f"{name}: there is no argument {', '.join(sorted(unknown))}")
        return Tool(
            name=name,
            description=description,
            access=access,
            caller=caller,
            audience=audience,
            purpose=purpose,
            timeout_s=timeout_s,
            subject=subject,
            about=about,
            secret=secret,
            choices=choices or {},
            function=function,
            arguments=arguments,
            parameters=schemas.of(arguments),
            ports=ours,
        )

    return make


@dataclass(frozen=True)
class Toolbox:
    """All tools by name."""

    tools: Mapping[str, Tool] = field(default_factory=dict)

    def get(self, name: str, *, caller: str, channel: str, purpose: str = "") -> Tool | None:
        """The tool, if this caller may use it on this channel, in a call for this purpose."""
        found = self.tools.get(name)
        return found if found is not None and found.caller == caller and found.serves(channel, purpose) else None

    def offered_to(self, channel: str, purpose: str = "") -> list[Tool]:
        """Those that a model is told of on this channel, in a fixed order: the cache of its prompt depends on it."""
        return [t for t in self.tools.values() if t.caller == "model" and t.serves(channel, purpose)]

    def offered(self, hotel: Property, channel: str, purpose: str = "") -> list[dict[str, Any]]:
        """The same, as an engine is told: in every call, so without what it can do without (`schemas.brief`)."""
        told = [t.schema(hotel) for t in self.offered_to(channel, purpose)]
        return [{**tool, "parameters": schemas.brief(tool["parameters"])} for tool in told]
