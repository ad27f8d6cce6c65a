"""A conversation in writing and what must come of it: one YAML file per scene in local/texts/, checked field by field.

    title: A guest asks for a wake-up call
    because: the offline grammar has no words for rooms and times     # why this is no scene by phone
    property: west-bethel-motel            # default
    language: es                           # default: the hotel's own
    caller: "+12075550142"                 # default; withheld: anonymous
    stir: A                                # default: the network vouches for the number; "" for not
    steps:
      - guest: do you have a pool          # a sentence, which the clerk answers
      - keys: "2075550199#"
      - tool: request_service              # as a model would ask for it
        with: {service: cot, room: "203"}
        result: {service: cot}             # contained in the result
        keep: {code: confirmation_code}    # `{code}` stands for that field of the result from here on
      - tool: send_sms
        with: {template: confirmation}
        refused: not_verified              # the code of the refusal
      - tool: play_hold_music
        then: hold
      - said: "0 1 4 2"                    # part of what the agent said since the step before
    expect:
      tools: [request_service]             # the names of all calls, in order; default: those of the steps
      stored: {service_requests: [{room: "203", service: cot}]}        # each contained in one, and no more of them
      texts: [{to: "+12075550142", body: Sunday}]                      # the texts that were sent; body: a part of it

`<tomorrow>` and `<friday+2>` are days as `YYYY-MM-DD`, counted from today on the property's clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.callers.reader import Field, read_yaml
from local.config import TEXT_SCENES
from local.errors import SceneError, SetupError

TABLES = ("callbacks", "leads", "messages", "payments", "reservations", "service_requests")
PROPERTY_ID, CALLER = "west-bethel-motel", "+12075550142"


@dataclass(frozen=True)
class Guest:
    line: str


@dataclass(frozen=True)
class Keys:
    keys: str


@dataclass(frozen=True)
class Said:
    part: str


@dataclass(frozen=True)
class Tool:
    """`refused` is "" where the tool must succeed; `keep`: names for fields of its result."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""
    then: str = ""
    keep: Mapping[str, str] = field(default_factory=dict)


Step = Guest | Keys | Said | Tool


@dataclass(frozen=True)
class TextScene:
    """`tools` None: exactly those of the steps. `stored` by table; `texts` None: not looked at."""

    name: str
    title: str
    because: str
    property_id: str
    language: str
    caller: str
    stir: str
    steps: tuple[Step, ...]
    tools: tuple[str, ...] | None
    stored: Mapping[str, tuple[Mapping[str, Any], ...]]
    texts: tuple[Mapping[str, Any], ...] | None

    @property
    def called(self) -> frozenset[str]:
        """The tools that this scene shows."""
        keyed = {"handle_ivr_menu"} if any(isinstance(step, Keys) for step in self.steps) else set()
        return frozenset({step.name for step in self.steps if isinstance(step, Tool)} | set(self.tools or ()) | keyed)


def names(folder: Path = TEXT_SCENES) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.yaml"))


def load(name: str, folder: Path = TEXT_SCENES) -> TextScene:
    """Raises SetupError for a name that is not there, SceneError for a file that is wrong."""
    path = folder / f"{name}.yaml"
    if not path.is_file() or path.parent != folder:
        raise SetupError(f"There is no conversation called {name!r}.", f"There are: {', '.join(names(folder))}.")
    return parse(read_yaml(path))


def parse(document: Field) -> TextScene:
    top = document.mapping()
    steps = tuple(_step(item) for item in top.need("steps").each())
    if not steps:
        raise SceneError(document.source, "steps", "must have at least one step")
    expect = top.get("expect", Field.mapping, Field({}, document.source, "expect").mapping())
    scene = TextScene(
        name=document.source.stem,
        title=top.need("title").text(),
        because=top.need("because").text(),
        property_id=top.get("property", Field.text, PROPERTY_ID),
        language=top.get("language", Field.text, ""),
        caller=top.get("caller", lambda f: "" if f.text() == "anonymous" else f.text(), CALLER),
        stir=top.get("stir", lambda f: f.one_of("A", "B", "C", "failed", ""), "A"),
        steps=steps,
        tools=expect.get("tools", Field.texts, None),
        stored=expect.get("stored", _stored, {}),
        texts=expect.get("texts", lambda f: tuple(item.plain() for item in f.each()), None),
    )
    expect.done()
    top.done()
    return scene


def _step(item: Field) -> Step:
    values = item.mapping()
    if (tool := values.take("tool")) is not None:
        wanted = Tool(
            name=tool.text(),
            arguments=values.get("with", Field.plain, {}),
            result=values.get("result", Field.plain, {}),
            refused=values.get("refused", Field.text, ""),
            then=values.get("then", Field.text, ""),
            keep=values.get("keep", _names, {}),
        )
        values.done()
        return wanted
    kinds = list(item.value)
    if len(kinds) != 1 or kinds[0] not in ("guest", "keys", "said"):
        item.wrong(f"must be a guest, keys, a tool or said, not {', '.join(kinds) or 'nothing'}")
    text = values.need(kinds[0]).text()
    match kinds[0]:
        case "guest":
            return Guest(text)
        case "keys":
            return Keys(text)
    return Said(text)


def _names(item: Field) -> Mapping[str, str]:
    return {name: value.text() for name, value in item.mapping().items()}


def _stored(item: Field) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    found: dict[str, tuple[Mapping[str, Any], ...]] = {}
    for table, rows in item.mapping().items():
        if table not in TABLES:
            rows.wrong(f"must be one of {', '.join(TABLES)}")
        found[table] = tuple(row.plain() for row in rows.each())
    return found
