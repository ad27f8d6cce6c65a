"""The engine connection as the talk sees it: whether it is up, which one it is, and whether to give it up. Pure."""

from __future__ import annotations

from relay import faults
from relay.faults import Fault

REFUSALS_BEFORE_SWITCH = 2


class Connection:
    def __init__(self) -> None:
        self.is_up = False  # the engine is configured and knows the conversation
        self.number = 0  # items and calls are known to the connection that made them, and to no other
        self.trouble: Fault | None = None  # why another engine is needed
        self.is_spoilt = False  # it heard what it must not remember, and cannot forget: a fresh session is needed
        self._refusals = 0

    def lost(self) -> None:
        self.is_up = False
        self.number += 1
        self.trouble = None
        self.is_spoilt = False
        self._refusals = 0

    def ends_with(self, code: str) -> bool:
        """Take an error's code. Returns whether it is the connection's end; then there is trouble."""
        fault = faults.of_error(code)
        if fault is not None:
            self.trouble = fault
        return fault is not None

    def never_answered(self) -> None:
        self.trouble = Fault("silent", "response never began")

    def response_refused(self, code: str) -> None:
        """A response was refused, or failed: once is forgiven."""
        self._refusals += 1
        fault = faults.of_error(code)
        if fault is not None or self._refusals >= REFUSALS_BEFORE_SWITCH:
            self.trouble = fault or Fault("failing", code or "response failed")

    def response_succeeded(self) -> None:
        self._refusals = 0
