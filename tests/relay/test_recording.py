"""The recording's two timelines, held to a telephone that notes what was said and what was heard in every 20 ms."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.caller import PCM24, PCMU, AudioFormat
from relay.recording import CHUNK_MS, HELD_MS, SETTLED_MS, Recording
from relay.recording_side import PART_BYTES
from tests.relay.recorded_line import FRAME_MS, SECOND, Line, frame, joined, silence

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(1, 12)),
        st.tuples(st.just("tick"), st.integers(1, 40)),
        st.tuples(st.just("clear"), st.just(0)),
    ),
    max_size=60,
)


def run(line: Line, steps: list[tuple[str, int]]) -> None:
    for step, number in steps:
        if step == "say":
            line.say(number)
        elif step == "tick":
            line.tick(number)
        elif step == "clear":
            line.clear()
        elif step == "pause":
            line.recording.pause(line.now_ms)
        else:
            line.recording.resume(line.now_ms)


@settings(max_examples=300)
@given(steps=STEPS, mark_every=st.sampled_from([1, 3, 10, 0]))
def test_both_sides_are_what_was_said_and_heard_in_every_frame(steps: list[tuple[str, int]], mark_every: int) -> None:
    """Each message with a mark behind it, as of a paced engine; a mark now and then, or none, as of a live one."""
    line = Line(Recording(PCMU), mark_every=mark_every)
    run(line, steps)
    line.hang_up()
    assert joined(line.recording) == (line.said, line.heard)


@settings(max_examples=300)
@given(steps=STEPS, there=st.integers(0, 8), back=st.integers(0, 8), mark_every=st.sampled_from([1, 3, 10]))
def test_a_way_there_and_back_moves_nothing(
    steps: list[tuple[str, int]], there: int, back: int, mark_every: int
) -> None:
    """Once one stretch of speech was heard to its end the length of the way is known, so cuts are exact, too."""
    line = Line(Recording(PCMU), there, back)
    line.tick(back + 1)
    line.say(6)
    line.tick(6 + there + back + 1)
    line.mark_every = mark_every
    run(line, steps)
    line.hang_up()
    assert joined(line.recording) == (line.said[: line.received], line.heard[: line.received])


@settings(max_examples=200)
@given(steps=STEPS, delays=st.lists(st.integers(0, 10), min_size=1, max_size=20))
def test_a_way_whose_length_changes_moves_nothing_by_more_than_a_frame(
    steps: list[tuple[str, int]], delays: list[int]
) -> None:
    line = Line(Recording(PCMU))
    for number, step in enumerate(step for step in steps if step[0] != "clear"):
        line.there = delays[number % len(delays)]
        run(line, [step])
    line.tick(400)
    line.hang_up()
    _, agent = joined(line.recording)
    quiet = silence()
    assert [sound for sound in agent if sound != quiet] == [sound for sound in line.heard if sound != quiet]
    for at, sound in enumerate(agent):
        if sound != quiet:
            assert sound in line.heard[max(0, at - 1) : at + 2]


@settings(max_examples=100)
@given(bunches=st.lists(st.integers(0, 10), min_size=1, max_size=40), there=st.integers(0, 5))
def test_an_agent_that_never_pauses_is_in_place_though_the_callers_audio_comes_in_bunches(
    bunches: list[int], there: int
) -> None:
    """A live engine: 100 ms of continuous audio at a time, a mark every second."""
    line = Line(Recording(PCMU), there, back=2, mark_every=10)
    line.tick(10)
    for number in range(200):
        line.say(5)
        for tick in range(5):
            line.back = 2 + bunches[(5 * number + tick) % len(bunches)]
            line.tick()
    line.tick(20)
    line.hang_up()
    assert joined(line.recording) == (line.said[: line.received], line.heard[: line.received])


@settings(max_examples=200)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("say"), st.integers(1, 12)),
            st.tuples(st.just("tick"), st.integers(1, 400)),
            st.sampled_from([("clear", 0), ("pause", 0), ("resume", 0)]),
        ),
        max_size=40,
    ),
    silenced=st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)), max_size=5),
)
def test_what_was_paused_or_silenced_is_in_no_chunk_and_all_else_is(
    steps: list[tuple[str, int]], silenced: list[tuple[int, int]]
) -> None:
    line = Line(Recording(PCMU))
    muted: set[int] = set()
    paused_from: int | None = None
    for step in steps:
        if step[0] == "pause" and paused_from is None:
            paused_from = line.ticks
        elif step[0] == "resume" and paused_from is not None:
            muted |= set(range(paused_from, line.ticks))
            paused_from = None
        run(line, [step])
    for from_ms, length_ms in silenced:
        start = max(0, line.now_ms - 20_000) + from_ms
        assert line.recording.silence(start, start + length_ms) == 0
        if length_ms:
            muted |= set(range(start // FRAME_MS, -(-(start + length_ms) // FRAME_MS)))
    muted |= set(range(paused_from, line.ticks)) if paused_from is not None else set()
    line.hang_up()
    caller, agent = joined(line.recording)
    assert caller == [silence() if at in muted else said for at, said in enumerate(line.said)]
    assert agent == [silence() if at in muted else heard for at, heard in enumerate(line.heard)]


def test_a_chunk_comes_out_once_its_end_is_20_s_old_so_that_30_s_are_lost_at_most() -> None:
    line = Line(Recording(PCMU))
    for second in range(1, 100):
        line.tick(SECOND)
        written_ms = sum(chunk.caller.size for chunk in line.recording.chunks) // 8
        assert written_ms == max(0, second - HELD_MS // 1000) // 10 * CHUNK_MS
        assert line.now_ms - written_ms < 30_000


@pytest.mark.parametrize("audio", [PCMU, PCM24])
def test_all_but_the_last_part_and_second_may_be_taken_out_of_memory(audio: AudioFormat) -> None:
    recording = Recording(audio)
    settled = 0
    for n in range(1, 60 * SECOND):
        recording.sent(frame(n, audio), n * FRAME_MS)
        recording.marked(str(n))
        recording.hear(frame(n, audio), n * FRAME_MS)
        recording.played(str(n), n * FRAME_MS)
        while recording.settled:
            settled += recording.settled.popleft().size
        assert 2 * n * audio.frame_bytes - settled <= 2 * (PART_BYTES + (SETTLED_MS + FRAME_MS) * audio.bytes_per_ms)


def test_a_page_whose_microphone_is_off_holds_no_more_of_the_agent_than_another() -> None:
    recording = Recording(PCM24)
    recording.hear(frame(0, PCM24), 0)
    for n in range(1, 20 * SECOND):
        recording.sent(frame(n, PCM24), n * FRAME_MS)
    settled = sum(part.size for part in recording.settled) // 2
    assert settled >= 18 * SECOND * PCM24.frame_bytes


def test_a_mark_that_is_late_still_says_where_the_agent_was_heard() -> None:
    recording = Recording(PCMU)
    for n in range(5 * SECOND):
        if n == 10:
            recording.sent(frame(1000) * 3, n * FRAME_MS)
            recording.marked("first")
            recording.sent(frame(2000) * 3, n * FRAME_MS)
            recording.marked("second")
        if n == 13:
            recording.played("first", n * FRAME_MS)
        recording.hear(frame(n), n * FRAME_MS, n * FRAME_MS)
    assert recording.settled
    recording.played("second", 5000)
    recording.finish(5000)
    _, agent = joined(recording)
    heard = [(at, sound) for at, sound in enumerate(agent) if sound != silence()]
    assert heard == [(at, frame(1000)) for at in (10, 11, 12)] + [(at, frame(2000)) for at in (247, 248, 249)]


def test_an_interval_that_is_out_already_cannot_be_silenced_and_that_is_said() -> None:
    line = Line(Recording(PCMU))
    line.tick(35 * SECOND)
    assert len(line.recording.chunks) == 1
    assert line.recording.silence(9_000, 11_000) == 1000
    line.hang_up()
    caller, _ = joined(line.recording)
    assert caller[450:600] == line.said[450:500] + [silence()] * 50 + line.said[550:600]


def test_marks_that_never_come_back_do_not_hold_the_recording_up() -> None:
    recording = Recording(PCMU)
    recording.hear(frame(0), 0)
    recording.sent(frame(7), 0)
    recording.marked("lost")
    for n in range(1, 31 * SECOND):
        recording.hear(frame(n), n * FRAME_MS)
    _, agent = joined(recording)
    assert (len(agent), agent[1]) == (500, frame(7))


def test_what_was_sent_and_not_played_when_the_stream_ends_was_not_heard() -> None:
    line = Line(Recording(PCMU))
    line.tick(5)
    line.say(12)
    line.tick(4)
    line.hang_up()
    _, agent = joined(line.recording)
    assert agent == line.heard
    assert agent[-1] != silence()


def test_what_is_out_already_is_not_written_again() -> None:
    """Half a minute at once, and its one mark says that it began before the chunk that is out had ended."""
    line = Line(Recording(PCMU), there=10)
    line.tick(20)
    line.say(6)
    line.tick(475)
    line.there = 0
    line.say(25 * SECOND)
    line.tick(30 * SECOND)
    line.hang_up()
    caller, agent = joined(line.recording)
    assert caller == line.said
    assert agent[500:] == line.heard[500:]
