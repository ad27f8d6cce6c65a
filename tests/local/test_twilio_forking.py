"""Recordings and unidirectional streams beside a call's document: started and stopped by TwiML and by REST."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from twilio.twiml.voice_response import Start, Stop, VoiceResponse  # type: ignore[import-untyped]
from websockets.asyncio.server import ServerConnection

from local.twilio import Call
from tests.local.twilio_helpers import (
    VOICE,
    MediaServer,
    World,
    a_world,
    client_of,
    codes,
    eventually,
    in_thread,
    kinds,
    refused,
)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.app.answers("/recording", "")
        world.app.answers("/stream", "")
        yield world


def start(noun: str, rest: str = "<Say>Hello</Say><Pause length='600'/>") -> str:
    return f"<Response><Start>{noun}</Start>{rest}</Response>"


def payloads(world: World, track: str) -> bytes:
    media = [message["media"] for message in world.media.events("media")]
    return b"".join(base64.b64decode(one["payload"]) for one in media if one["track"] == track)


async def over(call: Call) -> None:
    call.phone.hang_up()
    await call.ended()


def streams(call: Call) -> list[object]:
    return [detail["state"] for detail in kinds(call.record(), "stream")]


async def test_both_sides_of_a_call_are_streamed_while_its_document_goes_on(world: World) -> None:
    noun = f'<Stream url="{world.media.url}" name="tap" track="both_tracks" statusCallback="/stream">'
    call = await world.call(start(noun + '<Parameter name="who" value="guest"/></Stream>'))
    await eventually(lambda: world.media.events("media"))
    call.phone.say(VOICE * 20)
    call.phone.press("5")
    await call.phone.spoken()
    await call.phone.wait(1000)
    await over(call)

    begun = world.media.events("start")[0]["start"]
    assert (begun["tracks"], begun["customParameters"]) == (["inbound", "outbound"], {"who": "guest"})
    assert world.media.order[-1] == "stop"
    assert world.media.events("dtmf") == []
    assert payloads(world, "inbound").count(VOICE) == 20
    assert payloads(world, "outbound") in bytes(call.phone.heard)
    first = {
        track: next(m for m in world.media.events("media") if m["media"]["track"] == track) for track in begun["tracks"]
    }
    assert {message["media"]["chunk"] for message in first.values()} == {"1"}
    told = [fields["StreamEvent"] for fields in world.app.got("/stream")]
    assert told == ["stream-started", "stream-stopped"]
    assert {fields["StreamName"] for fields in world.app.got("/stream")} == {"tap"}
    assert codes(call) == []


async def test_one_side_is_the_default(world: World) -> None:
    call = await world.call(start(f'<Stream url="{world.media.url}"/>'))
    await eventually(lambda: world.media.events("media"))
    await over(call)
    assert world.media.events("start")[0]["start"]["tracks"] == ["inbound"]
    assert {message["media"]["track"] for message in world.media.events("media")} == {"inbound"}


async def test_a_stream_is_stopped_by_its_name(world: World) -> None:
    response = VoiceResponse()
    begin, end = Start(), Stop()
    begin.stream(url=world.media.url, name="tap")
    end.stream(name="tap")
    response.append(begin)
    response.pause(length=3)
    response.append(end)
    response.say("still here")
    call = await world.call(str(response))
    await call.ended()
    assert world.media.order == ["connected", "start", "media", "stop"]
    assert world.speaker.said == ["still here"]
    assert (streams(call), codes(call)) == (["connecting", "started", "stopped"], [])


async def test_what_was_never_started_cannot_be_stopped(world: World) -> None:
    for noun in ("Stream", "Recording"):
        call = await world.call(f'<Response><Stop><{noun} name="x"/></Stop><Say>never</Say></Response>')
        await call.ended()
        assert codes(call) == [14300]
    assert "never" not in world.speaker.said


async def test_a_stream_that_fails_does_not_hold_up_the_call(world: World) -> None:
    world.media.refuse_with = 403
    call = await world.call(
        start(f'<Stream url="{world.media.url}" name="tap" statusCallback="/stream"/>', "<Say>on</Say>")
    )
    await call.ended()
    assert (codes(call), world.speaker.said) == ([31920], ["on"])
    assert [fields["StreamEvent"] for fields in world.app.got("/stream")] == ["stream-error"]


async def test_a_stream_takes_no_messages_and_its_end_is_not_the_end_of_the_call(world: World) -> None:
    async def talk(connection: ServerConnection, server: MediaServer) -> None:
        begun = await server.until(connection, "start")
        message = {"event": "clear", "streamSid": begun["streamSid"]}
        await connection.send(orjson.dumps(message).decode())
        await connection.send(orjson.dumps(message).decode())
        await server.until(connection, "media")
        await server.until(connection, "media")

    world.media.behaviour = talk
    rest = "<Pause length='5'/><Stop><Stream name='tap'/></Stop><Say>on</Say>"
    call = await world.call(start(f'<Stream url="{world.media.url}" name="tap"/>', rest))
    await call.ended()
    assert (codes(call), world.speaker.said) == ([31951], ["on"])


async def test_a_stream_that_is_still_opening_ends_with_the_call(world: World) -> None:
    call = await world.call(start(f'<Stream url="{world.media.url}"/>', ""))
    await call.ended()
    assert streams(call)[-1] == "stopped"
    assert call.phone.taps == []


async def test_a_recording_goes_on_until_it_is_stopped_by_its_name(world: World) -> None:
    noun = '<Recording name="all" trim="do-not-trim" recordingStatusCallback="/recording"/>'
    rest = "<Say>Hello</Say><Pause length='2'/><Stop><Recording name='all'/></Stop><Pause length='60'/>"
    call = await world.call(start(noun, rest))
    await call.phone.agent_speaking()
    call.phone.say(VOICE * 10)
    await eventually(lambda: world.app.got("/recording"))
    (told,) = world.app.got("/recording")
    assert (told["RecordingSource"], told["RecordingChannels"]) == ("StartCallRecordingTwiML", "2")
    (recording,) = world.twilio.exchange.recordings.kept
    assert (len(recording.audio), recording.audio[0].count(VOICE)) == (2, 10)
    assert call.ended_at is None
    await over(call)


async def test_a_recording_by_twiml_is_paused_by_rest_and_ends_with_the_call(world: World) -> None:
    call = await world.call(start("<Recording/>"))
    await call.phone.agent_speaking()
    current = client_of(world).calls(call.sid).recordings("Twilio.CURRENT")
    assert (await in_thread(current.update, status="paused")).source == "StartCallRecordingTwiML"
    await in_thread(current.update, status="in-progress")
    await over(call)
    (recording,) = world.twilio.exchange.recordings.kept
    assert (recording.status, recording.order.trim) == ("completed", True)


async def begun(world: World, **options: Any) -> tuple[Call, Any]:
    call = await world.call("<Response><Say>Hello</Say><Pause length='600'/></Response>")
    await call.phone.agent_speaking()
    streams = client_of(world).calls(call.sid).streams
    return call, await in_thread(streams.create, **({"url": world.media.url} | options))


async def test_a_stream_by_rest_is_stopped_by_rest(world: World) -> None:
    call, stream = await begun(
        world, name="tap", track="outbound_track", parameter1_name="who", parameter1_value="guest"
    )
    assert (stream.status, stream.name, stream.sid[:2]) == ("in-progress", "tap", "MZ")
    await eventually(lambda: world.media.events("media"))
    parameters = world.media.events("start")[0]["start"]["customParameters"]
    assert (parameters, {m["media"]["track"] for m in world.media.events("media")}) == ({"who": "guest"}, {"outbound"})
    streams = client_of(world).calls(call.sid).streams
    assert (await refused(streams("tap").update, status="paused")).code == 20001
    assert (await in_thread(streams("tap").update, status="stopped")).status == "stopped"
    await eventually(lambda: world.media.order[-1] == "stop")
    assert (await in_thread(streams(stream.sid).update, status="stopped")).status == "stopped"
    assert (await refused(streams("other").update, status="stopped")).code == 20404
    await over(call)


async def test_what_cannot_be_streamed_by_rest_is_refused(world: World) -> None:
    call, _ = await begun(world, name="tap", track="both_tracks")
    create = client_of(world).calls(call.sid).streams.create
    url = world.media.url
    assert (await refused(create, url="")).code == 21205
    assert (await refused(create, url=url, track="all")).code == 20001
    assert (await refused(create, url=url, status_callback="nowhere")).code == 21609
    assert (await refused(create, url=url, parameter1_name="a", parameter1_value="b" * 499)).code == 20001
    assert (await refused(create, url=url, name="tap")).status == 501
    await in_thread(create, url=url, track="both_tracks")
    assert (await refused(create, url=url)).status == 501
    await over(call)
    assert (await refused(create, url=url)).code == 21220


async def test_a_bidirectional_stream_cannot_be_stopped_by_rest(world: World) -> None:
    call = await world.call(world.connect())
    await eventually(lambda: world.media.events("media"))
    sid = world.media.events("start")[0]["streamSid"]
    assert (await refused(client_of(world).calls(call.sid).streams(sid).update, status="stopped")).code == 20404
    await over(call)
