"""What is kept of the caller's audio for an engine to come."""

from __future__ import annotations

import base64

from relay.caller import PCMU, Media
from relay.caller_audio import KEPT_MS, LEAD_IN_FRAMES, CallerAudio


def frame(n: int) -> Media:
    return Media(base64.b64encode(bytes([n % 256]) * 160).decode())


def started() -> CallerAudio:
    audio = CallerAudio(0)
    audio.starts(PCMU, 0)
    return audio


def test_what_came_before_an_engine_listened_is_given_whole_and_once() -> None:
    audio = started()
    frames = [frame(n) for n in range(10)]
    for each in frames:
        audio.keep(each, 0)
    assert audio.kept_from_ms == 0
    assert audio.take_kept() == frames
    assert audio.take_kept() == []
    assert audio.kept_from_ms == 200


def test_no_more_than_fifteen_seconds_are_kept_and_the_oldest_give_way() -> None:
    audio = started()
    frames = [frame(n) for n in range(KEPT_MS // 20 + 50)]
    for each in frames:
        audio.keep(each, 0)
    assert audio.kept_from_ms == 1000
    assert audio.take_kept() == frames[50:]


def test_an_engine_that_wants_only_the_newest_gets_no_more() -> None:
    audio = started()
    frames = [frame(n) for n in range(100)]
    for each in frames:
        audio.keep(each, 0)
    audio.keep_newest(300)
    assert audio.take_kept() == frames[-15:]


def test_a_sentence_in_which_an_engine_was_lost_is_given_to_the_next_from_its_beginning() -> None:
    audio = started()
    frames = [frame(n) for n in range(60)]
    for each in frames[:40]:
        audio.give([each], 0)
    audio.sentence(is_on=True)
    for each in frames[40:]:
        audio.give([each], 0)
    audio.engine_lost(caller_speaks=True)
    assert audio.was_mid_sentence
    assert audio.take_kept() == frames[40 - LEAD_IN_FRAMES :]


def test_nothing_is_repeated_when_the_caller_was_silent() -> None:
    audio = started()
    for n in range(40):
        audio.give([frame(n)], 0)
    audio.engine_lost(caller_speaks=False)
    assert audio.take_kept() == []
    assert not audio.was_mid_sentence


def test_a_renewed_engine_hears_from_shortly_before_so_that_a_word_is_whole() -> None:
    audio = started()
    frames = [frame(n) for n in range(60)]
    for each in frames:
        audio.give([each], 0)
    audio.engine_renewed()
    assert audio.kept_from_ms == 1200 - LEAD_IN_FRAMES * 20
    assert audio.take_kept() == frames[-LEAD_IN_FRAMES:]
