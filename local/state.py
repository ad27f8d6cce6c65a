"""What a stack leaves on disk for other commands: where it is reached, and a folder for each run."""

import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from local.config import STATE_FILE
from local.errors import SetupError

RUNS_KEPT = 20


@dataclass(frozen=True)
class State:
    """What another command must know of a running stack; written to .local/stack.json, which only its owner reads."""

    pid: int
    control_url: str
    control_token: str
    run_folder: str
    tools_url: str
    service_secret: str
    session_signing_key: str

    def write(self, path: Path = STATE_FILE) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{self.pid}")
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(vars(self), file)
        temporary.replace(path)

    def remove(self, path: Path = STATE_FILE) -> None:
        """Takes the file away unless another stack has written its own since."""
        if read_state(path) == self:
            path.unlink(missing_ok=True)


def read_state(path: Path = STATE_FILE) -> State | None:
    """The state of a stack that was running when it was written, or None; a damaged file is as good as none."""
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return State(**values)
    except (OSError, ValueError, TypeError):
        return None


def new_run_folder(runs: Path) -> Path:
    """A new folder named after the time; the oldest beyond RUNS_KEPT go."""
    runs.mkdir(parents=True, exist_ok=True)
    for old in sorted(path for path in runs.iterdir() if path.is_dir())[: -(RUNS_KEPT - 1) or None]:
        shutil.rmtree(old, ignore_errors=True)
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    for number in range(100):
        folder = runs / (stamp if number == 0 else f"{stamp}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise SetupError(f"No folder for this run could be made under {runs}.", "Remove old runs there.")
