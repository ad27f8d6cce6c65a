"""The caller's side of a recording while it may still change: audio by position, in small pieces. Pure.

In pieces, since a single buffer that grows behind and shrinks in front keeps half as much again as it holds, and
many that grow side by side leave holes in the memory between them.
"""

from __future__ import annotations

from collections import deque


class Track:
    """Positions are bytes from the recording's start. Where nothing was written there is silence."""

    def __init__(self, piece: int, silence: bytes) -> None:
        self._piece = piece
        self._silence = silence
        self._pieces: deque[bytearray] = deque([bytearray()])
        self._base = 0  # where the first piece begins
        self.end = 0  # of what was written
        self.late: list[tuple[int, bytes]] = []  # position and audio of what was written where it was cut off already

    def write(self, at: int, audio: bytes) -> None:
        last = self._pieces[-1]
        if at == self.end and len(last) + len(audio) <= self._piece:  # nearly always
            last += audio
            self.end += len(audio)
            return
        if at < self._base:
            self.late.append((at, audio[: self._base - at]))
            audio, at = audio[self._base - at :], self._base
        while audio:
            number, offset = divmod(at - self._base, self._piece)
            while len(self._pieces) <= number:
                self._fill(self._pieces[-1], self._piece)
                self._pieces.append(bytearray())
            piece, part = self._pieces[number], audio[: self._piece - offset]
            self._fill(piece, offset)
            piece[offset : offset + len(part)] = part
            at, audio = at + len(part), audio[len(part) :]
            self.end = max(self.end, at)

    def cut(self, size: int) -> bytes:
        """Take the first `size` bytes off: whole pieces, but for the last one where the recording ends."""
        taken: list[bytearray] = []
        left = size
        while left > 0:
            piece = self._pieces.popleft() if self._pieces else bytearray()
            self._fill(piece, min(left, self._piece))
            taken.append(piece)
            left -= len(piece)
        if not self._pieces:
            self._pieces.append(bytearray())
        self._base += size
        self.end = max(self.end, self._base)
        return b"".join(taken)

    def _fill(self, piece: bytearray, size: int) -> None:
        if len(piece) < size:
            piece += self._silence * (size - len(piece))
