"""The shell around one `Call`: two sockets, errands, the recording, and nothing that decides.

Everything that happens comes through `handle`, which asks the call and does what it says. When the call is over the
bridge waits for what it had under way, closes both sockets and leaves nothing behind: no task, no timer, no entry.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from relay import IS_COMPILED, caller, kiosk, sockets
from relay import messages as msg
from relay.agent_path import AgentPath
from relay.audio_path import AudioPath
from relay.call import Call
from relay.call_log import CallLog
from relay.clients import Client
from relay.engine_line import EngineLines
from relay.errands import Errands
from relay.errors import BadMessage
from relay.events import envelope
from relay.functions import AskClerk, FetchSession, PostThen, PostTurn, RunTool, Session, SessionRefused
from relay.functions_client import TURN_DEADLINE_S
from relay.house import House
from relay.kiosk_screen import Screen
from relay.onlookers import Onlookers
from relay.pacer import now_ms
from relay.phases import Phase
from relay.stages import Stages
from relay.tap import TAPPED, Tap

TASKS_AFTER_END_S = TURN_DEADLINE_S  # nobody waits for it; a drain cuts it
RECORDING_AFTER_END_S = 2.0
SOCKETS_AFTER_END_S = 3.0


class Bridge:
    """The listener of one caller's socket."""

    def __init__(self, house: House, client: Client, *, is_over_capacity: bool = False) -> None:
        self._house = house
        self._client = client
        self._read = client.read
        self._screen = client.screen
        self._call = Call(house.call_settings, now_ms=now_ms(), is_over_capacity=is_over_capacity)
        self._caller: sockets.Socket | None = None
        self._log = CallLog(self._call, client.wire, house.counts)
        trace = house.tracing.call() if house.tracing is not None else None
        self._onlookers = Onlookers(self._log, Stages(house.stats.took), trace)
        self._errands = Errands(
            house.functions, house.clips, handle=self.handle, on_session=self._on_session, on_bug=self._on_bug
        )
        self._engines = EngineLines(house.engines, spawn=self._errands.start, handle=self.handle, count=self._log.count)
        self._tap = Tap(house.recordings) if house.recordings is not None else None
        self._winding_up: asyncio.Task[None] | None = None
        self._caller_closed = asyncio.Event()
        self._gone = asyncio.Event()
        self._now = now_ms()
        self._audio = AudioPath(
            self._call,
            client,
            self._engines.ear,
            self._tap,
            self._onlookers,
            receive=self._receive,
            on_disorder=lambda: self._log.count(f"{client.wire}_out_of_order"),
            on_bug=self._on_bug,
        )
        if IS_COMPILED and self._screen is None:
            self._engines.short_way = AgentPath(self._audio)

    @property
    def is_known(self) -> bool:
        """Twilio signs every upgrade, and functions have taken a page's token once there is a session."""
        return self._screen is None or self._call.session is not None

    # --- the caller's socket ---

    def on_open(self, socket: sockets.Socket) -> None:
        self._caller = self._audio.socket = socket
        if IS_COMPILED and self._client.reader is not None:  # interpreted, the ordinary way is the shorter one
            socket.short_way = self._audio
        self._house.bridges.add(self)
        self._house.pacer.add(self._call.pace, self._audio.tick)
        self._house.counts["streams"] += 1
        self._house.stats.loop.wake()

    def on_text(self, data: memoryview) -> None:
        try:
            event = self._read(data)
        except BadMessage as bad:
            self.on_bad_frame(bad.kind)
            return
        if isinstance(event, tuple):
            self._audio.hear(event)
        elif type(event) is caller.Unknown:
            self._log.count(f"unknown_{self._client.wire}", event.event)
        else:
            self.handle(event)

    def on_binary(self, data: memoryview) -> None:
        try:
            self._audio.hear(self._client.read_binary(data))
        except BadMessage as bad:
            self.on_bad_frame(bad.kind)

    def on_bad_frame(self, kind: str) -> None:
        self._log.count(f"bad_{self._client.wire}_{kind}")
        self.handle(msg.BadInput(kind))

    def on_closed(self, code: int, reason: str) -> None:
        self._caller_closed.set()
        self.handle(msg.CallerGone())

    # --- events in, messages out ---

    def handle(self, event: msg.Event) -> None:
        """Give one event to the call and do what it says. The one place where a bug of ours is caught."""
        now = now_ms()
        try:
            if self._tap is not None and type(event) in TAPPED:
                self._tap.from_caller(event, now)
            self._onlookers.see(event, now)
            self._receive(event, now)
        except Exception as bug:
            self._on_bug(bug)

    def _receive(self, event: msg.Event, now: int) -> None:
        self._now = now
        messages = self._call.receive(event, now)
        if self._screen is not None:
            self._show(self._screen, event, messages)
        self._carry_out_all(messages)

    def _on_bug(self, bug: BaseException) -> None:
        """Ours, so it ends this call and no other; `stream-ended` takes the caller on."""
        self._log.bug(bug)
        if self._caller is not None:
            self._caller.close(1011, "internal error")
        self._wind_up()

    def _carry_out_all(self, messages: Sequence[msg.Message]) -> None:
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
        self._onlookers.see(message, self._now)
        action = _ACTIONS.get(type(message))
        if action is not None:
            action(self, message)
        else:
            self._engines.send(message)  # what is no action of ours is the engine's

    def _send_to_line(self, message: msg.ToLine) -> None:
        self._onlookers.see(message.message, self._now)
        self._engines.send_to(message.line, message.message)

    def _send_to_caller(self, message: caller.ToCaller) -> None:
        self._audio.send(message, self._now)

    def _show(self, screen: Screen, event: msg.Event, messages: list[msg.Message]) -> None:
        if self._caller is not None:
            for shown in screen.watch(event, messages):
                self._caller.send(kiosk.write(shown))

    def _open_engine(self, wanted: msg.OpenEngine) -> None:
        self._engines.open(wanted.line, wanted.engine, self._call.session, self._call.callers_audio)

    def _publish(self, message: msg.Publish) -> None:
        if self._call.session is not None:
            at = datetime.now(UTC) - timedelta(milliseconds=message.ago_ms)
            self._house.publisher.publish(envelope(self._call.session, message, at))

    def _hang_up(self, message: msg.HangUp) -> None:
        self._house.counts[f"ended_{message.reason}"] += 1
        if self._caller is not None:
            self._caller.close(message.code, message.reason)
        self._wind_up()

    # --- the session and its recording ---

    @property
    def _session(self) -> Session:
        assert self._call.session is not None
        return self._call.session

    def _on_session(self, answer: Session | SessionRefused) -> None:
        if isinstance(answer, Session) and self._call.session is None:
            self._begin_recording(answer)
        self.handle(answer)

    def _begin_recording(self, session: Session) -> None:
        if self._tap is not None and session.recording:
            self._tap.begin(session)
        else:
            self._tap = self._audio.tap = None

    def _set_recording(self, message: msg.SetRecording) -> None:
        if self._tap is not None:
            self._tap.switch(message.on, now_ms())

    def _silence_recording(self, message: msg.SilenceRecording) -> None:
        tap, is_received = self._tap, message.is_received
        if tap is not None and (late_ms := tap.silence(message.from_ms, message.to_ms, is_received=is_received)):
            self._log.say("! recording silenced too late", {"late_ms": late_ms})

    def _post_turn(self, turn: PostTurn) -> None:
        self._errands.post_turn(self._session, self._tap.on_timeline(turn) if self._tap is not None else turn)

    # --- the end ---

    def _wind_up(self) -> None:
        if self._winding_up is None:
            self._house.pacer.remove(self._call.pace)
            self._engines.close_all()
            if self._tap is not None:
                self._tap.end(now_ms())
            self._winding_up = asyncio.create_task(self._leave_nothing(), name="wind-up")

    async def _leave_nothing(self) -> None:
        """Wait for what is under way, publish the last event, and make sure that both sockets are gone."""
        try:
            if self._call.phase is not Phase.OVER:  # a bug: the call ends with its caller's socket
                await self._caller_is_gone()
            await self._errands.finish(TASKS_AFTER_END_S)
            recording = await self._finish_recording(self._tap) if self._tap is not None else None
            if self._call.phase is Phase.OVER:
                self.handle(msg.Finish(recording))
            await self._caller_is_gone()
        finally:
            self._engines.abort()
            if self._caller is not None:
                self._caller.abort()
            self._house.bridges.discard(self)
            self._gone.set()

    async def _finish_recording(self, tap: Tap) -> Mapping[str, Any] | None:
        """What there is to say of it. A bug here costs the recording, not the last event."""
        try:
            tap.close()
            await tap.stored(RECORDING_AFTER_END_S)
            return tap.report()
        except Exception as bug:
            self._log.bug(bug)
            return None

    async def _caller_is_gone(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._caller_closed.wait(), SOCKETS_AFTER_END_S)

    def cut(self) -> None:
        """The process has no more time: end this call now."""
        self.handle(msg.CallerGone())
        self._errands.cut()
        if self._tap is not None:
            self._tap.hurry()

    async def gone(self) -> None:
        """Wait until nothing of this call is left."""
        await self._gone.wait()


_ACTIONS: dict[type, Callable[[Bridge, Any], object]] = {
    caller.SendMedia: Bridge._send_to_caller,
    caller.SendMark: Bridge._send_to_caller,
    caller.Clear: Bridge._send_to_caller,
    FetchSession: lambda bridge, m: bridge._errands.start(bridge._errands.fetch_session(m)),
    msg.FetchClip: lambda bridge, m: bridge._errands.start(bridge._errands.fetch_clip(m.url)),
    msg.OpenEngine: lambda bridge, m: bridge._open_engine(m),
    msg.ToLine: Bridge._send_to_line,
    msg.UseEngine: lambda bridge, m: bridge._engines.use(m.line),
    msg.CloseEngine: lambda bridge, m: bridge._engines.close(m.line),
    RunTool: lambda bridge, m: bridge._errands.start(bridge._errands.run_tool(bridge._session, m)),
    AskClerk: lambda bridge, m: bridge._errands.start(bridge._errands.ask_clerk(bridge._session, m)),
    PostTurn: Bridge._post_turn,
    PostThen: lambda bridge, m: bridge._errands.start(bridge._errands.post_then(bridge._session, m)),
    msg.Publish: Bridge._publish,
    msg.Words: lambda bridge, m: None,  # the screen has seen it
    msg.SetRecording: Bridge._set_recording,
    msg.SilenceRecording: Bridge._silence_recording,
    msg.HangUp: Bridge._hang_up,
    msg.EngineServes: lambda bridge, m: bridge._house.stats.engines.served(m.engine),
    msg.EngineFailed: lambda bridge, m: bridge._house.stats.engines.failed(m.engine, now_ms()),
    msg.Log: lambda bridge, m: bridge._log.say(m.line, m.fields),
}
