"""One run: start a relay on its core, load it with calls from the other, hang up, and say what was seen."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.request
from bisect import bisect_left
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import picows
import psutil

from bench.load.engine import Engine, Script
from bench.load.functions import Functions
from bench.load.phone import Phone
from bench.load.sound import FRAMES_PER_S, Kind
from bench.load.tally import Link, Samples

LISTENING_WITHIN_S = 30.0
FIRST_AUDIO_WITHIN_S = 5.0
LAST_AUDIO_S = 0.5
SOCKETS_GONE_WITHIN_S = 1.0
STOPPED_WITHIN_S = 12.0
PRINTED_BYTES = 1500

Dial = Callable[[int], Awaitable[Phone]]


@dataclass(frozen=True, slots=True)
class Place:
    """What a relay is told when it starts. `folder` is empty and lasts as long as the run."""

    port: int
    engine_url: str
    functions_origin: str
    folder: Path
    calls: int


@dataclass(frozen=True, slots=True)
class Program:
    """How to start a relay, and what it is to be called by."""

    command: list[str]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Relay:
    """One relay that may be measured. `missing` says why it cannot be, "" when it can."""

    name: str
    program: Callable[[Place], Program]
    path: str
    kind: Kind
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: str = ""
    stats_path: str = ""  # where it tells of itself, if it does


@dataclass(frozen=True, slots=True)
class Plan:
    """How much load, for how long, in seconds. Samples are taken in the window alone."""

    calls: int
    ramp_s: float = 2.0
    settle_s: float = 3.0
    window_s: float = 8.0
    script: Script = field(default_factory=Script)
    barge_in: str = "immediate"


@dataclass(slots=True)
class Seen:
    """What one run saw. Memory in MiB; `lost_*` in frames of 20 ms; `first_words_lost_ms` is the mean per call.

    In the window all calls together lasted `call_s`; the relay used `cpu_s` and brought the engine `carried_s` of
    callers' audio.
    """

    calls: int
    samples: Samples
    listening_s: float = 0.0
    call_s: float = 0.0
    carried_s: float = 0.0
    cpu_s: float = 0.0
    idle_mib: float = 0.0
    loaded_mib: float = 0.0
    generator_load: float = 0.0
    stolen: float = 0.0  # of the time of relay's or generator's core, by other guests of the same host
    first_words_lost_ms: float = 0.0
    lost_to_engine: int = 0
    lost_to_caller: int = 0
    reordered: int = 0
    interruptions: int = 0
    engine_sockets_left: int = 0
    dropped_calls: int = 0
    stats: dict[str, Any] = field(default_factory=dict)  # what the relay tells of itself, under load

    @property
    def carried(self) -> float:
        """How much of the callers' audio came out of the relay: about 1 when it kept pace."""
        return self.carried_s / self.call_s

    @property
    def cpu_ms_per_call_s(self) -> float:
        """For each second of a call that came out: a relay that is overrun is not cheap for what it left undone."""
        return 1000 * self.cpu_s / (self.carried_s or self.call_s)

    @property
    def kib_per_call(self) -> float:
        return (self.loaded_mib - self.idle_mib) * 1024 / self.calls


@cache
def cores() -> tuple[int, int]:
    """The relay's core and the generator's; the same one where there is no second. Asked before anybody is pinned."""
    mine = sorted(os.sched_getaffinity(0))
    return mine[0], mine[-1]


async def measure(relay: Relay, plan: Plan, *, expect_audio: bool = True) -> Seen:
    """Raises RuntimeError when the relay does not start, or (`expect_audio`) its agent is never heard."""
    samples = Samples()
    links = {n: Link(n, samples) for n in range(plan.calls + 1)}
    engine = Engine(relay.kind, plan.script, links, samples)
    seen = Seen(plan.calls, samples)
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    functions = Functions(barge_in=plan.barge_in)
    async with functions.running() as origin:
        place = Place(_free_port(), await engine.start(), origin, folder, plan.calls)
        try:
            async with _running(relay.program(place), place.port, seen) as process:
                url = f"ws://127.0.0.1:{place.port}{relay.path}"

                async def call(n: int) -> Phone:
                    phone = Phone(links[n], relay.kind, samples, engine.meet)
                    await phone.dial(url, relay.headers)
                    return phone

                await _warm_up(call, plan.calls, expect_audio=expect_audio)
                ask = f"http://127.0.0.1:{place.port}{relay.stats_path}" if relay.stats_path else ""
                await _load(call, plan, process, engine, seen, ask)
        finally:
            engine.stop()
            shutil.rmtree(folder, ignore_errors=True)
    return seen


async def _warm_up(call: Dial, n: int, *, expect_audio: bool) -> None:
    """One call before the memory is read, so that what any first call costs is not counted per call."""
    phone = await call(n)
    deadline = perf_counter() + (FIRST_AUDIO_WITHIN_S if expect_audio else 0.5)
    while phone.first_audio_ms is None and perf_counter() < deadline:  # noqa: ASYNC110 - a bounded wait, once per run
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)
    phone.hang_up()
    await asyncio.sleep(0.5)
    if expect_audio and phone.first_audio_ms is None:
        raise RuntimeError("the agent was never heard on the first call")


async def _load(
    call: Dial, plan: Plan, process: psutil.Process, engine: Engine, seen: Seen, stats_url: str = ""
) -> None:
    samples, me = seen.samples, psutil.Process()
    seen.idle_mib = _rss(process)
    before_load = len(engine.open_sessions)
    phones: list[Phone] = []
    due = perf_counter()
    for n in range(plan.calls):
        try:
            phones.append(await call(n))
        except (picows.WSError, OSError):
            seen.dropped_calls += 1
        due += plan.ramp_s / plan.calls
        await asyncio.sleep(max(0.0, due - perf_counter()))
    await asyncio.sleep(plan.settle_s)

    relay_before_s, mine_before_s, stolen_before_s, began = _cpu_s(process), _cpu_s(me), _stolen_s(), perf_counter()
    samples.is_open = True
    await asyncio.sleep(plan.window_s)
    samples.is_open = False
    took = perf_counter() - began
    seen.cpu_s, seen.call_s = _cpu_s(process) - relay_before_s, plan.calls * took
    seen.carried_s = len(samples.to_engine_ms) * engine.kind.frames_per_piece / FRAMES_PER_S
    seen.generator_load = (_cpu_s(me) - mine_before_s) / took
    seen.stolen = max(now_s - before_s for now_s, before_s in zip(_stolen_s(), stolen_before_s, strict=True)) / took
    seen.loaded_mib = _rss(process)
    if stats_url:
        seen.stats = await asyncio.to_thread(_stats, stats_url)
    samples.first_audio_ms += [phone.first_audio_ms for phone in phones if phone.first_audio_ms is not None]
    seen.interruptions = len(samples.clear_ms) + samples.ignored_interruptions

    silent_at = perf_counter()
    for phone in phones:
        phone.fall_silent()
    await asyncio.sleep(LAST_AUDIO_S)
    seen.dropped_calls += sum(phone.is_closed for phone in phones)
    _count_frames(phones, engine, silent_at - LAST_AUDIO_S, seen)
    for phone in phones:
        phone.hang_up()
    await asyncio.sleep(SOCKETS_GONE_WITHIN_S)
    seen.engine_sockets_left = len(engine.open_sessions) - before_load


def _count_frames(phones: list[Phone], engine: Engine, before: float, seen: Seen) -> None:
    """What did not arrive. The very last audio is left out: it may still lie in a relay that buffers by design."""
    frames = engine.kind.frames_per_piece
    first_words = 0
    for phone in phones:
        way = phone.link.to_engine
        end = bisect_left(way.sent, before)
        missed_first = min(way.missed_first(), end)
        first_words += missed_first * frames
        seen.lost_to_engine += way.lost(missed_first, end) * frames
        seen.reordered += way.reordered
        for voice in phone.link.voices:
            seen.lost_to_caller += voice.lost(before) * frames
            seen.reordered += voice.way.reordered
    seen.first_words_lost_ms = 1000 * first_words / FRAMES_PER_S / max(1, len(phones))


@asynccontextmanager
async def _running(program: Program, port: int, seen: Seen) -> AsyncIterator[psutil.Process]:
    """The relay's process, alone on its core, listening. What it printed is told when anything goes wrong."""
    relay_core, generator_core = cores()
    os.sched_setaffinity(0, {generator_core})
    with tempfile.TemporaryFile() as printed:
        started = perf_counter()
        process = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs yet, and the start is what is measured
            program.command,
            env={**os.environ, **program.environment},
            stdout=printed,
            stderr=printed,
            preexec_fn=lambda: os.sched_setaffinity(0, {relay_core}),
        )
        try:
            while not _is_listening(port):
                if process.poll() is not None or perf_counter() - started > LISTENING_WITHIN_S:
                    raise RuntimeError("it does not listen")
                await asyncio.sleep(0.002)
            seen.listening_s = perf_counter() - started
            yield psutil.Process(process.pid)
            if process.poll() is not None:
                raise RuntimeError("it ended during the run")
        except RuntimeError as problem:
            printed.seek(0)
            tail = printed.read()[-PRINTED_BYTES:].decode(errors="replace").strip()
            raise RuntimeError(f"{problem}; it printed: {tail}") from None
        finally:
            process.terminate()
            try:
                await asyncio.to_thread(process.wait, STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stats(url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            told: dict[str, Any] = json.load(answer)
            return told
    except (OSError, ValueError):
        return {}


def _rss(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 2**20


def _stolen_s() -> list[float]:
    """How long each of the two cores had work and was not run so far, where the system tells (a Linux guest)."""
    times = psutil.cpu_times(percpu=True)
    return [float(getattr(times[core], "steal", 0.0)) for core in cores()]


def _cpu_s(process: psutil.Process) -> float:
    """User and system time so far, to the nanosecond: the usual counters have steps of 10 ms."""
    tasks = Path(f"/proc/{process.pid}/task")
    try:
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
    except OSError:
        times = process.cpu_times()
        return float(times.user + times.system)
