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
