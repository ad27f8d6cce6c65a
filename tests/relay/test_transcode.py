"""The transcoding path: what it keeps, rejects and adds, measured through both formats as a call uses it."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from audio import g711
from audio.g711 import Pcm16
from audio.levels import level, level_of_pcm
from relay import live, realtime
from relay.caller import PCM24, PCMU, AudioFormat
from relay.dialects import DIALECTS, Codec
from relay.transcode import Transcoder, transcoding

RATE = {PCMU: 8000, PCM24: 24_000}


def tone(hz: float, audio: AudioFormat, seconds: float = 1.0, amplitude: float = 12_000) -> bytes:
    n = np.arange(int(RATE[audio] * seconds))
    pcm = np.rint(amplitude * np.sin(2 * np.pi * hz * n / RATE[audio])).astype(np.int16)
    return g711.encode(pcm) if audio == PCMU else pcm.tobytes()


def samples(audio: bytes, form: AudioFormat) -> Pcm16:
    return g711.decode(audio) if form == PCMU else np.frombuffer(audio, np.int16)


def chunked(audio: bytes, size: int) -> list[bytes]:
    return [audio[start : start + size] for start in range(0, len(audio), size)]


def to_engine(audio: bytes, caller: AudioFormat, engine: AudioFormat, chunk_ms: int = 20) -> bytes:
    made = Transcoder(caller, engine)
    return b"".join(made.to_engine(chunk) for chunk in chunked(audio, chunk_ms * caller.bytes_per_ms))


def to_caller(audio: bytes, engine: AudioFormat, caller: AudioFormat, size: int = 9600) -> bytes:
    made = Transcoder(caller, engine)
    return b"".join(made.to_caller("item_1", chunk) for chunk in chunked(audio, size))


def level_db(pcm: Pcm16, hz: float, rate_hz: int) -> float:
    steady = pcm[rate_hz // 10 : rate_hz // 10 + rate_hz // 2].astype(float)
    wave = np.exp(-2j * np.pi * hz * np.arange(len(steady)) / rate_hz)
    return float(20 * np.log10(max(2 * abs(wave @ steady) / len(steady), 1e-6) / 12_000))


def snr_db(pcm: Pcm16, hz: float, rate_hz: int) -> float:
    """One frequency against everything else."""
    steady = pcm[rate_hz // 10 : rate_hz // 10 + rate_hz // 2].astype(float)
    angle = 2 * np.pi * hz * np.arange(len(steady)) / rate_hz
    basis = np.stack([np.sin(angle), np.cos(angle)])
    fitted = (2 / len(steady)) * (basis @ steady) @ basis
    rest = steady - fitted
    return float(10 * np.log10((fitted @ fitted) / (rest @ rest)))


def test_a_frame_in_is_a_frame_out_at_once() -> None:
    phone = Transcoder(PCMU, PCM24)
    assert len(phone.to_engine(tone(500, PCMU, 0.02))) == 960
    assert len(phone.to_caller("item_1", tone(500, PCM24, 0.2))) == 1600
    kiosk = Transcoder(PCM24, PCMU)
    assert len(kiosk.to_engine(tone(500, PCM24, 0.02))) == 160
    assert len(kiosk.to_caller("item_1", tone(500, PCMU, 0.2))) == 9600


def test_it_adds_two_milliseconds() -> None:
    """Far below the 25 ms that this path may add."""
    pulse = np.zeros(24_000, np.int16)
    pulse[12_000] = 30_000
    heard = samples(to_caller(pulse.tobytes(), PCM24, PCMU), PCMU)
    assert int(np.argmax(heard)) == 4000 + 16


def test_chunks_leave_no_trace_at_their_borders() -> None:
    voice = tone(700, PCM24)
    whole = to_caller(voice, PCM24, PCMU, size=len(voice))
    assert to_caller(voice, PCM24, PCMU, size=960) == whole
    assert to_caller(voice, PCM24, PCMU, size=1001) == whole, "chunks of half samples"
    mulaw = tone(700, PCMU)
    assert to_engine(mulaw, PCMU, PCM24, chunk_ms=20) == to_engine(mulaw, PCMU, PCM24, chunk_ms=1000)


@pytest.mark.parametrize("hz", [4600, 5000, 6000, 9000])
def test_what_mu_law_cannot_carry_is_not_folded_into_the_voice(hz: float) -> None:
    """The filter rejects 100 dB; what is left in mu-law is the smallest step, 8 of 32,768: below -60 dB."""
    heard = samples(to_caller(tone(hz, PCM24), PCM24, PCMU), PCMU)
    assert level_db(heard, abs(hz - 8000 * round(hz / 8000)), 8000) < -60


def test_the_image_of_a_telephones_voice_is_not_added_above_it() -> None:
    """3 kHz at 8 kHz has its first image at 5 kHz."""
    assert level_db(samples(to_engine(tone(3000, PCMU), PCMU, PCM24), PCM24), 5000, 24_000) < -60


def test_only_mu_laws_own_noise_is_added() -> None:
    """G.711 has about 38 dB whatever the level; the path may cost a decibel of it."""
    at_8k = snr_db(samples(tone(1010, PCMU), PCMU), 1010, 8000)
    assert at_8k > 37
    assert snr_db(samples(to_engine(tone(1010, PCMU), PCMU, PCM24), PCM24), 1010, 24_000) > at_8k - 1
    assert snr_db(samples(to_caller(tone(1010, PCM24), PCM24, PCMU), PCMU), 1010, 8000) > at_8k - 1


@pytest.mark.parametrize("amplitude", [400, 3000, 12_000, 30_000])
def test_levels_survive(amplitude: float) -> None:
    mulaw = tone(1000, PCMU, amplitude=amplitude)
    pcm = to_engine(mulaw, PCMU, PCM24)
    assert level_of_pcm(pcm[4800:]) == pytest.approx(level(mulaw[800:]), rel=0.05, abs=0.001)
    assert level(to_caller(pcm, PCM24, PCMU)[1600:]) == pytest.approx(level(mulaw[1600:]), rel=0.05, abs=0.001)


def test_silence_stays_digital_silence() -> None:
    assert to_caller(bytes(9600), PCM24, PCMU) == PCMU.silence * 1600
    assert to_engine(PCMU.silence * 1600, PCMU, PCM24) == bytes(9600)


def test_an_item_does_not_begin_with_the_end_of_the_one_before() -> None:
    made = Transcoder(PCMU, PCM24)
    made.to_caller("item_1", tone(1000, PCM24, 0.1)[:-1])
    assert made.to_caller("item_2", bytes(960)) == PCMU.silence * 160


def test_an_engines_wire_is_read_and_written_in_the_callers_format() -> None:
    codec = transcoding(PCMU, PCM24, DIALECTS["realtime"].codec)
    spoken = tone(500, PCM24, 0.2)
    delta = {"type": "response.output_audio.delta", "response_id": "r", "item_id": "i", "content_index": 0}
    event = codec.read(memoryview(json.dumps({**delta, "delta": base64.b64encode(spoken).decode()}).encode()))
    assert event == realtime.AudioDelta("r", "i", 0, Transcoder(PCMU, PCM24).to_caller("i", spoken))
    heard = tone(500, PCMU, 0.02)
    plain = Transcoder(PCMU, PCM24)
    assert codec.convert is not None
    for sent in (
        codec.write(realtime.AppendAudio(heard)),
        codec.convert(base64.b64encode(heard)).join(codec.append),
    ):
        audio = base64.b64encode(plain.to_engine(heard)).decode()
        assert json.loads(sent) == {"type": "input_audio_buffer.append", "audio": audio}
    assert json.loads(codec.write(realtime.CancelResponse())) == {"type": "response.cancel"}
    assert codec.read(memoryview(b'{"type":"session.updated"}')) == realtime.SessionUpdated()


def test_a_live_engines_one_stream_goes_on_without_a_seam() -> None:
    codec = transcoding(PCMU, PCM24, Codec(lambda data: live.OutputAudio(bytes(data)), bytes, (b"", b"")))
    voice = tone(700, PCM24)
    pieces = [codec.read(memoryview(chunk)).audio for chunk in chunked(voice, 1001)]
    assert b"".join(pieces) == to_caller(voice, PCM24, PCMU)
