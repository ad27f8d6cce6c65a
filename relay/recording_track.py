"""The two sides of a recording while they may still change: audio by position, cut off from the left. Pure.

The caller's is written frame by frame, the agent's is what a `Playback` has placed. What comes when its place has been
cut off already is `late`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator


class Late:
    """Audio whose place had been cut off when it came, in the order it came."""

    def __init__(self) -> None:
        self.size = 0
        self._audio: list[tuple[int, bytes]] = []

    def add(self, at: int, audio: bytes) -> None:
        self._audio.append((at, audio))
        self.size += len(audio)

    def take(self, start: int, end: int) -> tuple[tuple[int, bytes], ...]:
        """What of it falls between, by its position from `start`. What was before that is forgotten."""
        if not self._audio:
            return ()
        came, self._audio, self.size = self._audio, [], 0
        for at, audio in came:
            if at + len(audio) > end:
                self.add(max(at, end), audio[max(0, end - at) :])
        falls = [(at, audio) for at, audio in came if at < end and at + len(audio) > start]
        return tuple((max(0, at - start), audio[max(0, start - at) : end - at]) for at, audio in falls)


class Track:
    """The caller's side. Positions are bytes from the recording's start. Where nothing was written there is silence.

    Frames are kept as they came and joined when they are cut off: a buffer that grows behind and shrinks in front
    keeps half as much again as it holds.
    """

    def __init__(self, silence: bytes) -> None:
        self._silence = silence
        self._pieces: list[bytes] = []  # without a gap between `_base` and `end`
        self._base = 0  # what is before is cut off
        self.end = 0  # of what was written
        self.late = Late()

    def write(self, at: int, audio: bytes) -> None:
        if at == self.end:  # nearly always
            self._pieces.append(audio)
            self.end += len(audio)
        else:
            self._write_apart(at, audio)

    def _write_apart(self, at: int, audio: bytes) -> None:
        """Behind a gap, or over what is there."""
        if at < self._base:
            self.late.add(at, audio[: self._base - at])
            audio, at = audio[self._base - at :], self._base
        if not audio:
            return
        self._pieces.append(self._silence * (at - self.end))
        whole, offset = b"".join(self._pieces), at - self._base
        self._pieces = [whole[:offset], audio, whole[offset + len(audio) :]]
        self.end = max(self.end, at + len(audio))

    def cut(self, size: int) -> bytes:
        """Take the first `size` bytes off."""
        whole, cut_to = b"".join(self._pieces), self._base + size
        self._pieces = [whole[size:]]
        self._base, self.end = cut_to, max(self.end, cut_to)
        return whole[:size] + self._silence * (size - len(whole))


class PlacedTrack:
    """The agent's side. `placed` is audio by position, in order and without overlap; where there is none is silence."""

    def __init__(self, placed: deque[tuple[int, bytes]], silence: bytes) -> None:
        self._placed = placed
        self._silence = silence
        self._base = 0  # what is before is cut off
        self.late = Late()

    def cut(self, size: int) -> bytes:
        """Take the next `size` bytes off."""
        self.see_late()
        here, end = self._base, self._base + size
        pieces: list[bytes] = []
        for at, audio in self._before(end):
            pieces += self._silence * (at - here), audio
            here = at + len(audio)
        self._base = end
        return b"".join((*pieces, self._silence * (end - here)))

    def see_late(self) -> None:
        """A mark may have said that the agent was heard where all is cut off."""
        for at, audio in self._before(self._base):
            self.late.add(at, audio)

    def _before(self, end: int) -> Iterator[tuple[int, bytes]]:
        """Take what was placed before there."""
        placed = self._placed
        while placed and placed[0][0] < end:
            at, audio = placed.popleft()
            if at + len(audio) > end:
                placed.appendleft((end, audio[end - at :]))
            yield at, audio[: end - at]
