"""What is written at a position is found there, whatever the order, and what was not written is silence."""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from relay.recording_track import Late, PlacedTrack, Track

CHUNK = 50

WRITES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 70)), max_size=12)


@given(WRITES, st.integers(0, 3))
def test_frames_hold_what_one_buffer_would(writes: list[tuple[int, int]], cuts: int) -> None:
    """A write begins so much after the beginning of what is held, and is so long."""
    track, whole, base = Track(b"\xff"), bytearray(), 0
    for number, (ahead, size) in enumerate(writes):
        at, audio = base + ahead, bytes([number]) * size
        whole += b"\xff" * (at - len(whole))
        whole[at : at + size] = audio
        track.write(at, audio)
        if number < cuts and track.end - base >= CHUNK:
            assert track.cut(CHUNK) == whole[base : base + CHUNK]
            base += CHUNK
    assert track.end == max(len(whole), base)
    while track.end - base >= CHUNK:
        assert track.cut(CHUNK) == whole[base : base + CHUNK]
        base += CHUNK
    assert track.cut(track.end - base) == whole[base:]


def test_frame_by_frame_goes_on_from_cut_to_cut() -> None:
    track = Track(b"\xff")
    for number in range(12):
        track.write(number * 10, bytes([number]) * 10)
    joined = track.cut(CHUNK) + track.cut(CHUNK) + track.cut(20)
    assert joined == b"".join(bytes([number]) * 10 for number in range(12))


def with_late(cut: bytes, late: tuple[tuple[int, bytes], ...]) -> bytes:
    whole = bytearray(cut)
    for at, audio in late:
        whole[at : at + len(audio)] = audio
    assert len(whole) == len(cut)
    return bytes(whole)


@given(st.lists(st.one_of(st.tuples(st.integers(0, 300), st.integers(1, 70)), st.none()), max_size=20))
def test_what_is_written_where_all_is_cut_off_is_late_and_nothing_is_lost(story: list[tuple[int, int] | None]) -> None:
    """A write begins so far from the start and is so long; None is a cut."""
    track, whole, cut = Track(b"\xff"), bytearray(), b""
    for number, step in enumerate(story):
        if step is None:
            cut += track.cut(CHUNK)
            continue
        at, audio = step[0], bytes([number]) * step[1]
        whole += b"\xff" * (at + len(audio) - len(whole))
        whole[at : at + len(audio)] = audio
        track.write(at, audio)
    while len(cut) < len(whole):
        cut += track.cut(CHUNK)
    whole += b"\xff" * (len(cut) - len(whole))
    third = len(cut) // 3
    parts = [with_late(cut[a:b], track.late.take(a, b)) for a, b in [(0, third), (third, len(cut))]]
    assert b"".join(parts) == whole
    assert track.late.size == 0


def test_what_was_taken_of_the_late_is_forgotten_and_so_is_what_comes_for_it_later() -> None:
    late = Late()
    late.add(5, b"a" * 10)
    late.add(12, b"b" * 10)
    assert late.take(8, 14) == ((0, b"a" * 6), (4, b"b" * 2))
    assert late.size == 1 + 8
    late.add(10, b"c" * 3)
    assert late.take(14, 100) == ((0, b"a"), (0, b"b" * 8))
    assert late.size == 0


def test_what_was_placed_is_cut_off_in_order_and_what_comes_too_late_for_that_is_late() -> None:
    placed = deque([(3, b"a" * 4), (8, b"b" * 6)])
    track = PlacedTrack(placed, b".")
    assert track.cut(10) == b"...aaaa.bb"
    placed.append((14, b"c" * 4))
    assert track.cut(2) == b"bb"
    assert track.cut(4) == b"bbcc"
    assert track.cut(6) == b"cc...."
    placed.append((19, b"d" * 6))
    track.see_late()
    assert track.late.take(0, 22) == ((19, b"ddd"),)
    assert track.cut(5) == b"ddd.."


def test_a_chunk_in_which_nothing_was_written_is_silence() -> None:
    assert Track(b"\x00").cut(CHUNK) == b"\x00" * CHUNK
