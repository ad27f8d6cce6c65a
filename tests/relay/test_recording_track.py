"""What is written at a position is found there, whatever the order, and what was not written is silence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relay.recording_track import Track

PIECE, CHUNK = 25, 50

WRITES = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 70)), max_size=12)


@given(WRITES, st.integers(0, 3))
def test_pieces_hold_what_one_buffer_would(writes: list[tuple[int, int]], cuts: int) -> None:
    """A write begins so much after the beginning of what is held, and is so long."""
    track, whole, base = Track(PIECE, b"\xff"), bytearray(), 0
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


def test_frame_by_frame_goes_on_from_piece_to_piece() -> None:
    track = Track(PIECE, b"\xff")
    for number in range(12):
        track.write(number * 10, bytes([number]) * 10)
    joined = track.cut(CHUNK) + track.cut(CHUNK) + track.cut(20)
    assert joined == b"".join(bytes([number]) * 10 for number in range(12))


def test_what_is_out_already_is_left_out() -> None:
    track = Track(PIECE, b"\xff")
    track.write(0, b"a" * CHUNK)
    track.cut(CHUNK)
    track.write(CHUNK - 5, b"b" * 10)
    assert track.cut(10) == b"b" * 5 + b"\xff" * 5


def test_a_chunk_in_which_nothing_was_written_is_silence() -> None:
    assert Track(PIECE, b"\x00").cut(CHUNK) == b"\x00" * CHUNK
