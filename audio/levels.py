"""Loudness of audio: one value per 20 ms, read off mu-law without decoding it, or off 16-bit PCM at 24 kHz.

Every frame of every call may be metered, so this is table look-ups and sums of the standard library, and imports
nothing. Both forms of the same sound have the same level: 1.0 is what mu-law can say at most.
"""

from __future__ import annotations

from collections.abc import Iterator

ULAW_FRAME_BYTES = 160
PCM24_FRAME_BYTES = 960
"""20 ms, the span of one level."""

_PCM_FULL_SCALE = 32124
"""The sample of mu-law's loudest byte. Source: ITU-T G.711, table 2a, 8,031 of 13 bits times four."""
_EVERY_NTH_SAMPLE = 3
"""Of 24 kHz a third is enough for a mean magnitude, and as much as a telephone has."""


def _magnitude(code: int) -> int:
    code = ~code & 0xFF
    return ((((code & 0x0F) << 1) + 33) << ((code >> 4) & 7)) - 33


LOUDEST = 251
MAGNITUDES = bytes(min(255, (_magnitude(code) + 16) >> 5) for code in range(256))
"""Magnitude of a mu-law byte in 1/LOUDEST of full scale (8,031 of 8,159 at 14 bits), so that one byte holds it."""


def level(ulaw: bytes) -> float:
    """Mean magnitude of some mu-law audio, 0.0 (digital silence) to 1.0 (full scale); 0.0 for no audio."""
    if not ulaw:
        return 0.0
    return sum(ulaw.translate(MAGNITUDES)) / len(ulaw) / LOUDEST


def level_of_pcm(pcm: bytes | memoryview) -> float:
    """Mean magnitude of some PCM16 (24 kHz, this machine's byte order), 0.0 to 1.0; 0.0 for less than a sample."""
    samples = memoryview(pcm)[: len(pcm) & ~1].cast("h")[::_EVERY_NTH_SAMPLE].tolist()
    if not samples:
        return 0.0
    return min(1.0, sum(map(abs, samples)) / len(samples) / _PCM_FULL_SCALE)


def levels(ulaw: bytes) -> list[float]:
    """One level per 20 ms of mu-law audio; a shorter rest at the end has its own."""
    return [level(frame) for frame in _frames(ulaw, ULAW_FRAME_BYTES)]


def levels_of_pcm(pcm: bytes) -> list[float]:
    """One level per 20 ms of PCM16 at 24 kHz; a shorter rest at the end has its own."""
    return [level_of_pcm(frame) for frame in _frames(pcm, PCM24_FRAME_BYTES)]


def _frames(audio: bytes, size: int) -> Iterator[bytes]:
    return (audio[start : start + size] for start in range(0, len(audio), size))
