"""The live resampler: what it keeps, what it rejects, and that chunk borders leave no trace."""

import numpy as np
import pytest

from audio.g711 import Pcm16
from audio.resample import Resampler


def tone(hz: float, rate_hz: int, seconds: float = 1.0, amplitude: float = 12000) -> Pcm16:
    return np.rint(amplitude * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz)).astype(np.int16)


def in_chunks(pcm: Pcm16, from_hz: int, to_hz: int, chunk: int) -> Pcm16:
    resampler = Resampler(from_hz, to_hz)
    return np.concatenate([resampler.process(pcm[i : i + chunk]) for i in range(0, len(pcm), chunk)])


def level_db(pcm: Pcm16, hz: float, rate_hz: int) -> float:
    """Level of one frequency in the steady part, relative to the amplitude that `tone` gives."""
    steady = pcm[rate_hz // 10 : rate_hz // 10 + rate_hz // 2].astype(float)
    wave = np.exp(-2j * np.pi * hz * np.arange(len(steady)) / rate_hz)
    return float(20 * np.log10(max(2 * abs(wave @ steady) / len(steady), 1e-6) / 12000))


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(8000, 24000), (24000, 8000), (8000, 16000), (16000, 8000), (24000, 16000)]
)
def test_speech_band_passes_unchanged(from_hz: int, to_hz: int) -> None:
    out = in_chunks(tone(1000, from_hz), from_hz, to_hz, from_hz // 50)
    assert abs(level_db(out, 1000, to_hz)) < 0.1


def test_every_chunk_gives_its_exact_length() -> None:
    up, down = Resampler(8000, 24000), Resampler(24000, 8000)
    assert {len(up.process(tone(500, 8000, 0.02))) for _ in range(20)} == {480}
    assert {len(down.process(tone(500, 24000, 0.02))) for _ in range(20)} == {160}


@pytest.mark.parametrize("hz", [5000, 6000, 9000])
def test_what_a_telephone_cannot_carry_is_rejected_not_folded_back(hz: float) -> None:
    out = in_chunks(tone(hz, 24000), 24000, 8000, 480)
    alias_hz = abs(hz - 8000 * round(hz / 8000))
    assert level_db(out, alias_hz, 8000) < -90


def test_upsampling_leaves_no_image() -> None:
    out = in_chunks(tone(3000, 8000), 8000, 24000, 160)
    assert level_db(out, 5000, 24000) < -90


@pytest.mark.parametrize(("from_hz", "to_hz"), [(8000, 24000), (24000, 8000), (24000, 16000), (16000, 24000)])
def test_chunk_borders_do_not_click(from_hz: int, to_hz: int) -> None:
    pcm = tone(700, from_hz)
    whole = in_chunks(pcm, from_hz, to_hz, len(pcm))
    odd = in_chunks(pcm, from_hz, to_hz, 167)
    assert np.array_equal(whole, odd)


def test_full_scale_is_clipped_never_wrapped() -> None:
    square = np.where(np.arange(8000) // 20 % 2, -32768, 32767).astype(np.int16)
    out = in_chunks(square, 8000, 24000, 160).astype(int)
    assert np.max(np.abs(np.diff(out))) < 40000


def snr_db(pcm: Pcm16, hz: float, rate_hz: int) -> float:
    """One frequency against everything else, in a steady part that holds whole periods of it."""
    steady = pcm[rate_hz // 10 : rate_hz // 10 + rate_hz // 2].astype(float)
    n = np.arange(len(steady))
    basis = np.stack([np.sin(2 * np.pi * hz * n / rate_hz), np.cos(2 * np.pi * hz * n / rate_hz)])
    fitted = (2 / len(steady)) * (basis @ steady) @ basis
    return float(10 * np.log10((fitted @ fitted) / ((steady - fitted) @ (steady - fitted))))


def test_the_noise_it_adds_is_that_of_rounding_to_16_bits() -> None:
    """12,000 of 32,768 is 8.7 dB below full scale, so 16 bits leave about 89 dB."""
    assert snr_db(in_chunks(tone(1000, 8000), 8000, 24000, 160), 1000, 24000) > 80
    assert snr_db(in_chunks(tone(1000, 24000), 24000, 8000, 480), 1000, 8000) > 80


@pytest.mark.parametrize(("from_hz", "to_hz"), [(8000, 24000), (24000, 8000)])
def test_the_telephone_band_keeps_its_loudness_up_to_its_upper_end(from_hz: int, to_hz: int) -> None:
    for hz, least_db in ((300, -0.1), (1000, -0.1), (3000, -0.1), (3400, -1.5)):
        out = in_chunks(tone(hz, from_hz), from_hz, to_hz, from_hz // 50)
        assert least_db < level_db(out, hz, to_hz) < 0.1


@pytest.mark.parametrize(("from_hz", "to_hz"), [(8000, 24000), (24000, 8000)])
def test_the_delay_is_two_milliseconds_whatever_the_chunk(from_hz: int, to_hz: int) -> None:
    for chunk in (from_hz // 50, from_hz // 25, 171):
        pulse = np.zeros(from_hz // 2, np.int16)
        at = from_hz // 10
        pulse[at] = 30000
        out = in_chunks(pulse, from_hz, to_hz, chunk)
        assert int(np.argmax(out)) - at * to_hz // from_hz == to_hz * 2 // 1000
