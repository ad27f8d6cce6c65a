"""What guests hear who hold: ours, in parts, or the hotel's own."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from nightdesk import hold_music, properties
from numpy.typing import NDArray

from audio import g711
from local.twilio import sounds

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))
score = importlib.import_module("hold_music")  # the program that wrote it

ORIGIN = "https://hotel.example.com"
HOTEL = properties.load_file(properties.PACKAGED / "west-bethel-motel.yaml")
OWN = replace(HOTEL, hold_music="https://sounds.example.com/waltz.mp3")
Sound = NDArray[np.float64]


def part(number: int) -> Sound:
    """As a telephone plays it, between -1 and 1."""
    found = hold_music.sound(str(number))
    assert found is not None
    return np.asarray(g711.decode(sounds.telephone_audio(found, "audio/wav")), dtype=np.float64) / 32768


PARTS = [part(number) for number in range(1, hold_music.PARTS + 1)]


def likeness(one: Sound, other: Sound) -> float:
    """The best correlation of two sounds at any shift."""
    length = 2 * len(one)
    shifted = np.fft.irfft(np.fft.rfft(one, length) * np.conj(np.fft.rfft(other, length)))
    return float(np.abs(shifted).max() / np.sqrt((one**2).sum() * (other**2).sum()))


def names(urls: list[str]) -> list[str]:
    assert all(url.startswith(f"{ORIGIN}/voice/twilio/hold-music/") for url in urls)
    return [url.rsplit("/", 1)[1] for url in urls]


def test_more_than_a_minute_goes_by_before_anything_comes_again() -> None:
    assert sum(len(each) for each in PARTS) / 8000 == 80
    assert max(likeness(PARTS[i], PARTS[j]) for i in range(len(PARTS)) for j in range(i)) < 0.7


@pytest.mark.parametrize("sound", PARTS)
def test_a_part_is_ten_quiet_seconds_that_end_in_a_breath(sound: Sound) -> None:
    assert len(sound) == hold_music.PART_S * 8000
    assert -27 < 20 * np.log10(np.sqrt(np.mean(sound**2))) < -20
    assert np.abs(sound).max() < 0.6
    assert np.abs(sound[-800:]).max() < 0.01
    heard = [np.sqrt(np.mean(second**2)) for second in sound[: 9 * 8000].reshape(9, 8000)]
    assert min(heard) > 0.01  # nobody takes it for a line that is dead


def test_what_is_served_is_what_the_program_writes() -> None:
    """But for the last bit of a rounding, which is the machine's."""
    for number, sound in enumerate(PARTS):
        assert np.abs(sound - score.compose(number)).max() < 0.03


def test_as_much_is_played_as_the_guest_asked_for() -> None:
    assert names(hold_music.for_hold(ORIGIN, HOTEL, 30)) == ["1.wav", "2.wav", "3.wav"]
    assert names(hold_music.for_hold(ORIGIN, HOTEL, 5)) == ["1.wav"]
    assert hold_music.for_hold(ORIGIN, OWN, 30) == [OWN.hold_music]


def test_who_waits_hears_it_go_on_and_never_longer_than_they_may() -> None:
    assert names(hold_music.for_wait(ORIGIN, HOTEL, 20, 0, 120)) == ["1.wav", "2.wav"]
    assert names(hold_music.for_wait(ORIGIN, HOTEL, 20, 23, 97)) == ["3.wav", "4.wav"]
    assert names(hold_music.for_wait(ORIGIN, HOTEL, 20, 75, 45)) == ["8.wav", "1.wav"]
    assert names(hold_music.for_wait(ORIGIN, HOTEL, 20, 105, 15)) == ["3.wav"]


def test_a_hotels_own_music_is_played_whole_and_so_only_where_there_is_time_for_it() -> None:
    assert hold_music.for_wait(ORIGIN, OWN, 20, 0, 120) == [OWN.hold_music]
    assert names(hold_music.for_wait(ORIGIN, OWN, 20, 95, 25)) == ["2.wav", "3.wav"]


@pytest.mark.parametrize("number", ["0", "9", "01x", "", "../1"])
def test_there_is_no_other_part(number: str) -> None:
    assert hold_music.sound(number) is None
