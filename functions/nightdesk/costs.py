"""What an engine's work costs. Pure. Source: OpenAI's model pages, second half of 2026, and the shape of `usage`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KINDS = ("text_in", "text_cached_in", "text_out", "audio_in", "audio_cached_in", "audio_out")


def _row(*prices: float) -> dict[str, float]:
    return dict(zip(_KINDS, prices, strict=True))


# US dollars per million tokens. A model that is not here, such as the offline engine, costs nothing.
PRICES: dict[str, dict[str, float]] = {
    "gpt-realtime-2.1": _row(4, 0.4, 24, 32, 0.4, 64),
    "gpt-realtime-2.1-mini": _row(0.6, 0.06, 2.4, 10, 0.3, 20),
}


def usd(usage: Mapping[str, Any], model: str) -> float:
    """The price of a stream's usage. Cached tokens are included in the input counts; without details they are text."""
    price = PRICES.get(model)
    if price is None:
        return 0.0
    given = _counts(usage, "input_token_details")
    cached = _counts(given, "cached_tokens_details") or {"text_tokens": given.get("cached_tokens", 0)}
    made = _counts(usage, "output_token_details")
    micro = 0.0
    for kind in ("text", "audio"):
        tokens, from_cache = given.get(f"{kind}_tokens") or 0, cached.get(f"{kind}_tokens") or 0
        micro += max(tokens - from_cache, 0) * price[f"{kind}_in"] + from_cache * price[f"{kind}_cached_in"]
        micro += (made.get(f"{kind}_tokens") or 0) * price[f"{kind}_out"]
    return round(micro / 1_000_000, 6)


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


def _counts(usage: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Any part of a usage may be null."""
    found = usage.get(name)
    return found if isinstance(found, Mapping) else {}
