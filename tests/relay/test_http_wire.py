"""The wire of HTTP/1.1: however the bytes are cut, one answer; h11 is the judge of what they mean."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.errors import HttpFailed
from relay.http_wire import MAX_BODY_BYTES, MAX_HEAD_BYTES, Response, ResponseReader, request_bytes

BODIES = st.binary(max_size=400)


def read(data: bytes, cuts: list[int] | None = None) -> tuple[Response | None, ResponseReader]:
    """Feed `data` in pieces; the answer may be complete before the last of them."""
    reader, answer, begin = ResponseReader(), None, 0
    for end in [*sorted(cut % (len(data) + 1) for cut in cuts or []), len(data)]:
        if answer is None:
            answer = reader.feed(data[begin:end])
        begin = end
    return answer, reader


def chunked(body: bytes, sizes: list[int], trailer: bytes = b"") -> bytes:
    out, at = b"", 0
    for size in sizes:
        if piece := body[at : at + size]:
            out += b"%x;name=value\r\n%b\r\n" % (len(piece), piece)
        at += size
    if rest := body[at:]:
        out += b"%X\r\n%b\r\n" % (len(rest), rest)
    return out + b"0\r\n" + trailer + b"\r\n"


def judged(data: bytes) -> tuple[int, bytes]:
    """What h11 makes of it."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    status, body = 0, b""
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        match event:
            case h11.Response():
                status = event.status_code
            case h11.Data():
                body += bytes(event.data)
            case h11.NEED_DATA:
                raise AssertionError("incomplete")
    return status, body


@given(
    status=st.integers(200, 599).filter(lambda status: status not in (204, 304)),
    body=BODIES,
    sizes=st.lists(st.integers(1, 100), max_size=5) | st.none(),
    trailer=st.sampled_from([b"", b"X-Sum: 1\r\n", b"A: b\r\nC: d\r\n"]),
    early=st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"]),
    cuts=st.lists(st.integers(0, 2000), max_size=6),
)
def test_an_answer_is_the_same_however_its_bytes_are_cut(
    status: int, body: bytes, sizes: list[int] | None, trailer: bytes, early: bytes, cuts: list[int]
) -> None:
    head = b"HTTP/1.1 %d Some Words\r\nContent-Type: application/json\r\n" % status
    if sizes is None:
        data = early + head + b"content-length:  %d \r\n\r\n" % len(body) + body
    else:
        data = early + head + b"Transfer-Encoding: Chunked\r\n\r\n" + chunked(body, sizes, trailer)
    answer, reader = read(data, cuts)
    assert answer == Response(status, body)
    assert (status, body) == judged(data)
    assert reader.may_be_kept


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=4))
def test_garbage_is_no_answer_and_no_other_error(data: bytes, cuts: list[int]) -> None:
    for prefix in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"):
        try:
            answer, _ = read(prefix + data, cuts)
        except HttpFailed:
            continue
        assert answer is None or isinstance(answer, Response)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"220 smtp.example.com\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX : y\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded: y\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * MAX_HEAD_BYTES,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * (MAX_HEAD_BYTES + 1),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY_BYTES + 1),
    ],
)
def test_what_is_ambiguous_or_without_bounds_is_refused(head: bytes) -> None:
    with pytest.raises(HttpFailed):
        read(head)


@pytest.mark.parametrize("status", [204, 304])
def test_some_answers_have_no_body_whatever_they_say(status: int) -> None:
    answer, reader = read(b"HTTP/1.1 %d No\r\nContent-Length: 9\r\n\r\n" % status)
    assert answer == Response(status, b"")
    assert reader.may_be_kept


def test_without_a_length_the_body_goes_up_to_the_end_of_the_connection() -> None:
    answer, reader = read(b"HTTP/1.1 200 OK\r\n\r\nhalf")
    assert answer is None
    assert reader.feed(b" and half") is None
    assert reader.end() == Response(200, b"half and half")
    assert not reader.may_be_kept


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Len",
        b"",
    ],
)
def test_an_answer_that_was_cut_off_is_none(data: bytes) -> None:
    answer, reader = read(data)
    assert answer is None
    assert reader.end() is None


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore",
    ],
)
def test_a_connection_is_kept_only_where_another_answer_can_follow(data: bytes) -> None:
    answer, reader = read(data)
    assert answer == Response(200, b"")
    assert not reader.may_be_kept


@given(path=st.sampled_from(["", "/", "/a/b", "/a?b=c"]), name=st.text(max_size=10), content=BODIES)
def test_requests_are_what_h11_reads(path: str, name: str, content: bytes) -> None:
    data = request_bytes(
        "POST", f"http://host.test:81{path}", params={"n": name}, headers={"X-Key": "v"}, content=content
    )
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    request, body = connection.next_event(), b""
    assert isinstance(request, h11.Request)
    while isinstance(event := connection.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    assert request.method == b"POST"
    assert request.target.startswith(b"/")
    assert dict(request.headers) == {
        b"host": b"host.test:81",
        b"x-key": b"v",
        b"content-length": str(len(content)).encode(),
    }
    assert body == content


def test_a_header_stays_one_header() -> None:
    with pytest.raises(ValueError, match="line break"):
        request_bytes("GET", "http://host.test/", headers={"X": "a\r\nY: b"})
