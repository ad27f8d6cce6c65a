"""What is there for speed alone changes nothing."""

from __future__ import annotations

import base64
import json
from collections import Counter
from time import monotonic_ns

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay import caller, realtime
from relay import messages as msg
from relay.agent_path import AgentPath
from relay.audio_path import AudioPath
from relay.call_log import CallLog
from relay.clients import Phone
from relay.dialogue import Dialogue
from relay.ear import Ear
from relay.onlookers import Onlookers
from relay.pace import Pace
from relay.stages import Stages
from relay.watchdogs import ANSWER_WAIT_MS
from tests.relay.call_world import ACTIONS, OPENING, SOUNDS, World
from tests.relay.stage import Stage, of_type
from tests.relay.strict_peers import MARK_DELAY_MS


def transcript(
    steps: list[tuple[str, int]], delay_ms: int, barge_in: str
) -> list[tuple[object, int, int, list[object]]]:
    """Each event of a call with its time, when the call wanted to be asked again, and what it said."""
    world = World(delay_ms, barge_in)
    entries: list[tuple[object, int, int, list[object]]] = []
    receive = world.call.receive

    def noted(event: msg.Event, now_ms: int) -> list[msg.Message]:
        said = receive(event, now_ms)
        entries.append((event, now_ms, world.call.due_ms, list(said)))
        return said

    world.call.receive = noted  # type: ignore[method-assign]
    for what, amount in steps:
        world.do(what, amount)
    world.settle()
    return entries


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 9)), min_size=20, max_size=60),
    st.integers(0, MARK_DELAY_MS),
    st.sampled_from(["selective", "immediate", "off"]),
)
def test_rules_that_are_minded_only_when_due_do_what_they_do_when_minded_always(
    steps: list[tuple[str, int]], delay_ms: int, barge_in: str
) -> None:
    steps = [*OPENING, *steps]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Dialogue, "_is_settled", property(lambda _: False, lambda _, __: None), raising=False)
        always = transcript(steps, delay_ms, barge_in)
    assert transcript(steps, delay_ms, barge_in) == always


class Noted(Pace):
    """Counts which way is taken."""

    def __init__(self, due_ms: int, taken: Counter[str]) -> None:
        super().__init__(due_ms)
        self._taken = taken

    def tick(self, now_ms: int) -> list[caller.SendMedia | caller.SendMark] | None:
        messages = super().tick(now_ms)
        self._taken["short" if messages is not None else "long"] += 1
        return messages

    def passes(self, mark: str, now_ms: int) -> bool:
        is_short = super().passes(mark, now_ms)
        self._taken["mark" if is_short else "no mark"] += 1
        return is_short

    def adds(self, item_id: str, audio: bytes, now_ms: int) -> bool:
        is_short = super().adds(item_id, audio, now_ms)
        self._taken["more" if is_short else "no more"] += 1
        return is_short


def test_the_short_ways_are_taken() -> None:
    """While the agent speaks, by the clock, by marks and by what comes from the engine."""
    stage = Stage().talking()
    stage.agent_begins("A long story.", response="r1", item="i1", ms=3000)
    taken: Counter[str] = Counter()
    noted = Noted(stage.call.pace.due_ms, taken)
    noted.rules_due_ms = stage.call.pace.rules_due_ms
    stage.call.pace = noted
    for _ in range(10):
        stage.wait(200)
        stage.receive(realtime.AudioDelta("r1", "i1", 0, b"\x55" * 1600))
    assert taken["short"] > 20
    assert taken["long"] == 0
    assert taken["mark"] > 10
    assert taken["more"] == 10


def test_audio_that_is_not_of_what_is_played_has_no_short_way() -> None:
    stage = Stage().talking()
    stage.agent_begins("A long story.", response="r1", item="i1", ms=1000)
    stage.wait(100)
    now_ms, pace = stage.now_ms, stage.call.pace
    assert pace.adds("i1", b"\x55" * 160, now_ms)
    assert not pace.adds("i2", b"\x55" * 160, now_ms), "another item"
    stage.receive(realtime.AudioDone("r1", "i1"))
    stage.wait(20)
    assert not pace.adds("i1", b"\x55" * 160, now_ms), "an item that is complete"


def test_an_engines_audio_need_not_be_given_to_the_call_where_it_only_goes_on() -> None:
    stage = Stage(now_ms=monotonic_ns() // 1_000_000).talking()
    stage.agent_begins("A long story.", response="r1", item="i1", ms=3000)
    stage.wait(100)
    call = stage.call
    bugs: list[BaseException] = []
    audio = AudioPath(
        call,
        Phone(),
        Ear(),
        None,
        Onlookers(CallLog(call, "twilio", Counter()), Stages(lambda *_: None), None),
        receive=lambda event, now_ms: None,
        on_disorder=lambda: None,
        on_bug=bugs.append,
    )
    path = AgentPath(audio)
    fields = {"response_id": "r1", "item_id": "i1", "content_index": 0, "delta": base64.b64encode(bytes(160)).decode()}
    delta = json.dumps({"type": "response.output_audio.delta", **fields}).encode()
    assert [path.takes(delta) for _ in range(3)] == [True, True, True]
    assert not path.takes(b'{"type":"response.done"}')
    assert bugs == []


def test_an_engine_whose_audio_goes_the_short_way_gives_something() -> None:
    """Its watchdog waits from the last of it on, though nobody told the call."""
    stage = Stage().talking()
    stage.agent_begins("A very long story.", response="r1", item="i1", ms=3000)
    for _ in range(ANSWER_WAIT_MS // 1000 + 5):
        stage.wait(1000)
        assert stage.call.pace.adds("i1", b"\x55" * 8000, stage.now_ms)
    assert of_type(stage.wait(ANSWER_WAIT_MS - 500), msg.CloseEngine) == []
    assert of_type(stage.wait(1000), msg.CloseEngine) == [msg.CloseEngine(0)]


def test_the_short_way_takes_audio_only_while_the_call_talks() -> None:
    stage = Stage()
    assert not stage.call.hearing.engine_hears, "before the start"
    stage.talking()
    assert stage.call.hearing.engine_hears
    assert stage.receive(SOUNDS[0]) == [realtime.AppendAudio(SOUNDS[0].audio)]
    stage.receive(caller.Stop())
    assert not stage.call.hearing.engine_hears, "after the end"
