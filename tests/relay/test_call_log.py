"""What an operator reads of a call: what went wrong by its severity, and all lines of one call by its session."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.relay import house
from tests.relay.fake_functions import SESSION_ID
from tests.relay.house import until
from tests.relay.phone import phone


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, dict[str, Any]]]:
    """Severity, line and fields."""
    ours = [record for record in caplog.records if record.name == "relay"]
    return [(record.levelname, record.getMessage(), record.__dict__.get("fields", {})) for record in ours]


async def test_what_went_wrong_is_a_warning_and_nothing_else_is(caplog: pytest.LogCaptureFixture) -> None:
    """Who filters by severity, or logs warnings alone, is to hear of an engine that was lost."""
    caplog.set_level(logging.INFO, "relay")
    async with house.running(engines=2) as home, phone(home.port) as line:
        await line.start()
        engine = await home.engine.connection()
        await until(lambda: home.functions.turns)
        await engine.error("odd", "Something odd.", {})
        await engine.socket.close()
        await until(lambda: "engine.switched" in home.functions.event_types())
        await line.hang_up()
    told = lines(caplog)
    assert {"! engine error", "! engine closed", "! engine lost"} <= {message for _, message, _ in told}
    assert {level for level, message, _ in told if message.startswith("!")} == {"WARNING"}
    assert {level for level, message, _ in told if not message.startswith("!")} == {"INFO"}


async def test_a_line_says_which_stream_is_which_session(caplog: pytest.LogCaptureFixture) -> None:
    """Those before it know the stream alone, those behind it the session."""
    caplog.set_level(logging.INFO, "relay")
    async with house.running() as home, phone(home.port) as line:
        await line.start()
        await home.engine.connection()
        await line.hang_up()
    told = [fields for _, message, fields in lines(caplog) if message == "< tools session"]
    assert [(fields["stream_sid"], fields["session_id"], fields["attempt"]) for fields in told] == [
        ("MZ1", SESSION_ID, 1)
    ]
