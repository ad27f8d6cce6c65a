"""A caller who reads out a card number: the agent breaks in, nobody keeps the digits, a link is offered."""

from typing import Any

import pytest

from relay import caller, realtime
from relay import messages as msg
from relay.card_numbers import REMOVED
from relay.functions import PostTurn, RunTool, ThenAnswer
from relay.phases import Phase
from tests.relay.stage import Stage

NUMBER = "four one one one one one one one one one one one one one one one"
SAID = f"My card number is {NUMBER}"
MASKED = f"My card number is {REMOVED}"


def talking(**changes: Any) -> Stage:
    return Stage().talking(recording=True, **changes)


def everything(stage: Stage) -> str:
    """All that left the call, but for the caller's own audio."""
    return repr([message for message in stage.said if not isinstance(message, realtime.AppendAudio)])


def assert_nobody_was_told(stage: Stage) -> None:
    assert "one one one" not in everything(stage)


def refusals(stage: Stage) -> list[realtime.CreateResponse]:
    return [create for create in stage.all_of(realtime.CreateResponse) if create.purpose == "card"]


def test_the_agent_offers_a_link_instead() -> None:
    stage = talking()
    stage.caller_says(SAID)
    stage.receive(realtime.ResponseCreated("resp_1"), realtime.ResponseDone("resp_1", "cancelled"))
    assert len(refusals(stage)) == 1
    assert "secure link" in refusals(stage)[0].instructions
    assert not refusals(stage)[0].may_call_tools


def test_in_the_callers_language() -> None:
    stage = talking(metadata={"language": "es"})
    stage.caller_says("Mi tarjeta es cuatro uno uno uno uno uno uno uno")
    stage.receive(realtime.ResponseCreated("resp_1"), realtime.ResponseDone("resp_1", "cancelled"))
    assert "enlace seguro" in refusals(stage)[0].instructions


def test_the_engines_item_is_deleted_and_told_again_without_the_digits() -> None:
    stage = talking()
    stage.caller_says(SAID, item="user_1")
    assert realtime.DeleteItem("user_1") in stage.said
    assert realtime.AddMessage("user", MASKED) in stage.said
    assert_nobody_was_told(stage)


def test_the_turn_and_its_event_are_masked() -> None:
    stage = talking()
    stage.caller_says(SAID)
    posted = [post for post in stage.all_of(PostTurn) if post.role == "user"]
    assert [(post.text, post.card_data) for post in posted] == [(MASKED, True)]
    assert stage.published("conversation.message")[-1].fields["message"]["content"] == MASKED


def test_the_reply_that_was_on_its_way_is_cut() -> None:
    stage = talking()
    stage.receive(realtime.SpeechStarted("user_1", 0))
    stage.wait(300)
    stage.receive(realtime.SpeechStopped("user_1", 300), realtime.Committed("user_1"))
    stage.agent_begins("So that is four one one one", response="resp_1", item="item_1", ms=400)
    said = stage.receive(realtime.Transcribed("user_1", SAID))
    assert caller.Clear() in said
    assert realtime.CancelResponse() in said
    stage.receive(realtime.ResponseDone("resp_1", "cancelled"))
    assert len(refusals(stage)) == 1


def test_the_recording_is_silenced_where_it_was_said() -> None:
    stage = talking()
    stage.receive(realtime.SpeechStarted("user_1", 5000))
    stage.wait(300)
    stage.receive(realtime.SpeechStopped("user_1", 9000), realtime.Committed("user_1"))
    said = stage.receive(realtime.Transcribed("user_1", SAID))
    silenced = [message for message in said if isinstance(message, msg.SilenceRecording)]
    assert silenced
    assert all(message.is_received for message in silenced)
    assert min(message.from_ms for message in silenced) <= 4500
    assert max(message.to_ms for message in silenced) >= 9500


def test_the_agent_breaks_in_at_the_sixth_digit_where_words_come_while_the_caller_speaks() -> None:
    stage = talking()
    stage.receive(realtime.SpeechStarted("user_1", 0))
    stage.receive(realtime.TranscribedDelta("user_1", "my card is"))
    for count in range(1, 7):
        assert refusals(stage) == []
        said = stage.receive(realtime.TranscribedDelta("user_1", " one"))
        assert bool(refusals(stage)) == (count == 6)
    assert any(isinstance(message, msg.SilenceRecording) for message in said)
    assert realtime.DeleteItem("user_1") not in stage.said, "it is no item yet"
    said = stage.receive(realtime.SpeechStopped("user_1", 300), realtime.Committed("user_1"))
    assert realtime.DeleteItem("user_1") in said
    stage.receive(realtime.Transcribed("user_1", "my card is one one one one one one"))
    assert stage.said.count(realtime.DeleteItem("user_1")) == 1
    stage.agent_says("Please stop there.", response="resp_1", item="item_1", ms=400)
    stage.wait(3000)
    assert [create.purpose for create in stage.all_of(realtime.CreateResponse)].count("card") == 1
    assert "reply" not in stage.purposes[stage.purposes.index("card") :], "and answers it with nothing else"
    assert stage.all_of(PostTurn)[-2].text == f"my card is {REMOVED}"
    assert_nobody_was_told(stage)


def test_words_of_an_utterance_over_the_agent_are_found_as_well() -> None:
    stage = talking(barge_in="selective")
    stage.agent_begins("Breakfast is from seven to ten, and the pool", response="resp_1", item="item_1", ms=4000)
    stage.receive(realtime.SpeechStarted("user_1", 0))
    stage.wait(200)
    stage.receive(realtime.SpeechStopped("user_1", 300), realtime.Committed("user_1"))
    stage.receive(realtime.TranscribedDelta("user_1", f"card {NUMBER}"))
    stage.receive(realtime.ResponseDone("resp_1", "cancelled"))
    stage.receive(realtime.Transcribed("user_1", f"card {NUMBER}"))
    assert len(refusals(stage)) == 1
    assert stage.said.count(realtime.DeleteItem("user_1")) == 1
    assert {post.text for post in stage.all_of(PostTurn) if post.role == "user"} == {f"card {REMOVED}"}


@pytest.mark.parametrize(
    ("asked", "half"), [("Which card is it?", "four two four two"), ("How would you like to pay?", "4242 4242")]
)
def test_a_number_read_out_in_two_turns_is_taken_out_of_both(asked: str, half: str) -> None:
    """In the second nobody has talked of cards."""
    stage = talking()
    stage.agent_says(asked, response="resp_1", item="item_1", ms=400)
    stage.wait(600)
    stage.caller_says(half, item="user_1")
    stage.caller_says(half, item="user_2")
    last = {post.item_id: post.text for post in stage.all_of(PostTurn) if post.role == "user"}
    assert last == {"user_1": REMOVED, "user_2": REMOVED}
    assert {realtime.DeleteItem("user_1"), realtime.DeleteItem("user_2")} <= set(stage.all_of(realtime.DeleteItem))


def test_what_a_tool_is_given_has_no_card_number_and_the_engine_forgets_it() -> None:
    stage = talking()
    arguments = '{"text":"pays with 4111 1111 1111 1111"}'
    stage.receive(
        realtime.ResponseCreated("resp_1"),
        realtime.ItemAdded("resp_1", "fc_1", "function_call"),
        realtime.FunctionCalled("resp_1", "fc_1", "call_1", "take_message", arguments),
    )
    assert stage.all_of(RunTool)[-1].arguments == {"text": f"pays with {REMOVED}"}
    assert realtime.DeleteItem("fc_1") in stage.said
    assert "4111" not in everything(stage)


def test_an_agent_that_reads_it_back_is_masked_and_its_engine_forgets_it() -> None:
    stage = talking()
    stage.caller_says(SAID)
    stage.receive(realtime.ResponseCreated("resp_0b"), realtime.ResponseDone("resp_0b", "cancelled"))
    stage.agent_says("I have 4111 1111 1111.", response="resp_1", item="item_1", ms=400)
    stage.wait(800)
    assert stage.all_of(PostTurn)[-1].text == f"I have {REMOVED}."
    assert realtime.DeleteItem("item_1") in stage.said
    assert "4111" not in everything(stage)


def test_another_engine_is_told_no_digits() -> None:
    stage = talking()
    stage.caller_says(SAID)
    stage.receive(msg.EngineLost(0, "gone"), msg.EngineOpened(1))
    said = stage.receive(msg.EngineReady(1))
    assert realtime.AddMessage("user", MASKED, "user_1") in said
    assert_nobody_was_told(stage)


def test_what_was_not_understood_before_the_end_is_silenced_where_a_card_was_expected() -> None:
    stage = talking()
    stage.agent_says("Which card is it?", response="resp_1", item="item_1", ms=400)
    stage.wait(600)
    stage.receive(realtime.SpeechStarted("user_1", 2000))
    stage.wait(300)
    stage.receive(realtime.SpeechStopped("user_1", 4000), realtime.Committed("user_1"))
    said = stage.receive(msg.CallerGone())
    assert msg.SilenceRecording(1500, 4500, is_received=True) in said


@pytest.mark.parametrize("words", ["", None], ids=["not understood", "never come"])
@pytest.mark.parametrize(("question", "is_silenced"), [("Which card is it?", True), ("For how many nights?", False)])
def test_what_is_not_understood_is_silenced_where_a_card_was_expected(
    question: str, is_silenced: bool, words: str | None
) -> None:
    stage = talking()
    stage.agent_says(question, response="resp_1", item="item_1", ms=400)
    stage.wait(600)
    stage.receive(realtime.SpeechStarted("user_1", 2000))
    stage.wait(300)
    stage.receive(realtime.SpeechStopped("user_1", 4000), realtime.Committed("user_1"))
    if words is not None:
        stage.receive(realtime.Transcribed("user_1", words))
    stage.wait(3100)
    assert (msg.SilenceRecording(1500, 4500, is_received=True) in stage.said) == is_silenced


@pytest.mark.parametrize("said", ["My number is 207 555 0142", "Two adults, from December 21 to 24, please"])
def test_an_ordinary_turn_costs_nothing(said: str) -> None:
    stage = talking()
    stage.caller_says(said)
    assert refusals(stage) == []
    assert stage.all_of(realtime.DeleteItem) == stage.all_of(msg.SilenceRecording) == []
    assert stage.all_of(PostTurn)[-1].text == said


def test_keys_never_reach_the_engine_nor_any_event() -> None:
    stage = talking()
    for digit in "4111111111111111#":
        stage.receive(caller.Dtmf(digit))
    runs = stage.all_of(RunTool)
    assert [dict(run.arguments) for run in runs] == [{"keys": "4111111111111111"}], "functions alone are told"
    rest = repr([m for m in stage.said if not isinstance(m, RunTool | realtime.AppendAudio)])
    assert "4111" not in rest
    assert "4111" not in repr(runs), "and no line of a log has them"


def test_one_that_a_guest_writes_in_groups_is_taken_out_of_all_of_them() -> None:
    stage = talking(channel="kiosk")
    for text in ("Do you take my card?", "It is 4111", "1111 1111 1111"):
        stage.receive(caller.Text(text))
    last = {post.item_id: post.text for post in stage.all_of(PostTurn) if post.role == "user"}
    assert list(last.values()) == ["Do you take my card?", f"It is {REMOVED}", REMOVED]
    assert realtime.DeleteItem("typed_1_2") in stage.said
    assert realtime.AddMessage("user", f"It is {REMOVED}") in stage.said
    assert stage.all_of(msg.SilenceRecording) == [], "nothing of it was to be heard"


def events(stage: Stage) -> list[str]:
    """What the guest said, as it was published."""
    told = [event.fields["message"] for event in stage.published("conversation.message")]
    return [message["content"] for message in told if message["role"] == "user"]


@pytest.mark.parametrize("is_typed", [False, True], ids=["said", "written"])
def test_no_event_has_the_groups_of_one_that_is_known_by_its_last(is_typed: bool) -> None:
    """An event cannot be taken back: it is in the warehouse before the number is plain."""
    stage = talking(channel="kiosk" if is_typed else "voice")
    for number, group in enumerate(("4242", "4242", "4242", "4242")):
        if is_typed:
            stage.receive(caller.Text(group))
        else:
            stage.caller_says(group, item=f"user_{number}")
        stage.agent_says("And then?", response=f"r{number}", item=f"i{number}", ms=200)
        stage.wait(400)
    assert events(stage) == [REMOVED] * 4
    stage.receive(caller.Stop())
    assert len(events(stage)) == 4


def test_digits_that_were_no_card_number_are_published_once_that_is_plain() -> None:
    stage = talking()
    stage.caller_says("It is 4242.", item="user_1")
    assert events(stage) == []
    assert [post.text for post in stage.all_of(PostTurn) if post.role == "user"] == ["It is 4242."]
    stage.caller_says("The room, I mean.", item="user_2")
    assert events(stage) == ["It is 4242.", "The room, I mean."]
    stage.caller_says("Or 4244.", item="user_3")
    stage.receive(caller.Stop())
    assert events(stage)[2:] == ["Or 4244."]


def test_digits_that_are_written_while_the_stream_is_left_are_published() -> None:
    stage = talking(channel="kiosk")
    stage.receive(msg.Drain(), caller.Text("4242"), ThenAnswer(200))
    assert stage.call.phase is Phase.OVER
    assert events(stage) == ["4242"]


def test_a_guest_who_writes_one_is_told_the_same() -> None:
    stage = talking(channel="kiosk")
    stage.receive(caller.Text("my card is 4111 1111 1111 1111"))
    assert stage.all_of(PostTurn)[-1].text == f"my card is {REMOVED}"
    assert len(refusals(stage)) == 1
    assert "4111" not in everything(stage)
