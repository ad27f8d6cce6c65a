"""What a scripted caller does and what must come of it: one YAML file per scene, checked field by field.

    title: A guest asks for a room and leaves a message
    caller: "+12075550142"                  # withheld: "anonymous"
    called: "+12072203501"
    steps:
      - wait: agent                         # until the agent has been heard and then was quiet for quiet_ms
      - say: do you have a room             # a line of local/callers/audio/, made by `python -m local render`
      - keys: "2075550199#"
      - interrupt: {after_ms: 1500, say: a person please}     # 1500 ms into what the agent says next
      - noise: {seconds: 2, level_db: -25}
      - silence: 3
      - hang_up: true
    repeats: 1                              # how often the guest says a line again when asked to
    people: {"+12072203502": {answers: true, after_s: 1, says: front desk, hangs_up_after_s: 4}}
    faults: {kill_relay: {after_agent_ms: 1500, turn: 2}, events_delay_s: 2, events_twice: true}
    expect: ...                             # see Expectation

A date in an expected argument may be written `<friday>` or `<friday+2>`: the first such day from today on the
property's clock, plus days.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.callers.reader import Field, read_yaml
from local.config import SCENES
from local.errors import SceneError, SetupError

QUIET_MS = 900
WAIT_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class WaitForAgent:
    quiet_ms: int = QUIET_MS
    timeout_s: float = WAIT_TIMEOUT_S


@dataclass(frozen=True)
class Say:
    line: str


@dataclass(frozen=True)
class Keys:
    keys: str


@dataclass(frozen=True)
class Interrupt:
    after_ms: int
    line: str


@dataclass(frozen=True)
class Noise:
    seconds: float
    level_db: float


@dataclass(frozen=True)
class Silence:
    seconds: float


@dataclass(frozen=True)
class HangUp:
    pass


Step = WaitForAgent | Say | Keys | Interrupt | Noise | Silence | HangUp


@dataclass(frozen=True)
class Answerer:
    """Who answers a number that is dialled. `says` is a line, spoken when answering; "" for none."""

    answers: bool = True
    after_s: float = 1.0
    says: str = ""
    hangs_up_after_s: float = 4.0


@dataclass(frozen=True)
class KillRelay:
    """The relay that carries the call is taken away `after_agent_ms` into the agent's `turn`-th turn (from 1)."""

    after_agent_ms: int
    turn: int = 1


@dataclass(frozen=True)
class Faults:
    kill_relay: KillRelay | None = None
    events_delay_s: float | None = None
    events_twice: bool = False


@dataclass(frozen=True)
class ExpectedTool:
    """`arguments` and `result` must be contained in those of the call."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    ok: bool = True


@dataclass(frozen=True)
class Expectation:
    """What must be true after the call. None means: not looked at.

    tools: exactly these calls in this order. lead: contained in the one lead left by this call; False: no lead.
    heard_price: the total of the last availability is recognised in the agent's audio against 20 other prices.
    said / never_said: parts of what the agent said, whatever the case; said_once: said in exactly one turn.
    events: types in this order, others may stand between. attempts: how many streams the call had.
    """

    tools: tuple[ExpectedTool, ...] | None = None
    outcome: str | None = None
    lead: Mapping[str, Any] | bool | None = None
    heard_price: bool = False
    transferred_to: str | None = None
    said: tuple[str, ...] = ()
    never_said: tuple[str, ...] = ()
    said_once: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    attempts: int | None = None
    ended_by: str | None = None
    barge_ins: int | None = None


@dataclass(frozen=True)
class Scene:
    name: str
    title: str
    caller: str
    called: str
    steps: tuple[Step, ...]
    repeats: int
    people: Mapping[str, Answerer]
    faults: Faults
    expect: Expectation

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line that must exist as a WAV."""
        spoken = [step.line for step in self.steps if isinstance(step, Say | Interrupt)]
        return tuple(dict.fromkeys(spoken + [person.says for person in self.people.values() if person.says]))


def load(name: str, folder: Path = SCENES) -> Scene:
    """Raises SetupError for a name that is not there, SceneError for a file that is wrong."""
    path = folder / f"{name}.yaml"
    if not path.is_file() or path.parent != folder:
        raise SetupError(f"There is no scene called {name!r}.", f"Scenes: {', '.join(names(folder))}.")
    return parse(read_yaml(path))


def names(folder: Path = SCENES) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.yaml"))


def parse(document: Field) -> Scene:
    top = document.mapping()
    steps = tuple(_step(item) for item in top.need("steps").each())
    if not steps:
        raise SceneError(document.source, "steps", "must have at least one step")
    scene = Scene(
        name=document.source.stem,
        title=top.need("title").text(),
        caller=_number(top.need("caller")),
        called=_number(top.need("called")),
        steps=steps,
        repeats=top.get("repeats", lambda f: f.whole(0, 5), 1),
        people=top.get("people", _people, {}),
        faults=top.get("faults", _faults, Faults()),
        expect=_expectation(top.need("expect")),
    )
    top.done()
    return scene


def _number(item: Field) -> str:
    text = item.text()
    if text != "anonymous" and not (text.startswith("+") and text[1:].isdigit() and 8 <= len(text) <= 16):
        item.wrong(f'must be a phone number such as "+12075550142" or anonymous, not {text!r}')
    return text


def _wait(item: Field) -> Step:
    item.one_of("agent")
    return WaitForAgent()


def _keys(item: Field) -> Step:
    keys = item.text()
    if set(keys) - set("0123456789*#"):
        item.wrong(f"may have the keys 0-9, * and #, not {keys!r}")
    return Keys(keys)


def _interrupt(item: Field) -> Step:
    values = item.mapping()
    step = Interrupt(after_ms=values.need("after_ms").whole(), line=values.need("say").text())
    values.done()
    return step


def _noise(item: Field) -> Step:
    values = item.mapping()
    step = Noise(values.need("seconds").number(0.1, 30), values.get("level_db", lambda f: f.number(-90, 0), -25.0))
    values.done()
    return step


def _hang_up(item: Field) -> Step:
    if not item.boolean():
        item.wrong("must be true")
    return HangUp()


_STEPS: dict[str, Callable[[Field], Step]] = {
    "wait": _wait,
    "say": lambda item: Say(item.text()),
    "keys": _keys,
    "interrupt": _interrupt,
    "noise": _noise,
    "silence": lambda item: Silence(item.number(0.1, 120)),
    "hang_up": _hang_up,
}


def _step(item: Field) -> Step:
    values = item.mapping()
    kinds = list(item.value)
    if kinds == ["wait", "quiet_ms"]:
        values.need("wait").one_of("agent")
        return WaitForAgent(quiet_ms=values.need("quiet_ms").whole(100, 30_000))
    if len(kinds) != 1 or kinds[0] not in _STEPS:
        item.wrong(f"must be one of {', '.join(_STEPS)}, not {', '.join(kinds) or 'nothing'}")
    return _STEPS[kinds[0]](values.need(kinds[0]))


def _people(item: Field) -> Mapping[str, Answerer]:
    return {number: _person(value) for number, value in item.mapping().items()}


def _person(item: Field) -> Answerer:
    values = item.mapping()
    person = Answerer(
        answers=values.get("answers", Field.boolean, True),
        after_s=values.get("after_s", Field.number, 1.0),
        says=values.get("says", Field.text, ""),
        hangs_up_after_s=values.get("hangs_up_after_s", Field.number, 4.0),
    )
    values.done()
    return person


def _faults(item: Field) -> Faults:
    values = item.mapping()
    faults = Faults(
        kill_relay=values.get("kill_relay", _kill_relay, None),
        events_delay_s=values.get("events_delay_s", lambda f: f.number(0, 60), None),
        events_twice=values.get("events_twice", Field.boolean, False),
    )
    values.done()
    return faults


def _kill_relay(item: Field) -> KillRelay | None:
    values = item.mapping()
    fault = KillRelay(
        after_agent_ms=values.need("after_agent_ms").whole(), turn=values.get("turn", lambda f: f.whole(1, 100), 1)
    )
    values.done()
    return fault


def _expectation(item: Field) -> Expectation:
    values = item.mapping()
    expectation = Expectation(
        tools=values.get("tools", lambda f: tuple(_expected_tool(tool) for tool in f.each()), None),
        outcome=values.get("outcome", Field.text, None),
        lead=values.get("lead", lambda f: f.value if f.value is False else f.plain(), None),
        heard_price=values.get("heard_price", Field.boolean, False),
        transferred_to=values.get("transferred_to", Field.text, None),
        said=values.get("said", Field.texts, ()),
        never_said=values.get("never_said", Field.texts, ()),
        said_once=values.get("said_once", Field.texts, ()),
        events=values.get("events", Field.texts, ()),
        attempts=values.get("attempts", lambda f: f.whole(1, 20), None),
        ended_by=values.get("ended_by", lambda f: f.one_of("caller", "agent"), None),
        barge_ins=values.get("barge_ins", lambda f: f.whole(0, 20), None),
    )
    values.done()
    return expectation


def _expected_tool(item: Field) -> ExpectedTool:
    if isinstance(item.value, str):
        return ExpectedTool(item.text())
    values = item.mapping()
    tool = ExpectedTool(
        name=values.need("name").text(),
        arguments=values.get("arguments", Field.plain, {}),
        result=values.get("result", Field.plain, {}),
        ok=values.get("ok", Field.boolean, True),
    )
    values.done()
    return tool
