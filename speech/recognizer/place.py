"""One worker process as its parent sees it: started, spoken to over its pipes, started again when it is gone.

It knows the worker's messages and times; which utterance is heard where is the pool's affair.
"""

import asyncio
import json
import logging
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from speech.recognizer.messages import AUDIO, CANCEL, FINISH, OPEN, message
from speech.stt import Heard

_ROOT = Path(__file__).parents[2]
_START_TIMEOUT_S = 60.0
_ANSWER_TIMEOUT_S = 10.0
_LONGEST_PAUSE_S = 30.0

log = logging.getLogger(__name__)


class Work(Protocol):
    """An utterance, as far as a worker is concerned."""

    header: bytes
    audio: bytearray
    is_over: bool

    def was_heard(self, heard: Heard) -> None: ...
    def was_lost(self) -> None: ...


class Place:
    """Room for one process and at most one utterance.

    `on_change` is called when it became idle or lost its process; `started` tells whether its first process was ready.
    """

    def __init__(self, program: tuple[str, ...], on_change: Callable[[], None]) -> None:
        self._program = program
        self._on_change = on_change
        self._process: Process | None = None
        self._is_ready = False
        self._deadline: asyncio.TimerHandle | None = None
        self._work: Work | None = None
        self._failures = 0
        self._closing = asyncio.Event()
        self.started: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def work(self) -> Work | None:
        return self._work

    @property
    def is_idle(self) -> bool:
        return self._is_ready and self._work is None

    @property
    def is_failing(self) -> bool:
        """Its last process never became ready."""
        return self._failures > 0

    async def run(self) -> None:
        """Keep a process there until `close`; then leave none. Not to be cancelled: that could leave half a process."""
        while not self._closing.is_set():
            try:
                await self._serve()
            except (OSError, ValueError, TypeError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
                if not self._closing.is_set():
                    log.warning("! recogniser worker: %s", error or type(error).__name__)
            finally:
                was_ready = self._is_ready
                await self._clear_away()
            self._failures = 0 if was_ready else self._failures + 1
            self._has_started(False)
            self._on_change()
            if self._failures:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), min(2.0 ** (self._failures - 1), _LONGEST_PAUSE_S))

    def close(self) -> None:
        """Make `run` end soon."""
        self._closing.set()
        self._kill()

    async def _serve(self) -> None:
        """One process from its start to its end."""
        self._process = await asyncio.create_subprocess_exec(*self._program, stdin=PIPE, stdout=PIPE, cwd=_ROOT)
        assert self._process.stdout is not None
        if self._closing.is_set():
            return
        await asyncio.wait_for(self._process.stdout.readuntil(b"\n"), _START_TIMEOUT_S)
        self._failures = 0
        self._is_ready = True
        self._has_started(True)
        self._on_change()
        while True:
            heard = Heard(**json.loads(await self._process.stdout.readuntil(b"\n")))
            if work := self._release():
                work.was_heard(heard)
            self._on_change()

    def _has_started(self, started: bool) -> None:
        if not self.started.done():
            self.started.set_result(started)

    def take(self, work: Work) -> None:
        """Hear an utterance, from its beginning as far as it has come."""
        self._work = work
        self._send(OPEN, work.header)
        self._send(AUDIO, bytes(work.audio))
        if work.is_over:
            self.finish()

    def feed(self, pcm16: bytes) -> None:
        self._send(AUDIO, pcm16)

    def finish(self) -> None:
        self._send(FINISH)
        self._deadline = asyncio.get_running_loop().call_later(_ANSWER_TIMEOUT_S, self._give_up)

    def drop(self) -> None:
        """Stop hearing the utterance. One whose answer is already on its way cannot be taken back: it is waited for."""
        if self._work is not None and not self._work.is_over:
            self._send(CANCEL)
            self._release()

    def _release(self) -> Work | None:
        work, self._work = self._work, None
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
        return work

    def _send(self, kind: bytes, body: bytes = b"") -> None:
        if self._process and self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(message(kind, body))

    def _give_up(self) -> None:
        log.warning("! recogniser worker %s does not answer: killed", self.pid)
        self._kill()

    def _kill(self) -> None:
        """At once: a worker holds nothing that a kinder end would save."""
        if self._process and self._process.returncode is None:
            self._process.kill()

    async def _clear_away(self) -> None:
        self._is_ready = False
        self._kill()
        process, self._process = self._process, None
        if work := self._release():
            work.was_lost()
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        if process.stdout:
            await process.stdout.read()  # to its end: otherwise the pipe stays open behind us
        await process.wait()
