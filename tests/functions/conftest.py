"""Fixtures: every function as the platform runs it, over one store, without a network."""

import base64
import json
import os
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import functions_framework
import pytest
from flask import Flask
from flask.testing import FlaskClient
from nightdesk import bootstrap, tokens
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.ports import Store
from nightdesk.hotel.store_sqlite import SqliteStore
from nightdesk.sinks import MemoryPublisher
from nightdesk.tokens import Claims
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.test import TestResponse

from local import emulator

ORIGIN = "https://hotel.example.com"
KEY = "a signing key of at least 32 bytes!!"
AUTH_TOKEN = "twilio-auth-token"
SECRET = "service-secret"
AGENT_KEY = "a-key-of-at-least-32-characters-for-the-concierge"
CALL_SID = "CA" + "0123456789abcdef" * 2
STREAM_SID = "MZ" + "00112233445566778899aabbccddeeff"
CALLER, CALLED = "+12075550142", "+12072203501"
SOURCE = Path(__file__).parents[2] / "functions" / "main.py"
ENVIRONMENT = {
    "WEBHOOK_ORIGIN": ORIGIN,
    "MEDIA_ORIGIN": "wss://relay.example.com",
    "TOOLS_URL": "http://127.0.0.1:1",
    "SESSION_SIGNING_KEY": KEY,
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
    "TWILIO_API_BASE": "http://127.0.0.1:1",
    "SERVICE_AUTH": "secret",
    "SERVICE_SECRET": SECRET,
    "STORE": "sqlite",
    "PUBSUB_PROJECT": "test",
    "PUBSUB_AUTH": "none",
    "PUBSUB_ORIGIN": "http://127.0.0.1:1",
    "MCP_KEYS": f"concierge=west-bethel-motel:{AGENT_KEY}",
    "PAYMENTS_ORIGIN": "https://pay.hotel.example",
    "STRIPE_API_KEY": "sk_test_nobody",
    "STRIPE_WEBHOOK_SECRET": "whsec_nobody",
    "STRIPE_API_BASE": "http://127.0.0.1:1",
}
SESSION_ID = tokens.session_id_of_call(CALL_SID)


STORES = ("memory", "sqlite", "firestore")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/functions --store firestore`: whole functions over a real store."""
    parser.addoption("--store", choices=STORES, default="memory")


class Clock:
    """A Friday noon at the hotel; goes forward only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """What the functions of a test keep things in: the fake, or with `--store` a real one."""
    yield from _opened(request.config.getoption("--store", "memory"), request, tmp_path)


@pytest.fixture(scope="session")
def firestore_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Google's Firestore emulator. A machine without it skips; one that calls itself CI must have it."""
    if why := emulator.missing("firestore"):
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    with emulator.started("firestore", tmp_path_factory.mktemp("firestore") / "emulator.log") as host:
        yield host


@pytest.fixture
def firestore(firestore_host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty project of its own."""
    from nightdesk.hotel.store_firestore import FirestoreStore  # half a second that most tests can do without

    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
    store = FirestoreStore(f"t-{uuid.uuid4().hex[:12]}", "(default)")
    yield store
    store.close()


@pytest.fixture(params=STORES)
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Every store there is, empty: what holds over this one holds over all."""
    yield from _opened(request.param, request, tmp_path)


def _opened(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    match kind:
        case "memory":
            yield MemoryStore()
        case "sqlite":
            store = SqliteStore(tmp_path / "store.sqlite3")
            yield store
            store.close()
        case "firestore":
            yield request.getfixturevalue("firestore")


@pytest.fixture
def publisher() -> MemoryPublisher:
    return MemoryPublisher()


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Set the environment of a function; a keyword changes one setting, None takes it away."""

    def set_up(**changes: str | None) -> None:
        for name, value in {**ENVIRONMENT, "SQLITE_PATH": str(tmp_path / "nightdesk.sqlite3"), **changes}.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return set_up


@pytest.fixture
def client(
    environment: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
    store: Store,
    publisher: MemoryPublisher,
) -> Iterator[Callable[..., FlaskClient]]:
    """`client(target, **settings)`: a function as the framework builds it, over the fakes of this test."""
    real = bootstrap.House
    houses: list[bootstrap.House] = []

    def house(settings: Any) -> bootstrap.House:
        houses.append(real(settings, clock=clock, store=store, publisher=publisher))
        return houses[-1]

    def make(target: str, **settings: str | None) -> FlaskClient:
        environment(**settings)
        monkeypatch.setenv("FUNCTION_TARGET", target)
        monkeypatch.setenv("FUNCTION_SIGNATURE_TYPE", "http")
        monkeypatch.setattr(bootstrap, "House", house)
        app: Flask = functions_framework.create_app(target, str(SOURCE))  # type: ignore[no-untyped-call]
        return app.test_client()

    before = list(sys.path)
    yield make
    for one in houses:
        if "http" in vars(one):  # a deployed function keeps its connections for as long as its process lives
            one.http.close()
    sys.path[:] = before
    sys.modules.pop("main", None)


class Twilio:
    """Posts webhooks as Twilio does: form fields, signed over the public URL."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def post(self, path: str, signature: str | None = None, **fields: str) -> TestResponse:
        form = {
            "CallSid": CALL_SID,
            "AccountSid": "AC" + "0" * 32,
            "From": CALLER,
            "To": CALLED,
            "CallStatus": "in-progress",
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
            **fields,
        }
        signed = RequestValidator(AUTH_TOKEN).compute_signature(ORIGIN + path, form)
        headers = {"X-Twilio-Signature": signed if signature is None else signature}
        return self.client.post(path, data=form, headers=headers)


class Service:
    """Calls a function as our own services do."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def post(self, path: str, body: Any, **headers: str) -> TestResponse:
        return self.client.post(path, json=body, headers={"Authorization": f"Bearer {SECRET}", **headers})

    def session(self, token: str, stream_sid: str = STREAM_SID, **changes: Any) -> TestResponse:
        asked = {"v": 1, "token": token, "call_sid": CALL_SID, "stream_sid": stream_sid}
        return self.post("/session", {**asked, "dialect": "realtime", "audio": "pcmu", **changes})

    def tool(self, tool: str, tool_call_id: str = "call_1", /, **arguments: Any) -> TestResponse:
        """In turn 3 of attempt 1; `_attempt` and `_turn` change that."""
        attempt, turn = arguments.pop("_attempt", 1), arguments.pop("_turn", 3)
        body = {"v": 1, "session_id": SESSION_ID, "attempt": attempt, "turn": turn, "tool_call_id": tool_call_id}
        headers = {"Idempotency-Key": f"{SESSION_ID}:{tool_call_id}"}
        return self.post(f"/tools/{tool}", {**body, "arguments": arguments}, **headers)

    def turn(self, turn: int, role: str, text: str, attempt: int = 1, **more: Any) -> TestResponse:
        body = {"v": 1, "attempt": attempt, "turn": turn, "role": role, "text": text, **more}
        return self.post(f"/sessions/{SESSION_ID}/turns", body)

    def then(self, attempt: int = 1, /, **why: str) -> TestResponse:
        return self.post(f"/sessions/{SESSION_ID}/then", {"v": 1, "attempt": attempt, **why})

    def push(self, event: dict[str, Any]) -> TestResponse:
        data = base64.b64encode(json.dumps(event).encode()).decode()
        message = {"data": data, "attributes": {"event_type": event["event_type"]}, "messageId": "1"}
        return self.post("/", {"message": {**message, "orderingKey": event["session_id"]}, "subscription": "s"})


@pytest.fixture
def twilio(client: Callable[..., FlaskClient]) -> Twilio:
    return Twilio(client("twilio"))


@pytest.fixture
def tools(client: Callable[..., FlaskClient]) -> Service:
    return Service(client("tools"))


@pytest.fixture
def event_sink(client: Callable[..., FlaskClient]) -> Service:
    return Service(client("event_sink"))


@pytest.fixture
def jobs(client: Callable[..., FlaskClient]) -> Service:
    return Service(client("jobs"))


@pytest.fixture
def token(clock: Clock) -> Callable[..., str]:
    """A session token of the demo call."""

    def mint(attempt: int = 1, **changes: Any) -> str:
        claims: dict[str, Any] = {
            "session_id": SESSION_ID,
            "property_id": "west-bethel-motel",
            "channel": "voice",
            "direction": "inbound",
            "attempt": attempt,
            "call_sid": CALL_SID,
            "caller": CALLER,
            "called": CALLED,
            "stir": "A",
            "language": "en",
        }
        return tokens.mint(Claims(**{**claims, **changes}), KEY, clock())

    return mint


@pytest.fixture
def call(tools: Service, token: Callable[..., str]) -> Service:
    """The tools function, with the demo call's first stream set up."""
    assert tools.session(token()).status_code == 200
    return tools
