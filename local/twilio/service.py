"""The simulated Twilio as its users see it: start it, place a call, get the record. See the package's docstring."""

import asyncio
import ssl
from collections.abc import Coroutine, Mapping
from typing import Any

from aiohttp import web

from local.twilio.calls import Call, HungUp, Observer, Redirected, Source, StatusCallback
from local.twilio.cards import Connector
from local.twilio.clock import Clock
from local.twilio.exchange import Exchange, NumberSettings, Settings, report_bugs
from local.twilio.executor import Executor
from local.twilio.faults import RestFaults, WebhookFaults
from local.twilio.forms import ApiError, NewCall, Redirection
from local.twilio.messaging import Messaging, TextLog
from local.twilio.people import Person
from local.twilio.recogniser import ProcessRecogniser, Recogniser
from local.twilio.rest import RestApi
from local.twilio.speaker import ProcessSpeaker, Speaker
from local.twilio.texts import Texts

BUSY = (10004, "Call concurrency limit exceeded")
LONGEST_QUEUE_MS = 24 * 3600 * 1000
"""Source: error page 22005."""


class SimulatedTwilio:
    """One account: its REST API on a port, its numbers, the people who call and are called."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        numbers: Mapping[str, NumberSettings],
        speaker: Speaker | None = None,
        recogniser: Recogniser | None = None,
        tls: ssl.SSLContext | None = None,
        clock: Clock | None = None,
        webhook_timeout_s: float = 15.0,
        stream_open_timeout_s: float = 10.0,
        calls_per_second: float = 1.0,
        most_calls: int | None = None,
        api_keys: Mapping[str, str] | None = None,
    ) -> None:
        """`most_calls` at once is what the account may have; None sets no limit. `api_keys`: their secrets by sid."""
        settings = Settings(
            account_sid=account_sid,
            auth_token=auth_token,
            numbers=dict(numbers),
            webhook_timeout_s=webhook_timeout_s,
            stream_open_timeout_s=stream_open_timeout_s,
            calls_per_second=calls_per_second,
            tls=tls,
            api_keys=dict(api_keys or {}),
        )
        self.exchange = Exchange(
            settings, speaker or ProcessSpeaker(), recogniser or ProcessRecogniser(), clock or Clock()
        )
        self.exchange.carry_on = lambda call, source: self._run(
            self._carry_out(call, Executor(self.exchange, call), source)
        )
        self.texts = Texts(self.exchange.settings.numbers, self.exchange.clock)
        self.messaging = Messaging(self.texts, self.exchange)
        self.port = 0
        self.faults = RestFaults()
        self.most_calls = most_calls
        self._runner: web.AppRunner | None = None
        self._calls: set[asyncio.Task[None]] = set()

    @property
    def people(self) -> dict[str, Person]:
        """Who answers at which number; add to it at any time."""
        return self.exchange.people

    @property
    def closed(self) -> set[str]:
        """Prefixes ("+1876") of the regions that the account has no permission to call; for texts: `texts.closed`."""
        return self.exchange.closed

    @property
    def calls(self) -> dict[str, Call]:
        """Every call so far by CallSid, legs of `<Dial>` included."""
        return self.exchange.calls

    @property
    def base_url(self) -> str:
        """What the official client needs as `client.api.base_url`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def connectors(self) -> dict[str, Connector]:
        """The account's Pay Connectors by name; "Default" is one that takes test cards."""
        return self.exchange.connectors

    def observe(self, observer: Observer) -> None:
        """Be told of every timeline entry of every call, as it happens."""
        self.exchange.observers.append(observer)

    async def start(self, port: int = 0) -> None:
        """Serve the REST API on 127.0.0.1. Raises OSError when the port is in use."""
        self._runner = web.AppRunner(RestApi(self).app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.exchange.recordings.origin = self.base_url

    async def stop(self) -> None:
        """Hang up what is still going on and leave nothing behind."""
        await self.messaging.close()
        await self.exchange.close()
        if self._calls:
            await asyncio.wait(self._calls)
        if self._runner is not None:
            await self._runner.cleanup()

    async def place_call(
        self,
        *,
        from_: str,
        to: str,
        voice_url: str | None = None,
        status_callback: str | None = None,
        extra_params: dict[str, str] | None = None,
        faults: WebhookFaults | None = None,
    ) -> Call:
        """Somebody phones one of the account's numbers; the call is ringing. URLs given here replace the number's.

        `extra_params` are added to every webhook of the call (StirVerstat, CallerName, ...). Raises KeyError for a
        number that the account does not have.
        """
        number = self.exchange.settings.numbers[to]
        call = self.exchange.new_call(
            from_=from_, to=to, direction="inbound", status="ringing", extra_params=extra_params
        )
        call.faults = faults or call.faults
        callback = number.status_callback if status_callback is None else status_callback
        call.status_callback = StatusCallback(callback) if callback else None
        call.fallback = Source(number.voice_fallback_url) if number.voice_fallback_url else None
        self._run(self._inbound(call, Source(voice_url or number.voice_url, number.voice_method)))
        return call

    async def place_text(self, *, from_: str, to: str, body: str) -> TextLog:
        """Somebody writes to one of the account's numbers; returns when the application has answered.

        Raises KeyError for a number that the account does not have.
        """
        return await self.messaging.receive(from_, to, body)

    def call_person(self, order: NewCall, busy: tuple[int, str] = BUSY) -> Call:
        """The REST API calls somebody; the call is queued. Raises ApiError with `busy`, or 22005.

        What HTTP status they have is not documented: 429 it is, as for any other limit that is reached.
        """
        if self.is_busy:
            raise ApiError(429, *busy)
        if self.exchange.queue_ms > LONGEST_QUEUE_MS:
            raise ApiError(429, 22005, "Call Queue Full")
        call = self.exchange.new_call(from_=order.from_, to=order.to, direction="outbound-api", status="queued")
        call.status_callback = order.status_callback
        call.fallback = order.fallback
        call.time_limit_s = order.time_limit_s
        self.exchange.take_turn(call)
        for problem in order.problems:
            call.problem(problem)
        self._run(self._outbound(call, order))
        return call

    @property
    def is_busy(self) -> bool:
        """Has the account as many calls as it may have?"""
        going_on = sum(not call.is_final for call in self.calls.values())
        return self.most_calls is not None and going_on >= self.most_calls

    def hang_up(self, call: Call) -> None:
        """The REST API ends the call."""
        call.interrupt(HungUp("api"))

    def redirect(self, call: Call, to: Redirection) -> None:
        """The REST API gives a live call other instructions."""
        call.fallback = to.fallback or call.fallback
        call.status_callback = to.status_callback or call.status_callback
        call.interrupt(Redirected(to.source))

    async def _inbound(self, call: Call, source: Source) -> None:
        await self._carry_out(call, Executor(self.exchange, call), source)

    async def _outbound(self, call: Call, order: NewCall) -> None:
        executor = Executor(self.exchange, call)
        result = await self._ring(call, order.ring_s)
        if result != "answered":
            self.exchange.end(call, result, "api" if result == "canceled" else "callee")
            await self.exchange.settled(call)
            return
        self.exchange.picked_up(call)
        if order.recording is not None:
            self.exchange.recordings.start(call, call.phone, order.recording)
        if order.detection is not None:
            detecting = self.exchange.spawn(call, self.exchange.detect(call, order.detection))
            if not order.detection.asynchronous:
                await asyncio.wait({detecting, call.interruption}, return_when=asyncio.FIRST_COMPLETED)
        if order.send_digits:
            self.exchange.spawn(call, self.exchange.send_keys(call, order.send_digits))
        await self._carry_out(call, executor, order.source)

    async def _ring(self, call: Call, ring_s: int) -> str:
        """Call somebody when it is the call's turn: "answered", or what the call ends as."""
        with self.exchange.clock.alarm(call.queued_ms / 1000) as turn:
            waiting: set[asyncio.Future[Any]] = {turn, call.interruption}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if call.interruption.done():
            return "canceled"
        ringing = self.exchange.spawn(call, self.exchange.ring(call))
        with self.exchange.clock.alarm(ring_s) as time_up:
            waiting = {ringing, time_up, call.interruption}
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        result = ringing.result() if ringing.done() else "no-answer"
        ringing.cancel()
        return "canceled" if call.interruption.done() else result

    async def _carry_out(self, call: Call, executor: Executor, source: Source) -> None:
        status, ended_by = "failed", "simulator"
        try:
            ended_by = await executor.run(source)
            status = executor.final_status
        finally:
            self.exchange.end(call, status, ended_by, executor.last_requests)
            await self.exchange.settled(call)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        task.add_done_callback(report_bugs)
