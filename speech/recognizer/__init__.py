"""Offline recognition of what hotel guests say, in English: two pocketsphinx decoders in worker processes."""

from speech.recognizer.pool import WorkerPool
from speech.stt import Recogniser


def recogniser(workers: int) -> Recogniser:
    """The embedded recogniser, to be started and closed by its owner."""
    return WorkerPool(workers)
