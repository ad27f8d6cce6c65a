"""A bug of ours ends the call that met it, and no other: once, and with its account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from relay import call
from relay import messages as msg
from relay.recording_writer import RecordingWriter
from tests.relay import house, phone
from tests.relay.fake_functions import OPENING
from tests.relay.fake_responses import Say
from tests.relay.house import House, until


def bug(*_: object) -> None:
    raise RuntimeError("a bug")


@asynccontextmanager
async def greeted(recordings: Path | None = None) -> AsyncIterator[tuple[House, phone.Phone]]:
    """A caller who was greeted; whoever makes bugs counts them."""
    async with house.running(recordings=recordings) as home, phone.call(home.port) as line:
        home.engine.replies.append((Say(OPENING, 200),))
        await home.engine.connection()
        await until(lambda: len(home.functions.turns) == 1)
        yield home, line
        await until(lambda: not home.relay.house.bridges)
        del home.relay.house.counts["bugs"]


async def test_the_call_is_given_back_and_its_end_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    async with greeted() as (home, line):
        monkeypatch.setitem(call._HANDLERS, msg.BadInput, bug)
        await line.socket.send("{nonsense")
        assert await line.wait_closed() == 1011
        await until(lambda: "stream.ended" in home.functions.event_types())
        assert home.count("bugs") == 1


async def test_what_was_being_said_is_stored_before_the_end_is_published(monkeypatch: pytest.MonkeyPatch) -> None:
    async with greeted() as (home, line):
        home.engine.replies.append((Say("a very long answer " * 20, 12_000),))
        await home.engine.connections[0].hear("Tell me everything.")
        await until(lambda: len(line.played) > 8 * 1000)
        monkeypatch.setitem(call._HANDLERS, msg.BadInput, bug)
        await line.socket.send("{nonsense")
        assert await line.wait_closed() == 1011
        await until(lambda: "stream.ended" in home.functions.event_types())
        assert [turn["turn"] for turn in home.functions.turns] == [1, 2, 3]


async def test_a_bug_in_a_rule_is_met_once_though_the_caller_does_not_answer_the_close(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with greeted() as (home, line):
        line.socket.transport.pause_reading()
        monkeypatch.setitem(call._HANDLERS, msg.Tick, bug)
        await home.engine.connections[0].hear("A room, please.")
        await until(lambda: "stream.ended" in home.functions.event_types())
        assert home.count("bugs") == 1


async def test_a_bug_where_the_recording_ends_is_counted_and_the_end_is_published_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with greeted(tmp_path) as (home, line):
        monkeypatch.setattr(RecordingWriter, "write", bug)
        await line.hang_up()
        await until(lambda: "stream.ended" in home.functions.event_types())
        assert home.count("bugs") == 1
