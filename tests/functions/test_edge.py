import json
from collections.abc import Callable

import pytest
from flask import Flask, Request, Response, request
from flask.testing import FlaskClient
from nightdesk import edge
from nightdesk.edge import Route
from nightdesk.errors import Conflict, NightdeskError, PublishError, Refusal, StoreError

from .conftest import SECRET, Service
from .schemas import validator


@pytest.fixture
def raising() -> Callable[[Exception], FlaskClient]:
    """A function whose only handler raises."""

    def make(error: Exception) -> FlaskClient:
        def handler(_: Request) -> Response:
            raise error

        entry = edge.serve("x", [Route("POST", "/x", handler)], lambda _: None)
        app = Flask("x")
        app.add_url_rule("/x", view_func=lambda: entry(request), methods=["POST"], endpoint="x")
        return app.test_client()

    return make


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refusal("full", "no room"), 200, "full"),
        (Conflict("stale_attempt", "old"), 409, "stale_attempt"),
        (StoreError("disk"), 503, "unavailable"),
        (PublishError("broker"), 503, "unavailable"),
        (NightdeskError("other"), 500, "internal"),
        (ZeroDivisionError("secret detail"), 500, "internal"),
    ],
)
def test_every_failure_has_the_one_shape(
    raising: Callable[[Exception], FlaskClient], error: Exception, status: int, code: str
) -> None:
    answer = raising(error).post("/x")
    assert answer.status_code == status
    body = json.loads(answer.data)
    validator("error", "answer").validate(body)
    assert body["error"]["code"] == code
    assert "secret detail" not in answer.text


@pytest.mark.parametrize("target", ["twilio", "tools", "event_sink", "jobs", "mcp"])
def test_health_asks_for_no_credential(client: Callable[..., FlaskClient], target: str) -> None:
    answer = client(target).get("/health")
    assert (answer.status_code, answer.get_json()) == (200, {"v": 1, "ok": True, "target": target})


def test_an_unknown_path_and_a_wrong_method_are_told_apart(tools: Service) -> None:
    assert tools.post("/nothing", {}).get_json()["error"]["code"] == "unknown_path"
    wrong = tools.client.get("/session", headers={"Authorization": f"Bearer {SECRET}"})
    assert (wrong.status_code, wrong.get_json()["error"]["message"]) == (405, "/session takes POST")


@pytest.mark.parametrize(
    ("target", "path"),
    [("tools", "/session"), ("event_sink", "/"), ("jobs", "/jobs/reconcile"), ("mcp", "/mcp")],
)
def test_a_service_without_its_credential_is_refused(
    client: Callable[..., FlaskClient], target: str, path: str
) -> None:
    function = client(target)
    assert function.post(path, json={}).status_code == 401
    assert function.post(path, json={}, headers={"Authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize("body", ["", "{", "[]", '"text"'])
def test_a_body_that_is_no_object_is_refused(tools: Service, body: str) -> None:
    answer = tools.client.post("/session", data=body, headers={"Authorization": f"Bearer {SECRET}"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "bad_json")


def test_a_body_of_any_size_is_not_read(tools: Service) -> None:
    answer = tools.client.post(
        "/session", data="x" * (edge.LARGEST_BODY + 1), headers={"Authorization": f"Bearer {SECRET}"}
    )
    assert answer.get_json()["error"]["code"] == "too_large"


def test_a_complaint_names_the_field_and_not_its_value(tools: Service) -> None:
    answer = tools.post("/session", {"v": 1, "token": 5, "call_sid": "secret-value"})
    message = answer.get_json()["error"]["message"]
    assert answer.status_code == 400
    assert "token:" in message
    assert "stream_sid: Field required" in message
    assert "secret-value" not in message
