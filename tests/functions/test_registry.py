"""Tools from typed functions: what the model reads, what it may send, and the snapshot of both."""

from collections.abc import Callable
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any, Literal

import jsonschema
import pytest
from nightdesk import live_session, properties
from nightdesk.errors import InvalidArguments
from nightdesk.hotel.model import Property
from nightdesk.tools import TOOLBOX
from nightdesk.tools.__main__ import snapshot
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import EVERYONE, PHONE, Access, Outcome, Tool, Toolbox, tool
from openai.types.realtime.realtime_function_tool import RealtimeFunctionTool
from openai.types.responses.function_tool_param import FunctionToolParam
from pydantic import AfterValidator, Field, TypeAdapter

from .schemas import CONTRACTS


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


def whole(value: str) -> str:
    if "?" in value:
        raise ValueError("must be without question marks")
    return value


@tool(access=Access.READ)
def other_sample(
    desk: Desk,
    *,
    at: Annotated[time, Field(description="When.")],
    code: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "ABC",
    said: Annotated[str, AfterValidator(whole)] = "",
    names: list[str] | None = None,
) -> Outcome:
    """Read this, too."""
    return Outcome({})


@tool(access=Access.READ)
def simple(desk: Desk) -> Outcome:
    """Take nothing."""
    return Outcome({})


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


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"at": "soon"}, "at must be a time of day like 07:30, not 'soon'"),
        ({"at": "07:30", "code": "ab"}, "code is not in the form that is wanted: 'ab'"),
        ({"at": "07:30", "said": "what?"}, "said must be without question marks"),
        ({"at": "07:30", "names": ["a", 2]}, "names.1 must be text, not 2"),
        ({"at": "07:30", "names": "a"}, "names cannot be used: Input should be a valid list"),
    ],
)
def test_a_complaint_about_rarer_types(hotel: Property, arguments: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidArguments) as caught:
        other_sample.check(arguments, hotel)
    assert caught.value.message == complaint


def test_a_tool_without_arguments_says_so(hotel: Property) -> None:
    with pytest.raises(InvalidArguments, match="there is no argument x: there are none"):
        simple.check({"x": 1}, hotel)


def test_formats_and_patterns_are_told() -> None:
    told = other_sample.schema()["parameters"]["properties"]
    assert told["at"] == {"type": "string", "format": "time", "description": "When."}
    assert told["code"]["pattern"] == "^[A-Z]{3}$"
    assert told["names"] == {"type": "array", "items": {"type": "string"}}


def test_good_arguments_come_typed(hotel: Property) -> None:
    values = sample.check({"day": "2026-11-27", "kind": "a", "count": "2", "room": None}, hotel)
    assert values == {"day": date(2026, 11, 27), "kind": "a", "count": 2, "room": None, "words": "x", "sure": False}


@tool(access=Access.READ)
def stay(desk: Desk, *, check_in: date, check_out: date) -> Outcome:
    """Check what concerns two arguments."""
    if check_out <= check_in:
        raise InvalidArguments("check_out must be after check_in")
    return Outcome({"nights": (check_out - check_in).days})


def test_what_concerns_several_arguments_is_said_by_the_tool(hotel: Property) -> None:
    asked = []

    def ports(kind: type) -> object:
        asked.append(kind)
        return object()

    good = stay.check({"check_in": "2026-11-27", "check_out": "2026-11-29"}, hotel)
    assert stay.run(good, ports).result == {"nights": 2}
    with pytest.raises(InvalidArguments, match="check_out must be after check_in"):
        stay.run(stay.check({"check_in": "2026-11-27", "check_out": "2026-11-27"}, hotel), ports)
    assert asked == [Desk, Desk]


def test_ports_are_what_stands_before_the_star() -> None:
    assert sample.ports == {"desk": Desk}


def nothing(desk: Desk, *, plain: str = "") -> Outcome:
    """Do nothing."""
    return Outcome({})


def unsaid(desk: Desk) -> Outcome:
    return Outcome({})


class Colour(StrEnum):
    RED = "red"


def nested(desk: Desk, *, colour: Colour) -> Outcome:
    """Take what no strict engine takes."""
    return Outcome({})


@pytest.mark.parametrize(
    ("function", "options", "problem"),
    [
        (nothing, {"access": Access.WRITE}, "nothing: a WRITE tool, and only that, names its subject"),
        (nothing, {"subject": "thing"}, "nothing: a WRITE tool, and only that, names its subject"),
        (nothing, {"audience": frozenset({"voice", "fax"})}, "nothing: there is no audience fax"),
        (nothing, {"secret": frozenset({"keys"})}, "nothing: there is no argument keys"),
        (nothing, {"choices": {"room": lambda hotel: []}}, "nothing: there is no argument room"),
        (unsaid, {}, "unsaid: a tool has a docstring"),
        (nested, {}, "nested: colour must be text, a number, a date, a Literal or a list of those"),
    ],
)
def test_a_mistake_in_a_tool_stops_the_start(
    function: Callable[..., Outcome], options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(TypeError, match=problem):
        tool(**{"access": Access.READ, **options})(function)


def test_a_tool_is_there_for_its_audience_alone() -> None:
    phone_only = tool(access=Access.READ, audience=PHONE)(nothing)
    toolbox = Toolbox({phone_only.name: phone_only})
    assert toolbox.get("nothing", caller="model", channel="voice") is phone_only
    assert toolbox.get("nothing", caller="relay", channel="voice") is None
    for channel in EVERYONE - PHONE:
        assert toolbox.get("nothing", caller="model", channel=channel) is None
        assert toolbox.offered_to(channel) == []


def test_nobody_without_a_line_can_transfer_hang_up_or_press_keys() -> None:
    for channel in ("sms", "mcp"):
        assert not {t.name for t in TOOLBOX.offered_to(channel)} & {"transfer_to_human", "end_call", "handle_ivr_menu"}
    assert "transfer_to_human" not in {t.name for t in TOOLBOX.offered_to("kiosk")}


@pytest.mark.parametrize("one", TOOLBOX.tools.values(), ids=lambda one: one.name)
def test_both_dialects_take_every_tool(one: Tool, hotel: Property) -> None:
    """By the types of OpenAI's own client, and strict, as the live dialect wants it, still a schema."""
    told = one.schema(hotel)
    RealtimeFunctionTool.model_validate(told)
    strict = live_session.strict(told["parameters"])
    TypeAdapter(FunctionToolParam).validate_python({**told, "parameters": strict, "strict": True})
    jsonschema.Draft202012Validator.check_schema(strict)
    assert strict["required"] == list(strict["properties"])
    optional = [name for name in strict["properties"] if name not in told["parameters"].get("required", [])]
    jsonschema.Draft202012Validator({**strict, "required": optional}).validate(dict.fromkeys(optional))


def test_a_hotels_choices_do_not_stay_with_the_tool(hotel: Property) -> None:
    sample.schema(hotel)
    assert "enum" not in sample.schema()["parameters"]["properties"]["room"]
