"""One child process: started in a group of its own with its own log, watched until ready, stopped by its PID."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from local.config import ROOT, child_environment
from local.errors import ProcessFailed

READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 6.0
_LAST_LINES = 15


@dataclass(frozen=True)
class Command:
    """What to run. `port` is where it answers GET /health; `settings` are all of its environment that matters."""

    name: str
    arguments: Sequence[str]
    settings: Mapping[str, str]
    port: int


class Reaper:
    """The supervisor's side of local/reaper.py."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(__file__).with_name("reaper.py"))],
            stdin=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def add(self, group: int) -> None:
        self._tell(f"+{group}")

    def remove(self, group: int) -> None:
        self._tell(f"-{group}")

    def close(self) -> None:
        if self._program.stdin:
            with contextlib.suppress(BrokenPipeError):
                self._program.stdin.close()
        self._program.wait(timeout=5)

    def _tell(self, line: str) -> None:
        if self._program.stdin:
            with contextlib.suppress(BrokenPipeError):
                print(line, file=self._program.stdin, flush=True)


class Process:
    """A running command. `killed` is True once its end was wanted, so that nobody takes it for a failure."""

    def __init__(self, command: Command, log: Path, reaper: Reaper) -> None:
        self.command = command
        self.log = log
        self.killed = False
        self._reaper = reaper
        self._process: asyncio.subprocess.Process | None = None

    @property
    def name(self) -> str:
        return self.command.name

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        self.killed = False
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self.command.arguments,
                cwd=ROOT,
                env=child_environment(self.command.settings),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._reaper.add(self.pid)

    async def ready(self, http: aiohttp.ClientSession, timeout_s: float = READY_TIMEOUT_S) -> None:
        """Returns when GET /health answers 200. Raises ProcessFailed when the process ends or the time is up."""
        deadline = time.monotonic() + timeout_s
        url = f"http://127.0.0.1:{self.command.port}/health"
        while time.monotonic() < deadline:
            if not self.running:
                raise self.failure("ended before it was ready")
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with http.get(url, timeout=aiohttp.ClientTimeout(total=2)) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)
        raise self.failure(f"did not answer GET /health within {timeout_s:.0f} s")

    async def ended(self) -> int:
        assert self._process is not None
        return await self._process.wait()

    async def kill(self) -> None:
        """As a machine takes a process away: SIGKILL, no goodbye."""
        self.killed = True
        self._sweep()
        await self.ended()

    async def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> None:
        """SIGTERM to the process, then SIGKILL to whatever is left of its group."""
        self.killed = True
        if self._process is None:
            return
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), timeout_s)
        self._sweep()
        await self._process.wait()

    def failure(self, what: str) -> ProcessFailed:
        return ProcessFailed(self.name, what, self.log, last_lines(self.log))

    def _sweep(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._reaper.remove(self.pid)


def last_lines(log: Path, count: int = _LAST_LINES) -> list[str]:
    if not log.is_file():
        return []
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 16_384))
        return file.read().decode("utf-8", "replace").splitlines()[-count:]
