"""Where the recording of a caller's line lies, and how it is read."""

import hashlib
import re
from pathlib import Path

from local.config import AUDIO
from local.sound import read_wav

VOICE = "en-us+m7"
"""Another voice than the agent's, so that neither is mistaken for the other."""
RATE_WPM = 150


def wav_path(line: str, folder: Path = AUDIO) -> Path:
    """The first words, to be found by people, and a digest, to be unique."""
    words = re.findall(r"[a-z0-9]+", line.lower())
    digest = hashlib.sha256(line.encode()).hexdigest()[:8]
    return folder / f"{'-'.join(words[:6])[:48]}-{digest}.wav"


def read_line(line: str, folder: Path = AUDIO) -> bytes:
    """The line as mu-law at 8 kHz. Raises SetupError when it has no recording."""
    return read_wav(wav_path(line, folder))
