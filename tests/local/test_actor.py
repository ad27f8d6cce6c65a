"""A guest acts against a telephone whose line is played by the test, in a twentieth of the time."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest

from audio import g711
from local.callers import script
from local.callers.actor import Actor, Surroundings
from local.callers.steps import (
    Amid,
    HangUp,
    Hear,
    Interrupt,
    Keys,
    Say,
    Silence,
    Step,
    Text,
    Texted,
    WaitForAgent,
)
from local.twilio import Clock, Phone

TONE = g711.encode((8000 * np.sin(2 * np.pi * 440 * np.arange(160) / 8000)).astype(np.int16))
QUIET = bytes([g711.SILENCE]) * 160
# The clock of the line runs twenty times too fast: what the machine is late by 50 ms is a second late there.
LATE = 1000


class Agent:
    """A line on which the agent speaks when `speaks_at(ms)` is true."""

    speaks = True

    def __init__(self, speaks_at: Callable[[int], bool]) -> None:
        self._speaks_at = speaks_at
        self._ms = 0
        self.keys = ""

    def frame(self, spoken: bytes) -> bytes:
        self._ms += 20
        return TONE if self._speaks_at(self._ms) else QUIET

    def key(self, digit: str) -> None:
        self.keys += digit


class Played:
    def __init__(self) -> None:
        self.acts: list[tuple[str, int]] = []
        self.complaint = ""
        self.keys = ""
        self.hung_up = False
        self.texted: list[str] = []

    def at(self, kind: str) -> int:
        return next(at for name, at in self.acts if name == kind)


async def play(
    speaks_at: Callable[[int], bool],
    *steps: Step,
    ends_at: int = 10_000,
    asked_again: Sequence[bool] = (),
    repeats: int = 1,
    spoken: Sequence[tuple[int, str]] = (),
) -> Played:
    """Act the steps out; the agent ends the call at `ends_at`. `asked_again`: after each of its turns in order."""
    played = Played()

    answers = list(asked_again)

    def asked() -> bool:
        return answers.pop(0) if answers else False

    def hang_up() -> None:
        played.hung_up = True
        phone.disconnect()

    phone = Phone("+1", Clock(20, asyncio.get_running_loop().time), hang_up)
    line = Agent(speaks_at)
    phone.line = line
    lines = {"hello": TONE * 25, "stop": TONE * 10}

    async def text(body: str) -> None:
        played.texted.append(body)

    def words() -> list[str]:
        return [said for at_ms, said in spoken if at_ms <= phone.now_ms]

    surroundings = Surroundings(asked, words, words, text, lambda number: [f"{number} {said}" for said in words()])
    actor = Actor(steps, phone, lines, lambda kind, _: played.acts.append((kind, phone.now_ms)), surroundings, repeats)
    phone.answer()

    async def end() -> None:
        await phone.until(lambda: phone.now_ms >= ends_at)
        phone.disconnect()

    ending = asyncio.create_task(end())
    async with asyncio.timeout(20):
        await actor.play()
    if not phone.ended.is_set():
        phone.disconnect()
    await asyncio.gather(ending, return_exceptions=True)
    played.complaint, played.keys = actor.complaint, line.keys
    return played


async def test_the_guest_speaks_once_the_agent_has_been_heard_and_then_was_quiet() -> None:
    played = await play(lambda ms: 500 < ms <= 2000, WaitForAgent(), Say("hello"))
    assert 2860 <= played.at("says") <= 2860 + LATE


async def test_a_short_pause_of_the_agent_is_not_the_end_of_its_turn() -> None:
    played = await play(lambda ms: 500 < ms <= 2000 or 2500 < ms <= 3000, WaitForAgent(), Say("hello"))
    assert played.at("says") >= 3860


async def test_what_the_agent_said_before_the_guest_does_not_answer_the_guest() -> None:
    played = await play(
        lambda ms: ms <= 500 or 4000 < ms <= 4500, WaitForAgent(), Say("hello"), WaitForAgent(), Keys("1")
    )
    assert played.at("keys") >= 5300


async def test_the_guest_cuts_in_some_time_into_what_the_agent_says_next() -> None:
    played = await play(lambda ms: 1000 < ms <= 6000, Interrupt(1500, "stop"))
    assert 2500 <= played.at("interrupts") <= 2500 + LATE


async def test_keys_are_pressed_one_after_the_other() -> None:
    played = await play(lambda ms: False, Keys("207#"), Silence(0.5), HangUp())
    assert played.keys == "207#"
    assert played.hung_up


async def test_an_agent_that_is_never_heard_is_a_complaint_and_the_guest_hangs_up() -> None:
    played = await play(lambda ms: False, WaitForAgent(timeout_s=3), Say("hello"))
    assert played.complaint == "step 1: the agent was not heard in time"
    assert played.hung_up
    assert played.at("gives_up") >= 3000


async def test_patience_does_not_run_out_while_the_agent_speaks() -> None:
    played = await play(lambda ms: 500 < ms <= 6000, WaitForAgent(timeout_s=2), Say("hello"))
    assert played.complaint == ""
    assert played.at("says") >= 6800


async def test_a_call_that_ends_in_the_middle_ends_the_act_without_a_complaint() -> None:
    played = await play(lambda ms: False, WaitForAgent(), Say("hello"), ends_at=1000)
    assert (played.acts, played.complaint) == ([], "")


@pytest.mark.parametrize(("repeats", "times"), [(0, 0), (1, 1), (2, 2)])
async def test_a_line_is_said_again_when_the_agent_asks_and_the_scene_allows(repeats: int, times: int) -> None:
    played = await play(
        lambda ms: ms <= 500 or 2500 < ms <= 3000 or 5000 < ms <= 5500 or 7500 < ms <= 8000,
        Say("hello"),
        WaitForAgent(),
        Keys("1"),
        asked_again=[True, True, True],
        repeats=repeats,
    )
    assert [kind for kind, _ in played.acts if kind in ("says", "repeats", "keys")] == [
        "says",
        *["repeats"] * times,
        "keys",
    ]


async def test_words_are_waited_for_and_the_quiet_after_them() -> None:
    """Known when they begin (a menu) or when they are over (the agent): both end with the quiet."""
    played = await play(
        lambda ms: 500 < ms <= 2000 or 4000 < ms <= 5000,
        Hear("press one"),
        Keys("1"),
        Hear("thank you"),
        Keys("2"),
        spoken=[(400, "Good evening."), (500, "For a room press ONE."), (5100, "Thank you.")],
    )
    first, second = (at for kind, at in played.acts if kind == "keys")
    assert 2880 <= first <= 2880 + LATE
    assert second >= 5900
    assert played.keys == "12"


async def test_a_line_is_said_again_while_words_are_waited_for() -> None:
    played = await play(
        lambda ms: 1000 < ms <= 1500 or 3500 < ms <= 4000,
        Say("hello"),
        Hear("one moment"),
        Keys("1"),
        asked_again=[True],
        spoken=[(4000, "One moment.")],
    )
    assert [kind for kind, _ in played.acts if kind in ("says", "repeats", "keys")] == ["says", "repeats", "keys"]
    assert 2400 <= played.at("repeats") <= 2400 + LATE


async def test_the_guest_acts_while_words_are_being_spoken_here_or_at_another_telephone() -> None:
    spoken = [(400, "For a room press one."), (2000, "With a guest on the line.")]
    played = await play(
        lambda ms: ms > 500,
        Amid("press one"),
        Keys("1"),
        Amid("+12 with a guest", at="+12"),
        Keys("2"),
        spoken=spoken,
    )
    first, second = (at for kind, at in played.acts if kind == "keys")
    assert 400 <= first <= 400 + LATE
    assert 2000 <= second <= 2000 + LATE


async def test_words_that_are_not_spoken_at_another_telephone_are_a_complaint() -> None:
    played = await play(lambda ms: False, Amid("guest", at="+12"), ends_at=60_000)
    assert played.complaint == "step 1: 'guest' was not heard at +12 in time"


async def test_the_guest_hangs_up_some_time_into_what_the_agent_says_next() -> None:
    played = await play(lambda ms: 1000 < ms <= 6000, HangUp(after_ms=1500))
    assert 2500 <= played.at("hangs_up") <= 2500 + LATE
    assert played.hung_up


async def test_the_same_words_are_not_heard_twice() -> None:
    played = await play(
        lambda ms: ms <= 500, Hear("hello"), Hear("hello"), Keys("1"), spoken=[(0, "hello")], ends_at=60_000
    )
    assert played.complaint == "step 2: 'hello' was not heard in time"
    assert played.hung_up


async def test_texts_are_written_and_waited_for() -> None:
    played = await play(lambda ms: False, Text("STOP"), Texted("code is"), Keys("1"), spoken=[(900, "Your code is 12")])
    assert played.texted == ["STOP"]
    assert played.at("keys") >= 900


async def test_a_text_that_does_not_come_is_a_complaint() -> None:
    played = await play(lambda ms: False, Texted("code"), ends_at=60_000)
    assert played.complaint == "step 1: no text with 'code' came in time"


async def test_nobody_ending_the_call_after_the_last_step_is_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.callers.actor.LAST_WAIT_S", 2.0)
    played = await play(lambda ms: ms <= 500, Say("hello"))
    assert "nobody ended the call" in played.complaint
    assert played.hung_up


def test_the_scenes_wait_for_the_agent_before_every_line() -> None:
    """A guest who talks on without listening tests nothing of turn taking."""
    for name in script.names():
        steps = script.load(name).steps
        for before, step in pairwise(steps):
            assert not (isinstance(before, Say) and isinstance(step, Say)), name
