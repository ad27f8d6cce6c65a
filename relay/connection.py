"""The engine connection as the talk sees it: whether it is up, which one it is, and whether to give it up. Pure."""

from __future__ import annotations

from dataclasses import dataclass

REFUSALS_BEFORE_SWITCH = 2
# With these, trying the same engine again cannot help.
FATAL_CODES = frozenset(
    {"invalid_api_key", "insufficient_quota", "model_not_found", "beta_api_shape_disabled", "account_deactivated"}
)


@dataclass(slots=True)
class EngineTrouble:
    problem: str
    fatal: bool


class Connection:
    def __init__(self) -> None:
        self.is_up = False  # the engine is configured and knows the conversation
        self.number = 0  # items and calls are known to the connection that made them, and to no other
        self.trouble: EngineTrouble | None = None  # why another engine is needed
        self._refusals = 0

    def lost(self) -> None:
        self.is_up = False
        self.number += 1
        self.trouble = None
        self._refusals = 0

    def ends_with(self, code: str) -> bool:
        """Take an error's code. Returns whether it is the connection's end; then there is trouble."""
        if code not in FATAL_CODES and code != "session_expired":
            return False
        self.trouble = EngineTrouble(code, code in FATAL_CODES)
        return True

    def never_answered(self) -> None:
        self.trouble = EngineTrouble("response never began", fatal=False)

    def response_refused(self, code: str) -> None:
        """A response was refused, or failed: once is forgiven."""
        self._refusals += 1
        if code in FATAL_CODES or self._refusals >= REFUSALS_BEFORE_SWITCH:
            self.trouble = EngineTrouble(code or "response failed", code in FATAL_CODES)

    def response_succeeded(self) -> None:
        self._refusals = 0
