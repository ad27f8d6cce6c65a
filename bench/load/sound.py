"""Audio whose pieces are known again at the far end, so that delay, loss and order are measured by what was heard.

Two kinds. `Stamps` is for relays that pass mu-law on as it is: every 20 ms frame begins with its number, written in
the quietest mu-law values, so a frame is as loud or as silent as the rest of it. `Tones` survives resampling: every
half second has 60 ms of one of eight tones, and a tone's turn says which half second it was.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audio import g711

FRAME_BYTES = g711.FRAME_BYTES
FRAMES_PER_S = 50
FRAME_S = 0.02
Pcm = NDArray[np.int16]

# --- how loud: silence, or something that rises and falls as syllables do ---


def _speech_frames(seed: int, syllables_per_s: float, seconds: int) -> list[bytes]:
    """Noise shaped into syllables: loud enough for any voice detector, at no steady level."""
    noise = np.random.default_rng(seed).normal(0, 1, seconds * FRAMES_PER_S * FRAME_BYTES)
    t = np.arange(len(noise)) / 8000
    strength = np.random.default_rng(seed + 1).uniform(0.4, 1.0, int(seconds * syllables_per_s) + 1)
    syllable = (t * syllables_per_s).astype(int)
    envelope = strength[syllable] * (0.2 + 0.8 * np.abs(np.sin(np.pi * t * syllables_per_s)))
    ulaw = g711.encode(np.clip(noise * envelope * 6000, -32000, 32000).astype(np.int16))
    return [ulaw[at : at + FRAME_BYTES] for at in range(0, len(ulaw), FRAME_BYTES)]


SILENT_FRAME = bytes([g711.SILENCE]) * FRAME_BYTES
CALLER_SPEECH = _speech_frames(3, 4.3, seconds=3)
AGENT_SPEECH = _speech_frames(7, 3.6, seconds=4)


# --- what the far end found ---


@dataclass(frozen=True, slots=True)
class Found:
    """Piece `seq` of stream `stream` (0 where the sound cannot say) began `offset_s` into the audio read at `at`."""

    stream: int
    seq: int
    at: float
    offset_s: float


class Reader(Protocol):
    def read(self, audio: bytes, at: float) -> Iterator[Found]: ...

    def skip_to(self, seq: int) -> None:
        """No piece before this one is expected any more: the rest was thrown away on purpose."""


class Kind(Protocol):
    """How one relay's audio is marked: `frames_per_piece` frames of 20 ms share a number, written into `mark_frame`."""

    frames_per_piece: int
    mark_frame: int

    def frame(self, stream: int, n: int, speech: Sequence[bytes] = ()) -> bytes:
        """The mu-law of frame `n`: of this speech, or of silence."""
        ...

    def reader(self, pcm_hz: int = 0) -> Reader:
        """A reader of one stream: of mu-law, or of PCM16 at `pcm_hz`."""
        ...


# --- stamps ---

_MAGIC = "a5c"
_STAMP_BYTES = 12
_QUIET_DIGITS = bytes.maketrans(b"0123456789abcdef", bytes(0xF0 | n for n in range(16)))
_DIGITS = bytes(b"0123456789abcdef"[n & 15] if n >= 0xF0 else ord("?") for n in range(256))
_MAGIC_BYTES = _MAGIC.encode().translate(_QUIET_DIGITS)
MOST_STREAMS = 0x1000


def stamp(stream: int, seq: int) -> bytes:
    """12 bytes of mu-law below -48 dB that say which frame this is."""
    return f"{_MAGIC}{stream:03x}{seq:06x}".encode().translate(_QUIET_DIGITS)


class Stamps:
    frames_per_piece = 1
    mark_frame = 0

    def frame(self, stream: int, n: int, speech: Sequence[bytes] = ()) -> bytes:
        audio = speech[n % len(speech)] if speech else SILENT_FRAME
        return stamp(stream, n) + audio[_STAMP_BYTES:]

    def reader(self, pcm_hz: int = 0) -> Reader:
        """Mu-law taken for PCM is noise to an engine, so what comes before the format was agreed is lost."""
        return _Deaf() if pcm_hz else _StampReader()


class _Deaf:
    def read(self, audio: bytes, at: float) -> Iterator[Found]:
        return iter(())

    def skip_to(self, seq: int) -> None:
        pass


class _StampReader:
    """Frames lie where they lay when they were sent: whole, whatever messages they came in."""

    def __init__(self) -> None:
        self._rest = b""

    def read(self, audio: bytes, at: float) -> Iterator[Found]:
        rest = len(self._rest)
        audio = self._rest + audio
        whole = len(audio) - len(audio) % FRAME_BYTES
        for start in range(0, whole, FRAME_BYTES):
            if audio.startswith(_MAGIC_BYTES, start):
                digits = audio[start + 3 : start + _STAMP_BYTES].translate(_DIGITS)
                yield Found(int(digits[:3], 16), int(digits[3:], 16), at, max(0, start - rest) / 8000)
        self._rest = audio[whole:]

    def skip_to(self, seq: int) -> None:
        self._rest = b""


# --- tones ---

_TONES = 8
_BURST_FRAMES = 3
PERIOD_FRAMES = 25
# Far enough from a period's begin that what a resampler kept of an interrupted answer has gone by.
_BURST_AT = 10
_MOST_MISSING = 3
_LOUD = 4000
_QUIET_S = 0.1
_LISTEN_S = 0.03


def _tone_hz(n: int) -> int:
    return 500 + 250 * (n % _TONES)


def _bursts() -> list[bytes]:
    t = np.arange(_BURST_FRAMES * FRAME_BYTES) / 8000
    return [g711.encode((16000 * np.sin(2 * np.pi * _tone_hz(n) * t + 0.5)).astype(np.int16)) for n in range(_TONES)]


_BURST_ULAW = _bursts()


class Tones:
    """Every period is one piece. Speech between the tones would hide them, so there is none."""

    frames_per_piece = PERIOD_FRAMES
    mark_frame = _BURST_AT

    def frame(self, stream: int, n: int, speech: Sequence[bytes] = ()) -> bytes:
        piece, part = divmod(n, PERIOD_FRAMES)
        part -= _BURST_AT
        if not 0 <= part < _BURST_FRAMES:
            return SILENT_FRAME
        return _BURST_ULAW[piece % _TONES][part * FRAME_BYTES : (part + 1) * FRAME_BYTES]

    def reader(self, pcm_hz: int = 0) -> Reader:
        return _ToneReader(pcm_hz)


class _ToneReader:
    """Finds where a tone begins after silence, and which it is by its zero crossings; pieces may be missing."""

    def __init__(self, pcm_hz: int) -> None:
        self._hz = pcm_hz or g711.BYTES_PER_MS * 1000
        self._is_pcm = bool(pcm_hz)
        self._block = self._hz // 100
        self._quiet_s = 1.0
        self._tone: list[Pcm] = []  # as much of a tone as came so far
        self._began = Found(0, -1, 0.0, 0.0)
        self._last = -1

    def read(self, audio: bytes, at: float) -> Iterator[Found]:
        pcm: Pcm = np.frombuffer(audio, np.int16) if self._is_pcm else g711.decode(audio)
        for start in range(0, len(pcm), self._block):
            block = pcm[start : start + self._block]
            if self._tone:
                self._tone.append(block)
            elif (block > _LOUD).any() or (block < -_LOUD).any():
                if self._quiet_s >= _QUIET_S:
                    first = int(np.argmax(np.abs(block.astype(np.int32)) > _LOUD))
                    self._tone.append(block[first:])
                    self._began = Found(0, -1, at, (start + first) / self._hz)
                self._quiet_s = 0.0
            else:
                self._quiet_s += len(block) / self._hz
            if self._tone and sum(map(len, self._tone)) >= _LISTEN_S * self._hz:
                if (seq := self._turn(np.concatenate(self._tone))) is not None:
                    yield replace(self._began, seq=seq)
                self._tone = []

    def skip_to(self, seq: int) -> None:
        self._last = max(self._last, seq - 1)
        self._tone = []

    def _turn(self, tone: Pcm) -> int | None:
        """The number of this piece: the next one that has this tone. None for a tone that is left over."""
        crossings = int(np.count_nonzero(np.diff(np.signbit(tone))))
        heard = round((crossings * self._hz / len(tone) / 2 - 500) / 250) % _TONES
        missing = (heard - self._last - 1) % _TONES
        if missing > _MOST_MISSING:
            return None
        self._last += 1 + missing
        return self._last


STAMPS = Stamps()
TONES = Tones()


def payload(audio: bytes) -> bytes:
    """Base64 as the wires carry it."""
    return binascii.b2a_base64(audio, newline=False)
