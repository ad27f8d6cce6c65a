"""Silence in a WAV file, where card data was said. Pure: bytes in, bytes out.

Source: RIFF WAVE, chunks `fmt ` and `data`; format 1 is linear PCM, whose silence is 0; 7 is G.711 mu-law: 255.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

_SILENCE = {1: 0, 7: 0xFF}


class NotWav(ValueError):
    """It is no WAV file of a kind that is known here."""


def silenced(wav: bytes, intervals: Iterable[tuple[float, float]]) -> bytes:
    """The file with silence on all channels in these intervals, in seconds from its start. Raises: NotWav."""
    kind, bytes_per_s, frame, start, length = _read(wav)
    audio = bytearray(wav)
    for since, until in intervals:
        first = max(0, int(since * bytes_per_s) // frame * frame)
        last = min(length, -(-int(until * bytes_per_s) // frame) * frame)
        if first < last:
            audio[start + first : start + last] = bytes([_SILENCE[kind]]) * (last - first)
    return bytes(audio)


def _read(wav: bytes) -> tuple[int, int, int, int, int]:
    """Its format, bytes a second and a frame of all channels, and where its audio stands. Raises: NotWav."""
    if wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
        raise NotWav("no RIFF WAVE")
    at, found = 12, None
    while at + 8 <= len(wav):
        name, size = wav[at : at + 4], struct.unpack_from("<I", wav, at + 4)[0]
        if name == b"fmt ":
            kind, _, _, bytes_per_s, frame = struct.unpack_from("<HHIIH", wav, at + 8)
            found = (kind, bytes_per_s, frame)
        elif name == b"data" and found is not None:
            if found[0] not in _SILENCE:
                raise NotWav(f"format {found[0]}")
            return *found, at + 8, min(size, len(wav) - at - 8)
        at += 8 + size + size % 2
    raise NotWav("no audio in it")
