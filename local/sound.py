"""WAV files, loudness and stretches of speech: what the reports and the callers need to know of audio.

Audio of a call is mu-law at 8 kHz; 160 bytes are 20 ms.
"""

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from audio import g711
from local.errors import SetupError

RATE_HZ = 8000
FRAME_MS = 20
LOUD_DB = -45.0
"""Above this a frame is sound, below it is silence. A quiet telephone line lies below -50."""
JOIN_MS = 300
"""A pause shorter than this belongs to the stretch around it."""
LEAST_MS = 60
"""What is shorter than this is a click."""


@dataclass(frozen=True)
class Stretch:
    """Sound from `start_ms` to `end_ms` of a track."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


def levels_db(ulaw: bytes) -> NDArray[np.float64]:
    """Loudness of each whole 20 ms frame in dB of full scale; silence is -96."""
    whole = len(ulaw) // g711.FRAME_BYTES * g711.FRAME_BYTES
    frames = g711.decode(ulaw[:whole]).astype(np.float64).reshape(-1, g711.FRAME_BYTES)
    rms = np.sqrt(np.mean(frames**2, axis=1))
    return np.asarray(20 * np.log10(np.maximum(rms, 0.52) / 32768))


def stretches(ulaw: bytes, *, join_ms: int = JOIN_MS, loud_db: float = LOUD_DB) -> list[Stretch]:
    """Where there is sound in a track, in order."""
    loud = np.concatenate(([False], levels_db(ulaw) > loud_db, [False]))
    edges = np.flatnonzero(loud[1:] != loud[:-1]) * FRAME_MS
    found: list[Stretch] = []
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if found and start - found[-1].end_ms < join_ms:
            found[-1] = Stretch(found[-1].start_ms, end)
        else:
            found.append(Stretch(start, end))
    return [stretch for stretch in found if stretch.length_ms >= LEAST_MS]


def cut(ulaw: bytes, start_ms: int, end_ms: int) -> bytes:
    return ulaw[max(0, start_ms) * g711.BYTES_PER_MS : max(0, end_ms) * g711.BYTES_PER_MS]


def noise(seconds: float, level_db: float, seed: int = 1) -> bytes:
    """White noise of the given loudness, the same every time."""
    samples = np.random.default_rng(seed).normal(0.0, 32768 * 10 ** (level_db / 20), int(seconds * RATE_HZ))
    return g711.encode(np.clip(samples, -32768, 32767).astype(np.int16))


def to_8khz(pcm: g711.Pcm16, rate_hz: int) -> g711.Pcm16:
    """A whole recording of any rate at 8 kHz."""
    return np.asarray(soxr.resample(pcm, rate_hz, RATE_HZ, quality="HQ"), dtype=np.int16)


def write_wav(path: Path, tracks: Sequence[bytes]) -> None:
    """One 16-bit channel per mu-law track; shorter tracks are filled with silence."""
    length = max((len(track) for track in tracks), default=0)
    channels = [g711.decode(track.ljust(length, bytes([g711.SILENCE]))) for track in tracks]
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(np.stack(channels, axis=1).astype("<i2").tobytes())


def read_wav(path: Path) -> bytes:
    """A mono 16-bit WAV at 8 kHz as mu-law. Raises SetupError for any other file."""
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            if shape != (1, 2, RATE_HZ):
                raise SetupError(f"{path.name} must be mono, 16 bits, 8000 Hz; it has {shape}.", _RENDER)
            return g711.encode(np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16))
    except FileNotFoundError:
        raise SetupError(f"The line {path.name} has no recording.", _RENDER) from None
    except (wave.Error, EOFError) as error:
        raise SetupError(f"{path.name} is not a WAV file: {error}.", _RENDER) from error


_RENDER = "Make it with `python -m local render`."
