"""What the engines of one stream have used, by model, and what that costs. Pure.

Sources: OpenAI Realtime, `usage` of response.done and, billed apart, of ...transcription.completed; OpenAI Live,
`usage.seconds`, a running total of the session; OpenAI Responses, `usage` of response.completed. Any part of a usage
may be null.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from relay.limits import Prices


class Meter:
    """`begins` with each engine; then `add` what it used, or `add_seconds` of a session that is paid by time."""

    def __init__(self) -> None:
        self.by_model: dict[str, dict[str, Any]] = {}
        self._model = ""

    def begins(self, model: str) -> None:
        """Another engine serves; what is used without a model's name is this one's."""
        self._model = model

    def add(self, usage: Mapping[str, Any], model: str = "") -> None:
        if usage:
            add(self.by_model.setdefault(model or self._model, {}), usage)

    def add_seconds(self, seconds: float, model: str = "") -> None:
        """That many more. The engine's own count is a running total; telling what is new is up to the talk."""
        self.add({"seconds": seconds} if seconds else {}, model)

    def add_transcription(self, usage: Mapping[str, Any], model: str) -> None:
        """What it took the engine to write down the caller's words, by a model beside its own."""
        if usage and model:
            self.add({"transcription": {model: usage}})

    def cost_usd(self, prices: Prices) -> float:
        """A model without a price costs nothing, and then so does what it has transcribed."""
        priced = [(usage, prices[model]) for model, usage in self.by_model.items() if model in prices]
        for usage, _ in list(priced):
            transcriptions = _group(usage, "transcription").items()
            priced += [(used, prices[model]) for model, used in transcriptions if model in prices]
        return sum(_usd(usage, price) for usage, price in priced)


def add(total: dict[str, Any], usage: Mapping[str, Any]) -> None:
    """Sum numbers group by group, at every depth."""
    for name, value in usage.items():
        if isinstance(value, Mapping):
            if not isinstance(total.get(name), dict):
                total[name] = {}
            add(total[name], value)
        elif isinstance(value, int | float) and not isinstance(value, bool) and not isinstance(total.get(name), dict):
            total[name] = total.get(name, 0) + value


def _usd(usage: Mapping[str, Any], price: Mapping[str, float]) -> float:
    """As `functions` will count it in the end. Cached tokens are included in the input counts."""
    given = _group(usage, "input_token_details") or _text(usage, "input")
    cached = _group(given, "cached_tokens_details") or {"text_tokens": given.get("cached_tokens", 0)}
    made = _group(usage, "output_token_details") or _text(usage, "output")
    millionths = 0.0
    for kind in ("text", "audio"):
        tokens, from_cache = given.get(f"{kind}_tokens") or 0, cached.get(f"{kind}_tokens") or 0
        millionths += max(tokens - from_cache, 0) * price.get(f"{kind}_in", 0)
        millionths += from_cache * price.get(f"{kind}_cached_in", 0)
        millionths += (made.get(f"{kind}_tokens") or 0) * price.get(f"{kind}_out", 0)
    return millionths / 1_000_000 + (usage.get("seconds") or 0) / 60 * price.get("minute", 0)


def _text(usage: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    """The Responses API counts text alone, under names of its own."""
    details = _group(usage, f"{side}_tokens_details")
    return {"text_tokens": usage.get(f"{side}_tokens"), "cached_tokens": details.get("cached_tokens") or 0}


def _group(usage: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = usage.get(name)
    return found if isinstance(found, Mapping) else {}
