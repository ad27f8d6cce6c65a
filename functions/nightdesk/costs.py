"""What an engine's work costs. Pure. Source: OpenAI's model pages, second half of 2026, and the shape of `usage`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KINDS = ("text_in", "text_cached_in", "text_out", "audio_in", "audio_cached_in", "audio_out")


def _row(*prices: float) -> dict[str, float]:
    return dict(zip(_KINDS, prices, strict=True))


# US dollars per million tokens, and `minute`: per minute of session, silence included. A model that is not here, such
# as the offline engine, costs nothing, and so does a kind that a row lacks.
PRICES: dict[str, dict[str, float]] = {
    "gpt-realtime-2.1": _row(4, 0.4, 24, 32, 0.4, 64),
    "gpt-realtime-2.1-mini": _row(0.6, 0.06, 2.4, 10, 0.3, 20),
    "gpt-realtime-2": _row(4, 0.4, 24, 32, 0.4, 64),
    "gpt-realtime-1.5": _row(4, 0.4, 16, 32, 0.4, 64),
    "gpt-realtime": _row(4, 0.4, 16, 32, 0.4, 64),
    "gpt-realtime-2025-08-28": _row(4, 0.4, 16, 32, 0.4, 64),
    "gpt-live-1": {"minute": 0.05},
    "gpt-4o-mini-transcribe": {"text_in": 1.25, "text_out": 5, "audio_in": 1.25},
    "gpt-5.6-terra": {"text_in": 2, "text_cached_in": 0.2, "text_out": 12},
    "gpt-5.6-luna": {"text_in": 0.2, "text_cached_in": 0.02, "text_out": 1.2},
}


def usd(usage: Mapping[str, Any], model: str) -> float:
    """The price of a stream's usage. Cached tokens are included in the input counts; without details they are text.

    `transcription` of it, billed apart, has a usage for each model that wrote down what the caller said.
    """
    price = PRICES.get(model)
    if price is None:
        return 0.0
    given = _counts(usage, "input_token_details") or _text(usage, "input")
    cached = _counts(given, "cached_tokens_details") or {"text_tokens": given.get("cached_tokens", 0)}
    made = _counts(usage, "output_token_details") or _text(usage, "output")
    micro = (usage.get("seconds") or 0) / 60 * price.get("minute", 0) * 1_000_000
    for kind in ("text", "audio"):
        tokens, from_cache = given.get(f"{kind}_tokens") or 0, cached.get(f"{kind}_tokens") or 0
        fresh = max(tokens - from_cache, 0)
        micro += fresh * price.get(f"{kind}_in", 0) + from_cache * price.get(f"{kind}_cached_in", 0)
        micro += (made.get(f"{kind}_tokens") or 0) * price.get(f"{kind}_out", 0)
    transcribed = sum(usd(used, by) for by, used in _counts(usage, "transcription").items())
    return round(micro / 1_000_000 + transcribed, 6)


def of_stream(report: Mapping[str, Any]) -> float:
    """The price of one stream, from the payload of its stream.ended. Each model's work has its own price."""
    by_model = _counts(report, "usage_by_model") or {str(report.get("model", "")): report.get("usage") or {}}
    return round(sum(usd(usage, model) for model, usage in by_model.items()), 6)


def summed(usages: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Usages added up, field by field, at every depth."""
    total: dict[str, Any] = {}
    for usage in usages:
        for name, value in usage.items():
            if isinstance(value, Mapping):
                total[name] = summed([total.get(name, {}), value])
            elif isinstance(value, int | float):
                total[name] = total.get(name, 0) + value
    return total


def _text(usage: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    """The Responses API counts text alone, under names of its own. Source: OpenAI Responses, `usage`."""
    details = _counts(usage, f"{side}_tokens_details")
    return {"text_tokens": usage.get(f"{side}_tokens"), "cached_tokens": details.get("cached_tokens") or 0}


def _counts(usage: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Any part of a usage may be null."""
    found = usage.get(name)
    return found if isinstance(found, Mapping) else {}
