"""What the engine that follows a lost one is told, and asked for: events in and messages out."""

from __future__ import annotations

import pytest

from relay import caller, live, realtime
from relay import messages as msg
from relay.arbiter import Purpose
from relay.failover import EngineChoice
from relay.functions import ToolAnswer
from relay.realtime import CreateResponse
from relay.sentence_lost import TAKES_UP_MS
from relay.sentences import CARRY_ON, ONE_MOMENT, SAY_AGAIN
from tests.relay.stage import FRAME, SILENCE, START, Stage, heard_ms, of_type, session


def test_a_lost_engine_is_followed_by_the_next_with_history_and_tool_results() -> None:
    stage = Stage().talking()
    stage.caller_says("A room for two")
    stage.calls_tool("check", response="r1")
    stage.receive(ToolAnswer("call_1", ok=True, result={"n": 1}))
    stage.agent_says("There is one.", response="r2", item="i2", ms=200)
    stage.wait(300)
    stage.caller_says("How much?", item="user_2")
    said = stage.receive(msg.EngineLost(0, "closed 1006"))
    assert said == [msg.CloseEngine(0), msg.OpenEngine(1, 1)]
    stage.receive(msg.EngineOpened(1))
    said = stage.receive(msg.EngineReady(1))
    assert of_type(said, realtime.AddMessage, realtime.AddFunctionCall, realtime.AddFunctionOutput) == [
        realtime.AddMessage("assistant", "Good evening.", "item_0"),
        realtime.AddMessage("user", "A room for two", "user_1"),
        realtime.AddFunctionCall("call_1", "check", "{}"),
        realtime.AddFunctionOutput("call_1", '{"n":1}'),
        realtime.AddMessage("assistant", "There is one.", "i2"),
        realtime.AddMessage("user", "How much?", "user_2"),
    ]
    assert said[-1] == CreateResponse("create_1", Purpose.REPLY, CARRY_ON)
    assert len(stage.published("engine.switched")) == 1


def test_a_caller_whose_words_were_lost_with_the_engine_is_asked_again() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), realtime.Committed("user_1"))
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1))
    assert stage.receive(msg.EngineReady(1))[-1] == CreateResponse("create_1", Purpose.REPLY, SAY_AGAIN)


@pytest.mark.parametrize("words", ["How much is it?", None])
def test_an_answer_that_is_whole_and_still_playing_when_its_engine_is_lost_is_not_given_again(
    words: str | None,
) -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0), realtime.Committed("user_1"))
    if words:
        stage.receive(realtime.Transcribed("user_1", words))
    stage.agent_says("It is ninety dollars a night.", response="r1", item="i1", ms=3000)
    stage.wait(500)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    stage.wait(4000)
    assert stage.purposes == ["opening", "reply"]


@pytest.mark.parametrize("is_whole", [True, False])
def test_the_next_engine_remembers_no_more_of_an_answer_than_was_heard_of_it(is_whole: bool) -> None:
    """It was told all of it while it still played, as words, which cannot be truncated."""
    stage = Stage().talking()
    stage.caller_says("How much is it?")
    words = "It is ninety dollars a night and breakfast is included."
    stage.agent_begins(words, response="r1", item="i1", ms=6000)
    if is_whole:
        stage.agent_ends(words, response="r1", item="i1")
    stage.wait(1500)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1))
    assert realtime.AddMessage("assistant", words, "i1") in stage.receive(msg.EngineReady(1))
    stage.wait(1500)
    said = stage.receive(caller.Text("Stop."))
    told = of_type(said, realtime.Truncate, realtime.DeleteItem, realtime.AddMessage)
    assert told == [
        realtime.DeleteItem("i1"),
        realtime.AddMessage("assistant", "It is ninety dollars a night"),
        realtime.AddMessage("user", "Stop.", "typed_1_1"),
    ]


def test_the_next_engine_remembers_nothing_of_an_answer_that_was_not_heard_at_all() -> None:
    stage = Stage().talking()
    stage.caller_says("How much is it?")
    stage.agent_says("One moment.", response="r1", item="i1", ms=3000)
    stage.agent_says("It is ninety dollars.", response="r2", item="i2", ms=1000)
    stage.wait(1500)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    told = of_type(stage.receive(caller.Interrupt()), realtime.DeleteItem, realtime.AddMessage)
    assert told == [
        realtime.DeleteItem("i1"),
        realtime.AddMessage("assistant", "One"),
        realtime.DeleteItem("i2"),
    ]


def test_the_next_engine_is_told_once_of_an_answer_that_was_cut_before_it_came() -> None:
    stage = Stage().talking()
    stage.caller_says("How much is it?")
    stage.agent_says("It is ninety dollars.", response="r1", item="i1", ms=3000)
    stage.wait(500)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1))
    assert of_type(stage.receive(caller.Interrupt()), realtime.DeleteItem, realtime.AddMessage) == []
    said = stage.receive(msg.EngineReady(1))
    assert [m.text for m in said if isinstance(m, realtime.AddMessage) and m.item_id == "i1"] == ["It"]


def test_keys_while_no_engine_is_there_are_answered_by_the_next() -> None:
    stage = Stage().talking()
    stage.receive(msg.EngineLost(0, "closed"), *[caller.Dtmf(key) for key in "42#"])
    note = "The guest keyed 42."
    stage.receive(ToolAnswer("dtmf-1-1", ok=True, result={"note": note}), msg.EngineOpened(1))
    said = stage.receive(msg.EngineReady(1))
    assert of_type(said, realtime.AddMessage)[-1] == realtime.AddMessage("system", note)
    assert [create.purpose for create in stage.all_of(CreateResponse)[1:]] == [Purpose.REPLY]


def test_keys_while_no_engine_is_there_are_answered_by_a_next_one_of_another_dialect() -> None:
    stage = Stage(EngineChoice("first"), EngineChoice("live", "live")).talking()
    stage.receive(msg.EngineLost(0, "closed"), session(dialect="live"), *[caller.Dtmf(key) for key in "42#"])
    stage.receive(ToolAnswer("dtmf-1-1", ok=True, result={"note": "The guest keyed 42."}), msg.EngineOpened(1))
    stage.receive(msg.EngineReady(1, event=live.Started("live_1", "gpt-live-1", None, "responses")))
    assert [append.content for append in stage.all_of(live.Append) if append.way == "commentary"] == [CARRY_ON]


def test_a_caller_in_mid_sentence_is_heard_by_the_next_engine() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0))
    stage.wait(400)
    stage.receive(msg.EngineLost(0, "closed"))
    stage.wait(200)
    stage.receive(msg.EngineOpened(1))
    said = stage.receive(msg.EngineReady(1))
    assert heard_ms(said) == 300 + 400 + 200
    assert of_type(said, CreateResponse) == []


def test_a_sentence_that_a_live_engine_wrote_down_late_is_heard_from_its_beginning_by_the_next() -> None:
    stage = Stage(EngineChoice("live", "live"), EngineChoice("second"))
    started = live.Started("live_1", "gpt-live-1", None, "responses")
    stage.receive(START, session(dialect="live"), msg.EngineOpened(0), msg.EngineReady(0, event=started))
    stage.receive(live.OutputAudio(b"\x55" * 800))
    stage.frame = SILENCE
    stage.wait(3000)
    stage.frame = FRAME
    stage.wait(800)
    stage.receive(live.Transcript("user", "I would like", 3000, 3400))
    stage.wait(400)
    stage.receive(msg.EngineLost(0, "closed 1006"), session(), msg.EngineOpened(1))
    said = stage.receive(msg.EngineReady(1))
    spoken = sum(message.audio.count(b"\x55") for message in said if isinstance(message, realtime.AppendAudio))
    assert spoken // 8 == 1200


@pytest.mark.parametrize(("engine", "given_ms"), [(EngineChoice("live", "live"), 300), (EngineChoice("first"), 2000)])
def test_of_what_came_before_an_engine_listened_each_gets_as_much_as_is_of_use_to_it(
    engine: EngineChoice, given_ms: int
) -> None:
    stage = Stage(engine)
    stage.receive(START, session(dialect=engine.dialect), msg.EngineOpened(0))
    stage.wait(1000)
    stage.frame = SILENCE
    stage.wait(1000)
    said = stage.receive(msg.EngineReady(0, event=live.Started("live_1", "gpt-live-1", None, "responses")))
    given = b"".join(message.audio for message in said if isinstance(message, realtime.AppendAudio))
    assert len(given) == 8 * given_ms
    assert given.endswith(SILENCE.audio), "the newest"


def test_a_sentence_that_two_engines_were_lost_over_is_not_met_with_silence() -> None:
    stage = Stage(EngineChoice("first"), EngineChoice("second"), EngineChoice("third")).talking()
    stage.receive(realtime.SpeechStarted("user_1", 0))
    stage.wait(400)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1))
    stage.frame = SILENCE
    stage.wait(200)
    stage.receive(msg.EngineReady(1), msg.EngineLost(1, "closed"), msg.EngineOpened(2))
    said = stage.receive(msg.EngineReady(2))
    assert heard_ms(said) == 300 + 400 + 200
    assert of_type(said, CreateResponse) == []
    said = stage.wait(TAKES_UP_MS)
    assert of_type(said, CreateResponse) == [CreateResponse("create_1", Purpose.REPLY, SAY_AGAIN)]


def test_a_sentence_that_two_engines_were_lost_over_is_heard_whole_by_the_third() -> None:
    stage = Stage(EngineChoice("first"), EngineChoice("second"), EngineChoice("third")).talking()
    stage.receive(realtime.SpeechStarted("user_1", 0))
    stage.wait(400)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    stage.wait(100)
    stage.receive(realtime.SpeechStarted("user_2", 300))
    stage.wait(500)
    stage.receive(msg.EngineLost(1, "closed"), msg.EngineOpened(2))
    said = stage.receive(msg.EngineReady(2))
    assert heard_ms(said) == 300 + 400 + 100 + 500


def test_what_no_engine_must_remember_is_given_to_none_though_it_was_given_just_now() -> None:
    stage = Stage()
    stage.receive(START, session())
    stage.wait(1000)
    stage.receive(msg.EngineOpened(0), msg.EngineReady(0))
    stage.wait(200)
    attempt = stage.call.attempt
    assert attempt is not None
    attempt.connection.is_spoilt = True
    stage.receive(msg.Tick(), msg.EngineOpened(1))
    assert heard_ms(stage.receive(msg.EngineReady(1))) == 0


@pytest.mark.parametrize("takes_it_up", [True, False])
def test_a_sentence_that_the_next_engine_does_not_take_up_is_asked_for_again(takes_it_up: bool) -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("user_1", 0))
    stage.wait(400)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    stage.frame = SILENCE
    stage.wait(TAKES_UP_MS - 100)
    assert stage.purposes == ["opening"]
    if takes_it_up:
        stage.receive(realtime.SpeechStarted("user_2", 0))
    stage.wait(500)
    asked = [create.instructions for create in stage.all_of(CreateResponse)[1:]]
    assert asked == ([] if takes_it_up else [SAY_AGAIN])


STARTED = live.Started("live_1", "gpt-live-1", None, "responses")


def live_talking() -> Stage:
    """A call whose live engine has spoken, and which has been silent since."""
    stage = Stage(EngineChoice("live", "live"))
    stage.receive(START, session(dialect="live", idle_s=600), msg.EngineOpened(0), msg.EngineReady(0, event=STARTED))
    stage.receive(live.OutputAudio(b"\x55" * 800))
    stage.frame = SILENCE
    stage.wait(3000)
    stage.said.clear()
    return stage


@pytest.mark.parametrize(("spoken_ms", "asked"), [(1000, [SAY_AGAIN]), (200, [])])
def test_what_a_caller_says_while_no_live_engine_listens_is_asked_for_again(spoken_ms: int, asked: list[str]) -> None:
    stage = live_talking()
    stage.receive(msg.EngineLost(0, "closed 1006"))
    stage.frame = FRAME
    stage.wait(spoken_ms)
    stage.frame = SILENCE
    stage.wait(500)
    stage.receive(msg.EngineOpened(1), msg.EngineReady(1, event=STARTED))
    stage.wait(TAKES_UP_MS + 100)
    assert [append.content for append in stage.all_of(live.Append) if append.way == "commentary"] == asked


@pytest.mark.parametrize(("spoken_ms", "asked"), [(1000, [SAY_AGAIN]), (200, [])])
def test_what_a_live_engine_had_not_written_down_when_it_was_lost_is_asked_for_again(
    spoken_ms: int, asked: list[str]
) -> None:
    stage = live_talking()
    stage.frame = FRAME
    stage.wait(spoken_ms)
    stage.frame = SILENCE
    stage.wait(300)
    stage.receive(msg.EngineLost(0, "closed 1006"), msg.EngineOpened(1), msg.EngineReady(1, event=STARTED))
    stage.wait(TAKES_UP_MS + 100)
    assert [append.content for append in stage.all_of(live.Append) if append.way == "commentary"] == asked


def test_a_tool_that_ends_after_the_switch_is_told_to_the_new_engine_with_its_call() -> None:
    stage = Stage().talking()
    stage.caller_says("A room")
    stage.calls_tool("check", response="r1")
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    said = stage.receive(ToolAnswer("call_1", ok=True, result={}))
    assert said[:2] == [realtime.AddFunctionCall("call_1", "check", "{}"), realtime.AddFunctionOutput("call_1", "{}")]


@pytest.mark.parametrize("is_whole", [True, False])
def test_an_engine_that_comes_while_a_tool_runs_is_asked_for_nothing_but_patience(is_whole: bool) -> None:
    """It does not know of the call: told to carry on it would make it again, and the guest would be answered twice."""
    stage = Stage().talking()
    stage.caller_says("A room")
    if is_whole:
        stage.calls_tool("check", response="r1")
    else:
        stage.receive(realtime.ResponseCreated("r1"), realtime.FunctionCalled("r1", "fc", "call_1", "check", "{}"))
    stage.wait(1600)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    assert stage.all_of(CreateResponse)[-1] == CreateResponse("create_1", Purpose.ANNOUNCE, ONE_MOMENT, False)
    stage.agent_says("One moment, please.", response="r2", item="i2", ms=400)
    stage.wait(600)
    said = stage.receive(ToolAnswer("call_1", ok=True, result={}))
    assert of_type(said, CreateResponse) == [CreateResponse("create_2", Purpose.REPLY)]
