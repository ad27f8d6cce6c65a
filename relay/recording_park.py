"""Where recorded audio lies while it is held back: one file of the process, so that its memory need not hold it.

The file has no name: nobody else can open it, and it is gone when the process is, however that ends. Parts are written
on a thread, those of all calls together a few times a second; until then, and where the disk is full or fails, they
stay in memory, so that nothing is lost by it. TMPDIR says where it lies.

Some of it will have been silenced before it is stored, so no disk gets it in the clear: it is enciphered with a key
that this process alone has, in its memory.
Sources: Python, `tempfile.TemporaryFile`; open(2), O_TMPFILE; NIST SP 800-38A, 6.5: in counter mode no two blocks of 16
bytes may ever be given the same counter, so each part has the 2^64 that begin with its number.
"""

from __future__ import annotations

import asyncio
import errno
import os
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

from relay import log
from relay.recording_side import PART_BYTES, Part

GATHER_S = 0.25


class Park:
    """`counts` gets `recording_unparked`: parts that stayed in memory because they could not be written."""

    def __init__(self, counts: Counter[str], *, gather_s: float = GATHER_S) -> None:
        self._counts = counts
        self._gather_s = gather_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="park")
        self._file: BinaryIO | None = None  # once there was something to park
        self._waiting: list[Part] = []
        self._work: asyncio.Task[None] | None = None
        self._free: list[int] = []
        self._slots = 0  # ever used; each has room for one part
        self._key = os.urandom(32)
        self._written = 0  # parts, ever
        self._numbers: dict[int, int] = {}  # for each slot, which of them it holds
        self._is_closed = False

    async def warm(self) -> None:
        """Get ready, beside the loop: loading the cipher takes 50 ms."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._cipher, b"", 0)

    def put(self, part: Part) -> None:
        """Take it out of memory soon. Returns at once."""
        self._waiting.append(part)
        if self._work is None:
            self._work = asyncio.create_task(self._park_waiting(), name="park")

    async def _park_waiting(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(self._gather_s)
                parts = [part for part in self._waiting if not part.is_released]
                self._waiting = []
                await self._park(parts)
        finally:
            self._work = None

    async def _park(self, parts: list[Part]) -> None:
        slots = [self._take_slot() for _ in parts]
        audio = [part.read() for part in parts]
        problem = await asyncio.get_running_loop().run_in_executor(self._thread, self._write, slots, audio)
        if problem is None:
            for part, slot in zip(parts, slots, strict=True):
                part.parked(self, slot)
            return
        self._free += slots
        if not self._counts["recording_unparked"]:
            log.warn("! held back audio stays in memory", problem=problem.strerror or type(problem).__name__)
        self._counts["recording_unparked"] += len(parts)

    def _take_slot(self) -> int:
        if self._free:
            return self._free.pop()
        self._slots += 1
        return self._slots - 1

    def free(self, slot: int) -> None:
        self._free.append(slot)

    def _write(self, slots: list[int], audio: list[bytes]) -> OSError | None:
        """On the thread. Returns what kept it from writing all of them."""
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - until `close`
            for slot, content in zip(slots, audio, strict=True):
                self._written += 1
                self._numbers[slot] = self._written
                enciphered = self._cipher(content, self._written)
                if os.pwrite(self._file.fileno(), enciphered, slot * PART_BYTES) < len(content):
                    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as problem:
            return problem
        return None

    def read(self, slot: int, size: int) -> bytes:
        """On any thread. Raises OSError."""
        assert self._file is not None
        audio = os.pread(self._file.fileno(), size, slot * PART_BYTES)
        if len(audio) < size:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return self._cipher(audio, self._numbers[slot])

    def _cipher(self, audio: bytes, number: int) -> bytes:
        """There, and back again."""
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        return Cipher(algorithms.AES(self._key), modes.CTR(number.to_bytes(8) + bytes(8))).encryptor().update(audio)

    async def close(self) -> None:
        """Nothing is put into it or read from it any more. Its thread is not waited for: a disk may hang."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
        if not self._is_closed:
            self._is_closed = True
            self._thread.submit(self._close_file)
            self._thread.shutdown(wait=False)

    def _close_file(self) -> None:
        """On the thread, so that it never writes to what is closed."""
        if self._file is not None:
            self._file.close()
