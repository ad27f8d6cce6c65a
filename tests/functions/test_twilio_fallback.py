"""What Twilio asks when something else has failed, and the news that it has of streams."""

import pytest
from nightdesk import properties
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher

from .conftest import CALLED, CALLER, ORIGIN, SESSION_ID, STREAM_SID, Service, Twilio
from .schemas import validator
from .twiml_answers import names, said, verbs

CASA = properties.load().by_id["hotel-casa-alondra"]
CASA_NUMBER = CASA.phone_numbers[0]
FRONT_DESK = "+12072203502"


def test_the_fallback_is_an_apology_and_the_front_desk_and_asks_nothing_of_the_house(
    twilio: Twilio, store: MemoryStore, publisher: MemoryPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr(type(store), "change_session", down)
    monkeypatch.setattr(type(store), "session", down)
    publisher.broken = True
    answer = twilio.post("/voice/twilio/fallback", ErrorCode="11205", ErrorUrl=f"{ORIGIN}/voice/twilio/inbound")
    assert names(answer) == ["Say", "Dial", "Say", "Hangup"]
    assert verbs(answer)[1].text == FRONT_DESK
    assert verbs(answer)[1].get("callerId") is None


@pytest.mark.parametrize("from_", ["anonymous", "+266696687", "sip:guest@example.com", "0142"])
def test_the_fallback_rings_the_front_desk_also_for_who_shows_no_number(twilio: Twilio, from_: str) -> None:
    answer = twilio.post("/voice/twilio/fallback", From=from_)
    assert verbs(answer)[1].get("callerId") == CALLED


def test_the_fallback_apologises_in_the_hotels_language(twilio: Twilio) -> None:
    answer = twilio.post("/voice/twilio/fallback", To=CASA_NUMBER)
    assert said(answer).startswith("Lo siento")
    assert verbs(answer)[0].get("language") == "es-ES"


def test_of_a_call_that_we_placed_the_hotel_is_the_one_that_calls(twilio: Twilio) -> None:
    answer = twilio.post("/voice/twilio/fallback", Direction="outbound-api", From=CALLED, To=CALLER)
    assert verbs(answer)[1].text == FRONT_DESK
    assert verbs(answer)[1].get("callerId") == CALLED


def test_a_stream_that_failed_is_told_once_however_often_it_is_said(
    twilio: Twilio, call: Service, publisher: MemoryPublisher
) -> None:
    form = {"StreamEvent": "stream-error", "StreamSid": STREAM_SID, "StreamError": "31921 - close error"}
    for _ in range(2):
        assert twilio.post("/voice/twilio/stream-status", **form).status_code == 204
    assert {event["event_id"] for event in publisher.events} == {f"{SESSION_ID}-twilio-1-stream-error-{STREAM_SID}"}
    event = publisher.events[0]
    validator("event", "event").validate(event)
    assert (event["event_type"], event["stream"]["problem"]) == ("stream.failed", "31921 - close error")


@pytest.mark.parametrize("what", ["stream-started", "stream-stopped", "something-new", ""])
def test_other_news_of_a_stream_are_acknowledged(twilio: Twilio, publisher: MemoryPublisher, what: str) -> None:
    assert twilio.post("/voice/twilio/stream-status", StreamEvent=what, StreamSid=STREAM_SID).status_code == 204
    assert publisher.events == []


def test_the_stream_says_where_its_news_go(twilio: Twilio) -> None:
    [stream] = verbs(twilio.post("/voice/twilio/inbound"))[0]
    assert stream.get("statusCallback") == f"{ORIGIN}/voice/twilio/stream-status?attempt=1"
