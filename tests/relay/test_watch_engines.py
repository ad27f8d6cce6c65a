"""Watchdogs on a whole call: when its engine has to be replaced by another."""

from __future__ import annotations

from relay import caller, live, realtime
from relay import messages as msg
from relay.failover import EngineChoice
from relay.functions import ToolAnswer
from relay.watch import Watch
from relay.watchdogs import ANSWER_WAIT_MS, STREAM_WAIT_MS
from tests.relay.stage import SILENCE, SOUND, START, Stage, quiet, session


def test_a_response_that_gives_nothing_costs_the_engine_its_place() -> None:
    stage = quiet()
    stage.caller_says("Hello?", item="u1")
    stage.receive(realtime.ResponseCreated("r1"))
    stage.wait(ANSWER_WAIT_MS - 200)
    assert not stage.all_of(msg.EngineFailed)
    stage.wait(300)
    (failed,) = stage.all_of(msg.EngineFailed)
    assert (failed.engine, failed.problem, failed.fatal) == ("first", "gives nothing", False)
    assert stage.all_of(msg.OpenEngine)


def test_a_response_that_goes_on_is_waited_for() -> None:
    stage = quiet()
    stage.receive(realtime.ResponseCreated("r1"), realtime.ItemAdded("r1", "i1", "message"))
    for _ in range(10):
        stage.wait(ANSWER_WAIT_MS // 2)
        stage.receive(realtime.TranscriptDelta("r1", "i1", "and "))
    assert not stage.all_of(msg.EngineFailed)


def test_a_live_engine_whose_output_stops_is_replaced() -> None:
    """Silence is output, too: whatever the talk, something comes all the time."""
    watch = Watch()
    watch.engine_serves(0, says_who_speaks=False)
    for now_ms in range(0, 60_000, 100):
        watch.see(live.OutputAudio(b"\xff" * 800), now_ms)
        assert not watch.engine_trouble(now_ms)
    assert watch.due_ms == 59_900 + STREAM_WAIT_MS
    assert not watch.engine_trouble(59_900 + STREAM_WAIT_MS - 1)
    assert watch.engine_trouble(59_900 + STREAM_WAIT_MS) == "gives nothing"
    watch.engine_serves(120_000, says_who_speaks=False)
    assert not watch.engine_trouble(120_000)


def test_a_live_engine_that_never_gives_any_output_is_replaced() -> None:
    stage = Stage(EngineChoice("live", "live"), EngineChoice("second"))
    stage.frame = SILENCE
    stage.receive(START, session(dialect="live"), msg.EngineOpened(0))
    stage.receive(msg.EngineReady(0, event=live.Started("live_1", "gpt-live-1", None, "responses")))
    stage.wait(STREAM_WAIT_MS - 200)
    assert not stage.all_of(msg.EngineFailed)
    stage.wait(300)
    (failed,) = stage.all_of(msg.EngineFailed)
    assert (failed.engine, failed.problem, failed.fatal) == ("live", "gives nothing", False)
    assert stage.all_of(msg.OpenEngine)[-1].engine == 1


def test_an_engine_that_does_not_hear_the_caller_is_replaced_once() -> None:
    stage = quiet()
    for _ in range(3):
        stage.frame = SOUND
        stage.wait(2500)
        stage.frame = SILENCE
        stage.wait(1000)
    (failed,) = stage.all_of(msg.EngineFailed)
    assert (failed.engine, failed.problem) == ("first", "does not hear the caller")


def test_the_tones_of_keys_are_no_words_that_an_engine_should_have_heard() -> None:
    stage = quiet()
    for number in range(1, 5):
        for digit in "2075550142":
            stage.frame = SOUND
            stage.wait(200)
            stage.frame = SILENCE
            stage.receive(caller.Dtmf(digit))
            stage.wait(200)
        stage.wait(2500)
        stage.receive(ToolAnswer(f"dtmf-1-{number}", ok=True, result={}))
    assert not stage.all_of(msg.EngineFailed)
