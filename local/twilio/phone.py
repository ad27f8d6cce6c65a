"""A telephone and the person at it: the far end of a call. It has a mouth, an ear, keys, and a 20 ms clock.

Scripts drive it: `say`, `press`, `hang_up`, and wait with `agent_speaking`, `agent_quiet`, `spoken`, `until`. Both
directions are recorded as two aligned mu-law tracks that begin when the call was answered; a call's time is the number
of frames so far, so the tracks and every time in a script agree to the frame.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from audio import levels
from audio.g711 import BYTES_PER_MS, FRAME_BYTES, SILENCE
from local.twilio.clock import FRAME_MS, Clock
from local.twilio.errors import CallOver
from local.twilio.lines import QUIET_FRAME, Line, Silence

VOICE_LEVEL = 0.004
"""Mean magnitude of a frame above which somebody is speaking: about -48 dB of full scale."""
VOICE_FRAMES = 3
"""So many loud frames in a row are speech; fewer are a click."""
_KEY_FRAMES = 5
_PAUSE_KEYS = {"w": 500, "W": 1000}
KEYS = "0123456789*#ABCD"


class Phone:
    """One handset in one call. Times (`now_ms`, `quiet_ms`) are in milliseconds of call time since the answer."""

    def __init__(self, number: str, clock: Clock, on_hang_up: Callable[[], None] = lambda: None) -> None:
        self.number = number
        self.line: Line = Silence()
        self.heard = bytearray()
        """What came out of the earpiece, mu-law, from the answer on."""
        self.said = bytearray()
        """What went into the mouthpiece, as long as `heard`."""
        self.keys_heard = ""
        """Keys that the other side sent (`<Play digits>`)."""
        self.ended = asyncio.Event()
        self.answered = asyncio.Event()
        self.on_key: Callable[[str], None] = lambda digit: None
        self.taps: list[Callable[[bytes, bytes], None]] = []
        """Who else hears what is said and what is heard, 20 ms of each at a time."""
        self._clock = clock
        self._on_hang_up = on_hang_up
        self._mouth: deque[bytes | str] = deque()
        self._ticker: asyncio.Task[None] | None = None
        self._waiting: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []
        self._loud_run = 0
        self._last_voice_ms: int | None = None
        self._first_voice_ms: int | None = None

    # -- what the person does -------------------------------------------------------------------------------------

    def say(self, audio: bytes) -> None:
        """Speak mu-law 8 kHz audio, after whatever is still being said."""
        for start in range(0, len(audio), FRAME_BYTES):
            self._mouth.append(audio[start : start + FRAME_BYTES].ljust(FRAME_BYTES, bytes([SILENCE])))

    def press(self, keys: str) -> None:
        """Press keys one after the other, 100 ms each and as much between them; `w` waits 0.5 s, `W` 1 s."""
        for key in keys:
            if key not in KEYS and key not in _PAUSE_KEYS:
                raise ValueError(f"no such key: {key!r}")
            pause_frames = _PAUSE_KEYS[key] // FRAME_MS if key in _PAUSE_KEYS else 2 * _KEY_FRAMES
            self._mouth += ([] if key in _PAUSE_KEYS else [key]) + [QUIET_FRAME] * pause_frames

    def pause(self, ms: int) -> None:
        """Stay silent for a while before saying what comes next."""
        self._mouth += [QUIET_FRAME] * (ms // FRAME_MS)

    def hush(self) -> None:
        """Stop in mid-word; forget what was still to be said."""
        self._mouth.clear()

    def hang_up(self) -> None:
        if not self.ended.is_set():
            self._on_hang_up()

    # -- what the person notices ----------------------------------------------------------------------------------

    @property
    def now_ms(self) -> int:
        """Milliseconds since the call was answered."""
        return len(self.heard) // BYTES_PER_MS

    @property
    def quiet_ms(self) -> int:
        """For how long the other side has not spoken."""
        return self.now_ms - (self._last_voice_ms or 0)

    @property
    def first_voice_ms(self) -> int | None:
        """When the other side was first heard; None while it has said nothing."""
        return self._first_voice_ms

    @property
    def speaking(self) -> bool:
        """Is the person at this phone saying something?"""
        return bool(self._mouth)

    @property
    def other_speaking(self) -> bool:
        return self._loud_run >= VOICE_FRAMES

    def tracks(self, start_ms: int, end_ms: int) -> tuple[bytes, bytes]:
        """What was said and what was heard between two moments."""
        start, end = start_ms * BYTES_PER_MS, end_ms * BYTES_PER_MS
        return bytes(self.said[start:end]), bytes(self.heard[start:end])

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition()` is true; it is asked after every frame. Raises CallOver when the call ends first."""
        if condition():
            return
        if self.ended.is_set():
            raise CallOver
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((condition, future))
        await future

    async def wait(self, ms: int) -> None:
        """Let call time pass."""
        end_ms = self.now_ms + ms
        await self.until(lambda: self.now_ms >= end_ms)

    async def connected(self) -> None:
        """Wait until the call has been answered."""
        await self.until(self.answered.is_set)

    async def spoken(self) -> None:
        """Wait until everything queued by `say` and `press` has been said."""
        await self.until(lambda: not self._mouth)

    async def agent_speaking(self) -> None:
        """Wait until the other side is speaking (60 ms of voice; a ringing tone is none)."""
        await self.until(lambda: self.other_speaking)

    async def agent_quiet(self, for_ms: int = 800) -> None:
        """Wait until the other side has spoken at least once and then been quiet for `for_ms`."""
        await self.until(lambda: self._last_voice_ms is not None and self.quiet_ms >= for_ms)

    # -- what the network does ------------------------------------------------------------------------------------

    def answer(self) -> None:
        """Start the clock: from now on frames flow both ways."""
        self.answered.set()
        self._ticker = asyncio.create_task(self._run(), name=f"phone {self.number}")
        self._ticker.add_done_callback(_report_crash)

    def disconnect(self) -> None:
        """End of the call, from the network's side. Everybody who waits gets CallOver."""
        if self._ticker is not None:
            self._ticker.cancel()
        self.ended.set()
        waiting, self._waiting = self._waiting, []
        for _, future in waiting:
            if not future.done():
                future.set_exception(CallOver())

    async def _run(self) -> None:
        async for _ in self._clock.frames():
            self._tick()

    def _tick(self) -> None:
        spoken = self._mouth.popleft() if self._mouth else QUIET_FRAME
        while isinstance(spoken, str):
            self.on_key(spoken)
            self.line.key(spoken)
            spoken = self._mouth.popleft() if self._mouth else QUIET_FRAME
        line = self.line
        heard = line.frame(spoken)
        self.said += spoken
        self.heard += heard
        for tap in self.taps:
            tap(spoken, heard)
        loud = line.speaks and levels.level(heard) > VOICE_LEVEL
        self._loud_run = self._loud_run + 1 if loud else 0
        if self._loud_run >= VOICE_FRAMES:
            self._last_voice_ms = self.now_ms
            if self._first_voice_ms is None:
                self._first_voice_ms = self.now_ms - VOICE_FRAMES * FRAME_MS
        if self._waiting:
            self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for condition, future in waiting:
            if future.done():
                continue
            if condition():
                future.set_result(None)
            else:
                self._waiting.append((condition, future))


def _report_crash(ticker: asyncio.Task[None]) -> None:
    if not ticker.cancelled() and (error := ticker.exception()) is not None:
        message = f"{ticker.get_name()} has stopped"
        ticker.get_loop().call_exception_handler({"message": message, "exception": error, "task": ticker})
