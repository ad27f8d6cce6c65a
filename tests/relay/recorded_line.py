"""A telephone whose calls are recorded, that notes what was said and what was heard in every 20 ms."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from relay.caller import PCMU, AudioFormat
from relay.recording import Recording

FRAME_MS = 20
SECOND = 50  # frames


def frame(number: int, audio: AudioFormat = PCMU) -> bytes:
    """20 ms that can be told from any other 20 ms, and from silence."""
    return (number + 1).to_bytes(4, "big") * (audio.frame_bytes // 4)


def silence(audio: AudioFormat = PCMU) -> bytes:
    return audio.silence * audio.frame_bytes


def joined(recording: Recording, audio: AudioFormat = PCMU) -> tuple[list[bytes], list[bytes]]:
    """Both sides of the chunks so far as frames; the chunks are numbered in order and equally long."""
    sides: tuple[list[bytes], list[bytes]] = ([], [])
    for number, chunk in enumerate(recording.chunks):
        assert chunk.number == number
        assert chunk.caller.size == chunk.agent.size
        assert chunk.caller.size % audio.frame_bytes == 0
        for side, whole in zip(sides, (chunk.caller.read(), chunk.agent.read()), strict=True):
            assert len(whole) == chunk.caller.size
            side += [whole[at : at + audio.frame_bytes] for at in range(0, len(whole), audio.frame_bytes)]
    return sides


@dataclass
class Line:
    """A caller's client, `there` and `back` frames of network away; each keeps the order of what it carries."""

    recording: Recording
    there: int = 0
    back: int = 0
    mark_every: int = 1  # behind every so many pieces of the agent's audio; 0: none
    ticks: int = 0
    said: list[bytes] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)
    received: int = 0  # caller frames that reached the relay
    _sent: int = 0
    _pieces: int = 0
    _to_client: deque[tuple[int, object]] = field(default_factory=deque)
    _to_relay: deque[tuple[int, object]] = field(default_factory=deque)
    _queue: deque[bytes | str] = field(default_factory=deque)

    @property
    def now_ms(self) -> int:
        return self.ticks * FRAME_MS

    def say(self, frames: int) -> None:
        """The relay sends so much of the agent's audio, and maybe a mark behind it."""
        audio = [frame(1_000_000 + self._sent + n) for n in range(frames)]
        self._sent += frames
        self.recording.sent(b"".join(audio), self.now_ms)
        self._carry(self._to_client, self.there, audio)
        self._pieces += 1
        if self.mark_every and self._pieces % self.mark_every == 0:
            mark = f"mark-{self._sent}"
            self.recording.marked(mark)
            self._carry(self._to_client, self.there, mark)

    def clear(self) -> None:
        self.recording.cleared(self.now_ms)
        self._carry(self._to_client, self.there, None)

    def tick(self, frames: int = 1) -> None:
        for _ in range(frames):
            while self._to_client and self._to_client[0][0] <= self.ticks:
                self._receive(self._to_client.popleft()[1])
            caller = frame(self.ticks)
            self.said.append(caller)
            self._carry(self._to_relay, self.back, caller)
            self.heard.append(self._play())
            self.ticks += 1
            while self._to_relay and self._to_relay[0][0] < self.ticks:
                self._deliver(self._to_relay.popleft()[1])

    def hang_up(self) -> None:
        self.recording.finish(self.now_ms)

    def _carry(self, way: deque[tuple[int, object]], delay: int, thing: object) -> None:
        way.append((max(self.ticks + delay, way[-1][0] if way else 0), thing))

    def _receive(self, thing: object) -> None:
        if isinstance(thing, list):
            self._queue += thing
        elif isinstance(thing, str):
            self._queue.append(thing)
            self._return_marks()
        else:
            for mark in [entry for entry in self._queue if isinstance(entry, str)]:
                self._carry(self._to_relay, self.back, mark)
            self._queue.clear()

    def _play(self) -> bytes:
        played = self._queue.popleft() if self._queue else silence()
        assert isinstance(played, bytes)
        self._return_marks()
        return played

    def _return_marks(self) -> None:
        while self._queue and isinstance(self._queue[0], str):
            self._carry(self._to_relay, self.back, self._queue.popleft())

    def _deliver(self, thing: object) -> None:
        if isinstance(thing, bytes):
            self.received += 1
            self.recording.hear(thing, self.now_ms, self.received * FRAME_MS)
        else:
            assert isinstance(thing, str)
            self.recording.played(thing, self.now_ms)
