"""What the two ends of one call know of each other, and what all calls of a run added up to.

Phones and engine live in one process, so a delay is one clock's difference, and what was really played is known when
the relay says what it thinks was played.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Samples:
    """Measurements of one run, in milliseconds; taken only while `is_open` (the calls have settled)."""

    is_open: bool = False
    to_engine_ms: list[float] = field(default_factory=list)
    to_caller_ms: list[float] = field(default_factory=list)
    clear_ms: list[float] = field(default_factory=list)
    truncation_ms: list[float] = field(default_factory=list)
    first_audio_ms: list[float] = field(default_factory=list)
    generator_late_ms: list[float] = field(default_factory=list)
    ignored_interruptions: int = 0
    problems: Counter[str] = field(default_factory=Counter)

    def interruption(self, cut: Interruption) -> None:
        """Called once the relay can be expected to have said everything about it."""
        if not self.is_open:
            return
        if cut.cleared_at is None:
            self.ignored_interruptions += 1
            return
        self.clear_ms.append(1000 * (cut.cleared_at - cut.speech_started_at))
        if cut.audio_end_ms is not None:
            self.truncation_ms.append(cut.audio_end_ms - 1000 * cut.heard_s)


class Way:
    """One direction of one call: which pieces were sent, when each could have been heard at the earliest, and which
    came."""

    def __init__(self, delays: list[float], samples: Samples) -> None:
        self.sent: list[float] = []
        self._came = bytearray()
        self._last = -1
        self._delays = delays
        self._samples = samples
        self.reordered = 0

    def send(self, at: float) -> None:
        self.sent.append(at)
        self._came.append(0)

    def arrive(self, seq: int, at: float) -> None:
        if seq >= len(self.sent):
            self._samples.problems["audio that was never sent"] += 1
            return
        if seq <= self._last:
            self.reordered += 1
        self._last = max(seq, self._last)
        self._came[seq] = 1
        if self._samples.is_open:
            self._delays.append(1000 * (at - self.sent[seq]))

    def missed_first(self) -> int:
        """How many pieces went by before the first that came."""
        first = self._came.find(1)
        return len(self._came) if first < 0 else first

    def lost(self, first: int = 0, end: int | None = None) -> int:
        """How many of these pieces never came."""
        return self._came[first:end].count(0)


@dataclass(slots=True)
class Item:
    """One thing the agent says: which pieces it has, and when a relay that costs no time would have ended it."""

    item_id: str
    first: int
    end: int
    ends_at: float
    sent_bytes: int = 0
    is_cut: bool = False
    heard: list[tuple[float, float]] = field(default_factory=list)  # begin and length of what the phone plays

    def heard_s(self, now: float) -> float:
        return sum(min(max(0.0, now - begins_at), length) for begins_at, length in self.heard)


@dataclass(slots=True)
class Interruption:
    """The caller spoke over `item`: what the relay did about it."""

    item: Item
    speech_started_at: float
    cleared_at: float | None = None
    heard_s: float = 0.0  # really played, when the clear came
    audio_end_ms: int | None = None  # what the engine was told


class Voice:
    """The agent's side of one engine connection: what it said, and what of that arrived."""

    def __init__(self, number: int, samples: Samples) -> None:
        self.number = number
        self.way = Way(samples.to_caller_ms, samples)
        self.items: list[Item] = []

    def item(self, item_id: str) -> Item | None:
        return next((item for item in self.items if item.item_id == item_id), None)

    def lost(self, before: float) -> int:
        """Pieces of what was said to its end before then, without being interrupted, and that the caller never got."""
        whole = (item for item in self.items if not item.is_cut and item.ends_at < before)
        return sum(self.way.lost(item.first, item.end) for item in whole)


class Link:
    """One call as both ends see it. They find each other when the first piece of audio arrives at either."""

    def __init__(self, number: int, samples: Samples) -> None:
        self.number = number
        self.to_engine = Way(samples.to_engine_ms, samples)
        self.voices: list[Voice] = []
        self.interruption: Interruption | None = None
        self.loud_until = 0.0  # the caller speaks until then

    @property
    def voice(self) -> Voice | None:
        """The agent's voice now: that of the latest engine connection."""
        return self.voices[-1] if self.voices else None

    def cleared(self, now: float) -> None:
        cut = self.interruption
        if cut is not None and cut.cleared_at is None:
            cut.cleared_at, cut.heard_s = now, cut.item.heard_s(now)

    def truncated(self, item_id: str, audio_end_ms: int) -> None:
        cut = self.interruption
        if cut is not None and cut.item.item_id == item_id and cut.audio_end_ms is None:
            cut.audio_end_ms = audio_end_ms
