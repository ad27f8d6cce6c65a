"""What the relay recorded is known once the call is over, whatever became of the relay; and goes in time."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk.hotel.call_recorder import FakeRecorder
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.recording_store import MemoryRecordings
from nightdesk.hotel.recordings import Recording, recording_id_of
from nightdesk.sinks import MemoryPublisher

from .conftest import SESSION_ID, Clock, Service, Twilio
from .recording_house import SID, kept, recorder

__all__ = ["kept", "recorder"]

OTHERS = "sess_x/1-caller-00000.ulaw"
STORED = {"files": 2, "failed": 0, "waiting": 0}


class Call:
    """One that is over, before its summary is written."""

    def __init__(self, client: Callable[..., FlaskClient], publisher: MemoryPublisher, clock: Clock) -> None:
        self.twilio, self.tools = Twilio(client("twilio")), Service(client("tools"))
        self.jobs, self.sink = Service(client("jobs")), Service(client("event_sink"))
        self._publisher, self._clock = publisher, clock

    def reported(self, recording: dict[str, int] | None = None) -> None:
        """The relay tells of its stream."""
        ended: dict[str, Any] = {
            "v": 1,
            "event_id": f"{SESSION_ID}-relay-1-9",
            "event_type": "stream.ended",
            "session_id": SESSION_ID,
            "channel": "voice",
            "timestamp": "2026-11-20T17:00:00.000Z",
            "property_id": "west-bethel-motel",
            "attempt": 1,
            "stream": {"reason": "stopped", **({"recording": recording} if recording else {})},
        }
        assert self.sink.push(ended).status_code == 204

    def concluded(self) -> None:
        """The summary is written, and comes to the sink."""
        self.twilio.post("/voice/twilio/status", CallStatus="completed", CallDuration="12")
        self._clock.forward(seconds=31)
        assert self.jobs.post("/jobs/reconcile", {}).status_code == 200
        [summary] = [e for e in self._publisher.events if e["event_type"] == "conversation.ended"]
        assert self.sink.push(summary).status_code == 204

    def a_month_later(self) -> dict[str, Any]:
        self._clock.forward(days=31)
        said: dict[str, Any] = self.jobs.post("/jobs/retention", {}).get_json()
        return said


@pytest.fixture
def over(
    client: Callable[..., FlaskClient],
    recorder: FakeRecorder,
    kept: MemoryRecordings,
    publisher: MemoryPublisher,
    clock: Clock,
    token: Callable[..., str],
) -> Call:
    kept.files = {f"{SESSION_ID}/1-{side}-00000.ulaw": b"\xff" for side in ("caller", "agent")} | {OTHERS: b""}
    call = Call(client, publisher, clock)
    assert call.tools.session(token()).status_code == 200
    return call


def url(store: MemoryStore) -> str:
    session = store.session(SESSION_ID)
    assert session is not None
    return session.recording_url


def test_it_is_filed_and_deleted_in_time(over: Call, kept: MemoryRecordings, store: MemoryStore) -> None:
    over.reported(STORED)
    over.concluded()
    assert url(store) == f"memory://{SESSION_ID}"
    assert over.a_month_later()["files"] == 2
    assert list(kept.files) == [OTHERS]


def test_a_relay_that_was_killed_has_told_nothing_but_its_files_are_found(
    over: Call, kept: MemoryRecordings, store: MemoryStore
) -> None:
    over.concluded()
    assert url(store) == f"memory://{SESSION_ID}"
    assert over.a_month_later()["files"] == 2
    assert list(kept.files) == [OTHERS]


def test_a_report_that_comes_after_the_summary_counts(over: Call, kept: MemoryRecordings) -> None:
    """Its files came after it too."""
    stored, kept.files = kept.files, {OTHERS: b""}
    over.concluded()
    kept.files = stored
    over.reported(STORED)
    assert over.a_month_later()["files"] == 2
    assert list(kept.files) == [OTHERS]


def test_files_that_are_on_their_way_at_the_end_count(over: Call, kept: MemoryRecordings) -> None:
    over.reported({"files": 0, "failed": 0, "waiting": 2})
    over.concluded()
    assert over.a_month_later()["files"] == 2


def test_where_the_store_cannot_be_asked_there_may_be_some(
    over: Call, kept: MemoryRecordings, store: MemoryStore
) -> None:
    kept.down = True
    over.concluded()
    kept.down = False
    assert over.a_month_later()["files"] == 2


@pytest.mark.parametrize("what", ["none", "a message on tape", "reported"])
def test_where_there_are_none_nothing_is_filed(
    over: Call, kept: MemoryRecordings, store: MemoryStore, what: str
) -> None:
    kept.files = {f"{SESSION_ID}/{SID}.wav": b"a message"} if what == "a message on tape" else {}
    if what == "reported":
        over.reported()
    over.concluded()
    assert store.record(Recording, recording_id_of(SESSION_ID)) is None
    assert url(store) == ""
