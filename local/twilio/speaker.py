"""Who speaks `<Say>`: a port, the adapter that runs a speech program as a process of its own, and a fake.

The program's wire: JSON lines in ({"id","text","voice","rate_wpm","pitch"}); per request a JSON line out ({"id",
"rate_hz"} or {"id","error"}), then frames of a 4-byte big-endian length and PCM16LE bytes, a length of 0 at the end.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Protocol

import numpy as np
import soxr

from audio import g711

SPEECH_PROGRAM = (sys.executable, "-m", "speech.tts_process")
RATE_WPM = 165
PITCH = 50
_RATE_HZ = 8000
_TIMEOUT_S = 30.0
_MAX_FRAME_BYTES = 1 << 24


class SpeakerError(Exception):
    """The speech program cannot say this, or is gone."""


class Speaker(Protocol):
    """Turns text into telephone audio."""

    async def speak(self, text: str, language: str = "en-US") -> bytes:
        """Mu-law at 8 kHz. Raises SpeakerError."""
        ...

    async def close(self) -> None: ...


class ToneSpeaker:
    """The fake: 10 ms of a tone for each character, so that tests can tell what was said by its length."""

    def __init__(self) -> None:
        self.said: list[str] = []

    async def speak(self, text: str, language: str = "en-US") -> bytes:
        self.said.append(text)
        time_s = np.arange(len(text) * 80) / _RATE_HZ
        return g711.encode((8000 * np.sin(2 * np.pi * 300 * time_s)).astype(np.int16))

    async def close(self) -> None:
        pass


class ProcessSpeaker:
    """The adapter. The program is started at the first word and again when it died; one request at a time."""

    def __init__(self, command: Sequence[str] = SPEECH_PROGRAM) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._requests = 0

    async def speak(self, text: str, language: str = "en-US") -> bytes:
        async with self._lock:
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    return await self._speak(text, language)
            except (OSError, EOFError, ValueError, TimeoutError) as error:
                await self._stop()
                raise SpeakerError(f"the speech program failed: {error!r}") from error
            except asyncio.CancelledError:
                # Half an answer is left in the pipe: this program cannot be asked again.
                process, self._process = self._process, None
                if process is not None:
                    process.kill()
                raise

    async def close(self) -> None:
        async with self._lock:
            await self._stop()

    async def _speak(self, text: str, language: str) -> bytes:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        self._requests += 1
        voice = "en-us" if language == "en-US" else language.partition("-")[0]
        request = {"id": self._requests, "text": text, "voice": voice, "rate_wpm": RATE_WPM, "pitch": PITCH}
        process.stdin.write(json.dumps(request).encode() + b"\n")
        await process.stdin.drain()
        line = await process.stdout.readline()
        if not line:
            raise EOFError("it has ended")
        header = json.loads(line)
        if "error" in header:
            raise SpeakerError(f"the speech program says: {header['error']}")
        pcm = bytearray()
        while length := int.from_bytes(await process.stdout.readexactly(4), "big"):
            if length > _MAX_FRAME_BYTES:
                raise ValueError(f"a frame of {length} bytes")
            pcm += await process.stdout.readexactly(length)
        samples = np.frombuffer(bytes(pcm), dtype="<i2").astype(np.int16)
        return g711.encode(soxr.resample(samples, int(header["rate_hz"]), _RATE_HZ))

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()  # the program ends at the end of its input
        try:
            async with asyncio.timeout(2):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
