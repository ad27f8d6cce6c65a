"""Speaks with the text-to-speech program, and makes the recordings of callers' lines: `python -m local render`.

Each line is spoken by a program started for it alone: inside one process the voice differs from line to line by what
was said before.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from audio import g711
from local.callers.lines import RATE_WPM, VOICE, wav_path
from local.config import AUDIO, ROOT, child_environment
from local.errors import SetupError
from local.sound import to_8khz, write_wav

AGENT_VOICE, AGENT_RATE_WPM = "en-us", 165
"""How the offline engine speaks unless it is told otherwise (TTS_VOICE, TTS_RATE_WPM)."""
_PROGRAM = [sys.executable, "-m", "speech.tts_process"]
_TIMEOUT_S = 60


def render(lines: Iterable[str], folder: Path = AUDIO, *, again: bool = False) -> list[Path]:
    """Make the recordings that are missing (all of them with `again`); the files that were made."""
    made = []
    for line in dict.fromkeys(lines):
        path = wav_path(line, folder)
        if again or not path.exists():
            write_wav(path, speak_all([line], VOICE, RATE_WPM))
            made.append(path)
    return made


def speak_all(texts: Sequence[str], voice: str, rate_wpm: int) -> list[bytes]:
    """The texts as mu-law at 8 kHz, spoken by one program. Raises SetupError when it cannot say them."""
    requests = [
        json.dumps({"id": number, "text": text, "voice": voice, "rate_wpm": rate_wpm, "pitch": 50})
        for number, text in enumerate(texts)
    ]
    try:
        done = subprocess.run(
            _PROGRAM,
            input="\n".join([*requests, ""]).encode(),
            capture_output=True,
            timeout=_TIMEOUT_S,
            cwd=ROOT,
            env=child_environment({}),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise SetupError("The speech program did not finish in time.") from error
    spoken, rest = [], done.stdout
    for text in texts:
        header, _, rest = rest.partition(b"\n")
        try:
            rate_hz = int(json.loads(header)["rate_hz"])
        except (ValueError, KeyError) as error:
            reason = header.decode(errors="replace") or done.stderr.decode(errors="replace")[-500:]
            raise SetupError(f"The speech program cannot say {text!r}: {reason}", "Run `make setup`.") from error
        pcm, rest = _frames(rest)
        spoken.append(g711.encode(to_8khz(np.frombuffer(pcm, dtype="<i2").astype(np.int16), rate_hz)))
    return spoken


def _frames(data: bytes) -> tuple[bytes, bytes]:
    """The audio of one answer (frames of a 4-byte length and as many bytes, to a length of 0), and what follows."""
    audio, at = bytearray(), 0
    while length := int.from_bytes(data[at : at + 4], "big"):
        audio += data[at + 4 : at + 4 + length]
        at += 4 + length
    return bytes(audio), data[at + 4 :]
