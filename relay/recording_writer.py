"""Brings finished chunks of recordings to their store: beside the calls, several at a time, again when it failed.

`park` and `write` return at once, so audio never waits for them. What waits is bounded: what does not fit, or cannot be
stored in time, is given up, counted and logged. A chunk is read from the park only when it is its turn, so that of many
that wait few are in memory.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable

from relay import log
from relay.errors import RecordingNotStored
from relay.recording_park import GATHER_S, Park
from relay.recording_side import Part, Side
from relay.recording_store import RecordingStore

AT_ONCE = 16
PENDING_BYTES = 64 * 1024 * 1024
GIVE_UP_S = 60.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 8.0


class RecordingWriter:
    """`counts` gets `recording_files`, `recording_retries` and `recording_failed`, and what `Park` counts."""

    def __init__(
        self,
        store: RecordingStore,
        counts: Counter[str],
        *,
        pending_bytes: int = PENDING_BYTES,
        give_up_s: float = GIVE_UP_S,
        first_pause_s: float = FIRST_PAUSE_S,
        gather_s: float = GATHER_S,
    ) -> None:
        self._store = store
        self._counts = counts
        self._park = Park(counts, gather_s=gather_s)
        self._room = pending_bytes
        self._give_up_s = give_up_s
        self._first_pause_s = first_pause_s
        self._places = asyncio.Semaphore(AT_ONCE)
        self._writes: set[asyncio.Task[None]] = set()

    async def warm(self) -> None:
        """Get ready for the first recording."""
        await self._park.warm()

    def park(self, part: Part) -> None:
        """It is held back for a while before it is part of what is written."""
        self._park.put(part)

    def write(self, name: str, side: Side, done: Callable[[bool], object]) -> None:
        """Store this under `name`, and release it; `done` hears once whether it is there."""
        if side.size > self._room:
            self._failed(name, "too much is waiting")
            side.release()
            done(False)
            return
        self._room -= side.size
        write = asyncio.create_task(self._write(name, side, done))
        self._writes.add(write)
        write.add_done_callback(self._writes.discard)

    async def _write(self, name: str, side: Side, done: Callable[[bool], object]) -> None:
        is_stored = False
        try:
            is_stored = await self._store_in_time(name, side)
            side.release()
        except asyncio.CancelledError:  # it may be being read, so it is not released
            self._failed(name, "not stored before the end")
            raise
        finally:
            self._room += side.size
            done(is_stored)

    async def _store_in_time(self, name: str, side: Side) -> bool:
        give_up_at = asyncio.get_running_loop().time() + self._give_up_s
        pause_s = self._first_pause_s
        while True:
            try:
                async with self._places:
                    await self._store.put(name, side.read)
            except RecordingNotStored as problem:
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
                if not problem.may_pass or asyncio.get_running_loop().time() + pause_s > give_up_at:
                    self._failed(name, problem.problem)
                    return False
                self._counts["recording_retries"] += 1
                await asyncio.sleep(pause_s * random.uniform(0.5, 1))
            else:
                self._counts["recording_files"] += 1
                return True

    def _failed(self, name: str, problem: str) -> None:
        self._counts["recording_failed"] += 1
        log.warn("! recording not stored", session_id=name.partition("/")[0], name=name, problem=problem)

    async def flush(self, deadline_s: float) -> None:
        """Wait until everything is stored, `deadline_s` at most; then stop."""
        if self._writes:
            _, late = await asyncio.wait(self._writes, timeout=deadline_s)
            for write in late:
                write.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._store.close()
        await self._park.close()
