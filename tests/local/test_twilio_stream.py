"""Media streams against a real WebSocket server over TLS: order of messages, audio, marks, and every way to end."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from websockets.asyncio.server import ServerConnection

from local.twilio.webhooks import Webhooks
from tests.local.twilio_helpers import (
    ACCOUNT_SID,
    TOKEN,
    VOICE,
    MediaServer,
    World,
    a_world,
    codes,
    eventually,
    kinds,
)

SILENCE = b"\xff" * 160


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.app.answers("/ended", "<Response><Hangup/></Response>")
        yield world


async def send(connection: ServerConnection, event: str, stream_sid: str, **rest: Any) -> None:
    await connection.send(orjson.dumps({"event": event, "streamSid": stream_sid, **rest}).decode())


async def send_media(connection: ServerConnection, stream_sid: str, audio: bytes) -> None:
    await send(connection, "media", stream_sid, media={"payload": base64.b64encode(audio).decode()})


async def test_the_handshake_is_signed_over_the_url_as_it_stands_in_the_twiml(world: World) -> None:
    async def close(connection: ServerConnection, server: MediaServer) -> None:
        await server.until(connection, "start")

    world.media.behaviour = close
    await world.run(world.connect(action="/ended"))
    (headers,) = world.media.headers
    expected = RequestValidator(TOKEN).compute_signature(world.media.url, {})
    assert headers["x-twilio-signature"] == expected
    assert "x-twilio-signature" in [name for name, _ in headers.raw_items()]  # type: ignore[attr-defined]
    assert "Sec-WebSocket-Extensions" not in headers


@pytest.mark.parametrize(
    ("url", "signature"),
    [
        ("wss://relay.example.com/twilio/media", "simKlV27getf4pEbGEUwPmgRxco="),
        ("wss://relay.example.com/twilio/media/", "fyOryETMMRiDvjND8FkBLCeCF68="),
    ],
)
async def test_known_signatures_of_a_stream(world: World, url: str, signature: str) -> None:
    webhooks = Webhooks("relay-test-token", world.twilio.exchange.clock, None, 15)
    assert webhooks.stream_signature(url) == signature


async def test_connected_start_media_dtmf_stop_in_the_documented_form(world: World) -> None:
    document = (
        f'<Response><Connect><Stream url="{world.media.url}"><Parameter name="token" value="t1"/>'
        '<Parameter name="att" value="1"/></Stream></Connect></Response>'
    )
    call = await world.call(document)
    await eventually(lambda: world.media.events("media"))
    call.phone.say(VOICE * 2)
    call.phone.press("5#")
    await call.phone.spoken()
    call.phone.hang_up()
    record = await call.ended()

    received = world.media.received
    assert [message["event"] for message in received[:3]] == ["connected", "start", "media"]
    assert received[0] == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    stream_sid = received[1]["streamSid"]
    assert stream_sid.startswith("MZ")
    assert len(stream_sid) == 34
    assert received[1] == {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": stream_sid,
        "start": {
            "streamSid": stream_sid,
            "accountSid": ACCOUNT_SID,
            "callSid": call.sid,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"token": "t1", "att": "1"},
        },
    }
    payload = base64.b64encode(SILENCE).decode()
    assert received[2] == {
        "event": "media",
        "sequenceNumber": "2",
        "streamSid": stream_sid,
        "media": {"track": "inbound", "chunk": "1", "timestamp": "20", "payload": payload},
    }
    keys = world.media.events("dtmf")
    assert [message["dtmf"] for message in keys] == [
        {"track": "inbound_track", "digit": "5"},
        {"track": "inbound_track", "digit": "#"},
    ]
    assert received[-1]["event"] == "stop"
    assert received[-1]["stop"] == {"accountSid": ACCOUNT_SID, "callSid": call.sid}

    numbers = [int(message["sequenceNumber"]) for message in received[1:]]
    assert numbers == list(range(1, len(received)))
    media = [message["media"] for message in world.media.events("media")]
    assert [int(item["chunk"]) for item in media] == list(range(1, len(media) + 1))
    assert [int(item["timestamp"]) for item in media] == [20 * n for n in range(1, len(media) + 1)]
    said = b"".join(base64.b64decode(item["payload"]) for item in media)
    assert said.count(VOICE * 2) == 1
    assert record.said.endswith(said)


async def test_audio_is_heard_and_marks_come_back_after_it(world: World) -> None:
    async def speak(connection: ServerConnection, server: MediaServer) -> None:
        stream_sid = (await server.until(connection, "start"))["streamSid"]
        await send(connection, "mark", stream_sid, mark={"name": "before"})
        await send_media(connection, stream_sid, VOICE * 10)
        await send(connection, "mark", stream_sid, mark={"name": "after"})
        await server.until(connection, "mark")
        await server.until(connection, "mark")

    world.media.behaviour = speak
    record = await world.run(world.connect(action="/ended"))
    assert record.heard.count(VOICE * 10) == 1
    before, after = world.media.events("mark")
    assert (before["mark"], after["mark"]) == ({"name": "before"}, {"name": "after"})
    between = world.media.received[world.media.received.index(before) : world.media.received.index(after)]
    # The tenth frame has been handed out with the tenth message after the audio came, and has played one later.
    assert sum(message["event"] == "media" for message in between) >= 11


async def test_clear_silences_the_caller_and_returns_the_marks(world: World) -> None:
    async def interrupt(connection: ServerConnection, server: MediaServer) -> None:
        stream_sid = (await server.until(connection, "start"))["streamSid"]
        await send_media(connection, stream_sid, VOICE * 3000)
        await send(connection, "mark", stream_sid, mark={"name": "a"})
        await send(connection, "mark", stream_sid, mark={"name": "b"})
        for _ in range(20):
            await server.until(connection, "media")
        await send(connection, "clear", stream_sid)
        await server.until(connection, "mark")
        await server.until(connection, "mark")
        for _ in range(5):
            await server.until(connection, "media")

    world.media.behaviour = interrupt
    record = await world.run(world.connect(action="/ended"))
    assert [message["mark"]["name"] for message in world.media.events("mark")] == ["a", "b"]
    heard_ms = record.heard.count(VOICE) * 20
    (clear,) = kinds(record, "clear")
    assert clear["dropped_ms"] == 60_000 - heard_ms > 0
    assert record.heard.endswith(SILENCE)


BAD_MESSAGES = {
    "not JSON": "hello",
    "not an object": "[]",
    "unknown event": '{"event":"stop","streamSid":"%s"}',
    "another stream": '{"event":"clear","streamSid":"MZ0"}',
    "missing field": '{"event":"media","streamSid":"%s"}',
    "extra field": '{"event":"clear","streamSid":"%s","v":1}',
    "extra inner field": '{"event":"media","streamSid":"%s","media":{"payload":"/w==","track":"outbound"}}',
    "no text": '{"event":"mark","streamSid":"%s","mark":{"name":7}}',
    "no base64": '{"event":"media","streamSid":"%s","media":{"payload":"***"}}',
    "broken base64": '{"event":"media","streamSid":"%s","media":{"payload":"abc"}}',
    "no object": '{"event":"mark","streamSid":"%s","mark":"m"}',
}


@pytest.mark.parametrize("kind", BAD_MESSAGES)
async def test_a_message_that_does_not_conform_is_ignored_with_one_warning(world: World, kind: str) -> None:
    async def misbehave(connection: ServerConnection, server: MediaServer) -> None:
        stream_sid = (await server.until(connection, "start"))["streamSid"]
        for _ in range(3):
            await connection.send(BAD_MESSAGES[kind].replace("%s", stream_sid))
        await send(connection, "mark", stream_sid, mark={"name": "still here"})
        await server.until(connection, "mark")

    world.media.behaviour = misbehave
    call = await world.call(world.connect(action="/ended"))
    record = await call.ended()
    assert codes(call) == [31951]
    assert set(record.heard) == {0xFF}


async def test_binary_messages_have_a_warning_of_their_own(world: World) -> None:
    async def misbehave(connection: ServerConnection, server: MediaServer) -> None:
        await server.until(connection, "start")
        await connection.send(b"\x00\x01")
        await connection.send(b"\x00\x01")
        await connection.send("{}")

    world.media.behaviour = misbehave
    call = await world.call(world.connect(action="/ended"))
    await call.ended()
    assert codes(call) == [31950, 31951]


async def test_more_than_ten_minutes_of_audio_is_warned_of_once(world: World) -> None:
    async def flood(connection: ServerConnection, server: MediaServer) -> None:
        stream_sid = (await server.until(connection, "start"))["streamSid"]
        for _ in range(12):
            await send_media(connection, stream_sid, bytes(8 * 60_000))
        await send(connection, "clear", stream_sid)
        await send(connection, "mark", stream_sid, mark={"name": "done"})
        await server.until(connection, "mark")

    world.media.behaviour = flood
    call = await world.call(world.connect(action="/ended"))
    record = await call.ended()
    assert codes(call) == [31931]
    (clear,) = kinds(record, "clear")
    assert clear["dropped_ms"] <= 600_000  # type: ignore[operator]
