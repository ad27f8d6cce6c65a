"""What a kiosk's page is shown, read off a call's events and messages."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from relay import caller, kiosk, live, realtime
from relay import messages as msg
from relay.functions import AskClerk, PostThen, PostTurn, RunTool, Session, SessionRefused, ToolAnswer
from relay.kiosk import Caption, Ended, Problem, ShowCard, ShowState, Started, ToScreen
from relay.kiosk_screen import NO_HELP, Screen
from tests.relay.page import TO_PAGE

TICK = msg.Tick()
SESSION = Session("sess_1", "west-bethel-motel", 1, {}, "Say hello.", channel="kiosk")


def ready() -> Screen:
    """A screen whose call has an engine that listens."""
    screen = Screen()
    screen.watch(caller.Start("KS1", "", "token", caller.PCM24), [])
    assert screen.watch(SESSION, []) == [Started("KS1", "sess_1", 1)]
    assert screen.watch(TICK, [msg.UseEngine(0)]) == [ShowState("listening")]
    return screen


def says(item: str, delta: str) -> realtime.TranscriptDelta:
    return realtime.TranscriptDelta("resp_1", item, delta)


def user_turn(text: str, item: str = "user_1") -> PostTurn:
    return PostTurn(1, "user", text, item, 900)


def agent_turn(text: str, item: str = "item_1", *, interrupted: bool = False) -> PostTurn:
    return PostTurn(2, "assistant", text, item, 900, heard_ms=900, interrupted=interrupted)


def test_a_session_in_another_dialect_does_not_start_it_again() -> None:
    assert ready().watch(SESSION, []) == []


def test_the_states_of_an_answer_with_a_tool() -> None:
    screen = ready()
    assert screen.watch(TICK, [realtime.CreateResponse("e1", "reply")]) == [ShowState("thinking")]
    assert screen.watch(TICK, [RunTool("call_1", "search_kb", {}, 2)]) == []
    assert screen.watch(realtime.ResponseDone("resp_1", "completed"), []) == []
    assert screen.watch(ToolAnswer("call_1", ok=True), [realtime.CreateResponse("e2", "reply")]) == []
    audio: list[msg.Message] = [caller.SendMedia(bytes(5760)), caller.SendMark("g0:item_1:120", "item_1", 120)]
    assert screen.watch(TICK, audio) == [ShowState("speaking")]
    assert (
        screen.watch(realtime.ResponseDone("resp_2", "completed"), [caller.SendMark("g0:item_1:240", "item_1", 240)])
        == []
    )
    assert screen.watch(caller.Mark("g0:item_1:120"), []) == []
    assert screen.watch(caller.Mark("g0:item_1:240"), []) == [ShowState("listening")]


def test_an_interruption_is_heard_at_once() -> None:
    screen = ready()
    screen.watch(TICK, [caller.SendMark("g0:item_1:120", "item_1", 120)])
    assert screen.watch(TICK, [caller.Clear()]) == [ShowState("listening")]


def test_without_an_engine_it_is_connecting_again() -> None:
    screen = ready()
    screen.watch(TICK, [realtime.CreateResponse("e1", "reply")])
    assert screen.watch(TICK, [msg.CloseEngine(0)]) == [ShowState("connecting")]
    assert screen.watch(TICK, [msg.UseEngine(1)]) == [ShowState("listening")]


def test_closing_an_engine_that_was_not_in_use_changes_nothing() -> None:
    assert ready().watch(TICK, [msg.CloseEngine(7)]) == []


def test_a_response_that_was_refused_is_not_thought_about_for_ever() -> None:
    screen = ready()
    screen.watch(TICK, [realtime.CreateResponse("e1", "reply")])
    assert screen.watch(realtime.EngineError("server_error", "no", "e1"), []) == [ShowState("listening")]


def test_captions_grow_and_are_replaced_by_what_was_heard() -> None:
    screen = ready()
    assert screen.watch(says("item_1", "We have"), []) == [Caption("assistant", "item_1", "We have", final=False)]
    assert screen.watch(says("item_1", " a room."), [])[0] == Caption(
        "assistant", "item_1", "We have a room.", final=False
    )
    assert screen.watch(TICK, [agent_turn("We have", interrupted=True)]) == [
        Caption("assistant", "item_1", "We have", final=True, interrupted=True)
    ]


def test_words_that_an_engine_still_writes_after_the_cut_are_not_shown() -> None:
    screen = ready()
    screen.watch(says("item_1", "We have"), [])
    screen.watch(TICK, [caller.Clear()])
    assert screen.watch(says("item_1", " three rooms."), []) == []


def test_the_guests_words_come_as_they_are_understood_also_while_the_agent_is_cut() -> None:
    screen = ready()
    assert screen.watch(realtime.TranscribedDelta("user_1", "A room"), []) == [
        Caption("user", "user_1", "A room", final=False)
    ]
    screen.watch(TICK, [caller.Clear()])
    assert screen.watch(realtime.TranscribedDelta("user_1", " for two"), []) == [
        Caption("user", "user_1", "A room for two", final=False)
    ]
    assert screen.watch(TICK, [user_turn("A room for two.")]) == [
        Caption("user", "user_1", "A room for two.", final=True)
    ]


def test_with_a_live_engine_the_words_say_who_has_the_floor() -> None:
    screen = ready()
    assert screen.watch(TICK, [caller.SendMedia(bytes(960)), caller.SendMark("live:0:1000")]) == [], "it never pauses"
    assert screen.watch(TICK, [msg.Words("user", "sess_1", "A room")]) == [
        Caption("user", "sess_1", "A room", final=False)
    ]
    assert screen.watch(live.Delegated("d1", "client", 500), []) == [ShowState("thinking")]
    assert screen.watch(TICK, [user_turn("A room?", "sess_1")]) == [Caption("user", "sess_1", "A room?", final=True)]
    assert screen.watch(TICK, [msg.Words("assistant", "sess_2", "Yes")]) == [
        Caption("assistant", "sess_2", "Yes", final=False),
        ShowState("speaking"),
    ]
    assert screen.watch(TICK, [msg.Words("assistant", "sess_2", "Yes, we do.")]) == [
        Caption("assistant", "sess_2", "Yes, we do.", final=False)
    ]
    assert screen.watch(TICK, [agent_turn("Yes, we do.", "sess_2")])[-1] == ShowState("listening")
    earlier = agent_turn("Yes, we do!", "sess_2")
    assert screen.watch(TICK, [earlier, msg.Words("assistant", "sess_3", "And")])[1:] == [
        Caption("assistant", "sess_3", "And", final=False),
        ShowState("speaking"),
    ]


@pytest.mark.parametrize("asked", [live.CreateResponse("go_on_1"), AskClerk(1, ())])
def test_with_a_live_engine_what_was_typed_is_thought_about_until_the_voice_answers(asked: msg.Message) -> None:
    screen = ready()
    typed = user_turn("Do you take dogs?", "typed_1_1")
    assert screen.watch(caller.Text("Do you take dogs?"), [typed, asked])[-1] == ShowState("thinking")
    assert screen.watch(TICK, [msg.Words("assistant", "live_1_0_2", "Yes")])[-1] == ShowState("speaking")
    assert screen.watch(TICK, [agent_turn("Yes", "live_1_0_2")])[-1] == ShowState("listening")


def test_a_card_is_shown_when_its_tool_succeeded() -> None:
    screen, card = ready(), {"type": "availability"}
    assert screen.watch(ToolAnswer("call_1", ok=True, card=card), []) == [ShowCard("call_1", card)]
    assert screen.watch(ToolAnswer("call_2", ok=True), []) == []


def test_each_problem_is_told_once() -> None:
    screen = ready()
    assert screen.watch(msg.BadInput("bad_text"), []) == [Problem("bad_text")]
    assert screen.watch(msg.BadInput("bad_text"), []) == []
    assert screen.watch(msg.BadInput("bad_audio"), []) == [Problem("bad_audio")]


def test_a_goodbye_ends_in_listening_not_in_connecting() -> None:
    screen = ready()
    screen.watch(TICK, [caller.SendMark("g0:item_1:120", "item_1", 120)])
    leaving: list[msg.Message] = [PostThen("call_1"), msg.CloseEngine(0)]
    assert screen.watch(caller.Mark("g0:item_1:120"), leaving) == [ShowState("listening")]


def test_a_call_that_leaves_without_an_engine_never_seems_to_listen() -> None:
    screen = ready()
    assert screen.watch(TICK, [msg.CloseEngine(0)]) == [ShowState("connecting")]
    assert screen.watch(TICK, [PostThen(reason="engines_lost")]) == []


@pytest.mark.parametrize(
    ("reason", "again"),
    [("then", False), ("idle", False), ("draining", True), ("no_media", True), ("engines_lost", False), ("x", False)],
)
def test_the_end_is_told_with_a_sentence_and_whether_it_goes_on(reason: str, again: bool) -> None:
    [ended] = ready().watch(TICK, [msg.CloseEngine(0), msg.HangUp(1000, reason)])
    assert isinstance(ended, Ended)
    assert (ended.reason, ended.again) == (reason, again)
    assert ended.say


def test_a_refusal_is_told_in_the_hotels_own_words() -> None:
    screen = Screen()
    screen.watch(caller.Start("KS1", "", "token", caller.PCM24), [])
    refused = SessionRefused("refused_busy", 1000, say="All our screens are busy.")
    [ended] = screen.watch(refused, [msg.HangUp(1000, "refused_busy")])
    assert ended == Ended("refused_busy", "All our screens are busy.", again=False)


def test_a_refusal_of_another_dialect_in_mid_conversation_says_nothing_about_its_end() -> None:
    screen = ready()
    screen.watch(SessionRefused("refused_busy", 1000, say="All our screens are busy."), [])
    [ended] = screen.watch(TICK, [msg.HangUp(1000, "engines_lost")])
    assert isinstance(ended, Ended)
    assert ended.say == NO_HELP


@pytest.mark.parametrize("reason", ["then", "draining", "busy", "engines_lost", "over_time", "no_media", "anything"])
def test_why_it_has_ended_is_said_in_the_language_of_the_conversation(reason: str) -> None:
    said = []
    for language in ("en", "es"):
        screen = Screen()
        screen.watch(replace(SESSION, metadata={"language": language}), [])
        said += screen.watch(TICK, [msg.HangUp(1000, reason)])
    english, spanish = (each.say for each in said if isinstance(each, Ended))
    assert english != spanish
    assert english not in spanish


def test_why_it_has_ended_is_said_in_the_language_to_which_the_guest_changed() -> None:
    screen = Screen()
    screen.watch(replace(SESSION, metadata={"language": "en"}), [])
    screen.watch(ToolAnswer("call_1", ok=True, language="es"), [])
    screen.watch(ToolAnswer("call_2", ok=True), [])
    [ended] = screen.watch(TICK, [msg.HangUp(1000, "idle")])
    assert isinstance(ended, Ended)
    assert ended.say == "Gracias por su visita."


def test_after_the_end_no_state_is_shown() -> None:
    screen = ready()
    screen.watch(TICK, [msg.HangUp(1000, "then")])
    assert screen.watch(TICK, [msg.CloseEngine(0)]) == []


def test_whatever_is_shown_obeys_the_schema() -> None:
    screen = ready()
    shown: list[ToScreen] = [Started("KS" + "0" * 32, "sess_1", 1)]
    shown += screen.watch(says("item_1", "We"), [caller.SendMark("m", "item_1"), agent_turn("We"), user_turn("")])
    shown += screen.watch(ToolAnswer("call_1", ok=True, card={"type": "x"}), [msg.HangUp(1000, "anything")])
    assert len(shown) == 7
    for each in shown:
        TO_PAGE.validate(json.loads(kiosk.write(each)))
    with pytest.raises(jsonschema.ValidationError):
        TO_PAGE.validate({"type": "state", "state": "asleep"})
