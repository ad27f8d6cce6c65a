"""Cloud Tasks: our client, unchanged, against a service that refuses what the real one does, up to the call placed."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web
from nightdesk import callback_rules
from nightdesk.auth import GoogleIdToken
from nightdesk.bootstrap import House
from nightdesk.config import Settings
from nightdesk.errors import Unauthenticated
from nightdesk.hotel.records import Callback
from nightdesk.task_queue import CloudTasksQueue, StoreQueue
from nightdesk.tools.services import FURTHEST_CALLBACK

from local.cloud_tasks import SimulatedCloudTasks

from .conftest import CALLER, Clock
from .outbound_house import HOTEL, CallingHouse, house
from .serving import serving

__all__ = ["house"]
QUEUE = "projects/p/locations/us-east1/queues/calls"
ACCOUNT = "tasks@p.iam.gserviceaccount.com"
ORIGIN, METADATA = "cloudtasks.googleapis.com", "metadata.google.internal"


class Roads(httpx.BaseTransport):
    """Google's hosts are at this address; every other one is where it says."""

    def __init__(self, address: str) -> None:
        self._address, self._http = httpx.URL(address), httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.host in (ORIGIN, METADATA):
            scheme, host, port = self._address.scheme, self._address.host, self._address.port
            request.url = request.url.copy_with(scheme=scheme, host=host, port=port)
        return self._http.handle_request(request)


@dataclass
class Worker:
    """The `jobs` function behind Google's door: who shows no token of ours is refused."""

    house: CallingHouse
    google: SimulatedCloudTasks
    url: str = ""
    broken: bool = False

    async def handle(self, request: web.Request) -> web.Response:
        opens = GoogleIdToken(self.url, frozenset({ACCOUNT}), self._certificates)
        try:
            await asyncio.to_thread(opens.check, request.headers.get("Authorization", ""))
        except Unauthenticated:
            return web.Response(status=401)
        if self.broken:
            return web.Response(status=503)
        assert request.headers["Content-Type"] == "application/json"
        answer = await asyncio.to_thread(self.house.jobs.post, request.path, await request.json())
        return web.json_response(answer.get_json(), status=answer.status_code)

    def _certificates(self, **_: Any) -> Any:
        body = json.dumps(self.google.signer.certificates).encode()
        return type("Answer", (), {"status": 200, "headers": {}, "data": body})()


@dataclass
class Street:
    house: CallingHouse
    google: SimulatedCloudTasks
    worker: Worker
    queue: CloudTasksQueue

    def promised(self, **changes: Any) -> Callback:
        now = self.house.clock()
        due_at = now + timedelta(hours=3)
        made = Callback("callback_1", HOTEL, "sess_1", now, due_at, CALLER, reason="a cot", promised_at=due_at)
        made = replace(made, **changes)
        self.house.store.change_record(Callback, made.callback_id, lambda known: made)
        return made

    def passes(self) -> list[int]:
        """What is due is sent; how it was answered."""
        return asyncio.run(self.google.dispatch_due())

    @property
    def waiting(self) -> list[str]:
        return [waiting.task.task_id for waiting in self.google.queues[QUEUE].waiting.values()]


@pytest.fixture
def street(house: CallingHouse, clock: Clock) -> Iterator[Street]:
    google = SimulatedCloudTasks([QUEUE], [ACCOUNT], clock)
    worker = Worker(house, google)
    jobs = web.Application()
    jobs.router.add_post("/jobs/callbacks", worker.handle)
    with serving(google.app) as address, serving(jobs) as worker.url:
        queue = CloudTasksQueue(f"http://{ORIGIN}", QUEUE, worker.url, ACCOUNT, Roads(address))
        yield Street(house, google, worker, queue)


def test_a_promise_is_asked_for_at_its_hour_and_placed_once(street: Street, clock: Clock) -> None:
    promised = street.promised()
    street.queue.remind(promised)
    assert street.waiting == [callback_rules.call_id(promised)]
    assert street.passes() == []
    clock.forward(hours=3)
    assert street.passes() == [200]
    assert [order.to for order in street.house.telephony.placed] == [CALLER]
    assert (street.waiting, street.passes()) == ([], [])


def test_told_again_nothing_changes_and_another_hour_is_another_task(street: Street, clock: Clock) -> None:
    promised = street.promised()
    for _ in range(3):
        street.queue.remind(promised)
    assert len(street.waiting) == 1
    street.queue.remind(street.promised(due_at=promised.due_at + timedelta(hours=1)))
    assert len(street.waiting) == 2
    clock.forward(hours=3)
    assert street.passes() == [200]  # that hour is not the promise's any more
    assert street.house.telephony.placed == []
    clock.forward(hours=1)
    assert street.passes() == [200]
    assert len(street.house.telephony.placed) == 1


def test_a_task_that_was_done_is_not_made_again_within_the_hour(
    street: Street, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    promised = street.promised()
    street.queue.remind(promised)
    clock.forward(hours=3)
    street.passes()
    street.queue.remind(promised)
    assert (street.waiting, caplog.records and "Cloud Tasks was not told" in caplog.text) == ([], False)


def test_jobs_that_are_down_are_asked_again(street: Street, clock: Clock) -> None:
    street.queue.remind(street.promised())
    clock.forward(hours=3)
    street.worker.broken = True
    assert street.passes() == [503]
    street.worker.broken = False
    clock.forward(seconds=1)
    assert street.passes() == [200]
    assert len(street.house.telephony.placed) == 1


def test_the_furthest_promise_is_one_that_can_be_scheduled(street: Street) -> None:
    street.queue.remind(street.promised(due_at=street.house.clock() + FURTHEST_CALLBACK))
    assert len(street.waiting) == 1


def test_one_that_is_overdue_is_asked_for_at_once(street: Street) -> None:
    street.queue.remind(street.promised(due_at=street.house.clock() - timedelta(minutes=5)))
    assert street.passes() == [200]
    assert len(street.house.telephony.placed) == 1


def test_what_the_guest_wants_is_not_told_to_the_queue(street: Street) -> None:
    street.queue.remind(street.promised(reason="a secret", name="Ada"))
    [waiting] = street.google.queues[QUEUE].waiting.values()
    assert json.loads(waiting.task.body) == {"callback_id": "callback_1"}


@pytest.mark.parametrize("what", ["too far", "queue", "account", "nobody there"])
def test_a_task_that_cannot_be_made_stops_nobody(street: Street, caplog: pytest.LogCaptureFixture, what: str) -> None:
    promised = street.promised()
    if what == "too far":
        promised = replace(promised, due_at=street.house.clock() + timedelta(days=31))
    queue = QUEUE.replace("calls", "others") if what == "queue" else QUEUE
    account = "other@p.iam.gserviceaccount.com" if what == "account" else ACCOUNT
    roads = Roads("http://127.0.0.1:9") if what == "nobody there" else street.queue._transport
    CloudTasksQueue(f"http://{ORIGIN}", queue, street.worker.url, account, roads).remind(promised)
    assert street.waiting == []
    assert "Cloud Tasks was not told" in caplog.text


def test_an_access_token_that_was_revoked_stops_nobody(street: Street, caplog: pytest.LogCaptureFixture) -> None:
    street.queue.remind(street.promised())
    street.google.revoke()
    street.queue.remind(street.promised(callback_id="callback_2"))
    assert "401" in caplog.text


def test_the_setting_chooses_the_queue() -> None:
    assert isinstance(House(Settings(target="tools")).task_queue, StoreQueue)
    assert isinstance(House(Settings(target="tools", tasks="cloud_tasks")).task_queue, CloudTasksQueue)
