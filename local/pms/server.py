"""The reference system's HTTP server: paths, keys and errors of the contract, around one `Books` for each hotel."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from local.pms.books import Books, Refused

Clock = Callable[[], datetime]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_FOUND_BY = ("confirmation_code", "phone", "session_id")


def read_hotels(folder: Path) -> dict[str, Mapping[str, Any]]:
    """The hotels' files of a folder, by property_id."""
    files = sorted(folder.glob("*.yaml"))
    return {file.stem: {**yaml.safe_load(file.read_text("utf-8")), "property_id": file.stem} for file in files}


def application(
    hotels: Mapping[str, Mapping[str, Any]], key: str, clock: Clock = lambda: datetime.now(UTC)
) -> web.Application:
    """Everything is forgotten with the process. Whoever shows `key` as a bearer token may do everything."""
    desk = _Desk({property_id: Books(hotel, clock) for property_id, hotel in hotels.items()})
    app = web.Application(middlewares=[_edge(key)])
    app.router.add_get("/health", desk.health)
    at = "/v1/properties/{property_id}"
    one = at + "/reservations/{reservation_id}"
    app.router.add_post(at + "/offers", desk.offers)
    app.router.add_post(at + "/reservations/search", desk.search)
    app.router.add_put(one, desk.hold)
    app.router.add_get(one, desk.get)
    app.router.add_post(one + "/{what:confirm|payments|modify|cancel}", desk.write)
    return app


class _Desk:
    """What each path answers, from the books of the hotel that it names."""

    def __init__(self, books: Mapping[str, Books]) -> None:
        self._books = books

    async def health(self, _: web.Request) -> web.Response:
        return _answer()

    async def offers(self, request: web.Request) -> web.Response:
        return _answer(offers=self._of(request).offers((await _body(request))["stays"]))

    async def hold(self, request: web.Request) -> web.Response:
        return _answer(reservation=self._of(request).hold(request.match_info["reservation_id"], await _body(request)))

    async def get(self, request: web.Request) -> web.Response:
        return _answer(reservation=self._of(request).get(request.match_info["reservation_id"]))

    async def search(self, request: web.Request) -> web.Response:
        body = await _body(request)
        [name] = [name for name in _FOUND_BY if name in body]
        return _answer(reservations=self._of(request).search(name, body[name]))

    async def write(self, request: web.Request) -> web.Response:
        kept, reservation_id, body = self._of(request), request.match_info["reservation_id"], await _body(request)
        change_id = body["change_id"]
        match request.match_info["what"]:
            case "confirm":
                return _answer(reservation=kept.confirm(reservation_id, change_id, body.get("paid")))
            case "payments":
                return _answer(reservation=kept.record_payment(reservation_id, change_id, body["paid"]))
            case "modify":
                return _answer(reservation=kept.modify(reservation_id, change_id, body))
            case _:
                return _answer(reservation=kept.cancel(reservation_id, change_id, body["fee_cents"]))

    def _of(self, request: web.Request) -> Books:
        try:
            return self._books[request.match_info["property_id"]]
        except KeyError:
            raise web.HTTPNotFound(text="no such hotel") from None


def _edge(key: str) -> Any:
    """Who may ask (all but the health check need the key), and every refusal as the contract has it."""

    @web.middleware
    async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
        shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if request.path != "/health" and not hmac.compare_digest(shown.encode(), key.encode()):
            return web.json_response(_error("unauthenticated", "the key is wrong"), status=401)
        try:
            return await handler(request)
        except Refused as refused:
            return web.json_response({"v": 1, "ok": False, "error": refused.error}, status=refused.status)
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response(_error("bad_request", repr(error)), status=400)

    return edge


def serve(hotels: Mapping[str, Mapping[str, Any]], key: str, host: str, port: int) -> None:
    """Until a signal stops it."""
    web.run_app(application(hotels, key), host=host, port=port, print=None)


async def _body(request: web.Request) -> dict[str, Any]:
    body = await request.json()
    if not isinstance(body, dict) or body.get("v") != 1:
        raise ValueError("not a message of this contract")
    return body


def _answer(**content: Any) -> web.Response:
    return web.json_response({"v": 1, "ok": True, **content})


def _error(code: str, message: str) -> dict[str, Any]:
    return {"v": 1, "ok": False, "error": {"code": code, "message": message}}
