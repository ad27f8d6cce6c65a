"""How loud a call's audio is, in whichever format it comes, by the levels of `audio.levels`. Pure.

Where it is compiled it goes over mu-law itself: to make a number object of each byte takes ten times as long.
"""

from __future__ import annotations

from audio import levels
from relay import IS_COMPILED
from relay.caller import PCMU, AudioFormat

_MAGNITUDES, _LOUDEST = levels.MAGNITUDES, levels.LOUDEST


def level(audio: bytes, audio_format: AudioFormat) -> float:
    """The mean magnitude, 0.0 (digital silence) to 1.0 (full scale); 0.0 for no audio."""
    if audio_format is not PCMU:
        return levels.level_of_pcm(audio)
    return _mean(audio, 0, len(audio)) if IS_COMPILED else levels.level(audio)


def by_frame(audio: bytes, audio_format: AudioFormat) -> list[float]:
    """One level per 20 ms; a shorter rest at the end has its own."""
    if audio_format is not PCMU:
        return levels.levels_of_pcm(audio)
    if not IS_COMPILED:
        return levels.levels(audio)
    size, frame = len(audio), levels.ULAW_FRAME_BYTES
    return [_mean(audio, start, min(start + frame, size)) for start in range(0, size, frame)]


def _mean(ulaw: bytes, start: int, end: int) -> float:
    total = 0
    for index in range(start, end):
        total += _MAGNITUDES[ulaw[index]]
    return total / (end - start) / _LOUDEST if end > start else 0.0
