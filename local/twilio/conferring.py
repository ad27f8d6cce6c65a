"""`<Dial><Conference>`: a call takes part in a room, waits for its start, is held, and goes.

Source: twilio.md 4.6; Twilio's page on <Conference>: a room starts when two are in it and one of them may start it, who
waits is not heard, music that cannot be fetched keeps the call out, a label that is taken goes on with the next verb.
Error pages 16020, 16027, 16028: who finds the room full, or cannot coach whom it wants to, is not added to it.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from local.twilio.calls import HungUp, Interrupted, Source
from local.twilio.conferences import Participant, Room
from local.twilio.errors import CallFailure, Problem
from local.twilio.lines import Recording, Silence, default_music
from local.twilio.verbs import Conference, Dial, Pause, Play, Redirect, Say

if TYPE_CHECKING:
    from local.twilio.executor import Executor

MUSIC_VERBS = (Say, Play, Pause, Redirect)
_BETWEEN_MUSIC_S = 0.1


async def confer(executor: "Executor", verb: Dial, noun: Conference) -> Source | None:
    """Carry out the verb; the `action` request, or None when the document goes on. Raises Interrupted."""
    executor.answer()
    call, exchange = executor.call, executor.exchange
    room = exchange.conferences.active(noun.name) or exchange.conferences.open(noun.name)
    namesake = room.find(noun.label)
    if namesake is not None and namesake.call is not call:
        call.problem(Problem(16025, noun.label))
        return None
    if len(room.participants) >= (room.settings or noun).max_participants:
        call.problem(Problem(16020, room.name))
        return _action(verb, "failed")
    if noun.coach and (why_not := room.whisper_problem(noun.coach)):
        call.problem(Problem(why_not, noun.coach))
        return _action(verb, "failed")
    participant = room.enter(call, noun)
    why, status = "hung-up", "answered"
    try:
        why = await _TakingPart(executor, verb, room, participant).run()
    except CallFailure as failure:
        why, status = "failed", "failed"
        call.problem(failure.problem)
    except Interrupted:
        action = _action(verb, status)
        if action is not None and isinstance(call.interruption.result(), HungUp):
            executor.last_requests.append((action, "dial action"))
        elif action is not None:
            why = "redirected"
            exchange.spawn(call, exchange.ask_in_vain(call, action, "dial action"))
        raise
    finally:
        room.leave(participant, why)
    return _action(verb, status)


def _action(verb: Dial, status: str) -> Source | None:
    return Source(verb.action, verb.method, {"DialCallStatus": status}) if verb.action else None


class _TakingPart:
    def __init__(self, executor: "Executor", verb: Dial, room: Room, participant: Participant) -> None:
        self._executor, self._verb = executor, verb
        self._room, self._participant = room, participant
        self._star: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        participant.seat.on_key = self._on_key

    async def run(self) -> str:
        """Until the call must leave the room, or wants to; why. Raises CallFailure and Interrupted."""
        with self._executor.exchange.clock.alarm(self._verb.time_limit_s) as time_up:
            while not (self._participant.left.done() or self._star.done() or time_up.done()):
                self._participant.changed.clear()
                await self._phase({self._participant.left, self._star, time_up})
        if self._participant.left.done():
            return self._participant.left.result()
        return "star" if self._star.done() else "time-limit"

    async def _phase(self, ends: set["asyncio.Future[Any]"]) -> None:
        """Talk, or listen to music, until that changes."""
        participant, phone = self._participant, self._participant.call.phone
        changed = asyncio.create_task(participant.changed.wait(), name="conference change")
        music: asyncio.Task[None] | None = None
        if participant.hold is None and self._room.status == "in-progress":
            participant.seat.begin()
            phone.line = participant.seat
        else:
            music = asyncio.create_task(self._music(participant.hold), name="conference music")
        try:
            await self._executor.race_any({changed, *ends, *({music} if music else ())})
            if music is not None and music.done():
                music.result()  # music that cannot be had
        finally:
            participant.seat.end()
            for task in filter(None, (changed, music)):
                task.cancel()
            await asyncio.gather(*filter(None, (changed, music)), return_exceptions=True)
            phone.line = Silence()

    async def _music(self, hold: Source | None) -> None:
        """Until it is cancelled. Raises CallFailure when it cannot be had."""
        noun, executor = self._participant.noun, self._executor
        source = hold or Source(noun.wait_url or "", noun.wait_method)
        if not source.url:
            silent = hold is None and noun.wait_url == ""
            line = Silence() if silent else Recording(default_music(), 0)
            line.on_key = self._on_key
            executor.call.phone.line = line
            await asyncio.get_running_loop().create_future()
        while True:
            await executor.aside(source, "wait", MUSIC_VERBS, 13238)
            await executor.sleep(_BETWEEN_MUSIC_S)

    def _on_key(self, digit: str) -> None:
        if digit == "*" and self._verb.hangup_on_star and not self._star.done():
            self._star.set_result(None)


async def announce(executor: "Executor", room: Room, source: Source, to: list[Participant]) -> None:
    """Let some of a room hear what a document says and plays. The executor is that of a call in the room."""
    call, exchange = executor.call, executor.exchange
    try:
        document = await exchange.webhooks.twiml(call, source, "announcement")
        audio = b""
        for verb in document.verbs:
            match verb:
                case Say() | Play(digits=""):
                    audio += await executor.audio_of(verb)
                case Pause(length_s):
                    audio += bytes([0xFF]) * (length_s * 8000)
                case _:
                    call.problem(Problem(13238, f"<{type(verb).__name__}>"))
    except CallFailure as failure:
        call.problem(failure.problem)
        return
    except Interrupted:
        return
    playing = [participant.seat.play(audio) for participant in to if participant.seat.takes_part]
    for recording in playing:
        waiting: set[asyncio.Future[Any]] = {recording.done, call.interruption}
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    room.report("announcement-end", next(iter(to), None), call)
