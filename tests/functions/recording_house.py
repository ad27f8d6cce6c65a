"""A hotel whose calls Twilio records: the functions of one call, what was asked of Twilio, and what is kept."""

import io
import struct
import wave
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from nightdesk import bootstrap
from nightdesk.hotel.call_recorder import FakeRecorder
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.recording_store import MemoryRecordings
from nightdesk.hotel.recordings import Recording, recording_id_of

from .conftest import SESSION_ID, STREAM_SID, Service, Twilio

RECORDED = {
    "RECORDING_SOURCE": "twilio",
    "RECORDINGS": "gs://recordings/calls",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "WEBHOOK_ORIGIN": "https://hotel.example.com",
}
SID = f"RE{1:032x}"
RATE = 8000


def wav(seconds: float, channels: int = 2) -> bytes:
    """That many channels that are never silent."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(struct.pack("<h", 1000) * channels * int(seconds * RATE))
    return file.getvalue()


def silent_parts(content: bytes) -> list[tuple[float, float]]:
    """Where both channels are silent, in seconds."""
    with wave.open(io.BytesIO(content)) as file:
        frames = file.readframes(file.getnframes())
    quiet = [frames[at : at + 4] == bytes(4) for at in range(0, len(frames), 4)]
    edges = [n for n in range(len(quiet) + 1) if (n and quiet[n - 1]) != (n < len(quiet) and quiet[n])]
    return [(start / RATE, end / RATE) for start, end in zip(edges[::2], edges[1::2], strict=True)]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> FakeRecorder:
    recorder = FakeRecorder(files={SID: wav(40)})
    monkeypatch.setattr(bootstrap.House, "_open_recorder", lambda house: recorder)
    return recorder


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> MemoryRecordings:
    kept = MemoryRecordings()
    monkeypatch.setattr(bootstrap.House, "_open_recording_store", lambda house: kept)
    return kept


@pytest.fixture
def twilio(recorder: FakeRecorder, kept: MemoryRecordings, client: Callable[..., FlaskClient]) -> Twilio:
    return Twilio(client("twilio", **RECORDED))


@pytest.fixture
def call(
    recorder: FakeRecorder, kept: MemoryRecordings, client: Callable[..., FlaskClient], token: Callable[..., str]
) -> Service:
    tools = Service(client("tools", **RECORDED))
    assert tools.session(token()).status_code == 200
    return tools


@pytest.fixture
def jobs(recorder: FakeRecorder, kept: MemoryRecordings, client: Callable[..., FlaskClient]) -> Service:
    return Service(client("jobs", **RECORDED))


def attached(twilio: Twilio, attempt: int = 1) -> None:
    path = f"/voice/twilio/stream-status?attempt={attempt}&property_id=west-bethel-motel"
    assert twilio.post(path, StreamEvent="stream-started", StreamSid=STREAM_SID, To="", From="").status_code == 204


def complete(twilio: Twilio, status: str = "completed") -> None:
    told = {"RecordingSid": SID, "RecordingStatus": status, "RecordingStartTime": "Fri, 20 Nov 2026 17:00:00 +0000"}
    assert twilio.post("/voice/twilio/recording", **told).status_code == 204


def recording(store: MemoryStore) -> Recording:
    found = store.record(Recording, recording_id_of(SESSION_ID))
    assert found is not None
    return found
