"""The caller's clock: audio is recorded where it was said, whenever it comes, as far as its timestamps can be true."""

from __future__ import annotations

import pytest

from relay.caller import PCM24, PCMU
from relay.recording import CHUNK_MS, HELD_MS, Recording
from tests.relay.recorded_line import FRAME_MS, SECOND, frame, joined, silence


def test_lost_audio_is_a_gap_where_the_timestamps_say_so() -> None:
    recording = Recording(PCMU)
    for n in (0, 1, 2, 6, 7):
        recording.hear(frame(n), 200 + n * FRAME_MS, 5 + n * FRAME_MS)
    recording.finish(200 + 8 * FRAME_MS)
    caller, agent = joined(recording)
    assert caller == [frame(0), frame(1), frame(2), *[silence()] * 3, frame(6), frame(7)]
    assert agent == [silence()] * 8


def test_a_moment_of_what_an_engine_was_given_is_found_behind_a_gap() -> None:
    recording = Recording(PCMU)
    for n in (0, 1, 2, 6, 7):
        recording.hear(frame(n), n * FRAME_MS, n * FRAME_MS)
    assert [recording.moment_ms(ms) for ms in (0, 59, 60, 80)] == [0, 59, 120, 140]


def test_frames_in_the_wrong_order_are_put_right() -> None:
    recording = Recording(PCMU)
    for n in (0, 2, 1, 3):
        recording.hear(frame(n), n * FRAME_MS, n * FRAME_MS)
    recording.finish(4 * FRAME_MS)
    assert joined(recording)[0] == [frame(n) for n in range(4)]


def test_a_frame_that_comes_seconds_late_is_put_where_it_was_said() -> None:
    recording = Recording(PCMU)
    order = [n for n in range(10 * SECOND) if n != 20]
    order.insert(6 * SECOND, 20)
    for at, n in enumerate(order):
        recording.hear(frame(n), at * FRAME_MS, n * FRAME_MS)
    recording.finish(10_000)
    assert joined(recording)[0] == [frame(n) for n in range(10 * SECOND)]


@pytest.mark.parametrize("seconds", range(0, 200, 8))
def test_a_client_that_goes_back_over_and_over_costs_no_more_than_twice_what_is_held_back(seconds: int) -> None:
    recording = Recording(PCMU)
    for n in range(15 * SECOND):
        recording.hear(frame(n), n * FRAME_MS, n * FRAME_MS)
    for n in range(seconds * SECOND):
        recording.hear(frame(n), 15_000 + n * FRAME_MS, 5000)
    recording.finish(15_000 + seconds * 1000)
    late = [audio for chunk in recording.chunks for _, audio in chunk.caller.late]
    assert sum(map(len, late)) <= 2 * 8 * (CHUNK_MS + HELD_MS)


@pytest.mark.parametrize("wrong", [10**30, 10**15, 60_000, -(10**9)])
def test_a_timestamp_that_cannot_be_is_not_followed(wrong: int) -> None:
    recording = Recording(PCMU)
    for n in range(3):
        recording.hear(frame(n), n * FRAME_MS, wrong if n == 1 else n * FRAME_MS)
    recording.finish(3 * FRAME_MS)
    caller, _ = joined(recording)
    assert [sound for sound in caller if sound != silence()] == [frame(n) for n in range(3)]
    assert len(caller) <= 4


def test_audio_that_comes_late_and_all_at_once_is_where_it_was_said() -> None:
    """A stall of the network: nothing for 3 s, then everything. The agent spoke meanwhile."""
    recording = Recording(PCMU)
    for n in range(10):
        recording.hear(frame(n), n * FRAME_MS, n * FRAME_MS)
    recording.sent(frame(1000) * 6, 200)
    recording.marked("m")
    for n in range(10, 160):
        recording.hear(frame(n), 3200, n * FRAME_MS)
        if n == 15:
            recording.played("m", 3200)
    recording.finish(3200)
    caller, agent = joined(recording)
    assert caller == [frame(n) for n in range(160)]
    assert agent == [silence()] * 10 + [frame(1000)] * 6 + [silence()] * 144


def test_a_microphone_that_was_off_leaves_a_gap_and_the_agent_speaks_on_in_it() -> None:
    """A kiosk: PCM at 24 kHz, no timestamps."""
    recording = Recording(PCM24)
    for n in range(10):
        recording.hear(frame(n, PCM24), n * FRAME_MS)
    recording.sent(frame(1000, PCM24) * 6, 180 + 2000)
    recording.marked("m")
    recording.played("m", 180 + 2120)
    for n in range(10):
        recording.hear(frame(500 + n, PCM24), 180 + 4000 + n * FRAME_MS)
    recording.finish(180 + 4180)
    caller, agent = joined(recording, PCM24)
    assert caller[:10] == [frame(n, PCM24) for n in range(10)]
    assert caller[-10:] == [frame(500 + n, PCM24) for n in range(10)]
    assert 215 <= len(caller) <= 221
    at = agent.index(frame(1000, PCM24))
    assert agent[at : at + 6] == [frame(1000, PCM24)] * 6
    assert 109 <= at <= 111


def test_a_pause_of_hours_costs_neither_memory_nor_disk() -> None:
    recording = Recording(PCM24)
    recording.hear(frame(0, PCM24), 0)
    recording.sent(frame(1, PCM24), 8 * 3600 * 1000)
    recording.hear(frame(2, PCM24), 16 * 3600 * 1000)
    recording.finish(16 * 3600 * 1000)
    assert sum(chunk.caller.size for chunk in recording.chunks) // 48 <= 130_000
