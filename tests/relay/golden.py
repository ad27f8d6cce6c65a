"""The golden messages of tests/contract/, by wire and name."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
CONTRACT = ROOT / "tests/contract"


def body(wire: str, name: str) -> dict[str, Any]:
    message: dict[str, Any] = json.loads((CONTRACT / wire / f"{name}.json").read_text())
    content: dict[str, Any] = message["body"]
    return content


def request(name: str) -> tuple[str, dict[str, str], dict[str, Any]]:
    """Path, headers and body of a golden request to functions."""
    message = json.loads((CONTRACT / "functions" / f"{name}.json").read_text())
    return message["http"]["path"], message["http"]["headers"], message["body"]


def answer(name: str) -> tuple[int, dict[str, Any]]:
    message = json.loads((CONTRACT / "functions" / f"{name}.json").read_text())
    return message["http"]["status"], message["body"]


def names(wire: str, prefix: str = "") -> list[str]:
    return sorted(path.stem for path in (CONTRACT / wire).glob(f"{prefix}*.json"))
