"""The schemas of our own wires and the golden messages that hold both ends to them."""

import json
from pathlib import Path

import jsonschema
import pytest

from .schemas import GOLDEN, SCHEMAS, validator


@pytest.mark.parametrize("wire", sorted(SCHEMAS))
def test_every_schema_is_a_schema(wire: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[wire])


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_every_golden_message_obeys_its_schema(path: Path) -> None:
    golden = json.loads(path.read_text())
    assert set(golden) == {"wire", "message", "direction", "about", "http", "body"}
    validator(golden["wire"], golden["message"]).validate(golden["body"])


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("session_request", "token"),
        ("tool_request", "tool_call_id"),
        ("turn_request_user", "text"),
        ("then_request_reason", "reason"),
        ("clerk_answer", "expect"),
        ("event_function_call", "function"),
        ("tool_answer_then", "result"),
    ],
)
def test_a_golden_message_without_its_main_field_is_refused(name: str, field: str) -> None:
    golden = json.loads((GOLDEN / f"{name}.json").read_text())
    del golden["body"][field]
    assert not validator(golden["wire"], golden["message"]).is_valid(golden["body"])
