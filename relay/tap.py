"""The recording tap: the caller's side as raw mu-law, in files of 10 s, written by a thread of its own.

`{folder}/{session_id}/{attempt}-caller-{n:05d}.ulaw`: byte 0 of file 0 is the stream's first sample, so that a
moment of the stream (ms) is byte ms*8 of the files joined. Whether a call is recorded is known only with its
session; until then audio is held.
"""

from __future__ import annotations

import asyncio
import binascii
import re
from concurrent.futures import Executor
from pathlib import Path

from relay import log
from relay.caller import PCMU, Media

CHUNK_BYTES = 80_000
_SAFE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")


class Tap:
    """One stream's tap. `add` never waits; `close` waits until all is on disk."""

    def __init__(self, folder: Path, writer: Executor) -> None:
        self._folder = folder
        self._writer = writer
        self._audio = bytearray()
        self._prefix: Path | None = None
        self._written = 0
        self._writes: set[asyncio.Future[None]] = set()

    def begin(self, session_id: str, attempt: int) -> None:
        """Record under this name. Raises ValueError for a session id that is no plain name."""
        if not _SAFE_NAME.fullmatch(session_id):
            raise ValueError("session_id is not a plain name")
        self._prefix = self._folder / session_id / f"{attempt}-caller"
        self._write_full_chunks()

    def add(self, media: Media) -> None:
        try:
            self._audio += binascii.a2b_base64(media.payload, strict_mode=True)
        except binascii.Error:
            self._audio += PCMU.silence * media.audio_bytes
        if len(self._audio) >= CHUNK_BYTES:
            self._write_full_chunks()

    async def close(self) -> None:
        if self._prefix is not None and self._audio:
            self._write(bytes(self._audio))
        self._audio.clear()
        if self._writes:
            await asyncio.wait(self._writes, timeout=5)

    def _write_full_chunks(self) -> None:
        while self._prefix is not None and len(self._audio) >= CHUNK_BYTES:
            self._write(bytes(self._audio[:CHUNK_BYTES]))
            del self._audio[:CHUNK_BYTES]

    def _write(self, chunk: bytes) -> None:
        assert self._prefix is not None
        path = Path(f"{self._prefix}-{self._written:05d}.ulaw")
        self._written += 1
        write = asyncio.get_running_loop().run_in_executor(self._writer, _write_file, path, chunk)
        self._writes.add(write)
        write.add_done_callback(self._wrote)

    def _wrote(self, write: asyncio.Future[None]) -> None:
        self._writes.discard(write)
        if not write.cancelled() and (problem := write.exception()) is not None:
            log.warn("! recording not written", problem=type(problem).__name__)


def _write_file(path: Path, chunk: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(chunk)
