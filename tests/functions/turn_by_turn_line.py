"""A call that goes on turn by turn, with the real `tools` behind it."""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from flask.testing import FlaskClient
from nightdesk.config import Settings
from nightdesk.hotel.memory import MemoryStore
from nightdesk.targets import twilio_gather
from nightdesk.tools_client import ToolsClient
from werkzeug.test import TestResponse

from .conftest import ORIGIN, SESSION_ID, Service, Twilio
from .twiml_answers import verbs

FRONT_DESK = "+12072203502"
RECORDING = "RE" + "0123456789abcdef" * 2
RECORDING_URL = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Recordings/{RECORDING}"


@pytest.fixture
def joined(client: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Twilio]:
    """`joined(**settings)`: the twilio function whose `tools` is the real one, without a network."""

    def make(**settings: str) -> Twilio:
        tools = client("tools", **settings)

        def over_wsgi(settings: Settings) -> ToolsClient:
            return ToolsClient(settings, transport=httpx.WSGITransport(app=tools.application))

        monkeypatch.setattr(twilio_gather, "ToolsClient", over_wsgi)
        return Twilio(client("twilio", **settings))

    return make


@pytest.fixture
def line(joined: Callable[..., Twilio], call: Service) -> Twilio:
    """A call whose engines are lost; attempt 2 of it is to go on turn by turn."""
    twilio = joined()
    assert call.then(reason="engines_lost").status_code == 200
    [redirect] = verbs(twilio.post("/voice/twilio/stream-ended?attempt=1"))
    assert redirect.text == f"{ORIGIN}/voice/twilio/gather?attempt=2&turn=0"
    return twilio


def gather(twilio: Twilio, turn: int, attempt: int = 2, silent: int = 0, **heard: str) -> TestResponse:
    """As Twilio asks after a <Gather>: with SpeechResult, with Digits, or by the Redirect without either."""
    more = f"&silent={silent}" if silent else ""
    return twilio.post(f"/voice/twilio/gather?attempt={attempt}&turn={turn}{more}", **heard)


def asked(answer: TestResponse) -> ElementTree.Element:
    """The <Gather>, which is followed by a Redirect to where it sends what it hears."""
    listening, redirect = verbs(answer)
    assert (listening.tag, redirect.tag) == ("Gather", "Redirect")
    assert listening.get("action") == redirect.text
    return listening


def spoken(answer: TestResponse) -> str:
    return " ".join(say.text or "" for say in ElementTree.fromstring(answer.data).iter("Say"))


def session_of(store: MemoryStore) -> Any:
    session = store.session(SESSION_ID)
    assert session is not None
    return session


# -- people, then the tape


def tape(line: Twilio) -> TestResponse:
    gather(line, 0)
    gather(line, 2, Digits="0")
    line.post("/voice/twilio/dial-ended?attempt=2", DialCallStatus="no-answer")
    return line.post("/voice/twilio/dial-ended?attempt=2&dial=2", DialCallStatus="no-answer")


def left(line: Twilio, **more: str) -> TestResponse:
    form = {"RecordingSid": RECORDING, "RecordingUrl": RECORDING_URL, "RecordingDuration": "9", **more}
    return line.post("/voice/twilio/voicemail?attempt=2", **form)


def written(line: Twilio, text: str = "please call me about a wedding", **more: str) -> TestResponse:
    form = {"RecordingSid": RECORDING, "TranscriptionStatus": "completed", "TranscriptionText": text, **more}
    return line.post("/voice/twilio/transcription", **form)
