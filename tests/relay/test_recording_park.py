"""Audio that is held back, in its file without a name: read as it was put, and never lost, whatever the disk does."""

from __future__ import annotations

import asyncio
import os
import resource
import stat
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from relay.recording_park import Park
from relay.recording_side import PART_BYTES, Part, Side
from tests.relay.house import until


def audio(number: int, size: int = PART_BYTES) -> bytes:
    return number.to_bytes(4, "big") * (size // 4)


@asynccontextmanager
async def parking() -> AsyncIterator[tuple[Park, Counter[str]]]:
    counts: Counter[str] = Counter()
    park = Park(counts, gather_s=0)
    try:
        yield park, counts
    finally:
        await park.close()


def parked_bytes(park: Park) -> int:
    assert park._file is not None
    return os.fstat(park._file.fileno()).st_size


async def settled(park: Park) -> None:
    await until(lambda: park._work is None)


async def test_what_was_parked_is_read_on_any_thread_as_it_was_put() -> None:
    async with parking() as (park, _):
        parts = [Part(audio(n, size)) for n, size in enumerate([PART_BYTES] * 5 + [1200])]
        for part in parts:
            park.put(part)
        assert Side(tuple(parts)).read() == b"".join(part.read() for part in parts), "while it waits"
        await settled(park)
        assert all(part._audio is None for part in parts)
        whole = await asyncio.to_thread(Side(tuple(parts)).read)
    assert whole == b"".join([*(audio(n) for n in range(5)), audio(5, 1200)])


async def test_the_file_has_no_name_and_is_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with parking() as (park, _):
        park.put(Part(audio(1)))
        await settled(park)
        assert park._file is not None
        about = os.fstat(park._file.fileno())
        assert (about.st_nlink, stat.S_IMODE(about.st_mode)) == (0, 0o600)
        assert os.readlink(f"/proc/self/fd/{park._file.fileno()}").startswith(str(tmp_path))
        assert os.listdir(tmp_path) == []


async def test_what_lies_in_the_file_says_nothing_to_whoever_reads_the_disk() -> None:
    async with parking() as (park, _):
        for _ in range(2):
            park.put(Part(b"\xff" * PART_BYTES))
        await settled(park)
        assert park._file is not None
        first, second = (os.pread(park._file.fileno(), PART_BYTES, at) for at in (0, PART_BYTES))
    assert first != second
    for lying in (first, second):
        assert len(lying) == PART_BYTES
        assert len(set(lying)) == 256
        assert max(Counter(lying).values()) < 2 * PART_BYTES / 256


async def test_what_was_released_leaves_its_room_to_others() -> None:
    async with parking() as (park, _):
        for round in range(20):
            parts = [Part(audio(100 * round + n)) for n in range(10)]
            for part in parts:
                park.put(part)
            parts[0].release()
            while park._waiting:  # noqa: ASYNC110 - no later than when the thread has them
                await asyncio.sleep(0)
            parts[1].release()  # while it is written
            await settled(park)
            assert [part.read() for part in parts[2:]] == [audio(100 * round + n) for n in range(2, 10)]
            for part in parts[2:]:
                part.release()
        assert parked_bytes(park) <= 10 * PART_BYTES


async def test_a_disk_that_is_full_leaves_it_in_memory_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The file may grow no further than two parts and a half: the third is written in part."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with parking() as (park, counts):
        kept = [Part(audio(n)) for n in range(2)]
        for part in kept:
            park.put(part)
        await settled(park)
        resource.setrlimit(resource.RLIMIT_FSIZE, (PART_BYTES * 5 // 2, most))
        try:
            for n in range(2, 6):
                kept.append(Part(audio(n)))
                park.put(kept[-1])
                await settled(park)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        assert [part.read() for part in kept] == [audio(n) for n in range(6)]
        assert [part._audio is None for part in kept] == [True] * 2 + [False] * 4
        assert counts["recording_unparked"] == 4
        park.put(again := Part(audio(9)))
        await settled(park)
        assert again._audio is None
        assert again.read() == audio(9)
        assert parked_bytes(park) == 3 * PART_BYTES
    assert [record.message for record in caplog.records] == ["! held back audio stays in memory"]


async def test_without_a_folder_for_it_everything_stays_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    async with parking() as (park, counts):
        part = Part(audio(1))
        park.put(part)
        await settled(park)
        assert part.read() == audio(1)
        assert counts["recording_unparked"] == 1


async def test_what_cannot_be_read_any_more_is_an_error_and_no_silence() -> None:
    async with parking() as (park, _):
        part = Part(audio(1))
        park.put(part)
        await settled(park)
        assert park._file is not None
        os.ftruncate(park._file.fileno(), 100)
        with pytest.raises(OSError, match="Input/output error"):
            part.read()


async def test_the_end_does_not_wait_for_what_is_not_parked_yet() -> None:
    park = Park(Counter(), gather_s=60)
    part = Part(audio(1))
    park.put(part)
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await park.close()
    assert part.read() == audio(1)
