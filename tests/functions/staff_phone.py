"""The staff's telephone in a warm transfer, as Twilio tells of it, and a guest who waits for it to be answered."""

from collections.abc import Callable
from urllib.parse import urldefrag

import pytest
from flask.testing import FlaskClient
from nightdesk import bootstrap
from nightdesk.conversation import Session
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.telephony import CallState, FakeTelephony
from werkzeug.test import TestResponse

from .conftest import CALL_SID, CALLED, ORIGIN, SESSION_ID, Service, Twilio
from .twiml_answers import verbs

MAINTENANCE, FRONT_DESK, MANAGER = "+12072203505", "+12072203502", "+12072203503"
LEG = "CA" + f"{1:032x}"


class Staff:
    """The call to the staff: asks the URLs that it was placed with, and those it was told since."""

    def __init__(self, twilio: Twilio, telephony: FakeTelephony) -> None:
        self._twilio, self._telephony = twilio, telephony

    def post(self, path: str, nth: int, /, **fields: str) -> TestResponse:
        order = self._telephony.placed[nth - 1]
        urls = {"staff": order.answered_url, "staff-status": order.status_url, "staff-amd": order.machine_url}
        url = urls.get(path) or order.answered_url.replace("/staff?", f"/{path}?")
        assert url.startswith(ORIGIN)
        sid = "CA" + f"{nth:032x}"
        leg = {"CallSid": sid, "From": CALLED, "To": order.to, "Direction": "outbound-api"}
        return self._twilio.post(url.removeprefix(ORIGIN), **{**leg, **fields})

    def picks_up(self, nth: int = 1) -> TestResponse:
        return self.post("staff", nth)

    def presses(self, key: str, nth: int = 1) -> TestResponse:
        return self.post("staff-answer", nth, Digits=key)

    def leaves(self, nth: int = 1, **fields: str) -> TestResponse:
        return self.post("staff-ended", nth, **{"DialCallStatus": "completed", "DialBridged": "true", **fields})

    def ends(self, status: str = "completed", nth: int = 1) -> TestResponse:
        self._telephony.states["CA" + f"{nth:032x}"] = CallState("", status)
        return self.post("staff-status", nth, CallStatus=status)


@pytest.fixture
def telephony(monkeypatch: pytest.MonkeyPatch, client: Callable[..., FlaskClient]) -> FakeTelephony:
    """Behind every function that is made after this."""
    fake = FakeTelephony(states={CALL_SID: CallState(CALL_SID, "in-progress")})
    monkeypatch.setattr(bootstrap.House, "telephony", fake)
    return fake


@pytest.fixture
def twilio(client: Callable[..., FlaskClient], telephony: FakeTelephony) -> Twilio:
    return Twilio(client("twilio", TWILIO_ACCOUNT_SID="AC" + "0" * 32))


@pytest.fixture
def staff(twilio: Twilio, telephony: FakeTelephony) -> Staff:
    return Staff(twilio, telephony)


@pytest.fixture
def session(store: MemoryStore) -> Callable[[], Session]:
    """What is kept of the guest's call by now."""

    def found() -> Session:
        session = store.session(SESSION_ID)
        assert session is not None
        return session

    return found


@pytest.fixture
def waiting(twilio: Twilio, call: Service) -> TestResponse:
    """The agent has put the guest through to the maintenance, whose staff is told first; Twilio's next answer."""
    call.turn(1, "assistant", "Thank you for calling.")
    call.turn(2, "user", "the shower in my room is cold")
    return puts_through(twilio, call, reason="the shower is cold")


def puts_through(twilio: Twilio, call: Service, **about: str) -> TestResponse:
    """The agent puts the guest through to the maintenance; Twilio's next answer."""
    call.tool("transfer_to_human", "call_9", department="maintenance", **about)
    call.then(tool_call_id="call_9")
    return twilio.post("/voice/twilio/stream-ended?attempt=1")


def asks(twilio: Twilio, url: str | None, **fields: str) -> TestResponse:
    assert url is not None
    return twilio.post(urldefrag(url).url.removeprefix(ORIGIN), **fields)


def queue_ends(twilio: Twilio, waiting: TestResponse, result: str, **fields: str) -> TestResponse:
    return asks(twilio, verbs(waiting)[0].get("action"), QueueResult=result, QueueTime="30", **fields)
