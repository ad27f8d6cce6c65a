"""Voice activity: is there speech in this stretch of 8 kHz audio? A port, and Silero's network behind it.

One network is loaded for the whole process and shared; each call keeps its own state. A step costs about 0.1 ms, so it
runs in the event loop.
"""

from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from audio.g711 import Pcm16

Samples = NDArray[np.float32]

RATE_HZ = 8_000
STEP_SAMPLES = 256
STEP_MS = 32
_CONTEXT_SAMPLES = 32
_MODEL = Path(__file__).parent / "models" / "silero_vad.onnx"


class Vad(Protocol):
    """Listens to one stream."""

    def feed(self, pcm: Pcm16) -> list[float]:
        """The next samples at 8 kHz, any number. Answers the probability of speech (0 to 1) of each full step."""


class SileroModel:
    """The network, loaded once. Its native 8 kHz form wants 32 samples of context before each step of 256."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(_MODEL), options, providers=["CPUExecutionProvider"])
        self._rate = np.array(RATE_HZ, dtype=np.int64)
        self.listen().feed(np.zeros(STEP_SAMPLES, dtype=np.int16))  # the first run is the slow one

    def listen(self) -> "SileroVad":
        return SileroVad(self)

    def run(self, samples: Samples, state: Samples) -> tuple[float, Samples]:
        probability, state = self._session.run(None, {"input": samples, "state": state, "sr": self._rate})
        return float(probability[0, 0]), state


class SileroVad:
    def __init__(self, model: SileroModel) -> None:
        self._model = model
        self._state: Samples = np.zeros((2, 1, 128), dtype=np.float32)
        self._context: Samples = np.zeros(_CONTEXT_SAMPLES, dtype=np.float32)
        self._waiting: Samples = np.zeros(0, dtype=np.float32)

    def feed(self, pcm: Pcm16) -> list[float]:
        samples: Samples = np.concatenate((self._waiting, pcm.astype(np.float32) / np.float32(32768)))
        whole = len(samples) // STEP_SAMPLES * STEP_SAMPLES
        self._waiting = samples[whole:]
        probabilities = []
        for step in samples[:whole].reshape(-1, STEP_SAMPLES):
            window = np.concatenate((self._context, step))
            self._context = step[-_CONTEXT_SAMPLES:]
            probability, self._state = self._model.run(window[np.newaxis], self._state)
            probabilities.append(probability)
        return probabilities
