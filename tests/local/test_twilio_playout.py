"""The playout buffer, frame by frame: what is heard when, and when marks come back."""

from local.twilio.playout import CAPACITY_BYTES, Playout

SILENCE = b"\xff" * 160


def frames(n: int, byte: int = 1) -> bytes:
    return bytes([byte]) * 160 * n


def test_nothing_sent_is_silence() -> None:
    assert Playout().frame() == (SILENCE, [])


def test_audio_is_played_in_order_in_20_ms_frames_whatever_the_chunks() -> None:
    playout = Playout()
    playout.media(b"\x01" * 200)
    playout.media(b"\x02" * 120)
    assert playout.frame()[0] == b"\x01" * 160
    assert playout.frame()[0] == b"\x01" * 40 + b"\x02" * 120
    assert playout.frame()[0] == SILENCE


def test_a_part_of_a_frame_is_filled_up_with_silence() -> None:
    playout = Playout()
    playout.media(b"\x01" * 10)
    assert playout.frame()[0] == b"\x01" * 10 + SILENCE[10:]


def test_a_mark_comes_back_at_once_when_nothing_is_queued() -> None:
    assert Playout().mark("now") == ["now"]


def test_a_mark_comes_back_when_the_audio_before_it_has_played_not_when_it_begins_to() -> None:
    playout = Playout()
    playout.media(frames(2))
    assert playout.mark("two") == []
    assert playout.frame()[1] == []  # 0-20 ms begin
    assert playout.frame()[1] == []  # 20-40 ms begin
    assert playout.frame()[1] == ["two"]  # 40 ms have played


def test_a_mark_sent_while_the_last_frame_plays_waits_for_its_end() -> None:
    playout = Playout()
    playout.media(frames(1))
    playout.frame()
    assert playout.mark("tail") == []
    assert playout.frame() == (SILENCE, ["tail"])


def test_marks_between_audio_come_back_one_by_one_in_order() -> None:
    playout = Playout()
    for name in ("a", "b", "c"):
        playout.media(frames(1))
        playout.mark(name)
    assert [playout.frame()[1] for _ in range(4)] == [[], ["a"], ["b"], ["c"]]


def test_a_mark_inside_a_frame_waits_for_the_whole_frame() -> None:
    playout = Playout()
    playout.media(b"\x01" * 80)
    playout.mark("half")
    playout.media(b"\x01" * 80)
    assert playout.frame()[1] == []
    assert playout.frame()[1] == ["half"]


def test_clear_empties_the_buffer_and_returns_every_pending_mark() -> None:
    playout = Playout()
    playout.media(frames(5))
    playout.mark("a")
    playout.media(frames(5))
    playout.mark("b")
    playout.frame()
    assert playout.queued_ms == 180
    assert playout.clear() == ["a", "b"]
    assert playout.queued_ms == 0
    assert playout.frame() == (SILENCE, [])


def test_after_clear_new_audio_and_marks_count_from_there() -> None:
    playout = Playout()
    playout.media(frames(50))
    playout.frame()
    playout.clear()
    playout.media(frames(1, byte=7))
    assert playout.mark("new") == []
    assert playout.frame() == (frames(1, byte=7), [])
    assert playout.frame() == (SILENCE, ["new"])


def test_more_than_ten_minutes_are_thrown_away() -> None:
    playout = Playout()
    assert playout.media(bytes(CAPACITY_BYTES - 160))
    assert not playout.media(bytes(320))
    assert playout.queued_ms == 600_000
    playout.frame()
    assert playout.media(bytes(160))
