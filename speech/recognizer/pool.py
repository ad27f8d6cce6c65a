"""The recogniser of the speech server: utterances of many calls, heard by a few worker processes.

A worker decodes while the caller talks, some ten times faster than speech. When there are more callers than workers, an
utterance that is over goes before one that is not: all its audio is there, so it takes a moment, and the one it
displaces starts anew later. A worker that dies or hangs is replaced, and what it was hearing counts as not understood.
"""

import asyncio
import json
import sys

from speech.recognizer.place import Place
from speech.stt import SAMPLE_RATES_HZ, STATES, Heard, RecogniserError, State

_START_TIMEOUT_S = 90.0
_LONGEST_S = 30
"""What a caller says after that many seconds without a pause is not listened to."""


class PooledUtterance:
    """Keeps its audio until it is over, so that any worker can hear it from its beginning."""

    def __init__(self, pool: "WorkerPool", state: State, rate_hz: int) -> None:
        self._pool = pool
        self._longest_bytes = 2 * rate_hz * _LONGEST_S
        self._bytes_per_ms = 2 * rate_hz // 1000
        self._heard: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self.header = json.dumps({"state": state, "rate_hz": rate_hz}).encode()
        self.audio = bytearray()
        self.is_over = False

    @property
    def is_answered(self) -> bool:
        return self._heard.done()

    def feed(self, pcm16: bytes) -> None:
        pcm16 = pcm16[: self._longest_bytes - len(self.audio)]
        if pcm16 and not self.is_over:
            self.audio += pcm16
            if place := self._pool.place_of(self):
                place.feed(pcm16)

    async def finish(self) -> Heard:
        if not self.is_over:
            self.is_over = True
            if place := self._pool.place_of(self):
                place.finish()
            self._pool.assign()
        return await asyncio.shield(self._heard)  # who stops waiting must not take the answer from `was_heard`

    async def cancel(self) -> None:
        if place := self._pool.place_of(self):
            place.drop()
        self.is_over = True
        self.was_lost()
        self._pool.assign()

    def was_heard(self, heard: Heard) -> None:
        if not self._heard.done():
            self._heard.set_result(heard)

    def was_lost(self) -> None:
        self.is_over = True
        self.was_heard(Heard("", agreed=False, duration_ms=len(self.audio) // self._bytes_per_ms))


class WorkerPool:
    """`speech.stt.Recogniser` over a number of processes. `program` is the command of another worker, for tests."""

    def __init__(self, workers: int, program: tuple[str, ...] = ()) -> None:
        self._workers = workers
        self._program = program or (sys.executable, "-m", "speech.recognizer.worker")
        self._places: list[Place] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: list[PooledUtterance] = []

    @property
    def pids(self) -> list[int]:
        return [place.pid for place in self._places if place.pid]

    async def start(self) -> None:
        self._places = [Place(self._program, self.assign) for _ in range(self._workers)]
        self._tasks = [asyncio.create_task(place.run(), name="stt worker") for place in self._places]
        try:
            async with asyncio.timeout(_START_TIMEOUT_S):
                all_started = all([await place.started for place in self._places])
        except TimeoutError:
            all_started = False
        if not all_started:
            await self.close()
            raise RecogniserError("a recogniser worker does not start; its own words are in the log")

    async def close(self) -> None:
        for place in self._places:
            place.close()
        await asyncio.gather(*self._tasks)
        self._tasks, self._places = [], []
        self._give_up()

    async def open(self, state: State, rate_hz: int) -> PooledUtterance:
        if state not in STATES or rate_hz not in SAMPLE_RATES_HZ:
            raise ValueError(f"cannot hear {state!r} at {rate_hz} Hz")
        utterance = PooledUtterance(self, state, rate_hz)
        self._waiting.append(utterance)
        self.assign()
        return utterance

    def place_of(self, utterance: PooledUtterance) -> Place | None:
        return next((place for place in self._places if place.work is utterance), None)

    def assign(self) -> None:
        """Utterances that are over go first, and before those that go on even where these have begun."""
        if all(place.is_failing for place in self._places):  # also when there are none: closed, or never started
            self._give_up()
        self._waiting = [utterance for utterance in self._waiting if not utterance.is_answered]
        self._waiting.sort(key=lambda utterance: not utterance.is_over)
        while self._waiting and (place := self._free_place(self._waiting[0])):
            place.take(self._waiting.pop(0))

    def _free_place(self, utterance: PooledUtterance) -> Place | None:
        for place in self._places:
            if place.is_idle:
                return place
        if utterance.is_over:
            for place in self._places:
                work = place.work
                if isinstance(work, PooledUtterance) and not work.is_over:
                    place.drop()
                    self._waiting.append(work)
                    return place
        return None

    def _give_up(self) -> None:
        """Nobody is left to hear those who wait."""
        for utterance in self._waiting:
            utterance.was_lost()
        self._waiting = []
