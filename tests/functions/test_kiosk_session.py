"""A conversation at a screen: its token, its session set-up, the tools that have no caller's line, and its end."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher
from openai.types.realtime import RealtimeSessionCreateRequest
from werkzeug.test import TestResponse

from .conftest import CALL_SID, SECRET, STREAM_SID, Clock, Service
from .schemas import validator
from .test_golden import expect, golden, send

SESSION_ID = golden("token_claims_kiosk")["body"]["sid"]
KIOSK_STREAM = golden("session_request_kiosk")["body"]["stream_sid"]
KIOSK = {
    "session_id": SESSION_ID,
    "channel": "kiosk",
    "call_sid": "",
    "caller": "",
    "called": "",
    "stir": "",
}
LEAD: dict[str, Any] = {"name": "Ann Lee", "name_confirmed": True}


@pytest.fixture
def kiosk_token(token: Callable[..., str]) -> Callable[..., str]:
    return lambda **changes: token(**{**KIOSK, **changes})


def opened(tools: Service, token: str, **changes: Any) -> TestResponse:
    return tools.session(token, **{"stream_sid": KIOSK_STREAM, "call_sid": "", "audio": "pcm", **changes})


class AtTheKiosk:
    """The tools function, with a kiosk's first stream set up."""

    def __init__(self, tools: Service) -> None:
        self.tools = tools

    def call(self, tool: str, tool_call_id: str = "call_1", **arguments: Any) -> Any:
        body = {"v": 1, "session_id": SESSION_ID, "attempt": 1, "turn": 2, "tool_call_id": tool_call_id}
        key = {"Idempotency-Key": f"{SESSION_ID}:{tool_call_id}"}
        return self.tools.post(f"/tools/{tool}", {**body, "arguments": arguments}, **key).get_json()

    def post(self, path: str, **body: Any) -> Any:
        return self.tools.post(f"/sessions/{SESSION_ID}/{path}", {"v": 1, "attempt": 1, **body}).get_json()


@pytest.fixture
def kiosk(tools: Service, kiosk_token: Callable[..., str]) -> AtTheKiosk:
    assert opened(tools, kiosk_token()).status_code == 200
    return AtTheKiosk(tools)


# the session


def test_a_kiosks_token_has_the_golden_claims(kiosk_token: Callable[..., str]) -> None:
    payload = kiosk_token().split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    validator("token", "claims").validate(claims)
    changing = {"jti": "", "exp": 0, "pid": ""}
    assert {**claims, **changing} == {**golden("token_claims_kiosk")["body"], **changing}


def test_the_golden_request_brings_the_golden_answer(tools: Service, kiosk_token: Callable[..., str]) -> None:
    answer = send(tools, "session_request_kiosk", token=kiosk_token())
    body, wanted = answer.get_json(), golden("session_answer_kiosk")["body"]
    validator("session", "answer").validate(body)
    engine, golden_engine = body["engine_session"], wanted["engine_session"]
    assert {**engine, "instructions": "", "tools": []} == {**golden_engine, "instructions": "", "tools": []}
    RealtimeSessionCreateRequest.model_validate(engine)
    expect(answer, "session_answer_kiosk", "engine_session")


def test_a_guest_at_a_screen_is_not_told_of_telephones(tools: Service, kiosk_token: Callable[..., str]) -> None:
    engine = opened(tools, kiosk_token()).get_json()["engine_session"]
    assert "# At the screen" in engine["instructions"]
    assert "not on the telephone: caller_line cannot be used" in engine["instructions"]
    offered = [tool["name"] for tool in engine["tools"]]
    assert "end_call" in offered
    assert "transfer_to_human" not in offered


def test_the_clerk_knows_a_guest_at_a_screen_whatever_an_engine_says_of_the_channel(kiosk: AtTheKiosk) -> None:
    """The offline engine is told the session and the hotel in its URL, and takes everybody for a caller."""

    def asked_for_a_name(channel: str) -> str:
        history = [{"type": "message", "role": "user", "text": "leave my number"}]
        body = {"v": 1, "property_id": "", "session_id": SESSION_ID, "channel": channel, "language": "en"}
        return str(kiosk.tools.post("/clerk", {**body, "history": history}).get_json()["say"])

    assert asked_for_a_name("voice") == asked_for_a_name("kiosk") == "What is your name?"


def test_the_web_page_is_a_screen_too(tools: Service, kiosk_token: Callable[..., str]) -> None:
    answer = opened(tools, kiosk_token(channel="web")).get_json()
    assert answer["channel"] == "web"
    assert "# At the screen" in answer["engine_session"]["instructions"]


def test_a_phone_may_be_spoken_to_in_pcm_where_its_engine_knows_no_mu_law(
    tools: Service, token: Callable[..., str]
) -> None:
    audio = tools.session(token(), audio="pcm").get_json()["engine_session"]["audio"]
    assert audio["input"]["format"] == audio["output"]["format"] == {"type": "audio/pcm", "rate": 24000}
    assert audio["input"]["noise_reduction"] == {"type": "near_field"}


def test_a_token_of_one_channel_opens_no_stream_of_another(
    tools: Service, token: Callable[..., str], kiosk_token: Callable[..., str]
) -> None:
    assert opened(tools, token()).status_code == 401
    assert tools.session(kiosk_token()).status_code == 401
    crossed = token(**{**KIOSK, "call_sid": CALL_SID})
    assert tools.session(crossed).status_code == 401


@pytest.mark.parametrize(
    ("stream_sid", "call_sid"), [(KIOSK_STREAM, CALL_SID), (STREAM_SID, ""), ("KS1", ""), ("XX" + "0" * 32, "")]
)
def test_a_call_sid_belongs_to_twilios_streams_alone(
    tools: Service, kiosk_token: Callable[..., str], stream_sid: str, call_sid: str
) -> None:
    answer = opened(tools, kiosk_token(), stream_sid=stream_sid, call_sid=call_sid)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_request")


def test_a_second_page_cannot_use_the_token(tools: Service, kiosk: AtTheKiosk, kiosk_token: Callable[..., str]) -> None:
    assert opened(tools, kiosk_token(), stream_sid="KS" + "f" * 32).status_code == 409


# tools


def test_there_is_no_line_to_call_back_but_a_number_may_be_keyed(kiosk: AtTheKiosk, store: MemoryStore) -> None:
    refused = kiosk.call("create_lead", **LEAD, phone_source="caller_line")
    assert (refused["ok"], refused["error"]["code"]) == (False, "no_caller_number")
    assert kiosk.call("create_lead", "call_2", **LEAD, phone_source="keypad")["error"]["code"] == "no_keypad_number"
    keyed = kiosk.call("handle_ivr_menu", "dtmf-1-1", keys="2075550199")
    assert keyed["result"] == {"note": "The guest keyed a phone number ending in 99."}
    taken = kiosk.call("create_lead", "call_3", **LEAD, phone_source="keypad")
    assert taken["result"]["phone_last4"] == "0199"
    assert [lead.phone for lead in store.leads(SESSION_ID)] == ["+12075550199"]


def test_a_number_may_be_typed(kiosk: AtTheKiosk) -> None:
    taken = kiosk.call("create_lead", **LEAD, phone_source="spoken", phone="207-555-0199")
    assert taken["result"]["phone_last4"] == "0199"


def test_nobody_is_put_through_from_a_screen(kiosk: AtTheKiosk) -> None:
    assert kiosk.call("transfer_to_human")["error"]["code"] == "unknown_tool"


def test_a_card_comes_with_what_was_found(kiosk: AtTheKiosk) -> None:
    found = kiosk.call("check_availability", check_in="2026-11-27", check_out="2026-11-29", adults=2)
    assert found["card"]["type"] == "availability"


# the end


def ended_event(**stream: Any) -> dict[str, Any]:
    event: dict[str, Any] = golden("event_stream_ended")["body"]
    changes = {"event_id": f"{SESSION_ID}-relay-1-9", "session_id": SESSION_ID, "channel": "kiosk"}
    at = {"timestamp": "2026-11-20T17:02:00.000Z"}
    return {**event, **changes, **at, "stream": {**event["stream"], **stream}}


def concluded(jobs: Service) -> list[str]:
    answer = jobs.client.post("/jobs/reconcile", headers={"Authorization": f"Bearer {SECRET}"})
    found: list[str] = answer.get_json()["concluded"]
    return found


def test_a_conversation_at_a_screen_ends_a_minute_after_its_last_stream(
    kiosk: AtTheKiosk,
    event_sink: Service,
    jobs: Service,
    clock: Clock,
    publisher: MemoryPublisher,
    store: MemoryStore,
) -> None:
    kiosk.call("end_call")
    kiosk.post("then", tool_call_id="call_1")
    assert event_sink.push(ended_event(reason="then")).status_code == 204
    clock.forward(minutes=2, seconds=59)
    assert concluded(jobs) == [], "the page may come back"
    clock.forward(seconds=1)
    assert concluded(jobs) == [SESSION_ID]
    ended = publisher.events[-1]
    validator("event", "event").validate(ended)
    assert (ended["event_type"], ended["channel"]) == ("conversation.ended", "kiosk")
    assert (ended["summary"]["ended_by"], ended["summary"]["duration_seconds"]) == ("agent", 120)
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.status == "completed"


def test_a_guest_who_goes_on_in_a_second_stream_has_not_ended(
    kiosk: AtTheKiosk,
    tools: Service,
    event_sink: Service,
    jobs: Service,
    clock: Clock,
    kiosk_token: Callable[..., str],
) -> None:
    assert event_sink.push(ended_event(reason="lost")).status_code == 204
    clock.forward(minutes=2, seconds=30)
    assert opened(tools, kiosk_token(attempt=2), stream_sid="KS" + "e" * 32).status_code == 200
    clock.forward(minutes=5)
    assert concluded(jobs) == []


def test_what_the_stream_before_was_ended_for_is_over_with_the_next_one(
    kiosk: AtTheKiosk, tools: Service, kiosk_token: Callable[..., str], store: MemoryStore
) -> None:
    kiosk.post("then", reason="draining")
    answer = opened(tools, kiosk_token(attempt=2), stream_sid="KS" + "e" * 32).get_json()
    assert answer["attempt"] == 2
    ended = {"v": 1, "session_id": SESSION_ID, "attempt": 2, "turn": 1, "tool_call_id": "call_9", "arguments": {}}
    tools.post("/tools/end_call", ended, **{"Idempotency-Key": f"{SESSION_ID}:call_9"})
    then = kiosk.post("then", attempt=2, tool_call_id="call_9")
    assert then["then"] == {"action": "hangup"}


def test_a_conversation_that_was_concluded_takes_no_further_stream(
    kiosk: AtTheKiosk,
    tools: Service,
    event_sink: Service,
    jobs: Service,
    clock: Clock,
    kiosk_token: Callable[..., str],
) -> None:
    event_sink.push(ended_event(reason="stopped"))
    clock.forward(minutes=10)
    assert concluded(jobs) == [SESSION_ID]
    late = opened(tools, kiosk_token(attempt=2), stream_sid="KS" + "e" * 32)
    assert (late.status_code, late.get_json()["error"]["code"]) == (409, "session_ended")
