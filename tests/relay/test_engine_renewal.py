"""An engine's session reaches its limit: renewed between two turns, and followed all the same where that fails."""

from __future__ import annotations

import pytest

from relay import caller, live, realtime
from relay import messages as msg
from relay.arbiter import Purpose
from relay.desk_line import LATEST_SWAP_MS, PROVES_MS, SERVED_MS
from relay.failover import ENGINE_TRIES, EngineChoice
from relay.functions import PostThen, PostTurn, ToolAnswer
from relay.sentences import CARRY_ON
from tests.relay.stage import SILENCE, START, THREE, Stage, heard_ms, lines, of_type, session

LASTS_MS = 120_000


def near_the_limit() -> Stage:
    """A call whose engine's session is to be renewed now: the second line has just been opened."""
    stage = Stage(*THREE, renew_before_ms=60_000)
    stage.receive(START, session(idle_s=600), msg.EngineOpened(0), msg.EngineReady(0, LASTS_MS))
    stage.agent_says("Good evening.", response="resp_0", item="item_0", ms=400)
    stage.wait(600)
    stage.caller_says("A room, please.")
    stage.agent_says("For when?", response="resp_1", item="item_1", ms=400)
    stage.frame = SILENCE
    stage.said.clear()
    stage.wait(LASTS_MS // 2 - 1000)
    assert lines(stage.said) == []
    stage.wait(1000)
    assert lines(stage.said) == [(1, 0)], "the same engine, once"
    stage.receive(msg.EngineOpened(1))
    return stage


def goes_on(stage: Stage, ms: int) -> list[msg.Message]:
    """The response r9 goes on in real time."""
    said = []
    until = stage.now_ms + ms
    while stage.now_ms < until:
        step = min(1000, until - stage.now_ms)
        said += stage.receive(realtime.AudioDelta("r9", "i9", 0, bytes(step * 8)))
        said += stage.wait(step)
    return said


def test_a_session_is_renewed_before_its_limit_between_two_turns_and_nobody_notices() -> None:
    stage = near_the_limit()
    said = stage.receive(msg.EngineReady(1, LASTS_MS))
    told = [to.message for to in said if isinstance(to, msg.ToLine)]
    said += stage.wait(PROVES_MS)
    assert of_type(said, msg.UseEngine, msg.CloseEngine) == [msg.UseEngine(1), msg.CloseEngine(0)]
    assert of_type(said, caller.Clear, caller.SendMedia, realtime.CreateResponse, PostTurn) == []
    assert told + of_type(said, realtime.AddMessage) == [
        realtime.AddMessage("assistant", "Good evening.", "item_0"),
        realtime.AddMessage("user", "A room, please.", "user_1"),
        realtime.AddMessage("assistant", "For when?", "item_1"),
    ]
    assert stage.published("engine.rolled_over")[0].fields == {"engine": {"from": "first", "to": "first"}}
    assert stage.published("engine.switched") == []
    stage.caller_says("And breakfast?", item="user_new")
    assert stage.purposes == [Purpose.REPLY], "no second greeting"


def test_while_the_agent_speaks_the_next_session_is_told_what_is_settled_and_takes_over_at_the_end() -> None:
    stage = near_the_limit()
    stage.caller_says("Tell me more.", item="user_9")
    stage.agent_begins("It is a long story.", response="r9", item="i9", ms=3000)
    said = stage.receive(msg.EngineReady(1, LASTS_MS))
    assert of_type(said, msg.UseEngine) == []
    seeded = [to.message for to in of_type(said, msg.ToLine) if isinstance(to, msg.ToLine)]
    assert realtime.AddMessage("user", "Tell me more.", "user_9") in seeded
    assert all(message.text != "It is a long story." for message in seeded)
    stage.agent_ends("It is a long story.", response="r9", item="i9")
    assert of_type(stage.wait(2900), msg.UseEngine) == []
    said = stage.wait(200)
    assert of_type(said, msg.UseEngine) == [msg.UseEngine(1)]
    told = of_type(said, realtime.AddMessage)
    assert told == [realtime.AddMessage("assistant", "It is a long story.", "i9")], "only what it does not know yet"


def test_each_frame_of_the_caller_goes_to_one_engine_and_the_new_one_begins_a_little_before() -> None:
    stage = near_the_limit()
    stage.said.clear()
    stage.receive(msg.EngineReady(1, LASTS_MS))
    stage.wait(PROVES_MS)
    swap = stage.said.index(msg.UseEngine(1))
    assert heard_ms(stage.said[:swap]) == PROVES_MS
    assert heard_ms(stage.said[swap:]) == 300, "so that a word that begins now is whole"
    stage.said.clear()
    stage.wait(200)
    assert heard_ms(stage.said) == 200
    assert not [to for to in stage.all_of(msg.ToLine) if isinstance(to.message, realtime.AppendAudio)]


def test_without_a_pause_the_session_is_renewed_five_seconds_before_its_limit_all_the_same() -> None:
    stage = near_the_limit()
    stage.caller_says("Tell me more.", item="user_9")
    stage.agent_begins("It is a long story.", response="r9", item="i9", ms=1000)
    stage.receive(msg.EngineReady(1, LASTS_MS))
    limit_ms = 1000 + LASTS_MS
    assert of_type(goes_on(stage, limit_ms - 5020 - stage.now_ms), msg.UseEngine) == []
    said = stage.wait(40)
    assert of_type(said, msg.UseEngine, msg.CloseEngine) == [msg.UseEngine(1), msg.CloseEngine(0)]
    assert of_type(said, caller.Clear) == [], "what the agent had said so far is heard to its end"
    assert len(stage.published("engine.rolled_over")) == 1
    assert stage.published("engine.switched") == []


def test_a_caller_who_waits_for_an_answer_when_the_session_is_renewed_is_answered_by_the_next_at_once() -> None:
    stage = near_the_limit()
    stage.caller_says("Tell me more.", item="user_9")
    stage.agent_begins("It is a long story.", response="r9", item="i9", ms=1000)
    stage.receive(msg.EngineReady(1, LASTS_MS))
    swap_ms = 1000 + LASTS_MS - LATEST_SWAP_MS
    goes_on(stage, swap_ms - 1000 - stage.now_ms)
    stage.caller_says("Never mind.", item="user_10")
    stage.receive(realtime.ResponseDone("r9", "cancelled"))
    assert of_type(stage.wait(swap_ms - 20 - stage.now_ms), msg.UseEngine) == []
    carry_on = realtime.CreateResponse("create_1", Purpose.REPLY, CARRY_ON)
    assert of_type(stage.wait(40), msg.UseEngine, realtime.CreateResponse) == [msg.UseEngine(1), carry_on]


def test_nothing_is_renewed_while_a_goodbye_is_on_its_way() -> None:
    stage = near_the_limit()
    stage.caller_says("Bye.", item="user_9")
    stage.calls_tool("end_call", response="r9")
    stage.receive(ToolAnswer("call_1", ok=True, result={}, then={"action": "hangup"}))
    stage.agent_says("Goodbye.", response="r10", item="i10", ms=400)
    stage.receive(msg.EngineReady(1, LASTS_MS))
    said = stage.wait(600)
    assert of_type(said, msg.UseEngine) == []
    assert of_type(said, PostThen) == [PostThen(tool_call_id="call_1")]
    assert of_type(said, msg.CloseEngine) == [msg.CloseEngine(0), msg.CloseEngine(1)]


def test_a_renewal_that_fails_is_tried_again_and_shortly_before_the_limit_with_others() -> None:
    stage = near_the_limit()
    said = stage.receive(msg.EngineLost(1, "upgrade answered 503", kind="unavailable"))
    assert lines(said) == []
    assert stage.call.talk is not None, "the call goes on"
    assert lines(stage.wait(20_100)) == [(2, 0)]
    stage.receive(msg.EngineLost(2, "upgrade answered 503", kind="unavailable"))
    assert lines(stage.wait(20_100)) == [(3, 1)], "now it is another engine's turn"
    stage.receive(msg.EngineOpened(3))
    stage.receive(msg.EngineReady(3))
    assert of_type(stage.wait(PROVES_MS), msg.UseEngine) == [msg.UseEngine(3)]


def test_an_engine_that_is_lost_while_another_session_stands_by_is_followed_by_it_at_once() -> None:
    stage = near_the_limit()
    stage.caller_says("Tell me more.", item="user_9")
    stage.agent_begins("It is a long story.", response="r9", item="i9", ms=3000)
    stage.receive(msg.EngineReady(1, LASTS_MS))
    said = stage.receive(msg.EngineLost(0, "closed 1006"))
    assert of_type(said, msg.UseEngine, msg.OpenEngine) == [msg.UseEngine(1)]
    told = of_type(said, realtime.AddMessage)
    assert told == [realtime.AddMessage("assistant", "It is a long story.", "i9")], "only what it does not know yet"


STARTED = live.Started("live_1", "gpt-live-1", None, "responses")


def live_near_the_limit(words: str) -> Stage:
    """A call with a live engine whose next session is configured while the caller says these words."""
    stage = Stage(EngineChoice("live", "live"))
    stage.receive(START, session(dialect="live", idle_s=600), msg.EngineOpened(0))
    stage.receive(msg.EngineReady(0, 20_000, STARTED), live.OutputAudio(b"\x55" * 800))
    for _ in range(10):
        stage.wait(1000)
        stage.receive(live.OutputAudio(b"\xff" * 8000))
    stage.receive(live.Transcript("user", words, 9000, 10_000), msg.EngineOpened(1))
    [start] = [to.message.session for to in stage.all_of(msg.ToLine) if to.line == 1]
    assert words in str(start["input"])
    return stage


def test_a_live_session_that_was_told_a_cards_first_digits_does_not_follow_the_one_that_heard_them_all() -> None:
    stage = live_near_the_limit("my card is four two")
    stage.receive(msg.EngineReady(1, LASTS_MS, STARTED))
    said = stage.receive(live.Transcript("user", " four two four two", 10_000, 11_000), msg.Tick())
    assert of_type(said, msg.CloseEngine, msg.UseEngine) == [msg.CloseEngine(0), msg.CloseEngine(1)]
    assert lines(said) == [(2, 0)]
    stage.receive(msg.EngineOpened(2))
    assert "four" not in str(stage.all_of(msg.ToLine)[-1].message)


@pytest.mark.parametrize("how", ["lost", "no pause"])
def test_a_live_session_that_takes_over_in_the_middle_of_a_talk_is_told_what_was_said_since_it_was_made(
    how: str,
) -> None:
    stage = live_near_the_limit("A room, please.")
    stage.wait(500)
    stage.receive(live.Transcript("user", "My name is", 11_000, 11_300), msg.EngineReady(1, LASTS_MS, STARTED))
    stage.receive(live.Transcript("user", " Jane", 11_300, 11_500))
    if how == "lost":
        said = stage.receive(msg.EngineLost(0, "closed 1006"))
    while not of_type(stage.said, msg.UseEngine)[1:]:
        stage.receive(live.Transcript("user", " er", stage.now_ms, stage.now_ms + 200))
        said = stage.wait(500)
        stage.receive(live.OutputAudio(b"\xff" * 4000))
    assert of_type(said, msg.UseEngine) == [msg.UseEngine(1)]
    [told] = [append.content for append in said if isinstance(append, live.Append) and append.way == "thinking"]
    assert told.startswith('The caller has said: "My name is Jane')


def test_a_fresh_session_that_dies_at_once_does_not_cost_the_call_the_one_that_runs() -> None:
    stage = near_the_limit()
    for line in range(1, 3):
        stage.receive(msg.EngineOpened(line), msg.EngineReady(line, LASTS_MS))
        stage.wait(500)
        said = stage.receive(msg.EngineLost(line, "session_expired", kind="expired"))
        assert of_type(said, msg.CloseEngine, msg.OpenEngine) == [msg.CloseEngine(line)]
        assert stage.call.talk is not None
        assert lines(stage.wait(19_900)) == [], "nor is it asked for again at once"
        assert lines(stage.wait(200)) == [(line + 1, line // 2)]
    assert of_type(stage.said, msg.UseEngine) == []
    stage.caller_says("And breakfast?", item="user_new")
    assert stage.purposes == [Purpose.REPLY], "nobody noticed"


@pytest.mark.parametrize("lasts_ms", [1000, 4000, 20_000])
def test_engines_whose_sessions_are_short_are_not_asked_for_them_without_end(lasts_ms: int) -> None:
    stage = Stage(*THREE)
    stage.frame = SILENCE
    stage.receive(START, session(idle_s=600))
    over_ms: dict[int, int] = {}
    while not stage.all_of(PostThen):
        opened = lines(stage.said)
        assert len(opened) <= len(THREE) * (ENGINE_TRIES + 1), "one is made while the last serves"
        for line, _ in opened[len(over_ms) :]:
            over_ms[line] = stage.now_ms + lasts_ms
            stage.receive(msg.EngineOpened(line), msg.EngineReady(line, lasts_ms))
            stage.agent_says("Good evening.", response=f"resp_{line}", item=f"item_{line}", ms=200)
        stage.wait(500)
        for line in [line for line, at in over_ms.items() if at <= stage.now_ms]:
            stage.receive(msg.EngineLost(line, "session_expired", kind="expired"))
            over_ms[line] = stage.now_ms + 1_000_000
    assert {engine for _, engine in lines(stage.said)} == {0, 1, 2}
    assert stage.all_of(PostThen) == [PostThen(reason="engines_lost")]


def test_a_session_that_stood_by_and_is_lost_is_replaced() -> None:
    stage = near_the_limit()
    stage.caller_says("Tell me more.", item="user_9")
    stage.agent_begins("It is a long story.", response="r9", item="i9", ms=1000)
    stage.receive(msg.EngineReady(1, LASTS_MS))
    assert lines(stage.receive(msg.EngineLost(1, "closed 1006"))) == []
    assert lines(goes_on(stage, 20_100)) == [(2, 0)]


def test_an_expired_session_that_could_not_be_renewed_is_followed_by_the_same_engine() -> None:
    stage = Stage(*THREE).talking(idle_s=600)
    stage.frame = SILENCE
    stage.wait(SERVED_MS)
    said = stage.receive(msg.EngineLost(0, "closed 1001 session_expired", kind="expired"))
    assert lines(said) == [(1, 0)]


def test_a_short_session_is_renewed_in_its_second_half() -> None:
    stage = Stage(*THREE, renew_before_ms=300_000)
    stage.receive(START, session(), msg.EngineOpened(0), msg.EngineReady(0, 20_000))
    stage.agent_says("Good evening.", response="resp_0", item="item_0", ms=400)
    assert lines(stage.wait(9900)) == []
    assert lines(stage.wait(200)) == [(1, 0)]
