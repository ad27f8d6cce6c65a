"""The REST API: calls at `/2010-04-01/Accounts/{AC}/Calls`, as the official client expects them; texts beside them.

Only translates: forms and JSON here, what a call does in `service.py`. Errors are Twilio's: a JSON body with code,
message, more_info and status. A known parameter that is not simulated is refused with 501, never ignored.
Source: twilio.md 7.1, 7.2 and 8; Twilio's REST schema for calls.
"""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from typing import TYPE_CHECKING

from aiohttp import web

from local.twilio.calls import API_VERSION, FINAL_STATUSES, Call
from local.twilio.forms import ApiError, Form, read_form
from local.twilio.paging import page
from local.twilio.rest_conferences import ConferencesApi
from local.twilio.rest_queues import QueuesApi
from local.twilio.rest_recordings import RecordingsApi
from local.twilio.rest_texts import TextsApi

if TYPE_CHECKING:
    from local.twilio.service import SimulatedTwilio

MORE_INFO = "https://www.twilio.com/docs/errors/"
_FILTERS = {"To", "From", "Status", "ParentCallSid", "PageSize", "Page", "PageToken"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RestApi:
    """The aiohttp application of one account."""

    def __init__(self, twilio: "SimulatedTwilio") -> None:
        self._twilio = twilio
        settings = twilio.exchange.settings
        self._credentials = f"{settings.account_sid}:{settings.auth_token}"
        self.app = web.Application(middlewares=[self._errors])
        calls = f"/{API_VERSION}/Accounts/{settings.account_sid}/Calls"
        self.app.router.add_post(f"{calls}.json", self._create)
        self.app.router.add_get(f"{calls}.json", self._list)
        self.app.router.add_get(f"{calls}/{{sid}}.json", self._fetch)
        self.app.router.add_post(f"{calls}/{{sid}}.json", self._update)
        ConferencesApi(twilio).add_to(self.app.router)
        QueuesApi(twilio.exchange).add_to(self.app.router)
        RecordingsApi(twilio.exchange).add_to(self.app.router)
        TextsApi(twilio.texts, settings.account_sid, twilio.messaging.follow).add_to(self.app.router)

    @web.middleware
    async def _errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        headers: dict[str, str] = {}
        try:
            self._authenticate(request)
            self._overloaded(headers)
            answer = await handler(request)
            if self._twilio.faults.lost:
                self._twilio.faults.lost -= 1
                assert request.transport is not None
                request.transport.close()
            return answer
        except ApiError as error:
            status, code, message = error.status, error.code, error.message
        except web.HTTPNotFound:
            status, code, message = 404, 20404, f"The requested resource {request.path} was not found"
        except web.HTTPMethodNotAllowed:
            status, code, message = 405, 20004, "Method not allowed"
        body = {"code": code, "message": message, "more_info": f"{MORE_INFO}{code}", "status": status}
        return web.json_response(body, status=status, headers=headers)

    def _overloaded(self, headers: dict[str, str]) -> None:
        """Refuse what is to be refused, before anything is carried out. Source: twilio.md 7.6."""
        faults = self._twilio.faults
        if faults.too_many:
            faults.too_many -= 1
            headers["Retry-After"] = str(faults.retry_after_s)
            raise ApiError(429, 20429, "Too Many Requests")
        if faults.out_of_service:
            faults.out_of_service -= 1
            raise ApiError(503, 20503, "Service is unable to process the request now")

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        try:
            credentials = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            credentials = b""
        if scheme.lower() != "basic" or not hmac.compare_digest(credentials, self._credentials.encode()):
            raise ApiError(401, 20003, "Authenticate")

    # -- resources ------------------------------------------------------------------------------------------------

    async def _create(self, request: web.Request) -> web.Response:
        form = Form(await read_form(request))
        order = form.new_call(self._twilio.exchange.settings.numbers)
        if self._twilio.is_busy:
            raise ApiError(429, 10004, "Call concurrency limit exceeded")
        call = self._twilio.call_person(order)
        for problem in order.problems:
            call.problem(problem)
        return web.json_response(self._resource(call), status=201)

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._resource(self._find(request)))

    async def _update(self, request: web.Request) -> web.Response:
        call = self._find(request)
        form = Form(await read_form(request))
        status, source = form["Status"], form.source()
        if form["Url"] and form["Twiml"]:
            raise ApiError(400, 21205, "Url and Twiml are mutually exclusive.")
        if status not in ("", "completed", "canceled"):
            raise ApiError(400, 20001, f"Status {status!r} is invalid: it can be completed or canceled.")
        if call.is_final:
            raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
        if status == "canceled" and call.answered_at is not None:
            raise ApiError(400, 21220, "Call is in-progress. Cannot cancel.")
        form.change(call)
        if status:
            self._twilio.hang_up(call)
        elif source is not None:
            if call.status != "in-progress":
                raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
            self._twilio.redirect(call, source)
        return web.json_response(self._resource(call))

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        if unknown := set(query) - _FILTERS:
            raise ApiError(501, 0, f"The simulated Twilio cannot look for calls by {', '.join(sorted(unknown))}.")
        wanted = {"To": "to", "From": "from_", "Status": "status"}
        calls = [
            call
            for call in reversed(self._twilio.exchange.calls.values())
            if all(getattr(call, field) == query[name] for name, field in wanted.items() if name in query)
            and ("ParentCallSid" not in query or (call.parent and call.parent.sid == query["ParentCallSid"]))
        ]
        return page(request, "calls", calls, self._resource)

    def _find(self, request: web.Request) -> Call:
        call = self._twilio.exchange.calls.get(request.match_info["sid"])
        if call is None:
            raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
        return call

    def _resource(self, call: Call) -> dict[str, object]:
        path = f"/{API_VERSION}/Accounts/{call.account_sid}/Calls/{call.sid}"
        started = call.answered_at or (call.created_at if call.is_final else None)
        return {
            "sid": call.sid,
            "account_sid": call.account_sid,
            "parent_call_sid": call.parent.sid if call.parent else None,
            "from": call.from_,
            "from_formatted": call.from_,
            "to": call.to,
            "to_formatted": call.to,
            # The resource has no "initiated": that word belongs to callbacks.
            "status": "queued" if call.status == "initiated" else call.status,
            "direction": call.direction,
            "api_version": API_VERSION,
            "date_created": format_datetime(call.created_at),
            "date_updated": format_datetime(call.ended_at or call.answered_at or call.created_at),
            "start_time": format_datetime(started) if started else None,
            "end_time": format_datetime(call.ended_at) if call.ended_at else None,
            "duration": str(call.duration_s) if call.status in FINAL_STATUSES else None,
            "answered_by": call.answered_by or None,
            "caller_name": "",
            "forwarded_from": None,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": "0",
            "uri": f"{path}.json",
            "subresource_uris": {"streams": f"{path}/Streams.json", "recordings": f"{path}/Recordings.json"},
        }
