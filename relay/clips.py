"""Clips of mu-law audio by their URL: kept for a while, in bounded memory. A clip that cannot be had is none.

A clip is raw G.711 mu-law at 8 kHz, or a WAV file of it. Its URL comes from functions: https (or http), file, or gs.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from relay import log
from relay.clip_kinds import other_kind
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
    if kind := other_kind(content):
        raise ClipUnusable(f"{kind}, and neither raw mu-law nor a WAV file")
    audio = _of_wave(content) if content[:4] == b"RIFF" and content[8:12] == b"WAVE" else content
    if not audio:
        raise ClipUnusable("no audio in it")
    if len(audio) > LONGEST_BYTES:
        raise ClipUnusable("longer than 30 s")
    return audio


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
