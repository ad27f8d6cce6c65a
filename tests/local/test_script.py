from pathlib import Path

import pytest

from local.callers import script
from local.callers.lines import wav_path
from local.callers.script import HangUp, Interrupt, Keys, KillRelay, Noise, Say, Silence, WaitForAgent
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


def load(tmp_path: Path, text: str) -> script.Scene:
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


def test_the_scenes_are_at_most_ten() -> None:
    assert 6 <= len(script.names()) <= 10


def test_every_kind_of_step_is_read(tmp_path: Path) -> None:
    steps = """
  - {wait: agent, quiet_ms: 3000}
  - keys: "207#"
  - interrupt: {after_ms: 1500, say: stop}
  - noise: {seconds: 2}
  - silence: 3
  - hang_up: true
"""
    scene = load(tmp_path, GOOD.replace("\n  - say: hello", steps))
    assert scene.steps == (
        WaitForAgent(),
        WaitForAgent(quiet_ms=3000),
        Keys("207#"),
        Interrupt(1500, "stop"),
        Noise(2.0, -25.0),
        Silence(3.0),
        HangUp(),
    )
    assert scene.lines == ("stop",)


def test_people_and_faults_are_read(tmp_path: Path) -> None:
    scene = load(
        tmp_path,
        GOOD + 'people: {"+12072203502": {says: front desk}}\n'
        "faults: {kill_relay: {after_agent_ms: 10, turn: 2}, events_delay_s: 2}\n",
    )
    assert scene.lines == ("hello", "front desk")
    assert scene.faults.kill_relay == KillRelay(10, 2)
    assert scene.steps[1] == Say("hello")


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
        (("expect: {}", "expect: {tools: [{arguments: {}}]}"), "expect.tools[0].name", "is missing"),
        (("expect: {}", "expect: {ended_by: nobody}"), "expect.ended_by", "must be one of"),
        (("expect: {}", "expect: []"), "expect", "must be a mapping"),
        (("expect: {}", "expect: {}\npeople: {12072203502: {}}"), "people", "put it in quotes"),
        (("expect: {}", "expect: {}\nfaults: {events_twice: maybe}"), "faults.events_twice", "must be true or false"),
        (("- wait: agent\n  - say: hello", "[]"), "steps", "at least one step"),
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
