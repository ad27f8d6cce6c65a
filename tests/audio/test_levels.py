"""Levels read off mu-law bytes agree with levels of the decoded samples."""

import numpy as np

from audio import g711
from audio.levels import level


def test_silence_is_zero_and_full_scale_is_one() -> None:
    assert level(bytes([g711.SILENCE]) * 160) == 0
    assert level(bytes([0x80]) * 160) == 1
    assert level(b"") == 0


def test_level_follows_the_decoded_magnitude() -> None:
    noise = np.random.default_rng(7).normal(0, 1, 1600)
    for loudness in (300, 1000, 4000, 8000):
        ulaw = g711.encode(np.clip(noise * loudness, -32000, 32000).astype(np.int16))
        decoded = float(np.abs(g711.decode(ulaw).astype(float)).mean()) / 32124
        assert abs(level(ulaw) - decoded) < max(0.004, decoded * 0.03)
