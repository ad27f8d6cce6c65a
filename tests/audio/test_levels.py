"""Levels read off mu-law bytes agree with levels of the decoded samples."""

import numpy as np

from audio import g711
from audio.levels import level, level_of_pcm, levels, levels_of_pcm


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


def voice(loudness: float, seconds: float = 0.2) -> g711.Pcm16:
    """Noise at 24 kHz that stays within what both forms can say."""
    noise = np.random.default_rng(11).normal(0, 1, int(24000 * seconds))
    return np.clip(noise * loudness, -32000, 32000).astype(np.int16)


def test_pcm_of_silence_is_zero_and_of_full_scale_is_one() -> None:
    assert level_of_pcm(bytes(960)) == 0
    assert level_of_pcm(np.full(480, -32768, np.int16).tobytes()) == 1
    assert level_of_pcm(np.full(480, 32767, np.int16).tobytes()) == 1
    assert level_of_pcm(b"") == level_of_pcm(b"\x01") == 0


def test_the_same_sound_has_the_same_level_in_both_forms() -> None:
    for loudness in (300, 1000, 4000, 8000):
        pcm = voice(loudness)
        assert abs(level_of_pcm(pcm.tobytes()) - level(g711.encode(pcm))) < max(0.004, 0.03 * loudness / 32124)


def test_there_is_one_level_per_20_ms() -> None:
    loud, quiet = voice(8000, 0.02), voice(300, 0.02)
    pcm = np.concatenate((loud, quiet, loud))
    in_pcm = levels_of_pcm(pcm.tobytes())
    in_ulaw = levels(b"".join(g711.encode(frame[::3]) for frame in (loud, quiet, loud)))
    assert len(in_pcm) == len(in_ulaw) == 3
    for found in (in_pcm, in_ulaw):
        assert found[0] == found[2] > 10 * found[1] > 0
    assert len(levels(bytes(170))) == 2
