"""Clips by their URL: what is one, and that each is fetched once."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from relay.clips import KEEP_S, LONGEST_BYTES, MOST_CLIPS, Clips, ClipUnusable, mulaw_of
from relay.errors import TokensUnavailable
from tests.relay.mock_http import MockHttp

AUDIO = bytes(range(256)) * 10


def wave(audio: bytes, *, tag: int = 7, channels: int = 1, rate_hz: int = 8000) -> bytes:
    head = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz, 1, 8)
    note = b"odd"  # a chunk nobody needs, of an odd length
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(head)) + head
    body += b"LIST" + struct.pack("<I", len(note)) + note + b"\0"
    body += b"data" + struct.pack("<I", len(audio)) + audio
    return b"RIFF" + struct.pack("<I", len(body)) + body


class Files:
    """A web server of these files, that counts."""

    def __init__(self, **files: bytes) -> None:
        self.files = files
        self.asked: list[httpx.Request] = []
        self.clips = Clips(MockHttp(self.answer), self.token)

    async def token(self) -> str:
        return "token"

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        content = self.files.get(request.url.path.rpartition("/")[2])
        return httpx.Response(200, content=content) if content is not None else httpx.Response(404)


def test_raw_mulaw_and_a_wave_file_of_it_are_clips() -> None:
    assert mulaw_of(AUDIO) == AUDIO
    assert mulaw_of(wave(AUDIO)) == AUDIO


@pytest.mark.parametrize(
    "content",
    [
        b"",
        wave(b""),
        wave(AUDIO, tag=1),
        wave(AUDIO, channels=2),
        wave(AUDIO, rate_hz=16_000),
        wave(AUDIO)[:20],
        bytes(LONGEST_BYTES + 1),
    ],
)
def test_what_cannot_be_played_as_it_is_is_none(content: bytes) -> None:
    with pytest.raises(ClipUnusable):
        mulaw_of(content)


def mp3(*, head: bytes = b"\xff\xfb\x90\x64", frame_bytes: int = 417, frames: int = 20) -> bytes:
    """Frames of MPEG-1 layer III, 128 kbit/s at 44.1 kHz, as an encoder writes them that adds no tag."""
    return (head + bytes(range(1, 200)) * 3)[:frame_bytes] * frames


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"ID3\x04\0\0\0\0\0\x0f" + AUDIO, "MP3"),
        (mp3(), "MP3"),
        (mp3(head=b"\xff\xf3\x44\xc4", frame_bytes=96), "MP3"),  # MPEG-2, 32 kbit/s at 24 kHz
        (mp3(head=b"\xff\xe3\x38\xc4", frame_bytes=216), "MP3"),  # MPEG-2.5, 24 kbit/s at 8 kHz
        (b"OggS\0\x02" + AUDIO, "Ogg"),
        (b"fLaC\0\0\0\x22" + AUDIO, "FLAC"),
        (b"\0\0\0\x20ftypM4A " + AUDIO, "MP4"),
        (b".snd\0\0\0\x18" + AUDIO, "AU"),
        (b"\n<!DOCTYPE html><html><body>Sign in</body></html>", "page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Error/>", "page"),
    ],
)
def test_a_file_of_another_kind_is_not_played_as_noise(content: bytes, kind: str) -> None:
    with pytest.raises(ClipUnusable, match=f"it is (a )?{kind}, and neither raw mu-law nor a WAV file"):
        mulaw_of(content)


@given(st.binary(min_size=600, max_size=1200).map(lambda audio: bytes(byte | 0x70 for byte in audio)))
@example(b"\xff\xfb\x90\x64" + AUDIO)
@example(mp3(frames=3) + bytes([0xFF]) * 8000)
def test_quiet_audio_is_taken_for_no_other_file(audio: bytes) -> None:
    assert mulaw_of(audio) == audio


async def test_an_operator_reads_which_clip_cannot_be_played_and_why(caplog: pytest.LogCaptureFixture) -> None:
    web = Files()
    web.clips = Clips(MockHttp(lambda _: httpx.Response(302)), web.token)
    assert await web.clips.get("https://clips.example.com/greeting.mp3?X-Goog-Signature=abc") == b""
    [fields] = [record.__dict__["fields"] for record in caplog.records]
    assert fields == {
        "clip": "https://clips.example.com/greeting.mp3",
        "problem": "answered 302, which is not followed",
    }


async def test_a_clip_is_fetched_once_whoever_asks_and_however_many_at_once() -> None:
    web = Files(greeting=wave(AUDIO))
    url = "https://clips.example.com/greeting"
    assert await asyncio.gather(*(web.clips.get(url) for _ in range(5))) == [AUDIO] * 5
    assert await web.clips.get(url) == AUDIO
    assert len(web.asked) == 1


async def test_a_greeting_that_was_replaced_is_heard_though_its_url_is_the_same() -> None:
    web, now_s = Files(greeting=AUDIO), 1000.0
    web.clips = Clips(MockHttp(web.answer), web.token, clock=lambda: now_s)
    url = "https://clips.example.com/greeting"
    assert await web.clips.get(url) == AUDIO
    web.files["greeting"] = AUDIO[::-1]
    now_s += KEEP_S - 1
    assert await web.clips.get(url) == AUDIO
    now_s += 1
    assert list(await asyncio.gather(web.clips.get(url), web.clips.get(url))) == [AUDIO[::-1]] * 2
    assert len(web.asked) == 2


async def test_a_clip_that_cannot_be_had_is_none_and_is_asked_for_again_by_the_next_call() -> None:
    web = Files()
    assert await web.clips.get("https://clips.example.com/greeting") == b""
    web.files["greeting"] = AUDIO
    assert await web.clips.get("https://clips.example.com/greeting") == AUDIO


async def test_a_clip_that_cannot_be_had_is_asked_for_again_though_its_caller_had_hung_up() -> None:
    web, fails = Files(), asyncio.Event()

    async def token() -> str:
        await fails.wait()
        raise TokensUnavailable("HttpFailed")

    web.clips = Clips(MockHttp(web.answer), token)
    call = asyncio.create_task(web.clips.get("gs://hotel-clips/greeting"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    fails.set()
    await asyncio.sleep(0.01)
    web.files["greeting"] = AUDIO
    web.clips._access_token = web.token
    assert await web.clips.get("gs://hotel-clips/greeting") == AUDIO


async def test_an_object_of_cloud_storage_is_asked_for_with_the_services_own_token() -> None:
    web = Files(**{"greeting.ulaw": AUDIO})
    clips = Clips(MockHttp(lambda request: web.answer(request) and httpx.Response(200, content=AUDIO)), web.token)
    assert await clips.get("gs://hotel-clips/west bethel/greeting.ulaw") == AUDIO
    assert str(web.asked[0].url) == (
        "https://storage.googleapis.com/storage/v1/b/hotel-clips/o/west%20bethel%2Fgreeting.ulaw?alt=media"
    )


async def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "greeting.ulaw").write_bytes(AUDIO)
    clips = Files().clips
    assert await clips.get((tmp_path / "greeting.ulaw").as_uri()) == AUDIO
    assert await clips.get((tmp_path / "no.ulaw").as_uri()) == b""


@pytest.mark.parametrize("url", ["ftp://clips.example.com/greeting", "http://[clips/greeting", "file:///a%00b", ""])
async def test_other_kinds_of_urls_and_what_is_none_are_none(url: str) -> None:
    assert await Files().clips.get(url) == b""


async def test_memory_is_bounded_and_the_one_not_used_for_longest_goes_first() -> None:
    web = Files(**{str(n): AUDIO for n in range(MOST_CLIPS + 1)})
    for n in range(MOST_CLIPS):
        await web.clips.get(f"https://clips.example.com/{n}")
    await web.clips.get("https://clips.example.com/0")
    await web.clips.get(f"https://clips.example.com/{MOST_CLIPS}")
    assert len(web.clips._kept) == MOST_CLIPS
    asked = len(web.asked)
    await web.clips.get("https://clips.example.com/0")
    assert len(web.asked) == asked
    await web.clips.get("https://clips.example.com/1")
    assert len(web.asked) == asked + 1
