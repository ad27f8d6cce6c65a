"""What a caller's line may sound like while the agent speaks, made here: interruptions, "mm-hmm", coughs, echo, a TV.

All of it is synthetic: the words are espeak-ng's or the committed lines of the scripted callers, coughs, hums and room
noise are shaped noise and tones, the echo is the agent's own sound through a filter. Seeded, so two runs hear the same.
The scenes of even number are for tuning, those of odd number for the report.
"""

from __future__ import annotations

import json
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio import g711
from audio.resample import Resampler

ROOT = Path(__file__).resolve().parent.parent
LINES = ROOT / "local" / "callers" / "audio"
RATE_HZ = 8000
FRAME = 160
LENGTH_S = 8.0

Sound = NDArray[np.float64]  # samples at 8 kHz, 1.0 is full scale

AGENT_VOICES = ("en-us+f2", "en-us", "en-gb-x-rp+f4")
AGENT_LINES = (
    "A standard queen room for two nights from Friday is two hundred and fifty eight dollars, plus nine percent lodging"
    " tax. Breakfast, parking and the swimming pool are included, and you may cancel for free until the last day.",
    "Check in is from three in the afternoon, and check out is until eleven in the morning. If you arrive late, the"
    " front desk is open all night, so just ring the bell at the main door and somebody will come and let you in.",
    "I have three kinds of rooms free on that weekend. The queen room faces the parking lot, the deluxe king has a view"
    " of the mountains, and the suite has a separate living room with a sofa bed and a small kitchen.",
)
CALLER_VOICES = ("en-us+m1", "en-us+f4", "en-gb", "en-us+m3", "en-us+f3", "en-us+m7")
SENTENCES = (
    "wait, can I ask you something else",
    "no, that is too much for us",
    "excuse me, is there any parking",
    "actually we would like the suite",
    "hold on, let me get a pen",
    "sorry, what was the price again",
    "I only need the room for one night",
    "can you tell me about breakfast instead",
)
ONE_WORD = ("no", "stop", "wait", "what", "tomorrow")
BACKCHANNELS = ("mm-hmm", "uh-huh", "yeah", "okay", "mhm", "right")
ECHO_DB = (-20, -25, -30, -35)
ECHO_DELAYS_MS = (80, 170, 260, 350, 480)
ROOM_TAPS = 400


@dataclass(frozen=True)
class Scene:
    """`near` is the caller's side from the first sound of the agent's long line on, `first` what was asked before it.

    `onset_ms` is when, counted from there, the caller makes the sound that the scene is about, if at all.
    """

    number: int
    kind: str
    should_yield: bool
    agent: int  # which of the agent's lines
    first: Sound
    near: Sound
    onset_ms: int | None
    length_ms: int = 0  # of the caller's sound
    words: str = ""  # what a transcriber without mistakes makes of it
    echo_db: int | None = None
    echo_delay_ms: int = 0


def scenes(copies: int) -> tuple[list[bytes], list[Scene]]:
    """The agent's lines as mu-law, and so many scenes of each kind and variant."""
    said = _speak(
        [(text, voice, 165) for text, voice in zip(AGENT_LINES, AGENT_VOICES, strict=True)]
        + [(text, voice, 170) for voice in CALLER_VOICES for text in (*SENTENCES, *ONE_WORD, *BACKCHANNELS)]
    )
    agents = [as_mulaw(_at_level(line, -21)) for line in said[: len(AGENT_LINES)]]
    words = iter(said[len(AGENT_LINES) :])
    voices = [{text: next(words) for text in (*SENTENCES, *ONE_WORD, *BACKCHANNELS)} for _ in CALLER_VOICES]
    made: list[Scene] = []
    for copy in range(copies):
        for n, kind in enumerate(KINDS):
            made += kind(Stage((7, copy, n), len(made)), voices[copy % len(voices)])
    return agents, made


def echo_path(random: np.random.Generator) -> Sound:
    """How a handset gives sound back: a small room's decay, no lows, no highs. Unit gain for speech."""
    taps = random.standard_normal(ROOM_TAPS) * np.exp(-np.arange(ROOM_TAPS) / 60)
    taps[0] += 4
    path = np.convolve(np.convolve(taps, [1, -0.9]), [0.5, 0.5])[:ROOM_TAPS]
    return np.asarray(path / np.sqrt(np.sum(path**2)))


# --- kinds ---

Voice = dict[str, Sound]
Kind = Callable[["Stage", Voice], Iterator[Scene]]


class Stage:
    """One caller at one telephone: how loud this one speaks, and chance."""

    def __init__(self, seed: tuple[int, ...], number: int) -> None:
        self.random = np.random.default_rng(seed)
        self.number = number

    def scene(
        self,
        kind: str,
        should_yield: bool,
        voice: Voice,
        sound: Sound | None = None,
        louder_db: tuple[float, float] = (0, 0),
        under: Sound | None = None,
        echo: tuple[int, int] | None = None,
        words: str = "",
    ) -> Scene:
        """`sound` is made `louder_db` (from, to) than the caller's usual voice."""
        random = self.random
        voice_db = random.uniform(-28, -18)
        first = _at_level(_trimmed(voice[str(random.choice(SENTENCES))]), voice_db)
        near = line_noise(random) if under is None else line_noise(random) + under
        onset_ms, length_ms = None, 0
        if sound is not None:
            onset_ms = int(random.uniform(1500, 3800))
            start = onset_ms * RATE_HZ // 1000
            line = _at_level(_trimmed(sound), voice_db + random.uniform(*louder_db))[: len(near) - start]
            near[start : start + len(line)] += line
            length_ms = len(line) * 1000 // RATE_HZ
        echo_db, echo_delay_ms = echo or (None, 0)
        self.number += 1
        agent = (self.number - 1) % len(AGENT_LINES)
        return Scene(
            self.number - 1, kind, should_yield, agent, first, near, onset_ms, length_ms, words, echo_db, echo_delay_ms
        )


def _interruptions(stage: Stage, voice: Voice) -> Iterator[Scene]:
    recorded = {path.stem: _read(path) for path in sorted(LINES.glob("*check-in*.wav"))}
    for text, line in {**{text: voice[text] for text in SENTENCES}, **recorded}.items():
        yield stage.scene("interruption", True, voice, line, (0, 3), words=text)


def _short_words(stage: Stage, voice: Voice) -> Iterator[Scene]:
    for text in ONE_WORD:
        yield stage.scene("one word", True, voice, voice[text], (0, 3), words=text)


def _backchannels(stage: Stage, voice: Voice) -> Iterator[Scene]:
    for text in BACKCHANNELS:
        yield stage.scene("mm-hmm", False, voice, voice[text], (-8, -2), words=text)
    for _ in range(4):
        yield stage.scene("mm-hmm", False, voice, _hum(stage.random), (-8, -2), words="mm-hmm")


def _coughs(stage: Stage, voice: Voice) -> Iterator[Scene]:
    for _ in range(6):
        yield stage.scene("cough", False, voice, _cough(stage.random), (-3, 6))


def _echoes(stage: Stage, voice: Voice) -> Iterator[Scene]:
    for db in ECHO_DB:
        for delay_ms in ECHO_DELAYS_MS:
            yield stage.scene(f"echo {db} dB", False, voice, echo=(db, delay_ms))


def _televisions(stage: Stage, voice: Voice) -> Iterator[Scene]:
    for _ in range(6):
        under = _television(stage.random, voice, stage.random.uniform(-48, -38))
        yield stage.scene("TV", False, voice, under=under)


def _over_noise(stage: Stage, voice: Voice) -> Iterator[Scene]:
    """A caller who interrupts for all the echo, or in front of a TV; one who listens for all the echo."""
    random = stage.random

    def echo() -> tuple[int, int]:
        return int(random.choice(ECHO_DB)), int(random.choice(ECHO_DELAYS_MS))

    for text in SENTENCES[:4]:
        yield stage.scene("interruption + echo", True, voice, voice[text], (0, 3), echo=echo(), words=text)
    for text in SENTENCES[4:]:
        under = _television(random, voice, random.uniform(-48, -38))
        yield stage.scene("interruption + TV", True, voice, voice[text], (0, 3), under=under, words=text)
    for _ in range(4):
        yield stage.scene("mm-hmm + echo", False, voice, _hum(random), (-8, -2), echo=echo(), words="mm-hmm")


KINDS: tuple[Kind, ...] = (
    _interruptions,
    _short_words,
    _backchannels,
    _coughs,
    _echoes,
    _televisions,
    _over_noise,
)


# --- sounds ---


def line_noise(random: np.random.Generator) -> Sound:
    return random.standard_normal(int(LENGTH_S * RATE_HZ)) * 10 ** (random.uniform(-70, -60) / 20)


def _hum(random: np.random.Generator) -> Sound:
    """ "Mm-hmm": two bumps of a low voice, the second one higher."""
    sounds = []
    pitch = random.uniform(100, 230)
    for part, factor in enumerate((1.0, random.uniform(1.05, 1.3))):
        seconds = random.uniform(0.12, 0.24)
        t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
        tone = sum(np.sin(2 * np.pi * pitch * factor * h * t) / h**1.5 for h in range(1, 7))
        sounds.append(tone * np.sin(np.pi * t / seconds) ** 0.7)
        if part == 0:
            sounds.append(np.zeros(int(random.uniform(0.01, 0.06) * RATE_HZ)))
    return np.concatenate(sounds)


def _cough(random: np.random.Generator) -> Sound:
    """One or two bursts of noise with a sharp start, each with some voice behind it."""
    sounds = []
    pitch = random.uniform(120, 280)
    for _ in range(int(random.integers(1, 3))):
        seconds = random.uniform(0.14, 0.26)
        t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
        burst = np.convolve(random.standard_normal(len(t)), random.standard_normal(12))[: len(t)]
        voiced = sum(np.sin(2 * np.pi * pitch * h * t) / h for h in range(1, 10)) * np.minimum(1, t / 0.05)
        mix = burst / np.std(burst) + random.uniform(0.5, 2) * voiced
        sounds += [mix * np.minimum(1, t / 0.01) * np.exp(-t / (seconds / 2)), np.zeros(int(0.06 * RATE_HZ))]
    return np.concatenate(sounds)


def _television(random: np.random.Generator, voice: Voice, level_db: float) -> Sound:
    """Two people talking without a pause, and a chord under them."""
    length = int(LENGTH_S * RATE_HZ)
    mix = np.zeros(length)
    for _ in range(2):
        talk = np.concatenate([voice[text] for text in random.permutation(SENTENCES)])
        talk = np.tile(talk, 1 + length // len(talk))
        start = int(random.integers(0, len(talk) - length + 1)) if len(talk) > length else 0
        mix += talk[start : start + length] * random.uniform(0.5, 1)
    t = np.arange(length) / RATE_HZ
    mix += 0.05 * sum(np.sin(2 * np.pi * hz * t) for hz in (220, 277, 330))
    muffled = np.convolve(mix, np.ones(3) / 3, "same")
    return _at_level(muffled, level_db)


def _trimmed(sound: Sound) -> Sound:
    """Without the silence before and behind it."""
    loud = np.flatnonzero(np.abs(sound) > 0.05 * np.max(np.abs(sound)))
    return sound[loud[0] : loud[-1] + 1]


def _at_level(sound: Sound, db: float) -> Sound:
    """With this root mean square, in dB of full scale, over the parts where there is sound."""
    loud = np.abs(sound) > 0.02 * np.max(np.abs(sound))
    return np.asarray(sound * (10 ** (db / 20) / np.sqrt(np.mean(sound[loud] ** 2))))


def as_mulaw(sound: Sound) -> bytes:
    return g711.encode(np.clip(sound * 32768, -32768, 32767).astype(np.int16))


def _read(path: Path) -> Sound:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2") / 32768


def _speak(requests: list[tuple[str, str, int]]) -> list[Sound]:
    """Speech of our offline synthesiser, run as the program it is, at 8 kHz."""
    lines = [
        json.dumps({"id": n, "text": text, "voice": voice, "rate_wpm": rate})
        for n, (text, voice, rate) in enumerate(requests)
    ]
    command = [sys.executable, "-m", "speech.tts_process"]
    made = subprocess.run(command, input="\n".join(lines).encode(), capture_output=True, check=True, cwd=ROOT).stdout
    sounds, at = [], 0
    for text, voice, _ in requests:
        end = made.index(b"\n", at)
        head = json.loads(made[at:end])
        if "error" in head:
            raise RuntimeError(f"{text!r} by {voice}: {head['error']}")
        at, frames = end + 1, []
        while size := int.from_bytes(made[at : at + 4], "big"):
            frames.append(np.frombuffer(made[at + 4 : at + 4 + size], dtype="<i2"))
            at += 4 + size
        at += 4
        pcm = Resampler(head["rate_hz"], RATE_HZ).process(np.concatenate(frames))
        sounds.append(pcm.astype(np.float64) / 32768)
    return sounds
