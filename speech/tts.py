"""Words into sound: a port, and the adapter that runs the synthesiser as a process of its own.

The adapter knows the helper's pipes (`tts_process`) and when to start it again; it refuses to know any synthesiser.
"""

import asyncio
import json
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Protocol

import numpy as np

from audio.g711 import Pcm16

_PROGRAM = Path(__file__).with_name("tts_process.py")
_CHUNK_TIMEOUT_S = 5.0
_STOP_TIMEOUT_S = 2.0
_ATTEMPTS = 2

log = logging.getLogger(__name__)


class TtsError(Exception):
    """These words cannot be spoken."""


class Tts(Protocol):
    """Many callers may speak at once."""

    rate_hz: int

    async def start(self) -> None:
        """Be ready to speak. Raises TtsError when that is not possible."""

    async def close(self) -> None:
        """Leave nothing running."""

    def speak(self, words: str, rate_wpm: int) -> AsyncGenerator[Pcm16]:
        """Mono sound at `rate_hz`, in chunks, as it is made. Closing the generator stops it. Raises TtsError."""


class _Job:
    """One request and what has come of it: chunks, then None, or an error."""

    def __init__(self, words: str, rate_wpm: int) -> None:
        self.words = words
        self.rate_wpm = rate_wpm
        self.made: asyncio.Queue[Pcm16 | TtsError | None] = asyncio.Queue()
        self.has_begun = False
        self.is_wanted = True


class TtsProcess:
    """Runs one helper, which makes speech about a thousand times faster than it is spoken, so that requests can queue.

    A helper that died or hangs is replaced; the request it was busy with is made again if nothing of it was heard.
    """

    def __init__(self, voice: str, rate_wpm: int, program: tuple[str, ...] = ()) -> None:
        """`program` is the command of another helper, for tests."""
        self.rate_hz = 0
        self._voice = voice
        self._rate_wpm = rate_wpm
        self._program = program or (sys.executable, "-P", str(_PROGRAM))
        self._process: Process | None = None
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._worker: asyncio.Task[None] | None = None
        self._last_id = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        self._worker = asyncio.create_task(self._work(), name="tts")
        async for _ in self.speak("ready", self._rate_wpm):  # also learns the sample rate
            pass

    async def close(self) -> None:
        if self._worker:
            self._worker.cancel()
            await asyncio.wait([self._worker])
        await self._stop_process()

    async def speak(self, words: str, rate_wpm: int) -> AsyncGenerator[Pcm16]:
        if self._worker is None or self._worker.done():
            raise TtsError("the synthesiser is not running")
        job = _Job(words, rate_wpm)
        self._jobs.put_nowait(job)
        try:
            while (made := await job.made.get()) is not None:
                if isinstance(made, TtsError):
                    raise made
                yield made
        finally:
            job.is_wanted = False

    async def _work(self) -> None:
        job = None
        try:
            while True:
                job = await self._jobs.get()
                if job.is_wanted:
                    await self._serve(job)
        finally:
            for waiting in [job, *(self._jobs.get_nowait() for _ in range(self._jobs.qsize()))]:
                if waiting:
                    waiting.made.put_nowait(TtsError("the synthesiser was stopped"))

    async def _serve(self, job: _Job) -> None:
        """Put everything of one job into its queue, the end included."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                async with asyncio.timeout(None) as deadline:
                    return await self._exchange(job, deadline)
            except TtsError as error:
                return job.made.put_nowait(error)
            except (OSError, EOFError, ValueError, TimeoutError) as error:
                log.warning("! tts helper failed (attempt %d): %s", attempt, error or type(error).__name__)
                await self._stop_process()
                if job.has_begun:
                    break
        return job.made.put_nowait(TtsError("the synthesiser does not answer"))

    async def _exchange(self, job: _Job, deadline: asyncio.Timeout) -> None:
        """One request and its answer. Raises TtsError when refused, and what pipes raise when the helper is lost.

        An answer that nobody wants any more is read to its end, since the next one stands behind it.
        """
        loop = asyncio.get_running_loop()
        deadline.reschedule(loop.time() + _CHUNK_TIMEOUT_S)
        process = await self._running_process()
        assert process.stdin is not None
        assert process.stdout is not None
        self._last_id += 1
        request = {"id": self._last_id, "text": job.words, "voice": self._voice, "rate_wpm": job.rate_wpm}
        process.stdin.write(json.dumps(request).encode() + b"\n")
        await process.stdin.drain()
        header = json.loads(await process.stdout.readuntil(b"\n"))
        if header.get("id") != self._last_id:
            raise ValueError(f"the helper answered {header.get('id')} to request {self._last_id}")
        if "error" in header:
            raise TtsError(str(header["error"]))
        self.rate_hz = int(header["rate_hz"])
        while length := int.from_bytes(await process.stdout.readexactly(4), "big"):
            chunk = await process.stdout.readexactly(length)
            deadline.reschedule(loop.time() + _CHUNK_TIMEOUT_S)
            if job.is_wanted:
                job.has_begun = True
                job.made.put_nowait(np.frombuffer(chunk, dtype="<i2"))
        job.made.put_nowait(None)

    async def _running_process(self) -> Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(*self._program, stdin=PIPE, stdout=PIPE)
        return self._process

    async def _stop_process(self) -> None:
        """Ask by the end of its input, then insist."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
