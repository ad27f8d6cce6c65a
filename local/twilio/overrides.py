"""Connection overrides: the fragment of a webhook URL (`#ct=2000&rp=5xx`) that tells Twilio how to connect. Pure.

The fragment is neither sent nor signed. Source: twilio.md 2.3 (keys, ranges, defaults); errors 11241 (edges) and 11243.
"""

import re
from dataclasses import dataclass
from urllib.parse import urldefrag

from local.twilio.errors import CallFailure
from local.twilio.reading import whole_number

_RANGES = {"ct": (100, 10000), "rt": (100, 15000), "tt": (100, 15000), "rc": (0, 5)}
_POLICIES = {"4xx", "5xx", "ct", "rt", "all"}
_EDGES = r"(ashburn|dublin|frankfurt|sao-paulo|singapore|sydney|tokyo|umatilla)(-ix)?"


@dataclass(frozen=True)
class Overrides:
    """How one webhook connects: milliseconds, number of retries, and what is retried."""

    connect_ms: int = 5000
    read_ms: int = 15000
    total_ms: int = 15000
    retries: int = 1
    retry_on: frozenset[str] = frozenset({"ct"})

    def retries_after(self, failure: str) -> bool:
        """`failure` is one of 4xx, 5xx, ct, rt."""
        return failure in self.retry_on or "all" in self.retry_on


def split(url: str) -> tuple[str, Overrides]:
    """The URL without its fragment, and what the fragment asks for. Raises CallFailure 11241 and 11243."""
    bare, fragment = urldefrag(url)
    if not fragment:
        return bare, Overrides()
    numbers: dict[str, int] = {}
    retry_on = frozenset({"ct"})
    for pair in fragment.split("&"):
        key, _, value = pair.partition("=")
        number = whole_number(value)
        if key in _RANGES and number is not None and _RANGES[key][0] <= number <= _RANGES[key][1]:
            numbers[key] = number
        elif key == "rp" and set(value.split(",")) <= _POLICIES:
            retry_on = frozenset(value.split(","))
        elif key == "e":
            if not re.fullmatch(rf"{_EDGES}(,{_EDGES})*", value):
                raise CallFailure(11241, pair, bare)
        elif not (key == "sni" and value in ("y", "n")):
            raise CallFailure(11243, pair, bare)
    return bare, Overrides(
        numbers.get("ct", 5000), numbers.get("rt", 15000), numbers.get("tt", 15000), numbers.get("rc", 1), retry_on
    )
