"""The caller's audio: counted as it comes, kept while no engine listens, remembered in case one is lost. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from relay.caller import PCMU, AudioFormat, Media

# Audio kept for an engine to come; older audio gives way.
KEPT_MS = 15_000
# Audio before `speech_started` that a next engine gets as well, should this one be lost in mid-sentence.
LEAD_IN_MS = 300
# While the caller is silent so much is kept, for whoever wants to know what the line sounded like just now.
RECENT_MS = 1000
# However short they are.
MOST_MESSAGES = 1500


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
        self._recent_bytes = 0
        self._most_recent_bytes = RECENT_MS * self._bytes_per_ms
        self._in_sentence = False

    def starts(self, audio: AudioFormat, now_ms: int) -> None:
        """The stream begins, in this format."""
        self.format = audio
        self._bytes_per_ms = audio.bytes_per_ms
        self._most_recent_bytes = RECENT_MS * audio.bytes_per_ms
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
        size = 0
        for media in frames:
            size += media.audio_bytes
        self._bytes += size
        self._recent += frames
        self._recent_bytes += size
        while self._recent_bytes > self._most_recent_bytes or len(self._recent) > MOST_MESSAGES:
            self._recent_bytes -= self._recent.popleft().audio_bytes

    def sentence(self, *, is_on: bool) -> None:
        """Whether the caller speaks, from now on. What was said since they began to is remembered."""
        if is_on != self._in_sentence:
            self._in_sentence = is_on
            self._most_recent_bytes = (KEPT_MS if is_on else RECENT_MS) * self._bytes_per_ms
            if is_on:
                self._recent = self._lead_in()
                self._recent_bytes = _bytes_of(self._recent)

    def _lead_in(self) -> deque[Media]:
        """The newest messages that hold what an engine hears of before."""
        newest: deque[Media] = deque()
        missing = LEAD_IN_MS * self._bytes_per_ms
        for media in reversed(self._recent):
            if missing <= 0:
                break
            newest.appendleft(media)
            missing -= media.audio_bytes
        return newest

    def latest(self, count: int) -> list[Media]:
        """The newest of what the engine got, oldest first."""
        return list(islice(self._recent, max(0, len(self._recent) - count), None))

    def engine_lost(self, *, caller_speaks: bool) -> None:
        """In mid-sentence the next engine hears the sentence from its beginning."""
        self.was_mid_sentence = caller_speaks
        self.take_kept()
        if caller_speaks:
            self._kept, self._kept_bytes = self._recent, self._recent_bytes
        self._recent, self._recent_bytes = deque(), 0

    def engine_renewed(self) -> None:
        """Between two turns another engine takes over: a word that begins just now is whole for it, too."""
        self._kept = self._lead_in()
        self._kept_bytes = _bytes_of(self._kept)
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
        self._recent_bytes = 0


def _bytes_of(messages: Iterable[Media]) -> int:
    return sum(media.audio_bytes for media in messages)
