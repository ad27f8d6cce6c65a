"""Where recordings are kept: a folder, or a bucket of Cloud Storage. One small port, two adapters, and its fake.

Writing the same name again replaces what is there, so trying again is always safe.
Sources: Cloud Storage JSON API, `objects.insert` with `uploadType=media` (overwriting needs `storage.objects.delete`
beside `storage.objects.create`: the role Storage Object User has both), and "Retry strategy": 408, 429 and 5xx pass.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from relay.errors import HttpFailed, RecordingNotStored, TokensUnavailable
from relay.http_client import Http

STORAGE_ORIGIN = "https://storage.googleapis.com"
UPLOAD_TIMEOUT_S = 15.0

Content = Callable[[], bytes]


class RecordingStore(Protocol):
    async def put(self, name: str, read: Content) -> None:
        """Keep what `read` returns under `name` (plain words between slashes). Raises RecordingNotStored.

        `read` takes as long as a disk does, so it is not called on the loop. It may raise OSError, which may pass.
        """

    def close(self) -> None:
        """Nothing more is put. What a thread is still at is not waited for: a disk that hangs would stop everything."""


class MemoryStore:
    """The fake. While `problem` is set every `put` fails with it; while `held` is clear, none ends."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.problem: RecordingNotStored | None = None
        self.held = asyncio.Event()
        self.held.set()

    async def put(self, name: str, read: Content) -> None:
        await self.held.wait()
        if self.problem is not None:
            raise self.problem
        self.files[name] = await asyncio.to_thread(read)

    def close(self) -> None:
        pass


class FolderStore:
    """Files appear whole: a process that is killed leaves no half of one under its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recording")

    async def put(self, name: str, read: Content) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write, name, read)
        except OSError as problem:
            raise RecordingNotStored(problem.strerror or type(problem).__name__, may_pass=True) from problem

    def _write(self, name: str, read: Content) -> None:
        content = read()
        path = self._folder / name
        unfinished = path.with_suffix(".part")
        try:
            unfinished.write_bytes(content)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(content)
        os.replace(unfinished, path)

    def close(self) -> None:
        self._thread.shutdown(wait=False)


class BucketStore:
    """`access_token` gives an OAuth token for `devstorage.read_write`; it may raise TokensUnavailable."""

    def __init__(
        self,
        http: Http,
        bucket: str,
        prefix: str,
        access_token: Callable[[], Awaitable[str]],
        *,
        origin: str = STORAGE_ORIGIN,
    ) -> None:
        self._http = http
        self._url = f"{origin}/upload/storage/v1/b/{quote(bucket, safe='')}/o"
        self._prefix = f"{prefix}/" if prefix else ""
        self._access_token = access_token
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recording")

    async def put(self, name: str, read: Content) -> None:
        try:
            token = await self._access_token()
            content = await asyncio.get_running_loop().run_in_executor(self._thread, read)
            response = await self._http.request(
                "POST",
                self._url,
                params={"uploadType": "media", "name": self._prefix + name},
                content=content,
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"},
                timeout_s=UPLOAD_TIMEOUT_S,
            )
        except (HttpFailed, TokensUnavailable) as problem:
            raise RecordingNotStored(str(problem), may_pass=True) from problem
        except OSError as problem:
            raise RecordingNotStored(problem.strerror or type(problem).__name__, may_pass=True) from problem
        status = response.status_code
        if not response.is_success:
            raise RecordingNotStored(str(status), may_pass=status in (401, 408, 429) or status >= 500)

    def close(self) -> None:
        self._thread.shutdown(wait=False)
