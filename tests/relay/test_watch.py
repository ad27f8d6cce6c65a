"""Watchdogs on a whole call: how each ends it, or its engine, and what the record says of it."""

from __future__ import annotations

from typing import Any

import pytest

from relay import caller, live, realtime
from relay import messages as msg
from relay.caller_stream import MEDIA_GAP_MS
from relay.failover import EngineChoice
from relay.functions import PostThen, PostTurn, ThenAnswer, ToolAnswer
from relay.limits import Limits
from relay.meter import Meter
from relay.sentences import TIME_IS_SHORT
from relay.watch import Watch, words_of
from relay.watchdogs import Time
from tests.relay.stage import SILENCE, SOUND, START, Stage, quiet, session

PRICES = {"gpt-realtime-2.1": {"audio_out": 64.0}}


def ended_for(stage: Stage) -> tuple[str, str]:
    """Let the call be given back and end. Returns the reason functions were told, and that of stream.ended."""
    stage.wait(8000)
    thens = [then.reason for then in stage.all_of(PostThen)]
    stage.receive(ThenAnswer(200), msg.Finish())
    assert len(stage.all_of(msg.HangUp)) == 1
    (ended,) = stage.published("stream.ended")
    assert len(thens) == 1
    return thens[0], ended.fields["stream"]["reason"]


def reply(stage: Stage, n: int, **usage: Any) -> None:
    """The engine's answer to whatever was said."""
    said = (realtime.ResponseCreated(f"r{n}"), realtime.ItemAdded(f"r{n}", f"i{n}", "message"))
    stage.receive(*said, realtime.AudioDelta(f"r{n}", f"i{n}", 0, bytes(800)), realtime.AudioDone(f"r{n}", f"i{n}"))
    done = realtime.ResponseDone(f"r{n}", "completed", usage=usage)
    stage.receive(realtime.TranscriptDone(f"r{n}", f"i{n}", "Good."), realtime.MessageDone(f"r{n}", f"i{n}"), done)
    stage.wait(300)


def test_hold_music_ends_the_call_as_nobody_there() -> None:
    stage = quiet(limits=Limits(hold_s=30))
    stage.frame = SOUND
    stage.wait(29_000)
    assert not stage.all_of(PostThen)
    stage.wait(1500)
    assert ended_for(stage) == ("no_guest", "no_guest")


def test_a_guest_who_speaks_in_a_noisy_place_is_there() -> None:
    stage = quiet(limits=Limits(hold_s=30))
    stage.frame = SOUND
    for n in range(4):
        stage.wait(20_000)
        stage.caller_says(f"and another thing {n}", item=f"u{n}")
        reply(stage, n)
    assert not stage.all_of(PostThen)


def test_sound_while_the_agent_speaks_is_not_counted() -> None:
    """The guest listens, and the agent's own voice may come back."""
    stage = quiet(limits=Limits(hold_s=10))
    stage.frame = SOUND
    stage.agent_says("A long story.", response="r1", item="i1", ms=30_000)
    stage.wait(29_000)
    assert not stage.all_of(PostThen)
    stage.wait(12_000)
    assert ended_for(stage) == ("no_guest", "no_guest")


def test_an_announcement_that_repeats_itself_is_no_progress() -> None:
    stage = quiet(limits=Limits(repeats=3))
    for n in range(3):
        assert not stage.all_of(PostThen)
        stage.caller_says("Your call is important to us. Please hold the line!", item=f"u{n}")
        reply(stage, n)
    assert ended_for(stage) == ("no_progress", "no_progress")


def test_a_guest_who_speaks_slowly_to_a_live_engine_does_not_repeat_themselves() -> None:
    """Their one turn is posted again with every word that comes after a while."""
    stage = Stage(EngineChoice("live", "live"))
    stage.frame = SILENCE
    stage.receive(START, session(dialect="live", limits=Limits(repeats=4)), msg.EngineOpened(0))
    stage.receive(msg.EngineReady(0, event=live.Started("live_1", "gpt-live-1", None, "responses")))
    stage.receive(live.OutputAudio(b"\x20" * 800))
    for n in range(30):
        stage.receive(live.Transcript("user", f" word{n}", 1000 + 1000 * n, 1500 + 1000 * n))
        for _ in range(10):
            stage.receive(live.OutputAudio(b"\xff" * 800))
            stage.wait(100)
    assert {post.turn for post in stage.all_of(PostTurn) if post.role == "user"} == {1}
    assert not stage.all_of(PostThen)


def test_turns_without_anything_new_are_no_progress() -> None:
    stage = quiet(limits=Limits(stale_turns=3))
    for n in range(4):
        assert not stage.all_of(PostThen)
        stage.caller_says("Thank you", item=f"u{n}")
        reply(stage, n)
    assert ended_for(stage) == ("no_progress", "no_progress")


def test_a_tool_or_a_key_is_progress() -> None:
    stage = quiet(limits=Limits(stale_turns=2))
    stage.caller_says("yes", item="u0")
    for n in range(1, 5):
        stage.caller_says("yes", item=f"u{n}")
        if n % 2:
            stage.calls_tool("check", response=f"t{n}", tool_call_id=f"c{n}")
            stage.receive(ToolAnswer(f"c{n}", ok=True, result={}))
        else:
            reply(stage, n)
            stage.receive(caller.Dtmf("1"))
    assert not stage.all_of(PostThen)


def test_the_last_turn_is_answered_before_the_call_is_given_back() -> None:
    stage = quiet(limits=Limits(turns=2))
    stage.caller_says("one", item="u1")
    reply(stage, 1)
    stage.caller_says("two", item="u2")
    assert not stage.all_of(PostThen)
    reply(stage, 2)
    assert ended_for(stage) == ("over_turns", "over_turns")


def test_words_that_come_late_are_no_further_turn() -> None:
    stage = quiet(limits=Limits(turns=2))
    stage.receive(realtime.SpeechStarted("u1", 0), realtime.SpeechStopped("u1", 300), realtime.Committed("u1"))
    stage.wait(4000)
    assert [post.text for post in stage.all_of(PostTurn)[1:]] == [""]
    stage.receive(realtime.Transcribed("u1", "late words"))
    stage.wait(1000)
    assert not stage.all_of(PostThen)


def test_a_guest_whose_words_always_come_late_says_something_new_with_them() -> None:
    stage = quiet(limits=Limits(stale_turns=3))
    for n in range(6):
        item = f"u{n}"
        stage.receive(realtime.SpeechStarted(item, 0), realtime.SpeechStopped(item, 300), realtime.Committed(item))
        reply(stage, n)
        stage.wait(4000)
        stage.receive(realtime.Transcribed(item, f"something else {n}"))
        stage.wait(1000)
    assert not stage.all_of(PostThen)


def test_a_turn_that_is_told_again_without_a_new_word_is_no_further_turn() -> None:
    watch = Watch()
    watch.begins(session(limits=Limits(stale_turns=2)), Meter(), 0)
    reasons = []
    for turn in (1, 2, 2, 2, 3):
        watch.see(PostTurn(turn, "user", "yes", f"u{turn}", 300), 0)
        reasons.append(watch.reason)
    assert reasons == ["", "", "", "", "no_progress"]


def test_a_stream_that_has_nothing_left_is_given_back_at_once() -> None:
    stage = quiet(limits=Limits(turns=0))
    assert ended_for(stage) == ("over_turns", "over_turns")


def test_money_is_counted_with_every_response() -> None:
    stage = Stage(EngineChoice("openai", model="gpt-realtime-2.1"))
    stage.frame = SILENCE
    stage.talking(idle_s=3600, limits=Limits(budget_usd=0.01, prices=PRICES))
    for n in range(3):
        assert not stage.all_of(PostThen)
        stage.caller_says(f"question {n}", item=f"u{n}")
        reply(stage, n, output_token_details={"audio_tokens": 60})
    assert ended_for(stage) == ("over_budget", "over_budget")
    stream = stage.published("stream.ended")[0].fields["stream"]
    assert stream["usage_by_model"] == {"gpt-realtime-2.1": {"output_token_details": {"audio_tokens": 180}}}


def test_what_writes_down_the_callers_words_is_counted_beside_the_engine() -> None:
    stage = Stage(EngineChoice("openai", model="gpt-realtime-2.1"))
    stage.frame = SILENCE
    input_audio = {"transcription": {"model": "gpt-4o-mini-transcribe", "language": "en"}}
    prices = {**PRICES, "gpt-4o-mini-transcribe": {"audio_in": 1.25, "text_out": 5.0}}
    limits = Limits(budget_usd=0.002, prices=prices)
    stage.talking(idle_s=3600, limits=limits, engine_session={"type": "realtime", "audio": {"input": input_audio}})
    usage = {"type": "tokens", "input_token_details": {"audio_tokens": 600}, "output_tokens": 250}
    stage.caller_says("a long story", item="u1")
    stage.receive(realtime.Transcribed("u1", "a long story", usage))
    reply(stage, 1, output_token_details={"audio_tokens": 2})
    assert ended_for(stage) == ("over_budget", "over_budget")
    [counted] = stage.published("stream.ended")[0].fields["stream"]["usage_by_model"].values()
    assert counted["transcription"]["gpt-4o-mini-transcribe"]["output_tokens"] == 250


def live_call(**changes: Any) -> Stage:
    """A call of a caller who is quiet, with a live engine."""
    stage = Stage(EngineChoice("live", dialect="live", model="gpt-live-1"), EngineChoice("second"))
    stage.frame = SILENCE
    started = live.Started("live_1", "gpt-live-1", None, "responses")
    stage.receive(START, session(dialect="live", idle_s=3600, **changes), msg.EngineOpened(0))
    stage.receive(msg.EngineReady(0, event=started))
    return stage


@pytest.mark.parametrize(
    "used",
    [
        live.Usage(73.0),
        live.BackendEnded("item_1", "resp_1", "completed", "gpt-5.6-terra", {"output_tokens": 5000}),
    ],
    ids=["minutes", "the text model's tokens"],
)
def test_the_money_of_a_live_engine_is_counted_as_it_is_told(used: live.Usage | live.BackendEnded) -> None:
    prices = {"gpt-live-1": {"minute": 0.05}, "gpt-5.6-terra": {"text_out": 12.0}}
    stage = live_call(limits=Limits(budget_usd=0.055, prices=prices))
    stage.wait(1000)
    assert not stage.all_of(PostThen)
    stage.receive(used)
    assert ended_for(stage) == ("over_budget", "over_budget")


def test_a_response_that_was_cut_short_has_cost_what_it_has_used() -> None:
    stage = quiet(limits=Limits(budget_usd=0.01))
    usage = {"output_token_details": {"audio_tokens": 40}}
    stage.agent_begins("We have many rooms.", response="r1", item="i1", ms=4000)
    stage.wait(400)
    stage.caller_says("Stop, please", item="u1")
    assert stage.all_of(realtime.CancelResponse)
    stage.receive(realtime.ResponseDone("r1", "cancelled", usage=usage))
    stage.receive(caller.Stop(), msg.Finish())
    assert stage.published("stream.ended")[0].fields["stream"]["usage"] == usage


def test_hold_music_ends_a_call_with_a_live_engine_as_well() -> None:
    """Not while the agent speaks, whose voice may come back."""
    stage = live_call(limits=Limits(hold_s=10))
    stage.frame = SOUND
    for _ in range(300):
        stage.wait(100)
        stage.receive(live.OutputAudio(b"\x55" * 800))
    assert not stage.all_of(PostThen)
    for _ in range(125):
        stage.wait(100)
        stage.receive(live.OutputAudio(b"\xff" * 800))
    assert [then.reason for then in stage.all_of(PostThen)] == ["no_guest"]


def test_an_engine_without_a_price_costs_nothing() -> None:
    stage = quiet(limits=Limits(budget_usd=0.01, prices=PRICES))
    reply(stage, 1, output_token_details={"audio_tokens": 10_000_000})
    assert not stage.all_of(PostThen)


def test_the_guest_is_told_a_minute_before_the_calls_time_is_over() -> None:
    stage = quiet(call_s=180)
    stage.wait(180_000 - Time.WARN_BEFORE_MS - stage.now_ms + 900)
    assert "notice" not in stage.purposes
    stage.wait(200)
    (create,) = [c for c in stage.all_of(realtime.CreateResponse) if c.purpose == "notice"]
    assert (create.instructions, create.may_call_tools) == (TIME_IS_SHORT, False)
    reply(stage, 1)
    stage.wait(58_000)
    assert not stage.all_of(PostThen)
    assert stage.purposes.count("notice") == 1
    stage.wait(2000)
    assert ended_for(stage) == ("over_time", "over_time")


def test_the_warning_waits_until_nobody_speaks() -> None:
    stage = quiet(call_s=180)
    stage.wait(115_000)
    stage.caller_says("How about breakfast?", item="u1")
    stage.agent_begins("There is a very long menu.", response="r1", item="i1", ms=9000)
    stage.wait(8000)
    assert "notice" not in stage.purposes
    stage.agent_ends("There is a very long menu.", response="r1", item="i1")
    stage.wait(2000)
    assert stage.purposes[-1] == "notice"


def test_the_warning_does_not_take_the_place_of_what_is_to_be_said_as_well() -> None:
    stage = quiet(call_s=180)
    stage.wait(115_000)
    stage.agent_begins("There is a very long menu.", response="r1", item="i1", ms=9000)
    attempt = stage.call.attempt
    assert attempt is not None
    attempt.add_notice("Say something else.")
    stage.wait(8000)
    stage.agent_ends("There is a very long menu.", response="r1", item="i1")
    stage.wait(2000)
    assert stage.all_of(realtime.CreateResponse)[-1].instructions == f"Say something else. {TIME_IS_SHORT}"


def test_the_guest_of_a_live_engine_is_told_as_well() -> None:
    stage = live_call(call_s=180)
    stage.receive(live.OutputAudio(b"\x55" * 800))
    for _ in range(1220):
        stage.wait(100, step_ms=100)
        stage.receive(live.OutputAudio(b"\xff" * 800))
    told = [append.content for append in stage.all_of(live.Append) if TIME_IS_SHORT in append.content]
    assert len(told) == 1
    assert not stage.all_of(PostThen)


@pytest.mark.parametrize("call_s", [60, 119])
def test_a_short_call_is_not_warned(call_s: int) -> None:
    stage = quiet(call_s=call_s)
    stage.wait(call_s * 1000 + 500)
    assert "notice" not in stage.purposes
    assert ended_for(stage) == ("over_time", "over_time")


def test_a_caller_whose_audio_stops_ends_the_stream_and_no_then_is_posted() -> None:
    """Twilio asks what comes next, and gets another stream."""
    stage = quiet()
    stage.media_flows = False
    stage.wait(MEDIA_GAP_MS - 200)
    assert not stage.all_of(msg.HangUp)
    stage.wait(300)
    (hung_up,) = stage.all_of(msg.HangUp)
    assert (hung_up.code, hung_up.reason) == (1011, "no_media")
    stage.receive(msg.Finish())
    assert stage.published("stream.ended")[0].fields["stream"]["reason"] == "no_media"
    assert not stage.all_of(PostThen)


def test_words_are_letters_and_digits() -> None:
    assert words_of("♪ ... ♪") == []
    assert words_of("Yes, that's Room 12 — größer!") == ["yes", "that", "s", "room", "12", "grösser"]


def test_the_last_event_counts_what_the_stream_was() -> None:
    stage = quiet()
    began_ms, frames = 1000, 30  # the 600 ms of the opening
    stage.caller_says("Is there a room?", item="u1")
    stage.calls_tool("check_availability", response="t1")
    stage.receive(ToolAnswer("call_1", ok=True, result={}))
    stage.agent_says("There is one.", response="r1", item="i1", ms=200)
    stage.wait(1000)
    frames += 15 + 50
    stage.receive(caller.Stop())
    stage.now_ms += 5000  # what was still under way takes its time, and is no part of the stream
    stage.receive(msg.Finish())
    stream = stage.published("stream.ended")[0].fields["stream"]
    assert stream["reason"] == "stopped"
    assert stream["duration_ms"] == stage.now_ms - 5000 - began_ms
    assert (stream["turns"], stream["tool_calls"], stream["engine"]) == (3, 1, "first")
    assert (stream["frames_in"], stream["frames_out"]) == (frames, (400 + 200) // 20)
    assert stream["answer_to_first_audio_ms"] == 0
    assert stage.published("stream.ended") == [stage.all_of(msg.Publish)[-1]]
