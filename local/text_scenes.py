"""Plays conversations in writing against the real `tools` function, and judges what they left behind.

Only what a conversation by keyboard needs is started: that one process, the simulated Twilio for its texts and the
simulated Stripe for its links.
"""

import asyncio
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp

from local import hotels, ports, text
from local.config import RUNS, UserSettings
from local.expect import contained, day, matched, texts_sent
from local.process import Process, Reaper
from local.state import State, new_run_folder
from local.store import records
from local.stripe import SimulatedStripe
from local.text import TextConversation
from local.text_script import Guest, Keys, Said, TextScene, Tool
from local.twilio import NumberSettings, SimulatedTwilio, TextMessage
from local.wiring import FUNCTIONS, NUMBERS, STAND_INS, Options, Secrets, Wiring


class Desk:
    """`async with Desk() as desk`: the `tools` function over a store of its own, and accounts for texts and links."""

    def __init__(self) -> None:
        self.secrets = Secrets()
        self.run_folder = new_run_folder(RUNS)
        self.ports = ports.assign([*FUNCTIONS, "speech", *STAND_INS])
        self.wiring = Wiring(self.ports, self.secrets, UserSettings(), Options(), self.run_folder)
        self.twilio = SimulatedTwilio(
            account_sid=self.secrets.twilio_account_sid,
            auth_token=self.secrets.twilio_auth_token,
            numbers={number: NumberSettings("") for number in NUMBERS},
        )
        self.stripe = SimulatedStripe(
            api_key=self.secrets.stripe_api_key,
            webhook_url=self.wiring.origin("payments") + "/payments/webhook",  # nobody is there, and nobody pays
            webhook_secret=self.secrets.stripe_webhook_secret,
            origin=self.wiring.origin("simulated-stripe"),
        )
        self._reaper: Reaper | None = None
        self._process: Process | None = None

    @property
    def state(self) -> State:
        return State(
            pid=0,
            control_url="",
            control_token="",
            run_folder=str(self.run_folder),
            tools_url=self.wiring.origin("tools"),
            service_secret=self.secrets.service_secret,
            session_signing_key=self.secrets.session_signing_key,
        )

    async def __aenter__(self) -> "Desk":
        try:
            await self.twilio.start(self.ports["simulated-twilio"])
            await self.stripe.start(self.ports["simulated-stripe"])
            hotels.open_for_calls(self.wiring.properties)
            self._reaper = Reaper()
            command = next(command for command in self.wiring.commands() if command.name == "tools")
            self._process = Process(command, self.run_folder / "logs" / "tools.log", self._reaper)
            await self._process.start()
            async with aiohttp.ClientSession() as http:
                await self._process.ready(http)
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        if self._process is not None:
            await self._process.stop()
        await self.stripe.stop()
        await self.twilio.stop()
        if self._reaper is not None:
            await asyncio.to_thread(self._reaper.close)

    async def play(self, scene: TextScene) -> list[str]:
        """Every way in which the conversation is not as expected, in sentences. Raises TextFailed."""
        before = len(self.twilio.texts.sent)
        played = _Played(scene, self.state)
        await asyncio.to_thread(played.run)
        stored = await asyncio.to_thread(records, self.wiring.sqlite_path, list(scene.stored), played.session_id)
        return [*played.failures, *_judged(scene, played, stored, self.twilio.texts.sent[before:])]


class _Played:
    """One conversation, step by step. A step that fails ends it: what follows would not mean much."""

    def __init__(self, scene: TextScene, state: State) -> None:
        hotel = hotels.find(scene.property_id)
        guest = text.Guest(scene.caller, scene.stir, scene.language)
        self.scene = scene
        self.failures: list[str] = []
        self.tools: list[str] = []
        self.today: date = datetime.now(ZoneInfo(hotel.time_zone)).date()
        self._said: list[str] = []
        self._kept: dict[str, str] = {}
        self._conversation = TextConversation(state, hotel, guest, self._show)

    @property
    def session_id(self) -> str:
        return self._conversation.session_id

    def run(self) -> None:
        try:
            self._conversation.open()
            for number, step in enumerate(self.scene.steps, 1):
                if not isinstance(step, Said):
                    self._said.clear()
                self.failures = [f"step {number}: {problem}" for problem in self._take(step)]
                if self.failures:
                    return
        finally:
            self._conversation.close()

    def _take(self, step: Guest | Keys | Said | Tool) -> Iterator[str]:
        match step:
            case Guest(line):
                self._conversation.hear(self._filled(line))
            case Keys(keys):
                self._conversation.press(self._filled(keys))
                self.tools.append("handle_ivr_menu")
            case Said(part):
                if part.lower() not in " ".join(self._said).lower():
                    yield f"{part!r} was not said, but {self._said!r}"
            case Tool():
                yield from self._use(step)

    def _use(self, step: Tool) -> Iterator[str]:
        arguments = {name: self._value(value) for name, value in step.arguments.items()}
        answer = self._conversation.use(step.name, arguments)
        code = "" if answer["ok"] else answer["error"]["code"]
        if code != step.refused:
            why = "" if answer["ok"] else f": {answer['error']['message']}"
            yield f"{step.name} was {f'refused with {code}' if code else 'not refused'}{why}"
            return
        given = answer["result"] if answer["ok"] else answer["error"]
        yield from contained({n: self._value(v) for n, v in step.result.items()}, given, self.today, f"{step.name}: ")
        if step.then != answer.get("then", {}).get("action", "") and step.then:
            yield f"{step.name} brought no {step.then}, but {answer.get('then')}"
        for name, field in step.keep.items():
            self._kept[name] = str(given[field])

    def _value(self, value: Any) -> Any:
        return day(self._filled(value), self.today) if isinstance(value, str) else value

    def _filled(self, words: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda match: self._kept.get(match[1], match[0]), words)

    def _show(self, kind: str, detail: dict[str, Any]) -> None:
        if kind == "agent":
            self._said.append(detail["text"])
        elif kind == "tool":
            self.tools.append(detail["name"])


def _judged(
    scene: TextScene, played: _Played, stored: Mapping[str, list[dict[str, Any]]], sent: list[TextMessage]
) -> Iterator[str]:
    tools = [step.name for step in scene.steps if isinstance(step, Tool)]
    wanted = list(scene.tools) if scene.tools is not None else tools
    called = [name for name in played.tools if name != "handle_ivr_menu" or name in wanted]
    if called != wanted:
        yield f"tools were {called}, expected {wanted}"
    for table, rows in scene.stored.items():
        yield from matched(table, rows, stored[table], played.today)
    if scene.texts is None:
        return
    ours = [{"to": text.to, "body": text.body} for text in sent]
    yield from texts_sent(scene.texts, ours)
