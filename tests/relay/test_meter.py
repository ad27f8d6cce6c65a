"""What engines have used and what it costs: the same figures as functions come to in the end."""

from __future__ import annotations

import pytest

from relay.limits import Limits, read_limits
from relay.meter import Meter
from tests.relay import golden

PRICES = read_limits(golden.answer("session_answer")[1]["limits"]).prices
STREAM = golden.body("functions", "event_stream_ended")["stream"]
REALTIME = "gpt-realtime-2.1"


def test_the_known_example() -> None:
    """`tests/functions/test_costs.py` prices the same usage at the same figure."""
    meter = Meter()
    meter.begins(REALTIME)
    meter.add(STREAM["usage"])
    assert meter.cost_usd(PRICES) == pytest.approx(0.0236032)
    assert meter.by_model == STREAM["usage_by_model"]


def test_responses_add_up() -> None:
    meter = Meter()
    meter.begins(REALTIME)
    for _ in range(3):
        meter.add(STREAM["usage"])
    assert meter.cost_usd(PRICES) == pytest.approx(3 * 0.0236032)


def test_each_engine_is_priced_as_itself() -> None:
    meter = Meter()
    meter.begins(REALTIME)
    meter.add(STREAM["usage"])
    meter.begins("offline")
    meter.add(STREAM["usage"])
    assert meter.cost_usd(PRICES) == pytest.approx(0.0236032)
    assert set(meter.by_model) == {REALTIME, "offline"}


HEARD = {"type": "tokens", "input_token_details": {"audio_tokens": 600, "text_tokens": 0}, "output_tokens": 150}


@pytest.mark.parametrize(("engine", "usd"), [(REALTIME, 0.003), ("offline", 0)])
def test_what_the_caller_said_is_written_down_at_the_price_of_its_own_model(engine: str, usd: float) -> None:
    """A minute of speech. Functions come to the same: `test_costs.py`."""
    meter = Meter()
    meter.begins(engine)
    for _ in range(2):
        meter.add_transcription(HEARD, "gpt-4o-mini-transcribe")
    meter.add_transcription({}, "gpt-4o-mini-transcribe")
    meter.add_transcription(HEARD, "")
    assert meter.cost_usd(PRICES) == pytest.approx(usd)
    [transcribed] = meter.by_model[engine]["transcription"].items()
    assert transcribed == (
        "gpt-4o-mini-transcribe",
        {"input_token_details": {"audio_tokens": 1200, "text_tokens": 0}, "output_tokens": 300},
    )


def test_a_session_that_is_paid_by_time() -> None:
    meter = Meter()
    meter.begins("gpt-live-1")
    for seconds in (58, 0, 15.5):
        meter.add_seconds(seconds)
    meter.add_seconds(106.5, "gpt-live-1")
    assert meter.by_model == {"gpt-live-1": {"seconds": 180}}
    assert meter.cost_usd(PRICES) == pytest.approx(0.15)


def test_the_backend_of_a_live_session_has_its_own_price() -> None:
    meter = Meter()
    meter.begins("gpt-live-1")
    usage = {"input_tokens": 6000, "input_tokens_details": {"cached_tokens": 3000}, "output_tokens": 200}
    meter.add(usage, "gpt-5.6-terra")
    assert meter.cost_usd(PRICES) == pytest.approx(0.009)


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"input_token_details": None, "output_token_details": None, "total_tokens": None},
        {"input_token_details": {"audio_tokens": None, "cached_tokens_details": None}},
        {"input_token_details": 7, "seconds": True},
    ],
)
def test_any_part_of_a_usage_may_be_missing_or_strange(usage: dict[str, object]) -> None:
    meter = Meter()
    meter.begins(REALTIME)
    meter.add(usage)
    meter.add(usage)
    meter.add({"input_token_details": {"audio_tokens": 1_000_000}})
    meter.add(usage)
    assert meter.cost_usd(PRICES) == 32.0


def test_the_limits_are_read_as_functions_write_them() -> None:
    given = read_limits(golden.answer("session_answer_resumed")[1]["limits"])
    assert given == Limits(turns=119, budget_usd=3.0, prices=PRICES, hold_s=60, repeats=4, stale_turns=12)
    assert given.prices[REALTIME]["audio_out"] == 64


def test_limits_that_are_not_given_are_none() -> None:
    assert read_limits({}) == Limits()
    assert read_limits({"turns": 0, "budget_usd": 0}) == Limits(turns=0, budget_usd=0.0)


@pytest.mark.parametrize("given", [{"turns": "many"}, {"budget_usd": []}, {"hold_s": {}, "repeats": "x"}])
def test_a_limit_that_is_no_number_is_an_error(given: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        read_limits(given)
