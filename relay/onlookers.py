"""Who looks on at what passes in one call: its log, the times of its stages, its trace. They change nothing."""

from __future__ import annotations

from relay.call_log import CallLog
from relay.log_lines import LINES
from relay.stages import SEEN, Stages
from relay.tracing import CallTrace


class Onlookers:
    """The caller's audio is not shown to them."""

    def __init__(self, log: CallLog, stages: Stages, trace: CallTrace | None) -> None:
        self._log = log
        self._stages = stages
        self._trace = trace

    def see(self, passing: object, now_ms: int) -> None:
        kind = type(passing)
        if kind in LINES:
            self._log.message(passing)
        if kind in SEEN:
            self._stages.see(passing, now_ms)
        if self._trace is not None:
            self._trace.see(passing)
