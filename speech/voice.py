"""A written answer into pieces of encoded audio, each with the written words that are spoken in it.

It decides sentences, the pause between them, the cut into deltas and which words belong to which; how words become
sound is the synthesiser's affair.
"""

import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

import numpy as np
import soxr

from audio.g711 import Pcm16, encode
from speech.session import BYTES_PER_MS, PCM_HZ
from speech.text import split_sentences, to_spoken
from speech.tts import Tts

DELTA_MS = 200
_FRAME_MS = 20
_PAUSE_MS = 180


@dataclass(frozen=True)
class Piece:
    """`audio` is in the format that was asked for, at most 200 ms and a whole number of 20 ms frames."""

    words: str
    audio: bytes


class Voice:
    def __init__(self, tts: Tts, rate_wpm: int) -> None:
        self._tts = tts
        self._rate_wpm = rate_wpm

    async def say(self, text: str, audio_format: str, speed: float = 1.0) -> AsyncGenerator[Piece]:
        """The pieces of `text`, a sentence at a time; their words join to `text`. Raises TtsError."""
        sentences = split_sentences(text)
        for index, sentence in enumerate(sentences):
            sound = await self._sound(to_spoken(sentence), round(self._rate_wpm * speed))
            pause_ms = _PAUSE_MS if index < len(sentences) - 1 else 0
            for piece in _pieces(sentence, sound, self._tts.rate_hz, audio_format, pause_ms):
                yield piece

    async def _sound(self, words: str, rate_wpm: int) -> Pcm16:
        if not re.search(r"\w", words):
            return np.zeros(0, dtype=np.int16)
        chunks = [chunk async for chunk in self._tts.speak(words, rate_wpm)]
        return np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.int16)


def _pieces(sentence: str, sound: Pcm16, rate_hz: int, audio_format: str, pause_ms: int) -> Iterator[Piece]:
    to_hz = PCM_HZ if audio_format == "audio/pcm" else 8_000
    pcm: Pcm16 = soxr.resample(sound, rate_hz, to_hz, quality="HQ")
    voiced_ms = len(pcm) * 1000 / to_hz
    samples = to_hz * _FRAME_MS // 1000
    silence = to_hz * pause_ms // 1000 + -(len(pcm) + to_hz * pause_ms // 1000) % samples
    pcm = np.concatenate((pcm, np.zeros(silence, dtype=np.int16)))
    audio = pcm.astype("<i2").tobytes() if audio_format == "audio/pcm" else encode(pcm)
    step = DELTA_MS * BYTES_PER_MS[audio_format]
    words = _timed_words(sentence, voiced_ms)
    for start in range(0, len(audio), step) or [0]:
        is_last = start + step >= len(audio)
        until_ms = (start + step) / BYTES_PER_MS[audio_format]
        said = ""
        while words and (is_last or words[0][0] < until_ms):
            said += words.pop(0)[1]
        yield Piece(said, audio[start : start + step])


def _timed_words(sentence: str, voiced_ms: float) -> list[tuple[float, str]]:
    """(start, word with the space after it). Words take time by their length: near enough for deltas of 200 ms."""
    return [(m.start() / len(sentence) * voiced_ms, m[0]) for m in re.finditer(r"^\s*\S*\s*|\S+\s*", sentence)]
