"""What is left of a call's limits for the stream that asks."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from nightdesk import costs, limits
from nightdesk.conversation import Session, Stream, Turn
from nightdesk.hotel.model import Limits

from .conftest import CALL_SID, CALLED, CALLER, SESSION_ID
from .test_costs import USAGE

START = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
HOUSE = Limits(call_s=600, budget_usd=0.5, turns=20)


@pytest.fixture
def session() -> Session:
    return Session(SESSION_ID, "west-bethel-motel", "voice", "inbound", "en", CALL_SID, CALLER, CALLED, "A", START)


def turn(attempt: int, number: int, role: str = "user") -> Turn:
    return Turn(attempt, number, "user" if role == "user" else "assistant", "words", START)


def test_the_first_stream_has_everything(session: Session) -> None:
    given = limits.left(HOUSE, session, [turn(1, 1)], START + timedelta(seconds=5))
    assert (given["call_s"], given["turns"], given["budget_usd"]) == (600, 20, 0.5)
    assert given["prices"] == costs.PRICES


def test_a_later_stream_has_what_the_earlier_ones_left(session: Session) -> None:
    report = {"usage": USAGE, "model": "gpt-realtime-2.1"}
    session = replace(session, attempt=2, streams=(Stream(1, "MZ1", ended=report), Stream(2, "MZ2")))
    turns = [turn(1, 1), turn(1, 2, "assistant"), turn(1, 3), turn(2, 1)]
    given = limits.left(HOUSE, session, turns, START + timedelta(seconds=200))
    assert (given["call_s"], given["turns"], given["budget_usd"]) == (400, 18, round(0.5 - 0.023603, 6))


def test_nothing_is_left_below_nothing(session: Session) -> None:
    report = {"usage_by_model": {"gpt-live-1": {"seconds": 6000}}}
    session = replace(session, attempt=2, streams=(Stream(1, "MZ1", ended=report),))
    turns = [turn(1, n) for n in range(30)]
    given = limits.left(HOUSE, session, turns, START + timedelta(hours=1))
    assert (given["call_s"], given["turns"], given["budget_usd"]) == (0, 0, 0.0)
