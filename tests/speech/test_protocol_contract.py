"""The relay's golden messages: what it sends is taken, and what it expects is what we send."""

import json
from pathlib import Path
from typing import Any

import orjson
import pytest

from speech.protocol import Realtime
from tests.speech.wire import Client, LoudVad, events, silence, speech, telephone, types

GOLDEN = Path(__file__).parents[1] / "contract" / "realtime"


def body(path: Path) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(path.read_text())["body"]
    return message


SENT_BY_THE_RELAY = sorted(GOLDEN.glob("client_*.json"))
NEVER_SENT = "conversation.item.input_audio_transcription.failed"
"""What is not understood here is an empty transcript."""
SENT_BY_AN_ENGINE = sorted({body(path)["type"] for path in GOLDEN.glob("server_*.json")} - {NEVER_SENT})


def a_call() -> tuple[Client, str]:
    """A telephone call in which the assistant has spoken once, has called a tool (`call_9`) and is speaking again."""
    transcription = {"model": "gpt-4o-mini-transcribe"}
    audio = telephone(create_response=False, interrupt_response=False)
    audio["input"]["transcription"] = transcription
    client = Client(audio=audio)
    client.outputs += client.realtime.opened()
    spoken = client.speak("Thank you for calling.", 2000)
    heard = events(client.append(speech(400) + silence(700)))
    committed = next(event for event in heard if event["type"] == "input_audio_buffer.committed")
    client.outputs += client.realtime.recognised(committed["item_id"], "a room please")
    response_id = client.respond()
    client.outputs += client.realtime.call(response_id, "check_availability", {"adults": 2})
    client.outputs += client.realtime.speak(response_id, "One moment.", silence(200))
    client.outputs += client.realtime.finish(response_id)
    client.send(
        "conversation.item.create", item={"type": "function_call", "call_id": "call_9", "name": "a", "arguments": "{}"}
    )
    return client, spoken


@pytest.mark.parametrize("path", SENT_BY_THE_RELAY, ids=lambda path: path.stem)
def test_what_the_relay_sends_is_taken(path: Path) -> None:
    client, spoken = a_call()
    message = body(path)
    if "item_id" in message:
        message["item_id"] = spoken
    if message["type"] == "response.cancel":
        client.respond()
        message.pop("response_id", None)
    assert "error" not in types(client.raw(orjson.dumps(message).decode()))


@pytest.mark.parametrize("kind", SENT_BY_AN_ENGINE)
def test_every_event_the_relay_knows_has_its_fields(kind: str) -> None:
    """Of the examples of one type, each field that all of them have is also in ours."""
    client, _ = a_call()
    client.outputs += client.send("response.cancel")
    ours = [event for event in events(client.outputs) if event["type"] == kind]
    assert ours
    examples = [body(path) for path in GOLDEN.glob("server_*.json") if body(path)["type"] == kind]
    needed = set[str].intersection(*(set(example) for example in examples))
    assert all(needed <= set(event) for event in ours)


def test_a_session_begins_as_the_relay_expects() -> None:
    assert types(Realtime("m", 0, LoudVad).opened()) == ["session.created"]
