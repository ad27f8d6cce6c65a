"""The simulated Stripe as its users see it: an API, a payment page, webhooks. See the package's docstring."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web

from local.stripe import forms, pages
from local.stripe.account import Account, Declined, Object
from local.stripe.forms import ApiError
from local.stripe.webhooks import Webhooks

LOOKS_EVERY_S = 1.0
KEYS_KEPT_S = 24 * 3600
"""Stripe forgets idempotency keys that are older: nobody may rely on them after that."""
RETRY_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SimulatedStripe:
    """One account with one webhook endpoint. `origin` is where guests find its pages."""

    def __init__(
        self,
        *,
        api_key: str,
        webhook_url: str,
        webhook_secret: str,
        origin: str = "",
        now: Callable[[], float] = time.time,
        retry_s: Sequence[float] = RETRY_S,
    ) -> None:
        self.webhooks = Webhooks(webhook_url, webhook_secret, retry_s)
        self.account = Account(now, self.webhooks.send, origin)
        self._api_key = api_key
        self._now = now
        self._answers: dict[str, tuple[float, str, web.Response]] = {}
        self._runner: web.AppRunner | None = None
        self.app = web.Application(middlewares=[self._errors])
        self.app.cleanup_ctx.append(self._running)
        self.app.router.add_post("/v1/checkout/sessions", self._create_session)
        self.app.router.add_get("/v1/checkout/sessions/{id}", self._fetch)
        self.app.router.add_post("/v1/checkout/sessions/{id}/expire", self._expire)
        self.app.router.add_post("/v1/refunds", self._refund)
        self.app.router.add_get("/v1/refunds", self._refunds)
        self.app.router.add_get("/c/pay/{id}", self._page)
        self.app.router.add_post("/c/pay/{id}", self._pay)

    async def start(self, port: int = 0) -> None:
        """Serve on 127.0.0.1. Raises OSError when the port is in use."""
        self._runner = web.AppRunner(self.app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.account.page = self.account.page or f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _running(self, app: web.Application) -> AsyncIterator[None]:
        async def look() -> None:
            while True:
                await asyncio.sleep(LOOKS_EVERY_S)
                self.account.expire_due()

        await self.webhooks.start()
        looking = asyncio.create_task(look())
        yield
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
        await self.webhooks.stop()

    @web.middleware
    async def _errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if request.path.startswith("/v1/"):
                self._authenticate(request)
            return await handler(request)
        except ApiError as error:
            return web.json_response(error.body(), status=error.status)
        except web.HTTPNotFound:
            message = f"Unrecognized request URL ({request.method}: {request.path})."
            return web.json_response(ApiError(404, message).body(), status=404)

    def _authenticate(self, request: web.Request) -> None:
        if request.headers.get("Authorization", "") != f"Bearer {self._api_key}":
            raise ApiError(401, "Invalid API Key provided")

    async def _create_session(self, request: web.Request) -> web.Response:
        return await self._once(request, self.account.create_session)

    async def _refund(self, request: web.Request) -> web.Response:
        return await self._once(request, self.account.create_refund)

    async def _refunds(self, request: web.Request) -> web.Response:
        return web.json_response(self.account.list_refunds(forms.read(request.query_string)))

    async def _once(self, request: web.Request, do: Callable[[dict[str, Any]], Object]) -> web.Response:
        """Source: Stripe API reference, Idempotent requests: the first answer again, or an error for other parameters.

        What is refused before anything was done is not kept.
        """
        body = await request.text()
        key = request.headers.get("Idempotency-Key", "")
        at, before, answer = self._answers.get(key, (0.0, "", None))
        if key and answer is not None and self._now() - at < KEYS_KEPT_S:
            if before != f"{request.path} {body}":
                message = "Keys for idempotent requests can only be used with the same parameters."
                raise ApiError(400, message, kind="idempotency_error")
            return web.Response(
                text=answer.text, content_type="application/json", headers={"Idempotent-Replayed": "true"}
            )
        made = web.json_response(do(forms.read(body)))
        if key:
            self._answers[key] = (self._now(), f"{request.path} {body}", made)
        return made

    async def _fetch(self, request: web.Request) -> web.Response:
        self.account.expire_due()
        return web.json_response(self.account.session(request.match_info["id"]))

    async def _expire(self, request: web.Request) -> web.Response:
        return web.json_response(self.account.expire(request.match_info["id"]))

    async def _page(self, request: web.Request) -> web.Response:
        self.account.expire_due()
        return _html(pages.checkout(self.account.session(request.match_info["id"])))

    async def _pay(self, request: web.Request) -> web.Response:
        name, form = request.match_info["id"], await request.post()
        number = "".join(filter(str.isdigit, str(form.get("number", ""))))
        try:
            session = self.account.pay(name, number)
        except Declined as why:
            return _html(pages.checkout(self.account.session(name), str(why)), 402)
        except ApiError:
            return _html(pages.checkout(self.account.session(name)), 410)
        return web.Response(status=303, headers={"Location": session["success_url"]})


def _html(page: str, status: int = 200) -> web.Response:
    return web.Response(text=page, content_type="text/html", status=status)
