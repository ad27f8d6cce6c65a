"""What a live engine delegates to us: the clerk is asked, and the voice says what came of it."""

from relay import caller, live
from relay.functions import AskClerk, ClerkAnswer, RunTool, ToolAnswer, TurnAnswer
from relay.live_work import CANNOT, REPLACED
from tests.relay.live_stage import LiveStage


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


def test_the_clerk_knows_the_note_that_functions_gave_with_a_turn() -> None:
    """A claim that was corrected would be made again otherwise."""
    stage = LiveStage(delegation="client").greeted()
    stage.receive(TurnAnswer(note="No message was sent. Say so."))
    stage.caller_says("Did you send it?", delegates="item_1")
    stage.wait(400)
    [ask] = stage.all_of(AskClerk)
    assert ("system", "No message was sent. Say so.") in [(entry["role"], entry["text"]) for entry in ask.history]


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


def entries(ask: AskClerk) -> list[tuple[str, str]]:
    return [(entry["role"], entry["text"]) for entry in ask.history if entry["type"] == "message"]


def test_what_is_typed_or_keyed_before_the_clerk_was_ever_asked_follows_the_greeting_in_its_record() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.receive(caller.Text("What time is breakfast?"))
    stage.wait(1200)
    [ask] = stage.all_of(AskClerk)
    assert entries(ask) == [("assistant", "Good evening."), ("user", "What time is breakfast?")]


def test_a_request_that_was_lost_with_its_engine_stands_though_the_next_one_delegates_it_without_words() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.caller_says("What time is breakfast?", delegates="item_1")
    stage.agent_says("Let me look that up.")
    stage.wait(1000)
    assert len(stage.all_of(AskClerk)) == 1
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    stage.agent_says("I am sorry, one moment.")
    stage.receive(live.Delegated("item_2", "client", stage.timeline_ms))
    stage.wait(1500)
    ask = stage.all_of(AskClerk)[-1]
    assert ask.number == 2
    assert ("user", "") not in entries(ask), "that would mean: not understood"


def test_what_was_typed_before_an_engine_listened_is_not_taken_for_answered_by_its_greeting() -> None:
    stage = LiveStage(delegation="client")
    stage.receive(caller.Text("What time is breakfast?"))
    stage.ready()
    stage.agent_says("Good evening, how may I help you?")
    stage.receive(live.Delegated("item_1", "client", stage.timeline_ms))
    stage.wait(1500)
    [ask] = stage.all_of(AskClerk)
    assert entries(ask) == [("user", "What time is breakfast?")]


def test_the_clerk_knows_what_a_tool_brought_that_it_had_called_before_the_engine_was_lost() -> None:
    stage = LiveStage(delegation="client").greeted()
    stage.caller_says("Two nights from Friday", delegates="item_1")
    stage.wait(400)
    stage.receive(ClerkAnswer(1, tool="hold_booking", arguments={"adults": 2}))
    stage.talk.engine_lost(stage.now_ms, stage.said)
    stage.ready()
    [run] = stage.all_of(RunTool)
    stage.receive(ToolAnswer(run.tool_call_id, ok=True, result={"held": 1}))
    stage.agent_says("Your room is held.")
    stage.wait(1500)
    stage.caller_says("Thank you, and breakfast?", delegates="item_2")
    stage.wait(1500)
    ask = stage.all_of(AskClerk)[-1]
    assert [entry["result"] for entry in ask.history if entry["type"] == "tool"] == [{"held": 1}]
