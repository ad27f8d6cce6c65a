"""What must not go on for ever: each watchdog by what it is told."""

from __future__ import annotations

import wave
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import pytest

from audio import g711, levels
from relay import watchdogs
from relay.watchdogs import Answer, Hearing, Sameness, Sound, Staleness

CALLERS = Path(__file__).parent.parent.parent / "local/callers"


def samples_of(ulaw: bytes) -> list[bool]:
    """What `Watch` would make of it: one 20 ms frame in 100 ms, loud or not."""
    return [levels.level(ulaw[start : start + 160]) >= watchdogs.LOUD for start in range(0, len(ulaw) - 160, 800)]


def music(seconds: float, amplitude: int = 4000) -> bytes:
    """Chords that change, with a beat: never silent for longer than a beat's end."""
    at = np.arange(int(seconds * 8000)) / 8000
    root = np.array([220, 277, 330, 247])[(at / 2).astype(int) % 4]
    beat = 0.4 + 0.6 * np.exp(-3 * (at % 0.5))
    tone = sum(np.sin(2 * np.pi * root * ratio * at) for ratio in (1, 1.25, 1.5)) / 3
    return g711.encode((amplitude * beat * tone).astype(np.int16))


def told(sound: Sound, samples: list[bool]) -> float | None:
    """After how many seconds it is too much."""
    for n, loud in enumerate(samples):
        sound.heard(loud=loud)
        if sound.is_too_much:
            return (n + 1) / 10
    return None


# --- sound without pauses ---


def test_music_is_noticed_after_its_limit() -> None:
    after = told(Sound(20_000), samples_of(music(30)))
    assert after is not None
    assert 20 <= after <= 25


def test_a_telephones_line_noise_is_silence() -> None:
    noise = np.random.default_rng(1).normal(0, 80, 80_000).astype(np.int16)
    assert not any(samples_of(g711.encode(noise)))


def test_nobody_who_speaks_is_taken_for_music() -> None:
    """Recorded callers, each sentence again and again with half a second between: five minutes of it."""
    lines = sorted(CALLERS.rglob("*.wav"))
    assert lines
    for path in lines[:12]:
        with wave.open(str(path)) as recorded:
            rate, width = recorded.getframerate(), recorded.getsampwidth()
            pcm = np.frombuffer(recorded.readframes(recorded.getnframes()), np.int16)
        assert (rate, width) == (8000, 2), path
        line = samples_of(g711.encode(pcm)) + [False] * 5
        assert told(Sound(20_000), list(islice(cycle(line), 3000))) is None, path


def test_a_word_or_a_key_begins_the_count_anew() -> None:
    sound = Sound(1000)
    assert told(sound, [True] * 9) is None
    sound.someone_is_there()
    assert told(sound, [True] * 9) is None
    assert told(sound, [True]) == 0.1


def test_without_a_limit_music_may_play_on() -> None:
    assert told(Sound(0), [True] * 10_000) is None


# --- the same again ---


def words(text: str) -> list[str]:
    return text.split()


def test_an_announcement_is_noticed_though_the_recogniser_varies() -> None:
    sameness = Sameness(4)
    heard = [
        "your call is important to us please stay on the line",
        "the next free agent will be with you shortly",
        "your call is important to us please stay on the line",
        "your call is important to us please stay on a line",
        "the next free agent will be with you shortly",
    ]
    for turn, sentence in enumerate(heard):
        sameness.said(words(sentence), turn)
        assert not sameness.is_too_much
    sameness.said(words("your call is important to us please stay on the line"), len(heard))
    assert sameness.is_too_much


def test_a_guest_may_say_yes_as_often_as_they_like() -> None:
    sameness = Sameness(4)
    for turn in range(40):
        sameness.said(words("yes that's right"), turn)
    assert not sameness.is_too_much


def test_a_sentence_that_grows_is_no_repetition_of_itself() -> None:
    sameness = Sameness(2)
    sentence = [f"word{n}" for n in range(60)]
    for length in range(5, 60):
        sameness.said(sentence[:length], 1)
    assert not sameness.is_too_much


def test_a_sentence_said_long_ago_is_forgotten() -> None:
    sameness = Sameness(2)
    for n in range(200):
        sameness.said([f"a{n % 50}", f"b{n % 50}", f"c{n % 50}", f"d{n % 50}"], n)
    assert not sameness.is_too_much
    assert len(sameness._sentences) == Sameness.KEPT


# --- nothing new ---


def test_two_machines_being_polite_are_noticed() -> None:
    staleness = Staleness(12)
    for n, answer in zip(range(16), cycle(["thank you very much", "you are welcome", "have a nice day", "goodbye"])):
        assert not staleness.is_too_much, n
        staleness.said(words(answer))
    assert staleness.is_too_much


def test_what_is_done_makes_a_talk_fresh() -> None:
    staleness = Staleness(3)
    for _ in range(20):
        staleness.said(["yes"])
        staleness.said(["yes"])
        staleness.something_was_done()
    assert not staleness.is_too_much


def test_turns_that_nobody_understands_are_nothing_new() -> None:
    staleness = Staleness(3)
    for _ in range(3):
        staleness.said([])
    assert staleness.is_too_much


def test_words_that_come_late_are_news_and_no_further_turn() -> None:
    staleness = Staleness(3)
    for n in range(20):
        staleness.said([])
        staleness.said([str(n)], is_new_turn=False)
    for _ in range(2):
        staleness.said(["0"])
        staleness.said(["0"], is_new_turn=False)
    assert not staleness.is_too_much
    staleness.said(["0"])
    assert staleness.is_too_much


def test_the_words_kept_are_bounded() -> None:
    staleness = Staleness(3)
    for n in range(20_000):
        staleness.said([str(n)])
    assert len(staleness._known) <= Staleness.VOCABULARY


# --- the engine ---


def test_a_response_that_gives_nothing_is_overdue() -> None:
    answer = Answer()
    answer.goes_on(0)
    assert not answer.is_overdue(watchdogs.ANSWER_WAIT_MS - 1)
    answer.gave(5000)
    assert not answer.is_overdue(watchdogs.ANSWER_WAIT_MS)
    assert answer.is_overdue(5000 + watchdogs.ANSWER_WAIT_MS)
    answer.ended()
    assert answer.due_ms is None
    answer.gave(6000)
    assert not answer.is_overdue(1_000_000)


def spoken(hearing: Hearing, sound_s: float, pause_s: float, *, agent_speaks: bool = False) -> bool:
    for loud, seconds in ((True, sound_s), (False, pause_s)):
        for _ in range(round(seconds * 10)):
            hearing.heard(loud=loud, agent_speaks=agent_speaks)
    return hearing.is_deaf


def test_an_engine_that_never_hears_the_caller_is_deaf() -> None:
    hearing = Hearing()
    assert [spoken(hearing, 2.2, 2) for _ in range(3)] == [False, False, True]


def test_an_engine_that_hears_one_of_them_is_not() -> None:
    hearing = Hearing()
    for _ in range(10):
        spoken(hearing, 2.2, 2)
        spoken(hearing, 2.2, 2)
        assert not hearing.is_deaf
        hearing.began()
        spoken(hearing, 1, 1)
        hearing.ended()


@pytest.mark.parametrize(("sound_s", "pause_s"), [(0.3, 2), (60, 0.3)], ids=["clicks", "noise"])
def test_what_is_no_speech_need_not_be_heard(sound_s: float, pause_s: float) -> None:
    hearing = Hearing()
    assert not any(spoken(hearing, sound_s, pause_s) for _ in range(20))


def test_the_agents_echo_need_not_be_heard() -> None:
    hearing = Hearing()
    assert not any(spoken(hearing, 3, 1, agent_speaks=True) for _ in range(20))


def test_speech_that_never_ends_though_the_line_is_quiet_is_a_stuck_engine() -> None:
    hearing = Hearing()
    hearing.began()
    assert not spoken(hearing, 2, watchdogs.STUCK_MS / 1000 - 0.1)
    assert spoken(hearing, 0, 0.1)


def test_somebody_who_speaks_for_minutes_is_heard() -> None:
    hearing = Hearing()
    hearing.began()
    assert not any(spoken(hearing, 4, 1) for _ in range(60))


def test_speech_that_an_engine_hears_in_the_soft_echo_of_a_long_answer_is_no_stuck_engine() -> None:
    hearing = Hearing()
    hearing.began()
    for _ in range(120):
        hearing.heard(loud=False, agent_speaks=True)
    assert not hearing.is_deaf
    for _ in range(watchdogs.STUCK_MS // 100):
        hearing.heard(loud=False, agent_speaks=False)
    assert hearing.is_deaf
