"""Calls as OpenTelemetry traces, where TRACES names a collector; without it none of this is loaded.

A call is one trace: its session set-up, each engine's way to readiness, each turn and each tool are spans in it. It is
told what passes, like `Stages`, and says nothing of any person: no number, no word, no argument.
The packages are those of requirements/tracing.txt, which are not installed by default.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from relay import caller, messages, realtime
from relay.errors import ConfigError
from relay.functions import FetchSession, RunTool, Session, SessionRefused, ToolAnswer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

EXPORT_TIMEOUT_S = 3.0
LOOK_S = 0.01  # whether what was left is out
MOST_OPEN = 100  # spans of one call; a peer that begins things without end begins no more


class Tracing:
    """One for the process. Spans leave in batches, on a thread of their own, from a queue that is bounded."""

    def __init__(self, exporter: SpanExporter, engines: Sequence[str]) -> None:
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        self._provider = TracerProvider(resource=Resource({SERVICE_NAME: "nightdesk-relay"}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, export_timeout_millis=EXPORT_TIMEOUT_S * 1000))
        self._tracer = self._provider.get_tracer("relay")
        self._engines = engines

    def call(self) -> CallTrace:
        return CallTrace(self._tracer, self._engines)

    async def stop(self, deadline_s: float) -> None:
        """Send what is left; what is not out by then stays behind. Exporting blocks, so it has a thread to itself.

        The thread is watched, and calls nobody back: it may outlive the loop, which is then closed.
        """
        give_up_s = time.monotonic() + deadline_s
        thread = threading.Thread(
            target=self._provider.force_flush, args=(int(deadline_s * 1000),), name="traces", daemon=True
        )
        thread.start()
        while thread.is_alive():
            if time.monotonic() >= give_up_s:
                return
            await asyncio.sleep(LOOK_S)
        self._provider.shutdown()


def to_collector(url: str, engines: Sequence[str]) -> Tracing:
    """Over OTLP/HTTP. Raises ConfigError when the packages for it are not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # type: ignore[import-not-found,unused-ignore]
            OTLPSpanExporter,
        )
    except ImportError:
        raise ConfigError("TRACES", "needs the packages of requirements/tracing.txt; they are not installed") from None
    return Tracing(OTLPSpanExporter(f"{url}/v1/traces", timeout=EXPORT_TIMEOUT_S), engines)


class CallTrace:
    """Show it what passes with `see`; once the call has finished it is closed for good."""

    def __init__(self, tracer: Any, engines: Sequence[str]) -> None:
        self._tracer = tracer
        self._engines = engines
        self._call: Span | None = None
        self._open: dict[tuple[str, object], Span] = {}

    def see(self, passing: Any) -> None:
        if (seen := SEEN.get(type(passing))) is not None:
            seen(self, passing)

    # --- spans ---

    def _begin(self, name: str, key: object, **attributes: Any) -> None:
        from opentelemetry.trace import set_span_in_context

        if self._call is not None and len(self._open) < MOST_OPEN and (name, key) not in self._open:
            context = set_span_in_context(self._call)
            self._open[name, key] = self._tracer.start_span(name, context, attributes=attributes)

    def _end(self, name: str, key: object, problem: str = "", **attributes: Any) -> None:
        span = self._open.pop((name, key), None)
        if span is not None:
            span.set_attributes(attributes)
            self._close(span, problem)

    def _close(self, span: Span, problem: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        if problem:
            span.set_status(Status(StatusCode.ERROR, problem))
        span.end()

    # --- what is seen ---

    def _on_start(self, _: caller.Start) -> None:
        if self._call is None:
            self._call = self._tracer.start_span("call")

    def _on_session(self, session: Session) -> None:
        self._end("session", session.dialect)
        if self._call is not None:
            who = {"session_id": session.session_id, "property_id": session.property_id}
            self._call.set_attributes({**who, "attempt": session.attempt, "channel": session.channel})

    def _on_tool_answer(self, answer: ToolAnswer) -> None:
        code = "" if answer.ok else str(answer.error.get("code", "failed"))
        self._end("tool", answer.tool_call_id, code, ok=answer.ok, replayed=answer.replayed)

    def _on_hang_up(self, end: messages.HangUp) -> None:
        if self._call is not None:
            self._call.set_attributes({"reason": end.reason, "close_code": end.code})

    def _on_finish(self, _: messages.Finish) -> None:
        for span in self._open.values():
            self._close(span, "not ended")
        self._open.clear()
        if self._call is not None:
            self._call.end()

    def _on_open_engine(self, m: messages.OpenEngine) -> None:
        self._begin("engine connect", m.line, engine=self._engines[m.engine])


SEEN: dict[type, Callable[[CallTrace, Any], None]] = {
    caller.Start: CallTrace._on_start,
    FetchSession: lambda trace, m: trace._begin("session", m.dialect, dialect=m.dialect),
    Session: CallTrace._on_session,
    SessionRefused: lambda trace, m: trace._end("session", m.dialect, m.code),
    messages.OpenEngine: CallTrace._on_open_engine,
    messages.EngineReady: lambda trace, m: trace._end("engine connect", m.line),
    messages.EngineLost: lambda trace, m: trace._end("engine connect", m.line, m.problem),
    messages.CloseEngine: lambda trace, m: trace._end("engine connect", m.line, "given up"),
    RunTool: lambda trace, m: trace._begin("tool", m.tool_call_id, tool=m.name, turn=m.turn),
    ToolAnswer: CallTrace._on_tool_answer,
    realtime.SpeechStarted: lambda trace, m: trace._begin("turn", m.item_id, role="user"),
    realtime.Committed: lambda trace, m: trace._end("turn", m.item_id),
    realtime.ResponseCreated: lambda trace, m: trace._begin("turn", m.response_id, role="assistant"),
    realtime.ResponseDone: lambda trace, m: trace._end("turn", m.response_id, m.error_code, status=m.status),
    messages.HangUp: CallTrace._on_hang_up,
    messages.Finish: CallTrace._on_finish,
}
