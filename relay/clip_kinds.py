"""What a file is that was to be a clip of mu-law audio and is none: by what it begins with. Pure.

Raw mu-law has no beginning of its own, any bytes are mu-law: what begins as another file does would be played as noise.
"""

from __future__ import annotations

_BEGINNINGS = {
    b"ID3": "MP3",
    b"OggS": "Ogg",
    b"fLaC": "FLAC",
    b"FORM": "AIFF",
    b".snd": "AU",
    b"caff": "CAF",
    b"RF64": "RF64",
    b"\x1aE\xdf\xa3": "WebM",
    b"\x1f\x8b\x08": "gzip",
    b"PK\x03\x04": "ZIP",
}
_PAGES = (b"<!doctype", b"<html", b"<head", b"<?xml", b"<!--")
# Source: ISO/IEC 11172-3, 2.4.2.3, and 13818-3, 2.4.2.3: layer III's kbit/s, by the bits of a frame's head.
_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES_HZ = (44_100, 48_000, 32_000)
_HALVINGS = {3: 0, 2: 1, 0: 2}  # of the rate, by version: 1, 2 and 2.5


def other_kind(content: bytes) -> str:
    """What it is in place of a clip; "" where nothing says so."""
    for beginning, name in _BEGINNINGS.items():
        if content.startswith(beginning):
            return f"it is {name}"
    if content[4:8] == b"ftyp":
        return "it is MP4"
    if content[:64].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGES):
        return "it is a page"
    return "it is MP3" if _is_mp3(content) else ""


def _is_mp3(content: bytes) -> bool:
    """Whether it begins with frames of MPEG layer III, one behind the other: mu-law may look like one of them."""
    at = 0
    for _ in range(4):
        head = content[at : at + 4]
        if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2 or head[1] != content[1]:
            return False
        version, kbps, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
        if version not in _HALVINGS or kbps in (0, 15) or rate == 3:
            return False
        bits_per_s = 1000 * (_KBPS if version == 3 else _KBPS_LOW)[kbps]
        at += (144 if version == 3 else 72) * bits_per_s // (_RATES_HZ[rate] >> _HALVINGS[version]) + (head[2] >> 1 & 1)
    return True
