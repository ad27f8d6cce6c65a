"""The relay's image: what its Dockerfile copies is all that the relay's code imports."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "relay/Dockerfile").read_text()


def test_the_relay_and_its_conversion_of_audio_find_all_of_our_code_in_the_image(tmp_path: Path) -> None:
    last_stage = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    for folder in re.findall(r"^COPY ([a-z]+)/ \1/$", last_stage, re.MULTILINE):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", ".compiled"))
    command = [sys.executable, "-c", "import relay.app, relay.transcode, relay.tracing"]
    imported = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert imported.returncode == 0, imported.stderr


def test_what_docker_is_given_is_what_the_image_copies() -> None:
    given = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    copied = {path.rstrip("/") for path in re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)}
    assert given == copied
