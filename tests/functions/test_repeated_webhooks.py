"""Twilio asks again, late, and in any order: every webhook of the route table, twice, and around every other.

Source: Twilio, status callbacks: "the order is not guaranteed", and a webhook whose answer was late is sent again. What
an instance of ours has done must be found by the next one, so nothing here may depend on what a process remembers.
"""

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk import bootstrap, tokens
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.telephony import CallState, FakeTelephony
from nightdesk.sinks import MemoryPublisher
from werkzeug.test import TestResponse

from .conftest import Clock, Service, Twilio
from .route_table import kept
from .test_every_route import WEBHOOKS

RECORDING = "RE{call:032x}"
STAFF_RING = "session={session}&attempt=1&dial=1"


@dataclass(frozen=True)
class Webhook:
    """One that Twilio may send in the middle of a call. `query` stands in the URL that we gave it.

    `{session}` and `{call}` are filled in. `follows`: what must have come before, for it to be sent at all.
    """

    path: str
    query: str = ""
    form: dict[str, str] = field(default_factory=dict)
    follows: "Webhook | None" = None

    @property
    def url(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path

    def __str__(self) -> str:
        told = {
            k: v
            for k, v in self.form.items()
            if k in ("CallStatus", "DialCallStatus", "StreamEvent", "QueueResult", "Digits")
        }
        return " ".join([self.url.removeprefix("/voice/twilio/"), *told.values()])


def status(call_status: str, **form: str) -> Webhook:
    return Webhook("/voice/twilio/status", form={"CallStatus": call_status, **form})


STREAM_ENDED = Webhook("/voice/twilio/stream-ended", "attempt=1")
KNOWN = [
    Webhook("/voice/twilio/inbound", form={"CallStatus": "ringing"}),
    STREAM_ENDED,
    Webhook("/voice/twilio/stream-ended", "attempt=1", {"CallStatus": "completed"}),
    Webhook("/voice/twilio/dial-ended", "attempt=1", {"DialCallStatus": "no-answer"}, STREAM_ENDED),
    Webhook("/voice/twilio/dial-ended", "attempt=1", {"DialCallStatus": "completed"}, STREAM_ENDED),
    Webhook(
        "/voice/twilio/dial-ended", "attempt=1", {"DialCallStatus": "busy", "CallStatus": "completed"}, STREAM_ENDED
    ),
    Webhook("/voice/twilio/gather", "attempt=1&turn=2", {"SpeechResult": "a room please", "Confidence": "0.9"}),
    Webhook("/voice/twilio/gather", "attempt=1&turn=2", {"Digits": "0"}),
    Webhook("/voice/twilio/ivr", "attempt=1&menu=rung", {"Digits": "0"}),
    Webhook("/voice/twilio/stream-status", "attempt=1", {"StreamEvent": "stream-error", "StreamError": "broken pipe"}),
    Webhook("/voice/twilio/voicemail", "", {"RecordingSid": RECORDING, "RecordingDuration": "7"}),
    Webhook("/voice/twilio/transcription", "", {"RecordingSid": RECORDING, "TranscriptionStatus": "completed"}),
    Webhook("/voice/twilio/fallback", "", {"ErrorCode": "11200", "ErrorUrl": "https://hotel.example.com/x"}),
    Webhook("/voice/twilio/amd", "", {"AnsweredBy": "machine_start", "MachineDetectionDuration": "3000"}),
    Webhook("/voice/twilio/staff", STAFF_RING, {"CallSid": "CAffff{call:028x}"}),
    Webhook("/voice/twilio/staff-answer", STAFF_RING, {"CallSid": "CAffff{call:028x}", "Digits": "2"}),
    Webhook("/voice/twilio/staff-status", STAFF_RING, {"CallSid": "CAffff{call:028x}", "CallStatus": "no-answer"}),
    Webhook("/voice/twilio/sms", "", {"MessageSid": "SM{call:032x}", "Body": "Do you allow pets?"}),
    Webhook("/voice/twilio/sms", "", {"MessageSid": "SM{call:032x}", "Body": "STOP"}),
    Webhook("/voice/twilio/message-status", "text=sms_1.1", {"MessageSid": "SM{call:032x}", "MessageStatus": "sent"}),
    Webhook("/voice/twilio/outbound-status", "call=out_1", {"CallStatus": "ringing"}),
    Webhook("/voice/twilio/outbound-answered", "lang=es"),
    status("ringing"),
    status("in-progress"),
    status("completed", CallDuration="92"),
    status("failed"),
]
ROUTES = [path for method, path in WEBHOOKS if method == "POST"]
ALL = [webhook for webhook in KNOWN if webhook.path in ROUTES]
ALL += [Webhook(path, "attempt=1") for path in ROUTES if path not in {webhook.path for webhook in KNOWN}]
"""Those that are there, and of a route that is in nobody's list: as it comes when Twilio says no more."""


class Calls:
    """Telephone calls that go on, told apart by a number; in each a transfer was asked for and is not due yet."""

    def __init__(
        self, twilio: Twilio, tools: Service, token: Callable[..., str], clock: Clock, department: str = "front_desk"
    ) -> None:
        self._twilio, self._tools, self._token, self._clock = twilio, tools, token, clock
        self._department = department

    @staticmethod
    def session_id(call: int) -> str:
        return tokens.session_id_of_call(f"CA{call:032x}")

    def begin(self, call: int, webhook: Webhook | None = None) -> None:
        """Up to where this webhook may come."""
        about = {"session_id": self.session_id(call), "call_sid": f"CA{call:032x}"}
        answer = self._tools.session(self._token(**about), f"MZ{call:032x}", call_sid=about["call_sid"])
        assert answer.get_json()["ok"] is True
        turn = {"v": 1, "attempt": 1, "turn": 1, "role": "user", "text": "a person please"}
        self._tools.post(f"/sessions/{about['session_id']}/turns", turn)
        asked = {"v": 1, "session_id": about["session_id"], "attempt": 1, "turn": 2, "tool_call_id": "call_7"}
        to = {"arguments": {"department": self._department}}
        assert self._tools.post("/tools/transfer_to_human", {**asked, **to}).status_code == 200
        if webhook is not None and webhook.follows is not None:
            self.post(call, webhook.follows)

    def post(self, call: int, webhook: Webhook) -> TestResponse:
        self._clock.forward(seconds=1)
        fields = {name: value.format(call=call) for name, value in webhook.form.items()}
        url = webhook.url.format(session=self.session_id(call))
        return self._twilio.post(url, **{"CallSid": f"CA{call:032x}", **fields})


@pytest.fixture
def calls(twilio: Twilio, tools: Service, token: Callable[..., str], clock: Clock) -> Calls:
    return Calls(twilio, tools, token, clock)


def same(answer: TestResponse) -> tuple[int, str]:
    """An answer without the tokens in it, which are new every time."""
    return answer.status_code, re.sub(r'name="token" value="[^"]*"', "", answer.get_data(as_text=True))


def state(store: MemoryStore, publisher: MemoryPublisher) -> dict[str, Any]:
    """All that is kept, and which events were told: those of one id are one."""
    return {**kept(store), "told": {event["event_id"] for event in publisher.events}}


def ending(store: MemoryStore, call: int) -> tuple[object, ...]:
    session = store.session(Calls.session_id(call))
    assert session is not None
    terminal = (session.terminal_status, session.terminal_at, session.end_time, session.duration_seconds)
    return (*terminal, session.status, session.ended_event)


@pytest.mark.parametrize("webhook", ALL, ids=str)
def test_a_webhook_that_comes_again_gets_the_same_answer_and_changes_nothing(
    calls: Calls, store: MemoryStore, publisher: MemoryPublisher, webhook: Webhook
) -> None:
    calls.begin(1, webhook)
    first = same(calls.post(1, webhook))
    assert first[0] < 500
    after = state(store, publisher)
    for _ in range(2):
        assert same(calls.post(1, webhook)) == first
        assert state(store, publisher) == after


@pytest.mark.parametrize("webhook", ALL, ids=str)
def test_a_webhook_that_comes_again_after_another_changes_nothing(
    calls: Calls, store: MemoryStore, publisher: MemoryPublisher, webhook: Webhook
) -> None:
    """What was decided stays, whatever came between."""
    for call, between in enumerate(ALL, 1):
        calls.begin(call, webhook)
        calls.post(call, webhook)
        calls.post(call, between)
        after = state(store, publisher)
        assert calls.post(call, webhook).status_code < 500
        assert state(store, publisher) == after, f"after {between}"
        calls.post(call, status("completed"))  # its line is free for the next


@pytest.mark.parametrize("webhook", ALL, ids=str)
def test_what_comes_after_the_end_of_a_call_leaves_its_end_as_it_is(
    calls: Calls, store: MemoryStore, publisher: MemoryPublisher, clock: Clock, webhook: Webhook
) -> None:
    """Before conversation.ended is written, and after it."""
    calls.begin(1, webhook)
    calls.post(1, status("completed", CallDuration="92"))
    was = ending(store, 1)
    assert calls.post(1, webhook).status_code < 500
    assert ending(store, 1) == was
    clock.forward(minutes=1)
    calls.post(1, status("completed", CallDuration="92"))
    concluded = ending(store, 1)
    assert concluded[-1] is not None
    assert calls.post(1, webhook).status_code < 500
    assert ending(store, 1) == concluded
    assert len([event for event in publisher.events if event["event_type"] == "conversation.ended"]) == 1


STAFF_LEG = {"CallSid": "CAffff{call:028x}", "Direction": "outbound-api"}
ACCEPTED = Webhook("/voice/twilio/staff-answer", STAFF_RING, {**STAFF_LEG, "Digits": "1"})
WARM = [
    STREAM_ENDED,
    Webhook("/voice/twilio/wait", "attempt=1", {"QueueTime": "5"}),
    Webhook("/voice/twilio/wait", "attempt=1&again=1", {"QueueTime": "290"}),
    Webhook("/voice/twilio/queue-ended", "attempt=1", {"QueueResult": "leave", "QueueTime": "30"}),
    Webhook("/voice/twilio/queue-ended", "attempt=1", {"QueueResult": "bridged", "QueueTime": "30"}, ACCEPTED),
    Webhook("/voice/twilio/queue-ended", "attempt=1", {"QueueResult": "hangup", "CallStatus": "completed"}),
    Webhook("/voice/twilio/staff", STAFF_RING, STAFF_LEG),
    ACCEPTED,
    Webhook("/voice/twilio/staff-answer", STAFF_RING, {**STAFF_LEG, "Digits": "2"}),
    Webhook("/voice/twilio/staff-ended", STAFF_RING, {**STAFF_LEG, "DialBridged": "true"}, ACCEPTED),
    Webhook(
        "/voice/twilio/staff-ended",
        STAFF_RING,
        {**STAFF_LEG, "DialBridged": "true", "CallStatus": "completed"},
        ACCEPTED,
    ),
    Webhook("/voice/twilio/staff-status", STAFF_RING, {**STAFF_LEG, "CallStatus": "no-answer"}),
    Webhook("/voice/twilio/staff-status", STAFF_RING, {**STAFF_LEG, "CallStatus": "completed"}, ACCEPTED),
    Webhook("/voice/twilio/staff-amd", STAFF_RING, {**STAFF_LEG, "AnsweredBy": "machine_start"}),
    status("completed", CallDuration="92"),
]
"""Of two calls at once: the guest's, who hears music, and the one to the staff."""


@pytest.mark.parametrize("webhook", WARM, ids=str)
def test_in_a_warm_transfer_nothing_happens_twice_either(
    client: Callable[..., FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
    store: MemoryStore,
    publisher: MemoryPublisher,
    token: Callable[..., str],
    clock: Clock,
    webhook: Webhook,
) -> None:
    """Neither is a telephone rung, nor a call ended or sent on."""
    telephony = FakeTelephony()
    monkeypatch.setattr(bootstrap.House, "telephony", telephony)
    twilio = Twilio(client("twilio", TWILIO_ACCOUNT_SID="AC" + "0" * 32))
    calls = Calls(twilio, Service(client("tools")), token, clock, "maintenance")

    def everything() -> dict[str, Any]:
        done = (list(telephony.placed), dict(telephony.states), list(telephony.updates))
        return {**state(store, publisher), "done": done}

    for call, between in enumerate(WARM, 1):
        if webhook.form.get("QueueResult") == "bridged" and between.path.endswith(("/staff-ended", "/staff-status")):
            continue  # how the staff left is what it was told to ask again for
        telephony.states[f"CA{call:032x}"] = CallState(f"CA{call:032x}", "in-progress")
        calls.begin(call)
        assert "<Enqueue " in calls.post(call, STREAM_ENDED).get_data(as_text=True)
        if webhook.follows is not None:
            calls.post(call, webhook.follows)
        first = calls.post(call, webhook)
        assert first.status_code < 500
        calls.post(call, between)
        after = everything()
        assert calls.post(call, webhook).status_code < 500
        assert everything() == after, f"after {between}"
        calls.post(call, status("completed"))


PROGRESS = [status("initiated"), status("ringing"), status("in-progress"), status("completed", CallDuration="92")]


def test_the_order_of_status_callbacks_makes_no_difference(calls: Calls, store: MemoryStore) -> None:
    found = set()
    for call, order in enumerate(itertools.permutations(PROGRESS), 1):
        calls.begin(call)
        for progress in [*order, *order]:
            assert calls.post(call, progress).status_code == 204
        session = store.session(Calls.session_id(call))
        assert session is not None
        found.add((session.status, session.terminal_status, session.duration_seconds, session.steps, session.attempt))
    assert found == {("completed", "completed", 92, None, 1)}


@pytest.mark.parametrize("first", ["completed", "busy", "failed", "no-answer", "canceled"])
def test_the_first_terminal_status_stays(calls: Calls, store: MemoryStore, first: str) -> None:
    for call, second in enumerate(["completed", "busy", "failed", "no-answer", "canceled", "in-progress"], 1):
        calls.begin(call)
        calls.post(call, status(first, CallDuration="92"))
        was = ending(store, call)
        calls.post(call, status(second, CallDuration="7"))
        assert ending(store, call) == was


def test_a_status_that_comes_before_the_call_was_set_up_ends_it_for_good(
    calls: Calls, store: MemoryStore, token: Callable[..., str], tools: Service
) -> None:
    calls.post(1, status("completed", CallDuration="2"))
    was = ending(store, 1)
    late = tools.session(token(session_id=Calls.session_id(1), call_sid=f"CA{1:032x}"), call_sid=f"CA{1:032x}")
    assert (late.status_code, late.get_json()["error"]["code"]) == (409, "session_ended")
    assert ending(store, 1) == was
