"""Conducts one scene against a running stack: places the call, lets the guest act, makes the faults, gathers the facts.

It judges nothing: `expect.py` does, from the `Facts`.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.callers.actor import Actor
from local.callers.lines import read_line
from local.callers.scene import Faults, KillRelay, Scene, Stop
from local.cast import Cast
from local.errors import SetupError
from local.ids import session_id_of
from local.placing import Placing
from local.pubsub import Delivery
from local.replay import Replay
from local.stack import Stack
from local.store import Stored, look_up, records
from local.traces import files_with
from local.twilio import Call, CallOver, CallRecord, Entry, WebhookFaults

CALL_LIMIT_S = 240.0
SETTLE_LIMIT_S = 50.0
"""Longer than the 30 s that functions wait for a relay's last word before they end a conversation without it."""

CONNECT_LIMIT_S = 5.0
ASKED_AGAIN = "did not catch that"

Event = dict[str, Any]


@dataclass(frozen=True)
class Notice:
    """Something that happened in a call, for the live view. `at_ms` is call time since the answer.

    kind: call (state), guest (action ...), person (number action ...), agent (speaking), event (an event of the
    system), twilio (a timeline entry), fault (what).
    """

    at_ms: int
    kind: str
    detail: dict[str, Any]


Watch = Callable[[Notice], None]


@dataclass
class Facts:
    """All that is known of a finished call. `acts` are the guest's, with call time."""

    scene: Scene
    session_id: str
    record: CallRecord
    acts: list[Notice]
    events: list[Event]
    stored: Stored
    complaint: str = ""
    problems: list[str] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    """What the telephone system spoke to the guest's phone."""
    texts: list[dict[str, str]] = field(default_factory=list)
    called: dict[str, list[CallRecord]] = field(default_factory=dict)
    """Every call to each of the scene's people."""
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    replayed: list[str] = field(default_factory=list)
    """What came of requests that were sent again when all was over, or were forged."""
    kept: dict[str, list[str]] = field(default_factory=dict)
    """By number that is to be nowhere: the files in which it is."""

    def call_ms(self, event: Event) -> int:
        """When an event happened, in call time."""
        answered = self.record.answered_at or self.record.created_at
        return round((datetime.fromisoformat(event["timestamp"]) - answered).total_seconds() * 1000)

    def of_type(self, event_type: str) -> list[Event]:
        return [event for event in self.events if event["event_type"] == event_type]


async def conduct(stack: Stack, scene: Scene, watch: Watch = lambda _: None) -> Facts:
    """One call from the ring to the last event. Raises SetupError when a line has no recording."""
    lines = {line: read_line(line) for line in scene.lines}
    if scene.called not in stack.twilio.exchange.settings.numbers:
        raise SetupError(f"The scene {scene.name} calls {scene.called}, which this account does not have.")
    if scene.faults.stop and (unknown := set(scene.faults.stop.parts) - set(stack.processes)):
        raise SetupError(f"The scene {scene.name} stops {', '.join(sorted(unknown))}, which is no part of the system.")
    if scene.faults.kill_relay and len(stack.relays) < 2:
        raise SetupError(f"The scene {scene.name} kills a relay and needs a second one.", "Start with --relays 2.")
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
        # The others' calls are carried by the first relay, so the one that is killed is the last.
        self._victim = stack.relays[-1] if scene.faults.kill_relay else None
        self._stopped = [stack.processes[name] for name in scene.faults.stop.parts] if scene.faults.stop else []

    async def run(self) -> Facts:
        stack, scene = self._stack, self._scene
        stack.pubsub.listeners.append(self._on_event)
        stack.twilio.observe(self._on_entry)
        if scene.faults.stop and not scene.faults.stop.turn:
            await self._stop_parts()
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
            with stack.front_prefers(self._victim):
                await self._connected()
        companions = [asyncio.create_task(self._follow_voice(call))]
        if scene.faults.kill_relay:
            companions.append(asyncio.create_task(self._kill_relay(call, scene.faults.kill_relay)))
        if scene.faults.stop and scene.faults.stop.turn:
            companions.append(asyncio.create_task(self._stop_in_speech(call, scene.faults.stop)))
        replayed: list[str] = []
        try:
            record = await self._finish(call, actor)
            actor.complaint = actor.complaint or await self.cast.others_called()
            await self._mend()
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
            await self._mend()
        path, session_id = stack.wiring.sqlite_path, self._session_id
        stored = await asyncio.to_thread(look_up, path, session_id)
        rows = await asyncio.to_thread(records, path, list(scene.expect.stored), session_id)
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

    async def _into_speech(self, call: Call, fault: KillRelay | Stop) -> bool:
        """Wait for the moment of a fault; False when the call was over before."""
        try:
            await call.phone.answered.wait()
            for turn in range(1, fault.turn + 1):
                await call.phone.agent_speaking()
                if turn < fault.turn:
                    await call.phone.until(lambda: call.phone.quiet_ms > 600)
            await call.phone.wait(fault.after_agent_ms)
        except CallOver:
            return False
        return True

    async def _stop_in_speech(self, call: Call, fault: Stop) -> None:
        if await self._into_speech(call, fault):
            await self._stop_parts()

    async def _stop_parts(self) -> None:
        for process in self._stopped:
            self._note("fault", what=f"{process.name} is stopped")
            await process.kill()

    async def _kill_relay(self, call: Call, fault: KillRelay) -> None:
        if not await self._into_speech(call, fault):
            return
        assert self._victim is not None
        self._note("fault", what=f"{self._victim.name} is killed")
        await self._victim.kill()

    async def _mend(self) -> None:
        if self._victim is not None and not self._victim.running:
            await self._stack.restart(self._victim)
        for process in self._stopped:
            if not process.running:
                await self._stack.restart(process)

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
