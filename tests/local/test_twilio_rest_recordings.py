"""Recordings by REST, driven by the official client: started, paused, fetched, downloaded, deleted."""

import asyncio
import io
import wave
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import numpy as np
import pytest

from audio import g711
from local.twilio import Call, Person
from tests.local.twilio_helpers import (
    CREDENTIALS,
    HOTEL,
    STAFF,
    VOICE,
    World,
    a_world,
    client_of,
    eventually,
    refused,
)

WAITS = "<Response><Pause length='600'/></Response>"
SPEAKS = "<Response><Pause length='1'/><Say loop='0'>a sentence of the hotel that goes on for a while</Say></Response>"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.app.answers("/recording", "")
        yield world


async def talking(world: World, document: str = SPEAKS) -> Call:
    call = await world.call(document)
    await call.phone.agent_speaking()
    return call


async def start(world: World, call: Call, **options: Any) -> Any:
    return await asyncio.to_thread(client_of(world).calls(call.sid).recordings.create, **options)


async def update(world: World, call: Call, status: str, sid: str = "Twilio.CURRENT", **options: Any) -> Any:
    recording = client_of(world).calls(call.sid).recordings(sid)
    return await asyncio.to_thread(recording.update, status=status, **options)


async def over(call: Call) -> None:
    call.phone.hang_up()
    await call.ended()


async def media(world: World, path: str, **options: Any) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{world.twilio.base_url}{path}", **({"headers": CREDENTIALS} | options)) as response:
            return response.status, await response.read()


def channels(body: bytes) -> list[bytes]:
    with wave.open(io.BytesIO(body)) as file:
        assert (file.getsampwidth(), file.getframerate()) == (2, 8000)
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, file.getnchannels())
    return [g711.encode(samples[:, channel]) for channel in range(samples.shape[1])]


async def test_both_sides_of_a_call_are_recorded_in_a_channel_each(world: World) -> None:
    call = await talking(world)
    created = await start(
        world, call, recording_channels="dual", recording_status_callback=f"{world.app.origin}/recording"
    )
    assert (created.status, created.channels, created.source) == ("in-progress", 2, "StartCallRecordingAPI")
    call.phone.say(VOICE * 40)
    await call.phone.spoken()
    await over(call)

    fetched = await asyncio.to_thread(client_of(world).recordings(created.sid).fetch)
    assert (fetched.status, fetched.call_sid) == ("completed", call.sid)
    (told,) = world.app.got("/recording")
    assert (told["RecordingStatus"], told["RecordingChannels"]) == ("completed", "2")
    status, body = await media(
        world, f"{told['RecordingUrl'].removeprefix(world.twilio.base_url)}.wav?RequestedChannels=2"
    )
    guest, hotel = channels(body)
    assert (status, guest.count(VOICE)) == (200, 40)
    assert hotel in bytes(call.phone.heard)
    assert int(fetched.duration) == max(1, round(len(guest) / 8000))


async def test_without_asking_for_channels_the_file_is_mono(world: World) -> None:
    call = await talking(world, WAITS.replace("<Pause", "<Say>Hello</Say><Pause"))
    created = await start(world, call, recording_channels="dual")
    call.phone.say(VOICE * 40)
    await call.phone.spoken()
    await over(call)
    status, body = await media(world, created.uri.removesuffix(".json"))
    (mono,) = channels(body)
    assert (status, mono.count(VOICE)) == (200, 40)


@pytest.mark.parametrize("behaviour", ["silence", "skip"])
async def test_a_pause_is_silent_or_left_out(world: World, behaviour: str) -> None:
    call = await talking(world, WAITS.replace("<Pause", "<Say>Hello</Say><Pause"))
    created = await start(world, call, recording_track="inbound")
    call.phone.say(VOICE * 30)
    await call.phone.spoken()
    paused = await update(world, call, "paused", pause_behavior=behaviour)
    assert paused.status == "paused"
    secret = bytes([0x30]) * 160 * 200
    call.phone.say(secret)
    await call.phone.spoken()
    assert (await update(world, call, "in-progress", created.sid)).status == "in-progress"
    call.phone.say(VOICE * 30)
    await call.phone.spoken()
    assert (await update(world, call, "stopped")).status == "processing"
    await over(call)
    (audio,) = world.twilio.exchange.recordings.kept[0].audio
    assert audio.count(VOICE) >= 58
    assert bytes([0x30]) * 160 not in audio
    assert (len(audio) >= len(secret)) == (behaviour == "silence")


async def test_a_whole_call_that_was_ordered_with_record_is_recorded(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=0, says=VOICE * 50, hangs_up_after_ms=500)
    created = await asyncio.to_thread(
        client_of(world).calls.create,
        to=STAFF,
        from_=HOTEL,
        twiml=WAITS,
        record=True,
        recording_status_callback=f"{world.app.origin}/recording",
    )
    await world.twilio.calls[created.sid].ended()
    (told,) = world.app.got("/recording")
    assert (told["RecordingSource"], told["RecordingDuration"]) == ("OutboundAPI", "1")


async def test_recordings_are_listed_of_a_call_and_of_the_account(world: World) -> None:
    first, second = await talking(world), await talking(world)
    one, other = await start(world, first), await start(world, second)
    client = client_of(world)
    assert [found.sid for found in await asyncio.to_thread(client.recordings.list)] == [other.sid, one.sid]
    assert [found.sid for found in await asyncio.to_thread(client.calls(first.sid).recordings.list)] == [one.sid]
    assert [f.sid for f in await asyncio.to_thread(client.recordings.list, call_sid=second.sid)] == [other.sid]


async def test_a_deleted_recording_is_gone(world: World) -> None:
    call = await talking(world)
    created = await start(world, call)
    await over(call)
    assert await asyncio.to_thread(client_of(world).recordings(created.sid).delete)
    assert (await refused(client_of(world).recordings(created.sid).fetch)).code == 20404
    assert (await refused(client_of(world).recordings(created.sid).delete)).code == 20404
    assert (await media(world, created.uri.removesuffix(".json")))[0] == 404


async def test_there_is_no_file_before_the_recording_is_complete(world: World) -> None:
    call = await talking(world)
    created = await start(world, call)
    assert (await media(world, created.uri.removesuffix(".json")))[0] == 404
    await update(world, call, "stopped")
    assert (await media(world, created.uri.removesuffix(".json")))[0] == 404
    await eventually(lambda: world.twilio.exchange.recordings.kept[0].status == "completed")
    assert (await media(world, created.uri.removesuffix(".json")))[0] == 200


async def test_a_file_needs_credentials_and_has_one_format(world: World) -> None:
    call = await talking(world)
    created = await start(world, call)
    await over(call)
    path = created.uri.removesuffix(".json")
    assert (await media(world, path, headers={}))[0] == 401
    assert (await media(world, f"{path}.mp3"))[0] == 501
    assert (await media(world, f"{path}.wav?RequestedChannels=2"))[0] == 400


async def test_what_cannot_be_recorded_or_changed_is_refused(world: World) -> None:
    call = await talking(world)
    calls = client_of(world).calls
    assert (await refused(calls(call.sid).recordings.create, recording_channels="three")).code == 20001
    assert (await refused(calls(call.sid).recordings.create, recording_status_callback="nowhere")).code == 21205
    assert (await refused(calls(call.sid).recordings.create, recording_status_callback_event=["done"])).code == 20001
    assert (await refused(calls(call.sid).recordings("Twilio.CURRENT").update, status="paused")).code == 20404
    created = await start(world, call)
    assert (await refused(calls(call.sid).recordings(created.sid).update, status="completed")).code == 20001
    assert (await refused(client_of(world).recordings(created.sid).delete)).code == 20009
    await over(call)
    assert (await refused(calls(call.sid).recordings.create)).code == 21220
    assert (await refused(calls(call.sid).recordings(created.sid).update, status="stopped")).code == 21220
    assert (await refused(calls("CA" + "0" * 32).recordings.create)).code == 20404


async def test_a_second_recording_by_rest_is_the_first_one(world: World) -> None:
    call = await talking(world)
    assert (await start(world, call)).sid == (await start(world, call, recording_channels="dual")).sid
    await over(call)
    assert len(world.twilio.exchange.recordings.kept) == 1


async def test_which_of_two_recordings_is_the_current_one_nobody_knows(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=0)
    placed = await asyncio.to_thread(
        client_of(world).calls.create,
        to=STAFF,
        from_=HOTEL,
        twiml=WAITS.replace("<Pause", "<Say>Hello</Say><Pause"),
        record=True,
    )
    call = world.twilio.calls[placed.sid]
    await eventually(lambda: world.twilio.exchange.recordings.kept)
    second = await start(world, call)
    assert (
        await refused(client_of(world).calls(call.sid).recordings("Twilio.CURRENT").update, status="paused")
    ).code == 16108
    await update(world, call, "stopped", second.sid)
    assert (await update(world, call, "paused")).sid != second.sid
    await over(call)


async def test_a_call_may_be_too_young_to_be_recorded(world: World) -> None:
    call = await talking(world)
    world.twilio.faults.early = 1
    assert (await refused(client_of(world).calls(call.sid).recordings.create)).code == 21220
    assert (await start(world, call)).status == "in-progress"
    await over(call)
