"""Reads values out of parsed YAML and, when one is wrong, says in which file and field."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Never, TypeVar

import yaml

from local.errors import SceneError

T = TypeVar("T")


@dataclass(frozen=True)
class Field:
    """One value and where it stands. Every reading method raises SceneError when the value is not of that kind."""

    value: Any
    source: Path
    path: str = ""

    def wrong(self, problem: str) -> Never:
        raise SceneError(self.source, self.path, problem)

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            self.wrong(f"must be some text, not {self.value!r}")
        return str(self.value).strip()

    def one_of(self, *choices: str) -> str:
        if self.value not in choices:
            self.wrong(f"must be one of {', '.join(choices)}, not {self.value!r}")
        return str(self.value)

    def number(self, least: float = 0.0, most: float = 600.0) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float) or not least <= self.value <= most:
            self.wrong(f"must be a number from {least:g} to {most:g}, not {self.value!r}")
        return float(self.value)

    def whole(self, least: int = 0, most: int = 600_000) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int) or not least <= self.value <= most:
            self.wrong(f"must be a whole number from {least} to {most}, not {self.value!r}")
        return int(self.value)

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            self.wrong(f"must be true or false, not {self.value!r}")
        return bool(self.value)

    def mapping(self) -> "Mapping":
        if not isinstance(self.value, dict):
            self.wrong(f"must be a mapping, not {self.value!r}")
        for name in self.value:
            if not isinstance(name, str):
                self.wrong(f"has the name {name!r}, which must be text: put it in quotes")
        return Mapping(self)

    def each(self) -> Iterator["Field"]:
        if not isinstance(self.value, list):
            self.wrong(f"must be a list, not {self.value!r}")
        for index, value in enumerate(self.value):
            yield Field(value, self.source, f"{self.path}[{index}]")

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.each())

    def plain(self) -> dict[str, Any]:
        self.mapping()
        return dict(self.value)


class Mapping:
    """A mapping whose names are checked: `take` what is known, then `done` refuses what is left."""

    def __init__(self, field: Field) -> None:
        self._field = field
        self._left = set(field.value)

    def take(self, name: str) -> Field | None:
        self._left.discard(name)
        if name not in self._field.value:
            return None
        return Field(self._field.value[name], self._field.source, self._at(name))

    def need(self, name: str) -> Field:
        found = self.take(name)
        if found is None:
            raise SceneError(self._field.source, self._at(name), "is missing")
        return found

    def get(self, name: str, read: Callable[[Field], T], otherwise: T) -> T:
        found = self.take(name)
        return otherwise if found is None else read(found)

    def items(self) -> Iterator[tuple[str, Field]]:
        for name in self._field.value:
            found = self.take(name)
            assert found is not None
            yield name, found

    def done(self) -> None:
        if self._left:
            raise SceneError(self._field.source, self._at(min(self._left)), "is not a field that is known here")

    def _at(self, name: str) -> str:
        return f"{self._field.path}.{name}" if self._field.path else name


def read_yaml(source: Path) -> Field:
    try:
        return Field(yaml.safe_load(source.read_text(encoding="utf-8")), source)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else ""
        raise SceneError(source, where, f"is not YAML: {getattr(error, 'problem', None) or error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SceneError(source, "", f"cannot be read: {error}") from error
