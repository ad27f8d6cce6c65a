"""A hotel that calls: the functions that place calls and hear of them, over one store and one fake telephone line."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk import bootstrap, properties
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.telephony import FakeTelephony
from nightdesk.task_queue import FakeQueue
from werkzeug.test import TestResponse

from .conftest import CALLED, CALLER, SECRET, Clock, Service, Twilio
from .twiml_answers import shown_token

HOTEL = "west-bethel-motel"
ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32}


@dataclass
class CallingHouse:
    store: MemoryStore
    clock: Clock
    telephony: FakeTelephony
    queue: FakeQueue
    twilio: Twilio
    jobs: Service
    staff: Service
    tools: Service
    keys: int = field(default=0)

    def order(self, purpose: str = "reminder", key: str = "", **changes: Any) -> TestResponse:
        self.keys += 1
        variables = {"name": "Ada Lee", "check_in": "2026-11-27"}
        body = {"property_id": HOTEL, "phone": CALLER, "purpose": purpose, "variables": variables, **changes}
        return self.staff.post("/voice/twilio/outbound", body, **{"Idempotency-Key": key or f"key-{self.keys}"})

    def ordered(self, **changes: Any) -> dict[str, Any]:
        answer = self.order(**changes).get_json()
        assert answer["ok"], answer
        call: dict[str, Any] = answer["call"]
        return call

    def takes_all_lines(self) -> None:
        """As many calls at once as the hotel places, each to somebody else who has agreed to it."""
        for n in range(properties.load().by_id[HOTEL].outbound.concurrent_calls):
            self.agrees(phone=f"+1207555013{n}")
            self.ordered(phone=f"+1207555013{n}")

    def refused(self, **changes: Any) -> str:
        answer = self.order(**changes)
        assert answer.status_code == 200
        assert not answer.get_json()["ok"]
        return str(answer.get_json()["error"]["code"])

    def seen(self, outbound_id: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {SECRET}"}
        answer = self.staff.client.get(f"/voice/twilio/outbound/{outbound_id}", headers=headers)
        call: dict[str, Any] = answer.get_json()["call"]
        return call

    def agrees(self, phone: str = CALLER, **consent: bool) -> None:
        body = {"property_id": HOTEL, "phone": phone, **(consent or {"may_call": True})}
        assert self.jobs.post("/jobs/guests/consent", body).status_code == 200

    def open_calls(self) -> list[OutboundCall]:
        return self.store.records(OutboundCall, property_id=HOTEL, status="open")

    def tells(self, call: OutboundCall, status: str, **fields: str) -> None:
        """As Twilio's status callback."""
        answer = self.twilio.post(
            f"/voice/twilio/outbound-status?call={call.outbound_id}", **self.form(call, status, **fields)
        )
        assert answer.status_code == 204

    def answers(self, call: OutboundCall, lang: str = "en") -> TestResponse:
        return self.twilio.post(f"/voice/twilio/outbound-answered?lang={lang}", **self.form(call, "in-progress"))

    def connects(self, call: OutboundCall) -> dict[str, Any]:
        """Somebody has picked up, and a stream has come to life: the session set-up that it was given."""
        self.tells(call, "in-progress")
        answer = self.tools.session(shown_token(self.answers(call)), call_sid=call.call_sid)
        set_up: dict[str, Any] = answer.get_json()
        assert set_up["ok"], set_up
        return set_up

    def detects(self, call: OutboundCall, answered_by: str) -> None:
        form = {"CallSid": call.call_sid, "AnsweredBy": answered_by, "MachineDetectionDuration": "4000"}
        assert self.twilio.post(f"/voice/twilio/amd?call={call.outbound_id}", **form).status_code == 204

    def looks(self) -> dict[str, Any]:
        """The scheduler's minute."""
        answer: dict[str, Any] = self.jobs.post("/jobs/callbacks", {}).get_json()
        assert answer["ok"]
        return answer

    @staticmethod
    def form(call: OutboundCall, status: str, **fields: str) -> dict[str, str]:
        sids = {"CallSid": call.call_sid, "From": CALLED, "To": call.phone, "Direction": "outbound-api"}
        return {**sids, "CallStatus": status, **fields}


@pytest.fixture
def house(
    client: Callable[..., FlaskClient], store: MemoryStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> CallingHouse:
    telephony, queue = FakeTelephony(), FakeQueue()
    monkeypatch.setattr(bootstrap.House, "telephony", telephony)
    monkeypatch.setattr(bootstrap.House, "task_queue", queue)
    return CallingHouse(
        store,
        clock,
        telephony,
        queue,
        Twilio(client("twilio")),
        Service(client("jobs")),
        Service(client("staff", **ACCOUNT)),
        Service(client("tools")),
    )


def the_call(house: CallingHouse) -> OutboundCall:
    house.agrees()
    house.ordered()
    [call] = house.open_calls()
    return call


def stored(house: CallingHouse, call: OutboundCall) -> OutboundCall:
    found = house.store.record(OutboundCall, call.outbound_id)
    assert found is not None
    return found
