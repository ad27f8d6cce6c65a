"""The composite indexes and TTL fields that the Firestore store needs, as Terraform gets them.

`python -m nightdesk.hotel.firestore_indexes` writes terraform/firestore_indexes.json. The emulator answers without any
index and production does not, so the store asks here before every query: one that has no index fails in every test.
Source of the rule: Firestore, "Index types": a query over several fields that filters a range or sorts needs its own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from nightdesk.hotel.kinds import KINDS

FILE = Path(__file__).parents[3] / "terraform" / "firestore_indexes.json"
Mode = Literal["ASCENDING", "DESCENDING", "CONTAINS"]
Index = tuple[str, frozenset[tuple[str, Mode]], tuple[str, Mode]]
"""Collection, the fields that must be equal or contain a value, and the one that is sorted by or has a range."""

_CALLS: list[Index] = [
    ("voice_calls", frozenset({("ended_published", "ASCENDING")}), ("start_time", "ASCENDING")),
    (
        "voice_calls",
        frozenset({("property_id", "ASCENDING"), ("caller_id", "ASCENDING")}),
        ("start_time", "DESCENDING"),
    ),
    (
        "voice_calls",
        frozenset({("property_id", "ASCENDING"), ("keypad_phone", "ASCENDING")}),
        ("start_time", "DESCENDING"),
    ),
    (
        "voice_calls",
        frozenset({("property_id", "ASCENDING"), ("caller_id", "ASCENDING"), ("refused", "ASCENDING")}),
        ("start_time", "DESCENDING"),
    ),
    (
        "voice_calls",
        frozenset({("property_id", "ASCENDING"), ("erased_at", "ASCENDING")}),
        ("start_time", "ASCENDING"),
    ),
    ("leads", frozenset({("session_id", "ASCENDING")}), ("created_at", "ASCENDING")),
    ("inventory", frozenset({("property_id", "ASCENDING")}), ("night", "ASCENDING")),
    (
        "reservations",
        frozenset({("property_id", "ASCENDING"), ("status", "ASCENDING")}),
        ("hold_expires_at", "ASCENDING"),
    ),
]
TTL = {"processed_events": "expires_at", "verification_locks": "expires_at", "inventory": "expires_at"}
"""Where Firestore itself deletes what is over."""
UNINDEXED = {
    "conversation_turns": ("text",),
    "deliveries": ("body",),
    "messages": ("text",),
    "tool_ledger": ("answer", "arguments"),
    "voice_calls": ("ended_event", "notes", "steps", "streams", "transcription", "transfers"),
}
"""Long texts that nobody searches for: every index on them would be written for nothing."""


def index(collection: str, equal: Iterable[str], many: Iterable[str], last: tuple[str, Mode]) -> Index:
    fields: set[tuple[str, Mode]] = {(name, "ASCENDING") for name in equal}
    return collection, frozenset(fields | {(name, "CONTAINS") for name in many}), last


def _of_kinds() -> list[Index]:
    found = []
    for kind in KINDS.values():
        newest: tuple[str, Mode] = ("created_at", "DESCENDING")
        found += [index(kind.collection, f - kind.many, f & kind.many, newest) for f in kind.finders]
        if kind.due and kind.collection != "reservations":
            found.append(index(kind.collection, ["status"], [], (kind.due[1], "ASCENDING")))
    return found


INDEXES: frozenset[Index] = frozenset((*_CALLS, *_of_kinds()))


def must_exist(wanted: Index) -> None:
    """Raises: LookupError for a query that production would refuse."""
    if wanted not in INDEXES:
        raise LookupError(f"no index for {wanted}: add it to {Path(__file__).name}")


def as_json() -> dict[str, Any]:
    """In the shape of Firebase's firestore.indexes.json."""
    indexes = [
        {
            "collectionGroup": collection,
            "queryScope": "COLLECTION",
            "fields": [_field(*field) for field in (*sorted(equal), last)],
        }
        for collection, equal, last in sorted(INDEXES, key=lambda i: (i[0], sorted(i[1]), i[2]))
    ]
    overrides = [
        {"collectionGroup": collection, "fieldPath": field, "ttl": True, "indexes": []}
        for collection, field in sorted(TTL.items())
    ] + [
        {"collectionGroup": collection, "fieldPath": field, "indexes": []}
        for collection, fields in sorted(UNINDEXED.items())
        for field in fields
    ]
    return {"indexes": indexes, "fieldOverrides": overrides}


def _field(name: str, mode: Mode) -> dict[str, str]:
    return {"fieldPath": name, "arrayConfig" if mode == "CONTAINS" else "order": mode}


def text() -> str:
    return json.dumps(as_json(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text(), encoding="utf-8")
