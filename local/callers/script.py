"""What a scripted caller does and what must come of it: one YAML file per scene, checked field by field.

    title: A guest asks for a room and leaves a message
    caller: "+12075550142"                  # withheld: "anonymous"
    called: "+12072203501"
    steps:
      - wait: agent                         # see local/callers/steps.py
      - say: do you have a room
    ci: true                                # part of `make test`: at most ten are, each passed ten of ten times
    repeats: 1                              # how often the guest says a line again when asked to
    people:                                 # who answers at which number, see Answerer
      "+12072203502": {after_s: 1, says: front desk, hangs_up_after_s: 4}
      "+12072203503": {steps: [{hear: press one}, {keys: "1"}, {silence: 5}], hangs_up_after_s: 1}
      "+12072203504": {machine: please leave a message, beeps: true}
      "+12072203505": {busy: true}          # or {answers: false}
    placed:                                 # the hotel calls the guest: see Placed
      order: {purpose: reminder, variables: {name: Ada Lee, check_in: "2026-11-27"}}
      answers: [{busy: true}, {after_s: 1}]
    asks:                                   # what a model would make of these words, where the clerk knows no more
      where are you located: {tool: send_sms, with: {template: directions}}
    faults: {kill_relay: {after_agent_ms: 1500, turn: 2}, events_delay_s: 2, events_twice: true,
             webhooks_twice: true, callbacks_late_s: 2, replays: true}
                                            # or stop: {parts: [speech], after_agent_ms: 500, turn: 1}, see Stop
    expect: ...                             # see Expectation

A date in an expected argument may be written `<friday>` or `<friday+2>`: the first such day from today on the
property's clock, plus days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.callers.reader import Field, read_yaml
from local.callers.steps import Step, lines, read_step
from local.config import SCENES
from local.errors import SceneError, SetupError


@dataclass(frozen=True)
class Answerer:
    """Who answers a number that is dialled.

    `says` is a line, spoken when answering; "" for none. Then come the `steps`, and the end of the call so long after
    them. `machine` is the greeting of an answering machine, which then beeps and records; "" for a person.
    """

    answers: bool = True
    busy: bool = False
    after_s: float = 1.0
    says: str = ""
    steps: tuple[Step, ...] = ()
    hangs_up_after_s: float = 4.0
    machine: str = ""
    beeps: bool = True

    @property
    def lines(self) -> list[str]:
        return [line for line in (self.says, self.machine) if line] + lines(self.steps)


@dataclass(frozen=True)
class Placed:
    """The hotel calls, from `called`, and the guest's telephone rings.

    `order` is what the hotel's staff asks for; or `promise`, what the guest wanted to be called back about in an
    earlier conversation. `answers` is how the guest's telephone takes one call after the other: the last is the scene.
    """

    order: Mapping[str, Any] = field(default_factory=dict)
    promise: str | None = None
    answers: tuple[Answerer, ...] = (Answerer(),)


@dataclass(frozen=True)
class KillRelay:
    """The relay that carries the call is taken away `after_agent_ms` into the agent's `turn`-th turn (from 1)."""

    after_agent_ms: int
    turn: int = 1


@dataclass(frozen=True)
class Stop:
    """These parts of the system end `after_agent_ms` into the `turn`-th time that a voice is heard; 0: before the call.

    They are brought back after it; no other call goes on meanwhile.
    """

    parts: tuple[str, ...]
    after_agent_ms: int = 0
    turn: int = 1


@dataclass(frozen=True)
class Faults:
    kill_relay: KillRelay | None = None
    stop: Stop | None = None
    events_delay_s: float | None = None
    events_twice: bool = False
    webhooks_twice: bool = False
    """Each of Twilio's requests about the guest's call comes twice: its first answer is lost."""
    callbacks_late_s: float = 0.0
    """News of the call's progress come so long after those of its end."""
    replays: bool = False
    """When all is over somebody sends each of Twilio's requests about the call again, as it was and forged."""


@dataclass(frozen=True)
class Asked:
    """A tool that is asked for in the clerk's place."""

    tool: str
    arguments: Mapping[str, Any]


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
    heard / never_heard: parts of what the telephone system spoke to the guest's phone (<Say>), whatever the case.
    texts: exactly these texts were sent, `body` being a part of one. calls: the statuses of all calls to a number, in
    order. stored: by table, what the call left there; each is contained in one, and there are no more.
    nowhere: numbers that are in no file of the run, whatever stands between their digits.
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
    heard: tuple[str, ...] = ()
    never_heard: tuple[str, ...] = ()
    texts: tuple[Mapping[str, Any], ...] | None = None
    calls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stored: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    nowhere: tuple[str, ...] = ()


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
    ci: bool = False
    placed: Placed | None = None
    asks: Mapping[str, Asked] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line that must exist as a WAV."""
        called = [*self.people.values(), *(self.placed.answers if self.placed else ())]
        spoken = lines(self.steps) + [line for person in called for line in person.lines]
        return tuple(dict.fromkeys(spoken))


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
    steps = tuple(read_step(item) for item in top.need("steps").each())
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
        ci=top.get("ci", Field.boolean, False),
        placed=top.get("placed", _placed, None),
        asks=top.get("asks", lambda f: {words: _asked(value) for words, value in f.mapping().items()}, {}),
    )
    top.done()
    return scene


def _number(item: Field) -> str:
    text = item.text()
    if text != "anonymous" and not (text.startswith("+") and text[1:].isdigit() and 8 <= len(text) <= 16):
        item.wrong(f'must be a phone number such as "+12075550142" or anonymous, not {text!r}')
    return text


def _people(item: Field) -> Mapping[str, Answerer]:
    return {number: _person(value) for number, value in item.mapping().items()}


def _person(item: Field) -> Answerer:
    values = item.mapping()
    person = Answerer(
        answers=values.get("answers", Field.boolean, True),
        busy=values.get("busy", Field.boolean, False),
        after_s=values.get("after_s", Field.number, 1.0),
        says=values.get("says", Field.text, ""),
        steps=values.get("steps", lambda f: tuple(read_step(step) for step in f.each()), ()),
        hangs_up_after_s=values.get("hangs_up_after_s", Field.number, 4.0),
        machine=values.get("machine", Field.text, ""),
        beeps=values.get("beeps", Field.boolean, True),
    )
    values.done()
    if person.machine and (person.says or person.steps or person.busy):
        item.wrong("is a machine, which says its greeting and nothing else")
    return person


def _placed(item: Field) -> Placed:
    values = item.mapping()
    standard = Placed()
    placed = Placed(
        order=values.get("order", Field.plain, {}),
        promise=values.get("promise", Field.text, None),
        answers=values.get("answers", lambda f: tuple(_person(one) for one in f.each()), standard.answers),
    )
    values.done()
    if bool(placed.order) == (placed.promise is not None) or not placed.answers:
        item.wrong("must have an order or a promise, one of both")
    return placed


def _asked(item: Field) -> Asked:
    values = item.mapping()
    asked = Asked(tool=values.need("tool").text(), arguments=values.get("with", Field.plain, {}))
    values.done()
    return asked


def _faults(item: Field) -> Faults:
    values = item.mapping()
    faults = Faults(
        kill_relay=values.get("kill_relay", _kill_relay, None),
        stop=values.get("stop", _stop, None),
        events_delay_s=values.get("events_delay_s", lambda f: f.number(0, 60), None),
        events_twice=values.get("events_twice", Field.boolean, False),
        webhooks_twice=values.get("webhooks_twice", Field.boolean, False),
        callbacks_late_s=values.get("callbacks_late_s", lambda f: f.number(0, 60), 0.0),
        replays=values.get("replays", Field.boolean, False),
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


def _stop(item: Field) -> Stop | None:
    values = item.mapping()
    fault = Stop(
        parts=values.need("parts").texts(),
        after_agent_ms=values.get("after_agent_ms", Field.whole, 0),
        turn=values.get("turn", lambda f: f.whole(0, 100), 1),
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
        heard=values.get("heard", Field.texts, ()),
        never_heard=values.get("never_heard", Field.texts, ()),
        texts=values.get("texts", lambda f: tuple(text.plain() for text in f.each()), None),
        calls=values.get("calls", lambda f: {_number(Field(n, f.source, f.path)): v.texts() for n, v in _items(f)}, {}),
        stored=values.get("stored", lambda f: {n: tuple(row.plain() for row in v.each()) for n, v in _items(f)}, {}),
        nowhere=values.get("nowhere", Field.texts, ()),
    )
    values.done()
    return expectation


def _items(item: Field) -> list[tuple[str, Field]]:
    return list(item.mapping().items())


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
