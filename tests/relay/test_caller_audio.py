"""What is kept of the caller's audio for an engine to come."""

from __future__ import annotations

from relay.caller import PCM24, PCMU
from relay.caller_audio import KEPT_MS, LEAD_IN_MS, RECENT_MS, CallerAudio
from relay.sentence_lost import TAKES_UP_MS

LEAD_IN_FRAMES = LEAD_IN_MS // 20


def frame(n: int) -> bytes:
    return bytes([n % 256]) * 160


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
    assert audio.take_kept() == b"".join(frames)
    assert audio.take_kept() == b""
    assert audio.kept_from_ms == 200


def test_no_more_than_fifteen_seconds_are_kept_and_the_oldest_give_way() -> None:
    audio = started()
    frames = [frame(n) for n in range(KEPT_MS // 20 + 50)]
    for each in frames:
        audio.keep(each, 0)
    assert audio.kept_from_ms == 1000
    assert audio.take_kept() == b"".join(frames[50:])


def test_a_sentence_in_which_an_engine_was_lost_is_given_to_the_next_from_its_beginning() -> None:
    audio = started()
    frames = [frame(n) for n in range(60)]
    for each in frames[:40]:
        audio.give(each, 0)
    audio.sentence(is_on=True)
    for each in frames[40:]:
        audio.give(each, 0)
    audio.engine_lost(caller_speaks=True)
    assert audio.was_mid_sentence
    assert audio.take_kept() == b"".join(frames[40 - LEAD_IN_FRAMES :])


def test_a_sentence_that_a_second_engine_is_lost_over_is_given_to_the_third_from_its_beginning_too() -> None:
    for says_so in (True, False):
        audio = started()
        frames = [frame(n) for n in range(90)]
        audio.sentence(is_on=True)
        for each in frames[:30]:
            audio.give(each, 0)
        audio.engine_lost(caller_speaks=True)
        audio.sentence(is_on=False)
        for each in frames[30:50]:
            audio.keep(each, 0)
        audio.take_kept()
        for each in frames[50:80]:
            audio.give(each, 0)
        audio.sentence(is_on=says_so)
        audio.engine_lost(caller_speaks=says_so)
        assert audio.was_mid_sentence
        for each in frames[80:]:
            audio.keep(each, 0)
        assert audio.kept_from_ms == 0
        assert audio.take_kept() == b"".join(frames)


def test_what_an_engine_has_dealt_with_is_not_given_again() -> None:
    for has_dealt in ("ended", "not taken up", "to be forgotten"):
        audio = started()
        for n in range(50):
            audio.keep(frame(n), 0)
        audio.take_kept()
        if has_dealt == "ended":
            audio.sentence(is_on=True)
            audio.sentence(is_on=False)
        elif has_dealt == "not taken up":
            for n in range(TAKES_UP_MS // 20):
                audio.give(frame(n), 0)
            audio.sentence(is_on=False)
        else:
            audio.forget()
        audio.give(frame(1), 0)
        assert len(audio.latest(1 << 20)) <= RECENT_MS * 8
        audio.engine_lost(caller_speaks=False)
        assert audio.take_kept() == b""
        assert not audio.was_mid_sentence


def test_nothing_is_repeated_when_the_caller_was_silent() -> None:
    audio = started()
    for n in range(40):
        audio.give(frame(n), 0)
    audio.engine_lost(caller_speaks=False)
    assert audio.take_kept() == b""
    assert not audio.was_mid_sentence


def test_a_renewed_engine_hears_from_shortly_before_so_that_a_word_is_whole() -> None:
    audio = started()
    frames = [frame(n) for n in range(60)]
    for each in frames:
        audio.give(each, 0)
    audio.engine_renewed()
    assert audio.kept_from_ms == 1200 - LEAD_IN_FRAMES * 20
    assert audio.take_kept() == b"".join(frames[-LEAD_IN_FRAMES:])


# --- at a kiosk, whose page may send a second at once ---


def spoken(seconds: int, *, in_sentence: bool) -> tuple[CallerAudio, bytes]:
    audio = CallerAudio(0)
    audio.starts(PCM24, 0)
    audio.sentence(is_on=in_sentence)
    messages = [bytes([n]) * 48_000 for n in range(seconds)]
    for each in messages:
        audio.give(each, 0)
    return audio, b"".join(messages)


def test_of_long_messages_no_more_is_kept_than_of_short_ones() -> None:
    audio, said = spoken(40, in_sentence=True)
    audio.engine_lost(caller_speaks=True)
    assert audio.take_kept() == said[-KEPT_MS * 48 :]
    audio, said = spoken(40, in_sentence=False)
    assert audio.latest(1 << 20) == said[-RECENT_MS * 48 :]


def test_of_a_long_message_in_which_a_sentence_begins_no_more_than_the_lead_in_is_given_again() -> None:
    audio, said = spoken(3, in_sentence=False)
    audio.sentence(is_on=True)
    audio.engine_lost(caller_speaks=True)
    assert audio.take_kept() == said[-LEAD_IN_MS * 48 :]
    audio, said = spoken(3, in_sentence=True)
    audio.engine_renewed()
    assert audio.take_kept() == said[-LEAD_IN_MS * 48 :]
