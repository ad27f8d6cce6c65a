"""What the protocol tests share: the official types as judge of every event, a client, and sound to be heard."""

import base64
from collections.abc import Iterable
from typing import Annotated, Any, Union, cast, get_args

import numpy as np
import orjson
from openai.types.realtime.realtime_server_event import RealtimeServerEvent
from pydantic import Field, TypeAdapter

from audio.g711 import Pcm16, encode
from speech.events import Output, Respond, Send
from speech.protocol import Realtime
from speech.vad import STEP_SAMPLES

Event = dict[str, Any]

_members = get_args(get_args(RealtimeServerEvent)[0])
_server_event: TypeAdapter[Any] = TypeAdapter(
    cast(Any, Annotated[Union[_members], Field(discriminator="type")])  # noqa: UP007
)


def validate(event: Event) -> Event:
    """Raises pydantic.ValidationError for what the openai package would not call a server event."""
    _server_event.validate_json(orjson.dumps(event))
    assert event["event_id"].startswith("event_")
    return event


def events(outputs: Iterable[Output]) -> list[Event]:
    """The server events among some outputs, each one valid."""
    return [validate(output.event) for output in outputs if isinstance(output, Send)]


def types(outputs: Iterable[Output]) -> list[str]:
    return [event["type"] for event in events(outputs)]


def only(outputs: Iterable[Output], kind: str) -> Event:
    found = [event for event in events(outputs) if event["type"] == kind]
    assert len(found) == 1, f"{len(found)} of {kind}"
    return found[0]


class LoudVad:
    """Loud is speech: a detector whose answers a test can foresee."""

    def __init__(self) -> None:
        self._waiting = np.zeros(0, dtype=np.int16)

    def feed(self, pcm: Pcm16) -> list[float]:
        samples = np.concatenate((self._waiting, pcm))
        whole = len(samples) // STEP_SAMPLES * STEP_SAMPLES
        self._waiting = samples[whole:]
        return [float(np.abs(step).mean() > 1000) for step in samples[:whole].reshape(-1, STEP_SAMPLES).astype(float)]


def tone(ms: int, rate_hz: int = 8000) -> Pcm16:
    time = np.arange(rate_hz * ms // 1000) / rate_hz
    return np.asarray(8000 * np.sin(2 * np.pi * 440 * time), dtype=np.int16)


def speech(ms: int) -> bytes:
    """Mu-law that `LoudVad` takes for speech."""
    return encode(tone(ms))


def silence(ms: int) -> bytes:
    return b"\xff" * (8 * ms)


class Client:
    """A client of a `Realtime` without sockets. Each call answers what came out of it; actions stay in `outputs`."""

    def __init__(self, **session: Any) -> None:
        self.realtime = Realtime("gpt-realtime-2.1", 1_800_000_000, LoudVad)
        self.outputs: list[Output] = []
        if session:
            self.send("session.update", session={"type": "realtime", **session})

    def send(self, kind: str, **fields: Any) -> list[Output]:
        return self.raw(orjson.dumps({"type": kind, **fields}).decode())

    def raw(self, message: str | bytes) -> list[Output]:
        outputs = self.realtime.receive(message)
        while self.realtime.has_audio:
            outputs += self.realtime.hear()
        self.outputs += outputs
        return outputs

    def append(self, audio: bytes, step: int = 160) -> list[Output]:
        """Send audio in frames, as a telephone does."""
        sent = []
        for start in range(0, len(audio), step):
            encoded = base64.b64encode(audio[start : start + step]).decode()
            sent += self.send("input_audio_buffer.append", audio=encoded)
        return sent

    def say(self, text: str, item_id: str | None = None) -> list[Output]:
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        return self.send("conversation.item.create", item=item | ({"id": item_id} if item_id else {}))

    def respond(self, **response: Any) -> str:
        """Create a response and answer its id."""
        outputs = self.send("response.create", response=response)
        return next(output.response_id for output in outputs if isinstance(output, Respond))

    def speak(self, text: str, ms: int, **response: Any) -> str:
        """A finished spoken answer of one delta per word; answers its item's id."""
        response_id = self.respond(**response)
        words = text.split()
        for index, word in enumerate(words):
            ended = "" if index == len(words) - 1 else " "
            self.realtime.speak(response_id, word + ended, silence(ms // len(words)))
        done = only(self.realtime.finish(response_id), "response.done")
        return str(done["response"]["output"][0]["id"])


def error(outputs: Iterable[Output]) -> Event:
    """The body of the only error."""
    body: Event = only(outputs, "error")["error"]
    return body


PCMU = {"format": {"type": "audio/pcmu"}}


def telephone(**turn_detection: Any) -> dict[str, Any]:
    """The `audio` of a telephone session; without arguments, turns are the client's affair."""
    rules = {"type": "server_vad", "silence_duration_ms": 500, **turn_detection} if turn_detection else None
    return {"input": {**PCMU, "turn_detection": rules}, "output": dict(PCMU)}
