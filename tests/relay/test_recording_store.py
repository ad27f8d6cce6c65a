"""Recordings in a folder and in a bucket: whole, under their names, and clear about which failures may pass."""

from __future__ import annotations

import errno
import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from relay import connections
from relay.errors import RecordingNotStored
from relay.google_tokens import GoogleTokens
from relay.http_client import HttpClient
from relay.recording_store import BucketStore, FolderStore
from tests.relay.fake_storage import FakeStorage


async def test_a_file_lies_in_the_folder_of_its_session(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "not" / "there yet")
    await store.put("sess_a/1-caller-00000.ulaw", lambda: b"first")
    await store.put("sess_a/1-caller-00001.ulaw", lambda: b"second")
    await store.put("sess_a/1-caller-00000.ulaw", lambda: b"again")
    store.close()
    folder = tmp_path / "not" / "there yet" / "sess_a"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "1-caller-00000.ulaw": b"again",
        "1-caller-00001.ulaw": b"second",
    }


async def test_a_folder_that_cannot_be_written_may_become_so(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"a file")
    store = FolderStore(tmp_path / "taken")
    with pytest.raises(RecordingNotStored) as failed:
        await store.put("sess_a/1-caller-00000.ulaw", lambda: b"first")
    store.close()
    assert failed.value.may_pass


async def test_what_cannot_be_read_may_be_read_later(tmp_path: Path) -> None:
    def broken() -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    async with bucket() as (_, in_bucket):
        for store in (FolderStore(tmp_path), in_bucket):
            with pytest.raises(RecordingNotStored) as failed:
                await store.put("sess_a/1-caller-00000.ulaw", broken)
            store.close()
            assert failed.value.may_pass
    assert os.listdir(tmp_path) == []


@asynccontextmanager
async def bucket(prefix: str = "", name: str = "hotel-calls") -> AsyncIterator[tuple[FakeStorage, BucketStore]]:
    async with FakeStorage().running() as storage, aclosing(HttpClient(connections.tls_context)) as http:
        tokens = GoogleTokens(http, origin=storage.origin)
        yield storage, BucketStore(http, name, prefix, tokens.access_token, origin=storage.origin)


@pytest.mark.parametrize("prefix", ["", "voice/2026", "a b&name=c?d#é"])
async def test_an_object_has_the_prefix_the_session_and_the_name(prefix: str) -> None:
    async with bucket(prefix) as (storage, store):
        await store.put("sess_a/1-caller-00000.ulaw", lambda: bytes(80_000))
        await store.put("sess_a/1-agent-00000.ulaw", lambda: b"\xff" * 80_000)
        await store.put("sess_a/1-agent-00000.ulaw", lambda: b"\xff" * 80_000)
    before = f"{prefix}/" if prefix else ""
    assert storage.objects == {
        f"{before}sess_a/1-caller-00000.ulaw": bytes(80_000),
        f"{before}sess_a/1-agent-00000.ulaw": b"\xff" * 80_000,
    }
    assert storage.tokens_given == 1


@pytest.mark.parametrize(
    ("status", "may_pass"), [(408, True), (429, True), (500, True), (503, True), (400, False), (403, False)]
)
async def test_what_may_pass_is_told_from_what_will_not(status: int, may_pass: bool) -> None:
    async with bucket() as (storage, store):
        storage.failures.append(status)
        with pytest.raises(RecordingNotStored) as failed:
            await store.put("sess_a/1-caller-00000.ulaw", lambda: b"x")
    assert (failed.value.problem, failed.value.may_pass) == (str(status), may_pass)
    assert storage.objects == {}


async def test_a_bucket_that_is_not_there_or_not_ours_to_overwrite_is_no_passing_trouble() -> None:
    async with bucket(name="another") as (_, store):
        with pytest.raises(RecordingNotStored) as missing:
            await store.put("sess_a/1-caller-00000.ulaw", lambda: b"x")
    async with bucket() as (storage, store):
        storage.may_overwrite = False
        await store.put("sess_a/1-caller-00000.ulaw", lambda: b"x")
        with pytest.raises(RecordingNotStored) as forbidden:
            await store.put("sess_a/1-caller-00000.ulaw", lambda: b"x")
    assert [failed.value.may_pass for failed in (missing, forbidden)] == [False, False]


async def test_no_token_and_no_server_may_pass() -> None:
    async with aclosing(HttpClient(connections.tls_context)) as http:
        nowhere = "http://127.0.0.1:1"
        for token_of in (GoogleTokens(http, origin=nowhere).access_token, _a_token):
            store = BucketStore(http, "hotel-calls", "", token_of, origin=nowhere)
            with pytest.raises(RecordingNotStored) as failed:
                await store.put("sess_a/1-caller-00000.ulaw", lambda: b"x")
            assert failed.value.may_pass
            assert "no connection: ConnectionRefusedError" in failed.value.problem  # an operator reads it


async def _a_token() -> str:
    return "access-1"
