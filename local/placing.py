"""Scenes in which the hotel calls: has a call ordered or promised, and waits for the guest's telephone to ring.

Both go as they go in production: an order is posted to the `staff` function; a promise is made by the tools in another
conversation before, for the next full minute of the hotel's clock, and `jobs` keeps it when it is due.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from local import hotels
from local.callers.scene import Answerer, Placed, Scene
from local.config import HOTELS
from local.errors import SetupError
from local.stack import Stack
from local.text import Guest, TextConversation
from local.twilio import Call, Entry, Person

RINGS_WITHIN_S = 150.0
"""A promise is for the next minute, and one that was not answered is tried again after another."""
_SOON = timedelta(seconds=65)
_STAYS_S = 600.0
"""Who answers is the guest of the scene, whose steps end the call."""

MakePerson = Callable[[str, Answerer], Person]


class Placing:
    """`call()` returns the call that the scene is about: the last of those that its `answers` tell of."""

    def __init__(self, stack: Stack, scene: Scene, placed: Placed, person: MakePerson) -> None:
        self._stack, self._scene, self._placed, self._person = stack, scene, placed, person
        self._calls: list[Call] = []
        self._news = asyncio.Event()

    async def call(self) -> Call:
        """Raises SetupError when nobody calls, or the order is refused."""
        twilio, number = self._stack.twilio, self._scene.caller
        twilio.observe(self._on_entry)
        try:
            for count, answerer in enumerate(self._placed.answers, 1):
                twilio.people[number] = self._person(number, replace(answerer, hangs_up_after_s=_STAYS_S))
                if count == 1:
                    await self._ask()
                call = await self._rings(count)
                if count < len(self._placed.answers):
                    await call.over.wait()
            return call
        finally:
            twilio.exchange.observers.remove(self._on_entry)

    async def _rings(self, count: int) -> Call:
        try:
            async with asyncio.timeout(RINGS_WITHIN_S):
                while len(self._calls) < count:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise SetupError(f"Nobody called {self._scene.caller} within {RINGS_WITHIN_S:.0f} s.") from None
        return self._calls[count - 1]

    def _on_entry(self, call: Call, _: Entry) -> None:
        if call.to == self._scene.caller and call.direction == "outbound-api" and call not in self._calls:
            self._calls.append(call)
            self._news.set()

    async def _ask(self) -> None:
        if self._placed.promise is not None:
            await asyncio.to_thread(self._promise, self._placed.promise)
            return
        body = {"property_id": self._hotel.property_id, "phone": self._scene.caller}
        async with aiohttp.ClientSession() as http:
            await self._post(http, "jobs", "/jobs/guests/consent", {**body, "may_call": True, "may_market": True})
            answer = await self._post(http, "staff", "/voice/twilio/outbound", {**body, **self._placed.order})
        if not answer["ok"]:
            raise SetupError(f"The call was refused: {answer['error']['message']}.")

    async def _post(
        self, http: aiohttp.ClientSession, function: str, path: str, body: dict[str, Any]
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._stack.secrets.service_secret}"}
        async with http.post(self._stack.wiring.origin(function) + path, json=body, headers=headers) as response:
            answer: dict[str, Any] = await response.json()
        if response.status != 200:
            raise SetupError(f"POST {path} was answered {response.status}: {answer}.")
        return answer

    def _promise(self, reason: str) -> None:
        hotel = self._hotel
        hour = datetime.now(ZoneInfo(hotel.time_zone)) + _SOON
        earlier = TextConversation(self._stack.state(), hotel, Guest(self._scene.caller), lambda *_: None)
        with contextlib.closing(earlier):
            earlier.open()
            wanted = {"when": hour.date().isoformat(), "time": f"{hour:%H:%M}", "phone_source": "caller_line"}
            answer = earlier.use("schedule_callback", {**wanted, "reason": reason})
        if not answer["ok"]:
            raise SetupError(f"The call was not promised: {answer['error']['message']}.")

    @property
    def _hotel(self) -> hotels.Hotel:
        known = [hotels.find(file.stem) for file in HOTELS.glob("*.yaml")]
        return next(hotel for hotel in known if hotel.number == self._scene.called)
