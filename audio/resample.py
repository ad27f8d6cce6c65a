"""Streaming sample-rate conversion between 8, 16, 24 and 48 kHz for live audio in small chunks.

A linear-phase FIR in polyphase form: 97 taps at 24 kHz, a constant 2 ms of delay, and exactly as many samples out of
each chunk as its length calls for, so nothing waits for a block to fill (soxr's streaming converters hold back 10 to
150 ms). Whole sentences are better served by soxr itself.
"""

from math import gcd

import numpy as np
from numpy.typing import NDArray

from audio.g711 import Pcm16

_TAPS_PER_KHZ = 4
_CUTOFF = 0.456
"""Pass band edge as a part of the lower rate: 3,650 Hz for a telephone's 8 kHz."""
_KAISER_BETA = 8.0


class Resampler:
    """Converts one stream; feed it chunk after chunk. One instance per stream and direction.

    A chunk's output length is exact when its length times the rate ratio is whole; otherwise the phase carries over.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        common = gcd(from_hz, to_hz)
        self._up, self._down = to_hz // common, from_hz // common
        internal_hz = from_hz * self._up
        taps = (
            _low_pass(_TAPS_PER_KHZ * internal_hz // 1000 + 1, _CUTOFF * min(from_hz, to_hz) / internal_hz) * self._up
        )
        length = -(-len(taps) // self._up)
        padded = np.zeros(length * self._up)
        padded[: len(taps)] = taps
        # Row p filters the outputs of phase p; reversed, so that a window times a row is the convolution.
        self._phases = np.ascontiguousarray(padded.reshape(length, self._up).T[:, ::-1], np.float32)
        self._tail = np.zeros(length - 1, np.float32)
        self._skip = 0
        self._passes = from_hz == to_hz

    def process(self, pcm: Pcm16) -> Pcm16:
        """The next samples in, the matching samples out (PCM16, clipped rather than wrapped)."""
        if self._passes or not len(pcm):
            return pcm
        signal = np.concatenate((self._tail, pcm), dtype=np.float32)
        self._tail = signal[len(pcm) :]
        out = self._filtered(signal, len(pcm))
        self._skip = (self._skip - len(pcm) * self._up) % self._down
        # In place: a frame is so short that every copy counts.
        np.rint(out, out=out)
        np.maximum(out, -32768, out=out)
        np.minimum(out, 32767, out=out)
        return out.astype(np.int16)

    def _filtered(self, signal: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
        """The outputs of the last `samples` of the signal.

        The windows overlap: numpy's own helper for a view of them takes longer than the filter does. einsum sums them
        where they lie, in this thread; a product of matrices takes three times as long where 24 kHz become 8.
        """
        first, hop = (self._skip, self._down) if self._up == 1 else (0, 1)
        step = signal.itemsize
        shape = (len(range(first, samples, hop)), self._phases.shape[1])
        windows = np.ndarray(shape, np.float32, signal, first * step, (hop * step, step))
        out: NDArray[np.float32] = np.einsum("ij,kj->ik", windows, self._phases).reshape(-1)
        return out if self._up == 1 else out[self._skip :: self._down]


def _low_pass(taps: int, cutoff: float) -> NDArray[np.float64]:
    """A windowed-sinc low-pass filter of unit gain; `cutoff` in cycles per sample."""
    n = np.arange(taps) - (taps - 1) / 2
    filter_ = 2 * cutoff * np.sinc(2 * cutoff * n) * np.kaiser(taps, _KAISER_BETA)
    return np.asarray(filter_ / filter_.sum())
