"""What the simulated Cloud Tasks refuses, in the words of the real one, and what it tells a worker."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from cryptography import x509

from local.cloud_tasks import SimulatedCloudTasks
from local.cloud_tasks.service import METADATA_TOKEN

QUEUE, ACCOUNT = "projects/p-1/locations/us-east1/queues/calls", "tasks@p-1.iam.gserviceaccount.com"
NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
HTTP = {"url": "https://jobs.example.com/x"}


class World:
    def __init__(self) -> None:
        self.now = NOW
        self.google = SimulatedCloudTasks([QUEUE], [ACCOUNT], lambda: self.now)
        self.http: TestClient[Any, Any]
        self.token = ""
        self.asked: list[web.Request] = []
        self.answers: list[int] = []

    async def create(self, task: Any, queue: str = QUEUE, **body: Any) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.post(f"/v2/{queue}/tasks", json={"task": task, **body}, headers=headers) as answer:
            return answer.status, await answer.json()

    async def refused(self, task: Any, **how: Any) -> tuple[int, str, str]:
        status, body = await self.create(task, **how)
        assert body["error"]["code"] == status
        return status, body["error"]["status"], body["error"]["message"]

    async def worker(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        await request.read()
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    async with TestClient(TestServer(made.google.app)) as made.http:
        async with made.http.get(METADATA_TOKEN, headers={"Metadata-Flavor": "Google"}) as answer:
            made.token = (await answer.json())["access_token"]
        yield made


async def test_a_task_is_shown_as_it_is_kept_without_its_body(world: World) -> None:
    task = {"name": f"{QUEUE}/tasks/a", "scheduleTime": "2026-11-20T18:00:00.123456Z", "httpRequest": HTTP}
    assert await world.create(task) == (
        200,
        {
            "name": f"{QUEUE}/tasks/a",
            "httpRequest": {**HTTP, "httpMethod": "POST", "headers": {}},
            "scheduleTime": "2026-11-20T18:00:00.123456Z",
            "createTime": "2026-11-20T17:00:00Z",
            "dispatchDeadline": "600s",
            "view": "BASIC",
        },
    )


async def test_one_without_a_name_or_a_time_is_given_both(world: World) -> None:
    (_, first), (_, second) = [await world.create({"httpRequest": HTTP}) for _ in range(2)]
    assert first["name"] != second["name"]
    assert first["scheduleTime"] == "2026-11-20T17:00:00Z"
    _, past = await world.create({"httpRequest": HTTP, "scheduleTime": "2020-01-01T00:00:00Z"})
    assert past["scheduleTime"] == "2026-11-20T17:00:00Z"


async def test_thirty_days_are_the_furthest(world: World) -> None:
    furthest = NOW + timedelta(hours=720)
    assert (await world.create({"httpRequest": HTTP, "scheduleTime": furthest.isoformat()}))[0] == 200
    later = (furthest + timedelta(seconds=1)).isoformat()
    status, kind, message = await world.refused({"httpRequest": HTTP, "scheduleTime": later})
    assert (status, kind) == (400, "INVALID_ARGUMENT")
    assert message.endswith("is too far in the future. Schedule time must be no more than 720h in the future.")


@pytest.mark.parametrize(
    "task",
    [
        {},
        {"httpRequest": {}},
        {"httpRequest": {"url": "jobs.example.com"}},
        {"httpRequest": {"url": "https://x/" + "a" * 2083}},
        {"httpRequest": {**HTTP, "httpMethod": "FETCH"}},
        {"httpRequest": {**HTTP, "httpMethod": "GET", "body": base64.b64encode(b"x").decode()}},
        {"httpRequest": {**HTTP, "body": "not base64!"}},
        {"httpRequest": {**HTTP, "body": base64.b64encode(b"x" * 100_000).decode()}},
        {"httpRequest": {**HTTP, "headers": {"A": 1}}},
        {"httpRequest": {**HTTP, "retries": 3}},
        {"httpRequest": HTTP, "when": "now"},
        {"httpRequest": HTTP, "scheduleTime": "tomorrow"},
        {"httpRequest": HTTP, "scheduleTime": "2026-11-20T18:00:00"},
        {"httpRequest": HTTP, "scheduleTime": 1_790_000_000},
        {"httpRequest": HTTP, "dispatchDeadline": "5s"},
        {"httpRequest": HTTP, "dispatchDeadline": 60},
        {"httpRequest": HTTP, "name": "a"},
        {"httpRequest": HTTP, "name": f"{QUEUE}/tasks/a b"},
        {"httpRequest": HTTP, "name": f"{QUEUE}/tasks/{'a' * 501}"},
        {"httpRequest": HTTP, "name": f"{QUEUE.replace('calls', 'others')}/tasks/a"},
    ],
)
async def test_what_is_no_task_is_refused(world: World, task: dict[str, Any]) -> None:
    assert (await world.refused(task))[:2] == (400, "INVALID_ARGUMENT")
    assert world.google.queues[QUEUE].waiting == {}


async def test_a_name_is_taken_for_an_hour_after_its_task(world: World) -> None:
    task = {"name": f"{QUEUE}/tasks/a", "httpRequest": {"url": "http://127.0.0.1:9/"}}
    assert (await world.create(task))[0] == 200
    assert (await world.refused(task))[:2] == (409, "ALREADY_EXISTS")
    [waiting] = world.google.queues[QUEUE].due(world.now)
    world.google.queues[QUEUE].tried(waiting, 204, world.now)
    world.now += timedelta(minutes=59)
    assert "existed too recently" in (await world.refused(task))[2]
    world.now += timedelta(minutes=1)
    assert (await world.create(task))[0] == 200


async def test_who_may_not_is_refused(world: World) -> None:
    other = {"oidcToken": {"serviceAccountEmail": "other@p-1.iam.gserviceaccount.com"}}
    status, kind, message = await world.refused({"httpRequest": {**HTTP, **other}})
    assert (status, kind) == (403, "PERMISSION_DENIED")
    assert "iam.serviceAccounts.actAs" in message
    assert (await world.refused({"httpRequest": HTTP}, queue=QUEUE.replace("calls", "x")))[0] == 403
    world.token = "ya29.guessed"
    assert (await world.refused({"httpRequest": HTTP}))[:2] == (401, "UNAUTHENTICATED")
    async with world.http.get(METADATA_TOKEN) as answer:
        assert answer.status == 403


async def test_a_worker_is_asked_as_the_account_until_it_answers_well(world: World) -> None:
    app = web.Application()
    app.router.add_route("*", "/work", world.worker)
    world.answers = [500, 404, 200]
    async with TestServer(app) as server, ClientSession():
        url = str(server.make_url("/work"))
        http = {
            "url": url,
            "headers": {"Authorization": "Bearer mine", "Content-Type": "application/json"},
            "body": base64.b64encode(b"{}").decode(),
            "oidcToken": {"serviceAccountEmail": ACCOUNT, "audience": "https://jobs.example.com"},
        }
        await world.create({"name": f"{QUEUE}/tasks/a", "httpRequest": http})
        for _ in range(3):
            await world.google.dispatch_due()
            world.now += timedelta(seconds=1)
        assert await world.google.dispatch_due() == []
    counts = [
        (r.headers["X-CloudTasks-TaskRetryCount"], r.headers["X-CloudTasks-TaskExecutionCount"]) for r in world.asked
    ]
    assert counts == [("0", "0"), ("1", "0"), ("2", "1")]
    assert [r.headers.get("X-CloudTasks-TaskPreviousResponse") for r in world.asked] == [None, "500", "404"]
    first = world.asked[0].headers
    assert (first["User-Agent"], first["Content-Type"]) == ("Google-Cloud-Tasks", "application/json")
    assert (first["X-CloudTasks-QueueName"], first["X-CloudTasks-TaskName"]) == ("calls", "a")
    [certificate] = world.google.signer.certificates.values()
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    token = first["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, key, ["RS256"], audience="https://jobs.example.com")  # type: ignore[arg-type]
    assert (claims["email"], claims["email_verified"], claims["iss"]) == (ACCOUNT, True, "https://accounts.google.com")


async def test_without_an_audience_a_token_is_for_the_url(world: World) -> None:
    _, made = await world.create({"httpRequest": {**HTTP, "oidcToken": {"serviceAccountEmail": ACCOUNT}}})
    assert made["httpRequest"]["oidcToken"]["audience"] == HTTP["url"]
