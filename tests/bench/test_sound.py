import numpy as np
import pytest

from audio import g711
from audio.levels import level
from audio.resample import Resampler
from bench.load.sound import AGENT_SPEECH, CALLER_SPEECH, STAMPS, TONES


def stamped(count: int) -> bytes:
    return b"".join(STAMPS.frame(7, n, CALLER_SPEECH) for n in range(count))


@pytest.mark.parametrize("cut", [160, 480, 400, 33, 10_000])
def test_stamps_are_read_whatever_messages_they_come_in(cut: int) -> None:
    audio, reader = stamped(30), STAMPS.reader()
    found = [piece for at in range(0, len(audio), cut) for piece in reader.read(audio[at : at + cut], at=float(at))]
    assert [(piece.stream, piece.seq) for piece in found] == [(7, n) for n in range(30)]


def test_a_stamp_is_not_heard() -> None:
    assert level(STAMPS.frame(0xFFF, 0xFFFFFF)) < 0.001
    assert level(STAMPS.frame(1, 2, CALLER_SPEECH)) > 0.02


def test_caller_and_agent_do_not_sound_alike() -> None:
    caller, agent = ([level(frame) for frame in speech[:150]] for speech in (CALLER_SPEECH, AGENT_SPEECH))
    assert abs(np.corrcoef(caller, agent)[0, 1]) < 0.3


def test_audio_that_is_not_ours_is_no_stamp() -> None:
    assert list(STAMPS.reader().read(bytes(range(256)) * 10, at=0.0)) == []


def test_tones_survive_resampling_both_ways() -> None:
    up, down, reader = Resampler(8000, 24000), Resampler(24000, 8000), TONES.reader()
    seen = []
    for n in range(1000):
        pcm = down.process(up.process(g711.decode(TONES.frame(0, n))))
        seen += [piece.seq for piece in reader.read(g711.encode(pcm), at=n * 0.02)]
    assert seen == list(range(40))


def test_a_missing_tone_shifts_no_other() -> None:
    reader = TONES.reader(24000)
    up = Resampler(8000, 24000)
    seen = []
    for n in range(500):
        if 110 <= n < 113:  # the tone of piece 4
            continue
        seen += [piece.seq for piece in reader.read(up.process(g711.decode(TONES.frame(0, n))).tobytes(), at=0.0)]
    assert seen == [n for n in range(20) if n != 4]


def test_a_tone_left_over_from_before_a_clear_is_passed_over() -> None:
    reader = TONES.reader()
    before = [piece.seq for n in range(50) for piece in reader.read(TONES.frame(0, n), at=0.0)]
    reader.skip_to(4)
    late = [piece.seq for n in (25 + n for n in range(25)) for piece in reader.read(TONES.frame(0, n), at=0.0)]
    after = [piece.seq for n in range(100, 150) for piece in reader.read(TONES.frame(0, n), at=0.0)]
    assert (before, late, after) == ([0, 1], [], [4, 5])
