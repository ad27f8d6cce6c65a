"""The REST API for queues and who waits in them: list, create, fetch, change, delete; fetch and dequeue a member.

Source: twilio.md 4.5; Twilio's REST schema for queues and members; error pages 20001, 20404, 21205, 21208.
"""

from email.utils import format_datetime
from typing import TYPE_CHECKING

from aiohttp import web

from local.twilio.calls import API_VERSION, Redirected, Source
from local.twilio.filters import only
from local.twilio.forms import ApiError, Form, read_form
from local.twilio.paging import page
from local.twilio.queues import MAX_SIZE, Member, WaitingQueue
from local.twilio.twiml_dial import QUEUE_NAME_LIMIT

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

FRONT = "Front"
_LARGEST = 5000


class QueuesApi:
    def __init__(self, exchange: "Exchange") -> None:
        self._exchange, self._queues = exchange, exchange.queues
        self._path = f"/{API_VERSION}/Accounts/{exchange.settings.account_sid}/Queues"

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_get(f"{self._path}.json", self._list)
        router.add_post(f"{self._path}.json", self._create)
        router.add_get(f"{self._path}/{{sid}}.json", self._fetch)
        router.add_post(f"{self._path}/{{sid}}.json", self._update)
        router.add_delete(f"{self._path}/{{sid}}.json", self._delete)
        router.add_get(f"{self._path}/{{sid}}/Members.json", self._list_members)
        router.add_get(f"{self._path}/{{sid}}/Members/{{who}}.json", self._fetch_member)
        router.add_post(f"{self._path}/{{sid}}/Members/{{who}}.json", self._dequeue)

    async def _list(self, request: web.Request) -> web.Response:
        only(request.query)
        return page(request, "queues", self._queues.known, self._queue)

    async def _create(self, request: web.Request) -> web.Response:
        form = Form(await read_form(request))
        queue = self._queues.create(self._free_name(form["FriendlyName"]), form.whole("MaxSize", MAX_SIZE, _LARGEST))
        return web.json_response(self._queue(queue), status=201)

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._queue(self._find(request)))

    async def _update(self, request: web.Request) -> web.Response:
        queue, form = self._find(request), Form(await read_form(request))
        max_size = form.whole("MaxSize", queue.max_size, _LARGEST)
        if form["FriendlyName"] not in ("", queue.name):
            queue.name = self._free_name(form["FriendlyName"])
        queue.max_size = max_size
        return web.json_response(self._queue(queue))

    async def _delete(self, request: web.Request) -> web.Response:
        queue = self._find(request)
        if queue.members:
            raise ApiError(400, 20001, f"Queue {queue.name!r} is not empty")
        self._queues.known.remove(queue)
        return web.Response(status=204)

    async def _list_members(self, request: web.Request) -> web.Response:
        queue = self._find(request)
        return page(request, "queue_members", queue.members, lambda member: self._member(queue, member))

    async def _fetch_member(self, request: web.Request) -> web.Response:
        queue = self._find(request)
        return web.json_response(self._member(queue, self._who(request, queue)))

    async def _dequeue(self, request: web.Request) -> web.Response:
        """The member leaves the queue for other instructions, as a redirected call does."""
        queue = self._find(request)
        member, form = self._who(request, queue), Form(await read_form(request))
        url, method = form.url("Url"), form.method("Method")
        if not url:
            raise ApiError(400, 21205, "Url parameter is required.")
        shown = self._member(queue, member)
        member.call.interrupt(Redirected(Source(url, method)))
        return web.json_response(shown)

    def _free_name(self, name: str) -> str:
        if not 0 < len(name) <= QUEUE_NAME_LIMIT:
            raise ApiError(400, 20001, f"FriendlyName has {len(name)} characters")
        if self._queues.named(name) is not None:
            raise ApiError(400, 20001, f"There is a queue {name!r} already")
        return name

    def _find(self, request: web.Request) -> WaitingQueue:
        queue = next((one for one in self._queues.known if one.sid == request.match_info["sid"]), None)
        if queue is None:
            raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
        return queue

    def _who(self, request: web.Request, queue: WaitingQueue) -> Member:
        who = request.match_info["who"]
        found = queue.members[:1] if who == FRONT else [one for one in queue.members if one.call.sid == who]
        if not found:
            raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
        return found[0]

    def _queue(self, queue: WaitingQueue) -> dict[str, object]:
        return {
            "sid": queue.sid,
            "account_sid": self._exchange.settings.account_sid,
            "friendly_name": queue.name,
            "current_size": len(queue.members),
            "max_size": queue.max_size,
            "average_wait_time": queue.average_wait_s(self._exchange.clock.utc()),
            "date_created": format_datetime(queue.created_at),
            "date_updated": format_datetime(queue.created_at),
            "uri": f"{self._path}/{queue.sid}.json",
            "subresource_uris": {"members": f"{self._path}/{queue.sid}/Members.json"},
        }

    def _member(self, queue: WaitingQueue, member: Member) -> dict[str, object]:
        waited = self._exchange.clock.utc() - member.entered_at
        return {
            "call_sid": member.call.sid,
            "queue_sid": queue.sid,
            "date_enqueued": format_datetime(member.entered_at),
            "position": queue.members.index(member) + 1,
            "wait_time": int(waited.total_seconds()),
            "uri": f"{self._path}/{queue.sid}/Members/{member.call.sid}.json",
        }
