"""The shell around one `Call`: two sockets, the requests to functions, the recording, and nothing that decides.

Everything that happens comes through `handle`, which asks the call and does what it says. When the call is over the
bridge waits for what it had under way, closes both sockets and leaves nothing behind: no task, no timer, no entry.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from relay import caller, kiosk, log, realtime, sockets, stages
from relay import messages as msg
from relay.agent import CallSettings
from relay.call import Call
from relay.clients import Client
from relay.clips import Clips
from relay.engine_line import EngineLines
from relay.engines import Engines
from relay.errors import BadMessage
from relay.events import Publisher, envelope
from relay.functions_client import FunctionsClient
from relay.kiosk_screen import Screen
from relay.lines import LINES
from relay.pacer import Pacer, now_ms
from relay.phases import Phase
from relay.recording_writer import RecordingWriter
from relay.stages import Stages
from relay.stats import Stats
from relay.tap import TAPPED, Tap
from relay.tracing import Tracing

TURNS_BEFORE_THEN_S = 1.5
TASKS_AFTER_END_S = 3.0
RECORDING_AFTER_END_S = 2.0
SOCKETS_AFTER_END_S = 3.0
# Frames of the caller.
HEARD_AT_ONCE = 5
MOST_KINDS_LOGGED = 50


@dataclass(slots=True)
class House:
    """What all bridges share."""

    call_settings: CallSettings
    engines: Engines
    functions: FunctionsClient
    publisher: Publisher
    pacer: Pacer
    clips: Clips
    recordings: RecordingWriter | None
    counts: Counter[str] = field(default_factory=Counter)
    bridges: set[Bridge] = field(default_factory=set)
    tracing: Tracing | None = None
    stats: Stats = field(init=False)

    def __post_init__(self) -> None:
        self.stats = Stats((engine.name for engine in self.call_settings.engines), lambda: self.bridges)


class Bridge:
    """The listener of one caller's socket."""

    def __init__(self, house: House, client: Client, *, is_over_capacity: bool = False) -> None:
        self._house = house
        self._client = client
        self._read = client.read
        self._screen = client.screen
        self._call = Call(house.call_settings, now_ms=now_ms(), is_over_capacity=is_over_capacity)
        self._caller: sockets.Socket | None = None
        self._engines = EngineLines(house.engines, spawn=self._spawn, handle=self.handle, count=self.count)
        self._tap = Tap(house.recordings) if house.recordings is not None else None
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn_posts: set[asyncio.Task[None]] = set()
        self._winding_up: asyncio.Task[None] | None = None
        self._caller_closed = asyncio.Event()
        self._gone = asyncio.Event()
        self._logged: set[tuple[str, str]] = set()
        self._now = now_ms()
        self._heard: list[caller.Media] = []  # the engine has it; the call and the recording will
        self._heard_ms = 0  # when the last of it came
        self._sequence = 0  # the client's own count of its messages, of the latest that it told
        self._stages = Stages(house.stats.took)
        self._trace = house.tracing.call() if house.tracing is not None else None

    # --- the caller's socket ---

    def on_open(self, socket: sockets.Socket) -> None:
        self._caller = socket
        self._house.bridges.add(self)
        self._house.pacer.add(self._call, self._tick)
        self._house.counts["streams"] += 1
        self._house.stats.loop.wake()

    def on_text(self, data: memoryview) -> None:
        try:
            event = self._read(data)
        except BadMessage as bad:
            self._bad(bad.kind)
            return
        if type(event) is caller.Media:
            self._hear(event)
        elif type(event) is caller.Unknown:
            self.count(f"unknown_{self._client.wire}", event.event)
        else:
            self.handle(event)

    def on_binary(self, data: memoryview) -> None:
        try:
            self._hear(self._client.read_binary(data))
        except BadMessage as bad:
            self._bad(bad.kind)

    def _hear(self, media: caller.Media) -> None:
        """The short way of the caller's audio, 50 times a second: at once to the engine that listens.

        Nothing else is done with it before there are a few frames, or something else happens: that costs half as much.
        """
        if media.sequence < self._sequence:
            self.count(f"{self._client.wire}_out_of_order")
        self._sequence = media.sequence
        self._heard.append(media)
        self._heard_ms = now_ms()
        if self._call.engine_hears:
            self._engines.send(realtime.AppendAudio(media.payload))
            if len(self._heard) >= HEARD_AT_ONCE:
                self._catch_up()
        else:
            self._catch_up()

    def _catch_up(self) -> None:
        """Tell the call and the recording what was heard."""
        heard, self._heard = self._heard, []
        self._now = self._heard_ms
        try:
            if self._tap is not None:
                self._tap.hear(heard, self._heard_ms)
            if self._call.engine_hears:
                self._call.hear(heard, self._heard_ms)
            else:
                for media in heard:
                    self._carry_out_all(self._call.receive(media, self._heard_ms))
        except Exception as bug:
            self._on_bug(bug)

    def on_bad_frame(self, kind: str) -> None:
        self._bad(kind)

    def on_closed(self, code: int, reason: str) -> None:
        self._caller_closed.set()
        self.handle(msg.CallerGone())

    def _tick(self) -> None:
        self.handle(msg.Tick())

    # --- events in, messages out ---

    def handle(self, event: msg.Event) -> None:
        """Give one event to the call and do what it says. The one place where a bug of ours is caught."""
        if self._heard:
            self._catch_up()
        try:
            self._now = now_ms()
            if self._tap is not None and type(event) in TAPPED:
                self._tap.from_caller(event, self._now)
            if type(event) in LINES:
                self._log_line(event)
            self._see(event)
            messages = self._call.receive(event, self._now)
            if self._screen is not None:
                self._show(self._screen, event, messages)
            self._carry_out_all(messages)
        except Exception as bug:
            self._on_bug(bug)

    def _on_bug(self, bug: BaseException) -> None:
        """Ours, so it ends this call and no other; `stream-ended` takes the caller on."""
        log.logger.error("! bug", exc_info=bug, extra={"fields": self._whose()})
        self._house.counts["bugs"] += 1
        if self._caller is not None:
            self._caller.close(1011, "internal error")
        self._wind_up()

    def _carry_out_all(self, messages: list[msg.Message]) -> None:
        """What one event brings to the caller leaves together: audio and its mark."""
        if len(messages) < 2 or self._caller is None:
            for message in messages:
                self._carry_out(message)
            return
        self._caller.hold()
        try:
            for message in messages:
                self._carry_out(message)
        finally:
            self._caller.release()

    def _carry_out(self, message: msg.Message) -> None:
        if type(message) in LINES:
            self._log_line(message)
        self._see(message)
        action = _ACTIONS.get(type(message))
        if action is not None:
            action(self, message)
        else:
            self._engines.send(message)  # what is no action of ours is the engine's

    def _send_to_line(self, message: msg.ToLine) -> None:
        if type(message.message) in LINES:
            self._log_line(message.message)
        self._engines.send_to(message.line, message.message)

    def _see(self, passing: object) -> None:
        """What is measured of a call: by its events and messages alone."""
        if type(passing) in stages.SEEN:
            self._stages.see(passing, self._now)
        if self._trace is not None:
            self._trace.see(passing)

    def _send_to_caller(self, message: caller.ToCaller) -> None:
        if self._caller is not None:
            self._client.send(self._caller, message, self._call.stream_sid)
        if self._tap is not None:
            self._tap.to_caller(message, self._now)

    def _show(self, screen: Screen, event: msg.Event, messages: list[msg.Message]) -> None:
        if self._caller is not None:
            for shown in screen.watch(event, messages):
                self._caller.send(kiosk.write(shown))

    def _open_engine(self, wanted: msg.OpenEngine) -> None:
        self._engines.open(wanted.line, wanted.engine, self._call.session, self._call.callers_audio)

    def _publish(self, message: msg.Publish) -> None:
        if self._call.session is not None:
            self._house.publisher.publish(envelope(self._call.session, message, datetime.now(UTC)))

    def _hang_up(self, message: msg.HangUp) -> None:
        self._house.counts[f"ended_{message.reason}"] += 1
        if self._caller is not None:
            self._caller.close(message.code, message.reason)
        self._wind_up()

    def _start_turn_post(self, message: msg.PostTurn) -> None:
        post = self._spawn(self._post_turn(message))
        self._turn_posts.add(post)
        post.add_done_callback(self._turn_posts.discard)

    # --- functions ---

    async def _fetch_session(self, wanted: msg.FetchSession) -> None:
        session = await self._house.functions.session(wanted)
        if isinstance(session, msg.Session) and self._call.session is None:
            self._begin_recording(session)
        self.handle(session)

    def _begin_recording(self, session: msg.Session) -> None:
        if self._tap is not None and session.recording:
            self._tap.begin(session)
        else:
            self._tap = None

    def _set_recording(self, message: msg.SetRecording) -> None:
        if self._tap is not None:
            self._tap.switch(message.on, now_ms())

    def _silence_recording(self, message: msg.SilenceRecording) -> None:
        if self._tap is not None and (late_ms := self._tap.silence(message.from_ms, message.to_ms)):
            log.warn("! recording silenced too late", late_ms=late_ms, **self._whose())

    async def _fetch_clip(self, url: str) -> None:
        self.handle(msg.Clip(await self._house.clips.get(url)))

    async def _run_tool(self, call: msg.RunTool) -> None:
        session = self._session
        self.handle(await self._house.functions.tool(session.session_id, session.attempt, call))

    async def _ask_clerk(self, ask: msg.AskClerk) -> None:
        self.handle(await self._house.functions.clerk(self._session, ask))

    async def _post_turn(self, turn: msg.PostTurn) -> None:
        session = self._session
        turn = self._tap.on_timeline(turn) if self._tap is not None else turn
        self.handle(await self._house.functions.turn(session.session_id, session.attempt, turn))

    async def _post_then(self, then: msg.PostThen) -> None:
        """History is in the store before the stream may end."""
        if self._turn_posts:
            await asyncio.wait(self._turn_posts, timeout=TURNS_BEFORE_THEN_S)
        session = self._session
        self.handle(await self._house.functions.then(session.session_id, session.attempt, then))

    @property
    def _session(self) -> msg.Session:
        assert self._call.session is not None
        return self._call.session

    # --- the end ---

    def _wind_up(self) -> None:
        if self._winding_up is None:
            self._engines.close_all()
            if self._tap is not None:
                self._tap.end(now_ms())
            self._winding_up = asyncio.create_task(self._leave_nothing(), name="wind-up")

    async def _leave_nothing(self) -> None:
        """Wait for what is under way, publish the last event, and make sure that both sockets are gone."""
        try:
            if self._tasks:
                _, late = await asyncio.wait(self._tasks, timeout=TASKS_AFTER_END_S)
                for task in late:
                    task.cancel()
            if self._tap is not None:
                self._tap.close()
                await self._tap.stored(RECORDING_AFTER_END_S)
            if self._call.phase is Phase.OVER:
                self.handle(msg.Finish(self._tap.report() if self._tap is not None else None))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._caller_closed.wait(), SOCKETS_AFTER_END_S)
        finally:
            self._engines.abort()
            if self._caller is not None:
                self._caller.abort()
            self._house.pacer.remove(self._call)
            self._house.bridges.discard(self)
            self._gone.set()

    def cut(self) -> None:
        """The process has no more time: end this call now."""
        self.handle(msg.CallerGone())
        for task in self._tasks:
            task.cancel()

    async def gone(self) -> None:
        """Wait until nothing of this call is left."""
        await self._gone.wait()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._on_task_done)
        return task

    def _on_task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._on_bug(bug)

    # --- counting and logging ---

    def _bad(self, kind: str) -> None:
        self.count(f"bad_{self._client.wire}_{kind}")
        self.handle(msg.BadInput(kind))

    def count(self, kind: str, name: str = "") -> None:
        """Count it, and log it once per call. `name` is the peer's own word, so it is no counter."""
        self._house.counts[kind] += 1
        if (kind, name) not in self._logged and len(self._logged) < MOST_KINDS_LOGGED:
            self._logged.add((kind, name))
            log.warn("! bad message", kind=kind, name=name, **self._whose())

    def _log_line(self, message: object) -> None:
        line, fields = LINES[type(message)]
        log.info(line.format(caller=self._client.wire), **{**self._whose(), **fields(message)})

    def _whose(self) -> dict[str, str]:
        if self._call.session is not None:
            return {"session_id": self._call.session.session_id}
        return {"stream_sid": self._call.stream_sid}


_ACTIONS: dict[type, Callable[[Bridge, Any], object]] = {
    caller.SendMedia: Bridge._send_to_caller,
    caller.SendMark: Bridge._send_to_caller,
    caller.Clear: Bridge._send_to_caller,
    msg.FetchSession: lambda bridge, message: bridge._spawn(bridge._fetch_session(message)),
    msg.FetchClip: lambda bridge, m: bridge._spawn(bridge._fetch_clip(m.url)),
    msg.OpenEngine: lambda bridge, m: bridge._open_engine(m),
    msg.ToLine: Bridge._send_to_line,
    msg.UseEngine: lambda bridge, m: bridge._engines.use(m.line),
    msg.CloseEngine: lambda bridge, m: bridge._engines.close(m.line),
    msg.RunTool: lambda bridge, message: bridge._spawn(bridge._run_tool(message)),
    msg.AskClerk: lambda bridge, message: bridge._spawn(bridge._ask_clerk(message)),
    msg.PostTurn: Bridge._start_turn_post,
    msg.PostThen: lambda bridge, message: bridge._spawn(bridge._post_then(message)),
    msg.Publish: Bridge._publish,
    msg.SetRecording: Bridge._set_recording,
    msg.SilenceRecording: Bridge._silence_recording,
    msg.HangUp: Bridge._hang_up,
    msg.EngineServes: lambda bridge, message: bridge._house.stats.engines.served(message.engine),
    msg.EngineFailed: lambda bridge, message: bridge._house.stats.engines.failed(message.engine, now_ms()),
    msg.Log: lambda bridge, message: log.info(message.line, **bridge._whose(), **message.fields),
}
