"""The REST API: calls at `/2010-04-01/Accounts/{AC}/Calls`, as the official client expects them; texts beside them.

Only translates: forms and JSON here, what a call does in `service.py`. Errors are Twilio's: a JSON body with code,
message, more_info and status. A known parameter that is not simulated is refused with 501, never ignored.
An API key opens all that the account's token does: what a standard one may not use, accounts and keys, is not here.
Source: twilio.md 7.1, 7.2, 8 and 9.2; Twilio's REST schema for calls; its page "API keys overview"; error pages 10004,
20003, 20009, 20413, 21220, 22005.
"""

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from typing import TYPE_CHECKING

from aiohttp import web

from local.twilio.calls import API_VERSION, FINAL_STATUSES, Call
from local.twilio.filters import in_time, only
from local.twilio.forms import ApiError, Form, read_form
from local.twilio.paging import page
from local.twilio.rest_conferences import ConferencesApi
from local.twilio.rest_queues import QueuesApi
from local.twilio.rest_recordings import RecordingsApi
from local.twilio.rest_streams import StreamsApi
from local.twilio.rest_texts import TextsApi

if TYPE_CHECKING:
    from local.twilio.service import SimulatedTwilio

MORE_INFO = "https://www.twilio.com/docs/errors/"
LONGEST_CALL_S = 14400
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RestApi:
    """The aiohttp application of one account."""

    def __init__(self, twilio: "SimulatedTwilio") -> None:
        self._twilio = twilio
        settings = twilio.exchange.settings
        users = {settings.account_sid: settings.auth_token, **settings.api_keys}
        self._credentials = [f"{name}:{secret}".encode() for name, secret in users.items()]
        self.app = web.Application(middlewares=[self._errors])
        calls = f"/{API_VERSION}/Accounts/{settings.account_sid}/Calls"
        self.app.router.add_post(f"{calls}.json", self._create)
        self.app.router.add_get(f"{calls}.json", self._list)
        self.app.router.add_get(f"{calls}/{{sid}}.json", self._fetch)
        self.app.router.add_post(f"{calls}/{{sid}}.json", self._update)
        self.app.router.add_delete(f"{calls}/{{sid}}.json", self._delete)
        ConferencesApi(twilio).add_to(self.app.router)
        QueuesApi(twilio.exchange).add_to(self.app.router)
        RecordingsApi(twilio.exchange, twilio.faults).add_to(self.app.router)
        StreamsApi(twilio.exchange).add_to(self.app.router)
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
        except web.HTTPRequestEntityTooLarge:
            status, code, message = 413, 20413, "Request Entity Too Large"
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
        """By the account's sid and token, or by an API key and its secret."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        try:
            credentials = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            credentials = b""
        known = any(hmac.compare_digest(credentials, one) for one in self._credentials)
        if scheme.lower() != "basic" or not known:
            raise ApiError(401, 20003, "Authenticate")

    # -- resources ------------------------------------------------------------------------------------------------

    async def _create(self, request: web.Request) -> web.Response:
        form, exchange = Form(await read_form(request)), self._twilio.exchange
        call = self._twilio.call_person(form.new_call(exchange.settings.numbers, exchange.closed))
        return web.json_response(self._resource(call), status=201)

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._resource(self._find(request)))

    async def _update(self, request: web.Request) -> web.Response:
        call = self._find(request)
        form = Form(await read_form(request))
        status, redirection = form["Status"], form.redirection()
        limit_s = form.whole("TimeLimit", 0, LONGEST_CALL_S) if form["TimeLimit"] else None
        if status not in ("", "completed", "canceled"):
            raise ApiError(400, 20001, f"Status {status!r} is invalid: it can be completed or canceled.")
        if call.is_over:
            raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
        if status == "canceled" and call.answered_at is not None:
            raise ApiError(400, 21220, "Call is in-progress. Cannot cancel.")
        if redirection is not None and not status and call.status != "in-progress":
            raise ApiError(400, 21220, "Call is not in-progress. Cannot redirect.")
        if limit_s is not None:
            self._twilio.exchange.limit(call, limit_s)
        if status:
            self._twilio.hang_up(call)
        elif redirection is not None:
            self._twilio.redirect(call, redirection)
        return web.json_response(self._resource(call))

    async def _delete(self, request: web.Request) -> web.Response:
        """Forget a call. Nobody finds it any more but the simulator's own record of it."""
        call = self._find(request)
        if not call.over.is_set():
            raise ApiError(400, 20009, "Cannot delete this resource before it is complete")
        call.deleted = True
        return web.Response(status=204)

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        only(query, "To", "From", "Status", "ParentCallSid", moments=("StartTime", "EndTime"))
        started, ended = in_time(query, "StartTime"), in_time(query, "EndTime")
        wanted = {"To": "to", "From": "from_", "Status": "shown_status"}
        calls = [
            call
            for call in reversed(self._twilio.exchange.calls.values())
            if all(getattr(call, field) == query[name] for name, field in wanted.items() if name in query)
            and ("ParentCallSid" not in query or (call.parent and call.parent.sid == query["ParentCallSid"]))
            and started(call.started_at)
            and ended(call.ended_at)
            and not call.deleted
        ]
        return page(request, "calls", calls, self._resource)

    def _find(self, request: web.Request) -> Call:
        call = self._twilio.exchange.calls.get(request.match_info["sid"])
        if call is None or call.deleted:
            raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
        return call

    def _resource(self, call: Call) -> dict[str, object]:
        path = f"/{API_VERSION}/Accounts/{call.account_sid}/Calls/{call.sid}"
        is_queued = call.shown_status == "queued"  # it has no date yet: Twilio answers with null
        return {
            "sid": call.sid,
            "account_sid": call.account_sid,
            "parent_call_sid": call.parent.sid if call.parent else None,
            "from": call.from_,
            "from_formatted": call.from_,
            "to": call.to,
            "to_formatted": call.to,
            "status": call.shown_status,
            "direction": call.direction,
            "api_version": API_VERSION,
            "date_created": None if is_queued else format_datetime(call.created_at),
            "date_updated": None
            if is_queued
            else format_datetime(call.ended_at or call.answered_at or call.created_at),
            "start_time": format_datetime(call.started_at) if call.started_at else None,
            "end_time": format_datetime(call.ended_at) if call.ended_at else None,
            "duration": str(call.duration_s) if call.status in FINAL_STATUSES else None,
            "answered_by": call.answered_by or None,
            "caller_name": "",
            "forwarded_from": None,
            "phone_number_sid": None,
            "price": None,
            "price_unit": "USD",
            "queue_time": str(call.queued_ms),
            "uri": f"{path}.json",
            "subresource_uris": {"streams": f"{path}/Streams.json", "recordings": f"{path}/Recordings.json"},
        }
