"""A guest's telephone that texts the hotel."""

from xml.etree import ElementTree

import pytest
from nightdesk.conversation import Session
from nightdesk.hotel.memory import MemoryStore
from nightdesk.tools_client import Reply, ToolsClient, ToolsUnavailable
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from .conftest import AUTH_TOKEN, CALLED, CALLER, ORIGIN, Service, Twilio

HOTEL = "west-bethel-motel"


class Phone:
    """A guest's telephone that texts the hotel."""

    def __init__(self, twilio: Twilio) -> None:
        self.twilio, self.sent = twilio, 0

    def texts(self, body: str, **fields: str) -> str:
        """What comes back, or "" for silence."""
        return self.reads(self.post(body, **fields))

    def post(self, body: str, **fields: str) -> TestResponse:
        self.sent += 1
        form = {"MessageSid": f"SM{self.sent:032x}", "From": CALLER, "To": CALLED, "Body": body, **fields}
        signed = RequestValidator(AUTH_TOKEN).compute_signature(f"{ORIGIN}/voice/twilio/sms", form)
        return self.twilio.client.post("/voice/twilio/sms", data=form, headers={"X-Twilio-Signature": signed})

    @staticmethod
    def reads(answer: TestResponse) -> str:
        assert (answer.status_code, answer.mimetype) == (200, "text/xml")
        found = list(ElementTree.fromstring(answer.data))
        assert [verb.tag for verb in found] in ([], ["Message"])
        return (found[0].text or "") if found else ""


@pytest.fixture
def phone(twilio: Twilio, tools: Service, monkeypatch: pytest.MonkeyPatch) -> Phone:
    """With the `tools` function behind the `twilio` one."""

    def reply(_: ToolsClient, session_id: str, attempt: int, turn: int, text: str, keys: str) -> Reply:
        body = {"v": 1, "attempt": attempt, "turn": turn, "text": text, "keys": keys}
        answer = tools.post(f"/sessions/{session_id}/reply", body)
        if answer.status_code != 200:
            raise ToolsUnavailable(answer.get_json()["error"]["code"])
        return Reply(answer.get_json()["say"], answer.get_json()["language"])

    monkeypatch.setattr(ToolsClient, "reply", reply)
    return Phone(twilio)


def day_of(store: MemoryStore, caller: str = CALLER) -> list[Session]:
    return store.sessions_of(HOTEL, caller, 10)
