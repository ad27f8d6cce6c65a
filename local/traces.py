"""What a run leaves in its files: store, logs, events and recordings are searched for numbers that nobody may keep."""

import re
from collections.abc import Sequence
from pathlib import Path


def files_with(folder: Path, numbers: Sequence[str]) -> dict[str, list[str]]:
    """By number, the files under `folder` in which its digits stand, whatever is between them; none for none."""
    patterns = {number: re.compile(rb"[\s.,_-]{0,2}".join(digit.encode() for digit in number)) for number in numbers}
    found: dict[str, list[str]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()) if patterns else ():
        content = path.read_bytes()
        for number, pattern in patterns.items():
            if pattern.search(content):
                found.setdefault(number, []).append(str(path.relative_to(folder)))
    return found
