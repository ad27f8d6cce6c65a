"""Carries out TwiML, verb by verb, for one call leg.

Every wait can be interrupted: by a hang-up (then the call ends) or by the REST API (then new instructions replace the
rest). A document that fails sends the call to its fallback URL; without one the caller hears an apology.
Source: twilio.md 2.3 (fallback), 4 (verbs), 7.2 (live update); docs "Availability and Reliability"; Twilio's page on
<Reject>: it alone, as the first verb, keeps a call from being answered, which is then busy or no-answer; error page
13201.
"""

import asyncio
from collections.abc import Coroutine, Iterable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, TypeVar

from local.twilio import sounds
from local.twilio.calls import Call, HungUp, Interrupted, Redirected, Source
from local.twilio.conferring import confer
from local.twilio.connect import connect
from local.twilio.dial import dial
from local.twilio.errors import CallFailure, Problem
from local.twilio.fetching import dial_queue
from local.twilio.forking import start, stop
from local.twilio.gather import gather
from local.twilio.lines import Recording, Silence
from local.twilio.paying import pay
from local.twilio.queueing import enqueue
from local.twilio.record import record
from local.twilio.verbs import (
    Connect,
    Dial,
    Document,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Pause,
    Pay,
    Play,
    Record,
    Redirect,
    Reject,
    Say,
    Start,
    Stop,
    Verb,
)

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

APOLOGY = "We are sorry. An application error has occurred. Goodbye."
_WHISPERED = 12200
"""What a verb is that has no place in what is heard before two are connected; in music it is 13238."""

T = TypeVar("T")


class _End(Exception):
    """A verb ended the call."""


class _Left(Exception):
    """The call has left the queue in which it waited. Outside of one there is nothing to leave."""


class Executor:
    """Runs one call. After `run`, `final_status` and `last_requests` say how to finish it."""

    def __init__(self, exchange: "Exchange", call: Call) -> None:
        self.exchange = exchange
        self.call = call
        self.final_status = "completed"
        self.last_requests: list[tuple[Source, str]] = []
        """`action` URLs that are still to be asked when the call has ended, each with its purpose."""

    async def run(self, source: Source) -> str:
        """Until the call is over, whoever ends it; returns by whom: twiml, caller, callee, api, time_limit."""
        purpose = "voice"
        while True:
            try:
                await self._documents(source, purpose)
                return "twiml"
            except Interrupted:
                match self.call.interruption.result():
                    case HungUp(by):
                        if self.call.answered_at is None:
                            self.final_status = "canceled" if by == "api" else "no-answer"
                        return by
                    case Redirected(new_source):
                        self.call.resume()
                        source, purpose = new_source, "update"
            finally:
                self.call.phone.line = Silence()

    async def race(self, future: "asyncio.Future[T]") -> T:
        """The future's result, or Interrupted as soon as the call is interrupted. The future itself goes on."""
        await self.race_any({future})
        return future.result()

    async def race_any(self, futures: Iterable["asyncio.Future[Any]"]) -> None:
        """Until one of them is done. Raises Interrupted as soon as the call is interrupted."""
        interruption = self.call.interruption
        await asyncio.wait({*futures, interruption}, return_when=asyncio.FIRST_COMPLETED)
        if interruption.done():
            raise Interrupted

    async def race_work(self, work: Coroutine[Any, Any, T]) -> T:
        return await self.race(self.exchange.spawn(self.call, work))

    async def sleep(self, seconds: float) -> None:
        """Let time pass; ends early, with Interrupted, when the call is interrupted."""
        with self.exchange.clock.alarm(seconds) as passed:
            await self.race(passed)

    def answer(self) -> None:
        """Pick up an incoming call, if that has not happened yet."""
        if self.call.answered_at is None:
            self.exchange.answer(self.call)

    # -- documents ------------------------------------------------------------------------------------------------

    async def _documents(self, source: Source, purpose: str) -> None:
        """Carry out documents until one ends the call. Raises Interrupted."""
        following: Source | None = source
        while following is not None:
            current = following
            try:
                following, purpose = await self._document(current, purpose)
            except CallFailure as failure:
                self.call.problem(failure.problem)
                following, purpose = self._fallback(current, failure), "fallback"
                if following is None:
                    await self._apologise()
            except _Left:
                following = None
            except _End:
                return
        self.answer()

    async def aside(self, source: Source, purpose: str, allowed: tuple[type[Verb], ...], code: int = _WHISPERED) -> str:
        """Carry out documents beside the call's own, with `allowed` verbs alone: a whisper, the music of a queue.

        Returns at their end "end", or what ended them: "hangup", "leave". Raises CallFailure and Interrupted.
        """
        following: Source | None = source
        try:
            while following is not None:
                following, _ = await self._document(following, purpose, allowed, code)
        except _End:
            return "hangup"
        except _Left:
            return "leave"
        finally:
            self.call.phone.line = Silence()
        return "end"

    def _fallback(self, failed: Source, failure: CallFailure) -> Source | None:
        if failed.is_fallback or self.call.fallback is None:
            return None
        params = {"ErrorCode": str(failure.problem.code), "ErrorUrl": failure.url or failed.url}
        return replace(self.call.fallback, params=params, is_fallback=True)

    async def aside_of(self, leg: Call, source: Source, purpose: str, allowed: tuple[type[Verb], ...]) -> str:
        """The same for another leg: "end", "hangup", or "failed", when it cannot be carried out or the leg is gone."""
        try:
            return await Executor(self.exchange, leg).aside(source, purpose, allowed)
        except CallFailure as failure:
            leg.problem(failure.problem)
        except Interrupted:
            pass
        return "failed"

    async def _document(
        self, source: Source, purpose: str, allowed: tuple[type[Verb], ...] = (), code: int = _WHISPERED
    ) -> tuple[Source | None, str]:
        """One document; the next one's source and purpose, or None at the end of the document.

        A verb that is not among the `allowed` is left out with the problem `code`; () allows them all. A <Dial> fails
        the document of whoever is being connected by one (13201).
        """
        document: Document = await self.race_work(self.exchange.webhooks.twiml(self.call, source, purpose))
        for problem in document.problems:
            self.call.problem(problem)
        for verb in document.verbs:
            if allowed and not isinstance(verb, allowed):
                if isinstance(verb, Dial) and code == _WHISPERED:
                    raise CallFailure(13201, "", source.url)
                self.call.problem(Problem(code, f"<{type(verb).__name__}> is not allowed here"))
                continue
            self.call.note("verb", verb=type(verb).__name__, **asdict(verb))
            following = await self._perform(verb)
            self.call.phone.line = Silence()
            if following is not None:
                purpose = "redirect" if isinstance(verb, Redirect) else f"{type(verb).__name__.lower()} action"
                return following, purpose
        return None, ""

    async def _apologise(self) -> None:
        self.answer()
        try:
            await self._play(await self.race_work(self.exchange.say(self.call, APOLOGY, "en-US")), 1)
        except CallFailure as failure:
            self.call.problem(failure.problem)

    # -- verbs ----------------------------------------------------------------------------------------------------

    async def _perform(self, verb: Verb) -> Source | None:
        match verb:
            case Pause(seconds):
                # As the first verb it delays the answer. Source: Twilio's page on <Pause>.
                await self.sleep(seconds)
            case Say():
                self.answer()
                await self._play(await self.audio_of(verb), verb.loop)
            case Play():
                self.answer()
                if verb.digits:
                    await self.race_work(self.exchange.send_keys(self.call, verb.digits))
                else:
                    await self._play(await self.audio_of(verb), verb.loop)
            case Redirect():
                return Source(verb.url, verb.method)
            case Hangup():
                self.answer()
                raise _End
            case Reject():
                if self.call.answered_at is None:
                    self.final_status = "busy" if verb.reason == "busy" else "no-answer"
                raise _End
            case Connect():
                return await connect(self, verb)
            case Start():
                start(self, verb)
            case Stop():
                stop(self, verb)
            case Dial() if verb.conference is not None:
                return await confer(self, verb, verb.conference)
            case Dial() if verb.queue is not None:
                return await dial_queue(self, verb, verb.queue)
            case Dial():
                return await dial(self, verb)
            case Gather():
                return await gather(self, verb)
            case Record():
                return await record(self, verb)
            case Pay():
                return await pay(self, verb)
            case Enqueue():
                return await enqueue(self, verb)
            case Leave():
                raise _Left
        return None

    async def audio_of(self, sound: Say | Play) -> bytes:
        """Mu-law at 8 kHz. Raises CallFailure when it cannot be had, and Interrupted."""
        if isinstance(sound, Say):
            return await self.race_work(self.exchange.say(self.call, sound.text, sound.language))
        return await self.race_work(self._download(sound.url))

    async def _play(self, audio: bytes, loops: int) -> None:
        recording = Recording(audio, loops)
        self.call.phone.line = recording
        await self.race(recording.done)

    async def _download(self, url: str) -> bytes:
        reply = await self.exchange.webhooks.fetch(self.call, url, "GET", {}, "play")
        return sounds.telephone_audio(reply.body, reply.content_type)
