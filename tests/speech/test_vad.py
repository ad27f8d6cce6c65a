"""The network hears speech, and only speech; its answers depend on the sound alone."""

import numpy as np
import pytest

from audio.g711 import Pcm16, decode, encode
from speech.turns import Began, Ended, TurnDetector, TurnRules
from speech.vad import STEP_MS, SileroModel
from tests.speech.sounds import LEAD_MS, TAIL_MS, noise, room_for_friday, tones

RULES = TurnRules(0.5, 300, 500, None, create_response=False, interrupt_response=False)


@pytest.fixture(scope="module")
def model() -> SileroModel:
    return SileroModel()


def turns(model: SileroModel, pcm: Pcm16) -> list[Began | Ended]:
    detector = TurnDetector(RULES)
    return [turn for probability in model.listen().feed(pcm) if (turn := detector.feed(probability))]


@pytest.mark.parametrize("line", ["clean", "mu-law", "noise at 20 dB"])
def test_one_sentence_is_one_turn(model: SileroModel, line: str) -> None:
    pcm = room_for_friday()
    if line == "mu-law":
        pcm = decode(encode(pcm))
    elif line == "noise at 20 dB":
        pcm = pcm + noise(len(pcm), 250)[: len(pcm)]
    began, ended = turns(model, pcm)
    spoken_until_ms = len(pcm) / 8 - TAIL_MS
    assert LEAD_MS - 50 <= began.at_ms <= LEAD_MS + 150
    assert spoken_until_ms + 350 <= ended.at_ms <= spoken_until_ms + 750


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(24_000, dtype=np.int16),
        noise(3000, 1000),
        tones(3000, 350, 440),
        np.concatenate([tones(80, 770, 1336), np.zeros(640, dtype=np.int16)] * 15),
    ],
    ids=["silence", "noise", "dial tone", "keys"],
)
def test_what_is_no_speech_begins_no_turn(model: SileroModel, sound: Pcm16) -> None:
    assert turns(model, sound) == []


def test_it_makes_no_difference_how_the_sound_is_cut(model: SileroModel) -> None:
    pcm = room_for_friday()
    whole = model.listen().feed(pcm)
    stream = model.listen()
    pieces = [probability for start in range(0, len(pcm), 160) for probability in stream.feed(pcm[start : start + 160])]
    assert len(whole) == len(pcm) // (8 * STEP_MS)
    assert pieces == whole


def test_two_streams_share_the_network_and_no_state(model: SileroModel) -> None:
    pcm = room_for_friday()
    alone = model.listen().feed(pcm)
    first, second = model.listen(), model.listen()
    beside = []
    for start in range(0, len(pcm), 256):
        beside += first.feed(pcm[start : start + 256])
        second.feed(noise(32, 3000))
    assert beside == alone


def test_speech_goes_on_through_weak_moments() -> None:
    detector = TurnDetector(RULES)
    assert [detector.feed(p) for p in (0.9, 0.9)][1] == Began(0)
    assert all(detector.feed(p) is None for p in (0.4, 0.1) * 50)
    silence = [detector.feed(0.1) for _ in range(15)]  # the 16th step of it was the last weak one
    assert silence[-1] == Ended((2 + 100 + 15) * STEP_MS)
    assert not detector.speaking
