"""One side of a chunk: parts that lie in memory or in a park, and what is still to be done to them when they are read.

A part goes from memory to the park on the loop, and is read on any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

# Of one part, but for the last of a recording.
PART_BYTES = 16_000


class Slots(Protocol):
    """Where parts lie that are not in memory."""

    def read(self, slot: int, size: int) -> bytes:
        """On any thread. Raises OSError."""

    def free(self, slot: int) -> None:
        """It may hold something else."""


class Part:
    """A stretch of one side: in memory until it is parked."""

    __slots__ = ("_audio", "_park", "_slot", "is_released", "size")

    def __init__(self, audio: bytes) -> None:
        self.size = len(audio)
        self.is_released = False
        self._audio: bytes | None = audio  # None is set after the others, and looked at before them
        self._park: Slots | None = None
        self._slot = 0

    def read(self) -> bytes:
        """On any thread. Raises OSError."""
        audio = self._audio
        if audio is not None:
            return audio
        assert self._park is not None
        return self._park.read(self._slot, self.size)

    def parked(self, park: Slots, slot: int) -> None:
        """It lies there now."""
        if self.is_released:
            park.free(slot)
            return
        self._park, self._slot = park, slot
        self._audio = None

    def release(self) -> None:
        """It is not read again."""
        self.is_released = True
        if self._park is not None:
            self._park.free(self._slot)


@dataclass(frozen=True, slots=True)
class Side:
    """`late` came when its place was in a part already, in this order; what is `muted` is silence, whatever came.

    Both tell where, in bytes of this side: from where, and from where to where.
    """

    parts: tuple[Part, ...]
    late: tuple[tuple[int, bytes], ...] = ()
    muted: tuple[tuple[int, int], ...] = ()
    silence: bytes = b"\0"  # one byte of it

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)

    def read(self) -> bytes:
        """Takes as long as a disk does, so not on the loop. Raises OSError."""
        whole = b"".join([part.read() for part in self.parts])
        if not self.late and not self.muted:
            return whole
        side = bytearray(whole)
        for at, audio in self.late:
            side[at : at + len(audio)] = audio
        for start, end in self.muted:
            side[start:end] = self.silence * (end - start)
        return bytes(side)

    def release(self) -> None:
        """It is not read again."""
        for part in self.parts:
            part.release()
