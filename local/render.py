"""Makes the recordings of callers' lines with the text-to-speech program: `python -m local render`.

Each line is spoken by a program started for it alone: inside one process the voice differs from line to line by what
was said before.
"""

import json
import struct
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import numpy as np

from audio import g711
from local.callers.lines import RATE_WPM, VOICE, wav_path
from local.config import AUDIO, ROOT, child_environment
from local.errors import SetupError
from local.sound import to_8khz, write_wav

_PROGRAM = [sys.executable, "-m", "speech.tts_process"]


def render(lines: Iterable[str], folder: Path = AUDIO, *, again: bool = False) -> list[Path]:
    """Make the recordings that are missing (all of them with `again`); the files that were made."""
    made = []
    for line in dict.fromkeys(lines):
        path = wav_path(line, folder)
        if again or not path.exists():
            write_wav(path, [speak(line)])
            made.append(path)
    return made


def speak(text: str, voice: str = VOICE, rate_wpm: int = RATE_WPM) -> bytes:
    """The text as mu-law at 8 kHz. Raises SetupError when the program cannot say it."""
    request = {"id": 1, "text": text, "voice": voice, "rate_wpm": rate_wpm, "pitch": 50}
    program = subprocess.Popen(
        _PROGRAM,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=child_environment({}),
    )
    try:
        out, errors = program.communicate(json.dumps(request).encode() + b"\n", timeout=60)
    except subprocess.TimeoutExpired as error:
        program.kill()
        program.communicate()
        raise SetupError(f"The speech program did not finish the line {text!r}.") from error
    header, _, body = out.partition(b"\n")
    try:
        answer = json.loads(header)
        rate_hz = int(answer["rate_hz"])
    except (ValueError, KeyError) as error:
        reason = header.decode(errors="replace") or errors.decode(errors="replace")[-500:]
        raise SetupError(f"The speech program cannot say {text!r}: {reason}", "Run `make setup`.") from error
    return g711.encode(to_8khz(np.frombuffer(_frames(body), dtype="<i2").astype(np.int16), rate_hz))


def _frames(body: bytes) -> bytes:
    """The audio of one answer: frames of a 4-byte length and that many bytes, up to a length of 0."""
    audio, at = bytearray(), 0
    while at + 4 <= len(body) and (length := struct.unpack_from(">I", body, at)[0]):
        audio += body[at + 4 : at + 4 + length]
        at += 4 + length
    return bytes(audio)


def show_made(made: Iterable[Path], out: IO[str] = sys.stdout) -> None:
    for path in made:
        print(path.relative_to(ROOT), file=out)
