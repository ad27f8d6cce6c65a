"""Fit the recogniser's telephone model: `python -m bench.phone_model FOLDER OUTPUT`.

FOLDER holds recordings of 16 kHz mono speech (.wav, or .raw PCM16); that of the recogniser's own came from the `test`
folder of pocketsphinx's source package. Every recording is heard wide and over a telephone line, and the map from one
to the other is found by least squares: no transcript is needed, and the speaker matters little.
"""

import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from audio import g711
from bench.recogniser import PHONE_HZ, WIDE_HZ, Pcm, sentences, synthesise
from speech.recognizer.front_end import CEPSTRA, FrontEnd
from speech.recognizer.language import PRETRAINED

_VOICES = ("en-us+m1", "en-us+f4", "en-gb-x-rp")
_RATE_WPM = 160
_HUMAN_COPIES = 2
_RIDGE = 1.0
_SMALLEST_VARIANCE = 1e-4

Matrix = NDArray[np.float64]


def recordings(folder: Path) -> Iterator[Pcm]:
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".raw":
            yield np.frombuffer(path.read_bytes(), dtype="<i2")
        elif path.suffix == ".wav":
            with wave.open(str(path)) as file:
                if (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (WIDE_HZ, 1, 2):
                    yield np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def synthetic() -> Iterator[Pcm]:
    for voice in _VOICES:
        texts = [words for _, words in sentences("tune")[::3]]
        for pcm, rate_hz in synthesise(texts, voice, _RATE_WPM):
            quiet = np.zeros(WIDE_HZ // 10)
            speech = soxr.resample(pcm.astype(np.float64) / 2, rate_hz, WIDE_HZ)
            yield np.concatenate((quiet, speech, quiet)).astype(np.int16)


def heard_twice(pcm: Pcm) -> tuple[list[Matrix], list[Matrix]]:
    """The features of each stream (cepstra, their slopes, and the slopes of those), wide and by telephone."""
    narrow = soxr.resample(pcm.astype(np.float64), WIDE_HZ, PHONE_HZ)
    line = g711.decode(g711.encode(np.clip(narrow, -32768, 32767).astype(np.int16)))
    wide, phone = FrontEnd(WIDE_HZ).process(pcm), FrontEnd(PHONE_HZ).process(line)
    count = min(len(wide), len(phone))
    return _streams(wide[:count]), _streams(phone[:count])


def _streams(cepstra: Matrix) -> list[Matrix]:
    """Source: pocketsphinx, feat.c, "1s_c_d_dd"."""
    centred = cepstra - cepstra.mean(axis=0)
    padded = np.pad(centred, ((4, 4), (0, 0)), "edge")

    def at(offset: int) -> Matrix:
        return padded[4 + offset : 4 + offset + len(centred)]

    return [centred, at(2) - at(-2), (at(3) - at(-1)) - (at(1) - at(-3))]


def model_variances() -> list[Matrix]:
    """Of the three streams, shape (densities, 13). Source: sphinxbase's bio.c: a text header, then 4-byte numbers."""
    _, _, data = (PRETRAINED / "en-us" / "variances").read_bytes().partition(b"endhdr\n")
    codebooks, streams, densities = np.frombuffer(data[4:16], dtype="<i4")
    values = np.frombuffer(data[16 + 4 * streams + 4 :], dtype="<f4")[: codebooks * streams * densities * CEPSTRA]
    split = values.reshape(codebooks, streams, densities, CEPSTRA).astype(np.float64)
    return [split[:, stream].reshape(-1, CEPSTRA) for stream in range(streams)]


def fit(everything: list[Pcm]) -> str:
    """The map in MLLR's format: one class, three streams, each a matrix, an offset and a scale of the variances."""
    random = np.random.default_rng(5)
    louder = [np.clip(pcm * random.uniform(0.3, 1.2), -32768, 32767).astype(np.int16) for pcm in everything]
    pairs = [heard_twice(pcm) for pcm in louder]
    lines = ["1", "3"]
    matrix = np.zeros((CEPSTRA, CEPSTRA))
    for stream, variances in enumerate(model_variances()):
        wide = np.vstack([pair[0][stream] for pair in pairs])
        phone = np.vstack([pair[1][stream] for pair in pairs])
        if stream == 0:  # slopes are differences of cepstra: the same matrix holds for them
            matrix = np.linalg.solve(wide.T @ wide + _RIDGE * np.eye(CEPSTRA), wide.T @ phone).T
        unexplained = (phone - wide @ matrix.T).var(axis=0)
        used = variances[(variances > _SMALLEST_VARIANCE).all(axis=1)]
        scale = np.exp(np.mean(np.log((used @ (matrix**2).T + unexplained) / used), axis=0))
        rows = [*matrix, np.zeros(CEPSTRA), scale]
        lines += [str(CEPSTRA), *(" ".join(f"{value:.6f}" for value in row) for row in rows)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    Path(sys.argv[2]).write_text(fit([*list(recordings(Path(sys.argv[1]))) * _HUMAN_COPIES, *synthetic()]))
