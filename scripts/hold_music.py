"""Composes and plays the music that guests hear who hold: `python scripts/hold_music.py` writes it where it is served.

It is ours, so nobody is owed anything for it. Eighty seconds in eight parts of ten: each part ends in a breath, so that
a voice may come in between two of them, and as many are played as the guest has to wait. Nothing is drawn at random but
by a seed of the part's own: the same program makes the same music.

Written for the telephone: one voice, nothing below 180 Hz or above 3 kHz that matters, no drums, and quiet.
"""

import struct
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))
from audio import g711

FOLDER = Path(__file__).parents[1] / "functions" / "nightdesk" / "sounds"
RATE_HZ = 8000
BEAT_S = 0.625  # 96 a minute: sixteen beats are ten seconds
BEATS = 16
LOUDNESS = 0.07  # of full scale, root of the mean square: about that of the agent's voice

Sound = NDArray[np.float64]

# Four chords to a part, four beats each: semitones above C3 (130.8 Hz), the bass first. No part is another's equal.
PARTS: tuple[tuple[tuple[int, ...], ...], ...] = (
    ((12, 16, 19, 23), (9, 16, 19, 24), (14, 17, 21, 24), (7, 17, 19, 23)),
    ((12, 16, 19, 26), (16, 19, 23, 26), (17, 21, 24, 28), (7, 14, 19, 23)),
    ((9, 16, 19, 24), (14, 17, 21, 24), (7, 17, 19, 23), (12, 16, 19, 23)),
    ((17, 21, 24, 28), (16, 19, 23, 26), (14, 17, 21, 24), (12, 19, 23, 28)),
    ((9, 16, 21, 24), (16, 19, 23, 28), (17, 21, 24, 26), (12, 16, 19, 24)),
    ((14, 21, 24, 29), (7, 17, 23, 26), (12, 19, 23, 28), (9, 16, 19, 24)),
    ((17, 24, 28, 31), (14, 21, 24, 29), (16, 19, 23, 26), (9, 16, 24, 28)),
    ((14, 17, 21, 24), (7, 19, 23, 29), (12, 19, 24, 28), (12, 16, 19, 23)),
)
_SCALE = (0, 2, 4, 7, 9)  # what sounds well over all of these


def compose(part: int) -> Sound:
    """Ten seconds, between -1 and 1."""
    drawn = np.random.default_rng(1000 + part)
    sound = np.zeros(round(BEATS * BEAT_S * RATE_HZ))
    melody = 12 + _SCALE[part % len(_SCALE)]
    for bar, chord in enumerate(PARTS[part]):
        first = bar * 4
        _strike(sound, first, chord[0], 0.9, 2.2)
        order = [(0, 1, 2, 3, 2, 1, 2), (1, 2, 3, 2, 1, 2, 3), (1, 3, 2, 3, 1, 2, 1)][(part + bar) % 3]
        for eighth, voice in enumerate(order, 1):
            _strike(sound, first + eighth / 2, chord[voice], 0.34 + 0.05 * drawn.random(), 0.9)
        for beat in (0.0, 1.5, 2.0, 3.0):
            if bar == 3 and beat > 1:  # the breath at the end
                break
            if drawn.random() < (0.85 if beat in (0.0, 2.0) else 0.5):
                melody = _next(melody, drawn)
                _strike(sound, first + beat, 12 + melody, 0.6 + 0.1 * drawn.random(), 1.4)
    sound = _room(sound)
    sound *= LOUDNESS / np.sqrt(np.mean(sound**2))
    fade = round(0.35 * RATE_HZ)
    sound[-fade:] *= np.linspace(1, 0, fade) ** 2
    return np.tanh(sound)


def wav(sound: Sound) -> bytes:
    """A WAV file of mu-law at 8 kHz, as a telephone plays it unchanged."""
    data = g711.encode(np.round(sound * 32767).astype(np.int16))
    fmt = struct.pack("<HHIIHHH", 7, 1, RATE_HZ, RATE_HZ, 1, 8, 0)
    fact = struct.pack("<I", len(data))
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"fact" + struct.pack("<I", 4) + fact
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def path(part: int) -> Path:
    return FOLDER / f"hold-music-{part + 1}.wav"


def _next(melody: int, drawn: np.random.Generator) -> int:
    """A step or two up or down the scale, within an octave and a half."""
    steps = sorted({octave + tone for octave in (12, 24) for tone in _SCALE})[:8]
    at = min(range(len(steps)), key=lambda i: abs(steps[i] - melody))
    at += int(drawn.choice([-2, -1, -1, 1, 1, 2]))
    return steps[min(max(at, 0), len(steps) - 1)]


def _strike(sound: Sound, beat: float, semitones: float, loud: float, rings_s: float) -> None:
    """A soft struck string: a few overtones, the higher ones sooner gone."""
    start = round(beat * BEAT_S * RATE_HZ)
    time = np.arange(min(len(sound) - start, round(3 * rings_s * RATE_HZ))) / RATE_HZ
    pitch_hz = 130.81 * 2 ** (semitones / 12)
    tone = np.zeros(len(time))
    for overtone, share in ((1, 1.0), (2, 0.42), (3, 0.16), (4, 0.06)):
        if pitch_hz * overtone < 3000:
            tone += share * np.exp(-time * overtone**0.7 / rings_s * 2) * np.sin(2 * np.pi * pitch_hz * overtone * time)
    attack = np.minimum(time / 0.012, 1)
    sound[start : start + len(time)] += loud * attack * tone


def _room(sound: Sound) -> Sound:
    """A little of a room around it."""
    wet = sound.copy()
    for delay_s, share in ((0.031, 0.22), (0.053, 0.18), (0.089, 0.13), (0.131, 0.09), (0.211, 0.06)):
        delay = round(delay_s * RATE_HZ)
        wet[delay:] += share * sound[:-delay]
    return wet


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for part in range(len(PARTS)):
        path(part).write_bytes(wav(compose(part)))


if __name__ == "__main__":
    main()
