"""The REST API for text messages: `/2010-04-01/Accounts/{AC}/Messages`, as the official client expects it.

Create, fetch, list, forget the words, delete. What a message is stands in `texts.py`.
Source: Twilio's REST schema for messages; error pages 20009 (what is still on its way cannot be deleted), 30400, 30409.
"""

from collections.abc import Callable
from email.utils import format_datetime

from aiohttp import web

from local.twilio.calls import API_VERSION
from local.twilio.forms import ApiError, Form, read_form
from local.twilio.messaging import UNREACHABLE
from local.twilio.paging import page
from local.twilio.texts import TextMessage, Texts

_FINAL = ("received", "delivered", "undelivered")


class TextsApi:
    """`on_sent` is told of every text that was taken."""

    def __init__(self, texts: Texts, account_sid: str, on_sent: Callable[[TextMessage], object]) -> None:
        self._texts, self._account_sid, self._on_sent = texts, account_sid, on_sent
        self._path = f"/{API_VERSION}/Accounts/{account_sid}/Messages"

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_post(f"{self._path}.json", self._create)
        router.add_get(f"{self._path}.json", self._list)
        router.add_get(f"{self._path}/{{sid}}.json", self._fetch)
        router.add_post(f"{self._path}/{{sid}}.json", self._update)
        router.add_delete(f"{self._path}/{{sid}}.json", self._delete)

    async def _create(self, request: web.Request) -> web.Response:
        form = Form(await read_form(request))
        text = self._texts.create(form)
        self._on_sent(text)
        return web.json_response(self._resource(text), status=201)

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._resource(self._find(request)))

    async def _list(self, request: web.Request) -> web.Response:
        return page(request, "messages", self._texts.listed(request.query), self._resource)

    async def _update(self, request: web.Request) -> web.Response:
        """Forget the words of a message: the only change that one takes which is not scheduled."""
        fields = await read_form(request)
        text, form = self._find(request), Form(fields)
        asked = {name: form[name] for name in ("Body", "Status") if name in fields}
        if asked == {"Status": "canceled"}:
            raise ApiError(400, 30409, "Cannot cancel this message because it is not in a cancelable state.")
        if asked != {"Body": ""}:
            raise ApiError(400, 30400, "Parameters are not valid: Body must be empty, or Status canceled.")
        return web.json_response(self._resource(self._texts.change(text, "")))

    async def _delete(self, request: web.Request) -> web.Response:
        text = self._find(request)
        if text.status(self._texts.clock.utc()) not in _FINAL:
            raise ApiError(400, 20009, "Cannot delete this resource before it is complete")
        self._texts.delete(text)
        return web.Response(status=204)

    def _find(self, request: web.Request) -> TextMessage:
        text = self._texts.fetch(request.match_info["sid"])
        if text is None:
            raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
        return text

    def _resource(self, text: TextMessage) -> dict[str, object]:
        now = self._texts.clock.utc()
        sent_at = text.sent_at(now)
        status = text.status(now)
        return {
            "sid": text.sid,
            "account_sid": self._account_sid,
            "messaging_service_sid": None,
            "from": text.from_,
            "to": text.to,
            "body": text.body,
            "status": status,
            "num_segments": str(text.segments),
            "num_media": "0",
            "direction": text.direction,
            "api_version": API_VERSION,
            "price": None,
            "price_unit": "USD",
            "error_code": int(UNREACHABLE) if status == "undelivered" else None,
            "error_message": None,
            "date_created": format_datetime(text.created_at),
            "date_updated": format_datetime(sent_at or text.created_at),
            "date_sent": format_datetime(sent_at) if sent_at else None,
            "uri": f"{self._path}/{text.sid}.json",
            "subresource_uris": {"media": f"{self._path}/{text.sid}/Media.json"},
        }
