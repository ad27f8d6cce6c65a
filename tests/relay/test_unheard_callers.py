"""A guest who is heard to speak on the line, and of whom the engine gives no sign."""

from __future__ import annotations

from typing import Any

import pytest

from relay import caller, live, realtime
from relay import messages as msg
from relay.failover import EngineChoice
from relay.functions import PostThen, TurnAnswer
from relay.limits import Limits
from relay.sentences import SAY_AGAIN, STILL_THERE
from relay.watch import DEAF
from tests.relay.stage import SILENCE, START, Line, Stage, session

LOUD = bytes([0x20, 0xA0]) * 400
SOUND = caller.Media(LOUD[:160])
STARTED = live.Started("live_1", "gpt-live-1", None, "responses")


def sounds(stage: Stage, *, times: int, for_ms: int, pause_ms: int) -> None:
    """Somebody, or something, is to be heard on the line, again and again."""
    for _ in range(times):
        stage.frame = SOUND
        stage.wait(for_ms)
        stage.frame = SILENCE
        stage.wait(pause_ms)


class LiveCall(Stage):
    """A call with a live engine, whose output never pauses; silence, as long as `voice` is none."""

    def __init__(self, *engines: EngineChoice, **changes: Any) -> None:
        super().__init__(*(engines or (EngineChoice("live", "live"), EngineChoice("second"))))
        self.frame = SILENCE
        self.voice = b"\xff" * 800
        self.receive(START, session(dialect="live", **changes), msg.EngineOpened(0), msg.EngineReady(0, event=STARTED))
        self.receive(live.OutputAudio(LOUD))
        self.passes(3)
        self.said.clear()

    def passes(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.wait(100)
            self.receive(live.OutputAudio(self.voice))

    def caller_speaks(self, seconds: float, *, pause_s: float = 1.0) -> None:
        self.frame = SOUND
        self.passes(seconds)
        self.frame = SILENCE
        self.passes(pause_s)

    @property
    def asked(self) -> list[str]:
        return [append.content for append in self.all_of(live.Append) if append.way == "commentary"]


def test_a_live_engine_that_does_not_hear_the_caller_is_replaced() -> None:
    call = LiveCall()
    for _ in range(3):
        assert not call.all_of(msg.EngineFailed)
        call.caller_speaks(2.5)
    (failed,) = call.all_of(msg.EngineFailed)
    assert (failed.engine, failed.problem) == ("live", "does not hear the caller")


def test_a_live_engine_that_transcribes_the_caller_hears_them() -> None:
    call = LiveCall()
    for n in range(6):
        call.caller_speaks(2.5)
        call.receive(live.Transcript("user", "And another thing.", n * 3500, n * 3500 + 2000))
    assert not call.all_of(msg.EngineFailed)


def test_what_is_heard_while_a_live_engine_speaks_may_be_its_echo() -> None:
    call = LiveCall(limits=Limits(hold_s=10))
    call.voice = LOUD
    for _ in range(6):
        call.caller_speaks(2.5, pause_s=1)
    call.frame = SOUND
    call.passes(12)
    call.voice, call.frame = b"\xff" * 800, SILENCE
    call.passes(3)
    assert not call.all_of(msg.EngineFailed)
    assert not call.all_of(PostThen)


def test_a_guest_whom_a_live_engine_gives_no_sign_of_is_not_taken_for_idle() -> None:
    call = LiveCall(idle_s=5)
    for _ in range(3):
        call.caller_speaks(0.8, pause_s=3)
    assert call.asked == []
    call.passes(3)
    assert call.asked == [STILL_THERE]


def test_a_guest_in_the_middle_of_a_long_sentence_is_not_asked_whether_they_are_there() -> None:
    call = LiveCall(idle_s=5)
    call.caller_speaks(8, pause_s=0)
    assert call.asked == []


def test_noise_without_pauses_is_no_guest() -> None:
    call = LiveCall(idle_s=5)
    call.caller_speaks(23, pause_s=0)
    assert call.asked == [STILL_THERE]


def test_a_guest_whom_a_realtime_engine_gives_no_sign_of_is_not_taken_for_idle() -> None:
    stage = Stage()
    stage.frame = SILENCE
    stage.talking(idle_s=5)
    sounds(stage, times=4, for_ms=800, pause_ms=3000)
    assert "still_there" not in stage.purposes
    stage.wait(3000)
    assert stage.purposes[-1] == "still_there"


def test_a_line_that_two_engines_hear_nobody_on_is_idle_whatever_sounds_on_it() -> None:
    """A television, mostly: nobody is to be talked at until the call's time is over."""
    stage = Stage()
    stage.frame = SILENCE
    stage.talking(idle_s=5)
    sounds(stage, times=3, for_ms=2500, pause_ms=1000)
    line = stage.all_of(msg.OpenEngine)[-1].line
    stage.receive(msg.EngineOpened(line), msg.EngineReady(line))
    stage.wait(2500)
    stage.agent_says("Could you say that again?", response="again", item="again", ms=400)
    sounds(stage, times=4, for_ms=800, pause_ms=3000)
    assert stage.purposes == ["opening", "reply", "still_there"]


def test_whoever_says_hello_again_and_again_is_not_heard_either() -> None:
    call = LiveCall()
    for _ in range(6):
        assert not call.all_of(msg.EngineFailed)
        call.caller_speaks(0.8, pause_s=2)
    assert call.all_of(msg.EngineFailed)


def test_an_utterance_that_never_ends_for_the_engine_after_a_deaf_one_does_not_leave_the_guest_in_silence() -> None:
    stage = Stage(EngineChoice("first"), EngineChoice("second"), EngineChoice("third"))
    stage.frame = SILENCE
    stage.talking(idle_s=5)
    for number in range(2):
        stage.receive(realtime.SpeechStarted(f"user_{number}", 0))
        stage.wait(8000)
        stage.receive(msg.EngineOpened(number + 1), msg.EngineReady(number + 1))
    assert [failed.problem for failed in stage.all_of(msg.EngineFailed)] == [DEAF, DEAF]


def test_the_engine_after_a_deaf_one_is_believed_that_nobody_speaks() -> None:
    stage = Stage()
    stage.frame = SILENCE
    stage.talking()
    stage.receive(realtime.SpeechStarted("user_0", 0))
    stage.wait(8000)
    stage.receive(msg.EngineOpened(1), msg.EngineReady(1))
    stage.wait(2500)
    stage.agent_says("I am sorry, could you say that again?", response="r1", item="i1", ms=400)
    sounds(stage, times=8, for_ms=2500, pause_ms=1000)
    assert [failed.problem for failed in stage.all_of(msg.EngineFailed)] == [DEAF]


def test_the_engine_after_a_deaf_one_asks_the_guest_to_say_it_again() -> None:
    call = LiveCall()
    for _ in range(3):
        call.caller_speaks(2.5)
    call.receive(session(), msg.EngineOpened(1), msg.EngineReady(1))
    assert [create.instructions for create in call.all_of(realtime.CreateResponse)] == [SAY_AGAIN]


def never_committed(stage: Stage) -> None:
    """The engine heard an utterance begin and end, and makes no turn of it."""
    stage.receive(realtime.SpeechStarted("user_2", 0))
    stage.wait(900)
    stage.receive(realtime.SpeechStopped("user_2", 900))
    if stage.all_of(realtime.CancelResponse):
        stage.receive(realtime.ResponseDone("r", "cancelled"))
    stage.wait(5000)


def sentences(stage: Stage) -> list[str]:
    """What was asked for after the greeting."""
    return [create.instructions for create in stage.all_of(realtime.CreateResponse)[1:]]


def test_a_caller_who_cut_the_reply_with_what_never_became_a_turn_is_asked_to_say_it_again() -> None:
    stage = Stage().talking()
    stage.caller_says("How much is it?")
    stage.agent_begins("It is ninety dollars a night.", response="r", item="i", ms=4000)
    stage.wait(500)
    never_committed(stage)
    assert sentences(stage) == ["", SAY_AGAIN]


def test_a_caller_whose_utterance_never_became_a_turn_is_not_left_in_silence() -> None:
    stage = Stage().talking()
    never_committed(stage)
    assert sentences(stage) == [SAY_AGAIN]


def test_what_is_due_anyway_answers_an_utterance_that_never_became_a_turn() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_2", 0), TurnAnswer(note="The room is ready."))
    never_committed(stage)
    assert sentences(stage) == [""]


@pytest.mark.parametrize("words", [None, "Mm-hmm."])
def test_a_short_utterance_whose_words_are_lost_with_the_engine_is_asked_for_again(words: str | None) -> None:
    line = Line().listening(ms=3000)
    line.agent_ends("It is ninety dollars a night for two.", response="r", item="i")
    line.makes_sound(120)
    line.falls_silent(words)
    line.wait(300)
    line.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    line.wait(4000)
    assert sentences(line)[1:] == ([SAY_AGAIN] if words is None else [])
