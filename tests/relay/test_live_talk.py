"""The rules of a talk in the live dialect, without a socket and without a clock: keys, notes, silence, the end."""

import pytest

from relay import caller, live
from relay.functions import AskClerk, ClerkAnswer, PostThen, PostTurn, RunTool, ToolAnswer, TurnAnswer
from relay.sentences import ANSWER_AFTER_OPENING, CARRY_ON, GOODBYE, IDLE_GOODBYE, ONE_MOMENT
from tests.relay.live_stage import LiveStage
from tests.relay.stage import OPENING

# --- keys, notes, typed words ---


def test_keys_reach_functions_and_only_their_note_the_engine() -> None:
    stage = LiveStage().greeted()
    stage.receive(*[caller.Dtmf(key) for key in "123#"])
    [run] = stage.all_of(RunTool)
    assert (run.name, run.arguments) == ("handle_ivr_menu", {"keys": "123"})
    stage.receive(ToolAnswer(run.tool_call_id, ok=True, result={"note": "A number ending in 23."}))
    assert stage.told("thinking") == ["A number ending in 23."]
    assert [text.text for text in stage.all_of(live.AddUserText)] == ["A number ending in 23."]
    assert len(stage.all_of(live.CreateResponse)) == 1


def test_with_a_clerk_it_is_asked_what_follows_from_keys() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.receive(*[caller.Dtmf(key) for key in "123#"])
    [run] = stage.all_of(RunTool)
    stage.receive(ToolAnswer(run.tool_call_id, ok=True, result={"note": "A number ending in 23."}))
    stage.wait(1200)
    [ask] = stage.all_of(AskClerk)
    assert [entry["role"] for entry in ask.history] == ["assistant", "system"]
    stage.receive(ClerkAnswer(ask.number, "Is it the one ending in 23?"))
    assert [(a.way, a.delegation_id) for a in stage.all_of(live.Append)] == [("thinking", ""), ("commentary", "")]


def test_typed_words_are_a_turn_and_go_to_whoever_does_the_work() -> None:
    stage = LiveStage().greeted()
    stage.receive(caller.Text("A room, please"))
    assert [(turn.role, turn.text) for turn in stage.all_of(PostTurn)] == [("user", "A room, please")]
    assert [text.text for text in stage.all_of(live.AddUserText)] == ["A room, please"]


def press_keys(stage: LiveStage) -> None:
    stage.receive(*[caller.Dtmf(key) for key in "123#"])
    [run] = stage.all_of(RunTool)
    stage.receive(ToolAnswer(run.tool_call_id, ok=True, result={"note": "A number ending in 23."}))


@pytest.mark.parametrize("delegation", ["responses", "client"])
def test_keys_while_no_engine_is_there_are_answered_by_the_next(delegation: str) -> None:
    stage = LiveStage(delegation=delegation).greeted()
    stage.wait(1000)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.configure()
    press_keys(stage)
    stage.ready()
    assert stage.told("thinking") == ["A number ending in 23."]
    assert stage.told("commentary") == [CARRY_ON]
    stage.wait(5000)
    assert stage.told("commentary") == [CARRY_ON], "once"


def test_keys_before_the_greeting_are_answered_behind_it() -> None:
    stage = LiveStage()
    press_keys(stage)
    stage.ready()
    assert stage.told("commentary") == [OPENING + ANSWER_AFTER_OPENING]


def test_keys_are_answered_by_the_engine_after_one_that_is_lost_before_it_speaks() -> None:
    stage = LiveStage()
    press_keys(stage)
    stage.ready()
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    assert stage.told("commentary") == [OPENING + ANSWER_AFTER_OPENING] * 2
    stage.agent_says("Good evening. I have your number.")
    stage.wait(2500)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    stage.wait(1000)
    assert len(stage.told("commentary")) == 2, "it is said"


def test_a_note_of_functions_is_obeyed_not_read_out() -> None:
    stage = LiveStage().greeted()
    before = stage.told("instructions")
    stage.receive(TurnAnswer(note="Correction needed. Tell the guest."))
    assert stage.told("instructions") == [*before, "Correction needed. Tell the guest."]
    assert stage.told("commentary") == []


@pytest.mark.parametrize("delegation", ["responses", "client"])
def test_a_note_of_functions_that_comes_while_no_engine_is_there_is_not_kept_from_the_caller(delegation: str) -> None:
    stage = LiveStage(delegation=delegation).greeted()
    stage.wait(1000)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.receive(TurnAnswer(note="Correction needed. Tell the guest."))
    stage.ready()
    stage.wait(1000)
    assert stage.told("commentary") == [CARRY_ON]


# --- silence and the end ---


def test_a_silent_caller_is_asked_and_then_said_goodbye_to() -> None:
    stage = LiveStage(idle_s=5).greeted()
    stage.wait(6000)
    assert ["still there" in text for text in stage.told("commentary")] == [True]
    stage.agent_says("Are you still there?")
    stage.wait(7500)
    assert len(stage.told("commentary")) == 2
    stage.agent_says("Goodbye.")
    stage.wait(2000)
    assert stage.talk.then == PostThen(reason="idle")


def test_a_caller_who_answers_the_question_starts_the_ladder_anew() -> None:
    stage = LiveStage(idle_s=5).greeted()
    stage.wait(6000)
    stage.agent_says("Are you still there?")
    stage.wait(2000)
    stage.caller_says("Yes, one moment, please.")
    stage.said.clear()
    stage.wait(7000)
    assert ["still there" in text for text in stage.told("commentary")] == [True], "asked once more, not hung up on"
    assert not stage.attempt.ending.is_planned


def test_a_silent_caller_is_asked_in_the_language_of_the_conversation() -> None:
    stage = LiveStage(idle_s=5, metadata={"language": "es"}).greeted()
    stage.wait(6000)
    assert stage.told("commentary") == ['Say exactly: "¿Sigue ahí?"']


def test_a_silent_caller_is_asked_in_the_language_to_which_the_conversation_was_changed() -> None:
    stage = LiveStage(idle_s=5, metadata={"language": "en"}).greeted()
    stage.attempt.language = "es"
    stage.wait(6000)
    assert stage.told("commentary") == ['Say exactly: "¿Sigue ahí?"']


def test_a_caller_who_presses_a_key_into_the_goodbye_of_a_live_engine_is_there() -> None:
    stage = LiveStage(idle_s=5).greeted()
    while not stage.attempt.ending.is_planned:
        stage.wait(100)
    stage.receive(caller.Dtmf("4"))
    assert not stage.attempt.ending.is_planned


def test_a_goodbye_to_a_silent_line_that_is_lost_with_its_engine_is_said_by_the_next() -> None:
    stage = LiveStage(idle_s=5).greeted()
    while not stage.attempt.ending.is_planned:
        stage.wait(100)
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.said.clear()
    stage.ready()
    stage.wait(5200)
    assert (stage.told("commentary"), stage.talk.then) == ([IDLE_GOODBYE], None)
    stage.agent_says("I will hang up now. Goodbye.", ms=1500)
    stage.wait(3000)
    assert stage.talk.then == PostThen(reason="idle")


def test_a_caller_who_speaks_is_not_asked() -> None:
    stage = LiveStage(idle_s=5).greeted()
    for _ in range(4):
        stage.caller_says("Well", ms=400)
        stage.wait(3000)
    assert stage.told("commentary") == []


def planned(stage: LiveStage, action: str = "hangup") -> None:
    stage.calls("call_1", name="end_call")
    stage.ends()
    stage.receive(ToolAnswer("call_1", ok=True, result={}, then={"action": action}))
    stage.receive(live.BackendCreated("item_1", "resp_2"))
    stage.ends("resp_2")


def test_an_ending_waits_until_the_farewell_was_heard() -> None:
    stage = LiveStage().greeted()
    planned(stage)
    stage.wait(1500)
    assert stage.talk.then is None
    stage.agent_says("Goodbye, and thank you.", ms=1500)
    stage.wait(2000)
    assert stage.talk.then is None, "0.8 s of silence behind it are not over"
    stage.wait(800)
    assert stage.talk.then == PostThen(tool_call_id="call_1")


def test_a_goodbye_that_was_heard_is_not_told_as_interrupted_though_its_last_words_were_late() -> None:
    stage = LiveStage().greeted()
    planned(stage)
    at = stage.timeline_ms
    stage.voice_ms = 1000
    stage.wait(1000)
    stage.receive(live.Transcript("assistant", "Goodbye, and", at, at + 800))
    stage.wait(300)
    stage.receive(live.Transcript("assistant", " thank you.", at + 800, at + 1000))
    while stage.talk.then is None:
        stage.wait(20)
    stage.talk.close(stage.now_ms, stage.said)
    post = stage.all_of(PostTurn)[-1]
    assert (post.text, post.heard_ms, post.interrupted) == ("Goodbye, and thank you.", 1000, False)


def test_what_the_voice_says_while_the_answer_is_worked_on_is_no_farewell() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1", name="transfer_call")
    stage.ends()
    stage.wait(2000)
    assert stage.told("commentary") == [ONE_MOMENT]
    stage.receive(ToolAnswer("call_1", ok=True, result={}, then={"action": "transfer"}))
    stage.receive(live.BackendCreated("item_1", "resp_2"))
    stage.wait(300)
    stage.agent_says("One moment, please.", ms=1000)
    stage.wait(2500)
    assert stage.talk.then is None
    stage.ends("resp_2")
    stage.wait(700)
    stage.agent_says("I connect you with the front desk.", ms=1500)
    stage.wait(2000)
    assert stage.talk.then is None
    stage.wait(800)
    assert stage.talk.then == PostThen(tool_call_id="call_1")


def test_words_that_come_late_asked_for_the_hang_up_and_do_not_call_it_off() -> None:
    stage = LiveStage().greeted()
    asked = stage.timeline_ms
    stage.wait(1000)
    planned(stage)
    stage.receive(live.Transcript("user", "That is all, thank you, goodbye.", asked, asked + 1000))
    stage.agent_says("Goodbye.", ms=1000)
    stage.wait(3000)
    assert stage.talk.then is not None


@pytest.mark.parametrize(("action", "said"), [("hangup", GOODBYE), ("transfer", CARRY_ON)])
def test_a_goodbye_that_an_engine_was_lost_over_is_said_by_the_next_in_place_of_one_moment(
    action: str, said: str
) -> None:
    stage = LiveStage().greeted()
    stage.caller_says("That is all, goodbye.")
    stage.calls("call_1", name="end_call")
    stage.ends()
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.receive(ToolAnswer("call_1", ok=True, result={}, then={"action": action}))
    stage.ready()
    stage.wait(800)
    assert stage.told("commentary") == [said]
    stage.agent_says("Thank you. Goodbye.", ms=1000)
    stage.wait(1000)
    assert stage.talk.then is None
    stage.wait(1200)
    assert stage.talk.then == PostThen(tool_call_id="call_1")


def test_an_ending_without_a_farewell_comes_all_the_same() -> None:
    stage = LiveStage().greeted()
    planned(stage)
    stage.wait(7800)
    assert stage.talk.then is None
    stage.wait(400)
    assert stage.talk.then is not None


def test_a_farewell_without_an_end_is_not_waited_for() -> None:
    stage = LiveStage().greeted()
    planned(stage, "transfer")
    stage.agent_says("And another thing", ms=60_000)
    stage.wait(22_000)
    assert stage.talk.then is not None


def test_a_caller_who_goes_on_calls_a_hang_up_off_but_no_transfer() -> None:
    for action, is_called_off in (("hangup", True), ("transfer", False)):
        stage = LiveStage().greeted()
        planned(stage, action)
        stage.agent_says("Goodbye.", ms=1000)
        stage.caller_says("Wait, one more question", ms=1000)
        stage.wait(9000)
        assert (stage.talk.then is None) == is_called_off


def test_a_caller_who_goes_on_before_the_hang_up_is_granted_calls_it_off() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1", name="end_call")
    stage.ends()
    at = stage.timeline_ms
    stage.wait(600)
    stage.receive(live.Transcript("user", "Oh wait, I also", at, at + 500))
    stage.receive(ToolAnswer("call_1", ok=True, result={}, then={"action": "hangup"}))
    stage.wait(400)
    stage.receive(live.Transcript("user", " need a room", at + 500, at + 1000))
    stage.agent_says("Sure, for how many nights?", ms=1500)
    stage.wait(5000)
    assert stage.talk.then is None


@pytest.mark.parametrize(
    ("words", "ms"),
    [
        ("Bye", 300),
        ("Thank you, good night, bye bye.", 900),
        ("Muchas gracias, adiós, buenas noches.", 1200),
        ("Bye, Nora", 500),
    ],
)
def test_a_goodbye_over_the_farewell_does_not_keep_the_line_open(words: str, ms: int) -> None:
    stage = LiveStage().greeted()
    planned(stage)
    stage.agent_says("Goodbye, and sleep well.", ms=1500)
    stage.wait(400)
    stage.caller_says(words, ms=ms)
    stage.wait(3000)
    assert stage.talk.then is not None


@pytest.mark.parametrize(("rest", "is_called_off"), [(" I need a taxi.", True), ("", False)])
def test_a_caller_who_begins_to_speak_as_the_goodbye_ends_is_heard_out(rest: str, is_called_off: bool) -> None:
    """Words are written down well after they were said: in the silence behind the farewell few of them are known."""
    stage = LiveStage().greeted()
    planned(stage)
    stage.agent_says("Goodbye.", ms=1000)
    stage.wait(1300)
    at = stage.timeline_ms
    stage.wait(400)
    stage.receive(live.Transcript("user", "Oh wait,", at, at + 300))
    stage.wait(500)
    assert stage.talk.then is None
    if rest:
        stage.receive(live.Transcript("user", rest, at + 300, at + 900))
    stage.wait(6000)
    assert (stage.talk.then is None) == is_called_off


GOES_ON = [caller.Text("No, wait"), caller.Interrupt(), caller.Dtmf("0")]


@pytest.mark.parametrize("event", GOES_ON)
def test_a_guest_who_types_or_presses_anything_over_the_goodbye_is_not_hung_up_on(event: object) -> None:
    stage = LiveStage().greeted()
    planned(stage)
    stage.agent_says("Goodbye, and thank you.", ms=1500)
    stage.wait(400)
    stage.receive(event)
    stage.wait(9000)
    assert stage.talk.then is None


@pytest.mark.parametrize("event", GOES_ON)
def test_a_hang_up_that_a_guest_goes_on_before_is_not_planned_but_a_later_one_is(event: object) -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1", name="end_call")
    stage.wait(200)
    stage.receive(event)
    stage.wait(100)
    stage.receive(ToolAnswer("call_1", ok=True, result={}, then={"action": "hangup"}))
    assert not stage.attempt.ending.is_planned
    stage.calls("call_2", name="end_call")
    stage.receive(ToolAnswer("call_2", ok=True, result={}, then={"action": "hangup"}))
    assert stage.attempt.ending.is_planned


@pytest.mark.parametrize(("action", "text"), [("hangup", "Thank you, bye"), ("transfer", "No, wait")])
def test_typed_words_leave_a_hang_up_that_they_agree_to_and_any_transfer(action: str, text: str) -> None:
    stage = LiveStage().greeted()
    planned(stage, action)
    stage.agent_says("Goodbye, and thank you.", ms=1500)
    stage.wait(400)
    stage.receive(caller.Text(text))
    stage.wait(9000)
    assert stage.talk.then is not None
