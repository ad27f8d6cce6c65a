"""The rules of a talk in the live dialect, without a socket and without a clock."""

import pytest

from relay import caller, live
from relay import messages as msg
from relay.entries import Told
from relay.faults import Fault
from relay.functions import AskClerk, ClerkAnswer, PostThen, PostTurn, RunTool, ToolAnswer, TurnAnswer
from relay.live_backend import BEGINS_MS, ENDS_MS
from relay.live_talk import BE_QUIET
from relay.live_work import CANNOT, REPLACED
from relay.sentences import CARRY_ON
from tests.relay.live_stage import SILENCE, SPEECH, LiveStage, filler_ms
from tests.relay.stage import OPENING

# --- the greeting ---


def test_the_greeting_is_asked_for_once_and_asked_no_more_when_it_is_heard() -> None:
    stage = LiveStage().ready()
    assert stage.told("commentary") == [OPENING]
    stage.wait(800)
    stage.agent_says("Good evening.")
    stage.wait(6000)
    assert (stage.told("commentary"), stage.told("instructions")) == ([OPENING], [])
    assert stage.attempt.opening_due is False


def test_a_greeting_that_is_not_heard_is_asked_for_once_more_in_another_way() -> None:
    stage = LiveStage().ready()
    stage.wait(3900)
    assert stage.told("instructions") == []
    stage.wait(200)
    assert stage.told("instructions") == [OPENING]
    stage.wait(8000)
    assert (stage.told("commentary"), stage.told("instructions")) == ([OPENING], [OPENING])


def test_a_later_engine_greets_nobody_who_was_greeted() -> None:
    stage = LiveStage().greeted()
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.said.clear()
    stage.ready()
    assert OPENING not in stage.told("commentary")


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


# --- the voice ---


def test_output_goes_on_at_once_and_whole() -> None:
    stage = LiveStage().ready()
    stage.engine_speaks = False
    [media] = [m for m in stage.receive(live.OutputAudio(SPEECH)) if isinstance(m, caller.SendMedia)]
    assert media.audio == SPEECH
    stage.wait(200)
    sizes = [len(m.audio) for m in stage.receive(live.OutputAudio(SPEECH[:250])) if isinstance(m, caller.SendMedia)]
    assert sizes == [160], "whole frames; the rest follows with the next piece"


def test_a_mark_follows_every_second_of_it() -> None:
    stage = LiveStage().ready()
    stage.said.clear()
    stage.wait(5000)
    assert len(stage.all_of(caller.SendMark)) == 5


def test_after_a_stall_silence_is_left_out_until_the_caller_is_up_to_date() -> None:
    stage = LiveStage().greeted()
    stage.engine_speaks = False
    stage.wait(1500)
    stage.receive(*[live.OutputAudio(SPEECH)] * 8, *[live.OutputAudio(SILENCE)] * 7)
    stage.engine_speaks = True
    assert stage.talk.speech.voice.backlog.ms(stage.now_ms) >= 700
    stage.wait(2000)
    assert stage.talk.speech.voice.backlog.ms(stage.now_ms) < 250
    assert stage.all_of(caller.Clear) == []
    assert stage.talk.speech.voice.dropped_bytes >= 8 * 700


def test_more_than_two_seconds_behind_the_rest_is_thrown_away() -> None:
    stage = LiveStage().greeted()
    stage.engine_speaks = False
    stage.wait(3000)
    stage.receive(*[live.OutputAudio(SPEECH)] * 30)
    stage.engine_speaks = True
    stage.wait(1000)
    assert len(stage.all_of(caller.Clear)) == 1
    assert stage.talk.speech.voice.backlog.ms(stage.now_ms) < 250


def test_a_button_stops_the_agent_until_it_has_fallen_silent_by_itself() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("There is a lot to be said about our rooms.", ms=2000)
    stage.wait(600)
    stage.said.clear()
    stage.receive(caller.Interrupt())
    assert stage.told("instructions") == [BE_QUIET]
    assert len(stage.all_of(caller.Clear)) == 1
    stage.wait(1000)
    assert not [media for media in stage.all_of(caller.SendMedia) if set(media.audio) == {0x55}]
    stage.voice_ms = 0
    stage.wait(300)
    stage.voice_ms = 500
    stage.wait(500)
    assert [media for media in stage.all_of(caller.SendMedia) if set(media.audio) == {0x55}]


# --- turns ---


def test_fragments_become_turns_by_the_gaps_between_them() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(
        live.Transcript("user", "I need", at, at + 200),
        live.Transcript("user", " a room", at + 400, at + 600),
        live.Transcript("user", "for two", at + 1500, at + 1700),
    )
    stage.wait(1000)
    turns = stage.all_of(PostTurn)
    assert [(turn.role, turn.text) for turn in turns] == [("user", "I need a room"), ("user", "for two")]
    assert turns[0].audio_ms == 600
    assert turns[0].turn < turns[1].turn


def test_words_are_put_in_the_order_in_which_they_were_said() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(
        live.Transcript("user", " a room", at + 200, at + 400),
        live.Transcript("user", "I need", at, at + 200),
    )
    stage.wait(1000)
    assert [turn.text for turn in stage.all_of(PostTurn)] == ["I need a room"]


def test_a_turn_that_was_said_earlier_is_numbered_before_one_whose_words_came_earlier() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(
        live.Transcript("assistant", "Which nights?", at + 900, at + 1100),
        live.Transcript("user", "A room.", at, at + 400),
    )
    stage.wait(1000)
    turns = {turn.role: turn.turn for turn in stage.all_of(PostTurn)}
    assert turns["user"] < turns["assistant"]


def test_a_late_word_mends_the_turn_and_is_no_second_message() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(live.Transcript("user", "Two nights", at, at + 400))
    stage.wait(1000)
    stage.receive(live.Transcript("user", " please", at + 400, at + 600))
    stage.wait(1000)
    posts = stage.all_of(PostTurn)
    assert [(post.turn, post.text) for post in posts] == [(2, "Two nights"), (2, "Two nights please")]
    assert len([e for e in stage.all_of(msg.Publish) if e.event_type == "conversation.message"]) == 1


def test_an_agent_that_falls_silent_when_the_caller_speaks_was_interrupted() -> None:
    stage = LiveStage().greeted()
    at = stage.timeline_ms
    stage.receive(
        live.Transcript("assistant", "We have a lot of", at, at + 1400),
        live.Transcript("user", "Stop!", at + 1000, at + 1300),
    )
    stage.wait(1200)
    assert {turn.role: turn.interrupted for turn in stage.all_of(PostTurn)} == {"assistant": True, "user": False}


def test_where_in_the_callers_stream_a_turn_lies_leaves_out_our_silence() -> None:
    stage = LiveStage()
    stage.wait(2000)
    stage.ready()
    stage.media_flows = False
    stage.wait(1200)
    stage.media_flows = True
    stage.wait(500)
    stage.receive(live.Transcript("user", "Hello", 1200, 1500))
    stage.wait(1000)
    [turn] = stage.all_of(PostTurn)
    assert turn.audio_start_ms == pytest.approx(2000 + 1200 - 1100, abs=120)


# --- work of the text model ---


def test_a_call_is_run_once_and_its_output_waits_for_the_end_of_its_response() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1", "call_1")
    assert [call.tool_call_id for call in stage.all_of(RunTool)] == ["call_1"]
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    assert stage.all_of(live.AddFunctionOutput) == []
    stage.ends()
    assert [o.output for o in stage.all_of(live.AddFunctionOutput)] == ['{"free":1}']
    assert len(stage.all_of(live.CreateResponse)) == 1
    stage.wait(1000)
    assert len(stage.all_of(live.CreateResponse)) == 1


def test_the_text_model_goes_on_once_when_no_call_of_the_session_is_open() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1", "call_2")
    stage.ends()
    stage.receive(ToolAnswer("call_2", ok=True, result={}))
    assert len(stage.all_of(live.AddFunctionOutput)) == 1
    assert stage.all_of(live.CreateResponse) == []
    stage.receive(ToolAnswer("call_1", ok=True, result={}))
    assert len(stage.all_of(live.AddFunctionOutput)) == 2
    assert len(stage.all_of(live.CreateResponse)) == 1


def test_another_delegations_response_keeps_it_waiting_too() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    stage.receive(live.BackendCreated("item_2", "resp_2"))
    stage.receive(ToolAnswer("call_1", ok=True, result={}))
    assert stage.all_of(live.CreateResponse) == []
    stage.receive(live.BackendEnded("item_2", "resp_2", "completed"))
    assert len(stage.all_of(live.CreateResponse)) == 1


@pytest.mark.parametrize("status", ["failed", "incomplete"])
@pytest.mark.parametrize("answered_first", [True, False])
def test_calls_of_a_response_that_failed_are_void_and_the_voice_is_told(status: str, answered_first: bool) -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    answer = ToolAnswer("call_1", ok=True, result={"free": 1})
    if answered_first:
        stage.receive(answer)
        stage.ends(status=status)
    else:
        stage.ends(status=status)
        stage.receive(answer)
    assert stage.all_of(live.AddFunctionOutput) == []
    assert [text for text in stage.told("thinking") if '{"free":1}' in text]
    assert stage.all_of(live.CreateResponse) == []


def test_a_response_that_failed_without_a_call_is_not_passed_over_in_silence() -> None:
    stage = LiveStage().greeted()
    stage.receive(live.BackendCreated("item_1", "resp_1"))
    stage.ends(status="failed")
    assert stage.told("commentary") == [CANNOT]


def test_an_output_that_is_refused_is_told_to_the_voice() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    stage.receive(live.EngineError("", "no such call", "out_call_1"))
    assert stage.told("commentary") == ['{"free":1}']


def test_tokens_of_the_text_model_are_counted_by_its_name() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    assert stage.attempt.journal.meter.by_model["gpt-5.6-terra"] == {"input_tokens": 20, "output_tokens": 5}


def test_a_slow_tool_is_announced_and_fails_politely_in_the_end() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    stage.wait(1400)
    assert stage.told("commentary") == []
    stage.wait(200)
    assert len(stage.told("commentary")) == 1
    stage.wait(11_000)
    [output] = stage.all_of(live.AddFunctionOutput)
    assert "tool_timeout" in output.output
    stage.receive(ToolAnswer("call_1", ok=True, result={}))
    assert len(stage.all_of(live.AddFunctionOutput)) == 1


def test_a_slow_tool_is_not_announced_just_after_the_voice_has_done_so_by_itself() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.ends()
    stage.agent_says("Let me look that up.", ms=500)
    stage.wait(2800)
    assert stage.told("commentary") == []
    stage.wait(400)
    assert len(stage.told("commentary")) == 1


def test_an_engine_is_told_of_a_greeting_that_a_clip_has_said() -> None:
    stage = LiveStage()
    assert stage.talk.play_opening("Good evening.", b"\x55" * 4000, stage.now_ms, stage.said)
    stage.ready()
    assert OPENING not in stage.told("commentary")
    assert [text for text in stage.told("thinking") if "Good evening." in text]
    stage.wait(2000)
    assert stage.ear.heard_bytes >= 4000
    assert [(turn.role, turn.text) for turn in stage.all_of(PostTurn)] == [("assistant", "Good evening.")]


# --- work that is not done ---


def silence_after(stage: LiveStage, what: str) -> int:
    """Something is asked of the text model, of which nothing more is heard. Returns how long that is waited for."""
    match what:
        case "never began":
            stage.receive(live.Delegated("item_1", "responses", 0))
            return BEGINS_MS
        case "never ended":
            stage.receive(live.Delegated("item_1", "responses", 0), live.BackendCreated("item_1", "resp_1"))
            return ENDS_MS
        case _:
            stage.calls("call_1")
            stage.ends()
            stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
            return BEGINS_MS


NOT_DONE = pytest.mark.parametrize("what", ["never began", "never ended", "never went on"])


@NOT_DONE
def test_work_of_which_nothing_is_heard_is_given_up_in_time_told_to_the_voice_and_published(what: str) -> None:
    stage = LiveStage().greeted()
    waits_ms = silence_after(stage, what)
    stage.wait(waits_ms - 100)
    assert (stage.told("commentary"), stage.talk.is_at_boundary) == ([], False)
    stage.wait(200)
    assert stage.told("commentary") == ['{"free":1}' if what == "never went on" else CANNOT]
    [event] = stage.all_of(msg.Publish)[-1:]
    assert (event.event_type, event.fields) == ("delegation.failed", {"delegation": {"problem": what}})
    assert stage.talk.connection.trouble is None, "once is forgiven"
    stage.agent_says("I am sorry, I could not look that up.")
    stage.wait(3000)
    assert stage.talk.is_at_boundary
    stage.wait(BEGINS_MS + ENDS_MS)
    assert len([event for event in stage.all_of(msg.Publish) if event.event_type == "delegation.failed"]) == 1


@NOT_DONE
def test_a_second_piece_of_work_that_is_given_up_is_another_engines_to_do(what: str) -> None:
    stage = LiveStage().greeted()
    stage.wait(silence_after(stage, "never began") + 100)
    stage.said.clear()
    stage.wait(silence_after(stage, what) + 100)
    assert stage.talk.connection.trouble == Fault("failing", f"delegation {what}")
    assert stage.told("commentary") == [], "there is nobody left to say it"
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    assert stage.told("commentary") == [CARRY_ON]


def test_work_that_is_done_after_all_is_no_sign_of_trouble() -> None:
    stage = LiveStage().greeted()
    for _ in range(3):
        stage.wait(silence_after(stage, "never began") + 100)
        stage.receive(live.BackendCreated("item_1", "resp_1"))
        stage.ends()
    assert stage.talk.connection.trouble is None


@pytest.mark.parametrize("delegation_id", ["item_2", ""])
def test_what_begins_for_a_newer_delegation_or_for_none_that_is_named_serves_the_ones_before(
    delegation_id: str,
) -> None:
    stage = LiveStage().greeted()
    stage.receive(live.Delegated("item_1", "responses", 0), live.Delegated("item_2", "responses", 100))
    stage.receive(live.BackendCreated(delegation_id, "resp_1"))
    stage.ends()
    stage.wait(BEGINS_MS + 200)
    assert stage.told("commentary") == []
    assert stage.all_of(msg.Publish) == []


def test_what_goes_on_after_a_tool_begins_no_delegation_that_came_meanwhile() -> None:
    stage = LiveStage().greeted()
    silence_after(stage, "never went on")
    stage.receive(live.Delegated("item_2", "responses", 0), live.BackendCreated("", "resp_2"))
    stage.receive(live.BackendEnded("", "resp_2", "completed"))
    stage.wait(BEGINS_MS + 200)
    assert stage.told("commentary") == [CANNOT]


def test_a_response_that_never_ends_still_gets_what_its_tools_bring() -> None:
    stage = LiveStage().greeted()
    stage.calls("call_1")
    stage.receive(ToolAnswer("call_1", ok=True, result={"free": 1}))
    stage.wait(ENDS_MS + 100)
    assert [output.output for output in stage.all_of(live.AddFunctionOutput)] == ['{"free":1}']
    assert stage.told("commentary") == []


# --- work of ours ---


def test_the_clerk_is_asked_with_the_words_that_follow_the_delegation() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.caller_says("Do you have a room for Friday", delegates="item_1")
    assert stage.all_of(AskClerk) == []
    stage.wait(400)
    [ask] = stage.all_of(AskClerk)
    assert [(entry["role"], entry["text"]) for entry in ask.history] == [
        ("assistant", "Good evening."),
        ("user", "Do you have a room for Friday"),
    ]
    stage.receive(ClerkAnswer(ask.number, "For how many nights?"))
    [said] = stage.all_of(live.Append)
    assert (said.way, said.content, said.delegation_id) == ("commentary", "For how many nights?", "item_1")


def test_words_that_never_come_are_waited_for_a_second() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.receive(live.Delegated("item_1", "client", stage.timeline_ms))
    stage.wait(900)
    assert stage.all_of(AskClerk) == []
    stage.wait(200)
    assert len(stage.all_of(AskClerk)) == 1


def test_the_next_request_holds_the_clerks_own_words_and_only_what_is_new_of_the_callers() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.caller_says("A room for Friday", delegates="item_1")
    stage.wait(400)
    stage.receive(ClerkAnswer(1, "For how many nights?"))
    stage.agent_says("Sure! And how many nights would that be?")
    stage.wait(1500)
    stage.caller_says("Two nights", delegates="item_2")
    stage.wait(400)
    ask = stage.all_of(AskClerk)[-1]
    assert [entry["text"] for entry in ask.history] == [
        "Good evening.",
        "A room for Friday",
        "For how many nights?",
        "Two nights",
    ]


def test_a_tool_that_the_clerk_wants_is_run_and_its_outcome_told_to_it() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.caller_says("Two nights from Friday", delegates="item_1")
    stage.wait(400)
    stage.receive(ClerkAnswer(1, tool="check_availability", arguments={"adults": 2}))
    [run] = stage.all_of(RunTool)
    assert (run.name, run.arguments) == ("check_availability", {"adults": 2})
    stage.receive(ToolAnswer(run.tool_call_id, ok=True, result={"free": 1}))
    ask = stage.all_of(AskClerk)[-1]
    assert ask.history[-1]["result"] == {"free": 1}
    stage.receive(ClerkAnswer(ask.number, "One room is free."))
    assert stage.told("commentary") == ["One room is free."]


def test_a_delegation_is_answered_also_when_the_clerk_is_out_of_reach() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.caller_says("A room", delegates="item_1")
    stage.wait(400)
    stage.receive(ClerkAnswer(1))
    assert [(a.content, a.delegation_id) for a in stage.all_of(live.Append)] == [(CANNOT, "item_1")]


def test_a_newer_delegation_takes_the_place_of_the_one_before_which_is_told_so() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.caller_says("A room for Friday", delegates="item_1")
    stage.wait(400)
    stage.caller_says(" no, Saturday", delegates="item_2")
    assert [(a.way, a.content, a.delegation_id) for a in stage.all_of(live.Append)] == [
        ("thinking", REPLACED, "item_1")
    ]
    stage.receive(ClerkAnswer(1, "For how many nights from Friday?"))
    assert stage.told("commentary") == []
    stage.wait(400)
    ask = stage.all_of(AskClerk)[-1]
    assert [entry["text"] for entry in ask.history][-2:] == ["A room for Friday", "no, Saturday"]


def test_the_same_delegation_is_taken_on_once() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.caller_says("A room", delegates="item_1")
    stage.receive(live.Delegated("item_1", "client", 0))
    stage.wait(2000)
    assert len(stage.all_of(AskClerk)) == 1


def test_a_clerk_that_wants_tools_without_end_is_stopped() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.caller_says("A room", delegates="item_1")
    stage.wait(400)
    for _ in range(20):
        asked = stage.all_of(AskClerk)[-1]
        stage.receive(ClerkAnswer(asked.number, tool="search_kb"))
        if len(stage.all_of(RunTool)) < len(stage.all_of(AskClerk)):
            break
        run = stage.all_of(RunTool)[-1]
        stage.receive(ToolAnswer(run.tool_call_id, ok=True, result={}))
    assert stage.told("commentary") == [CANNOT]


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
    assert [entry["role"] for entry in ask.history] == ["system", "assistant"]
    stage.receive(ClerkAnswer(ask.number, "Is it the one ending in 23?"))
    assert [(a.way, a.delegation_id) for a in stage.all_of(live.Append)] == [("thinking", ""), ("commentary", "")]


def test_typed_words_are_a_turn_and_go_to_whoever_does_the_work() -> None:
    stage = LiveStage().greeted()
    stage.receive(caller.Text("A room, please"))
    assert [(turn.role, turn.text) for turn in stage.all_of(PostTurn)] == [("user", "A room, please")]
    assert [text.text for text in stage.all_of(live.AddUserText)] == ["A room, please"]


def test_a_note_of_functions_is_obeyed_not_read_out() -> None:
    stage = LiveStage().greeted()
    before = stage.told("instructions")
    stage.receive(TurnAnswer(note="Correction needed. Tell the guest."))
    assert stage.told("instructions") == [*before, "Correction needed. Tell the guest."]
    assert stage.told("commentary") == []


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


def test_words_that_come_late_asked_for_the_hang_up_and_do_not_call_it_off() -> None:
    stage = LiveStage().greeted()
    asked = stage.timeline_ms
    stage.wait(1000)
    planned(stage)
    stage.receive(live.Transcript("user", "That is all, thank you, goodbye.", asked, asked + 1000))
    stage.agent_says("Goodbye.", ms=1000)
    stage.wait(3000)
    assert stage.talk.then is not None


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


def test_a_bye_over_the_farewell_does_not_keep_the_line_open() -> None:
    stage = LiveStage().greeted()
    planned(stage)
    stage.agent_says("Goodbye.", ms=1000)
    stage.caller_says("Bye", ms=300)
    stage.wait(3000)
    assert stage.talk.then is not None


# --- errors, and other engines ---


def test_an_error_is_data_unless_the_account_has_none() -> None:
    stage = LiveStage().greeted()
    stage.receive(live.EngineError("immutable_field_update", "", "upd_1"), live.EngineError("", "", ""))
    assert stage.talk.connection.trouble is None
    stage.receive(live.EngineError("credit_balance_exhausted", "", ""))
    assert stage.talk.connection.trouble is not None
    assert stage.talk.connection.trouble.is_fatal


@pytest.mark.parametrize(("reason", "is_fatal"), [("expired", False), ("connection_lost", False), ("content", True)])
def test_a_session_that_the_engine_closes_is_lost(reason: str, is_fatal: bool) -> None:
    stage = LiveStage().greeted()
    stage.receive(live.Closed(reason, 12.5))
    assert stage.talk.connection.trouble is not None
    assert stage.talk.connection.trouble.is_fatal is is_fatal
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
    assert stage.told("thinking") == ["user: A room for Friday"]
    assert len(stage.told("commentary")) == 1, "the caller is still waiting"
    stage.caller_says("Hello?", delegates="item_2")
    stage.wait(1200)
    assert [asked.number for asked in stage.all_of(AskClerk)] == [ask.number + 1]
    stage.receive(ClerkAnswer(ask.number, "For how many nights?"))
    assert "For how many nights?" not in stage.told("commentary")


def test_closing_posts_every_turn_as_far_as_it_got() -> None:
    stage = LiveStage().greeted()
    stage.agent_says("There are three", ms=400)
    stage.receive(live.Transcript("user", "Wait", stage.timeline_ms, stage.timeline_ms + 200))
    out: list[msg.Message] = []
    stage.talk.close(stage.now_ms, out)
    assert sorted(post.text for post in out if isinstance(post, PostTurn)) == ["There are three", "Wait"]
