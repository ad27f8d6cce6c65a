"""Records become documents and come back as they were, whatever is in them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from google.cloud.firestore_v1 import _helpers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.hotel.documents import document, dumps, instant, loads, read
from nightdesk.hotel.kinds import KINDS
from nightdesk.hotel.leads import Lead
from nightdesk.hotel.reservations import Lock

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=6,
)
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Anything that a field of this type may hold."""
    origin, arguments = get_origin(hint), get_args(hint)
    if type(None) in arguments:
        return st.none() | st.one_of([values(a) for a in arguments if a is not type(None)])
    if origin is Mapping:
        return st.dictionaries(TEXT, JSON, max_size=2)
    if origin is tuple and arguments[-1] is ...:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, arguments))
    if hint is datetime:
        return INSTANTS
    if hint is str:
        return TEXT
    if hint is int:
        return st.integers(-(2**53), 2**53)
    if hint is float:
        return st.floats(-9, 9)
    return records(hint) if hasattr(hint, "__dataclass_fields__") else st.from_type(hint)


def records(kind: Any) -> st.SearchStrategy[Any]:
    hints = get_type_hints(kind)
    return st.builds(kind, **{field.name: values(hints[field.name]) for field in fields(kind)})


@pytest.mark.parametrize("kind", [*KINDS, Session, Turn, ToolCall, Lead, Lock], ids=lambda kind: kind.__name__)
@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_record_comes_back_as_it_was(kind: type, data: st.DataObject) -> None:
    record = data.draw(records(kind))
    assert loads(kind, dumps(record)) == record
    packed = document(record, pack=True)
    assert read(kind, packed) == record
    assert read(kind, _helpers.decode_dict(_helpers.encode_dict(packed), None)) == record  # type: ignore[arg-type]


@dataclass(frozen=True)
class Older:
    name: str


@dataclass(frozen=True)
class Newer:
    name: str
    made: date | None = None
    extra: Mapping[str, Any] | None = None


def test_a_field_that_is_new_has_its_default_and_one_that_is_gone_is_left_out() -> None:
    assert loads(Newer, dumps(Older("a"))) == Newer("a")
    assert loads(Older, dumps(Newer("a", date(2026, 11, 27)))) == Older("a")


def test_what_others_made_may_have_any_shape() -> None:
    strange = {"": [[1], [[]]], "__x__": {"a.b": None}, "\ud800": "\udfff"}
    assert loads(Newer, dumps(Newer("a", extra=strange))).extra == strange
    packed = document(Newer("a", extra=strange), pack=True)
    assert isinstance(packed["extra"], str)
    assert packed["extra"].isascii()
    assert json.loads(packed["extra"]) == strange


def test_instants_are_ordered_as_text() -> None:
    moments = [datetime(2026, 11, 20, 17, 0, 0, n, tzinfo=UTC) for n in (0, 1, 500_000)]
    assert sorted(map(instant, moments)) == [instant(moment) for moment in moments]


def test_what_has_no_place_in_a_document_is_refused_at_once() -> None:
    with pytest.raises(TypeError, match="time has no place"):
        document(Newer("a", extra={"at": time(1)}))

    @dataclass(frozen=True)
    class Odd:
        sizes: set[int]

    with pytest.raises(TypeError, match="nobody has said how to read"):
        read(Odd, {"sizes": []})
