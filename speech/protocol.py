"""The Realtime protocol as a pure object: client messages in, server events and actions out.

It opens no socket, awaits nothing and reads no clock. What it cannot do itself (recognise, think, synthesise) it asks
of the shell around it by actions, and is told the outcome by its methods. Source of shapes and order: OpenAI's Realtime
reference and recorded sessions of the service.
"""

from collections.abc import Callable
from typing import Any

from speech import client_events, errors, usage
from speech.brain import Request
from speech.client_events import Fields
from speech.conversation import Conversation
from speech.errors import ClientError
from speech.events import Cease, Close, Event, Feed, Forget, Listen, Output, Recognise, Respond, Send
from speech.ids import new_id
from speech.items import Item, decode_audio, from_client, spoken_by_user
from speech.listening import Heard, Idle, Listener, Recording, Speech, SpeechStarted, SpeechStopped
from speech.responses import Response
from speech.session import BYTES_PER_MS, Session
from speech.stt import State
from speech.turns import TurnRules
from speech.vad import Vad

_RATE_LIMITS = [{"name": "tokens", "limit": 15_000_000, "remaining": 15_000_000, "reset_seconds": 0.0}]
"""There are none here; clients expect the event."""


class Realtime:
    """One session with one client."""

    def __init__(self, model: str, expires_at: int, vad: Callable[[], Vad]) -> None:
        """`expires_at` is a Unix time, for the client to know; `vad` makes a detector for a new stretch of sound."""
        self.session = Session(new_id("sess"), model, expires_at)
        self.conversation = Conversation()
        self._rules = self._turn_rules()
        self._listener = Listener(vad, self.session.input["format"]["type"], self._rules)
        self._responses: dict[str, Response] = {}
        self._has_spoken = False
        self._playback_from_ms: int | None = None
        self._expect: State = "open"

    # What the client sends

    def opened(self) -> list[Output]:
        return [_send({"type": "session.created", "session": self.session.snapshot()})]

    def receive(self, message: str | bytes) -> list[Output]:
        """One WebSocket message. A refused one is answered by an `error` event, and nothing has changed."""
        event_id: str | None = None
        try:
            event_id, event = client_events.parse(message)
            return self._act(*client_events.check(event))
        except ClientError as error:
            return [_send({"type": "error", "error": error.body(event_id)})]

    def _act(self, kind: str, fields: Fields) -> list[Output]:
        match kind:
            case "session.update":
                return self._update(fields["session"])
            case "input_audio_buffer.append":
                self._listener.append(decode_audio(fields["audio"], "audio"))
                return []
            case "input_audio_buffer.commit":
                return self._commit()
            case "input_audio_buffer.clear":
                forgotten = self._listener.clear()
                actions: list[Output] = [Forget(forgotten)] if forgotten else []
                return [*actions, _send({"type": "input_audio_buffer.cleared"})]
            case "conversation.item.create":
                return self._create_item(fields)
            case "conversation.item.truncate":
                return [_send({"type": "conversation.item.truncated", **self.conversation.truncate(fields)})]
            case "conversation.item.delete":
                item = self.conversation.delete(fields)
                return [Forget(item.id), _send({"type": "conversation.item.deleted", "item_id": item.id})]
            case "conversation.item.retrieve":
                item = self.conversation.retrieve(fields)
                return [_send({"type": "conversation.item.retrieved", "item": item.wire(with_audio=True)})]
            case "response.create":
                return self._respond(fields.get("response") or {})
        return self._cancel(fields.get("response_id"))

    def _update(self, patch: Any) -> list[Output]:
        self.session.update(patch, has_spoken=self._has_spoken)
        audio_format, rules = self.session.input["format"]["type"], self._turn_rules()
        actions: list[Output] = []
        if (audio_format, rules) != (self._listener.format, self._rules):
            self._rules = rules
            if forgotten := self._listener.configure(audio_format, rules):
                actions.append(Forget(forgotten))
        return [*actions, _send({"type": "session.updated", "session": self.session.snapshot()})]

    def _turn_rules(self) -> TurnRules | None:
        wire = self.session.turn_detection
        return TurnRules.of(wire) if wire else None

    def _create_item(self, fields: Fields) -> list[Output]:
        item = from_client(fields["item"], "item", BYTES_PER_MS[self._listener.format])
        previous = self.conversation.insert(item, fields.get("previous_item_id"))
        outputs = _added(item, previous)
        if any(part.audio for part in item.parts):
            outputs += self._recognise_at_once(item.id, b"".join(part.audio for part in item.parts))
        return outputs

    # The input audio buffer

    @property
    def has_audio(self) -> bool:
        """Is there appended audio to `hear`?"""
        return self._listener.has_more

    def hear(self) -> list[Output]:
        """Examine the next slice of the appended audio, 200 ms at most."""
        return [output for heard in self._listener.listen() for output in self._heard(heard)]

    def _heard(self, heard: Heard) -> list[Output]:
        match heard:
            case SpeechStarted(item_id, audio_start_ms):
                started = {"type": "input_audio_buffer.speech_started", "item_id": item_id}
                listen = Listen(item_id, self._listener.rate_hz, self._expect)
                return [_send({**started, "audio_start_ms": audio_start_ms}), listen, *self._interrupt()]
            case Speech(item_id, pcm):
                return [Feed(item_id, pcm)]
            case SpeechStopped(audio_end_ms, recording):
                stopped = {"type": "input_audio_buffer.speech_stopped", "item_id": recording.item_id}
                turn = [*self._user_turn(recording), Recognise(recording.item_id)]
                return [_send({**stopped, "audio_end_ms": audio_end_ms}), *turn, *self._respond_by_itself()]
            case Idle(audio_start_ms, audio_end_ms, recording):
                idle = {"type": "input_audio_buffer.timeout_triggered", "item_id": recording.item_id}
                span = {"audio_start_ms": audio_start_ms, "audio_end_ms": audio_end_ms}
                turn = [*self._user_turn(recording), *self.recognised(recording.item_id, "")]
                return [_send(idle | span), *turn, *self._respond_by_itself()]

    def _commit(self) -> list[Output]:
        outputs: list[Output] = []
        while self.has_audio:
            outputs += self.hear()
        was_speaking = self._listener.is_speaking
        recording = self._listener.commit()
        outputs += self._user_turn(recording)
        if was_speaking:
            return [*outputs, Recognise(recording.item_id)]
        return outputs + self._recognise_at_once(recording.item_id, recording.audio)

    def _recognise_at_once(self, item_id: str, audio: bytes) -> list[Output]:
        rate_hz = self._listener.rate_hz
        return [Listen(item_id, rate_hz, self._expect), Feed(item_id, self._listener.decode(audio)), Recognise(item_id)]

    def _user_turn(self, recording: Recording) -> list[Output]:
        item = spoken_by_user(recording.item_id, recording.audio, recording.audio_ms)
        previous = self.conversation.append(item)
        committed = {"type": "input_audio_buffer.committed", "item_id": item.id, "previous_item_id": previous}
        return [_send(committed), *_added(item, previous)]

    def recognised(self, item_id: str, words: str) -> list[Output]:
        """What was said in a caller's turn; "" when it was not understood."""
        item = self.conversation.get(item_id)
        part = next((part for part in item.parts if part.type == "input_audio"), None) if item else None
        if part is None:
            return []
        part.words = words
        transcription = self.session.input["transcription"]
        if transcription is None:
            return []
        part.text = words
        where = {"item_id": item_id, "content_index": 0}
        outputs = []
        if words:
            delta = {"type": "conversation.item.input_audio_transcription.delta", **where, "delta": words}
            outputs.append(_send(delta))
        completed = {"type": "conversation.item.input_audio_transcription.completed", **where, "transcript": words}
        billed = usage.of_transcription(transcription["model"], part.audio_ms, words)
        return [*outputs, _send({**completed, "usage": billed})]

    # Responses

    def _active(self) -> Response | None:
        """The response that writes to the conversation; there is one at most. Out-of-band ones run beside it."""
        return next((response for response in self._responses.values() if response.in_conversation), None)

    def _respond(self, fields: Any) -> list[Output]:
        response = Response(fields, self.session, self.conversation)
        active = self._active()
        if active and response.in_conversation:
            raise errors.response_active(active.id)
        self._responses[response.id] = response
        limits = _send({"type": "rate_limits.updated", "rate_limits": _RATE_LIMITS})
        return [*map(_send, response.created()), limits, Respond(response.id)]

    def _respond_by_itself(self) -> list[Output]:
        """The answer to a turn that voice activity ended, when the session asks for it.

        Source: with `interrupt_response` false "this may fail to create a response if the model is already responding".
        """
        if not (self._rules and self._rules.create_response):
            return []
        try:
            return self._respond({})
        except ClientError as error:
            return [_send({"type": "error", "error": error.body(None)})]

    def _interrupt(self) -> list[Output]:
        active = self._active()
        if not (active and self._rules and self._rules.interrupt_response):
            return []
        return [*self._end(active, "cancelled", {"reason": "turn_detected"}), Cease(active.id)]

    def _cancel(self, response_id: str | None) -> list[Output]:
        response = self._responses.get(response_id) if response_id else self._active()
        if response is None:
            raise errors.no_active_response()
        return [*self._end(response, "cancelled", {"reason": "client_cancelled"}), Cease(response.id)]

    def request(self, response_id: str) -> Request | None:
        """What to ask the brain, once every turn before it was `recognised`; None when the response is over."""
        response = self._responses.get(response_id)
        if response is None:
            return None
        return Request(
            history=[item.turn() for item in response.read],
            instructions=self.session.wire["instructions"],
            response_instructions=response.instructions,
            tools=response.tools,
            language=self.session.language,
        )

    def voice_of(self, response_id: str) -> tuple[str, float] | None:
        """(audio format, speed) of a response that speaks; None for one that writes or is over."""
        response = self._responses.get(response_id)
        if response is None or response.modality != "audio":
            return None
        return response.format["type"], self.session.output["speed"]

    def expects(self, response_id: str, state: State) -> None:
        """What the caller will probably say next, for the recogniser."""
        response = self._responses.get(response_id)
        if response is not None and response.in_conversation:
            self._expect = state

    def speak(self, response_id: str, words: str, audio: bytes) -> list[Output]:
        response = self._responses.get(response_id)
        if response is None:
            return []
        self._has_spoken = True
        if response.in_conversation and self._playback_from_ms is None:
            self._playback_from_ms = self._listener.now_ms
        audio_ms = len(audio) // BYTES_PER_MS[response.format["type"]]
        return [*map(_send, response.speak(words, audio, audio_ms))]

    def write(self, response_id: str, words: str) -> list[Output]:
        response = self._responses.get(response_id)
        return [*map(_send, response.write(words))] if response else []

    def call(self, response_id: str, name: str, arguments: dict[str, Any]) -> list[Output]:
        response = self._responses.get(response_id)
        return [*map(_send, response.call(name, arguments))] if response else []

    def finish(self, response_id: str) -> list[Output]:
        response = self._responses.get(response_id)
        return self._end(response, "completed") if response else []

    def fail(self, response_id: str, code: str, message: str) -> list[Output]:
        """No answer can be made. The client is told in `response.done`, as for any fault of the service's own."""
        response = self._responses.get(response_id)
        if response is None:
            return []
        return self._end(response, "failed", {"error": {"type": "server_error", "code": code, "message": message}})

    def _end(self, response: Response, status: str, details: Fields | None = None) -> list[Output]:
        del self._responses[response.id]
        if response.in_conversation:
            played_ms = sum(part.audio_ms for item in response.output for part in item.parts)
            if self._playback_from_ms is None:
                self._playback_from_ms = self._listener.now_ms
            self._listener.answered(self._playback_from_ms + played_ms)
            self._playback_from_ms = None
        return [*map(_send, response.end(status, details))]

    # The end of the session

    def expired(self) -> list[Output]:
        message = "Your session hit the maximum duration of 60 minutes."
        error = ClientError(message, "session_expired").body(None)
        return [_send({"type": "error", "error": error}), Close(1001, message)]


def _added(item: Item, previous: str | None) -> list[Output]:
    place = {"previous_item_id": previous, "item": item.wire()}
    return [_send({"type": f"conversation.item.{step}", **place}) for step in ("added", "done")]


def _send(event: Event) -> Output:
    return Send({"event_id": new_id("event"), **event})
