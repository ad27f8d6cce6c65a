"""HTTP/1.1 on the wire: a request's bytes, and the response read from bytes however they are cut. Pure.

Source: RFC 9112: section 4 (status line), 5 (header lines), 6.3 (how long a body is), 7.1 (chunked), 9.3 (which
connections may be kept).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from relay.errors import HttpFailed

MAX_HEAD_BYTES = 64 << 10
MAX_BODY_BYTES = 16 << 20

_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5]\d\d)(?: [^\r\n]*)?")
_HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?")


@dataclass(frozen=True, slots=True)
class Response:
    status_code: int
    content: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300


class ResponseReader:
    """Bytes in, one response out. Raises HttpFailed when they are no HTTP/1.1."""

    def __init__(self) -> None:
        self.may_be_kept = False  # after the response: another request may follow on this connection
        self._buffer = bytearray()
        self._status = 0  # 0 until the head is complete
        self._length: int | None = None  # of the body; None: chunked, or up to the connection's end
        self._is_chunked = False
        self._body = bytearray()  # of the chunks so far

    def feed(self, data: bytes) -> Response | None:
        """Returns the response once it is complete."""
        self._buffer += data
        if not self._status and not self._read_head():
            return None
        if self._is_chunked:
            return self._read_chunks()
        if len(self._buffer) > MAX_BODY_BYTES:
            raise HttpFailed("body too long")
        if self._length is None or len(self._buffer) < self._length:
            return None
        return self._complete(bytes(self._buffer[: self._length]), left=len(self._buffer) - self._length)

    def end(self) -> Response | None:
        """The connection ended: that completes a response without a length, and no other."""
        if self._status and not self._is_chunked and self._length is None:
            return Response(self._status, bytes(self._buffer))
        return None

    def _complete(self, body: bytes, left: int) -> Response:
        self.may_be_kept = self.may_be_kept and not left
        return Response(self._status, body)

    def _read_head(self) -> bool:
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            status_line, *lines = bytes(self._buffer[:end]).split(b"\r\n")
            del self._buffer[: end + 4]
            line = _STATUS_LINE.fullmatch(status_line)
            if line is None or line[2] == b"101":
                raise HttpFailed("not an HTTP answer")
            if line[2][:1] == b"1":  # "100 Continue", "103 Early Hints": the answer proper follows
                continue
            self._status = int(line[2])
            self._read_headers(lines, is_1_1=line[1] == b"1")
            return True
        if len(self._buffer) > MAX_HEAD_BYTES:
            raise HttpFailed("head too long")
        return False

    def _read_headers(self, lines: list[bytes], *, is_1_1: bool) -> None:
        headers: dict[bytes, bytes] = {}
        for line in lines:
            header = _HEADER_LINE.fullmatch(line)
            if header is None:
                raise HttpFailed("bad header")
            name = header[1].lower()
            headers[name] = headers[name] + b"," + header[2] if name in headers else header[2]
        coding, length = headers.get(b"transfer-encoding"), headers.get(b"content-length")
        if self._status in (204, 304):
            self._length = 0
        elif coding is not None:
            self._is_chunked = True
            if coding.lower() != b"chunked" or length is not None:
                raise HttpFailed("unknown framing")
        elif length is not None:
            values = {each.strip() for each in length.split(b",")}
            if len(values) > 1 or not (value := values.pop()).isdigit() or len(value) > 10:
                raise HttpFailed("bad length")
            self._length = int(value)
        has_end = self._is_chunked or self._length is not None
        says_close = b"close" in headers.get(b"connection", b"").lower()
        self.may_be_kept = is_1_1 and has_end and not says_close
        if self._length is not None and self._length > MAX_BODY_BYTES:
            raise HttpFailed("body too long")

    def _read_chunks(self) -> Response | None:
        buffer, at = self._buffer, 0
        while (end := buffer.find(b"\r\n", at)) >= 0:
            size = _CHUNK_SIZE.fullmatch(bytes(buffer[at:end]))
            if size is None:
                raise HttpFailed("bad chunk")
            length = int(size[1], 16)
            if length == 0:
                return self._read_trailer(at, end)
            if len(self._body) + length > MAX_BODY_BYTES:
                raise HttpFailed("body too long")
            begin, until = end + 2, end + 2 + length
            if len(buffer) < until + 2:
                break
            if buffer[until : until + 2] != b"\r\n":
                raise HttpFailed("bad chunk")
            self._body += buffer[begin:until]
            at = until + 2
        else:
            if len(buffer) - at > MAX_HEAD_BYTES:
                raise HttpFailed("bad chunk")
        del buffer[:at]
        return None

    def _read_trailer(self, at: int, end: int) -> Response | None:
        """After the last chunk: header lines that nobody needs, and an empty line."""
        buffer = self._buffer
        trailer_end = buffer.find(b"\r\n\r\n", end)
        if trailer_end < 0:
            if len(buffer) - end > MAX_HEAD_BYTES:
                raise HttpFailed("head too long")
            del buffer[:at]
            return None
        return self._complete(bytes(self._body), left=len(buffer) - trailer_end - 4)


def request_bytes(
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    content: bytes = b"",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The request on the wire. Raises ValueError for a header that would be more than one."""
    parts = urlsplit(url)
    query = "&".join(each for each in (parts.query, urlencode(params or {})) if each)
    target = f"{parts.path or '/'}?{query}" if query else parts.path or "/"
    sent = {"Host": parts.netloc.rpartition("@")[2], **(headers or {})}
    if method == "POST":
        sent["Content-Length"] = str(len(content))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items())]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a line break in a header")
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1") + content
