"""The telephone line of one hotel, over every store: many calls ring, are let in or refused, and end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk import tokens
from nightdesk.hotel.ports import Store
from werkzeug.test import TestResponse

from .conftest import Service, Twilio
from .test_properties import write


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


class Line:
    """Calls of one hotel, told apart by a number: the functions as they are deployed, over one store."""

    def __init__(
        self, client: Callable[..., FlaskClient], token: Callable[..., str], folder: Path, **changes: object
    ) -> None:
        write(folder, "west-bethel-motel.yaml", **changes)
        self.tools = Service(client("tools", PROPERTIES_DIR=str(folder)))
        self.twilio = Twilio(client("twilio", PROPERTIES_DIR=str(folder)))
        self.jobs = Service(client("jobs", PROPERTIES_DIR=str(folder)))
        self._token = token

    @staticmethod
    def sid(call: int) -> str:
        return f"CA{call:032x}"

    def session_id(self, call: int) -> str:
        return tokens.session_id_of_call(self.sid(call))

    def rings(self, call: int, attempt: int = 1, **claims: Any) -> dict[str, Any]:
        token = self._token(attempt, session_id=self.session_id(call), call_sid=self.sid(call), **claims)
        stream_sid = f"MZ{call:016x}{attempt:016x}"
        answer = self.tools.session(token, stream_sid, call_sid=self.sid(call))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        body: dict[str, Any] = answer.get_json()
        return body

    def why_not(self, call: int, **claims: Any) -> str:
        answer = self.rings(call, **claims)
        return "" if answer["ok"] else str(answer["error"]["code"])

    def speaks(self, call: int) -> None:
        body = {"v": 1, "attempt": 1, "turn": 1, "role": "user", "text": "hello"}
        assert self.tools.post(f"/sessions/{self.session_id(call)}/turns", body).status_code == 200

    def is_given_up(self, call: int, reason: str = "idle") -> None:
        self.tools.post(f"/sessions/{self.session_id(call)}/then", {"v": 1, "attempt": 1, "reason": reason})
        self.stream_ended(call)
        self.hangs_up(call)

    def stream_ended(self, call: int) -> TestResponse:
        return self.twilio.post("/voice/twilio/stream-ended?attempt=1", CallSid=self.sid(call))

    def presses(self, call: int, key: str, attempt: int = 1, tries: int = 0, **fields: str) -> TestResponse:
        """At the menu that stands in the agent's place; "" is no key."""
        url = f"/voice/twilio/ivr?menu=main&language=en&attempt={attempt}&tries={tries}"
        return self.twilio.post(url, CallSid=self.sid(call), **({"Digits": key} if key else {}), **fields)

    def hangs_up(self, call: int, status: str = "completed") -> None:
        self.twilio.post("/voice/twilio/status", CallSid=self.sid(call), CallStatus=status)


@pytest.fixture
def line(client: Callable[..., FlaskClient], token: Callable[..., str], tmp_path: Path) -> Callable[..., Line]:
    def make(**changes: object) -> Line:
        folder = tmp_path / "properties"
        folder.mkdir()
        return Line(client, token, folder, **changes)

    return make


Lines = Callable[..., Line]
