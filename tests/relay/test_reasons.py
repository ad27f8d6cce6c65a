"""The reasons that the relay gives a call back for are those that functions have words for."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
KNOWN = set(
    json.loads((ROOT / "functions/contracts/then.json").read_text())["$defs"]["request"]["properties"]["reason"]["enum"]
)


def test_every_reason_stands_in_the_contract() -> None:
    written = "\n".join(path.read_text() for path in (ROOT / "relay").glob("*.py"))
    given = set(re.findall(r'(?:PostThen\(reason=|\.want\(|_bark\()"(\w+)"', written))
    assert {"idle", "draining", "engines_lost", "over_time", "no_guest"} <= given, "has their form changed?"
    assert given <= KNOWN


def test_every_reason_of_the_contract_is_given() -> None:
    written = "\n".join(path.read_text() for path in (ROOT / "relay").glob("*.py"))
    assert not [reason for reason in KNOWN if f'"{reason}"' not in written]
