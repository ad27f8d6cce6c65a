"""No card number is kept by the functions, by whatever door it comes in: turns, tools, events, texts, logs."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk import webhooks
from nightdesk.cards import REMOVED
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.records import Delivery, Message
from nightdesk.sinks import MemoryPublisher

from .conftest import SESSION_ID, Service, Twilio
from .stored import NOW

VISA = "4111 1111 1111 1111"
SPOKEN = "four one one one one one"


def test_a_turn_is_stored_masked_and_its_interval_is_silenced(call: Service, store: MemoryStore) -> None:
    given = call.turn(2, "user", f"My card is {VISA}", audio_start_ms=5200, audio_end_ms=9100)
    assert given.get_json()["silence"] == {"from_ms": 5200, "to_ms": 9100}
    assert store.turns(SESSION_ID)[-1].text == f"My card is {REMOVED}"


def test_what_the_relay_has_masked_is_silent_already(call: Service, store: MemoryStore) -> None:
    given = call.turn(2, "user", REMOVED, audio_start_ms=5200, audio_end_ms=9100, card_data=True)
    assert "silence" not in given.get_json()
    assert store.turns(SESSION_ID)[-1].text == REMOVED


def test_six_digits_are_masked_where_the_turn_before_was_about_cards(call: Service, store: MemoryStore) -> None:
    call.turn(2, "assistant", "Which card is it?")
    call.turn(3, "user", SPOKEN)
    call.turn(4, "assistant", "And your phone number?")
    call.turn(5, "user", "two zero seven five five five zero one four two")
    texts = [turn.text for turn in store.turns(SESSION_ID)]
    assert texts[1] == REMOVED
    assert texts[3] == "two zero seven five five five zero one four two"


def test_what_a_model_gives_a_tool_is_kept_masked(call: Service, store: MemoryStore) -> None:
    given = call.tool("take_message", message=f"Charge {VISA}, code 123", for_whom="manager")
    assert given.get_json()["ok"], given.get_json()
    kept = repr((store.records(Message, session_id=SESSION_ID), store.tool_calls(SESSION_ID)))
    assert REMOVED in kept
    assert "4111" not in kept


def test_keys_that_may_be_a_card_number_are_kept_nowhere(call: Service, store: MemoryStore) -> None:
    keyed = {"v": 1, "session_id": SESSION_ID, "attempt": 1, "tool_call_id": "dtmf-1-1"}
    given = call.post("/tools/handle_ivr_menu", {**keyed, "arguments": {"keys": "4111111111111111"}})
    assert "cards are never taken" in given.get_json()["result"]["note"]
    assert "4111" not in repr((store.tool_calls(SESSION_ID), store.session(SESSION_ID)))


def test_an_event_is_projected_masked(call: Service, event_sink: Service, store: MemoryStore) -> None:
    event: dict[str, Any] = {
        "v": 1,
        "event_id": f"{SESSION_ID}-relay-1-7",
        "event_type": "conversation.message",
        "session_id": SESSION_ID,
        "channel": "voice",
        "timestamp": "2026-11-20T17:00:00.000Z",
        "property_id": "west-bethel-motel",
        "attempt": 1,
        "turn": 7,
        "message": {"role": "user", "content": f"It is {VISA}", "transcript": f"It is {VISA}"},
    }
    assert event_sink.push(event).status_code == 204
    assert store.turns(SESSION_ID)[-1].text == f"It is {REMOVED}"


def test_a_text_message_is_kept_masked(twilio: Twilio, store: MemoryStore) -> None:
    sms = {"MessageSid": "SM" + "0" * 32, "Body": f"My card is {VISA}"}
    assert twilio.post("/voice/twilio/sms", **sms).status_code == 200
    assert "4111" not in repr(vars(store))


def test_a_log_line_is_masked(client: Callable[..., FlaskClient], capsys: pytest.CaptureFixture[str]) -> None:
    client("tools")
    logging.getLogger("nightdesk.test").warning("a guest said %s", VISA, extra={"fields": {"of": [VISA]}})
    line = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert line["message"] == f"a guest said {REMOVED}"
    assert line["of"] == [REMOVED]


def test_a_webhook_tells_nobody(call: Service, store: MemoryStore, publisher: MemoryPublisher) -> None:
    session = store.session(SESSION_ID)
    assert session is not None
    told = replace(session, transcription=f"user: {VISA}")
    delivery = Delivery(
        "d", "motel", SESSION_ID, NOW, target="cloud_sync", event_type="call.ended", body={}, due_at=NOW
    )
    assert "4111" not in json.dumps(webhooks.body(delivery, told, NOW))
