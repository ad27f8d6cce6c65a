"""The generator against relays whose faults are known. All of them carry their calls at once, for two seconds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from bench.load.engine import Engine, Script
from bench.load.phone import Phone
from bench.load.sound import STAMPS
from bench.load.statistics import percentile
from bench.load.tally import Link, Samples, Voice
from tests.bench.plain_relay import Faults, relaying

SHORT = Script(interrupts=False, speech_s=0.6, pause_s=1.0, caller_speaks_s=0.2)
# Two calls: on one the first answer is interrupted.
INTERRUPTED = Script(speech_s=2.0, caller_speaks_s=0.2, interrupted_s=(0.5, 0.5))
CALLS = 2
FOREVER = float("inf")


@dataclass(frozen=True)
class Outcome:
    link: Link
    samples: Samples

    @property
    def voice(self) -> Voice:
        assert self.link.voice is not None
        return self.link.voice


async def carry_calls(script: Script, faults: Faults) -> Outcome:
    """Through one relay; all audio had time to arrive."""
    samples = Samples(is_open=True)
    links = {n: Link(n, samples) for n in range(CALLS)}
    engine = Engine(STAMPS, script, links, samples)
    try:
        async with relaying(await engine.start(), faults) as url:
            phones = [Phone(link, STAMPS, samples, engine.meet) for link in links.values()]
            for phone in phones:
                await phone.dial(url, {})
            await asyncio.sleep(1.6)
            for phone in phones:
                phone.fall_silent()
            await asyncio.sleep(0.5)
            for phone in phones:
                phone.hang_up()
            await asyncio.sleep(0.1)
    finally:
        engine.stop()
    return Outcome(links[CALLS - 1], samples)


SCENARIOS = {
    "good": (SHORT, Faults()),
    "slow": (SHORT, Faults(delay_s=0.2)),
    "loses frames": (SHORT, Faults(drops=frozenset({10, 11, 30}))),
    "swaps frames": (SHORT, Faults(swaps=20)),
    "loses a delta": (SHORT, Faults(drops_deltas=frozenset({1}))),
    "interrupted": (INTERRUPTED, Faults()),
    "truncates wrongly": (INTERRUPTED, Faults(truncates_by_ms=700)),
    "truncates beyond": (INTERRUPTED, Faults(truncates_by_ms=60_000)),
    "never clears": (INTERRUPTED, Faults(clears=False)),
}


@pytest.fixture(scope="module")
def seen() -> dict[str, Outcome]:
    async def carry_all() -> list[Outcome]:
        return await asyncio.gather(*(carry_calls(script, faults) for script, faults in SCENARIOS.values()))

    return dict(zip(SCENARIOS, asyncio.run(carry_all()), strict=True))


def test_a_relay_that_adds_a_known_delay_is_measured_with_that_delay(seen: dict[str, Outcome]) -> None:
    middle = percentile(seen["slow"].samples.to_engine_ms, 50)
    assert middle is not None
    assert 200 <= middle < 300, "the delay, and what a busy machine adds"


def test_nothing_is_lost_or_reordered_by_a_relay_without_faults(seen: dict[str, Outcome]) -> None:
    good = seen["good"]
    assert len(good.link.to_engine.sent) > 50
    assert (good.link.to_engine.lost(), good.link.to_engine.reordered) == (0, 0)
    assert good.voice.items
    assert (good.voice.lost(FOREVER), good.voice.way.reordered) == (0, 0)
    assert not good.samples.problems


def test_lost_frames_of_the_caller_are_counted(seen: dict[str, Outcome]) -> None:
    assert seen["loses frames"].link.to_engine.lost() == 3


def test_frames_out_of_order_are_counted(seen: dict[str, Outcome]) -> None:
    way = seen["swaps frames"].link.to_engine
    assert (way.lost(), way.reordered) == (0, 1)


def test_a_lost_delta_of_the_agent_counts_as_its_ten_frames(seen: dict[str, Outcome]) -> None:
    assert seen["loses a delta"].voice.lost(FOREVER) == 10


def test_what_was_really_played_is_known_when_the_engine_is_told(seen: dict[str, Outcome]) -> None:
    samples = seen["interrupted"].samples
    assert samples.clear_ms
    assert samples.truncation_ms
    assert max(map(abs, samples.truncation_ms)) < 100, "the clock of the relay, and what a busy machine adds"
    assert samples.ignored_interruptions == 0


def test_a_wrong_truncation_is_seen(seen: dict[str, Outcome]) -> None:
    errors = seen["truncates wrongly"].samples.truncation_ms
    assert errors
    assert all(600 < error < 800 for error in errors)


def test_a_truncation_beyond_the_audio_is_refused_as_the_real_engine_does(seen: dict[str, Outcome]) -> None:
    assert seen["truncates beyond"].samples.problems["audio_end_ms_beyond_audio"]


def test_an_interruption_without_a_clear_is_counted_as_ignored(seen: dict[str, Outcome]) -> None:
    samples = seen["never clears"].samples
    assert samples.ignored_interruptions
    assert not samples.clear_ms
