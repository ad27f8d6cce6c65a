"""Clips of mu-law audio by their URL: fetched once for a while, kept in bounded memory. A clip that cannot be had is
none.

A clip is raw G.711 mu-law at 8 kHz, or a WAV file of it. Its URL comes from functions: https (or http), file, or gs.
Raw mu-law has no beginning of its own: any bytes are, so what begins as another file does is refused before it is
played as noise.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from relay import log
from relay.errors import HttpFailed, RelayError, TokensUnavailable
from relay.http_client import Http

FETCH_TIMEOUT_S = 3.0
# 30 s of mu-law, and a WAV file's head.
LONGEST_BYTES = 30 * 8000
MOST_CLIPS = 64
# A hotel that has a new greeting recorded gives it the old one's name, and the engine is told the new one's words.
KEEP_S = 600.0
STORAGE_ORIGIN = "https://storage.googleapis.com"
# Source: RIFF WAVE, registered format tags.
WAVE_FORMAT_MULAW = 7
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


class ClipUnusable(RelayError):
    """What is behind the URL is no clip. The text says why."""


class Clips:
    def __init__(
        self,
        http: Http,
        access_token: Callable[[], Awaitable[str]],
        *,
        storage_origin: str = STORAGE_ORIGIN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._access_token = access_token
        self._storage_origin = storage_origin
        self._clock = clock
        self._kept: dict[str, tuple[asyncio.Task[bytes], float]] = {}  # by URL, with its time; the latest last

    async def get(self, url: str) -> bytes:
        """Its mu-law audio; b"" when it cannot be had, and then the next call asks again."""
        task, since_s = self._kept.pop(url, (None, 0.0))
        if task is None or self._clock() - since_s >= KEEP_S:
            since_s = self._clock()
            task = asyncio.create_task(self._fetch(url), name="clip")
            task.add_done_callback(lambda done: self._fetched(url, done))
            if len(self._kept) >= MOST_CLIPS:
                del self._kept[next(iter(self._kept))]
        self._kept[url] = task, since_s
        try:
            return await asyncio.shield(task)  # others may wait for it, too
        except (HttpFailed, TokensUnavailable, ClipUnusable, OSError, ValueError) as problem:  # the last: no URL at all
            # What follows the path may be a signature.
            log.warn("! clip not fetched", clip=url.partition("?")[0], problem=str(problem) or type(problem).__name__)
            return b""

    def _fetched(self, url: str, task: asyncio.Task[bytes]) -> None:
        """One that failed is not kept, also when nobody waits for it any more."""
        kept, _ = self._kept.get(url, (None, 0.0))
        if (task.cancelled() or task.exception() is not None) and kept is task:
            del self._kept[url]

    async def _fetch(self, url: str) -> bytes:
        parts = urlsplit(url)
        if parts.scheme == "file":
            return mulaw_of(await asyncio.to_thread(Path(unquote(parts.path)).read_bytes))
        headers = {}
        if parts.scheme == "gs":
            headers["Authorization"] = f"Bearer {await self._access_token()}"
            name = quote(unquote(parts.path.lstrip("/")), safe="")
            url = f"{self._storage_origin}/storage/v1/b/{parts.netloc}/o/{name}?alt=media"
        elif parts.scheme not in ("https", "http"):
            raise ClipUnusable(f"'{parts.scheme}' is not https, file or gs")
        answer = await self._http.request("GET", url, headers=headers, timeout_s=FETCH_TIMEOUT_S)
        if answer.status_code != 200:
            is_elsewhere = 300 <= answer.status_code < 400
            raise ClipUnusable(f"answered {answer.status_code}{', which is not followed' if is_elsewhere else ''}")
        return mulaw_of(answer.content)


def mulaw_of(content: bytes) -> bytes:
    """The audio of raw mu-law, or of a WAV file of it: 8 kHz, one channel. Raises ClipUnusable.

    Source: RIFF WAVE: chunks of a name, a length and so many bytes, padded to an even number.
    """
    if kind := _other_kind(content):
        raise ClipUnusable(f"{kind}, and neither raw mu-law nor a WAV file")
    audio = _of_wave(content) if content[:4] == b"RIFF" and content[8:12] == b"WAVE" else content
    if not audio:
        raise ClipUnusable("no audio in it")
    if len(audio) > LONGEST_BYTES:
        raise ClipUnusable("longer than 30 s")
    return audio


def _other_kind(content: bytes) -> str:
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


def _of_wave(content: bytes) -> bytes:
    is_mulaw, at = False, 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        chunk = content[at + 8 : at + 8 + size]
        if name == b"fmt " and len(chunk) >= 16:
            tag, channels, rate_hz = struct.unpack_from("<HHI", chunk)
            is_mulaw = (tag, channels, rate_hz) == (WAVE_FORMAT_MULAW, 1, 8000)
        elif name == b"data":
            if is_mulaw:
                return chunk
            break
        at += 8 + size + size % 2
    raise ClipUnusable("not mu-law at 8 kHz with one channel")
