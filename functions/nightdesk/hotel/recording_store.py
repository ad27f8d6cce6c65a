"""Where recordings are kept: a folder, or a bucket of Cloud Storage, the same that the relay writes to. Port and fake.

The real adapters are below and in `recording_bucket.py`. Names are words between slashes, the session's first.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Protocol

from nightdesk.errors import NightdeskError

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}(/[A-Za-z0-9_.-]{1,120})?")


class RecordingsOutOfReach(NightdeskError):
    """The store does not answer, or refuses. Asking again is safe."""


class RecordingStore(Protocol):
    def put(self, name: str, content: bytes) -> str:
        """Keep `content` under `name`, in the place of what is there. Returns its URL. Raises: RecordingsOutOfReach."""
        ...

    def url(self, name: str) -> str:
        """Where this is, or would be."""
        ...

    def delete(self, folder: str) -> int:
        """Delete all that stands under folder/. Returns how many files there were. Raises: RecordingsOutOfReach."""
        ...

    def sizes(self, folder: str) -> dict[str, int]:
        """What stands under folder/, by name, in bytes. Raises: RecordingsOutOfReach."""
        ...

    def get(self, name: str) -> bytes:
        """Raises: RecordingsOutOfReach, also where it is not there any more."""
        ...


class MemoryRecordings:
    """The fake. While `down` nothing is taken and nothing deleted."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.down = False

    def put(self, name: str, content: bytes) -> str:
        self._answer()
        self.files[name] = content
        return self.url(name)

    def url(self, name: str) -> str:
        return f"memory://{checked(name)}"

    def delete(self, folder: str) -> int:
        self._answer()
        prefix = f"{checked(folder)}/"
        gone = [name for name in self.files if name.startswith(prefix)]
        for name in gone:
            del self.files[name]
        return len(gone)

    def sizes(self, folder: str) -> dict[str, int]:
        self._answer()
        prefix = f"{checked(folder)}/"
        return {name: len(content) for name, content in self.files.items() if name.startswith(prefix)}

    def get(self, name: str) -> bytes:
        self._answer()
        if checked(name) not in self.files:
            raise RecordingsOutOfReach("no such file")
        return self.files[name]

    def _answer(self) -> None:
        if self.down:
            raise RecordingsOutOfReach("down")


class NoRecordings:
    """Nothing is kept anywhere: no place is set."""

    def put(self, name: str, content: bytes) -> str:
        raise RecordingsOutOfReach("RECORDINGS is not set")

    def url(self, name: str) -> str:
        return ""

    def delete(self, folder: str) -> int:
        raise RecordingsOutOfReach("RECORDINGS is not set")

    def sizes(self, folder: str) -> dict[str, int]:
        raise RecordingsOutOfReach("RECORDINGS is not set")

    def get(self, name: str) -> bytes:
        raise RecordingsOutOfReach("RECORDINGS is not set")


class FolderRecordings:
    """Files appear whole: a process that is killed leaves no half of one under its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes) -> str:
        path = self._folder / checked(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_name(f"{path.name}.part")
            unfinished.write_bytes(content)
            os.replace(unfinished, path)
        except OSError as error:
            raise RecordingsOutOfReach(error.strerror or type(error).__name__) from error
        return self.url(name)

    def url(self, name: str) -> str:
        return (self._folder / checked(name)).as_uri()

    def delete(self, folder: str) -> int:
        path = self._folder / checked(folder)
        count = 0
        try:
            for file in path.iterdir() if path.is_dir() else ():
                file.unlink(missing_ok=True)
                count += 1
            if path.is_dir():
                path.rmdir()
        except OSError as error:
            raise RecordingsOutOfReach(error.strerror or type(error).__name__) from error
        return count

    def sizes(self, folder: str) -> dict[str, int]:
        path = self._folder / checked(folder)
        try:
            files = [file for file in path.iterdir() if file.suffix != ".part"] if path.is_dir() else []
            return {f"{folder}/{file.name}": file.stat().st_size for file in files}
        except OSError as error:
            raise RecordingsOutOfReach(error.strerror or type(error).__name__) from error

    def get(self, name: str) -> bytes:
        try:
            return (self._folder / checked(name)).read_bytes()
        except OSError as error:
            raise RecordingsOutOfReach(error.strerror or type(error).__name__) from error


def checked(name: str) -> str:
    """The name. Raises: ValueError for one that could be somewhere else."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise ValueError(f"no name of a recording: {name!r}")
    return name
