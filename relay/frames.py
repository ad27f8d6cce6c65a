"""The caller's audio as the wires have it, message by message, and as the call is told of it: a few at a time. Pure.

Of these messages there are 50 a second and call. Their payload goes to the engine as it came; nothing else is done with
one before there are a few, since each step costs most when it is done once.
"""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence

from relay.caller import AudioFormat, Media

FRAME_MS = 20

# The client's count of its messages and its time in ms, in digits, each b"" where it does not say; valid base64.
Frame = tuple[bytes, bytes, bytes]


class Frames:
    """What one client sends, in the order in which it came. `on_disorder` hears of each that came after a later one."""

    def __init__(self, on_disorder: Callable[[], object]) -> None:
        self._on_disorder = on_disorder
        self._sequence = 0  # of the latest

    def join(self, frames: Sequence[Frame], audio: AudioFormat) -> list[Media]:
        """In one piece where, by the client's times, none is missing between them."""
        pieces: list[bytes] = []
        for sequence, _, payload in frames:
            if sequence:
                number = int(sequence)
                if number < self._sequence:
                    self._on_disorder()
                self._sequence = number
            pieces.append(binascii.a2b_base64(payload))
        first, last = frames[0][1], frames[-1][1]
        if len(frames) == 1 or not first or not last or _are_one(pieces, int(last) - int(first), audio):
            return [Media(b"".join(pieces), int(first) if first else None)]
        return [Media(piece, int(at) if at else None) for (_, at, _), piece in zip(frames, pieces, strict=True)]


def _are_one(pieces: list[bytes], apart_ms: int, audio: AudioFormat) -> bool:
    """Whether the last begins where the others end."""
    before_last_ms = sum(map(len, pieces[:-1])) // audio.bytes_per_ms
    return abs(apart_ms - before_last_ms) < FRAME_MS
