"""What a kiosk's guest can do that a caller cannot: type, press the button, and have every millisecond counted."""

from __future__ import annotations

import pytest

from relay import caller, live, realtime
from relay import messages as msg
from relay.caller import PCM24
from relay.card_numbers import REMOVED
from relay.departure import DRAIN_WAIT_MS
from relay.failover import EngineChoice
from relay.functions import PostThen, PostTurn, Session, ThenAnswer, ToolAnswer
from relay.limits import Limits
from relay.playout import Playout
from relay.sentences import ANSWER_AFTER_OPENING
from tests.relay.stage import OPENING, SILENCE, START, VOICE, Stage, of_type, session


def user_turns(stage: Stage) -> list[tuple[str, str]]:
    return [(turn.item_id, turn.text) for turn in stage.all_of(PostTurn) if turn.role == "user"]


def test_a_typed_message_is_a_turn_that_gets_a_reply() -> None:
    stage = Stage().talking()
    said = stage.receive(caller.Text("Do you take dogs?"))
    assert of_type(said, realtime.AddMessage, realtime.CreateResponse) == [
        realtime.AddMessage("user", "Do you take dogs?", "typed_1_1"),
        *of_type(said, realtime.CreateResponse),
    ]
    assert stage.purposes[-1] == "reply"
    assert user_turns(stage) == [("typed_1_1", "Do you take dogs?")]
    assert stage.published("conversation.message")[-1].fields["message"]["content"] == "Do you take dogs?"


def test_what_is_typed_to_an_engine_of_another_dialect_takes_no_earlier_message_from_the_screen() -> None:
    stage = Stage(EngineChoice("first"), EngineChoice("live", "live"), EngineChoice("third")).talking()
    stage.receive(caller.Text("Do you take dogs?"))
    stage.receive(msg.EngineLost(0, "closed"), session(dialect="live"), msg.EngineOpened(1))
    stage.receive(msg.EngineReady(1, event=live.Started("live_1", "gpt-live-1", None, "responses")))
    stage.receive(caller.Text("And cats?"))
    stage.receive(msg.EngineLost(1, "closed"), msg.EngineOpened(2), msg.EngineReady(2))
    stage.receive(caller.Text("Or horses?"))
    assert [item_id for item_id, _ in user_turns(stage)] == ["typed_1_1", "typed_1_2", "typed_1_3"]


def test_a_message_typed_while_the_agent_speaks_interrupts_it() -> None:
    stage = Stage().talking()
    stage.caller_says("Hello.")
    stage.agent_begins("We have three rooms.", response="resp_1", item="item_1", ms=2000)
    stage.wait(500)
    said = stage.receive(caller.Text("Stop. What does it cost?"))
    kinds = [type(message) for message in said]
    assert kinds.index(caller.Clear) < kinds.index(realtime.Truncate) < kinds.index(realtime.AddMessage)
    assert realtime.CancelResponse() in said


def test_the_button_stops_the_agent_even_where_the_voice_may_not() -> None:
    stage = Stage().talking(barge_in="off")
    stage.caller_says("Hello.")
    stage.agent_begins("We have three rooms.", response="resp_1", item="item_1", ms=2000)
    stage.wait(500)
    assert caller.Clear() not in stage.receive(realtime.SpeechStarted("user_2", 0))
    assert caller.Clear() in stage.receive(caller.Interrupt())


def held_up() -> Stage:
    """A call whose network lets an answer of 2 s pass again, 0.5 s of which was heard before.

    Nothing passed for 4 s: by the clock the guest has heard it all, and nobody waits for its marks any more.
    """
    stage = Stage().talking()
    stage.caller_says("Hello.")
    stage.agent_says("We have three rooms.", response="resp_1", item="item_1", ms=2000)
    stage.wait(500)
    stage.ear_plays = stage.media_flows = False
    stage.wait(4000)
    stage.ear_plays = stage.media_flows = True
    return stage


@pytest.mark.parametrize(
    "event", [caller.Interrupt(), caller.Text("And a cot?"), realtime.SpeechStarted("user_2", 0)], ids=lambda e: type(e)
)
def test_an_answer_that_the_network_held_up_is_stopped_when_it_is_heard_at_last(event: msg.Event) -> None:
    stage = held_up()
    stage.wait(200)
    assert stage.ear.queue, "the guest hears it now"
    assert caller.Clear() in stage.receive(event)
    assert not stage.ear.queue
    stage.wait(100)
    assert caller.Clear() not in stage.receive(caller.Interrupt()), "there is nothing more to be stopped"


def test_what_was_heard_late_to_its_end_needs_no_stopping() -> None:
    stage = held_up()
    stage.wait(2000)
    assert not stage.ear.queue
    assert stage.receive(caller.Interrupt()) == []


def test_an_answer_that_was_stopped_while_no_engine_was_there_is_not_gone_on_with_by_the_next() -> None:
    stage = Stage().talking()
    stage.caller_says("Hello.")
    stage.agent_begins("We have three rooms.", response="resp_1", item="item_1", ms=6000)
    stage.wait(1500)
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1))
    assert caller.Clear() in stage.receive(caller.Interrupt())
    asked = len(stage.purposes)
    stage.receive(msg.EngineReady(1))
    stage.wait(1000)
    assert stage.purposes[asked:] == []
    stage.receive(caller.Text("Which of them is free?"))
    assert stage.purposes[asked:] == ["reply"]


def test_the_button_with_nobody_speaking_does_nothing() -> None:
    stage = Stage().talking()
    assert stage.receive(caller.Interrupt()) == []


def test_what_was_typed_before_an_engine_was_ready_is_answered_after_the_greeting() -> None:
    stage = Stage()
    stage.receive(caller.Start("KS1", "", "token-1", PCM24))
    stage.receive(
        Session("sess_1", "west-bethel-motel", 1, {}, OPENING, audio="pcm"), caller.Text("A room for tonight?")
    )
    stage.receive(msg.EngineOpened(0))
    said = stage.receive(msg.EngineReady(0))
    assert realtime.AddMessage("user", "A room for tonight?", "typed_1_1") in said
    [asked] = of_type(said, realtime.CreateResponse)
    assert isinstance(asked, realtime.CreateResponse)
    assert asked.instructions == OPENING + ANSWER_AFTER_OPENING


def test_a_position_between_two_marks_is_where_the_agent_was_cut() -> None:
    playout = Playout(300, PCM24)
    playout.add("item_1", 0, bytes(48 * 360))
    playout.feed(1000)
    playout.played("g0:item_1:240", 70, 1250)
    assert [(heard.heard_ms, heard.whole) for heard in playout.clear(1255)] == [(195, False)]


def test_a_page_that_stopped_playing_stops_the_position() -> None:
    """The clock alone would have said 240: the sound was held up on its way."""
    playout = Playout(300, PCM24)
    playout.add("item_1", 0, bytes(48 * 240))
    playout.feed(1000)
    playout.played("g0:item_1:120", 10, 1230)
    assert playout.clear(1240)[0].heard_ms == 20


def test_a_page_that_plays_late_is_waited_for_as_long_as_it_plays() -> None:
    """It had been asleep for 2.5 s: what it still plays can be interrupted, and a goodbye is heard to its end."""
    playout, marks = Playout(300, PCM24), []
    playout.add("item_1", 0, bytes(48 * 1200))
    playout.finish("item_1")
    for now_ms in range(1000, 2200, 20):
        marks += [sent.name for sent in playout.feed(now_ms) if isinstance(sent, caller.SendMark)]
    assert len(marks) == 10
    for played, mark in enumerate(marks[:9], 1):
        now_ms = 3500 + played * 120
        assert playout.give_up(now_ms) == []
        playout.played(mark, 60, now_ms - 60)
        playout.mark(mark, now_ms)
    assert playout.due_ms(4580) == 6580
    assert playout.give_up(6579) == []
    assert [(heard.heard_ms, heard.whole) for heard in playout.give_up(6580)] == [(1200, True)]


def test_a_page_that_reports_one_position_for_ever_is_not() -> None:
    playout = Playout(300, PCM24)
    playout.add("item_1", 0, bytes(48 * 120))
    playout.finish("item_1")
    playout.feed(1000)
    for now_ms in range(1040, 3120, 40):
        assert playout.give_up(now_ms) == []
        playout.played("g0:item_1:120", 40, now_ms)
    assert len(playout.give_up(3120)) == 1


def test_a_position_never_exceeds_what_was_sent_however_large_it_claims_to_be() -> None:
    playout = Playout(300, PCM24)
    playout.add("item_1", 0, bytes(48 * 1000))
    playout.feed(1000)
    playout.played("g0:item_1:240", 10_000_000, 1010)
    assert playout.clear(1010)[0].heard_ms <= 240
    assert playout.played("g0:item_1:240", 1, 1020) == []


def test_a_position_in_the_last_message_says_that_earlier_items_were_heard() -> None:
    playout = Playout(300, PCM24)
    for item in ("item_1", "item_2"):
        playout.add(item, 0, bytes(48 * 100))
        playout.finish(item)
    playout.feed(1000)
    assert [heard.item_id for heard in playout.played("g0:item_2:100", 5, 1120)] == ["item_1"]


@pytest.mark.parametrize("dialect", ["realtime", "live"])
@pytest.mark.parametrize("frame", [SILENCE, VOICE], ids=["a quiet room", "music in the lobby"])
def test_a_guest_who_takes_a_minute_and_a_half_to_write_is_neither_asked_nor_sent_away(
    dialect: str, frame: caller.Media
) -> None:
    stage = Stage(EngineChoice("first", dialect))
    stage.receive(START, session(dialect=dialect, idle_s=20, limits=Limits(hold_s=60)), msg.EngineOpened(0))
    stage.receive(msg.EngineReady(0, event=live.Started("live_1", "gpt-live-1", None, "responses")))
    if dialect == "realtime":
        stage.agent_says("Good evening.", response="resp_0", item="item_0", ms=400)
    else:
        stage.receive(live.OutputAudio(b"\x55" * 160))
    stage.wait(1000)
    stage.frame = frame
    before = len(stage.said)
    for _ in range(90):
        stage.receive(caller.Typing(), *[live.OutputAudio(b"\xff" * 160)] * (dialect == "live"))
        stage.wait(1000)
    assert not of_type(stage.said[before:], realtime.CreateResponse, live.Append, msg.HangUp, PostThen)


@pytest.mark.parametrize("dialect", ["realtime", "live"])
def test_what_is_typed_while_the_stream_is_left_is_kept_for_whoever_goes_on(dialect: str) -> None:
    stage = Stage(EngineChoice("first", dialect))
    stage.receive(START, session(dialect=dialect), msg.EngineOpened(0))
    stage.receive(msg.EngineReady(0, event=live.Started("live_1", "gpt-live-1", None, "responses")))
    stage.receive(msg.Drain())
    stage.wait(DRAIN_WAIT_MS)
    assert stage.all_of(PostThen) == [PostThen(reason="draining")]
    said = stage.receive(caller.Text("And a cot, please. My card is 4242 4242 4242 4242."))
    assert user_turns(stage) == [("typed_1_1", f"And a cot, please. My card is {REMOVED}.")]
    assert not of_type(said, realtime.AddMessage, live.Append, caller.Clear)
    assert of_type(stage.receive(ThenAnswer(200)), msg.HangUp)


def test_what_is_typed_when_the_goodbye_was_heard_calls_nothing_off_any_more() -> None:
    stage = Stage().talking()
    stage.caller_says("Bye.")
    stage.calls_tool(response="r1")
    stage.receive(ToolAnswer("call_1", ok=True, result={"ok": True}, then={"action": "hangup"}))
    stage.agent_says("Goodbye.", response="r2", item="i2", ms=400)
    stage.wait(500)
    assert stage.all_of(PostThen) == [PostThen(tool_call_id="call_1")]
    stage.receive(caller.Text("And a cot?"))
    assert "= hang-up withdrawn" not in [log.line for log in stage.all_of(msg.Log)]
