"""What becomes of our own texts, as the network tells it."""

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from nightdesk import bootstrap, guests, texts
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.records import Text
from nightdesk.hotel.telephony import FakeTelephony

from .conftest import ORIGIN, Clock, Service, Twilio
from .test_services import result
from .texting import HOTEL, Phone, day_of, phone

__all__ = ["phone"]


@pytest.fixture
def sent(
    client: Callable[..., FlaskClient],
    monkeypatch: pytest.MonkeyPatch,
    token: Callable[..., str],
    store: MemoryStore,
) -> Text:
    """A text that the network has taken."""
    telephony = FakeTelephony()
    monkeypatch.setattr(bootstrap.House, "telephony", telephony)
    tools = Service(client("tools"))
    tools.session(token())
    result(tools.tool("send_sms", template="directions"))
    [text] = store.records(Text, message_sid=f"SM{1:032x}")
    assert telephony.references == [texts.reference_of(text)]
    return text


def told(twilio: Twilio, text: Text, status: str, sid: str = "", **fields: str) -> None:
    path = f"/voice/twilio/message-status?text={texts.reference_of(text)}"
    answer = twilio.post(path, MessageSid=sid or text.message_sid, MessageStatus=status, **fields)
    assert answer.status_code == 204


def status_of(store: MemoryStore, text: Text) -> tuple[str, str]:
    known = store.record(Text, text.text_id)
    assert known is not None
    return known.status, known.last_error


def test_delivery_is_kept_whatever_the_order(sent: Text, twilio: Twilio, store: MemoryStore) -> None:
    for status in ("queued", "delivered", "sent", "delivered", "failed"):
        told(twilio, sent, status)
    assert status_of(store, sent) == ("delivered", "")


def test_a_text_that_did_not_arrive_is_known_with_the_networks_reason(
    sent: Text, twilio: Twilio, store: MemoryStore
) -> None:
    told(twilio, sent, "sent")
    told(twilio, sent, "undelivered", ErrorCode="30003")
    told(twilio, sent, "sent")
    assert status_of(store, sent) == ("failed", "Twilio undelivered 30003")


def test_what_is_told_of_an_earlier_text_does_not_settle_a_later_one(
    sent: Text, twilio: Twilio, store: MemoryStore, clock: Clock
) -> None:
    later = replace(sent, created_at=clock(), status="sending", message_sid="", body="another")
    later = replace(later, created_at=later.created_at.replace(microsecond=5000))
    store.change_record(Text, sent.text_id, lambda _: later)
    told(twilio, sent, "delivered")
    assert status_of(store, sent) == ("sending", "")


def test_word_from_the_network_settles_a_text_that_got_no_answer(
    sent: Text, twilio: Twilio, store: MemoryStore
) -> None:
    store.change_record(Text, sent.text_id, lambda _: replace(sent, status="sending", message_sid=""))
    told(twilio, sent, "sent")
    known = store.record(Text, sent.text_id)
    assert known is not None
    assert (known.status, known.message_sid) == ("sent", sent.message_sid)


def test_a_text_refused_by_its_owner_on_the_way_stops_the_others(
    sent: Text, twilio: Twilio, store: MemoryStore
) -> None:
    told(twilio, sent, "failed", ErrorCode="21610")
    guest = guests.find(store, HOTEL, sent.to)
    assert guest is not None
    assert guest.may_text is False


def test_word_of_unknown_texts_and_unknown_words_change_nothing(sent: Text, twilio: Twilio, store: MemoryStore) -> None:
    told(twilio, sent, "teleported")
    told(twilio, replace(sent, text_id="sms_unknown"), "delivered")
    told(twilio, sent, "delivered", sid="SM" + "9" * 32)
    assert status_of(store, sent) == ("sent", "")


def test_an_answer_is_a_text_whose_fate_is_kept(phone: Phone, twilio: Twilio, store: MemoryStore) -> None:
    answer = phone.post("Do you have a pool?")
    url = ElementTree.fromstring(answer.data)[0].get("action", "")
    assert url.startswith(f"{ORIGIN}/voice/twilio/message-status?text=reply_SM")
    [text] = store.records(Text, session_id=day_of(store)[0].session_id)
    told(twilio, text, "delivered", sid="SM" + "b" * 32)
    assert status_of(store, text) == ("delivered", "")
