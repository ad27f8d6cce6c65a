"""Twilio's HTTP requests to the application: signed, timed, retried and checked as Twilio does.

`twiml` fetches a document and says whether it is one; `notify` posts a callback whose answer does not matter. Every
attempt is an entry of the call's timeline.
Source: twilio.md 2 (fields, time limits, retries) and 3.1 (signature); error pages 11200-11770, 12300, 15003.
"""

import asyncio
import contextlib
import ssl
import uuid
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode, urlsplit, urlunsplit
from xml.sax.saxutils import escape, quoteattr

import aiohttp
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from yarl import URL

from local.twilio import overrides, twiml
from local.twilio.calls import Call, Source
from local.twilio.clock import Clock
from local.twilio.errors import CallFailure, Problem
from local.twilio.faults import WebhookFaults
from local.twilio.verbs import Document

BODY_LIMIT = 64 * 1024
MOST_BYTES = 1 << 26
"""Of anything that is fetched, sound files too: whoever answers without end is not read to the end."""
_XML = {"text/xml", "application/xml"}
"""Twilio's reference has text/html too, its support page on error 12300 names that as a cause of it."""
_HEADERS = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*", "X-Home-Region": "us1"}


@dataclass(frozen=True)
class Reply:
    """An answer of the application, whatever its status."""

    url: str
    status: int
    content_type: str
    body: bytes
    charset: str = "utf-8"

    @property
    def is_xml(self) -> bool:
        return self.content_type in _XML

    @property
    def text(self) -> str:
        """The body of an answer in plain words."""
        try:
            return self.body.decode(self.charset, "replace")
        except LookupError:  # a charset that there is not
            return self.body.decode("utf-8", "replace")

    def not_understood(self) -> CallFailure:
        """It is of a type that Twilio cannot obey."""
        return CallFailure(12300, quoteattr(self.content_type), self.url)


class Log(Protocol):
    """Whom a request is about, a call or a text: takes down what came of it."""

    @property
    def faults(self) -> WebhookFaults: ...

    def note(self, kind: str, **detail: object) -> None: ...

    def problem(self, problem: Problem) -> None: ...


class _AttemptFailed(Exception):
    """`kind` is what `rp` calls it: ct (no connection) or rt (no answer)."""

    def __init__(self, kind: str, code: int, detail: str) -> None:
        super().__init__(kind, code, detail)
        self.kind, self.code, self.detail = kind, code, detail

    def __str__(self) -> str:
        return f"{self.code} {self.detail}"


class Webhooks:
    """One account's requests. `timeout_s` replaces Twilio's 15 s in tests; `tls` says which certificates to trust."""

    def __init__(self, auth_token: str, clock: Clock, tls: ssl.SSLContext | None, timeout_s: float) -> None:
        self._validator = RequestValidator(auth_token)
        self._clock = clock
        self._tls = tls
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def signature(self, url: str, params: dict[str, str]) -> str:
        """Base64 HMAC-SHA1 by the official algorithm over the URL as Twilio writes it (see `signed_url`)."""
        return str(self._validator.compute_signature(signed_url(url), params))

    def stream_signature(self, url: str) -> str:
        """For the upgrade of a media stream: over the wss URL exactly as the TwiML has it. Source: twilio.md 3.4."""
        return str(self._validator.compute_signature(url, {}))

    async def twiml(self, call: Call, source: Source, purpose: str) -> Document:
        """The document behind `source`. Raises CallFailure with the debugger's code when there is none."""
        if source.twiml:
            return twiml.parse(source.twiml.encode())
        reply = await self.instructions(call, source.url, source.method, call.params() | source.params, purpose)
        if not reply.body:
            raise CallFailure(11770, "", reply.url)
        if reply.is_xml:
            return twiml.parse(reply.body, reply.url)
        if reply.content_type == "text/plain":
            return twiml.parse(f"<Response><Say>{escape(reply.text)}</Say></Response>".encode(), reply.url)
        if reply.content_type.startswith("audio/"):
            return twiml.parse(f"<Response><Play>{escape(reply.url)}</Play></Response>".encode(), reply.url)
        raise reply.not_understood()

    async def instructions(self, log: Log, url: str, method: str, params: dict[str, str], purpose: str) -> Reply:
        """An answer that is to be obeyed, so at most 64 kB. Raises CallFailure 11750, and as `fetch` does."""
        reply = await self.fetch(log, url, method, params, purpose)
        if len(reply.body) > BODY_LIMIT:
            raise CallFailure(11750, f"{len(reply.body)} bytes", reply.url)
        return reply

    async def fetch(self, log: Log, url: str, method: str, params: dict[str, str], purpose: str) -> Reply:
        """An answer 2xx. Raises CallFailure: 11205 and kin without an answer, 11200 for another status."""
        try:
            reply = await self._request(log, url, method, params, purpose)
        except _AttemptFailed as failed:
            raise CallFailure(failed.code, failed.detail, url) from failed
        if 300 <= reply.status < 400:
            raise CallFailure(11216, f"HTTP {reply.status}: redirections are not followed here", url)
        if not 200 <= reply.status < 300:
            raise CallFailure(11200, f"HTTP {reply.status}", url)
        return reply

    async def notify(self, log: Log, url: str, method: str, params: dict[str, str], purpose: str) -> None:
        """A status callback: problems are recorded, nothing else happens."""
        try:
            reply = await self._request(log, url, method, params, purpose)
        except (_AttemptFailed, CallFailure) as failed:
            code = failed.code if isinstance(failed, _AttemptFailed) else failed.problem.code
            log.problem(Problem(code, f"{purpose}: {failed}"))
            return
        if not 200 <= reply.status < 300:
            log.problem(Problem(15003, f"{purpose}: HTTP {reply.status}"))

    async def _request(self, log: Log, url: str, method: str, params: dict[str, str], purpose: str) -> Reply:
        bare, how = overrides.split(url)
        if log.faults.twice:
            await self._lose(log, bare, method, params, purpose, how)
        deadline = asyncio.get_running_loop().time() + min(how.total_ms / 1000, self._timeout_s)
        for attempt in range(how.retries + 1):
            last = attempt == how.retries
            started_ms = self._clock.now_ms()
            reply: Reply | None = None
            failed: _AttemptFailed | None = None
            try:
                reply = await self._attempt(bare, method, params, how, deadline)
            except _AttemptFailed as error:
                failed = error
            log.note(
                "webhook",
                purpose=purpose,
                url=bare,
                method=method,
                params=params,
                http_status=reply.status if reply else 0,
                duration_ms=round(self._clock.now_ms() - started_ms),
                error=str(failed or ""),
            )
            if failed is not None and (last or not how.retries_after(failed.kind)):
                raise failed
            if reply is not None and (last or reply.status < 400 or not how.retries_after(f"{reply.status // 100}xx")):
                return reply
        raise AssertionError("unreachable")

    async def _lose(
        self, log: Log, url: str, method: str, params: dict[str, str], purpose: str, how: overrides.Overrides
    ) -> None:
        """A request that is carried out, and whose answer does not arrive."""
        status, deadline = 0, asyncio.get_running_loop().time() + self._timeout_s
        with contextlib.suppress(_AttemptFailed):
            status = (await self._attempt(url, method, params, how, deadline)).status
        error = f"the answer {status} was lost"
        detail: dict[str, object] = {"purpose": purpose, "url": url, "method": method, "params": params}
        log.note("webhook", **detail, http_status=0, duration_ms=0, error=error)

    async def _attempt(
        self, url: str, method: str, params: dict[str, str], how: overrides.Overrides, deadline: float
    ) -> Reply:
        body, target, signed = urlencode(params).encode(), url, params
        headers = _HEADERS | {"I-Twilio-Idempotency-Token": str(uuid.uuid4())}
        if method == "GET":
            if params:
                target = url + ("&" if urlsplit(url).query else "?") + body.decode()
            body, signed = b"", {}
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        headers["X-Twilio-Signature"] = self.signature(target, signed)
        left_s = deadline - asyncio.get_running_loop().time()
        timeout = aiohttp.ClientTimeout(
            total=max(0.001, left_s), sock_connect=how.connect_ms / 1000, sock_read=how.read_ms / 1000
        )
        try:
            async with self._http().request(
                method,
                URL(target, encoded=True),
                data=body or None,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
                ssl=self._tls or True,
            ) as response:
                content = bytearray()
                async for chunk in response.content.iter_any():
                    content += chunk
                    if len(content) > MOST_BYTES:
                        raise _AttemptFailed("rt", 11750, f"more than {MOST_BYTES} bytes")
                return Reply(
                    target, response.status, response.content_type, bytes(content), response.charset or "utf-8"
                )
        except aiohttp.ClientConnectorDNSError as error:
            raise _AttemptFailed("ct", 11210, str(error)) from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise _AttemptFailed("ct", 11237, str(error)) from error
        except aiohttp.ClientConnectorSSLError as error:
            raise _AttemptFailed("ct", 11220, str(error)) from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _AttemptFailed("ct", 11205, str(error)) from error
        except TimeoutError as error:
            raise _AttemptFailed("rt", 11205, "no answer in time") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _AttemptFailed("rt", 11200, str(error) or type(error).__name__) from error

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A connection per request: a kept one may be closed by the server at the moment it is used.
            connector = aiohttp.TCPConnector(limit=0, force_close=True)
            self._session = aiohttp.ClientSession(connector=connector, auto_decompress=True)
        return self._session


def signed_url(url: str) -> str:
    """The URL as it is signed: without fragment and user info, over https without port. Source: twilio.md 3.1."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme == "https" and parts.port is not None:
        host = host.rpartition(":")[0]
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
