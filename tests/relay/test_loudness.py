"""A call's levels are those of `audio.levels`, in both forms of the relay."""

from __future__ import annotations

import random

import pytest

from audio import levels
from relay import loudness
from relay.caller import PCM24, PCMU

SOUNDS = [
    bytes(random.Random(seed).randrange(256) for _ in range(size)) for seed, size in enumerate((1, 159, 160, 961))
]


@pytest.mark.parametrize("audio", [b"", b"\xff" * 160, b"\x00" * 320, *SOUNDS], ids=len)
def test_levels_are_those_of_the_signal_code(audio: bytes) -> None:
    assert loudness.level(audio, PCMU) == pytest.approx(levels.level(audio), abs=1e-12)
    assert loudness.by_frame(audio, PCMU) == pytest.approx(levels.levels(audio), abs=1e-12)
    assert loudness.level(audio, PCM24) == levels.level_of_pcm(audio)
    assert loudness.by_frame(audio, PCM24) == levels.levels_of_pcm(audio)
