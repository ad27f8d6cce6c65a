"""The shell around one session: its socket, its tasks, its hour. `Realtime` decides; here it is carried out.

The read loop never waits for recognition, thinking or synthesis: those run in tasks of the session, which end with it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine, Iterable
from contextlib import aclosing
from typing import Any

import orjson
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from speech.brain import BrainError, Place
from speech.engines import Engines
from speech.events import Cease, Close, Event, Feed, Forget, Listen, Output, Recognise, Respond, Send
from speech.protocol import Realtime
from speech.stt import Utterance
from speech.text import split_sentences
from speech.tts import TtsError

_BACKLOG = 64
"""Messages that may wait for a slow client before its session makes no more (64 deltas of PCM are 0.8 MB)."""
_FLOOD = 16 * _BACKLOG
"""So many answers may wait for a client before its own messages are read no further. Until then it can still cancel."""
_RECOGNITION_TIMEOUT_S = 10.0

log = logging.getLogger(__name__)


class _Hearing:
    """One turn of the caller on its way to the recogniser."""

    def __init__(self) -> None:
        self.audio: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None
        self.is_over = False


class Connection:
    def __init__(self, socket: ServerConnection, realtime: Realtime, place: Place, engines: Engines) -> None:
        self._socket = socket
        self._realtime = realtime
        self._place = place
        self._engines = engines
        self._outgoing: deque[bytes | Close] = deque()
        self._has_outgoing = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._can_send = True
        self._tasks: set[asyncio.Task[None]] = set()
        self._hearings: dict[str, _Hearing] = {}
        self._responses: dict[str, asyncio.Task[None]] = {}

    async def run(self, lifetime_s: float) -> None:
        """Serve the client until either side closes, or the session's time is up. Leaves nothing behind."""
        self._spawn(self._write(), "write")
        expiry = asyncio.get_running_loop().call_later(lifetime_s, self._expire)
        try:
            self.carry_out(self._realtime.opened())
            async for message in self._socket:
                await self._receive(message)
        except ConnectionClosed as closed:
            self._log(logging.INFO, "= closed: %s", closed)
        finally:
            expiry.cancel()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def carry_out(self, outputs: Iterable[Output]) -> None:
        """In order, and without waiting for anything."""
        for output in outputs:
            match output:
                case Send(event):
                    self._put(event)
                case Close():
                    self._put(output)
                case Listen(item_id):
                    self._hearings[item_id] = hearing = _Hearing()
                    hearing.task = self._spawn(self._hear(output, hearing), f"hear {item_id}")
                case Feed(item_id, pcm):
                    if item_id in self._hearings:
                        self._hearings[item_id].audio.put_nowait(pcm.astype("<i2").tobytes())
                case Recognise(item_id):
                    if item_id in self._hearings:
                        self._hearings[item_id].is_over = True
                        self._hearings[item_id].audio.put_nowait(None)
                case Forget(item_id):
                    if (forgotten := self._hearings.get(item_id)) and forgotten.task:
                        forgotten.task.cancel()
                case Respond(response_id):
                    self._responses[response_id] = self._spawn(self._respond(response_id), response_id)
                case Cease(response_id):
                    if response_id in self._responses:
                        self._responses[response_id].cancel()

    async def _receive(self, message: str | bytes) -> None:
        """One client message, and the audio in it: slice by slice, so that the other sessions have their turns."""
        if len(self._outgoing) >= _FLOOD:
            await self._has_room.wait()
        self.carry_out(self._realtime.receive(message))
        while self._realtime.has_audio:
            self.carry_out(self._realtime.hear())
            if self._realtime.has_audio:
                await asyncio.sleep(0)

    def _expire(self) -> None:
        self.carry_out(self._realtime.expired())

    # Out

    def _put(self, message: Event | Close) -> None:
        """What cannot be written down is the fault of who made it; the writer is still there to close the socket."""
        if not self._can_send:
            return
        self._outgoing.append(message if isinstance(message, Close) else orjson.dumps(message))
        self._has_outgoing.set()
        if len(self._outgoing) >= _BACKLOG:
            self._has_room.clear()

    async def _write(self) -> None:
        """The only place that sends; a client that does not read stops here, and only here."""
        try:
            while True:
                await self._has_outgoing.wait()
                while self._outgoing:
                    message = self._outgoing.popleft()
                    if isinstance(message, Close):
                        await self._socket.close(message.code, message.reason)
                        return
                    await self._socket.send(message, text=True)
                    if len(self._outgoing) < _BACKLOG:
                        self._has_room.set()
                self._has_outgoing.clear()
        except ConnectionClosed:
            pass  # the read loop ends by it too
        finally:
            self._can_send = False
            self._has_room.set()

    # In: recognition

    async def _hear(self, listen: Listen, hearing: _Hearing) -> None:
        words = ""
        utterance: Utterance | None = None
        try:
            utterance = await self._engines.recogniser.open(listen.state, listen.rate_hz)
            while (pcm := await hearing.audio.get()) is not None:
                utterance.feed(pcm)
            heard = await asyncio.wait_for(utterance.finish(), _RECOGNITION_TIMEOUT_S)
            words = heard.text
            self._log(
                logging.INFO, "< heard %d ms as %s, %d words", heard.duration_ms, listen.state, len(words.split())
            )
        except TimeoutError:
            self._log(logging.WARNING, "! recogniser timeout")
        finally:
            if utterance is not None:
                await utterance.cancel()
        self.carry_out(self._realtime.recognised(listen.item_id, words))

    async def _all_recognised(self) -> None:
        """Every turn that is over has its words, also one that ended while others were waited for.

        One that goes on is no part of what is answered.
        """
        while over := [hearing.task for hearing in self._hearings.values() if hearing.is_over and hearing.task]:
            await asyncio.wait(over)

    # Responses

    async def _respond(self, response_id: str) -> None:
        try:
            await self._all_recognised()
            if (request := self._realtime.request(response_id)) is None:
                return
            reply = await self._engines.brain.reply(self._place, request)
            self._realtime.expects(response_id, reply.expect)
            await self._say(response_id, reply.say)
            if reply.tool_call:
                self.carry_out(self._realtime.call(response_id, reply.tool_call.name, reply.tool_call.arguments))
            self.carry_out(self._realtime.finish(response_id))
        except BrainError as error:
            self._log(logging.WARNING, "! brain: %s", error)
            self.carry_out(self._realtime.fail(response_id, error.code, str(error)))
        except TtsError as error:
            self._log(logging.WARNING, "! synthesis: %s", error)
            self.carry_out(self._realtime.fail(response_id, "synthesis_failed", str(error)))

    async def _say(self, response_id: str, text: str) -> None:
        voice = self._realtime.voice_of(response_id)
        if voice is None:
            for sentence in split_sentences(text):
                self.carry_out(self._realtime.write(response_id, sentence))
            return
        async with aclosing(self._engines.voice.say(text, *voice)) as pieces:
            async for piece in pieces:
                await self._has_room.wait()
                self.carry_out(self._realtime.speak(response_id, piece.words, piece.audio))

    # Tasks

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A fault of ours must not leave a caller in silence: the socket closes, and the relay goes elsewhere."""
        self._tasks.discard(task)
        self._hearings = {key: hearing for key, hearing in self._hearings.items() if hearing.task is not task}
        self._responses = {key: response for key, response in self._responses.items() if response is not task}
        if not task.cancelled() and (error := task.exception()):
            log.error("! %s", task.get_name(), exc_info=error, extra={"session_id": self._place.session_id})
            self._put(Close(1011, "internal error"))

    def _log(self, level: int, message: str, *values: object) -> None:
        log.log(level, message, *values, extra={"session_id": self._place.session_id})
