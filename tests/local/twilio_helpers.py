"""An application for the simulated Twilio to talk to: a web server with canned TwiML, and a media server.

Both are real servers on 127.0.0.1. Every webhook's signature is checked with Twilio's own validator.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import pytest
import trustme
from aiohttp import web
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]
from websockets.asyncio.server import ServerConnection, serve

from local.twilio import (
    Call,
    CallRecord,
    Clock,
    NumberSettings,
    Person,
    ScriptedRecogniser,
    SimulatedTwilio,
    ToneSpeaker,
)

ACCOUNT_SID = "AC" + "0a" * 16
TOKEN = "an-auth-token-for-tests"
CREDENTIALS = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, TOKEN)}
HOTEL = "+12072203501"
STAFF = "+12072203502"
CALLER = "+12075550142"
HELLO = "<Response><Say>Hello</Say></Response>"
SPEED = 20.0
VOICE = bytes([0x20]) * 160
"""A frame that counts as speech."""


@dataclass(frozen=True)
class Request:
    """A webhook as it arrived."""

    path: str
    method: str
    params: dict[str, str]
    headers: Mapping[str, str]


@dataclass
class Answer:
    """What the application answers: by default 200 with XML."""

    body: str = "<Response/>"
    status: int = 200
    content_type: str = "text/xml"
    delay_s: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


class Application:
    """Answers each path with the next of its answers; the last one is repeated."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.forgeries: list[str] = []
        self.origin = ""
        self._answers: dict[str, list[Answer]] = {}
        self._runner: web.AppRunner | None = None

    def answers(self, path: str, *answers: str | Answer) -> None:
        self._answers[path] = [Answer(answer) if isinstance(answer, str) else answer for answer in answers]

    def got(self, path: str) -> list[dict[str, str]]:
        """The fields of every request to `path`, in order."""
        return [request.params for request in self.requests if request.path == path]

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        given = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(TOKEN).validate(self.origin + request.path_qs, form, given):
            self.forgeries.append(request.path_qs)
        params = form or dict(request.query)
        self.requests.append(Request(request.path, request.method, params, request.headers))
        answers = self._answers.get(request.path, [Answer(status=404, body="no such page")])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        await asyncio.sleep(answer.delay_s)
        headers = answer.headers | ({"Content-Type": answer.content_type} if answer.content_type else {})
        return web.Response(status=answer.status, body=answer.body.encode(), headers=headers)


class MediaServer:
    """A WebSocket server over TLS; `behaviour` handles each connection, `received` holds its messages."""

    def __init__(self, authority: trustme.CA) -> None:
        self.received: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.paths: list[str] = []
        self.url = ""
        self.refuse_with: int | None = None
        self.behaviour: Callable[[ServerConnection, MediaServer], Awaitable[None]] = listen
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(self._context)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with serve(
            self._serve, "127.0.0.1", 0, ssl=self._context, process_request=self._upgrade, compression=None
        ) as server:
            self.url = f"wss://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/voice/stream"
            yield

    def events(self, *names: str) -> list[dict[str, Any]]:
        """The messages of these events so far, all connections together."""
        return [message for message in self.received if message["event"] in names]

    @property
    def order(self) -> list[str]:
        """Names of the events, runs of the same one written once."""
        names = [message["event"] for message in self.received]
        return [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]

    async def next_message(self, connection: ServerConnection) -> dict[str, Any]:
        message: dict[str, Any] = orjson.loads(await connection.recv())
        self.received.append(message)
        return message

    async def until(self, connection: ServerConnection, event: str) -> dict[str, Any]:
        while True:
            message = await self.next_message(connection)
            if message["event"] == event:
                return message

    def _upgrade(self, connection: ServerConnection, request: Any) -> Any:
        self.headers.append(request.headers)
        self.paths.append(request.path)
        return connection.respond(self.refuse_with, "no") if self.refuse_with else None

    async def _serve(self, connection: ServerConnection) -> None:
        await self.behaviour(connection, self)


async def listen(connection: ServerConnection, server: MediaServer) -> None:
    """The default behaviour: read until Twilio is done."""
    async for message in connection:
        server.received.append(orjson.loads(message))


@dataclass
class World:
    """A simulated Twilio (20 times faster than the real one) beside the application it calls."""

    app: Application
    media: MediaServer
    twilio: SimulatedTwilio
    speaker: ToneSpeaker
    recogniser: ScriptedRecogniser

    async def call(self, *voice: str | Answer, **options: Any) -> Call:
        """The demo caller phones the hotel; `/voice` answers with these documents."""
        if voice:
            self.app.answers("/voice", *voice)
        return await self.twilio.place_call(from_=CALLER, to=HOTEL, **options)

    async def run(self, *voice: str | Answer, **options: Any) -> CallRecord:
        """The same, until the call is over."""
        return await (await self.call(*voice, **options)).ended()

    def connect(self, **attributes: str) -> str:
        """A document that opens a media stream, with `action` and whatever else `<Connect>` is given."""
        given = "".join(f' {name}="{value}"' for name, value in attributes.items())
        return f'<Response><Connect{given}><Stream url="{self.media.url}"/></Connect></Response>'


@contextlib.asynccontextmanager
async def a_world(**settings: Any) -> AsyncIterator[World]:
    authority = trustme.CA()
    tls = ssl.create_default_context()
    authority.configure_trust(tls)
    app, media, speaker, recogniser = Application(), MediaServer(authority), ToneSpeaker(), ScriptedRecogniser()
    await app.start()
    number = NumberSettings(
        voice_url=f"{app.origin}/voice",
        voice_fallback_url=f"{app.origin}/fallback" if settings.pop("fallback", False) else "",
        status_callback=f"{app.origin}/status",
    )
    app.answers("/status", Answer(status=204, body=""))
    twilio = SimulatedTwilio(
        account_sid=ACCOUNT_SID,
        auth_token=TOKEN,
        numbers={HOTEL: number},
        speaker=speaker,
        recogniser=recogniser,
        tls=tls,
        clock=Clock(SPEED, asyncio.get_running_loop().time),
        **settings,
    )
    await twilio.start()
    try:
        async with media.running():
            yield World(app, media, twilio, speaker, recogniser)
            await twilio.stop()
    finally:
        await twilio.stop()
        await app.stop()
    assert app.forgeries == []
    left = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert left == []


@pytest.fixture(name="world")
async def world_of_a_person() -> AsyncIterator[World]:
    """For calls by REST: a person answers at the staff's number, and calls may follow each other at once."""
    async with a_world(calls_per_second=100.0) as world:
        world.twilio.people[STAFF] = Person(answers_after_s=1)
        yield world


def client_of(world: World, token: str = TOKEN) -> Any:
    client = Client(ACCOUNT_SID, token, http_client=TwilioHttpClient(timeout=5))
    client.api.base_url = world.twilio.base_url
    return client


async def in_thread(work: Any, **options: Any) -> Any:
    """The official client waits; the simulator must go on meanwhile."""
    return await asyncio.to_thread(work, **options)


async def create(world: World, **options: Any) -> Any:
    """A call from the hotel to its staff, by the official client."""
    return await asyncio.to_thread(client_of(world).calls.create, **({"to": STAFF, "from_": HOTEL} | options))


async def refused(work: Any, **options: Any) -> TwilioRestException:
    with pytest.raises(TwilioRestException) as error:
        await asyncio.to_thread(work, **options)
    return error.value


async def eventually(condition: Callable[[], object]) -> None:
    """Wait until something outside the test has happened."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


def codes(call: Call) -> list[int]:
    return [problem.code for problem in call.problems]


def kinds(record: CallRecord, kind: str) -> list[dict[str, object]]:
    return [entry.detail for entry in record.timeline if entry.kind == kind]
