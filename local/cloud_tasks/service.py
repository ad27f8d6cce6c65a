"""The simulated Cloud Tasks as others see it: an API, a metadata server beside it, and requests to workers.

See the package's docstring. What is due is sent when `dispatch_due` is called, by the clock that was handed in.
"""

import secrets
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime

import aiohttp
from aiohttp import web

from local.cloud_tasks import task
from local.cloud_tasks.queue import Queue, Waiting
from local.cloud_tasks.task import ApiError
from local.cloud_tasks.tokens import Signer

METADATA_TOKEN = "/computeMetadata/v1/instance/service-accounts/default/token"
_LASTS_S = 3599
_WORKER_TIMEOUT = aiohttp.ClientTimeout(total=600)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SimulatedCloudTasks:
    """`queues` are those that there are, `accounts` the service accounts as which the caller may act."""

    def __init__(
        self,
        queues: Collection[str],
        accounts: Collection[str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        assert all(map(task.is_queue, queues)), queues
        self.queues = {name: Queue(name) for name in queues}
        self.signer = Signer()
        self._accounts, self._now = frozenset(accounts), now
        self._access: set[str] = set()
        self.app = web.Application(middlewares=[self._errors])
        self.app.router.add_get(METADATA_TOKEN, self._metadata)
        self.app.router.add_post("/v2/{parent:.+}/tasks", self._create)

    async def dispatch_due(self) -> list[int]:
        """Send what is due to its workers, once each; the status of each answer, 0 where there was none."""
        found = [(queue, waiting) for queue in self.queues.values() for waiting in queue.due(self._now())]
        async with aiohttp.ClientSession(timeout=_WORKER_TIMEOUT) as http:
            return [await self._dispatch(http, queue, waiting) for queue, waiting in found]

    def revoke(self) -> None:
        """The access tokens that were given are good no more."""
        self._access.clear()

    async def _dispatch(self, http: aiohttp.ClientSession, queue: Queue, waiting: Waiting) -> int:
        asked = waiting.task
        headers = queue.headers(waiting)
        if asked.account:
            headers["Authorization"] = f"Bearer {self.signer.id_token(asked.account, asked.audience)}"
        try:
            async with http.request(asked.method, asked.url, data=asked.body, headers=headers) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        queue.tried(waiting, status, self._now())
        return status

    @web.middleware
    async def _errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError as error:
            return web.json_response(error.body(), status=error.code)

    async def _metadata(self, request: web.Request) -> web.Response:
        """Source: Compute Engine, "Query metadata": without this header it answers nobody."""
        if request.headers.get("Metadata-Flavor") != "Google":
            return web.Response(status=403)
        token = f"ya29.{secrets.token_urlsafe(24)}"
        self._access.add(token)
        return web.json_response({"access_token": token, "expires_in": _LASTS_S, "token_type": "Bearer"})

    async def _create(self, request: web.Request) -> web.Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self._access:
            message = "Request had invalid authentication credentials. Expected OAuth 2 access token."
            raise ApiError(401, "UNAUTHENTICATED", message)
        parent = request.match_info["parent"]
        queue = self.queues.get(parent)
        if queue is None:
            message = f'lacks IAM permission "cloudtasks.tasks.create" for the resource "{parent}"'
            raise ApiError(
                403,
                "PERMISSION_DENIED",
                f"The principal (user or service account) {message} (or the resource may not exist).",
            )
        now = self._now()
        asked = task.read(parent, await request.read(), self._accounts, secrets.token_hex(10), now)
        return web.json_response(queue.add(asked, now))
