"""Load the hotels: one file in `properties/` is one hotel, its name is the property_id. Adding a file adds a hotel.

A file that cannot be used does not stop the others: it is listed in `Properties.broken` with the field at fault, and
its calls get a polite refusal. `properties/README.md` tells every field; property_sections.py reads them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nightdesk.errors import PropertyFileError
from nightdesk.hotel.model import Property
from nightdesk.property_fields import Fields
from nightdesk.property_sections import read_property

PACKAGED = Path(__file__).parent / "properties"

_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")  # at most 40: the id travels in a token of limited length
# libyaml's loader where it was built in: five times faster, and this runs before the first ring can be answered.
_FastLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_FastLoader):  # type: ignore[misc]  # whichever of the two there is
    """Refuses a field that is there twice: YAML would take the last one in silence."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        names = [key.value for key, _ in node.value]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"{twice} is there twice", node.start_mark)
        return super().construct_mapping(node, deep)


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
    top = Fields(path.name, "", data)
    loaded = read_property(path.stem, top)
    top.done()
    _fits_together(path.name, loaded)
    return loaded


def _fits_together(file: str, hotel: Property) -> None:
    """What no field can tell alone."""
    _unique(file, "room_types", "room_type", [r.room_type for r in hotel.room_types])
    _unique(file, "room_types", "rooms", [room for r in hotel.room_types for room in r.rooms])
    _unique(file, "rate_plans", "rate_plan", [p.rate_plan for p in hotel.rate_plans])
    _unique(file, "departments", "department", [d.department for d in hotel.departments])
    _unique(file, "languages", "language", [hotel.language, *(spoken.language for spoken in hotel.languages)])
    if hotel.department("front_desk") is None:
        raise PropertyFileError(file, "departments", "front_desk is missing: every fallback goes there")
    for index, each in enumerate(hotel.departments):
        _are_departments(file, hotel, f"departments[{index}].escalation", each.escalation)
    _are_departments(file, hotel, "escalation", hotel.escalation)
    _unique(file, "ivr.choices", "key", [choice.key for choice in hotel.ivr.choices])
    for index, choice in enumerate(hotel.ivr.choices):
        _are_departments(file, hotel, f"ivr.choices[{index}].department", [choice.department or "front_desk"])
    first = hotel.rate_plans[0]
    if first.has_own_terms or not first.takes_any:
        problem = "must take every stay, on the hotel's own terms: it is what is quoted where no other plan applies"
        raise PropertyFileError(file, "rate_plans[0]", problem)


def _are_departments(file: str, hotel: Property, field: str, named: Sequence[str]) -> None:
    for index, department in enumerate(named):
        if hotel.department(department) is None:
            raise PropertyFileError(file, f"{field}[{index}]", f"is not a department of this hotel: {department!r}")


def _unique(file: str, section: str, field: str, values: Sequence[str]) -> None:
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise PropertyFileError(file, f"{section}.{field}", f"{twice!r} appears twice")
