"""How long a call waited for what, from what passes."""

from __future__ import annotations

from relay import caller, realtime
from relay.stages import Stages
from relay.stats import STAGES
from tests.relay.stage import START, session


def seen(*passing: tuple[int, object]) -> list[tuple[str, float]]:
    took: list[tuple[str, float]] = []
    stages = Stages(lambda stage, ms: took.append((stage, ms)))
    for now_ms, each in passing:
        stages.see(each, now_ms)
    assert {stage for stage, _ in took} <= set(STAGES)
    return took


AUDIO = caller.SendMedia(bytes(960))


def test_the_way_from_the_start_to_the_first_audio_is_measured_once() -> None:
    passing = [(100, START), (140, session()), (500, AUDIO), (600, AUDIO), (700, session())]
    assert seen(*passing) == [("start_to_session", 40), ("start_to_first_audio", 400)]


def test_silence_is_no_first_audio() -> None:
    """A live engine's output never pauses: it begins long before the greeting."""
    silence = caller.SendMedia(b"\xff" * 800)
    assert seen((100, START), (300, silence), (900, AUDIO)) == [("start_to_first_audio", 800)]
    page = caller.Start("KS1", "", "token-1", caller.PCM24)
    pcm = caller.SendMedia(bytes(4800)), caller.SendMedia(b"\x34\x12" * 2400)
    assert seen((100, page), (300, pcm[0]), (900, pcm[1])) == [("start_to_first_audio", 800)]


def test_an_answer_is_measured_from_the_commit() -> None:
    passing = [(1000, realtime.Committed("u1")), (1300, AUDIO), (1420, AUDIO)]
    assert seen(*passing) == [("commit_to_first_audio", 300)]


def test_what_the_agent_goes_on_with_over_an_mm_hmm_is_no_answer_to_it() -> None:
    assert seen((1000, AUDIO), (1100, realtime.Committed("u1")), (1120, AUDIO)) == []
    interrupted = [(1000, AUDIO), (1050, caller.Clear()), (1100, realtime.Committed("u1")), (1400, AUDIO)]
    assert seen(*interrupted) == [("commit_to_first_audio", 300)]


def test_a_barge_in_is_measured_from_where_speech_was_noticed() -> None:
    passing = [(1000, realtime.SpeechStarted("u1", 0)), (1180, caller.Clear()), (1200, caller.Clear())]
    assert seen(*passing) == [("speech_started_to_clear", 180)]


def test_speech_that_interrupted_nothing_is_no_barge_in() -> None:
    passing = [(0, realtime.SpeechStarted("u1", 0)), (900, realtime.Committed("u1")), (5000, caller.Clear())]
    assert seen(*passing) == []
