from pathlib import Path

import numpy as np
import pytest

from audio import g711
from local.errors import SetupError
from local.measure import measure
from local.sound import Stretch, cut, levels_db, noise, read_wav, stretches, write_wav


def tone(ms: int, amplitude: int = 8000) -> bytes:
    return g711.encode((amplitude * np.sin(2 * np.pi * 500 * np.arange(ms * 8) / 8000)).astype(np.int16))


def silence(ms: int) -> bytes:
    return bytes([g711.SILENCE]) * (ms * 8)


def test_loudness_is_in_decibels_of_full_scale() -> None:
    assert levels_db(tone(20, 32000))[0] == pytest.approx(-3.2, abs=0.3)
    assert levels_db(tone(20, 3200))[0] == pytest.approx(-23.2, abs=0.5)
    assert levels_db(silence(20))[0] < -90


def test_stretches_join_over_short_pauses_and_leave_clicks_out() -> None:
    track = silence(500) + tone(400) + silence(200) + tone(300) + silence(1000) + tone(40) + silence(500) + tone(200)
    assert stretches(track) == [Stretch(500, 1400), Stretch(2940, 3140)]


def test_silence_has_no_stretches() -> None:
    assert stretches(silence(1000)) == []
    assert stretches(b"") == []


def test_a_cut_keeps_within_the_track() -> None:
    assert cut(silence(100) + tone(100), 100, 150) == tone(100)[:400]
    assert cut(tone(100), -50, 50) == tone(100)[:400]


def test_noise_has_its_level_and_is_the_same_every_time() -> None:
    assert np.mean(levels_db(noise(1.0, -30))) == pytest.approx(-30, abs=0.5)
    assert noise(0.5, -30) == noise(0.5, -30)


def test_a_stereo_wav_has_the_caller_left_and_the_agent_right(tmp_path: Path) -> None:
    import wave

    write_wav(tmp_path / "a.wav", [tone(100), silence(60)])
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 800)
        samples = np.frombuffer(file.readframes(800), dtype="<i2").reshape(-1, 2)
    assert np.array_equal(samples[:, 0], g711.decode(tone(100)))
    assert not samples[:, 1].any()


def test_a_line_comes_back_from_its_wav_as_it_was(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", [tone(100)])
    assert read_wav(tmp_path / "a.wav") == tone(100)


def test_a_wav_that_is_missing_or_of_another_kind_names_the_cure(tmp_path: Path) -> None:
    write_wav(tmp_path / "stereo.wav", [tone(20), tone(20)])
    (tmp_path / "no.wav").write_bytes(b"RIFF")
    for name in ("stereo.wav", "no.wav", "missing.wav"):
        with pytest.raises(SetupError, match="python -m local render"):
            read_wav(tmp_path / name)


def test_times_are_measured_from_the_two_tracks() -> None:
    heard = silence(400) + tone(1000) + silence(2600) + tone(500) + silence(1500)
    said = silence(2000) + tone(1000) + silence(3000)
    times = measure(heard, said)
    assert times.answer_to_first_audio_ms == 400
    assert times.replies_ms == (1000,)
    assert times.reply_median_ms == 1000
    assert times.barge_in_to_silence_ms == ()
    assert times.call_ms == 6000


def test_cutting_in_is_measured_to_the_agents_last_sound_and_its_rest_is_no_reply() -> None:
    heard = silence(400) + tone(2000) + silence(2600) + tone(500)
    said = silence(2000) + tone(1000) + silence(2500)
    times = measure(heard, said)
    assert times.barge_in_to_silence_ms == (400,)
    assert times.replies_ms == (2000,)


def test_what_the_agent_says_after_the_guests_next_words_is_no_reply_to_the_first() -> None:
    heard = silence(5000) + tone(500)
    said = silence(1000) + tone(500) + silence(1500) + tone(500) + silence(2000)
    assert measure(heard, said).replies_ms == (1500,)


def test_a_call_without_a_sound_has_no_times() -> None:
    times = measure(silence(1000), silence(1000))
    assert (times.answer_to_first_audio_ms, times.reply_median_ms) == (None, None)
