"""Recordings of calls and conferences: what is recorded, paused, stopped, and kept until somebody deletes it.

A recording is cut out of the tracks that every phone keeps anyway, so it has what was said and heard to the frame.
Each change is an entry of the call's timeline: recording   state (in-progress paused processing completed absent
deleted) recording_sid.
Source: twilio.md 4.7 and 7.3; Twilio's REST schema for recordings; docs, "RecordingStatusCallback parameters".
"""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Protocol

from audio.g711 import BYTES_PER_MS, SILENCE
from local.sound import cut, stretches
from local.twilio.calls import API_VERSION, Call, new_sid
from local.twilio.clock import Clock
from local.twilio.lines import mixed

PROCESSING_S = 1.0
ACTIVE = ("in-progress", "paused")
Spawn = Callable[[Call, Coroutine[Any, Any, None]], object]
Notify = Callable[[Call, str, str, dict[str, str], str], Awaitable[None]]


class Tape(Protocol):
    """What can be recorded: two tracks of mu-law that grow together."""

    @property
    def now_ms(self) -> int: ...
    def tracks(self, start_ms: int, end_ms: int) -> tuple[bytes, bytes]:
        """What Twilio received ("inbound") and what it sent ("outbound") between two moments, equally long."""
        ...


@dataclass(frozen=True)
class Order:
    """How to record. `events` of in-progress, completed, absent are told to `callback`."""

    source: str
    channels: int = 1
    track: str = "both"
    trim: bool = False
    callback: str = ""
    method: str = "POST"
    events: tuple[str, ...] = ("completed",)


@dataclass
class Recording:
    """One recording of `call`. `audio` has a track for each channel, once it is completed."""

    call: Call
    order: Order
    tape: Tape
    created_at: datetime
    updated_at: datetime
    conference_sid: str | None = None
    name: str = ""
    sid: str = field(default_factory=lambda: new_sid("RE"))
    status: str = "in-progress"
    audio: tuple[bytes, ...] = ()
    deleted: bool = False
    _parts: list[tuple[bytes, bytes]] = field(default_factory=list)
    _from_ms: int = 0
    _skips: bool = False

    @property
    def path(self) -> str:
        return f"/{API_VERSION}/Accounts/{self.call.account_sid}/Recordings/{self.sid}"

    @property
    def duration_s(self) -> int:
        longest = max((len(track) for track in self.audio), default=0)
        return max(1, round(longest / BYTES_PER_MS / 1000)) if longest else 0

    def begin(self) -> None:
        self._from_ms = self.tape.now_ms

    def pause(self, skip: bool) -> None:
        self._take()
        self.status, self._skips = "paused", skip

    def resume(self) -> None:
        self._take()
        self.status = "in-progress"

    def finish(self) -> None:
        """No more audio comes; what there is becomes `audio`, which is () when there is nothing."""
        self._take()
        tracks = [b"".join(part[side] for part in self._parts) for side in (0, 1)]
        chosen = {"inbound": tracks[:1], "outbound": tracks[1:]}.get(self.order.track, tracks)
        if self.order.trim:
            chosen = _trimmed(chosen)
        if self.order.channels == 1 and len(chosen) == 2:
            chosen = [mixed(chosen)]
        self.audio = tuple(chosen) if chosen and chosen[0] else ()

    def _take(self) -> None:
        """Keep what happened since the last change: a paused stretch is silent, or left out."""
        now_ms = self.tape.now_ms
        if self.status != "paused":
            self._parts.append(self.tape.tracks(self._from_ms, now_ms))
        elif not self._skips:
            silence = bytes([SILENCE]) * ((now_ms - self._from_ms) * BYTES_PER_MS)
            self._parts.append((silence, silence))
        self._from_ms = now_ms


class Recordings:
    """Every recording of the account, oldest first. `origin` is where the REST API is reached."""

    def __init__(self, clock: Clock, spawn: Spawn, notify: Notify) -> None:
        self.origin = ""
        self.kept: list[Recording] = []
        self._clock, self._spawn, self._notify = clock, spawn, notify

    def start(
        self, call: Call, tape: Tape, order: Order, conference_sid: str | None = None, name: str = ""
    ) -> Recording:
        now = self._clock.utc()
        recording = Recording(call, order, tape, now, now, conference_sid, name)
        recording.begin()
        self.kept.append(recording)
        self._changed(recording)
        self._tell(recording)
        return recording

    def pause(self, recording: Recording, skip: bool) -> None:
        recording.pause(skip)
        self._changed(recording)

    def resume(self, recording: Recording) -> None:
        recording.resume()
        self._changed(recording)

    def stop(self, recording: Recording) -> None:
        """The recording is complete, or absent when it is empty, a moment later: until then there is no file."""
        if recording.status in ACTIVE:
            recording.finish()
            recording.status = "processing"
            self._changed(recording)
            self._spawn(recording.call, self._process(recording))

    def stop_all(self, call: Call) -> None:
        """The call has ended."""
        for recording in self.of(call):
            if recording.conference_sid is None:
                self.stop(recording)

    def delete(self, recording: Recording) -> None:
        recording.deleted, recording.audio = True, ()
        recording.call.note("recording", state="deleted", recording_sid=recording.sid)

    def of(self, call: Call) -> list[Recording]:
        return [recording for recording in self.kept if recording.call is call and not recording.deleted]

    def active(self, call: Call) -> list[Recording]:
        return [recording for recording in self.of(call) if recording.status in ACTIVE]

    def url(self, recording: Recording) -> str:
        return f"{self.origin}{recording.path}"

    async def _process(self, recording: Recording) -> None:
        await self._clock.sleep(PROCESSING_S)
        recording.status = "completed" if recording.audio else "absent"
        self._changed(recording)
        await self._told(recording)

    def _changed(self, recording: Recording) -> None:
        recording.updated_at = self._clock.utc()
        recording.call.note("recording", state=recording.status, recording_sid=recording.sid)

    def _tell(self, recording: Recording) -> None:
        if recording.order.callback and recording.status in recording.order.events:
            self._spawn(recording.call, self._told(recording))

    async def _told(self, recording: Recording) -> None:
        order = recording.order
        if not order.callback or recording.status not in order.events:
            return
        fields = {
            "AccountSid": recording.call.account_sid,
            "CallSid": recording.call.sid,
            "RecordingSid": recording.sid,
            "RecordingUrl": self.url(recording),
            "RecordingStatus": recording.status,
            "RecordingChannels": str(order.channels),
            "RecordingStartTime": format_datetime(recording.created_at),
            "RecordingSource": order.source,
            "RecordingTrack": order.track,
            "ErrorCode": "0",
        }
        if recording.status == "completed":
            fields["RecordingDuration"] = str(recording.duration_s)
        if recording.conference_sid:
            fields["ConferenceSid"] = recording.conference_sid
        purpose = f"recording callback: {recording.status}"
        await self._notify(recording.call, order.callback, order.method, fields, purpose)


def _trimmed(tracks: list[bytes]) -> list[bytes]:
    """Without the silence that all tracks have at the beginning and at the end; nothing when there is no sound."""
    sounds = [stretch for track in tracks for stretch in stretches(track)]
    if not sounds:
        return []
    start_ms, end_ms = min(sound.start_ms for sound in sounds), max(sound.end_ms for sound in sounds)
    return [cut(track, start_ms, end_ms) for track in tracks]
