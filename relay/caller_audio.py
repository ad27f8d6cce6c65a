"""The caller's audio: counted as it comes, kept while no engine listens, remembered in case one is lost. Pure."""

from __future__ import annotations

from relay.caller import PCMU, AudioFormat
from relay.sentence_lost import TAKES_UP_MS

# Audio kept for an engine to come; older audio gives way.
KEPT_MS = 15_000
# Audio before `speech_started` that a next engine gets as well, should this one be lost in mid-sentence.
LEAD_IN_MS = 300
# While the caller is silent so much is kept, for whoever wants to know what the line sounded like just now.
RECENT_MS = 1000
# What is kept may be longer by this: to let go of the oldest of it with every frame costs more than to keep it.
SURPLUS_MS = 200


class CallerAudio:
    """All of it is bytes in the stream's format; positions are ms from the stream's start."""

    def __init__(self, now_ms: int) -> None:
        self.latest_ms = now_ms  # when the last of it came
        self.sample_due_ms = 0  # then somebody wants to know how loud it is
        self.spoke_ms: int | None = None  # when somebody was last heard on it, of whom the engine may not know
        self.was_mid_sentence = False  # the caller was speaking when the latest engine was lost
        self.format = PCMU
        self.received_bytes = 0
        self._kept = bytearray()
        self._recent = bytearray()  # given to the engine, which may be lost
        self._most_recent_bytes = RECENT_MS * PCMU.bytes_per_ms
        self._surplus_bytes = SURPLUS_MS * PCMU.bytes_per_ms
        self._in_sentence = False
        # What was kept has been given to an engine, which until then may begin to deal with it.
        self._open_until_bytes = 0

    def starts(self, audio: AudioFormat, now_ms: int) -> None:
        """The stream begins, in this format."""
        self.format = audio
        self._mind_length()
        self.latest_ms = now_ms

    def add(self, audio: bytes, now_ms: int) -> None:
        self.latest_ms = now_ms
        self.received_bytes += len(audio)

    def keep(self, audio: bytes, now_ms: int) -> None:
        """No engine listens: keep it for the next one."""
        self.add(audio, now_ms)
        kept = self._kept
        kept += audio
        if (surplus := len(kept) - KEPT_MS * self.format.bytes_per_ms) > 0:
            del kept[:surplus]

    def give(self, audio: bytes, now_ms: int) -> bool:
        """An engine got it. Returns whether a sample of it is wanted now."""
        self.latest_ms = now_ms
        self.received_bytes += len(audio)
        recent = self._recent
        recent += audio
        if len(recent) > self._most_recent_bytes + self._surplus_bytes:
            del recent[: len(recent) - self._most_recent_bytes]
        return now_ms >= self.sample_due_ms

    def sentence(self, *, is_on: bool, lead_in_ms: int = LEAD_IN_MS) -> None:
        """Whether the caller speaks, from now on. What was said since they began to is remembered.

        They began up to `lead_in_ms` before it is known.
        """
        if is_on != self._in_sentence:
            self._in_sentence = is_on
            if not is_on:
                self._open_until_bytes = 0
            elif not self._is_open:
                self._recent = bytearray(self._lead_in(lead_in_ms))
        self._mind_length()

    @property
    def _is_open(self) -> bool:
        """The engine has what was kept, and no time yet to say that it hears a sentence in it, which began there."""
        return self.received_bytes < self._open_until_bytes

    def _mind_length(self) -> None:
        most_ms = KEPT_MS if self._in_sentence or self._is_open else RECENT_MS
        self._most_recent_bytes = most_ms * self.format.bytes_per_ms
        self._surplus_bytes = SURPLUS_MS * self.format.bytes_per_ms

    def _lead_in(self, ms: int = LEAD_IN_MS) -> bytes:
        """What an engine hears of before."""
        return self.latest(ms * self.format.bytes_per_ms)

    def latest(self, size: int) -> bytes:
        """The newest bytes of what the engine got."""
        size = min(size, self._most_recent_bytes)
        return bytes(self._recent[-size:]) if size else b""

    def engine_lost(self, *, caller_speaks: bool) -> None:
        """In mid-sentence the next engine hears the sentence from its beginning, whichever engine it began with."""
        was_open = self._is_open
        self.was_mid_sentence = caller_speaks or (was_open and self.was_mid_sentence)
        self._kept = bytearray(self.latest(self._most_recent_bytes) if caller_speaks or was_open else b"")
        self._begin_anew()

    def engine_renewed(self) -> None:
        """Between two turns another engine takes over: a word that begins just now is whole for it, too."""
        self._kept = bytearray(self._lead_in())
        self.was_mid_sentence = False
        self._begin_anew()

    def _begin_anew(self) -> None:
        """No engine has got anything."""
        self._recent = bytearray()
        self._in_sentence, self._open_until_bytes = False, 0
        self._mind_length()

    @property
    def received_ms(self) -> int:
        """How much of it has come so far."""
        return self.received_bytes // self.format.bytes_per_ms

    @property
    def kept_from_ms(self) -> int:
        """Where in the caller's stream the audio kept begins."""
        return (self.received_bytes - len(self._kept)) // self.format.bytes_per_ms

    def take_kept(self) -> bytes:
        """An engine gets it now. Should that one be lost before it has dealt with it, the next one gets it, too."""
        kept, self._kept = self._kept, bytearray()
        if kept:
            self._recent += kept
            self._open_until_bytes = self.received_bytes + TAKES_UP_MS * self.format.bytes_per_ms
            self._mind_length()
        return bytes(kept)

    def forget(self) -> None:
        self._kept = bytearray()
        self._begin_anew()
