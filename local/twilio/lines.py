"""What a phone can be connected to: silence, a recording, ringing, another phone. One `frame` per 20 ms, no clock.

A `Line` takes what the phone's mouth says and gives what its ear hears. Bidirectional media streams are lines too
(`connect.py`). Source: ITU-T E.180, supplement 2, for the ringing tone of North America.
"""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from typing import Protocol

import numpy as np

from audio import g711
from audio.g711 import FRAME_BYTES, SILENCE
from local.twilio.clock import FRAME_MS

QUIET_FRAME = bytes([SILENCE]) * FRAME_BYTES
JITTER_FRAMES = 3


class Line(Protocol):
    """The Twilio side of a call leg. `speaks` is False for a tone that nobody says (ringing)."""

    @property
    def speaks(self) -> bool: ...

    def frame(self, spoken: bytes) -> bytes:
        """Take 20 ms from the phone, give 20 ms to it (160 bytes of mu-law each)."""
        ...

    def key(self, digit: str) -> None:
        """The phone's owner pressed a key."""
        ...


class Silence:
    """Nobody listens, nobody speaks; `on_key` may be set to hear of keys."""

    speaks = True

    def __init__(self) -> None:
        self.on_key: Callable[[str], None] = lambda digit: None

    def frame(self, spoken: bytes) -> bytes:
        return QUIET_FRAME

    def key(self, digit: str) -> None:
        self.on_key(digit)


class Recording(Silence):
    """Plays some mu-law `loops` times (0 = for ever); `done` is set when the last frame has been heard."""

    def __init__(self, audio: bytes, loops: int = 1) -> None:
        super().__init__()
        self._audio = audio
        self._loops_left = loops or math.inf
        self._at = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def frame(self, spoken: bytes) -> bytes:
        if self._at >= len(self._audio):
            if self._loops_left <= 1 or not self._audio:
                if not self.done.done():
                    self.done.set_result(None)
                return QUIET_FRAME
            self._loops_left -= 1
            self._at = 0
        frame = self._audio[self._at : self._at + FRAME_BYTES]
        self._at += FRAME_BYTES
        return frame.ljust(FRAME_BYTES, bytes([SILENCE]))


def tone(hz: float, ms: int, amplitude: int = 8000) -> bytes:
    """A tone as mu-law, whole frames of it."""
    seconds = np.arange(ms // FRAME_MS * FRAME_BYTES) / 8000
    return g711.encode((amplitude * np.sin(2 * np.pi * hz * seconds)).astype(np.int16))


class Ringing(Silence):
    """The North American ringback tone: 440 + 480 Hz, two seconds of it in every six."""

    speaks = False

    def __init__(self) -> None:
        super().__init__()
        self._frames = 0

    def frame(self, spoken: bytes) -> bytes:
        position = self._frames % (6000 // FRAME_MS)
        self._frames += 1
        if position >= 2000 // FRAME_MS:
            return QUIET_FRAME
        return _ringback()[position * FRAME_BYTES : (position + 1) * FRAME_BYTES]


@cache
def default_music() -> bytes:
    """What stands for the classical music that callers wait to: a slow arpeggio, some seconds of it, to be repeated."""
    notes = (261.6, 329.6, 392.0, 523.3, 392.0, 329.6, 293.7, 349.2, 440.0, 587.3, 440.0, 349.2)
    return b"".join(tone(hz, 500, 3000) for hz in notes)


@cache
def _ringback() -> bytes:
    seconds = np.arange(2 * 8000) / 8000
    tone = 1500 * (np.sin(2 * np.pi * 440 * seconds) + np.sin(2 * np.pi * 480 * seconds))
    return g711.encode(tone.astype(np.int16))


class Pipe:
    """Frames from one phone on their way to another; none is dropped.

    It gives the first when `JITTER_FRAMES` are there, and again so after it ran dry: a late frame makes no gap.
    """

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._flows = False

    def put(self, frame: bytes) -> None:
        self._frames.append(frame)

    def take(self) -> bytes | None:
        self._flows = len(self._frames) >= (1 if self._flows else JITTER_FRAMES)
        return self._frames.popleft() if self._flows else None


class Bridge:
    """Two phones hearing each other: `sides` are the two lines."""

    def __init__(self) -> None:
        one, other = Pipe(), Pipe()
        self.sides = (_Side(one, other), _Side(other, one))


class _Side(Silence):
    def __init__(self, to_other: Pipe, from_other: Pipe) -> None:
        super().__init__()
        self._to_other, self._from_other = to_other, from_other

    def frame(self, spoken: bytes) -> bytes:
        self._to_other.put(spoken)
        return self._from_other.take() or QUIET_FRAME


def mixed(frames: Sequence[bytes]) -> bytes:
    """The sum of equally long pieces of audio, limited to what mu-law can hold."""
    if len(frames) == 1:
        return frames[0]
    total = np.sum([g711.decode(frame).astype(np.int32) for frame in frames], axis=0)
    return g711.encode(np.clip(total, -32768, 32767).astype(np.int16))
