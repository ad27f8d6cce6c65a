"""Where on a recording's timeline the agent's audio was played. Pure: no clock, no I/O.

The caller's own stream is the clock. Marks come back on the connection that brings the caller's audio, in order with
it, so that whatever the network delays it delays both: a mark that arrives when 4.2 s of the caller have come says
that the audio before it had been played at 4.2 s. Marks that a `clear` returns say in the same way when it took effect.
Audio with no mark behind it is placed by when it was sent.
Source: Twilio Media Streams, "mark" and "clear".
"""

from __future__ import annotations

from collections import deque

from relay.caller import AudioFormat

# Within speech that runs on, a mark that comes later than reckoned by no more than this opens no gap.
TOLERANCE_MS = 20
# Longer than this nothing is on its way to the caller's ear and back.
LONGEST_DELAY_MS = 2000


class _Piece:
    """Audio of one message. `sent_at`: where the timeline was then; `start`: where it begins to be played."""

    def __init__(self, audio: bytes, sent_at: int) -> None:
        self.audio = audio
        self.sent_at = sent_at
        self.start = 0


class _Group:
    """What was sent up to one mark. `mark` is "" while, or if, none follows."""

    def __init__(self) -> None:
        self.pieces: list[_Piece] = []
        self.mark = ""
        self.cut_at: int | None = None  # where a `clear` will take effect, as reckoned; the mark then says where it did


class Playback:
    """Positions are bytes from the recording's start. `placed` grows in order, without overlap: take from its left."""

    def __init__(self, audio: AudioFormat) -> None:
        self.placed: deque[tuple[int, bytes]] = deque()  # start, audio
        self.end = 0  # of what was placed last
        self._frame = audio.frame_bytes
        self._tolerance = TOLERANCE_MS * audio.bytes_per_ms
        self._longest_delay = LONGEST_DELAY_MS * audio.bytes_per_ms
        self._delay = 0  # from sending audio to a silent caller until its first sample sounds, as last seen
        self._groups: list[_Group] = []
        self._open: _Group | None = None  # the last of the groups, while no mark has closed it

    def sent(self, audio: bytes, at: int) -> None:
        if self._open is None:
            self._open = _Group()
            self._groups.append(self._open)
        self._open.pieces.append(_Piece(audio, at))

    def marked(self, name: str) -> None:
        """A mark was sent behind what was sent so far."""
        group = self._open
        if group is None:
            group = _Group()
            self._groups.append(group)
        group.mark, self._open = name, None

    def cleared(self, at: int) -> None:
        """A `clear` was sent. What is under way ends where its marks say; without any, when the `clear` arrives."""
        self._open = None
        for group in self._groups:
            if group.cut_at is None:
                group.cut_at = at + self._delay

    def played(self, name: str, at: int) -> None:
        """A mark came back: what was sent before it has been played, or cleared."""
        for group in self._groups:  # nearly always the first
            if group.mark == name:
                break
        else:
            return
        while self._groups:
            group = self._groups.pop(0)
            if group.mark == name:
                self._place_by_mark(group, at)
                break
            self._place_by_reckoning(group, at)

    def settle(self, before: int) -> None:
        """Do not wait any longer for marks of what must have begun before this position."""
        while self._groups:
            group = self._groups[0]
            while group.pieces and self._start(group.pieces[0], self.end) < before:
                piece = group.pieces.pop(0)
                piece.start = self._start(piece, self.end)
                self._place(piece, group.cut_at)
            if group.pieces or group is self._open:
                return
            self._groups.pop(0)

    def finish(self, at: int) -> None:
        """Nothing is played after this position."""
        for group in self._groups:
            self._place_by_reckoning(group, at)
        self._groups.clear()
        self._open = None

    def _place_by_mark(self, group: _Group, at: int) -> None:
        if not group.pieces:
            return
        end = self._reckon(group)
        late = at - end
        if group.cut_at is not None and late < 0:
            self._place_all(group, at)
            return
        late = round(late / self._frame) * self._frame
        first = group.pieces[0]
        if first.start > self.end or not self.end:  # nothing was left to play when it was sent: so long is the way
            self._delay = min(max(0, self._delay + late), self._longest_delay)
        elif late <= self._tolerance:
            late = min(late, 0)
        end += late
        for piece in reversed(group.pieces):  # too early and it is all moved; too late and pauses were reckoned in
            piece.start = min(piece.start + max(late, 0), end - len(piece.audio))
            end = piece.start
        self._place_all(group, None)

    def _place_by_reckoning(self, group: _Group, until: int) -> None:
        self._reckon(group)
        self._place_all(group, until if group.cut_at is None else min(until, group.cut_at))

    def _reckon(self, group: _Group) -> int:
        """Say of each piece where it begins. Returns where the last one ends."""
        end = self.end
        for piece in group.pieces:
            piece.start = self._start(piece, end)
            end = piece.start + len(piece.audio)
        return end

    def _start(self, piece: _Piece, end: int) -> int:
        """Right where the one before ends, or when it arrives, on the grid of 20 ms."""
        arrives = piece.sent_at + self._delay
        return end if arrives <= end else -(-arrives // self._frame) * self._frame

    def _place_all(self, group: _Group, cut_at: int | None) -> None:
        for piece in group.pieces:
            self._place(piece, cut_at)

    def _place(self, piece: _Piece, cut_at: int | None) -> None:
        audio, start = piece.audio, max(piece.start, self.end)
        if cut_at is not None and start + len(audio) > cut_at:
            audio = audio[: max(0, cut_at - start) // self._frame * self._frame]
        if audio:
            self.placed.append((start, audio))
            self.end = start + len(audio)
