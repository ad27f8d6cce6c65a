"""What is read off the levels of a line, against the same worked out the plain way."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.line_sound import (
    ENDED_FRAMES,
    FEWEST_FRAMES,
    LONGEST_ECHO_FRAMES,
    WINDOW_FRAMES,
    Echo,
    Sound,
    find_echo,
    measure,
    most_echo,
    sound,
)

LEVELS = st.one_of(st.just(0.0), st.floats(0.001, 1.0))
AGENT = st.lists(LEVELS, min_size=WINDOW_FRAMES + LONGEST_ECHO_FRAMES, max_size=WINDOW_FRAMES + LONGEST_ECHO_FRAMES)


@given(st.lists(LEVELS, min_size=WINDOW_FRAMES, max_size=WINDOW_FRAMES), AGENT)
def test_the_likeness_found_is_the_greatest_of_all_correlations(caller: list[float], agent: list[float]) -> None:
    found = find_echo(caller, agent)
    windows = [agent[start : start + WINDOW_FRAMES] for start in range(LONGEST_ECHO_FRAMES + 1)]
    if statistics.pstdev(caller) < 1e-3 or max(map(statistics.pstdev, windows)) < 1e-3:
        return  # next to nothing to compare
    alike = {
        LONGEST_ECHO_FRAMES - start: statistics.correlation(caller, window)
        for start, window in enumerate(windows)
        if statistics.pstdev(window) > 1e-3
    }
    assert found is not None
    assert found.likeness == pytest.approx(max(alike.values()), abs=1e-6)
    if found.lag_frames in alike:
        assert alike[found.lag_frames] == pytest.approx(found.likeness, abs=1e-6)


@given(AGENT, st.integers(0, LONGEST_ECHO_FRAMES), st.floats(0.01, 0.149))
def test_an_echo_is_found_with_its_way_round_and_its_strength(agent: list[float], lag: int, gain: float) -> None:
    start = LONGEST_ECHO_FRAMES - lag
    window = agent[start : start + WINDOW_FRAMES]
    if statistics.pstdev(window) * gain < 1e-3:
        return
    found = find_echo([gain * level for level in window], agent)
    assert found is not None
    assert found.likeness == pytest.approx(1.0, abs=1e-6)
    assert found.is_convincing
    there = agent[LONGEST_ECHO_FRAMES - found.lag_frames :][:WINDOW_FRAMES]  # it may repeat itself
    assert statistics.correlation(there, window) == pytest.approx(1.0, abs=1e-6)


def test_with_too_little_sound_there_is_nothing_to_compare() -> None:
    agent = [0.1, 0.2] * 40
    assert find_echo([0.1, 0.0] * (FEWEST_FRAMES // 2 - 1), agent) is None
    assert find_echo([0.1] * WINDOW_FRAMES, agent[: WINDOW_FRAMES + LONGEST_ECHO_FRAMES]) is None, "no ups and downs"
    assert find_echo([0.1, 0.0] * 15, [0.0] * 65) is None, "a silent agent"
    assert find_echo([0.1, 0.0] * 15, [0.1] * 64) is None, "less of the agent than the longest way round takes"


def test_sound_that_goes_on_may_be_softer_than_sound_that_begins_and_is_louder_than_the_echo() -> None:
    levels = [0.05, 0.2, 0.08, 0.05, 0.08, 0.2, 0.2]
    found = sound(levels, 0.1, 0.06, [])
    assert found == [False, True, True, False, False, True, True]
    assert sound(levels, 0.1, 0.06, [0.0] * 6 + [0.3]) == [*found[:6], False]


@pytest.mark.parametrize(
    ("frames", "utterance", "expected"),
    [
        ("", 20, Sound(0, 0, 0)),
        ("....", 20, Sound(0, 4, 0)),
        ("..###", 20, Sound(3, 0, 3)),
        ("#..###..", 20, Sound(6, 2, 4)),
        ("####" + "." * ENDED_FRAMES + "##.", 20, Sound(2, 1, 6)),
        ("####" + "." * (ENDED_FRAMES - 1) + "##.", 4, Sound(6 + ENDED_FRAMES - 1, 1, 2)),
    ],
)
def test_a_stretch_of_sound_ends_with_a_pause(frames: str, utterance: int, expected: Sound) -> None:
    assert measure([frame == "#" for frame in frames], utterance) == expected


def test_an_echo_is_as_loud_as_the_loudest_frame_about_the_one_that_fits() -> None:
    agent = [0.0, 0.0, 0.1, 0.4, 0.2, 0.0, 0.0, 0.0]
    assert most_echo(agent, Echo(2, 0.1, 0.9)) == pytest.approx([0.12, 0.12, 0.12, 0.06])
    assert most_echo(agent[:6], Echo(0, 0.1, 0.9)) == pytest.approx([0.12, 0.12, 0.12, 0.06])
