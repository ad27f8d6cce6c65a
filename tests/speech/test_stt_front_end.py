"""Samples to cepstra: the same as pocketsphinx's own, however the samples come."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pocketsphinx import Config, Decoder

from audio.resample import Resampler
from speech.recognizer.front_end import FrontEnd, Normaliser
from speech.recognizer.language import MODEL, PRETRAINED


def sound(rate_hz: int, seconds: float = 1.0) -> NDArray[np.int16]:
    """A rising, rich tone over noise: energy at every frequency below 3.5 kHz."""
    time = np.arange(int(rate_hz * seconds)) / rate_hz
    tone = sum(np.sin(2 * np.pi * n * (150 + 40 * time) * time) / n for n in range(1, 12))
    noise = np.random.default_rng(1).normal(0, 300, len(time))
    return (3000 * tone + noise).astype(np.int16)


@pytest.fixture
def without_noise_tracking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speech.recognizer.front_end._OVERSUBTRACTION", 0.0)


@pytest.mark.usefixtures("without_noise_tracking")
def test_it_is_the_front_end_that_the_model_was_trained_with(tmp_path: Path) -> None:
    config = Config(
        hmm=str(PRETRAINED / "en-us"),
        featparams=str(MODEL / "feat.params"),
        lm=None,
        allphone=str(PRETRAINED / "../en-us-phone.lm.bin"),
        mfclogdir=str(tmp_path),
        loglevel="FATAL",
    )
    pcm = sound(16000)
    decoder = Decoder(config)
    decoder.start_utt()
    decoder.process_raw(pcm.tobytes(), full_utt=True)
    decoder.end_utt()
    (log,) = tmp_path.glob("*.mfc")
    theirs = np.frombuffer(log.read_bytes()[4:], ">f4").reshape(-1, 13)
    ours = FrontEnd(16000).process(pcm)
    difference = np.abs(ours - theirs[: len(ours)])[1:]
    assert difference.max() < 2.0  # of values that range over 50; the noise floor makes most of it
    assert np.corrcoef(ours.ravel(), theirs[: len(ours)].ravel())[0, 1] > 0.999


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000])
def test_chunks_of_any_length_give_the_same_frames(rate_hz: int) -> None:
    pcm = sound(rate_hz)
    whole = FrontEnd(rate_hz).process(pcm)
    front_end, random = FrontEnd(rate_hz), np.random.default_rng(2)
    pieces = np.split(pcm, np.sort(random.integers(0, len(pcm), 60)))
    np.testing.assert_allclose(np.vstack([front_end.process(piece) for piece in pieces]), whole)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 24000])
def test_there_are_a_hundred_frames_a_second(rate_hz: int) -> None:
    assert len(FrontEnd(rate_hz).process(sound(rate_hz, 2.0))) in (197, 198)


def test_two_wideband_rates_hear_alike() -> None:
    pcm = sound(16000)
    one, other = FrontEnd(16000).process(pcm), FrontEnd(24000).process(Resampler(16000, 24000).process(pcm))
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.98


def test_digital_silence_is_quiet_and_finite() -> None:
    frames = FrontEnd(8000).process(np.zeros(8000, dtype=np.int16))
    assert np.isfinite(frames).all()
    assert np.max(frames[:, 0]) < np.min(FrontEnd(8000).process(sound(8000))[:, 0])


def test_the_mean_is_the_priors_at_first_and_the_callers_in_the_end() -> None:
    normaliser = Normaliser([10.0] * 13, prior_frames=100)
    first = normaliser.process(np.full((1, 13), 20.0))
    for _ in range(2000):
        last = normaliser.process(np.full((1, 13), 20.0))
    assert first[0, 0] == pytest.approx(9.9, abs=0.1)
    assert last[0, 0] == pytest.approx(0.0, abs=0.6)


def test_how_frames_are_cut_changes_nothing_in_their_normalisation() -> None:
    frames = FrontEnd(8000).process(sound(8000))
    whole = Normaliser([1.0] * 13, 100).process(frames)
    normaliser = Normaliser([1.0] * 13, 100)
    pieces = np.vstack([normaliser.process(piece) for piece in np.split(frames, [1, 1, 7, 30])])
    np.testing.assert_allclose(pieces, whole)


def test_steady_noise_is_taken_off_and_speech_is_left() -> None:
    random = np.random.default_rng(3)
    silence = np.zeros(8000, dtype=np.int16)
    noise = random.normal(0, 300, 24000)
    speech = np.concatenate((silence, sound(8000), silence))
    clean = FrontEnd(8000).process(speech)[:, 0]
    noisy = FrontEnd(8000).process((speech + noise).astype(np.int16))[:, 0]
    # how far speech stands out of what is around it, in the first cepstrum
    assert clean[120:180].mean() - clean[50:90].mean() > 5
    assert noisy[120:180].mean() - noisy[50:90].mean() > 0.6 * (clean[120:180].mean() - clean[50:90].mean())
