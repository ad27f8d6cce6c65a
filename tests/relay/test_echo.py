"""A line that gives back what the agent says, and a television in the room: no caller's words.

Events in, messages out, on a line whose sound the test makes.
"""

from __future__ import annotations

import pytest

from relay import messages as msg
from relay import realtime
from relay.functions import TurnAnswer
from relay.realtime import CreateResponse, DeleteItem
from tests.relay.stage import FAINT, SILENCE, Line, interruptions, of_type


def echo_of_the_agent(line: Line, ms: int, *, delay_ms: int) -> list[msg.Message]:
    """The line gives back what the agent says (loud and soft by turns), later and much weaker."""
    said: list[msg.Message] = []
    for _ in range(0, ms, 20):
        at = line.now_ms - delay_ms
        line.frame = FAINT if at // 100 % 2 else SILENCE
        said += line.wait(20)
    return said


def agents_rhythm(line: Line, ms: int) -> bytes:
    """Loud and soft by turns of 100 ms, in step with `echo_of_the_agent` when it is played from now on."""
    frames = [b"\x2b" if (line.now_ms + at) // 100 % 2 else b"\xff" for at in range(0, ms, 20)]
    return b"".join(frame * 160 for frame in frames)


def test_a_television_is_neither_obeyed_nor_answered_although_it_says_something() -> None:
    line = Line().talking()
    line.makes_sound(1000, item="user_1")  # so loud is this caller
    line.falls_silent("How much is it?", item="user_1")
    line.agent_begins("It is ninety dollars a night for two.", response="r", item="i", ms=4000)
    line.wait(500)
    said = line.makes_sound(2000, frame=FAINT) + line.falls_silent("And now the weather")
    assert interruptions(said) == []
    assert of_type(said, DeleteItem) == [DeleteItem("user_2")]
    assert line.user_turns == ["How much is it?"]


@pytest.mark.parametrize("delay_ms", [100, 240, 500])
def test_echo_neither_stops_the_agent_nor_is_answered(delay_ms: int) -> None:
    line = Line().talking()
    line.caller_says("How much is it?")
    line.receive(realtime.ResponseCreated("r"), realtime.ItemAdded("r", "i", "message"))
    line.receive(realtime.AudioDelta("r", "i", 0, agents_rhythm(line, 4000)))
    echo_of_the_agent(line, 1400, delay_ms=delay_ms)
    said = line.receive(realtime.SpeechStarted("user_2", 0))
    said += echo_of_the_agent(line, 1500, delay_ms=delay_ms)
    line.frame = SILENCE
    said += line.falls_silent("it is ninety")
    assert interruptions(said) == []
    assert of_type(said, DeleteItem) == [DeleteItem("user_2")]
    assert line.user_turns == ["How much is it?"]
    assert line.purposes == ["opening", "reply"]


def test_echo_of_the_agents_last_words_is_not_answered_although_the_agent_is_silent_by_then() -> None:
    line = Line().talking()
    line.caller_says("How much is it?")
    line.receive(realtime.ResponseCreated("r"), realtime.ItemAdded("r", "i", "message"))
    line.receive(realtime.AudioDelta("r", "i", 0, agents_rhythm(line, 1000)))
    line.agent_ends("Ninety.", response="r", item="i")
    echo_of_the_agent(line, 1060, delay_ms=300)
    said = line.receive(realtime.SpeechStarted("user_2", 0))
    said += echo_of_the_agent(line, 220, delay_ms=300)
    line.frame = SILENCE
    said += line.falls_silent("ninety")
    assert of_type(said, DeleteItem) == [DeleteItem("user_2")]
    assert line.user_turns == ["How much is it?"]
    assert line.purposes == ["opening", "reply"]


def test_while_the_line_only_echoes_the_agent_has_the_floor() -> None:
    line = Line().talking()
    line.caller_says("How much is it?")
    line.receive(realtime.ResponseCreated("r"), realtime.ItemAdded("r", "i", "message"))
    line.receive(realtime.AudioDelta("r", "i", 0, agents_rhythm(line, 2000)))
    echo_of_the_agent(line, 1000, delay_ms=240)
    line.receive(realtime.SpeechStarted("user_2", 0), TurnAnswer(note="The pool is closed."))
    echo_of_the_agent(line, 200, delay_ms=240)
    said = line.agent_ends("Ninety.", response="r", item="i")
    assert of_type(said, CreateResponse), "what is heard on the line is nobody's turn to wait for"
