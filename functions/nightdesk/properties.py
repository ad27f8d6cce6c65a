"""Load the hotels: one file in `properties/` is one hotel, its name is the property_id. Adding a file adds a hotel.

A file that cannot be used does not stop the others: it is listed in `Properties.broken` with the field at fault, and
its calls get a polite refusal. No pydantic here: the `twilio` function loads these files and must start fast.

Fields of a file (the rest of the shape is in `hotel/model.py`, whose names are the same):

    name phone_numbers(list of E.164) time_zone currency language greeting check_in_time("15:00") check_out_time
    room_types:  list of {room_type, name, rate_cents, max_guests, rooms(list of room numbers), description?}
    departments: list of {department, name, number}; `front_desk` must be one of them
    taxes?:      list of {name, percent}          pets?:   {allowed, fee_cents, max_pets}
    limits?:     {call_s, idle_s, budget_usd, concurrent_calls, turns, hold_s, repeats, stale_turns}
    amenities?(list of text) facts?(list of sentences) voice? recording? consent_notice?
    opening_clip?(https, gs or file URL of the greeting as mu-law at 8 kHz, raw or WAV)
    barge_in?(off, immediate or selective) blocked_callers?(list of E.164) kiosk_greeting?
    live?:       {delegation("responses" or "client"), backend_model}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from nightdesk.errors import PropertyFileError
from nightdesk.hotel.model import BARGE_IN_MODES, Department, Limits, Live, PetPolicy, Property, RoomType, Tax

PACKAGED = Path(__file__).parent / "properties"

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")  # at most 40: the id travels in a token of limited length
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
# libyaml's loader where it was built in: five times faster, and this runs before the first ring can be answered.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Properties:
    """The hotels that can be served, and why the others cannot."""

    by_id: Mapping[str, Property]
    broken: tuple[PropertyFileError, ...] = ()

    def __iter__(self) -> Iterator[Property]:
        return iter(self.by_id.values())

    def get(self, property_id: str) -> Property | None:
        return self.by_id.get(property_id)

    def by_number(self, called: str) -> Property | None:
        """The hotel that a called number (E.164) belongs to."""
        return next((p for p in self if called in p.phone_numbers), None)


def load(folder: Path = PACKAGED) -> Properties:
    """Read every `*.yaml` of a folder, in the order of their names; a number claimed twice breaks the later file."""
    good: dict[str, Property] = {}
    broken: list[PropertyFileError] = []
    owner: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            loaded = load_file(path)
            for index, number in enumerate(loaded.phone_numbers):
                if number in owner:
                    raise PropertyFileError(path.name, f"phone_numbers[{index}]", f"{owner[number]} has it already")
        except PropertyFileError as error:
            broken.append(error)
            continue
        owner.update(dict.fromkeys(loaded.phone_numbers, path.name))
        good[loaded.property_id] = loaded
    return Properties(good, tuple(broken))


def load_file(path: Path) -> Property:
    """Raises: PropertyFileError naming the file and the field at fault."""
    try:
        data = yaml.load(path.read_text("utf-8"), Loader=_Loader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PropertyFileError(path.name, "", " ".join(str(error).split())) from error
    if not _ID.fullmatch(path.stem):
        raise PropertyFileError(path.name, "", "the file's name must be small letters, digits and dashes, at most 40")
    top = _Fields(path.name, "", data)
    loaded = Property(
        property_id=path.stem,
        name=top.text("name"),
        phone_numbers=top.texts("phone_numbers", _e164, at_least=1),
        time_zone=top.text("time_zone", check=_zone),
        currency=top.text("currency", check=_currency),
        language=top.text("language", check=_language),
        greeting=top.text("greeting"),
        check_in_time=top.clock("check_in_time"),
        check_out_time=top.clock("check_out_time"),
        room_types=tuple(_room_type(f) for f in top.rows("room_types", at_least=1)),
        departments=tuple(_department(f) for f in top.rows("departments", at_least=1)),
        taxes=tuple(_tax(f) for f in top.rows("taxes")),
        pets=_pets(top.section("pets")),
        limits=_limits(top.section("limits")),
        amenities=top.texts("amenities"),
        facts=top.texts("facts"),
        voice=top.text("voice", default="marin"),
        recording=top.flag("recording", default=False),
        barge_in=top.text("barge_in", default="selective", check=_barge_in),
        consent_notice=top.text("consent_notice", default=""),
        opening_clip=top.text("opening_clip", default="", check=_clip_url),
        kiosk_greeting=top.text("kiosk_greeting", default=""),
        blocked_callers=frozenset(top.texts("blocked_callers", _e164)),
        live=_live(top.section("live")),
    )
    top.nothing_else()
    _unique(path.name, "room_types", "room_type", [r.room_type for r in loaded.room_types])
    _unique(path.name, "room_types", "rooms", [room for r in loaded.room_types for room in r.rooms])
    _unique(path.name, "departments", "department", [d.department for d in loaded.departments])
    if loaded.department("front_desk") is None:
        raise PropertyFileError(path.name, "departments", "front_desk is missing: every fallback goes there")
    return loaded


def _room_type(fields: _Fields) -> RoomType:
    made = RoomType(
        room_type=fields.text("room_type", check=_name),
        name=fields.text("name"),
        rate_cents=fields.number("rate_cents", at_least=1),
        max_guests=fields.number("max_guests", at_least=1),
        rooms=fields.texts("rooms", at_least=1),
        description=fields.text("description", default=""),
    )
    fields.nothing_else()
    return made


def _department(fields: _Fields) -> Department:
    made = Department(fields.text("department", check=_name), fields.text("name"), fields.text("number", check=_e164))
    fields.nothing_else()
    return made


def _tax(fields: _Fields) -> Tax:
    made = Tax(fields.text("name"), fields.basis_points("percent"))
    fields.nothing_else()
    return made


def _pets(fields: _Fields) -> PetPolicy:
    made = PetPolicy(
        allowed=fields.flag("allowed", default=False),
        fee_cents=fields.number("fee_cents", at_least=0, default=0),
        max_pets=fields.number("max_pets", at_least=0, default=0),
    )
    fields.nothing_else()
    return made


def _live(fields: _Fields) -> Live:
    standard = Live()
    made = Live(
        delegation=fields.text("delegation", check=_delegation, default=standard.delegation),
        backend_model=fields.text("backend_model", default=standard.backend_model),
    )
    fields.nothing_else()
    return made


def _limits(fields: _Fields) -> Limits:
    standard = Limits()
    made = Limits(
        call_s=fields.number("call_s", at_least=60, default=standard.call_s),
        idle_s=fields.number("idle_s", at_least=5, default=standard.idle_s),
        budget_usd=fields.amount("budget_usd", default=standard.budget_usd),
        concurrent_calls=fields.number("concurrent_calls", at_least=1, default=standard.concurrent_calls),
        turns=fields.number("turns", at_least=10, default=standard.turns),
        hold_s=fields.number("hold_s", at_least=0, default=standard.hold_s),
        repeats=fields.number("repeats", at_least=0, default=standard.repeats),
        stale_turns=fields.number("stale_turns", at_least=0, default=standard.stale_turns),
    )
    fields.nothing_else()
    return made


class _Fields:
    """One mapping of a file. Every reader checks its field, and names it with its place when it is wrong."""

    def __init__(self, file: str, where: str, data: object) -> None:
        self._file, self._where = file, where
        if not isinstance(data, dict):
            raise PropertyFileError(file, where.rstrip("."), f"must be a mapping, not {_kind(data)}")
        self._data: dict[object, object] = dict(data)

    def wrong(self, field: str, problem: str) -> PropertyFileError:
        return PropertyFileError(self._file, self._where + field, problem)

    def text(self, field: str, *, default: str | None = None, check: Callable[[str], str] | None = None) -> str:
        value = self._take(field, default)
        if not isinstance(value, str) or not (value.strip() or default is not None):
            raise self.wrong(field, f"must be text in quotes, not {_kind(value)}")
        return self._checked(field, value.strip(), check)

    def texts(self, field: str, check: Callable[[str], str] | None = None, *, at_least: int = 0) -> tuple[str, ...]:
        values = self._list(field, at_least)
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value.strip():
                raise self.wrong(f"{field}[{index}]", f"must be text in quotes, not {_kind(value)}")
        return tuple(self._checked(f"{field}[{i}]", str(v).strip(), check) for i, v in enumerate(values))

    def number(self, field: str, *, at_least: int, default: int | None = None) -> int:
        value = self._take(field, default)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.wrong(field, f"must be a whole number, not {_kind(value)}")
        if value < at_least:
            raise self.wrong(field, f"must be at least {at_least}, not {value}")
        return value

    def amount(self, field: str, *, default: float) -> float:
        value = self._take(field, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
            raise self.wrong(field, "must be a number above 0")
        return float(value)

    def basis_points(self, field: str) -> int:
        value = self._take(field, None)
        try:
            points = Decimal(str(value)) * 100
        except InvalidOperation:
            raise self.wrong(field, "must be a number of percent") from None
        if isinstance(value, bool) or not points.is_finite() or points != int(points) or not 0 <= points <= 10_000:
            raise self.wrong(field, "must be between 0 and 100 percent, with two decimals at most")
        return int(points)

    def flag(self, field: str, *, default: bool) -> bool:
        value = self._take(field, default)
        if not isinstance(value, bool):
            raise self.wrong(field, f"must be true or false, not {_kind(value)}")
        return value

    def clock(self, field: str) -> time:
        value = self._take(field, None)
        try:
            if not isinstance(value, str):  # YAML reads an unquoted 15:00 as the number 900
                raise ValueError
            return time.fromisoformat(value)
        except ValueError:
            raise self.wrong(field, 'must be a time of day in quotes, like "15:00"') from None

    def section(self, field: str) -> _Fields:
        return _Fields(self._file, f"{self._where}{field}.", self._take(field, {}))

    def rows(self, field: str, *, at_least: int = 0) -> list[_Fields]:
        rows = self._list(field, at_least)
        return [_Fields(self._file, f"{self._where}{field}[{index}].", row) for index, row in enumerate(rows)]

    def nothing_else(self) -> None:
        """A misspelt field would be ignored in silence, so every field must have been read."""
        if self._data:
            raise self.wrong(str(next(iter(self._data))), "is not a field of a property file")

    def _take(self, field: str, default: object) -> object:
        value = self._data.pop(field, default)
        if value is None:
            raise self.wrong(field, "is missing")
        return value

    def _list(self, field: str, at_least: int) -> list[object]:
        value = self._take(field, [] if at_least == 0 else None)
        if not isinstance(value, list):
            raise self.wrong(field, f"must be a list, not {_kind(value)}")
        if len(value) < at_least:
            raise self.wrong(field, f"needs at least {at_least}")
        return value

    def _checked(self, field: str, value: str, check: Callable[[str], str] | None) -> str:
        if check and value and (problem := check(value)):
            raise self.wrong(field, problem)
        return value


def _e164(value: str) -> str:
    return "" if _E164.fullmatch(value) else f"must be a phone number like +12072203501, not {value!r}"


def _name(value: str) -> str:
    return "" if _NAME.fullmatch(value) else f"must be small letters, digits and underscores, not {value!r}"


def _currency(value: str) -> str:
    return "" if re.fullmatch(r"[A-Z]{3}", value) else f"must be a currency code like USD, not {value!r}"


def _language(value: str) -> str:
    return "" if re.fullmatch(r"[a-z]{2}", value) else f"must be a language code like en, not {value!r}"


def _delegation(value: str) -> str:
    return "" if value in ("responses", "client") else f"must be responses or client, not {value!r}"


def _barge_in(value: str) -> str:
    return "" if value in BARGE_IN_MODES else f"must be one of {', '.join(BARGE_IN_MODES)}, not {value!r}"


def _clip_url(value: str) -> str:
    known = value.startswith(("https://", "gs://", "file:///"))
    return "" if not value or known else f"must be an https, gs or file URL, not {value!r}"


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError; a path outside the database a ValueError
        return f"is not a time zone: {value!r}"
    except KeyError:
        return f"is not a time zone: {value!r}"
    return ""


def _unique(file: str, section: str, field: str, values: list[str]) -> None:
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise PropertyFileError(file, f"{section}.{field}", f"{twice!r} appears twice")


def _kind(value: object) -> str:
    return {dict: "a mapping", list: "a list", str: "text", bool: "true or false"}.get(type(value), repr(value))
