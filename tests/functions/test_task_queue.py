"""Cloud Tasks as its reference has it: what is asked of it, and what happens when it cannot be reached."""

import base64
import json
from datetime import UTC, datetime

import httpx
import pytest
from nightdesk import callback_rules
from nightdesk.bootstrap import House
from nightdesk.config import Settings
from nightdesk.hotel.records import Callback
from nightdesk.task_queue import CloudTasksQueue, StoreQueue

DUE = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
CALLBACK = Callback("callback_1", "motel", "sess_1", DUE, DUE, "+12075550142", reason="a secret")
QUEUE = "projects/p/locations/us-east1/queues/calls"


def queue(status: int, asked: list[httpx.Request]) -> CloudTasksQueue:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if request.url.host == "metadata.google.internal":
            return httpx.Response(200, json={"access_token": "token", "expires_in": 3600})
        return httpx.Response(status, json={})

    transport = httpx.MockTransport(answer)
    return CloudTasksQueue(
        "https://cloudtasks.googleapis.com", QUEUE, "https://jobs.example.com", "sa@p.iam", transport
    )


def test_a_task_asks_jobs_for_this_promise_at_its_hour() -> None:
    asked: list[httpx.Request] = []
    queue(200, asked).remind(CALLBACK)
    request = asked[-1]
    assert str(request.url) == f"https://cloudtasks.googleapis.com/v2/{QUEUE}/tasks"
    assert request.headers["Authorization"] == "Bearer token"
    task = json.loads(request.content)["task"]
    assert task["name"] == f"{QUEUE}/tasks/{callback_rules.call_id(CALLBACK)}"
    assert task["scheduleTime"] == "2026-11-20T20:00:00Z"
    http = task["httpRequest"]
    assert (http["httpMethod"], http["url"]) == ("POST", "https://jobs.example.com/jobs/callbacks")
    assert http["oidcToken"] == {"serviceAccountEmail": "sa@p.iam", "audience": "https://jobs.example.com"}
    assert json.loads(base64.b64decode(http["body"])) == {"callback_id": "callback_1"}
    assert "secret" not in request.content.decode()


@pytest.mark.parametrize("status", [409, 403, 500])
def test_a_task_that_is_there_or_cannot_be_made_stops_nobody(status: int, caplog: pytest.LogCaptureFixture) -> None:
    asked: list[httpx.Request] = []
    queue(status, asked).remind(CALLBACK)
    assert len(asked) == 2
    assert ("Cloud Tasks was not told" in caplog.text) is (status != 409)


def test_the_setting_chooses_the_queue() -> None:
    assert isinstance(House(Settings(target="tools")).task_queue, StoreQueue)
    assert isinstance(House(Settings(target="tools", tasks="cloud_tasks")).task_queue, CloudTasksQueue)
