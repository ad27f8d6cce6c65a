"""Sound files that `<Play>` fetches, turned into telephone audio. WAV with PCM16 or mu-law, one channel, any rate.

Source: Twilio's page on <Play>, supported types; error 13420. MP3 and the rest are Twilio's, not the simulator's.
"""

import struct

import numpy as np
import soxr

from audio import g711
from local.twilio.errors import NOT_SIMULATED, CallFailure

_WAV_TYPES = {"audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave"}
_OTHER_TYPES = {"audio/mpeg", "audio/mp3", "audio/aiff", "audio/x-aifc", "audio/x-aiff", "audio/x-gsm", "audio/gsm"}
_OTHER_TYPES |= {"audio/ulaw", "audio/basic"}
_PCM, _MULAW = 1, 7
_RATE_HZ = 8000


def telephone_audio(body: bytes, content_type: str) -> bytes:
    """Mu-law at 8 kHz. Raises CallFailure 13420 for what is no sound file."""
    if content_type in _OTHER_TYPES:
        raise CallFailure(NOT_SIMULATED, f"<Play> of {content_type}")
    if content_type not in _WAV_TYPES:
        raise CallFailure(13420, content_type)
    try:
        format_, channels, rate_hz, bits, data = _read_wav(body)
    except (struct.error, ValueError) as error:
        raise CallFailure(13420, f"not a WAV file: {error}") from error
    if channels != 1 or (format_, bits) not in ((_PCM, 16), (_MULAW, 8)):
        raise CallFailure(NOT_SIMULATED, f"<Play> of WAV format {format_}, {channels} channels, {bits} bits")
    if format_ == _MULAW and rate_hz == _RATE_HZ:
        return data
    pcm = g711.decode(data) if format_ == _MULAW else np.frombuffer(data, dtype="<i2").astype(np.int16)
    return g711.encode(soxr.resample(pcm, rate_hz, _RATE_HZ))


def _read_wav(body: bytes) -> tuple[int, int, int, int, bytes]:
    """Format, channels, rate, bits and the samples."""
    if body[:4] != b"RIFF" or body[8:12] != b"WAVE":
        raise ValueError("no RIFF header")
    at, header = 12, None
    while at + 8 <= len(body):
        name, size = struct.unpack_from("<4sI", body, at)
        if name == b"fmt ":
            header = struct.unpack_from("<HHIIHH", body, at + 8)
        elif name == b"data" and header is not None:
            format_, channels, rate_hz, _, _, bits = header
            return format_, channels, rate_hz, bits, body[at + 8 : at + 8 + size // (bits // 8) * (bits // 8)]
        at += 8 + size + size % 2
    raise ValueError("no audio in it")
