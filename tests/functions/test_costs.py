import pytest
from nightdesk import costs

# Source: the worked example of the Realtime API's usage with the prices of gpt-realtime-2.1.
USAGE = {
    "total_tokens": 2120,
    "input_tokens": 1820,
    "output_tokens": 300,
    "input_token_details": {
        "text_tokens": 1400,
        "audio_tokens": 420,
        "image_tokens": 0,
        "cached_tokens": 1408,
        "cached_tokens_details": {"text_tokens": 1152, "audio_tokens": 256, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 60, "audio_tokens": 240},
}


def test_the_known_example() -> None:
    assert costs.usd(USAGE, "gpt-realtime-2.1") == 0.023603


@pytest.mark.parametrize("model", ["gpt-realtime-2", "gpt-realtime-1.5", "gpt-realtime", "gpt-realtime-2025-08-28"])
def test_every_realtime_model_that_is_served_has_a_price_so_that_a_budget_is_kept(model: str) -> None:
    """Source: OpenAI's model pages; text out costs 24 dollars a million with `gpt-realtime-2`, 16 with those before."""
    assert costs.usd(USAGE, model) == (0.023603 if model == "gpt-realtime-2" else 0.023123)


def test_an_engine_without_a_price_costs_nothing() -> None:
    assert costs.usd(USAGE, "") == 0.0


@pytest.mark.parametrize("usage", [{}, {"input_token_details": None, "output_token_details": None}])
def test_any_part_of_a_usage_may_be_missing(usage: dict[str, object]) -> None:
    assert costs.usd(usage, "gpt-realtime-2.1") == 0.0


def test_cached_tokens_without_details_are_text() -> None:
    usage = {"input_token_details": {"text_tokens": 1_000_000, "cached_tokens": 1_000_000}}
    assert costs.usd(usage, "gpt-realtime-2.1") == 0.4


def test_usages_add_up_at_every_depth() -> None:
    total = costs.summed([USAGE, {}, USAGE, {"total_tokens": None}])
    assert total["total_tokens"] == 4240
    assert total["input_token_details"]["cached_tokens_details"]["audio_tokens"] == 512
    assert costs.usd(total, "gpt-realtime-2.1") == pytest.approx(2 * 0.023603, abs=1e-6)


def test_a_session_that_is_paid_by_time() -> None:
    assert costs.usd({"seconds": 184.2}, "gpt-live-1") == pytest.approx(0.1535)


def test_the_responses_api_counts_text_under_names_of_its_own() -> None:
    usage = {"input_tokens": 6000, "input_tokens_details": {"cached_tokens": 3000}, "output_tokens": 200}
    assert costs.usd(usage, "gpt-5.6-terra") == pytest.approx(0.009)


def test_what_the_caller_said_is_written_down_at_the_price_of_its_own_model() -> None:
    """Source: the model's page; a minute of speech is 600 tokens of audio."""
    used = {"input_token_details": {"audio_tokens": 1200, "text_tokens": 0}, "output_tokens": 300}
    usage = {**USAGE, "transcription": {"gpt-4o-mini-transcribe": used}}
    assert costs.usd(usage, "gpt-realtime-2.1") == pytest.approx(0.026603)
    assert costs.usd(usage, "offline") == 0.0, "the offline engine writes it down itself"


def test_a_stream_is_priced_model_by_model() -> None:
    by_model = {"gpt-live-1": {"seconds": 60}, "gpt-realtime-2.1": USAGE, "": USAGE}
    report = {"usage": {"seconds": 60}, "model": "gpt-live-1", "usage_by_model": by_model}
    assert costs.of_stream(report) == pytest.approx(0.05 + 0.023603)


def test_a_stream_that_names_one_model_is_priced_by_it() -> None:
    assert costs.of_stream({"usage": USAGE, "model": "gpt-realtime-2.1"}) == 0.023603
    assert costs.of_stream({}) == 0.0
