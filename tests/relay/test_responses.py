"""What the engine is asked to say and says: a greeting that fails, and what is kept of responses."""

from __future__ import annotations

import pytest

from relay import caller, realtime, sentences
from relay import messages as msg
from relay.arbiter import Purpose
from relay.dialogue import Dialogue
from relay.functions import PostThen, PostTurn, ToolAnswer, TurnAnswer
from relay.realtime import CreateResponse, ResponseDone
from relay.responses import BUSY
from relay.sentences import ANSWER_AFTER_OPENING, CARRY_ON
from tests.relay.stage import OPENING, SILENCE, VOICE, Line, Stage, interruptions, of_type


def fails(stage: Stage, code: str = "server_error") -> list[msg.Message]:
    return stage.receive(realtime.ResponseDone("resp_0", "failed", code))


@pytest.mark.parametrize("heard_ms", [0, 100, 1000], ids=["not yet", "partly", "to its end"])
def test_a_greeting_that_fails_after_something_of_it_was_said_is_carried_on_and_not_repeated(heard_ms: int) -> None:
    stage = Stage().prepared()
    stage.agent_begins("Good ev", response="resp_0", item="item_0", ms=400)
    stage.wait(heard_ms)
    [create] = of_type(fails(stage), CreateResponse)
    assert isinstance(create, CreateResponse)
    assert (create.purpose, create.instructions) == (Purpose.REPLY, CARRY_ON)
    stage.agent_says("I am sorry, one moment.", response="resp_1", item="item_1", ms=400)
    stage.wait(2000)
    assert stage.ear.heard_bytes == 2 * 400 * 8, "what had come of the greeting was played to its end"
    assert stage.purposes == ["opening", "reply"]


@pytest.mark.parametrize("audio", [None, b""])
def test_a_greeting_that_fails_before_anything_of_it_was_said_is_asked_for_once_more(audio: bytes | None) -> None:
    stage = Stage().prepared()
    stage.receive(realtime.ResponseCreated("resp_0"), realtime.ItemAdded("resp_0", "item_0", "message"))
    if audio is not None:
        stage.receive(realtime.AudioDelta("resp_0", "item_0", 0, audio))
    fails(stage)
    assert stage.purposes == ["opening", "opening"]


def test_a_greeting_that_failed_and_was_interrupted_before_a_word_of_it_was_heard_is_given_after_all() -> None:
    stage = Stage().prepared()
    stage.agent_begins("Good ev", response="resp_0", item="item_0", ms=400)
    fails(stage)
    assert realtime.DeleteItem("item_0") in stage.receive(realtime.SpeechStarted("user_1", 0))
    stage.receive(realtime.ResponseCreated("resp_1"), realtime.ResponseDone("resp_1", "cancelled"))
    said = stage.receive(realtime.SpeechStopped("user_1", 300), realtime.Committed("user_1"))
    [create] = of_type(said, CreateResponse)
    assert isinstance(create, CreateResponse)
    assert create.instructions.startswith(OPENING)


@pytest.mark.parametrize("barge_in", ["off", "selective"])
def test_a_caller_who_spoke_while_the_greeting_had_to_be_asked_for_again_is_answered_behind_it(barge_in: str) -> None:
    stage = Stage().prepared(barge_in=barge_in)
    if barge_in == "off":
        stage.receive(realtime.ResponseCreated("resp_0"), realtime.SpeechStarted("user_1", 0))
        fails(stage)
    else:
        stage.receive(realtime.SpeechStarted("user_1", 0), realtime.EngineError(BUSY, "already active", "create_1"))
    stage.receive(realtime.SpeechStopped("user_1", 300), realtime.Committed("user_1"))
    stage.receive(realtime.ResponseDone("other", "cancelled"))
    assert stage.all_of(CreateResponse)[-1].instructions == OPENING + ANSWER_AFTER_OPENING
    assert stage.purposes == ["opening", "opening"]


@pytest.mark.parametrize("said_ms", [0, 400])
def test_the_next_engine_greets_where_the_greeting_failed_for_good_before_a_word_of_it(said_ms: int) -> None:
    stage = Stage().prepared()
    if said_ms:
        stage.agent_begins("Good ev", response="resp_0", item="item_0", ms=said_ms)
        stage.wait(200)
    else:
        stage.receive(realtime.ResponseCreated("resp_0"))
    fails(stage, "insufficient_quota")
    [open_engine] = [each for each in stage.all_of(msg.OpenEngine) if each.engine == 1]
    stage.said.clear()
    stage.receive(msg.EngineOpened(open_engine.line), msg.EngineReady(open_engine.line))
    assert stage.purposes == (["reply"] if said_ms else ["opening"])


def test_on_a_line_that_never_falls_silent_the_guest_is_greeted_all_the_same() -> None:
    """A television, a street: the engine hears speech begin and never end. What is said at last is answered."""
    stage = Line().prepared(barge_in="selective")
    stage.frame = VOICE
    stage.receive(realtime.SpeechStarted("u1", 0), realtime.ResponseCreated("r0"), ResponseDone("r0", "cancelled"))
    stage.wait(5980)
    assert stage.purposes == ["opening"]
    stage.wait(40)
    assert stage.purposes == ["opening", "opening"]
    stage.agent_says("Good evening.", response="r1", item="i1", ms=2000)
    assert interruptions(stage.wait(1000)) == []
    stage.receive(realtime.SpeechStopped("u1", 7000), realtime.Committed("u1"))
    said = stage.receive(realtime.Transcribed("u1", "Do you have a room?"))
    assert interruptions(said)[0] == caller.Clear()
    assert stage.purposes == ["opening", "opening", "reply"]


def test_who_speaks_for_long_once_they_were_greeted_is_let_finish() -> None:
    stage = Stage().talking()
    stage.receive(realtime.SpeechStarted("u1", 0))
    assert of_type(stage.wait(20_000), CreateResponse) == []
    stage.receive(realtime.SpeechStopped("u1", 20_000), realtime.Committed("u1"))
    assert stage.purposes == ["opening", "reply"]


# --- responses that say nothing ---


def says_nothing(stage: Stage, response: str, status: str = "completed") -> list[msg.Message]:
    return stage.receive(realtime.ResponseCreated(response), realtime.ResponseDone(response, status))


def test_a_reply_that_says_nothing_is_asked_for_once_more_and_then_the_model_is_believed() -> None:
    stage = Stage().talking()
    stage.caller_says("What time is breakfast?")
    assert len(of_type(says_nothing(stage, "r1"), CreateResponse)) == 1
    assert of_type(says_nothing(stage, "r2"), CreateResponse, msg.OpenEngine) == []
    stage.caller_says("Hello?", item="user_2")
    says_nothing(stage, "r3")
    assert stage.purposes == ["opening", *["reply"] * 4], "the next turn is a new one"


def test_an_answer_in_words_without_sound_is_forgotten_before_it_is_asked_for_once_more() -> None:
    """Or the engine, which remembers that it has answered, has nothing more to say."""
    stage = Stage().talking()
    stage.caller_says("What time is breakfast?")
    stage.receive(realtime.ResponseCreated("r1"), realtime.ItemAdded("r1", "i1", "message"))
    said = stage.receive(realtime.MessageDone("r1", "i1"), realtime.ResponseDone("r1", "completed"))
    assert said[0] == realtime.DeleteItem("i1")
    assert [type(message) for message in said[1:]] == [CreateResponse]
    assert of_type(stage.agent_says("From seven.", response="r2", item="i2", ms=400), realtime.DeleteItem) == []


def test_a_response_cut_short_before_its_first_word_has_failed() -> None:
    """By a filter, or a limit of tokens."""
    stage = Stage().talking()
    stage.caller_says("What time is breakfast?")
    assert len(of_type(says_nothing(stage, "r1", "incomplete"), CreateResponse)) == 1
    assert len(of_type(says_nothing(stage, "r2", "incomplete"), msg.OpenEngine)) == 1


def test_a_greeting_that_says_nothing_has_failed() -> None:
    stage = Stage().prepared()
    says_nothing(stage, "r1")
    assert stage.purposes == ["opening", "opening"]
    assert len(of_type(says_nothing(stage, "r2"), msg.OpenEngine)) == 1


def test_a_goodbye_said_before_the_hang_up_was_asked_for_need_not_be_said_again() -> None:
    stage = Stage().talking()
    stage.caller_says("Bye")
    stage.agent_begins("Goodbye!", response="r1", item="i1", ms=400)
    stage.receive(realtime.FunctionCalled("r1", "fc", "call_1", "end_call", "{}"))
    stage.agent_ends("Goodbye!", response="r1", item="i1")
    stage.receive(ToolAnswer("call_1", ok=True, result={}, then={"action": "hangup"}))
    says_nothing(stage, "r2")
    assert of_type(stage.wait(600), CreateResponse, PostThen) == [PostThen(tool_call_id="call_1")]


@pytest.mark.parametrize("is_greeting", [True, False])
def test_a_response_that_failed_after_it_called_a_tool_is_replied_to_once_the_tool_has_answered(
    is_greeting: bool,
) -> None:
    stage = Stage().prepared() if is_greeting else Stage().talking()
    if not is_greeting:
        stage.caller_says("Book it")
    asked_for = stage.purposes
    stage.receive(realtime.ResponseCreated("r1"), realtime.FunctionCalled("r1", "fc", "call_1", "book_room", "{}"))
    assert of_type(stage.receive(realtime.ResponseDone("r1", "failed", "server_error")), CreateResponse) == []
    said = of_type(stage.receive(ToolAnswer("call_1", ok=True)), realtime.AddFunctionOutput, CreateResponse)
    assert [type(message) for message in said] == [realtime.AddFunctionOutput, CreateResponse]
    assert stage.purposes == [*asked_for, asked_for[-1]]


def test_responses_that_are_done_and_heard_are_forgotten() -> None:
    stage = Stage().talking()
    talk = stage.call.talk
    assert isinstance(talk, Dialogue)
    kept = set()
    for turn in range(1, 200):
        stage.caller_says("And another question.", item=f"user_{turn}")
        if turn % 5 == 0:
            stage.calls_tool("search_kb", response=f"tool_{turn}", tool_call_id=f"call_{turn}")
            stage.receive(ToolAnswer(f"call_{turn}", ok=True, result={}))
        stage.agent_says("An answer.", response=f"resp_{turn}", item=f"item_{turn}", ms=300)
        stage.wait(100 if turn % 3 == 0 else 500)  # every third answer is interrupted
        kept.add(len(talk.responses.agent._responses))
    assert max(kept) <= 3
    stage.wait(2000)
    posts = [post for post in stage.all_of(PostTurn) if post.role == "assistant"]
    assert len(posts) == 200
    assert sum(post.interrupted for post in posts) == 66


def test_what_is_said_after_a_reply_that_the_model_kept_to_itself_is_no_late_answer_in_the_log() -> None:
    stage = Stage().talking()
    stage.caller_says("Thanks.")
    for response in ("r1", "r2"):
        stage.receive(realtime.ResponseCreated(response), realtime.ResponseDone(response, "completed"))
    stage.wait(3000)
    stage.receive(TurnAnswer(note="The room is ready."))
    stage.agent_says("Your room is ready.", response="r3", item="i3", ms=400)
    spoken = [line.fields for line in stage.all_of(msg.Log) if line.line == "= speaking"]
    assert spoken[-1]["ms_after_commit"] is None


def test_what_only_the_relay_says_is_said_in_the_language_of_the_conversation() -> None:
    stage = Stage().nobody_answers(idle_s=5, metadata={"language": "es-MX"})
    said = [create.instructions for create in stage.all_of(CreateResponse)]
    assert said[1:] == [
        'Say exactly: "¿Sigue ahí?"',
        'Say exactly: "Voy a colgar. Llámenos cuando quiera. Hasta luego."',
    ]


def test_a_guest_who_changes_the_language_is_asked_in_it_whether_they_are_still_there() -> None:
    stage = Stage().talking(idle_s=5, metadata={"language": "en"})
    stage.calls_tool("set_language", response="r0")
    stage.receive(ToolAnswer("call_1", ok=True, result={"language": "es"}, language="es"))
    stage.agent_says("Por supuesto.", response="r1", item="i1", ms=400)
    stage.frame = SILENCE
    stage.wait(6000)
    assert stage.all_of(CreateResponse)[-1].instructions == 'Say exactly: "¿Sigue ahí?"'


def test_an_answer_that_a_filter_or_a_limit_ends_in_the_middle_is_asked_for_once_more() -> None:
    stage = Stage().talking()
    stage.caller_says("A room for tonight, please.")
    stage.agent_begins("Certainly. We have", response="r1", item="i1", ms=400)
    said = stage.receive(realtime.ResponseDone("r1", "incomplete", "content_filter"))
    assert len(of_type(said, CreateResponse)) == 1
    stage.agent_begins("We have", response="r2", item="i2", ms=400)
    said = stage.receive(realtime.ResponseDone("r2", "incomplete", "content_filter"))
    assert of_type(said, msg.OpenEngine), "the same filter again: another engine answers"
    [failed] = stage.published("engine.failed")
    assert failed.fields["engine"]["problem"] == "content_filter"


def test_an_interrupted_answer_that_ends_incomplete_is_not_asked_for_again() -> None:
    stage = Stage().talking()
    stage.caller_says("A room for tonight, please.")
    stage.agent_begins("Certainly. We have", response="r1", item="i1", ms=4000)
    stage.wait(500)
    stage.receive(realtime.SpeechStarted("user_2", 0))
    stage.wait(600)
    stage.receive(realtime.ResponseDone("r1", "incomplete", "max_output_tokens"))
    assert stage.purposes == ["opening", "reply"]


HOTELS_OWN = "You are the front desk of West Bethel Motel."


def test_what_one_response_is_to_say_stands_behind_the_hotels_own_instructions_which_it_would_replace() -> None:
    stage = Stage().prepared(engine_session={"type": "realtime", "instructions": HOTELS_OWN})
    stage.agent_says("Good evening.", response="resp_0", item="item_0", ms=400)
    stage.wait(600)
    stage.caller_says("A room for tonight, please.")
    stage.receive(msg.EngineLost(0, "closed"), msg.EngineOpened(1), msg.EngineReady(1))
    assert [create.instructions for create in stage.all_of(CreateResponse)] == [
        f"{HOTELS_OWN}\n\n{OPENING}",
        "",  # the session's
        f"{HOTELS_OWN}\n\n{CARRY_ON}",
    ]


def test_every_sentence_of_the_relays_own_is_known_in_spanish() -> None:
    ours = [text for text in vars(sentences).values() if isinstance(text, str) and text.startswith("Say exactly")]
    assert len(ours) >= 6
    assert not [text for text in ours if sentences.in_language(text, "es") == text]
    assert sentences.in_language(CARRY_ON, "es").endswith("Then carry on where the conversation stopped.")
