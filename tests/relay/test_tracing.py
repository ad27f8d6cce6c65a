"""A call as a trace, and a relay that loads nothing for it unless it is told to."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from relay import messages as msg
from relay import realtime, tracing
from relay.errors import ConfigError
from relay.functions import FetchSession, RunTool, ToolAnswer
from relay.tracing import Tracing
from tests.relay import house
from tests.relay.fake_responses import CallTool, Say
from tests.relay.house import until
from tests.relay.phone import call
from tests.relay.stage import START, session

ROOT = Path(__file__).parent.parent.parent


def spans_of(exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    return list(exporter.get_finished_spans())


def told(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def test_a_real_call_is_one_trace_of_its_steps() -> None:
    exporter = InMemorySpanExporter()
    async with house.running() as home:
        home.relay.house.tracing = Tracing(exporter, ["engine-0"])
        asks = CallTool("check_availability", '{"adults":2}')
        home.engine.replies.extend([(Say("Good evening.", 200),), (asks,), (Say("There is one.", 200),)])
        async with call(home.port) as line:
            engine = await home.engine.connection()
            await until(lambda: len(home.functions.turns) == 1)
            await engine.hear("A room for two, my number is 555 0142")
            await until(lambda: len(home.functions.turns) == 3)
            await line.hang_up()
        await until(lambda: not home.relay.house.bridges)
        home.relay.house.tracing._provider.force_flush()
    spans = spans_of(exporter)
    (whole,) = [span for span in spans if span.name == "call"]
    assert told(whole) == {
        "session_id": home.functions.session["session_id"],
        "property_id": "west-bethel-motel",
        "attempt": 1,
        "channel": "voice",
        "reason": "stopped",
        "close_code": 1000,
    }
    assert len({span.context.trace_id for span in spans if span.context}) == 1
    assert all(span.parent is not None and span.parent == whole.context for span in spans if span is not whole)
    names = [span.name for span in spans]
    assert {"session", "engine connect", "turn", "tool"} <= set(names)
    assert [told(span)["engine"] for span in spans if span.name == "engine connect"] == ["engine-0"]
    (tool,) = [span for span in spans if span.name == "tool"]
    assert (told(tool)["tool"], told(tool)["ok"]) == ("check_availability", True)
    assert [told(span)["role"] for span in spans if span.name == "turn"].count("user") == 1
    assert all(span.status.status_code is not StatusCode.ERROR for span in spans)
    assert "0142" not in str([(span.name, told(span), span.status.description) for span in spans])


def test_what_fails_says_so_and_what_never_ends_is_closed_with_the_call() -> None:
    exporter = InMemorySpanExporter()
    traced = Tracing(exporter, ["first", "second"])
    trace = traced.call()
    for passing in (
        START,
        FetchSession("token", "CA1", "MZ1"),
        session(),
        msg.OpenEngine(0, 0),
        msg.EngineLost(0, "closed 1006"),
        msg.OpenEngine(1, 1),
        msg.EngineReady(1),
        RunTool("c1", "search_kb", {}, 1),
        ToolAnswer("c1", ok=False, error={"code": "not_known", "message": "a secret"}),
        RunTool("c2", "search_kb", {}, 1),
        realtime.SpeechStarted("u1", 0),
        msg.HangUp(1011, "no_media"),
        msg.Finish(),
    ):
        trace.see(passing)
    traced._provider.force_flush()
    ends = [(span.name, span.status.description) for span in spans_of(exporter)]
    assert ends == [
        ("session", None),
        ("engine connect", "closed 1006"),
        ("engine connect", None),
        ("tool", "not_known"),
        ("tool", "not ended"),
        ("turn", "not ended"),
        ("call", None),
    ]


def test_a_peer_that_begins_things_without_end_begins_no_more() -> None:
    trace = Tracing(InMemorySpanExporter(), []).call()
    trace.see(START)
    for n in range(10_000):
        trace.see(realtime.SpeechStarted(f"u{n}", 0))
    assert len(trace._open) == tracing.MOST_OPEN


class Stuck(SpanExporter):
    """A collector that does not answer before it is `released`."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def export(self, spans: Any) -> SpanExportResult:
        self.released.wait(30)
        return SpanExportResult.FAILURE


def traced_by(exporter: SpanExporter) -> Tracing:
    """With one call that is over."""
    traced = Tracing(exporter, [])
    trace = traced.call()
    trace.see(START)
    trace.see(msg.Finish())
    return traced


async def test_a_collector_that_is_stuck_holds_nobody_up() -> None:
    await traced_by(Stuck()).stop(0.2)


async def test_what_is_left_is_out_before_the_end_and_nothing_comes_after_it() -> None:
    exporter = InMemorySpanExporter()
    await traced_by(exporter).stop(30)
    assert [span.name for span in spans_of(exporter)] == ["call"]
    assert exporter.export(spans_of(exporter)) is SpanExportResult.FAILURE, "it was shut down"


def test_a_collector_that_answers_after_the_loop_was_closed_meets_no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    problems: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", problems.append)
    exporter = Stuck()
    traced = traced_by(exporter)
    before = set(threading.enumerate())
    asyncio.run(traced.stop(0.05))
    (thread,) = [each for each in set(threading.enumerate()) - before if each.name == "traces"]
    exporter.released.set()
    thread.join(30)
    assert not thread.is_alive()
    assert problems == []


def test_without_the_setting_nothing_of_it_is_loaded() -> None:
    code = "import sys, relay.app; print([name for name in sys.modules if name.startswith('opentelemetry')])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_without_the_packages_the_start_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(ConfigError, match=r"TRACES: .*requirements/tracing\.txt"):
        tracing.to_collector("http://127.0.0.1:4318", [])
