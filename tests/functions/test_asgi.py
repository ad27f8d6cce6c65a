"""One request, answered by an ASGI application: what goes in, what comes out, and what never ends."""

import asyncio
from typing import Any

import pytest
from flask import Flask, request
from nightdesk import asgi

app = Flask("x")


async def echo(scope: Any, receive: Any, send: Any) -> None:
    incoming = await receive()
    assert incoming["more_body"] is False
    told = [scope["method"], scope["path"], scope["query_string"].decode(), incoming["body"].decode()]
    headers = [(b"x-header", dict(scope["headers"])[b"x-header"]), (b"content-length", b"999")]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    for part in told:
        await send({"type": "http.response.body", "body": part.encode() + b"|", "more_body": True})
    await send({"type": "http.response.body"})


def test_a_request_goes_in_and_its_whole_answer_comes_out() -> None:
    with app.test_request_context("/mcp?a=1", method="POST", data="body", headers={"X-Header": "yes"}):
        answer = asgi.respond(echo, request, 5)
    assert (answer.status_code, answer.data) == (201, b"POST|/mcp|a=1|body|")
    assert answer.headers["x-header"] == "yes"
    assert answer.headers["Content-Length"] == str(len(answer.data))


def test_an_application_that_never_ends_is_cut_off() -> None:
    async def waits_for_the_client_to_leave(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await receive()

    with app.test_request_context("/mcp", method="POST"), pytest.raises(TimeoutError):
        asgi.respond(waits_for_the_client_to_leave, request, 0.01)


def test_an_application_without_an_answer_is_an_error() -> None:
    async def says_nothing(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0)

    with app.test_request_context("/mcp", method="POST"), pytest.raises(RuntimeError, match="did not answer"):
        asgi.respond(says_nothing, request, 5)
