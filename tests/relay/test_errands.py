"""What a call asks of functions beside its audio: turns in particular, each after what was posted of it before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from relay import messages as msg
from relay.errands import Errands
from relay.functions import PostTurn, TurnAnswer
from tests.relay.house import until
from tests.relay.stage import session


class SlowFunctions:
    """Takes turns down when it is let, in the order in which they came to it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.stored: list[str] = []
        self.may_answer: dict[str, asyncio.Event] = {}

    async def turn(self, session_id: str, attempt: int, turn: PostTurn) -> TurnAnswer:
        self.asked.append(turn.text)
        await self.may_answer.setdefault(turn.text, asyncio.Event()).wait()
        self.stored.append(turn.text)
        return TurnAnswer()

    def answer(self, text: str) -> None:
        self.may_answer.setdefault(text, asyncio.Event()).set()


def errands(functions: Any, handle: Callable[[msg.Event], None] = lambda _: None) -> Errands:
    def bug(error: BaseException) -> None:
        raise error

    no_clips: Any = None
    return Errands(functions, no_clips, handle=handle, on_session=lambda _: None, on_bug=bug)


async def test_a_turn_that_is_posted_again_comes_after_what_was_posted_of_it_before() -> None:
    functions = SlowFunctions()
    ours = errands(functions)
    for text in ("my card is", "my card is mine"):
        ours.post_turn(session(), PostTurn(2, "user", text, "item_1", 0))
    ours.post_turn(session(), PostTurn(3, "assistant", "another turn", "item_2", 0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert functions.asked == ["my card is", "another turn"], "others wait for nothing"
    functions.answer("my card is mine")
    functions.answer("another turn")
    functions.answer("my card is")
    await ours.finish(5)
    assert functions.stored[-1] == "my card is mine"
    assert not ours._turn_posts


async def test_an_answer_that_asks_for_nothing_is_no_event_of_the_call() -> None:
    class Functions:
        async def turn(self, session_id: str, attempt: int, turn: PostTurn) -> TurnAnswer:
            return TurnAnswer(note=turn.text)

    handled: list[msg.Event] = []
    ours = errands(Functions(), handled.append)
    for turn, note in enumerate(("", "Mind the step.", "")):
        ours.post_turn(session(), PostTurn(turn, "user", note, f"item_{turn}", 0))
    await ours.finish(5)
    assert handled == [TurnAnswer(note="Mind the step.")]


async def test_a_turn_that_is_given_up_at_the_end_is_lost_but_not_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    functions = SlowFunctions()
    ours = errands(functions)
    ours.post_turn(session(), PostTurn(2, "user", "a room", "item_1", 0))
    ours.post_turn(session(), PostTurn(3, "assistant", "for tonight?", "item_2", 0))
    functions.answer("a room")
    await ours.finish(0.05)
    await until(lambda: not ours._turn_posts)
    [lost] = [record.__dict__["fields"] for record in caplog.records if record.getMessage() == "! turn not stored"]
    assert (lost["session_id"], lost["turn"]) == (session().session_id, 3)
    assert "tonight" not in caplog.text
