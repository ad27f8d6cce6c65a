"""The clerk goes on with any history: cut anywhere, begun by another, damaged; and with an engine's instructions."""

import json
from functools import cache
from random import Random
from typing import Any

import pytest
from nightdesk.clerk import ClerkReply, ToolCall
from nightdesk.dialogue.steps import EXPECTS
from nightdesk.dialogue.words import words_for

from .clerk_guest import HOTEL, Conversation, talk
from .clerk_lines import (
    ASKED_ARRIVAL,
    ASKED_NIGHTS,
    OFFER,
    WISH,
)

WORDS = words_for("en")


# --- the history may end anywhere ---

WHOLE = [
    "hello",
    "do you have a room",
    "friday",
    "do you allow dogs",
    "two nights",
    "two adults and a dog",
    "no three nights",
    "how much is the suite",
    "yes",
    "john smith",
    "no",
    "#99",
    "is parking free",
    "yes",
    "what time is check out",
    "no that's all goodbye",
]


@cache
def whole_call() -> Conversation:
    """Only to be read."""
    return talk(WHOLE)


def cuts() -> list[int]:
    return list(range(1, len(whole_call().history) + 1))


@pytest.mark.parametrize("at", cuts())
def test_a_conversation_cut_anywhere_takes_the_same_next_step(at: int) -> None:
    whole = whole_call()
    kept = whole.history[:at]
    resumed = Conversation(history=[*kept]).ask()
    if kept[-1].get("role") == "assistant":  # nothing is owed, so the question is asked again
        step = WORDS.question_in(kept[-1]["text"])
        if step is None:  # the goodbye was heard
            assert resumed.say
        else:
            assert WORDS.question_in(resumed.say) == step
            assert resumed.expect == EXPECTS[step]
        assert resumed.tool_call is None
        return
    following = whole.history[at]
    if following["type"] == "tool":
        assert resumed.tool_call == ToolCall(following["name"], following["arguments"])
    else:
        assert resumed.say == following["text"]
        assert resumed.tool_call is None


@pytest.mark.parametrize("at", cuts())
def test_a_conversation_cut_anywhere_ends_with_the_same_lead_after_the_apology(at: int) -> None:
    whole = whole_call()
    conversation = Conversation(history=[*whole.history[:at]])
    kept = [e for e in conversation.history if e.get("role") in ("user", "system")]
    conversation.run('Say exactly: "I am sorry, we were cut off." Then carry on where the conversation stopped.')
    spoken = next(e for e in conversation.history[at:] if e.get("role") == "assistant")
    assert spoken["text"].startswith("I am sorry, we were cut off.")
    for line in WHOLE[len(kept) :]:
        if line.startswith("#"):
            conversation.key(line[1:])
        else:
            conversation.say(line)
    tools = [e for e in conversation.history if e["type"] == "tool"]
    asked = [json.dumps([e["name"], e["arguments"]], sort_keys=True) for e in tools if e["name"] != "end_call"]
    assert len(asked) == len(set(asked))
    (lead,) = [e["arguments"] for e in tools if e["name"] == "create_lead"]
    (expected,) = whole.hotel.named("create_lead")
    assert {**lead, "name_item_id": ""} == {**expected, "name_item_id": ""}


def test_an_empty_history_is_begun() -> None:
    assert Conversation().ask() == ClerkReply("How can I help you?", None, "open")


def test_an_answer_that_nobody_heard_was_not_given() -> None:
    conversation = talk([WISH])
    conversation.history.pop()  # the stream broke before the price was heard
    assert conversation.ask().say == OFFER


def test_two_sentences_in_a_row_are_answered_together() -> None:
    conversation = Conversation().greet()
    conversation.hear("two nights from friday")
    conversation.hear("for two adults and a dog")
    assert conversation.run().say == OFFER


def test_a_correction_that_came_while_the_tool_ran_counts() -> None:
    conversation = Conversation().greet()
    conversation.hear(WISH)
    call = conversation.ask().tool_call
    assert call is not None
    conversation.hear("no three nights")
    result = conversation.hotel.run(call)
    entry = {"type": "tool", "tool_call_id": "c", "name": call.name, "arguments": call.arguments, "result": result}
    conversation.history.append(entry)
    assert "For three nights from Friday" in conversation.run().say


def test_one_moment_please_is_no_answer() -> None:
    conversation = Conversation().greet()
    conversation.hear(WISH)
    conversation.history.append({"type": "message", "role": "assistant", "text": "One moment, please."})
    assert conversation.run().say == OFFER


def test_a_goodbye_that_was_interrupted_is_withdrawn() -> None:
    conversation = talk([WISH, "that's all"])
    conversation.history.pop()
    assert "the Suite is $597.32" in conversation.say("wait how much is the suite").say


# --- instructions ---


def test_a_quoted_sentence_is_spoken_as_it_is() -> None:
    conversation = Conversation()
    assert conversation.ask(f'Say exactly: "{HOTEL.greeting}"') == ClerkReply(HOTEL.greeting, None, "open")
    asked = talk(ASKED_ARRIVAL)
    assert asked.ask('Say exactly: "Are you still there?"') == ClerkReply("Are you still there?", None, "dates")


def test_other_instructions_are_for_a_model_and_change_nothing() -> None:
    assert Conversation().ask("Be kind and speak Spanish.") == Conversation().ask()


def test_after_the_apology_the_last_question_is_asked_again() -> None:
    conversation = talk(ASKED_NIGHTS)
    carry_on = 'Say exactly: "I am sorry, we were cut off." Then carry on where the conversation stopped.'
    assert conversation.ask(carry_on) == ClerkReply("I am sorry, we were cut off. For how many nights?", None, "dates")


@pytest.mark.parametrize("heard", [True, False])
def test_after_a_transfer_nobody_took_the_guest_is_not_connected_again(heard: bool) -> None:
    conversation = talk([WISH, "a person please"])
    if not heard:
        conversation.history.pop()
    sorry = "I am sorry, nobody at the front desk can take your call right now."
    reply = conversation.run(f'Say exactly: "{sorry}" Then carry on where the conversation stopped.')
    assert reply.say.startswith(sorry)
    assert reply.say.endswith("Shall I take your name and number, so the front desk can confirm it with you?")
    assert "connecting" not in reply.say
    assert len(conversation.hotel.named("transfer_to_human")) == 1
    assert conversation.say("a person please").say == "One moment, I am connecting you."
    assert len(conversation.hotel.named("transfer_to_human")) == 2


# --- conversations that another began ---


def test_a_conversation_that_a_model_began_is_continued() -> None:
    history: list[dict[str, Any]] = [
        {"type": "message", "role": "assistant", "text": "Hi! This is West Bethel Motel, what brings you to us?"},
        {"type": "message", "role": "user", "text": "Hey, so we're thinking of the weekend after Thanksgiving."},
        {
            "type": "tool",
            "tool_call_id": "call_1",
            "name": "check_availability",
            "arguments": {"check_in": "2026-12-04", "check_out": "2026-12-06", "adults": 2, "children": 0, "pets": 0},
            "result": {
                "offers": [
                    {"room_type": "suite", "name": "Suite", "available": 1, "total_cents": 54282, "total": "$542.82"}
                ]
            },
        },
        {"type": "message", "role": "assistant", "text": "The suite is $542.82. May I have your name and number?"},
        {"type": "message", "role": "user", "text": "Yes, sure."},
    ]
    conversation = Conversation(history=history)
    assert conversation.ask() == ClerkReply("Please say your name after this.", None, "name")
    conversation.run()
    conversation.say("Ann Lee")
    assert (
        "Two nights from Friday, December 4, for two adults, in the Suite, for $542.82" in conversation.say("yes").say
    )


def test_a_stay_that_a_model_asked_for_in_words_is_known_from_the_result() -> None:
    conversation = talk([])
    offer = {"room_type": "suite", "name": "Suite", "available": 1, "total_cents": 54282, "total": "$542.82"}
    result = {"check_in": "2026-11-27", "check_out": "2026-11-29", "nights": 2, "offers": [offer]}
    arguments = {"check_in": "next weekend", "adults": 2}
    conversation.history += [
        {"type": "message", "role": "user", "text": "Do you have something for next weekend?"},
        {"type": "tool", "tool_call_id": "c", "name": "check_availability", "arguments": arguments, "result": result},
    ]
    assert "two nights from Friday, November 27, for two adults, the Suite is $542.82" in conversation.ask().say


def test_unknown_tools_roles_and_fields_are_passed_over() -> None:
    conversation = talk(ASKED_NIGHTS)
    conversation.history += [
        {"type": "tool", "tool_call_id": "x", "name": "play_music", "arguments": {}, "result": {"ok": True}},
        {"type": "message", "role": "system", "text": "The guest is a member."},
        {"type": "dance", "text": "?"},
        {},
        {"type": "tool", "name": "check_availability", "arguments": "not json", "result": None},
        {"type": "message", "role": "assistant"},
    ]
    assert conversation.ask().say


def test_no_history_however_damaged_stops_the_clerk() -> None:
    random = Random(7)
    whole = whole_call().history
    odd: list[Any] = [None, "", 0, [], {}, "yes", "[]", {"error": None}, {"error": {"code": 1}}, {"offers": [1, {}]}]
    for _ in range(400):
        history = [dict(entry) for entry in random.sample(whole, random.randrange(len(whole)))]
        for entry in history:
            if random.random() < 0.3:
                entry[random.choice(list(entry))] = random.choice(odd)
        reply = Conversation(history=history).ask()
        assert reply.say or reply.tool_call


def test_every_sentence_of_a_call_is_short_and_asks_one_thing() -> None:
    for said in (reply.say for reply in whole_call().replies if reply.say):
        assert said.count("?") <= 1, said
        assert len(said) < 300, said
