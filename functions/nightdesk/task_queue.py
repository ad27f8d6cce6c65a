"""Who reminds us of a call that is due. Either way `jobs` places it, and the store says whether it is still to be.

`TASKS=store`: the store is the queue, and the scheduler, which asks `POST /jobs/callbacks` every minute, finds what is
due. `TASKS=cloud_tasks`: Cloud Tasks asks for each call at its second; the scheduler finds what it was not told.
"""

from __future__ import annotations

import base64
import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from nightdesk import callback_rules
from nightdesk.google_access import AccessToken
from nightdesk.hotel.records import Callback

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

PATH = "/jobs/callbacks"
_TIMEOUT_S = 2.0
_KNOWN = 409  # it has that task, or had it within the hour


class TaskQueue(Protocol):
    def remind(self, callback: Callback) -> None:
        """Have this promise looked at when it is due. Raises nothing: the scheduler looks as well."""
        ...


class StoreQueue:
    """The promise itself, which waits in the store, is the task."""

    def remind(self, callback: Callback) -> None:
        """Nothing is to be done: it stands in the store."""


@dataclass
class FakeQueue:
    """Keeps what it was told."""

    told: list[tuple[str, datetime]] = field(default_factory=list)

    def remind(self, callback: Callback) -> None:
        self.told.append((callback.callback_id, callback.due_at))


class CloudTasksQueue:
    """Source: Cloud Tasks REST, v2, projects.locations.queues.tasks.create; HTTP targets with an OIDC token.

    `queue` is projects/P/locations/L/queues/Q. `account` is the service account as which Cloud Tasks asks `jobs_url`.
    A task is named by the promise and its hour, so a repetition changes nothing and another hour is another task.
    """

    def __init__(
        self, origin: str, queue: str, jobs_url: str, account: str, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url, self._queue = f"{origin}/v2/{queue}/tasks", queue
        self._jobs_url, self._account, self._transport = jobs_url, account, transport
        self._client: httpx.Client | None = None
        self._access = AccessToken()

    def remind(self, callback: Callback) -> None:
        import httpx

        try:
            http = self._http()
            answer = http.post(
                self._url, json={"task": self._task(callback)}, headers=self._access.headers(http), timeout=_TIMEOUT_S
            )
            if answer.status_code != _KNOWN:
                answer.raise_for_status()
        except httpx.HTTPError as error:
            fields = {"callback_id": callback.callback_id}
            log.error("! Cloud Tasks was not told, the scheduler will see to it: %r", error, extra={"fields": fields})

    def _task(self, callback: Callback) -> dict[str, Any]:
        body = json.dumps({"callback_id": callback.callback_id}).encode()
        return {
            "name": f"{self._queue}/tasks/{callback_rules.call_id(callback)}",
            "scheduleTime": callback.due_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "httpRequest": {
                "httpMethod": "POST",
                "url": f"{self._jobs_url}{PATH}",
                "headers": {"Content-Type": "application/json"},
                "body": base64.b64encode(body).decode(),
                "oidcToken": {"serviceAccountEmail": self._account, "audience": self._jobs_url},
            },
        }

    def _http(self) -> httpx.Client:
        if self._client is None:
            import httpx

            self._client = httpx.Client(transport=self._transport)
        return self._client
