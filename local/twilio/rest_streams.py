"""The REST API for unidirectional media streams of a live call: start, stop by sid or name.

Source: twilio.md 7.5; Twilio's REST schema for streams (`Parameter1.Name` and so on, up to 99); error page 21220.
Neither can a bidirectional stream be started here, nor stopped.
"""

from email.utils import format_datetime
from typing import TYPE_CHECKING

from aiohttp import web

from local.twilio.calls import API_VERSION, Call
from local.twilio.errors import CallFailure
from local.twilio.forking import Fork
from local.twilio.forms import ApiError, Form, read_form
from local.twilio.twiml_stream import PARAMETER_LIMIT, TRACKS
from local.twilio.verbs import Stream

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

_MOST_PARAMETERS = 99


class StreamsApi:
    def __init__(self, exchange: "Exchange") -> None:
        self._exchange = exchange
        self._path = f"/{API_VERSION}/Accounts/{exchange.settings.account_sid}/Calls/{{call_sid}}/Streams"

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_post(f"{self._path}.json", self._start)
        router.add_post(f"{self._path}/{{sid}}.json", self._stop)

    async def _start(self, request: web.Request) -> web.Response:
        call, form = self._call(request), Form(await read_form(request))
        if not form["Url"]:
            raise ApiError(400, 21205, "Url parameter is required.")
        wanted = Stream(
            url=form["Url"],
            name=form["Name"],
            status_callback=form.url("StatusCallback"),
            status_callback_method=form.method("StatusCallbackMethod"),
            parameters=_parameters(form),
            track=form.one_of("Track", *TRACKS),
        )
        if call.status != "in-progress" or call.is_over:
            raise ApiError(400, 21220, "Call is not in-progress.")
        try:
            fork = self._exchange.forks.start(call, wanted)
        except CallFailure as failure:
            raise ApiError(501, 0, f"The simulated Twilio does not know {failure.problem.detail}.") from failure
        return web.json_response(self._resource(call, fork), status=201)

    async def _stop(self, request: web.Request) -> web.Response:
        call = self._call(request)
        fork = self._exchange.forks.find(call, request.match_info["sid"])
        if fork is None:
            raise _not_found(request)
        status = Form(await read_form(request))["Status"]
        if status != "stopped":
            raise ApiError(400, 20001, f"Status {status!r} is invalid: it can be stopped.")
        fork.halt()
        return web.json_response(self._resource(call, fork) | {"status": "stopped"})

    def _call(self, request: web.Request) -> Call:
        call = self._exchange.calls.get(request.match_info["call_sid"])
        if call is None or call.deleted:
            raise _not_found(request)
        return call

    def _resource(self, call: Call, fork: Fork) -> dict[str, object]:
        return {
            "sid": fork.sid,
            "account_sid": call.account_sid,
            "call_sid": call.sid,
            "name": fork.verb.name or None,
            "status": "stopped" if fork.is_over else "in-progress",
            "date_updated": format_datetime(fork.updated_at),
            "uri": f"{self._path.format(call_sid=call.sid)}/{fork.sid}.json",
        }


def _parameters(form: Form) -> tuple[tuple[str, str], ...]:
    """Raises ApiError for one that is too long, as it would be dropped from a document."""
    named = [
        (form[f"Parameter{at}.Name"], form[f"Parameter{at}.Value"])
        for at in range(1, _MOST_PARAMETERS + 1)
        if form[f"Parameter{at}.Name"]
    ]
    if any(len(name) + len(value) >= PARAMETER_LIMIT for name, value in named):
        raise ApiError(400, 20001, f"A parameter has {PARAMETER_LIMIT} characters or more.")
    return tuple(named)


def _not_found(request: web.Request) -> ApiError:
    return ApiError(404, 20404, f"The requested resource {request.path} was not found")
