from pathlib import Path

import pytest

from local.callers import script
from local.callers.lines import wav_path
from local.callers.scene import Answerer, Asked, KillRelay, Placed, Scene, Stop
from local.callers.steps import Amid, HangUp, Hear, Interrupt, Keys, Noise, Say, Silence, Text, Texted, WaitForAgent
from local.config import AUDIO
from local.errors import SceneError, SetupError
from local.sound import read_wav

GOOD = """
title: A test
caller: "+12075550142"
called: "+12072203501"
steps:
  - wait: agent
  - say: hello
expect: {}
"""


def load(tmp_path: Path, text: str) -> Scene:
    (tmp_path / "a.yaml").write_text(text)
    return script.load("a", tmp_path)


@pytest.mark.parametrize("name", script.names())
def test_every_scene_can_be_read_and_each_of_its_lines_has_a_recording(name: str) -> None:
    scene = script.load(name)
    missing = [line for line in scene.lines if not wav_path(line).is_file()]
    assert missing == []
    for line in scene.lines:
        assert len(read_wav(wav_path(line))) > 1000


def test_no_recording_lies_there_that_no_scene_says() -> None:
    said = {wav_path(line) for name in script.names() for line in script.load(name).lines}
    assert set(AUDIO.glob("*.wav")) == said


def test_the_scenes_that_every_run_of_the_tests_plays_are_at_most_ten() -> None:
    assert 6 <= len([name for name in script.names() if script.load(name).ci]) <= 10


def test_every_kind_of_step_is_read(tmp_path: Path) -> None:
    steps = """
  - {wait: agent, quiet_ms: 3000}
  - keys: "207#"
  - interrupt: {after_ms: 1500, say: stop}
  - noise: {seconds: 2}
  - silence: 3
  - hear: Press One
  - amid: Press Two
  - amid: {words: Press Three, at: "+12072203505"}
  - text: "STOP"
  - texted: Your code
  - hang_up: true
  - hang_up: {after_ms: 1500}
"""
    scene = load(tmp_path, GOOD.replace("\n  - say: hello", steps))
    assert scene.steps == (
        WaitForAgent(),
        WaitForAgent(quiet_ms=3000),
        Keys("207#"),
        Interrupt(1500, "stop"),
        Noise(2.0, -25.0),
        Silence(3.0),
        Hear("press one"),
        Amid("press two"),
        Amid("press three", "+12072203505"),
        Text("STOP"),
        Texted("your code"),
        HangUp(),
        HangUp(1500),
    )
    assert scene.lines == ("stop",)


def test_people_and_faults_are_read(tmp_path: Path) -> None:
    scene = load(
        tmp_path,
        GOOD + 'people: {"+12072203502": {says: front desk}}\n'
        "faults: {kill_relay: {after_agent_ms: 10, turn: 2}, stop: {parts: [speech]}, events_delay_s: 2,"
        " webhooks_twice: true, callbacks_late_s: 3, replays: true}\n",
    )
    assert scene.lines == ("hello", "front desk")
    assert scene.faults.kill_relay == KillRelay(10, 2)
    assert (scene.faults.webhooks_twice, scene.faults.callbacks_late_s, scene.faults.replays) == (True, 3.0, True)
    assert scene.faults.stop == Stop(("speech",), 0, 1)
    assert scene.steps[1] == Say("hello")


def test_a_call_that_the_hotel_places_is_read(tmp_path: Path) -> None:
    ordered = "placed: {order: {purpose: offer}, answers: [{busy: true}, {machine: hi}]}\nexpect: {}"
    scene = load(tmp_path, GOOD.replace("expect: {}", ordered))
    assert scene.placed == Placed({"purpose": "offer"}, None, (Answerer(busy=True), Answerer(machine="hi")))
    assert scene.lines == ("hello", "hi")
    scene = load(tmp_path, GOOD.replace("expect: {}", "placed: {promise: a crib}\nexpect: {}"))
    assert scene.placed == Placed(promise="a crib", answers=(Answerer(),))


def test_people_act_in_steps_are_busy_or_are_machines(tmp_path: Path) -> None:
    scene = load(
        tmp_path,
        GOOD
        + """
people:
  "+12072203502": {steps: [{hear: press one}, {keys: "1"}, {say: front desk}], hangs_up_after_s: 1}
  "+12072203503": {busy: true}
  "+12072203504": {machine: leave a message, beeps: false, after_s: 2}
""",
    )
    staff, busy, machine = scene.people.values()
    assert staff == Answerer(steps=(Hear("press one"), Keys("1"), Say("front desk")), hangs_up_after_s=1)
    assert busy == Answerer(busy=True)
    assert machine == Answerer(machine="leave a message", beeps=False, after_s=2)
    assert scene.lines == ("hello", "front desk", "leave a message")


def test_what_is_expected_of_texts_calls_and_rows_is_read(tmp_path: Path) -> None:
    expect = """
expect:
  heard: [press one]
  never_heard: [goodbye]
  texts: [{to: "+12075550142", body: code}]
  calls: {"+12072203502": [busy, completed]}
  stored: {messages: [{urgency: high}]}
  nowhere: ["4242424242424242"]
"""
    expectation = load(tmp_path, GOOD.replace("expect: {}", expect)).expect
    assert (expectation.heard, expectation.never_heard) == (("press one",), ("goodbye",))
    assert expectation.texts == ({"to": "+12075550142", "body": "code"},)
    assert expectation.calls == {"+12072203502": ("busy", "completed")}
    assert expectation.stored == {"messages": ({"urgency": "high"},)}
    assert expectation.nowhere == ("4242424242424242",)


def test_words_that_bring_about_a_tool_are_read(tmp_path: Path) -> None:
    asks = "asks: {hold on: {tool: play_hold_music, with: {seconds: 20}}, wait: {tool: end_call}}\nexpect: {}"
    scene = load(tmp_path, GOOD.replace("expect: {}", asks))
    assert scene.asks == {"hold on": Asked("play_hold_music", {"seconds": 20}), "wait": Asked("end_call", {})}


@pytest.mark.parametrize(
    ("change", "field", "problem"),
    [
        (("title: A test\n", ""), "title", "is missing"),
        (("title: A test", "title: 5"), "title", "must be some text"),
        (("title: A test", "tittle: A test"), "title", "is missing"),
        (("expect: {}", "expect: {}\nvoice: x"), "voice", "is not a field"),
        (("+12075550142", "555"), "caller", "must be a phone number"),
        (("- wait: agent", "- wait: guest"), "steps[0].wait", "must be one of agent"),
        (("- wait: agent", "- sing: aloud"), "steps[0]", "must be one of wait, say"),
        (("- wait: agent", "- {say: a, keys: '1'}"), "steps[0]", "must be one of"),
        (("- wait: agent", "- keys: abc"), "steps[0].keys", "may have the keys"),
        (("- wait: agent", "- keys: 207"), "steps[0].keys", "must be some text"),
        (("- wait: agent", "- silence: -1"), "steps[0].silence", "must be a number"),
        (("- wait: agent", "- silence: true"), "steps[0].silence", "must be a number"),
        (("- wait: agent", "- interrupt: {say: stop}"), "steps[0].interrupt.after_ms", "is missing"),
        (("- wait: agent", "- hang_up: false"), "steps[0].hang_up", "must be true"),
        (("- wait: agent", "- amid: {words: hello}"), "steps[0].amid.at", "is missing"),
        (("expect: {}", "expect: {}\nasks: {hold on: {with: {}}}"), "asks.hold on.tool", "is missing"),
        (("expect: {}", "expect: {tools: [{arguments: {}}]}"), "expect.tools[0].name", "is missing"),
        (("expect: {}", "expect: {ended_by: nobody}"), "expect.ended_by", "must be one of"),
        (("expect: {}", "expect: []"), "expect", "must be a mapping"),
        (("expect: {}", "expect: {}\npeople: {12072203502: {}}"), "people", "put it in quotes"),
        (("expect: {}", "expect: {}\nfaults: {events_twice: maybe}"), "faults.events_twice", "must be true or false"),
        (("- wait: agent\n  - say: hello", "[]"), "steps", "at least one step"),
        (("expect: {}", 'expect: {}\npeople: {"+12": {machine: hi, says: hi}}'), "people.+12", "is a machine"),
        (("expect: {}", "expect: {}\nplaced: {answers: [{}]}"), "placed", "an order or a promise"),
        (("expect: {}", "expect: {}\nplaced: {promise: x, order: {a: 1}}"), "placed", "one of both"),
        (("expect: {}", "expect: {calls: {someone: [busy]}}"), "expect.calls", "must be a phone number"),
    ],
)
def test_a_mistake_in_a_scene_names_the_file_and_the_field(
    tmp_path: Path, change: tuple[str, str], field: str, problem: str
) -> None:
    text = GOOD.replace(*change).replace("steps:\n  []", "steps: []")
    with pytest.raises(SceneError) as raised:
        load(tmp_path, text)
    assert raised.value.field == field
    assert problem in str(raised.value)
    assert str(raised.value).startswith("a.yaml: ")


def test_a_file_that_is_no_yaml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(SceneError, match=r"a\.yaml: line 3: is not YAML"):
        load(tmp_path, "title: x\nsteps: [\ncaller: }")


def test_an_unknown_scene_lists_those_there_are(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(GOOD)
    for name in ("a", "../b"):
        with pytest.raises(SetupError, match="Scenes: b"):
            script.load(name, tmp_path)
