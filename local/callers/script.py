"""A scene from its YAML file, checked field by field. What the fields mean stands with the data in `scene.py`.

    title: A guest asks for a room and leaves a message
    caller: "+12075550142"                  # withheld: "anonymous"
    called: "+12072203501"
    steps:
      - wait: agent                         # see local/callers/steps.py
      - say: do you have a room
    ci: true                                # part of `make test`: at most ten are, each passed ten of ten times
    repeats: 1                              # how often the guest says a line again when asked to
    people:                                 # who answers at which number, see scene.Answerer
      "+12072203502": {after_s: 1, says: front desk, hangs_up_after_s: 4}
      "+12072203503": {steps: [{hear: press one}, {keys: "1"}, {silence: 5}], hangs_up_after_s: 1}
      "+12072203504": {machine: please leave a message, beeps: true}
      "+12072203505": {busy: true}          # or {answers: false}
    placed:                                 # the hotel calls the guest: see scene.Placed
      order: {purpose: reminder, variables: {name: Ada Lee, check_in: "2026-11-27"}}
      answers: [{busy: true}, {after_s: 1}]
    asks:                                   # what a model would make of these words, where the clerk knows no more
      what is the address: {tool: send_sms, with: {template: directions}}
    faults: {kill_relay: {after_agent_ms: 1500, turn: 2}, events_delay_s: 2, events_twice: true,
             webhooks_twice: true, callbacks_late_s: 2, replays: true}
                                            # or stop: {parts: [speech], after_agent_ms: 500, turn: 1}, see scene.Stop
    expect: ...                             # see scene.Expectation

A date in an expected argument may be written `<friday>` or `<friday+2>`: the first such day from today on the
property's clock, plus days.
"""

from collections.abc import Mapping
from pathlib import Path

from local.callers.reader import Field, read_yaml
from local.callers.scene import Answerer, Asked, Expectation, ExpectedTool, Faults, KillRelay, Placed, Scene, Stop
from local.callers.steps import read_step
from local.config import SCENES
from local.errors import SceneError, SetupError


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
