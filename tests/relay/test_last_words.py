"""What a caller says, however short, into the agent's goodbye, down to its last word."""

from __future__ import annotations

from typing import Any

import pytest

from relay import caller, realtime
from relay import messages as msg
from relay.functions import PostThen, ToolAnswer, TurnAnswer
from tests.relay.stage import SILENCE, VOICE, Line, interruptions, of_type

ENDS = PostThen(tool_call_id="call_1")


def saying_goodbye(ms: int = 1500, *, heard_ms: int = 300, action: str = "hangup", **changes: Any) -> Line:
    """The agent's goodbye takes so long, and so much of it has been heard."""
    line = Line().talking(**changes)
    line.caller_says("Bye")
    line.calls_tool(response="r1")
    line.receive(ToolAnswer("call_1", ok=True, result={"ok": True}, then={"action": action}))
    line.agent_says("Goodbye.", response="r2", item="i2", ms=ms)
    line.wait(heard_ms)
    return line


def ending(left_ms: int, action: str = "hangup", **changes: Any) -> Line:
    """Of the goodbye so much is still to be heard."""
    return saying_goodbye(1200 + left_ms, heard_ms=1200, action=action, **changes)


def says(line: Line, words: str, *, ms: int = 250) -> list[msg.Message]:
    """Commit comes 500 ms after the sound, and the words 300 ms later."""
    said = line.makes_sound(ms) + line.falls_silent() + line.wait(300)
    return said + line.receive(realtime.Transcribed("user_2", words))


# While the goodbye's last words are sent already, while there are more to come, and so that they end before the words.
@pytest.mark.parametrize("left_ms", [200, 400, 700, 1200])
def test_nobody_is_hung_up_on_who_says_one_word_more(left_ms: int) -> None:
    line = ending(left_ms)
    assert of_type(says(line, "Wait!") + line.wait(3000), PostThen) == []
    assert line.user_turns[-1] == "Wait!"
    assert line.purposes[-1] == "reply"


@pytest.mark.parametrize("left_ms", [200, 400, 700, 1200])
def test_a_short_goodbye_does_not_keep_the_line(left_ms: int) -> None:
    line = ending(left_ms)
    said = says(line, "Bye bye")
    if line.purposes.count("reply") > 2:
        line.agent_says("Bye.", response="r3", item="i3", ms=300)
    assert of_type(said + line.wait(1000), PostThen) == [ENDS]


def test_where_the_agent_may_not_be_interrupted_nobody_is_hung_up_on_in_mid_sentence() -> None:
    line = ending(600, barge_in="off")
    said = line.makes_sound(1500) + line.falls_silent("Wait, I need a room for Friday, too.") + line.wait(3000)
    assert of_type(said, caller.Clear, PostThen) == []
    assert line.user_turns[-1] == "Wait, I need a room for Friday, too."


def test_words_that_do_not_come_do_not_keep_the_line() -> None:
    line = ending(1200)
    said = line.makes_sound(250) + line.falls_silent() + line.wait(2600)
    assert of_type(said, PostThen) == [ENDS]


@pytest.mark.parametrize("by", ["the button", "a sound that never became a turn"])
def test_a_goodbye_that_was_stopped_without_a_word_is_over_whatever_is_agreed_to_later(by: str) -> None:
    line = ending(2000)
    if by == "the button":
        line.receive(caller.Interrupt(), TurnAnswer(note="The room is ready."))
    else:
        line.makes_sound(900)
        line.receive(realtime.SpeechStopped("user_2", 900))
        line.wait(3100)
    line.agent_says("I am sorry? Your room is ready. May I send you the code?", response="r3", item="i3", ms=1000)
    line.wait(2500)
    line.caller_says("Okay, thank you.", item="user_3")
    line.agent_says("It is on its way.", response="r4", item="i4", ms=500)
    assert of_type(line.wait(3000), PostThen) == []


def test_who_presses_a_key_into_the_goodbye_is_not_hung_up_on() -> None:
    line = ending(1500)
    line.receive(caller.Dtmf("0"))
    line.wait(2100)
    line.receive(ToolAnswer("dtmf-1-1", ok=True, result={"note": "The guest pressed 0, the key for a person."}))
    line.agent_says("I will put you through.", response="r3", item="i3", ms=500)
    assert line.all_of(PostThen) == of_type(line.wait(6000), PostThen) == []


def test_a_transfer_is_carried_out_whatever_keys_are_pressed_into_it() -> None:
    line = ending(1500, action="transfer")
    line.receive(caller.Dtmf("0"))
    assert of_type(line.wait(3000), PostThen) == [ENDS]


def test_a_key_keeps_the_line_though_the_word_that_is_said_to_it_is_a_goodbyes() -> None:
    line = ending(3000)
    line.makes_sound(900)
    line.receive(caller.Dtmf("1"))
    said = line.falls_silent("Okay.")
    line.receive(realtime.ResponseDone("r2", "cancelled"))
    line.agent_says("Yes?", response="r3", item="i3", ms=400)
    assert of_type(said + line.wait(6000), PostThen) == []


# --- while more of it is to come ---


def test_a_short_goodbye_into_the_agents_goodbye_keeps_nobody_on_the_line() -> None:
    line = saying_goodbye()
    said = line.makes_sound(300) + line.falls_silent("Bye bye") + line.wait(1500)
    assert interruptions(said) == []
    assert of_type(said, PostThen) == [PostThen(tool_call_id="call_1")]


def test_a_caller_who_interrupts_the_goodbye_keeps_the_line() -> None:
    line = saying_goodbye()
    said = line.makes_sound(900) + line.falls_silent("Wait, one more thing") + line.wait(6000)
    assert interruptions(said)
    assert of_type(said, PostThen) == []


def test_nobody_is_hung_up_on_while_it_is_not_decided_whether_he_interrupts() -> None:
    line = saying_goodbye(ms=600)
    line.wait(140)
    said = line.makes_sound(420)
    assert of_type(said, PostThen) == []
    line.frame = VOICE
    said = line.wait(200)
    line.frame = SILENCE
    said += line.falls_silent("Wait, one more thing") + line.wait(6000)
    assert of_type(said, PostThen) == []
    assert line.user_turns[-1] == "Wait, one more thing"
