"""The caller's audio: counted as it comes, kept while no engine listens, remembered in case one is lost. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

from relay.caller import PCMU, AudioFormat, Media

# Audio kept for an engine to come; older audio gives way.
KEPT_MS = 15_000
# Audio before `speech_started` that a next engine gets as well, should this one be lost in mid-sentence.
LEAD_IN_FRAMES = 15
# While the caller is silent so much is kept, for whoever wants to know what the line sounded like just now.
RECENT_FRAMES = 50
SENTENCE_FRAMES = KEPT_MS // 20


class CallerAudio:
    def __init__(self, now_ms: int) -> None:
        self.frames = 0
        self.latest_ms = now_ms  # when the last of it came
        self.was_mid_sentence = False  # the caller was speaking when the latest engine was lost
        self._bytes = 0
        self.format = PCMU
        self._bytes_per_ms = PCMU.bytes_per_ms
        self._kept: deque[Media] = deque()
        self._kept_bytes = 0
        self._recent: deque[Media] = deque()  # given to the engine, which may be lost
        self._most_recent = RECENT_FRAMES

    def starts(self, audio: AudioFormat, now_ms: int) -> None:
        """The stream begins, in this format."""
        self.format = audio
        self._bytes_per_ms = audio.bytes_per_ms
        self.latest_ms = now_ms

    def add(self, media: Media, now_ms: int) -> None:
        self.frames += 1
        self.latest_ms = now_ms
        self._bytes += media.audio_bytes

    def keep(self, media: Media, now_ms: int) -> None:
        """No engine listens: keep it for the next one."""
        self.add(media, now_ms)
        self._kept.append(media)
        self._kept_bytes += media.audio_bytes
        while self._kept_bytes > KEPT_MS * self._bytes_per_ms:
            self._kept_bytes -= self._kept.popleft().audio_bytes

    def give(self, frames: Sequence[Media], now_ms: int) -> None:
        """An engine got these."""
        self.frames += len(frames)
        self.latest_ms = now_ms
        for media in frames:
            self._bytes += media.audio_bytes
        self._recent += frames
        while len(self._recent) > self._most_recent:
            self._recent.popleft()

    def sentence(self, *, is_on: bool) -> None:
        """Whether the caller speaks, from now on. What was said since they began to is remembered."""
        most = SENTENCE_FRAMES if is_on else RECENT_FRAMES
        if most != self._most_recent:
            self._most_recent = most
            while len(self._recent) > (LEAD_IN_FRAMES if is_on else RECENT_FRAMES):
                self._recent.popleft()

    def latest(self, count: int) -> list[Media]:
        """The newest of what the engine got, oldest first."""
        return list(islice(self._recent, max(0, len(self._recent) - count), None))

    def engine_lost(self, *, caller_speaks: bool) -> None:
        """In mid-sentence the next engine hears the sentence from its beginning."""
        self.was_mid_sentence = caller_speaks
        self._kept, self._recent = (self._recent if caller_speaks else deque()), deque()
        self._kept_bytes = sum(media.audio_bytes for media in self._kept)

    def engine_renewed(self) -> None:
        """Between two turns another engine takes over: a word that begins just now is whole for it, too."""
        self._kept = deque(self.latest(LEAD_IN_FRAMES))
        self._kept_bytes = sum(media.audio_bytes for media in self._kept)
        self.was_mid_sentence = False

    @property
    def received_ms(self) -> int:
        """How much of it has come so far."""
        return self._bytes // self._bytes_per_ms

    def keep_newest(self, ms: int) -> None:
        """Of what is kept, the rest is of no use to the engine to come."""
        while self._kept_bytes > ms * self._bytes_per_ms:
            self._kept_bytes -= self._kept.popleft().audio_bytes

    @property
    def kept_from_ms(self) -> int:
        """Where in the caller's stream the audio kept begins."""
        return (self._bytes - self._kept_bytes) // self._bytes_per_ms

    def take_kept(self) -> list[Media]:
        kept = list(self._kept)
        self._kept.clear()
        self._kept_bytes = 0
        return kept

    def forget(self) -> None:
        self.take_kept()
        self._recent.clear()
