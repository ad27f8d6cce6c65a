"""Whether a caller spoke while no engine listened, in audio that the next one cannot be given any more. Pure."""

from __future__ import annotations

from relay import loudness
from relay.caller import AudioFormat
from relay.watchdogs import LOUD

# So much sound is a word or two, less of it a cough or a door.
SPOKEN_MS = 400


def is_speech(missed: bytes, audio: AudioFormat) -> bool:
    """Whether there is so much sound in it that somebody spoke."""
    loud = sum(level >= LOUD for level in loudness.by_frame(missed, audio))
    return loud * audio.frame_bytes // audio.bytes_per_ms >= SPOKEN_MS
