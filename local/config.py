"""What this machine's user has set, and where things lie. The only place in local/ that reads the environment."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = Path(os.environ.get("NIGHTDESK_LOCAL_DIR") or ROOT / ".local")
"""Runs, logs and the state of the stack that is running."""
RUNS = LOCAL / "runs"
STATE_FILE = LOCAL / "stack.json"
SCENES = ROOT / "local" / "callers"
AUDIO = SCENES / "audio"
TEXT_SCENES = ROOT / "local" / "texts"
HOTELS = ROOT / "functions" / "nightdesk" / "properties"
"""The packaged hotels' files: read as files, for what a hotel would know of itself."""

_PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "SYSTEMROOT", "USER")
"""All that a child inherits: where programs, the home folder and temporary files are. No setting of ours."""


@dataclass(frozen=True)
class UserSettings:
    """`openai_api_key` is "" when there is none; `openai_origin` is a WebSocket origin."""

    openai_api_key: str = ""
    openai_origin: str = "wss://api.openai.com"


def user_settings(dotenv: Path = ROOT / ".env", environ: Mapping[str, str] = os.environ) -> UserSettings:
    """The environment first, then the `.env` file; a missing file is an empty one."""
    values = {**_read_dotenv(dotenv), **environ}
    return UserSettings(
        openai_api_key=values.get("OPENAI_API_KEY", ""),
        openai_origin=values.get("OPENAI_REALTIME_ORIGIN", "") or UserSettings.openai_origin,
    )


def child_environment(settings: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The whole environment of a child process: `settings` and nothing inherited that could change what it does."""
    inherited = {name: environ[name] for name in _PASSED_ON if name in environ}
    # The environment's own programs (functions-framework) come first on the path.
    bin_folder = str(Path(sys.executable).parent)
    path = os.pathsep.join([bin_folder, inherited.pop("PATH", os.defpath)])
    return {**inherited, "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **settings}


def _read_dotenv(path: Path) -> dict[str, str]:
    """`NAME=value` lines; quotes around a value and an `export` before a name are taken off, `#` lines are skipped."""
    if not path.is_file():
        return {}
    values: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.strip().removeprefix("export ").partition("=")
        if separator and not name.startswith("#"):
            values[name.strip()] = value.strip().strip("'\"")
    return values
