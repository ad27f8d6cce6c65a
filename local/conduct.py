"""Conducts one scene against a running stack: places the call, lets the guest act, makes the faults, gathers the facts.

It judges nothing: `expect.py` does, from the `Facts`.
"""

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Any

from local.callers.actor import Actor
from local.callers.lines import read_line
from local.callers.scene import Faults, Scene
from local.cast import Cast
from local.errors import SetupError
from local.facts import Event, Facts, Notice, Watch
from local.ids import session_id_of
from local.outages import Outages
from local.placing import Placing
from local.pubsub import Delivery
from local.replay import Replay
from local.stack import Stack
from local.store import look_up, records
from local.traces import files_with
from local.twilio import Call, CallOver, CallRecord, Entry, WebhookFaults

CALL_LIMIT_S = 240.0
SETTLE_LIMIT_S = 50.0
"""Longer than the 30 s that functions wait for a relay's last word before they end a conversation without it."""

CONNECT_LIMIT_S = 5.0
ASKED_AGAIN = "did not catch that"


async def conduct(stack: Stack, scene: Scene, watch: Watch = lambda _: None) -> Facts:
    """One call from the ring to the last event. Raises SetupError when a line has no recording."""
    lines = {line: read_line(line) for line in scene.lines}
    if scene.called not in stack.twilio.exchange.settings.numbers:
        raise SetupError(f"The scene {scene.name} calls {scene.called}, which this account does not have.")
    conducted = _Conduct(stack, scene, lines, watch)
    for number, answerer in scene.people.items():
        stack.twilio.people[number] = conducted.cast.person(number, answerer)
    try:
        return await conducted.run()
    finally:
        for number in (*scene.people, *((scene.caller,) if scene.placed else ())):
            stack.twilio.people.pop(number, None)


class _Conduct:
    def __init__(self, stack: Stack, scene: Scene, lines: dict[str, bytes], watch: Watch) -> None:
        self._stack = stack
        self._scene = scene
        self._lines = lines
        self._watch = watch
        self._acts: list[Notice] = []
        self._events: list[Event] = []
        self._conversation_ended = asyncio.Event()
        self._call: Call | None = None
        self._session_id = ""
        self._streaming = asyncio.Event()
        self.cast = Cast(stack, scene, lines, self._note)
        self._outages = Outages(stack, scene, lambda what: self._note("fault", what=what))

    async def run(self) -> Facts:
        stack, scene = self._stack, self._scene
        stack.pubsub.listeners.append(self._on_event)
        stack.twilio.observe(self._on_entry)
        await self._outages.before()
        async with contextlib.AsyncExitStack() as held:
            if scene.placed is None:  # who is called rings when the hotel wants it
                await held.enter_async_context(stack.placing)
            self._call = call = await self._begin()
            self._session_id = session_id_of(call.sid)
            stack.pubsub.delivery[self._session_id] = _delivery(scene.faults, stack.options.events_delay_s)
            stack.prompter.asks[self._session_id] = scene.asks
            self._note("call", state="ringing", call_sid=call.sid, session_id=self._session_id, scene=scene.name)
            surroundings = self.cast.surroundings(scene.caller, self._asked_again)
            actor = Actor(scene.steps, call.phone, self._lines, self._on_act, surroundings, scene.repeats)
            play = asyncio.create_task(self._play(actor, call))
            with stack.front_prefers(self._outages.victim):
                await self._connected()
        companions = [asyncio.create_task(work) for work in (self._follow_voice(call), *self._outages.during(call))]
        replayed: list[str] = []
        try:
            record = await self._finish(call, actor)
            actor.complaint = actor.complaint or await self.cast.others_called()
            await self._outages.mend()
            if scene.faults.replays:
                replayed = await Replay(stack, self._session_id, self.cast.calls(call), scene.caller).complaints()
        finally:
            for task in (play, *companions):
                task.cancel()
            await asyncio.gather(play, *companions, return_exceptions=True)
            stack.pubsub.listeners.remove(self._on_event)
            stack.twilio.exchange.observers.remove(self._on_entry)
            stack.pubsub.delivery.pop(self._session_id, None)
            stack.prompter.asks.pop(self._session_id, None)
            await self._outages.mend()
        path, session_id = stack.wiring.sqlite_path, self._session_id
        stored = await asyncio.to_thread(look_up, path, session_id)
        rows = await asyncio.to_thread(records, path, list(scene.expect.stored), session_id, scene.caller)
        return Facts(
            scene=scene,
            session_id=self._session_id,
            record=record,
            acts=self._acts,
            events=self._events,
            stored=stored,
            complaint=next(filter(None, [actor.complaint, *self.cast.complaints]), ""),
            problems=[str(problem) for problem in call.problems],
            spoken=self.cast.spoken_by_twilio(scene.caller),
            texts=self.cast.texts(),
            called={number: [call.record() for call in calls] for number, calls in self.cast.called.items()},
            rows=rows,
            replayed=replayed,
            kept=await asyncio.to_thread(files_with, stack.run_folder, scene.expect.nowhere),
        )

    async def _begin(self) -> Call:
        """The guest calls; or is called, where the scene says so. Raises SetupError."""
        stack, scene = self._stack, self._scene
        if scene.placed is None:
            faults = WebhookFaults(scene.faults.webhooks_twice, scene.faults.callbacks_late_s)
            return await stack.twilio.place_call(from_=scene.caller, to=scene.called, faults=faults)
        return await Placing(stack, scene, scene.placed, self.cast.person).call()

    async def _finish(self, call: Call, actor: Actor) -> CallRecord:
        """Until the call is over and all that follows from it has been delivered."""
        try:
            record = await asyncio.wait_for(call.ended(), CALL_LIMIT_S)
        except TimeoutError:
            actor.complaint = actor.complaint or f"the call went on for more than {CALL_LIMIT_S:.0f} s"
            call.phone.hang_up()
            record = await asyncio.wait_for(call.ended(), 30)
        self._note("call", state="over", ended_by=record.ended_by, status=record.status, duration_s=record.duration_s)
        if self._events:
            try:
                await asyncio.wait_for(self._conversation_ended.wait(), SETTLE_LIMIT_S)
            except TimeoutError:
                actor.complaint = actor.complaint or f"conversation.ended did not come within {SETTLE_LIMIT_S:.0f} s"
            if not await self._stack.pubsub.drained_for(self._session_id, 10):
                actor.complaint = (
                    actor.complaint or "events of the call are refused by event_sink and come again and again"
                )
        return record

    async def _play(self, actor: Actor, call: Call) -> None:
        """The guest acts from the answer on; a call that is never answered is hung up in the end by its limit."""
        await call.phone.answered.wait()
        self._note("call", state="answered")
        await actor.play()

    async def _follow_voice(self, call: Call) -> None:
        """Tell when the agent begins and ends to speak."""
        try:
            await call.phone.answered.wait()
            while True:
                await call.phone.agent_speaking()
                self._note("agent", speaking=True)
                await call.phone.until(lambda: call.phone.quiet_ms > 400)
                self._note("agent", speaking=False)
        except CallOver:
            return

    async def _connected(self) -> None:
        """Until the call's stream has reached its relay, or it is clear that none will come soon."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._streaming.wait(), CONNECT_LIMIT_S)

    def _asked_again(self) -> bool:
        """A guest would hear it; here the transcript of the agent's last turn says it."""
        messages = [event["message"] for event in self._events if event["event_type"] == "conversation.message"]
        return bool(messages) and messages[-1]["role"] == "assistant" and ASKED_AGAIN in messages[-1]["content"]

    # -- what is noticed

    def _on_act(self, kind: str, detail: dict[str, object]) -> None:
        notice = Notice(self._now_ms(), "guest", {"action": kind, **detail})
        if kind != "falls_silent":  # follows from the line's length
            self._acts.append(notice)
        self._watch(notice)

    def _on_entry(self, call: Call, entry: Entry) -> None:
        self.cast.notice(call, entry, is_ours=call is self._call or call.parent is self._call)
        if self._call is not None and (call is self._call or call.parent is self._call):
            if (entry.kind == "stream" and entry.detail["state"] == "started") or call.is_final:
                self._streaming.set()
            self._watch(Notice(entry.at_ms, "twilio", {"entry": entry.kind, **entry.detail}))

    def _on_event(self, topic: str, event: Event) -> None:
        if event.get("session_id") != self._session_id:
            return
        self._events.append(event)
        if event["event_type"] == "conversation.message" and event["message"]["role"] == "assistant":
            self.cast.agent_said(event["message"]["content"])
        if event["event_type"] == "conversation.ended":
            self._conversation_ended.set()
        self._note("event", topic=topic, event=event)

    def _note(self, kind: str, **detail: Any) -> None:
        self._watch(Notice(self._now_ms(), kind, detail))

    def _now_ms(self) -> int:
        """Call time; after the call its length and what has passed since."""
        if self._call is None or self._call.answered_at is None:
            return 0
        return round((datetime.now(UTC) - self._call.answered_at).total_seconds() * 1000)


def _delivery(faults: Faults, usual_delay_s: float) -> Delivery:
    delay_s = usual_delay_s if faults.events_delay_s is None else faults.events_delay_s
    return Delivery(delay_s=delay_s, twice=faults.events_twice)
