"""The caller's audio as the wires have it, message by message, and as the call is told of it: a few at a time. Pure.

Of these messages there are 50 a second and call. Their payload goes to the engine as it came; nothing else is done with
one before there are a few, since each step costs most when it is done once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from relay.caller import AudioFormat, Media

FRAME_MS = 20


class Frame(NamedTuple):
    """One message of audio. A tuple, since a dataclass takes twice as long to make."""

    payload: str  # base64, as it came
    audio: bytes
    timestamp_ms: int | None  # when it was recorded, by the client's clock; None where it does not say
    sequence: int  # the client's count of its messages; 0 where it does not say


class Frames:
    """What one client sends, in the order in which it came. `on_disorder` hears of each that came after a later one."""

    def __init__(self, on_disorder: Callable[[], object]) -> None:
        self._on_disorder = on_disorder
        self._sequence = 0  # of the latest

    def join(self, frames: Sequence[Frame], audio: AudioFormat) -> list[Media]:
        """In one piece where, by the client's times, none is missing between them."""
        for frame in frames:
            if frame.sequence < self._sequence:
                self._on_disorder()
            self._sequence = frame.sequence
        pieces = [frame.audio for frame in frames]
        first_ms, last_ms = frames[0].timestamp_ms, frames[-1].timestamp_ms
        if first_ms is None or last_ms is None or _are_one(pieces, last_ms - first_ms, audio):
            return [Media(b"".join(pieces), first_ms)]
        return [Media(frame.audio, frame.timestamp_ms) for frame in frames]


def _are_one(pieces: list[bytes], apart_ms: int, audio: AudioFormat) -> bool:
    """Whether the last begins where the others end."""
    before_last_ms = sum(map(len, pieces[:-1])) // audio.bytes_per_ms
    return abs(apart_ms - before_last_ms) < FRAME_MS
