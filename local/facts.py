"""What is known of a call that was conducted: what was noticed while it went on, and all that it left."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.callers.scene import Scene
from local.store import Stored
from local.twilio import CallRecord

Event = dict[str, Any]


@dataclass(frozen=True)
class Notice:
    """Something that happened in a call, for the live view. `at_ms` is call time since the answer.

    kind: call (state), guest (action ...), person (number action ...), agent (speaking), event (an event of the
    system), twilio (a timeline entry), fault (what).
    """

    at_ms: int
    kind: str
    detail: dict[str, Any]


Watch = Callable[[Notice], None]


@dataclass
class Facts:
    """All that is known of a finished call. `acts` are the guest's, with call time."""

    scene: Scene
    session_id: str
    record: CallRecord
    acts: list[Notice]
    events: list[Event]
    stored: Stored
    complaint: str = ""
    problems: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    """What the telephone system spoke to the guest's phone."""
    texts: list[dict[str, str]] = field(default_factory=list)
    called: dict[str, list[CallRecord]] = field(default_factory=dict)
    """Every call to each of the scene's people."""
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    replayed: list[str] = field(default_factory=list)
    """What came of requests that were sent again when all was over, or were forged."""
    kept: dict[str, list[str]] = field(default_factory=dict)
    """By number that is to be nowhere: the files in which it is."""

    def call_ms(self, event: Event) -> int:
        """When an event happened, in call time."""
        answered = self.record.answered_at or self.record.created_at
        return round((datetime.fromisoformat(event["timestamp"]) - answered).total_seconds() * 1000)

    def of_type(self, event_type: str) -> list[Event]:
        return [event for event in self.events if event["event_type"] == event_type]
