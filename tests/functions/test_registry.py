"""Tools from typed functions: what the model reads, what it may send, and the snapshot of both."""

from datetime import date
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from nightdesk import properties
from nightdesk.errors import InvalidArguments
from nightdesk.hotel.model import Property
from nightdesk.tools import TOOLBOX
from nightdesk.tools.__main__ import snapshot
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import Access, Outcome, Tool, tool
from pydantic import Field

from .test_contracts import CONTRACTS


@pytest.fixture(scope="module")
def hotel() -> Property:
    found = properties.load().get("west-bethel-motel")
    assert found is not None
    return found


@tool(access=Access.READ, choices={"room": lambda hotel: [r.room_type for r in hotel.room_types]})
def sample(
    desk: Desk,
    *,
    day: Annotated[date, Field(description="A day.")],
    kind: Literal["a", "b"],
    count: Annotated[int, Field(ge=1, le=3)] = 1,
    room: str | None = None,
    words: Annotated[str, Field(max_length=5, min_length=1)] = "x",
    sure: bool = False,
) -> Outcome:
    """Read this.

    And this.
    """
    return Outcome({"day": day.isoformat(), "kind": kind})


def test_the_snapshot_shows_what_the_models_read() -> None:
    """A difference is a change of the prompt: nightdesk/tools/__main__.py says how to renew it; look at it first."""
    assert (CONTRACTS / "tools.json").read_text() == snapshot()


def test_a_schema_says_what_the_signature_says(hotel: Property) -> None:
    assert sample.schema(hotel) == {
        "type": "function",
        "name": "sample",
        "description": "Read this.\n\nAnd this.",
        "parameters": {
            "type": "object",
            "additionalProperties": False,
            "required": ["day", "kind"],
            "properties": {
                "day": {"type": "string", "format": "date", "description": "A day."},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "count": {"type": "integer", "minimum": 1, "maximum": 3, "default": 1},
                "room": {"type": "string", "enum": ["standard_queen", "deluxe_king", "suite"]},
                "words": {"type": "string", "minLength": 1, "maxLength": 5, "default": "x"},
                "sure": {"type": "boolean", "default": False},
            },
        },
    }


@pytest.mark.parametrize("one", TOOLBOX.tools.values(), ids=lambda one: one.name)
def test_every_tool_is_described_and_its_schema_is_one(one: Tool, hotel: Property) -> None:
    schema = one.schema(hotel)
    jsonschema.Draft202012Validator.check_schema(schema["parameters"])
    assert len(schema["description"]) > 20
    assert "title" not in schema["parameters"]
    assert one.timeout_s <= 10


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({}, "day is missing; kind is missing"),
        ({"day": "Friday", "kind": "a"}, "day must be a date like 2026-11-27, not 'Friday'"),
        ({"day": "2026-11-31", "kind": "a"}, "day must be a date like 2026-11-27, not '2026-11-31'"),
        ({"day": "2026-11-27", "kind": "c"}, "kind must be one of: 'a' or 'b'"),
        ({"day": "2026-11-27", "kind": "a", "count": 0}, "count must be at least 1"),
        ({"day": "2026-11-27", "kind": "a", "count": 4}, "count must be at most 3"),
        ({"day": "2026-11-27", "kind": "a", "count": 1.5}, "count must be a whole number, not 1.5"),
        ({"day": "2026-11-27", "kind": "a", "room": "barn"}, "room must be one of: standard_queen, deluxe_king, suite"),
        ({"day": "2026-11-27", "kind": "a", "words": ""}, "words must not be empty"),
        ({"day": "2026-11-27", "kind": "a", "words": "far too long"}, "words must have at most 5 characters"),
        ({"day": "2026-11-27", "kind": "a", "words": 5}, "words must be text, not 5"),
        ({"day": "2026-11-27", "kind": "a", "sure": "maybe"}, "sure must be true or false, not 'maybe'"),
        (
            {"day": "2026-11-27", "kind": "a", "colour": "red"},
            "there is no argument colour: the arguments are day, kind, count, room, words, sure",
        ),
    ],
)
def test_a_complaint_tells_the_model_what_to_change(hotel: Property, arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        sample.check(arguments, hotel)
    assert caught.value.message == complaint


def test_good_arguments_come_typed(hotel: Property) -> None:
    values = sample.check({"day": "2026-11-27", "kind": "a", "count": "2", "room": None}, hotel)
    assert values == {"day": date(2026, 11, 27), "kind": "a", "count": 2, "room": None, "words": "x", "sure": False}


def test_ports_are_what_stands_before_the_star() -> None:
    assert sample.ports == {"desk": Desk}


def test_a_write_names_what_it_changes() -> None:
    with pytest.raises(TypeError, match="names its subject"):

        @tool(access=Access.WRITE)
        def nameless(desk: Desk) -> Outcome:
            """Change something."""
            return Outcome({})
