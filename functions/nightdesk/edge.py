"""The edge of every function: route, authenticate, parse, answer. The only broad `except`s of a process are here.

Errors have one shape, {"v":1,"ok":false,"error":{code,message,say}}, whatever the status; a target that must answer in
another language (TwiML) brings its own `on_failure`. Health is answered before anything else and asks for nothing.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Request, Response

from nightdesk import logs
from nightdesk.errors import (
    BadRequest,
    MethodNotAllowed,
    NightdeskError,
    NotFound,
    PublishError,
    RequestError,
    StoreError,
)

log = logging.getLogger(__name__)

LARGEST_BODY = 1 << 20  # bytes

Handler = Callable[..., Response]
Guard = Callable[[Request], None]
OnFailure = Callable[[Request], Response | None]


@dataclass(frozen=True)
class Route:
    """`pattern` is a regular expression for the whole path; its named groups are the handler's keyword arguments.

    `spoken`: somebody on the phone hears the answer, and so must hear one also when the handler fails: what `instead`
    makes of the request (None: nobody listens after all), or what the target says to its guests.
    """

    method: str
    pattern: str
    handler: Handler
    spoken: bool = False
    instead: OnFailure | None = None


def serve(
    target: str,
    routes: list[Route] | Callable[[str], list[Route]],
    guard: Guard,
    on_failure: OnFailure | None = None,
    is_well: Callable[[], bool] = lambda: True,
) -> Callable[[Request], Response]:
    """The function that the platform calls. `routes`: all, or those among which a given path's is.

    `guard` runs before any handler and raises when the caller is nobody we know. For those whom it has let in
    `on_failure` may answer in the place of the JSON error; it returns None to leave it. `is_well` answers /health: a
    process that says no is to be replaced.
    """

    def entry(request: Request) -> Response:
        with logs.request():
            if request.path == "/health" and request.method == "GET":
                well = is_well()
                return answer({"v": 1, "ok": well, "target": target}, 200 if well else 503)
            is_known = False
            try:
                among = routes(request.path) if callable(routes) else routes
                handler, parameters = _route(among, request)
                if (request.content_length or 0) > LARGEST_BODY:
                    raise BadRequest("too_large", f"a body has at most {LARGEST_BODY} bytes")
                guard(request)
                is_known = True
                return handler(request, **parameters)
            except Exception as error:  # the one place: whatever happens, the caller gets an answer it understands
                _report(error, request)
                return (is_known and on_failure and on_failure(request)) or failure(error)

    entry.__name__ = entry.__qualname__ = target
    return entry


@contextmanager
def one_of_many(what: str, **fields: str) -> Iterator[None]:
    """What a job does for one of many: where it fails that is told, and the others go on. `fields`: which one it is."""
    try:
        yield
    except Exception as error:  # the edge of this one: what is wrong with it is not wrong with the others
        bug = None if isinstance(error, NightdeskError) else error
        log.error("! %s: %s", what, error, exc_info=bug, extra={"fields": fields})


def answer(body: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")


def twiml(document: str) -> Response:
    return Response(document, 200, mimetype="text/xml")


def failure(error: Exception) -> Response:
    """The one error shape. What is not ours to tell stays in the log."""
    if not isinstance(error, RequestError):
        unavailable = isinstance(error, (StoreError, PublishError))
        known = RequestError("unavailable", "try again") if unavailable else RequestError("internal", "see the log")
        return answer({"v": 1, "ok": False, "error": known.body()}, 503 if unavailable else 500)
    answered = answer({"v": 1, "ok": False, "error": error.body()}, error.status)
    if error.status == 401:
        answered.headers["WWW-Authenticate"] = "Bearer"  # RFC 9110, section 15.5.2
    return answered


def json_body(request: Request) -> dict[str, Any]:
    """The body as an object. Raises: BadRequest."""
    try:
        body = json.loads(request.get_data())
    except ValueError as error:
        raise BadRequest("bad_json", f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadRequest("bad_json", "the body must be an object")
    return body


def _route(routes: list[Route], request: Request) -> tuple[Handler, dict[str, str]]:
    allowed = set()
    for route in routes:
        if match := re.fullmatch(route.pattern, request.path):
            if route.method == request.method:
                return route.handler, match.groupdict()
            allowed.add(route.method)
    if allowed:
        raise MethodNotAllowed("method_not_allowed", f"{request.path} takes {', '.join(sorted(allowed))}")
    raise NotFound("unknown_path", f"there is no {request.path}")


def _report(error: Exception, request: Request) -> None:
    """Theirs: a line. Ours: the whole traceback."""
    fields = {"path": request.path, "code": getattr(error, "code", type(error).__name__)}
    if isinstance(error, RequestError):
        level = logging.INFO if error.status == 200 else logging.WARNING
        log.log(level, "! %s %s: %s", request.method, request.path, error, extra={"fields": fields})
    elif isinstance(error, NightdeskError):
        log.error("! %s %s: %s", request.method, request.path, error, extra={"fields": fields})
    else:
        log.error("! %s %s failed", request.method, request.path, exc_info=error, extra={"fields": fields})
