"""Whether a card number that was keyed in a call has stayed anywhere: in a store, an event, a log, any file.

Twelve of its digits in a row are too many, whatever stands between them: the last four alone are what may be kept.
Tapes are not looked at: keys are pressed without a sound here.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from local.callers.steps import Keys, Step

_CARD = re.compile(r"\d{13,19}")
_TOO_MANY = 12
_BETWEEN = re.compile(r"[\s.,\"\\_-]")
_NO_TEXT = frozenset({".wav", ".ulaw", ".png"})


def keyed(steps: Iterable[Step]) -> list[str]:
    """The numbers that are keyed in these steps and that may be a card's."""
    return [number for step in steps if isinstance(step, Keys) for number in _CARD.findall(step.keys)]


def complaints(numbers: Iterable[str], folder: Path) -> Iterator[str]:
    """A sentence for each file of a run's folder in which one of the numbers is."""
    parts = {number[at : at + _TOO_MANY] for number in numbers for at in range(len(number) - _TOO_MANY + 1)}
    if not parts:
        return
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in _NO_TEXT:
            continue
        plain = _BETWEEN.sub("", path.read_bytes().decode(errors="replace"))
        if any(part in plain for part in parts):
            yield f"a card number that was keyed is in {path.relative_to(folder)}"
