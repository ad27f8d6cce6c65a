"""Who may call what: every route of every function, forged, tampered with and replayed elsewhere.

The tables are read off the functions, so a route that is added is tried here by itself. One that anybody may ask for
has to be named in OPEN.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from main import TARGETS
from nightdesk import bootstrap, config
from nightdesk.edge import Route
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from .conftest import AUTH_TOKEN, CALL_SID, CALLED, CALLER, ENVIRONMENT, ORIGIN, SECRET, Service
from .route_table import of_target, path_of, unchanged

OPEN = {
    ("GET", "/voice/twilio/hold-music/1.wav"): "music",
    ("GET", "/pay/id_1"): "a link is its own key",
    ("GET", "/pay/id_1/done"): "a link is its own key",
}
ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32}
FORM = {"CallSid": CALL_SID, "From": CALLER, "To": CALLED, "CallStatus": "in-progress", "Direction": "inbound"}


def table(target: str) -> list[Route]:
    return of_target(
        target, bootstrap.House(config.load(target, {**ENVIRONMENT, **ACCOUNT, "SQLITE_PATH": "/nowhere"}))
    )


def guarded(target: str) -> list[tuple[str, str]]:
    asked = [(route.method, path_of(route)) for route in table(target)]
    return [one for one in asked if one not in OPEN]


WEBHOOKS = guarded("twilio")
OURS = [(target, *route) for target in TARGETS if target != "twilio" for route in guarded(target)]


def signed(url: str, form: dict[str, str], token: str = AUTH_TOKEN) -> str:
    signature: str = RequestValidator(token).compute_signature(url, form)
    return signature


def forgeries(method: str, path: str) -> Iterator[tuple[str, str, dict[str, str], str]]:
    """(what was done, the path that is asked, the form that is sent, the signature that is shown)."""
    form = FORM if method == "POST" else {}
    genuine = signed(ORIGIN + path, form)
    yield "no signature", path, form, ""
    yield "a made-up one", path, form, "x" * 28
    yield "not even base64", path, form, "ü" * 9
    yield "of another account", path, form, signed(ORIGIN + path, form, "another-auth-token")
    yield "for another host", path, form, signed("https://evil.example.com" + path, form)
    yield "in clear text", path, form, signed(ORIGIN.replace("https", "http") + path, form)
    yield "with a query that was added", f"{path}?attempt=2", form, genuine
    yield "with a query that was changed", f"{path}?attempt=2", form, signed(f"{ORIGIN}{path}?attempt=1", form)
    yield "with a slash behind it", f"{path}/", form, genuine
    for _, other in WEBHOOKS:
        if other != path:
            yield f"of {other}, replayed here", path, form, signed(ORIGIN + other, form)
    if method == "POST":
        yield "with a field that was added", path, {**form, "Digits": "1"}, genuine
        yield "with a field that was changed", path, {**form, "From": "+12075550666"}, genuine
        yield "with a field that was taken away", path, {**form, "To": ""}, genuine
        yield "of an empty form", path, form, signed(ORIGIN + path, {})


@pytest.mark.parametrize(("method", "path"), WEBHOOKS, ids=[path for _, path in WEBHOOKS])
def test_a_forged_webhook_is_forbidden_and_changes_nothing(
    client: Callable[..., FlaskClient], store: MemoryStore, publisher: MemoryPublisher, method: str, path: str
) -> None:
    twilio = client("twilio", **ACCOUNT)
    for done, asked, form, signature in forgeries(method, path):
        with unchanged(store):
            headers = {"X-Twilio-Signature": signature.encode().decode("latin-1"), "Host": "evil.example.com"}
            answer = twilio.open(asked, method=method, data=form, headers=headers)
        expected = 404 if asked.endswith("/") else 403
        assert answer.status_code == expected, f"{done}: {answer.status_code} {answer.get_data(as_text=True)}"
        assert answer.mimetype == "application/json", f"{done}: Twilio alone is spoken to"
    assert publisher.events == []


@pytest.mark.parametrize(("method", "path"), WEBHOOKS, ids=[path for _, path in WEBHOOKS])
def test_a_genuine_webhook_is_let_in(client: Callable[..., FlaskClient], method: str, path: str) -> None:
    """So that those above are refused for their signature, and for nothing else."""
    form = FORM if method == "POST" else {}
    headers = {"X-Twilio-Signature": signed(ORIGIN + path, form)}
    answer = client("twilio", **ACCOUNT).open(path, method=method, data=form, headers=headers)
    assert answer.status_code not in (403, 404, 405)


@pytest.mark.parametrize(("method", "path"), WEBHOOKS, ids=[path for _, path in WEBHOOKS])
def test_a_signature_that_the_edge_would_not_check_is_not_enough(
    client: Callable[..., FlaskClient], store: MemoryStore, method: str, path: str
) -> None:
    """A GET with a signature of its URL is no webhook, and a JSON body is none either."""
    twilio, signature = client("twilio", **ACCOUNT), signed(ORIGIN + path, {})
    other = "GET" if method == "POST" else "POST"
    with unchanged(store):
        refused = twilio.open(path, method=other, headers={"X-Twilio-Signature": signature})
        assert refused.status_code == 405
        if method == "POST":
            json = twilio.post(path, json=FORM, headers={"X-Twilio-Signature": signed(ORIGIN + path, FORM)})
            assert json.status_code == 403


@pytest.mark.parametrize(("target", "method", "path"), OURS, ids=[f"{m} {p}" for _, m, p in OURS])
def test_our_own_services_show_their_credential(
    client: Callable[..., FlaskClient],
    store: MemoryStore,
    publisher: MemoryPublisher,
    target: str,
    method: str,
    path: str,
) -> None:
    function = client(target, **ACCOUNT)
    body: dict[str, Any] = {"v": 1, "property_id": "west-bethel-motel", "phone": CALLER}
    shown = ["", SECRET, f"Basic {SECRET}", "Bearer ", "Bearer wrong", f"Bearer {SECRET}x", f"Bearer {SECRET[:-1]}"]
    for authorization in shown:
        with unchanged(store):
            answer = function.open(path, method=method, json=body, headers={"Authorization": authorization})
        assert answer.status_code in (401, 403), f"{authorization}: {answer.status_code}"
    assert publisher.events == []


def test_what_anybody_may_ask_for_is_there() -> None:
    every = {(route.method, path_of(route)) for target in TARGETS for route in table(target)}
    assert set(OPEN) <= every


def test_the_credential_of_the_service_opens_its_routes(tools: Service) -> None:
    assert tools.post("/clerk", {}).status_code == 400
