"""The caller's audio as the wires have it, message by message, and as the call is told of it: a few at a time. Pure.

Of these messages there are 50 a second and call. Their payload goes to the engine as it came; nothing else is done with
one before there are a few, since each step costs most when it is done once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relay.caller import AudioFormat, Media

FRAME_MS = 20

# One message: its audio in base64 as it came, and what that is; when it was recorded by the client's clock (ms), None
# where it does not say; the client's count of its messages, 0 where it does not. No class, since of one with names for
# these it takes four times as long to make.
Frame = tuple[str, bytes, int | None, int]


class Frames:
    """What one client sends, in the order in which it came. `on_disorder` hears of each that came after a later one."""

    def __init__(self, on_disorder: Callable[[], object]) -> None:
        self._on_disorder = on_disorder
        self._sequence = 0  # of the latest

    def join(self, frames: Sequence[Frame], audio: AudioFormat) -> list[Media]:
        """In one piece where, by the client's times, none is missing between them."""
        pieces: list[bytes] = []
        for _, piece, _, sequence in frames:
            if sequence < self._sequence:
                self._on_disorder()
            self._sequence = sequence
            pieces.append(piece)
        first_ms, last_ms = frames[0][2], frames[-1][2]
        if first_ms is None or last_ms is None or _are_one(pieces, last_ms - first_ms, audio):
            return [Media(b"".join(pieces), first_ms)]
        return [Media(piece, at_ms) for _, piece, at_ms, _ in frames]


def _are_one(pieces: list[bytes], apart_ms: int, audio: AudioFormat) -> bool:
    """Whether the last begins where the others end."""
    before_last_ms = sum(map(len, pieces[:-1])) // audio.bytes_per_ms
    return abs(apart_ms - before_last_ms) < FRAME_MS
