"""What a caller said while no engine listened, as far as the next one cannot be given it any more. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from audio import levels
from relay.caller import PCMU, AudioFormat, Media
from relay.watchdogs import LOUD

# So much sound is a word or two, less of it a cough or a door.
SPOKEN_MS = 400


def split(kept: Sequence[Media], most_ms: int, audio: AudioFormat) -> tuple[Sequence[Media], Sequence[Media]]:
    """What is older than the newest `most_ms`, and these."""
    size, first = 0, len(kept)
    while first and (size := size + kept[first - 1].audio_bytes) <= most_ms * audio.bytes_per_ms:
        first -= 1
    return kept[:first], kept[first:]


def is_speech(missed: Sequence[Media], audio: AudioFormat) -> bool:
    """Whether there is so much sound in it that somebody spoke."""
    of = levels.levels if audio is PCMU else levels.levels_of_pcm
    frame_ms = audio.frame_bytes // audio.bytes_per_ms
    loud = sum(level >= LOUD for media in missed for level in of(media.audio))
    return loud * frame_ms >= SPOKEN_MS


def length_ms(media: Sequence[Media], audio: AudioFormat) -> int:
    return sum(each.audio_bytes for each in media) // audio.bytes_per_ms
