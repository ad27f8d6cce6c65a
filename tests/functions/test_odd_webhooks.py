"""Twilio may leave a field out, send it empty, or use a word that nobody knows yet. Nothing of ours breaks on it, and
whoever listens to the answer hears TwiML."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk import bootstrap
from nightdesk.edge import Route
from nightdesk.hotel.telephony import FakeTelephony

from .conftest import CALL_SID, CALLED, CALLER, Service, Twilio
from .route_table import path_of
from .test_every_route import ACCOUNT, table

ROUTES = [route for route in table("twilio") if route.method == "POST"]
EACH = 40
QUERIES = [
    "",
    "?attempt=1",
    "?attempt=-1&turn=x&silent=1",
    "?attempt=99999999999999999999&turn=2",
    "?attempt=1&dial=0&since=99999999999&asked=1",
    "?session=sess_x&attempt=1&dial=1",
    "?menu=main&language=xx&attempt=1&tries=9",
    "?call=&text=&payment_id=&lang=",
    "?call=a/b&text=..&lang=zz",
]
FORMS: dict[str, list[str]] = {
    "CallSid": [CALL_SID, CALL_SID, CALL_SID, "CA" + "f" * 32, "", "x"],
    "From": [CALLER, CALLED, "anonymous", "sip:guest@example.com", "whatsapp:+12075550142", ""],
    "To": [CALLED, CALLED, "+999", ""],
    "Direction": ["inbound", "outbound-api", "outbound-dial", ""],
    "CallStatus": ["in-progress", "ringing", "completed", "on-the-moon", ""],
    "CallDuration": ["12", "-5", "a while", ""],
    "StirVerstat": ["TN-Validation-Passed-", "No-TN-Validation", ""],
    "Digits": ["0", "hangup", "1" * 40, "é", ""],
    "SpeechResult": ["hello", " ", ""],
    "DialCallStatus": ["completed", "on-the-moon", ""],
    "QueueResult": ["bridged", "on-the-moon", ""],
    "QueueTime": ["20", "a while", ""],
    "AnsweredBy": ["machine_start", "on-the-moon", ""],
    "RecordingSid": ["RE" + "1" * 32, "RE1", ""],
    "RecordingUrl": ["https://api.twilio.com/RE" + "1" * 32, "https://api.twilio.com/", ""],
    "RecordingStatus": ["completed", "absent", "on-the-moon", ""],
    "RecordingDuration": ["9", "-1", "a while", ""],
    "RecordingStartTime": ["Fri, 20 Nov 2026 17:00:00 +0000", "yesterday", ""],
    "TranscriptionStatus": ["completed", "failed", ""],
    "TranscriptionText": ["hello", ""],
    "MessageSid": ["SM" + "0" * 32, "SM0", ""],
    "MessageStatus": ["delivered", "on-the-moon", ""],
    "Body": ["hi", "STOP", "\x00", ""],
    "StreamEvent": ["stream-started", "stream-error", "on-the-moon", ""],
    "Result": ["success", "on-the-moon", ""],
}


@pytest.fixture
def twilio(client: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch) -> Twilio:
    monkeypatch.setattr(bootstrap.House, "telephony", FakeTelephony())
    return Twilio(client("twilio", **ACCOUNT))


@pytest.mark.parametrize("route", ROUTES, ids=path_of)
def test_odd_fields_break_nothing(
    twilio: Twilio, call: Service, caplog: pytest.LogCaptureFixture, route: Route
) -> None:
    chance = random.Random(path_of(route))
    for _ in range(EACH):
        form = {name: chance.choice(values) for name, values in FORMS.items() if chance.random() < 0.8}
        query = chance.choice(QUERIES)
        answer = twilio.post(path_of(route) + query, **form)
        assert not any(record.exc_info for record in caplog.records), (query, form)
        assert answer.status_code < 500, (query, form)
        has_hung_up = form.get("CallStatus") == "completed" or form.get("Digits") == "hangup"
        is_heard = route.spoken and not has_hung_up
        assert not is_heard or (answer.status_code, answer.mimetype) == (200, "text/xml"), (query, form)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": {"To": CALLED, "From": CALLER, "CallSid": CALL_SID, "Body": "x" * (1 << 20)}}, 400),
        (
            {"data": {"To": CALLED, **{f"field_{n}": "x" for n in range(1200)}}, "content_type": "multipart/form-data"},
            403,
        ),
        ({"data": b"{}", "content_type": "application/json"}, 403),
    ],
)
def test_only_twilio_hears_an_apology(
    twilio: Twilio, sent: dict[str, Any], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    answer = twilio.client.post("/voice/twilio/inbound", **sent)
    assert answer.status_code == status
    assert b"+12072203502" not in answer.data
    assert not any(record.exc_info for record in caplog.records)
