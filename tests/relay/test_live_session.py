"""A live engine's session: its clock and its price, errors, and the engine that follows it."""

from collections.abc import Callable

import pytest

from relay import caller, live
from relay import messages as msg
from relay.entries import Told
from relay.functions import AskClerk, ClerkAnswer, PostTurn, ToolAnswer, TurnAnswer
from relay.sentences import CARRY_ON, TIME_IS_SHORT
from tests.relay.live_stage import SILENCE, LiveStage, filler_ms
from tests.relay.stage import FRAME

# --- the clock ---


def test_a_live_stream_is_never_padded() -> None:
    stage = LiveStage().ready()
    assert filler_ms(stage.wait(3000)) == 0


def test_a_gap_is_filled_with_silence_after_200_ms_and_at_the_pace_of_time() -> None:
    stage = LiveStage().ready()
    stage.wait(1000)
    stage.media_flows = False
    assert filler_ms(stage.wait(180)) == 0
    assert filler_ms(stage.wait(40)) == 100
    assert filler_ms(stage.wait(2000)) == 2000
    stage.media_flows = True
    stage.wait(20)
    assert filler_ms(stage.wait(2000)) == 0


def test_what_came_in_a_pause_of_our_own_is_no_gap_though_it_is_read_after_the_engines_audio() -> None:
    """Silence would stand in the middle of a word, and all that is said later would come so much later."""
    stage = LiveStage().ready()
    stage.wait(1000)
    stage.now_ms += 1000
    assert filler_ms(stage.receive(live.OutputAudio(SILENCE))) == 0
    for _ in range(50):
        stage.caller_audio.add(FRAME.audio, stage.now_ms)
    assert filler_ms(stage.wait(2000)) == 0


def test_a_gap_that_is_still_one_after_a_pause_of_our_own_is_filled_from_then_on() -> None:
    stage = LiveStage().ready()
    stage.wait(1000)
    stage.media_flows = False
    stage.now_ms += 1000
    stage.receive(live.OutputAudio(SILENCE))
    assert filler_ms(stage.wait(1000)) == 1000


def test_a_caller_who_never_sends_anything_is_greeted_all_the_same() -> None:
    stage = LiveStage()
    stage.media_flows = False
    stage.ready()
    assert filler_ms(stage.wait(1000)) == 900


def test_what_the_session_costs_is_the_largest_total_and_never_a_sum() -> None:
    stage = LiveStage().ready()
    stage.wait(1000)
    for seconds in (15.0, 30.0, 29.0):
        stage.receive(live.Usage(seconds))
    stage.talk.close(stage.now_ms, [])
    assert stage.attempt.journal.usage["seconds"] == pytest.approx(30.0)
    assert stage.attempt.journal.meter.by_model == {"gpt-live-1": {"seconds": pytest.approx(30.0)}}


def test_seconds_since_the_last_report_are_counted_by_what_was_sent() -> None:
    stage = LiveStage().ready()
    stage.wait(4000)
    stage.media_flows = False
    stage.wait(2200)
    stage.talk.close(stage.now_ms, [])
    assert stage.attempt.journal.usage["seconds"] == pytest.approx(6.0, abs=0.15)


# --- errors, and other engines ---


def test_an_error_is_data_unless_the_account_has_none() -> None:
    stage = LiveStage().greeted()
    stage.receive(live.EngineError("immutable_field_update", "", "upd_1"), live.EngineError("", "", ""))
    assert stage.talk.connection.trouble is None
    stage.receive(live.EngineError("credit_balance_exhausted", "", ""))
    assert stage.talk.connection.trouble is not None
    assert stage.talk.connection.trouble.is_fatal


@pytest.mark.parametrize(
    ("reason", "kind", "is_fatal"),
    [("expired", "expired", False), ("connection_lost", "closed", False), ("content", "closed", True)],
)
def test_a_session_that_the_engine_closes_is_lost(reason: str, kind: str, is_fatal: bool) -> None:
    """After one that has expired the same engine is asked for another."""
    stage = LiveStage().greeted()
    stage.receive(live.Closed(reason, 12.5))
    assert stage.talk.connection.trouble is not None
    assert (stage.talk.connection.trouble.kind, stage.talk.connection.trouble.is_fatal) == (kind, is_fatal)
    assert stage.attempt.journal.usage["seconds"] == pytest.approx(12.5)


def test_a_first_session_is_configured_as_functions_say_and_a_later_one_knows_what_was_said() -> None:
    stage = LiveStage(engine_session={"model": "gpt-live-1", "store": False, "input": None})
    assert stage.configuration() == live.StartSession({"model": "gpt-live-1", "store": False}, "configure")
    stage.greeted()
    stage.caller_says("A room for Friday")
    stage.calls("call_1")
    stage.ends()
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    stage.wait(1000)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    start = stage.configuration()
    said = [(item["role"], item["content"][0]["text"]) for item in start.session["input"]]
    assert said == [
        ("assistant", "Good evening."),
        ("user", "A room for Friday"),
        ("developer", 'check_availability({"adults":2}) gave {"free":1}'),
    ]
    stage.said.clear()
    stage.ready()
    assert len(stage.told("commentary")) == 1, "the caller is waiting"


@pytest.mark.parametrize(
    ("length", "filler", "most"),
    [(8, " ", 128), (1000, " ", 20), (1000, "ñ", 10)],
    ids=["short turns: 128 messages", "long ones: 8,192 tokens", "of letters that take more of them"],
)
def test_of_a_long_conversation_a_later_session_is_told_the_newest_that_the_service_takes(
    length: int, filler: str, most: int
) -> None:
    """It would refuse the whole session otherwise. Source: OpenAI GPT-Live reference, `session.input`."""
    said = [f"{n}".ljust(length, filler) for n in range(300)]
    history = tuple({"type": "message", "role": "user", "text": text} for text in said)
    stage = LiveStage(history=history).greeted()
    stage.talk.engine_lost(stage.now_ms, stage.said)
    told = [item["content"][0]["text"] for item in stage.configuration().session["input"]]
    assert told == [*said[1 - most :], "Good evening."]


def test_a_tools_answer_for_an_earlier_engine_is_said_to_this_one() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    stage.said.clear()
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    assert stage.told("commentary") == ['check_availability gave {"free":1}']
    assert stage.all_of(live.AddFunctionOutput) == []


def test_a_renewed_session_is_told_what_it_does_not_know_and_old_answers_are_none_of_its() -> None:
    stage = LiveStage(delegation="client").greeted()
    told = Told()
    stage.attempt.conversation.seed(told)  # as the fresh session was configured with
    stage.caller_says("A room for Friday", delegates="item_1")
    stage.wait(400)
    [ask] = stage.all_of(AskClerk)
    stage.said.clear()
    stage.talk.engine_renewed(stage.now_ms, stage.said, told, audio_from_ms=stage.caller_audio.received_ms)
    assert stage.told("thinking") == ['The caller has said: "A room for Friday"']
    assert len(stage.told("commentary")) == 1, "the caller is still waiting"
    stage.caller_says("Hello?", delegates="item_2")
    stage.wait(1200)
    assert [asked.number for asked in stage.all_of(AskClerk)] == [ask.number + 1]
    stage.receive(ClerkAnswer(ask.number, "For how many nights?"))
    assert "For how many nights?" not in stage.told("commentary")


def test_a_caller_who_waits_for_an_answer_is_at_no_boundary() -> None:
    stage = LiveStage().greeted()
    assert stage.talk.is_at_boundary
    stage.caller_says("Is there a room for tonight?", ms=1000)
    stage.wait(1200)
    assert not stage.talk.is_at_boundary
    stage.agent_says("There is.")
    stage.wait(2500)
    assert stage.talk.is_at_boundary


@pytest.mark.parametrize(("words", "is_answered"), [("Mm-hmm", True), ("And a sauna?", False)])
def test_who_murmurs_while_a_live_agent_speaks_on_waits_for_no_answer(words: str, is_answered: bool) -> None:
    stage = LiveStage().greeted()
    stage.caller_says("Is there a pool?")
    at = stage.timeline_ms
    stage.agent_says("There is, it is open from seven to ten, and towels are at the desk.", ms=4000)
    stage.wait(1500)
    stage.receive(live.Transcript("user", words, at + 1000, at + 1500))
    stage.wait(5000)
    assert stage.talk.is_at_boundary == is_answered
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    assert stage.told("commentary") == ([] if is_answered else [CARRY_ON])


def looked_up(stage: LiveStage, *, one_moment_ms: int = 1000, looked_ms: int = 3000, ago_ms: int = 300) -> None:
    """The text model has answered, and the voice has said "one moment" before that and nothing since."""
    stage.caller_says("Is there a room for tonight?", ms=1000)
    stage.calls("call_1")
    stage.ends()
    stage.agent_says("One moment, please.", ms=one_moment_ms)
    stage.wait(looked_ms)
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    stage.receive(live.BackendCreated("item_1", "resp_2"))
    stage.ends("resp_2")
    stage.wait(ago_ms)


def looked_up_meanwhile(stage: LiveStage) -> None:
    """The text model has answered before the voice was done with saying "one moment"."""
    looked_up(stage, one_moment_ms=1500, looked_ms=900, ago_ms=1800)


def keyed(stage: LiveStage) -> None:
    stage.wait(1000)
    stage.receive(caller.Dtmf("4"), caller.Dtmf("#"))
    stage.receive(ToolAnswer("dtmf-1-1", ok=True, result={"note": "The guest keyed 4."}))
    stage.receive(live.BackendCreated("", "resp_2"), live.BackendEnded("", "resp_2", "completed"))
    stage.wait(300)


def corrected(stage: LiveStage) -> None:
    stage.wait(1000)
    stage.receive(TurnAnswer(note="Correction needed: no message was sent. Tell the guest."))
    stage.wait(300)


@pytest.mark.parametrize("happens", [looked_up, looked_up_meanwhile, keyed, corrected])
def test_what_work_came_to_is_owed_until_the_voice_says_it(happens: Callable[[LiveStage], None]) -> None:
    stage = LiveStage().greeted()
    happens(stage)
    assert not stage.talk.is_at_boundary, "a session that is renewed now never says it"
    stage.said.clear()
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    stage.wait(1000)
    assert stage.told("commentary") == [CARRY_ON]
    stage.agent_says("I am sorry, one moment. There is one room.")
    stage.wait(2500)
    assert stage.talk.is_at_boundary


def test_a_caller_who_waits_is_answered_although_there_is_also_to_be_said_that_time_is_short() -> None:
    stage = LiveStage().greeted()
    stage.caller_says("Is there a room for tonight?", ms=1000)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.attempt.notice = TIME_IS_SHORT
    stage.said.clear()
    stage.ready()
    stage.wait(3000)
    assert stage.told("commentary") == [CARRY_ON, TIME_IS_SHORT]


def test_a_notice_is_said_before_the_session_is_renewed() -> None:
    stage = LiveStage().greeted()
    stage.wait(1000)
    assert stage.talk.is_at_boundary
    stage.attempt.notice = TIME_IS_SHORT
    stage.wait(200)
    assert stage.told("commentary") == [TIME_IS_SHORT]
    assert not stage.talk.is_at_boundary
    stage.agent_says("We have about one more minute on this call.", ms=600)
    stage.wait(2500)
    assert stage.talk.is_at_boundary


def test_what_happens_while_a_session_starts_is_told_to_it_before_anything_is_asked_of_it() -> None:
    stage = LiveStage().greeted()
    stage.caller_says("A room for Friday")
    stage.calls("call_1")
    stage.ends()
    stage.wait(1000)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.configure()
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    stage.said.clear()
    stage.ready()
    assert [(append.way, append.content) for append in stage.all_of(live.Append)] == [
        ("thinking", 'check_availability({"adults":2}) gave {"free":1}'),
        ("commentary", CARRY_ON),
    ], "what it was configured with is not told again"


def test_a_turn_that_was_going_on_when_a_session_was_configured_is_told_whole() -> None:
    stage = LiveStage().greeted()
    stage.caller_says("My name is")
    told = stage.configure()
    at = stage.timeline_ms
    stage.receive(live.Transcript("user", " Jane", at, at + 200))
    assert stage.attempt.conversation.seed(Told(told.history, dict(told.words)), settled_only=True) == []
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.said.clear()
    stage.ready()
    assert stage.told("thinking") == ['The caller has said: "My name is Jane"']


def test_closing_posts_every_turn_as_far_as_it_got() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("There are three", ms=400)
    stage.receive(live.Transcript("user", "Wait", stage.timeline_ms, stage.timeline_ms + 200))
    out: list[msg.Message] = []
    stage.talk.close(stage.now_ms, out)
    assert sorted(post.text for post in out if isinstance(post, PostTurn)) == ["There are three", "Wait"]


@pytest.mark.parametrize("ends", ["the engine", "the stream"])
def test_what_the_agent_was_saying_at_the_end_is_told_as_interrupted(ends: str) -> None:
    stage = LiveStage().greeted()
    stage.agent_says("There are three", ms=2000)
    stage.wait(600)
    (stage.talk.engine_lost if ends == "the engine" else stage.talk.close)(stage.now_ms, stage.said)
    [post] = stage.all_of(PostTurn)
    assert post.interrupted
