"""The recorded sentence of the tests, and noises that are none."""

import wave
from pathlib import Path

import numpy as np

from audio.g711 import Pcm16

LEAD_MS, TAIL_MS = 500, 1000


def recorded(name: str) -> Pcm16:
    """8 kHz: `LEAD_MS` of silence, one sentence, `TAIL_MS` of silence."""
    with wave.open(str(Path(__file__).parent / "audio" / f"{name}.wav")) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def room_for_friday() -> Pcm16:
    """Words: do you have a room for two nights from friday."""
    return recorded("room_for_friday")


def two_adults_and_a_dog() -> Pcm16:
    """Words: two nights from friday for two adults and a dog."""
    return recorded("two_adults_and_a_dog")


def noise(ms: int, rms: float) -> Pcm16:
    return np.asarray(np.random.default_rng(7).normal(0, rms, 8 * ms), dtype=np.int16)


def tones(ms: int, *hz: float) -> Pcm16:
    time = np.arange(8 * ms) / 8000
    return np.asarray(sum(6000 * np.sin(2 * np.pi * f * time) for f in hz), dtype=np.int16)
