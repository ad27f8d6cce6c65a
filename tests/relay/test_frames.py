"""The caller's messages of audio, put together a few at a time."""

from __future__ import annotations

from relay.caller import PCMU, Media
from relay.frames import Frame, Frames


def frame(n: int, *, at_ms: int | None = None) -> Frame:
    """The n-th message of a stream, as Twilio counts them."""
    return "", bytes([n]) * 160, 20 * n if at_ms is None else at_ms, n


def join(*frames: Frame) -> tuple[list[Media], int]:
    """What they are put together to, and how often they were out of order."""
    disorders: list[None] = []
    return Frames(lambda: disorders.append(None)).join(frames, PCMU), len(disorders)


def test_messages_that_follow_each_other_are_one_piece_from_the_first_ones_time() -> None:
    assert join(frame(3), frame(4), frame(5)) == ([Media(b"\x03" * 160 + b"\x04" * 160 + b"\x05" * 160, 60)], 0)


def test_where_something_is_missing_each_keeps_its_own_time() -> None:
    heard, _ = join(frame(3), frame(7), frame(8))
    assert heard == [Media(b"\x03" * 160, 60), Media(b"\x07" * 160, 140), Media(b"\x08" * 160, 160)]


def test_a_rounded_time_is_no_gap() -> None:
    heard, _ = join(frame(3), frame(4, at_ms=81), frame(5, at_ms=99))
    assert len(heard) == 1


def test_a_client_that_tells_no_time_is_believed_to_leave_nothing_out() -> None:
    untimed: Frame = ("", bytes(160), None, 0)
    assert join(untimed, untimed) == ([Media(bytes(320))], 0)


def test_what_comes_after_a_later_one_is_noticed_within_a_few_messages_and_between_them() -> None:
    assert join(frame(3), frame(5), frame(4), frame(6))[1] == 1
    disorders: list[None] = []
    frames = Frames(lambda: disorders.append(None))
    for n in (3, 5, 4, 6):
        frames.join([frame(n)], PCMU)
    assert len(disorders) == 1


def test_a_gap_in_the_count_alone_is_no_disorder() -> None:
    assert join(frame(3), frame(9, at_ms=80))[1] == 0
