"""A task: something the guest wants done, with what is known of it so far. The forms say what each kind needs. Pure.

Tasks lie on each other: one that is begun in the middle of another comes first, and then the other goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from nightdesk.dialogue.lexicon import Want


@dataclass(frozen=True)
class Task:
    """`slots` by name, as the guest gave them; `confirmed`: the guest said yes to its read-back.

    `result`: what a first step of the same task has brought (a quoted fee, the reservation to change). `failed`: how
    often its tool refused what was asked.
    """

    kind: Want
    slots: Mapping[str, str] = field(default_factory=dict)
    confirmed: bool = False
    result: Mapping[str, Any] = field(default_factory=dict)
    failed: int = 0

    def get(self, slot: str) -> str:
        return self.slots.get(slot, "")

    def having(self, **slots: str | None) -> Task:
        """With these slots; empty ones change nothing. What was confirmed before was something else."""
        said = {name: value for name, value in slots.items() if value}
        if all(self.slots.get(name) == value for name, value in said.items()):
            return self
        return replace(self, slots={**self.slots, **said}, confirmed=False)

    def without(self, *slots: str) -> Task:
        return replace(self, slots={n: v for n, v in self.slots.items() if n not in slots}, confirmed=False)


def iso_date(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


@dataclass(frozen=True)
class Who:
    """Whose booking it is, as far as the guest has said. Whether that is true, the tools decide.

    keyed: the code came by the keypad, so it is in no history. no_code: the guest has none at hand. checked: read back.
    options: the bookings to choose from (day of arrival -> code) where a number has several. opened: a tool has shown
    it.
    """

    code: str = ""
    code_checked: bool = False
    keyed: bool = False
    no_code: bool = False
    last_name: str = ""
    first_name: str = ""
    name_checked: bool = False
    failures: int = 0
    options: Mapping[str, str] = field(default_factory=dict)
    opened: bool = False

    @property
    def has_code(self) -> bool:
        return bool(self.code) or self.keyed or self.no_code

    def arguments(self) -> dict[str, Any]:
        """As every tool about a booking takes them."""
        code = {"confirmation_code": self.code} if self.code else {}
        return {**code, "last_name": self.last_name}
