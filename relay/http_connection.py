"""One HTTP/1.1 connection to another service, which carries one request at a time. httptools parses the answers.

Source: RFC 9112: 1xx answers come before the one that is meant (RFC 9110, 15.2); one without a length ends with its
connection (6.3); what comes when nothing was asked belongs to no request (9.2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import httptools

from relay.errors import HttpFailed

# A hotel's greeting takes less than one; nothing that we ask for is near it.
MOST_BYTES = 32 << 20
_LENGTHS = (b"content-length", b"transfer-encoding")


@dataclass(frozen=True, slots=True)
class Response:
    status_code: int
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300


class Connection(asyncio.Protocol):
    """`on_idle` is told when another request may follow. Not to be used from another thread."""

    def __init__(self, on_idle: Callable[[Connection], None]) -> None:
        self.idle_since = 0.0  # for whoever keeps it
        self.is_open = False
        self.has_begun = False  # something of the latest answer came
        self._on_idle = on_idle
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Response] | None = None  # to what was asked
        self._parser = httptools.HttpResponseParser(self)
        self._whole: Response | None = None
        self._problem = "connection lost"  # why it is not open any more
        self._is_kept = False
        self._begin()

    def _begin(self) -> None:
        """Nothing of the next message was read yet."""
        self._has_length = self._has_head = False
        self._size = 0
        self._parts: list[bytes] = []

    def ask(self, message: bytes) -> asyncio.Future[Response]:
        """Send one whole request. The answer is set in time or never; HttpFailed when there will be none."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._parser = httptools.HttpResponseParser(self)
        self._whole, self.has_begun = None, False
        self._begin()
        answer = self._answer
        if self.is_open:
            self._transport.write(message)
        else:  # the server has left already
            self._fail(self._problem)
        return answer

    def give_up(self) -> None:
        """There is no more time for the answer."""
        self._fail("no answer in time")

    def abort(self) -> None:
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio's callbacks ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self._fail("unasked for")
            return
        self.has_begun = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._fail("not HTTP")
            return
        if self._size > MOST_BYTES:
            self._fail("too long")
        elif self._whole is not None:
            self._give(self._whole)

    def eof_received(self) -> None:
        """The other end will answer nothing more; `connection_lost` follows, but not at once."""
        self.is_open = False

    def connection_lost(self, problem: Exception | None) -> None:
        self.is_open = False
        if self._has_head and not self._has_length and problem is None:
            self._give(self._read())
        else:
            self._fail("connection lost")

    # --- the parser's callbacks ---

    def on_message_begin(self) -> None:
        if self._whole is not None:  # of nothing that was asked
            self._is_kept = False
        else:
            self._begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() in _LENGTHS:
            self._has_length = True

    def on_headers_complete(self) -> None:
        self._has_head = True

    def on_body(self, part: bytes) -> None:
        self._size += len(part)
        if self._size <= MOST_BYTES and self._whole is None:
            self._parts.append(part)

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:
            self._begin()  # the one that is meant did not come yet
        elif self._whole is None:
            self._whole = self._read()
            self._is_kept = self._parser.should_keep_alive()

    # --- what comes of it ---

    def _read(self) -> Response:
        return Response(self._parser.get_status_code(), b"".join(self._parts))

    def _give(self, response: Response) -> None:
        answer, self._answer, self._parts = self._answer, None, []
        if answer is not None and not answer.done():
            answer.set_result(response)
        if self._is_kept and self.is_open:
            self._on_idle(self)
        else:
            self.abort()

    def _fail(self, problem: str) -> None:
        answer, self._answer = self._answer, None
        self._problem = problem if self.is_open else self._problem
        if answer is not None and not answer.done():
            answer.set_exception(HttpFailed(problem))
        self.abort()
