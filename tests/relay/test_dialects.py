"""What an engine's events say of its configuration, dialect by dialect."""

from __future__ import annotations

import pytest

from relay import live, realtime
from relay.dialects import CONFIGURE, DIALECTS, Ready
from relay.faults import Fault

LIVE, REALTIME = (DIALECTS[name].answer for name in ("live", "realtime"))


@pytest.mark.parametrize(
    ("event", "kind", "is_fatal"),
    [
        (live.EngineError("forbidden", "Voice 'nova' is not allowed.", CONFIGURE), "refused", True),
        (live.EngineError("unknown_parameter", "session.speed", CONFIGURE), "refused", True),
        (live.EngineError("", "Something without a code.", ""), "refused", False),
        (live.EngineError("credit_balance_exhausted", "", ""), "quota", True),
        (live.Closed("connection_lost", 0.0), "closed", False),
    ],
)
def test_whatever_a_live_engine_says_before_its_session_has_started_means_that_there_will_be_none(
    event: object, kind: str, is_fatal: bool
) -> None:
    """The next one is asked at once. Source: OpenAI GPT-Live reference, errors: any error before session.started."""
    fault = LIVE(event, None)
    assert isinstance(fault, Fault)
    assert (fault.kind, fault.is_fatal) == (kind, is_fatal)


def test_an_error_of_a_realtime_engine_is_data_unless_it_refuses_the_configuration_or_the_account() -> None:
    assert REALTIME(realtime.EngineError("invalid_value", "", "language"), None) is None
    assert isinstance(REALTIME(realtime.EngineError("invalid_value", "", CONFIGURE), None), Fault)
    assert isinstance(REALTIME(realtime.EngineError("insufficient_quota", "", ""), None), Fault)
    assert REALTIME(realtime.SessionCreated(), None) is None, "it has its own configuration still, not ours"
    assert isinstance(REALTIME(realtime.SessionUpdated(), None), Ready)
