"""Everybody in a scene but the guest who calls: who answers which number, what is known of their calls and texts."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from local.callers.actor import Actor, Surroundings
from local.callers.scene import Answerer, Scene
from local.stack import Stack
from local.twilio import Call, Entry, Person, Phone

CALLED_LIMIT_S = 60.0
"""So long after the guest's call others may still be called, a callback for one."""
RINGING = "ringing tone"
"""What a phone is said to hear when another is dialled for it."""


class Cast:
    """`called` has the calls to each of the scene's people, `complaints` what they waited for in vain.

    `note` is told of what people do.
    """

    def __init__(
        self,
        stack: Stack,
        scene: Scene,
        lines: Mapping[str, bytes],
        note: Callable[..., None],
    ) -> None:
        called = [*scene.people, *([scene.caller] if scene.placed else [])]
        self.called: dict[str, list[Call]] = {number: [] for number in called}
        self.complaints: list[str] = []
        self._twilio, self._scene, self._lines = stack.twilio, scene, lines
        self._note = note
        self._said: dict[str, list[str]] = {}
        self._words: dict[str, list[str]] = {}
        """By number: what the telephone system spoke to it, and the same with what was played and others said."""
        self._connected: set[str] = set()
        self._texts_before = len(stack.twilio.texts.sent)
        self._news = asyncio.Event()

    def person(self, number: str, answerer: Answerer) -> Person:
        """Somebody who can be called in this scene."""
        if answerer.machine:
            greeting = self._lines[answerer.machine]
            return Person.machine(greeting, answers_after_s=answerer.after_s, beeps=answerer.beeps)

        async def act(phone: Phone) -> None:
            actor = Actor(answerer.steps, phone, self._lines, observe, self.surroundings(number))
            try:
                await phone.spoken()
                await actor.act()
            finally:
                if actor.complaint:
                    self.complaints.append(f"{number}: {actor.complaint}")

        def observe(kind: str, detail: dict[str, object]) -> None:
            self._note("person", number=number, action=kind, **detail)
            if "text" in detail and number in self._connected:
                self._words.setdefault(self._scene.caller, []).append(str(detail["text"]))

        return Person(
            answers_after_s=answerer.after_s if answerer.answers else None,
            busy=answerer.busy,
            says=self._lines[answerer.says] if answerer.says else b"",
            script=act if answerer.steps else None,
            hangs_up_after_ms=int(answerer.hangs_up_after_s * 1000),
        )

    def surroundings(self, number: str, asked_again: Callable[[], bool] = lambda: False) -> Surroundings:
        async def text(body: str) -> None:
            await self._twilio.place_text(from_=number, to=self._scene.called, body=body)

        return Surroundings(
            asked_again=asked_again,
            said=lambda: self._words.get(number, []),
            texts=lambda: [text["body"] for text in self.texts() if text["to"] == number],
            text=text,
            said_to=lambda other: self._words.get(other, []),
        )

    def calls(self, guests: Call) -> list[Call]:
        """The guest's call and all those to others."""
        return [guests, *(call for calls in self.called.values() for call in calls if call is not guests)]

    def spoken_by_twilio(self, number: str) -> list[str]:
        """What the telephone system has spoken to a phone, `<Say>` by `<Say>`."""
        return list(self._said.get(number, []))

    def texts(self) -> list[dict[str, str]]:
        """Texts sent since the scene began to anybody in it."""
        ours = {self._scene.caller, *self._scene.people}
        sent = self._twilio.texts.sent[self._texts_before :]
        return [{"to": text.to, "body": text.body} for text in sent if text.to in ours]

    def notice(self, call: Call, entry: Entry, *, is_ours: bool) -> None:
        """Something happened in a call of the account."""
        if call.direction != "inbound" and call.to in self.called:
            is_ours = True
            if call not in self.called[call.to]:
                self.called[call.to].append(call)
                self._news.set()
        if is_ours and entry.kind == "verb":
            sounds: Any = entry.detail.get("prompts", [entry.detail])
            for sound in sounds:
                if "text" in sound:
                    self._said.setdefault(call.phone.number, []).append(sound["text"])
                if heard := sound.get("text") or (sound.get("url") if entry.detail["verb"] == "Play" else ""):
                    self._words.setdefault(call.phone.number, []).append(heard)
        if is_ours and entry.kind == "dial" and entry.detail["state"] == "calling":
            self._words.setdefault(call.phone.number, []).append(RINGING)
        if is_ours and entry.kind == "dial" and entry.detail["state"] == "bridged":
            self._connected |= {call.phone.number, str(entry.detail["number"])}

    def agent_said(self, words: str) -> None:
        """The agent has spoken to the guest."""
        self._words.setdefault(self._scene.caller, []).append(words)

    async def others_called(self) -> str:
        """Wait until everybody who is to be called has been, and all calls are over; a complaint, or ""."""
        try:
            async with asyncio.timeout(CALLED_LIMIT_S):
                for number, statuses in self._scene.expect.calls.items():
                    while len(self.called.get(number, [])) < len(statuses):
                        self._news.clear()
                        await self._news.wait()
                for call in [call for calls in self.called.values() for call in calls]:
                    await call.over.wait()
        except TimeoutError:
            left = [call.to for calls in self.called.values() for call in calls if not call.over.is_set()]
            what = f"{', '.join(left)} is still on the line" if left else "not everybody was called"
            return f"{what} {CALLED_LIMIT_S:.0f} s after the call"
        return ""
