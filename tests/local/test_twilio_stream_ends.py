"""Every way in which a media stream may fail to begin, or end, and what the call does next."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection

from tests.local.twilio_helpers import Answer, MediaServer, World, a_world, codes, eventually, kinds


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.app.answers("/ended", "<Response><Hangup/></Response>")
        yield world


@pytest.mark.parametrize(("code", "problems"), [(1000, []), (1001, []), (1008, [31921]), (1011, [31921])])
async def test_when_the_server_closes_the_action_is_asked(world: World, code: int, problems: list[int]) -> None:
    async def leave(connection: ServerConnection, server: MediaServer) -> None:
        await server.until(connection, "media")
        await connection.close(code)

    world.media.behaviour = leave
    call = await world.call(world.connect(action="/ended"))
    record = await call.ended()
    (fields,) = world.app.got("/ended")
    assert (fields["CallStatus"], fields["CallSid"]) == ("in-progress", call.sid)
    assert codes(call) == problems
    assert record.ended_by == "twiml"
    assert world.media.events("stop") == []


async def test_when_the_connection_breaks_the_action_is_asked(world: World) -> None:
    async def die(connection: ServerConnection, server: MediaServer) -> None:
        await server.until(connection, "media")
        connection.transport.abort()

    world.media.behaviour = die
    call = await world.call(world.connect(action="/ended"))
    await call.ended()
    assert codes(call) == [31903]
    assert world.app.got("/ended")[0]["CallStatus"] == "in-progress"


async def test_without_an_action_the_next_verb_follows(world: World) -> None:
    async def leave(connection: ServerConnection, server: MediaServer) -> None:
        await server.until(connection, "start")

    world.media.behaviour = leave
    await world.run(world.connect().replace("</Connect>", "</Connect><Say>Still there?</Say>"))
    assert world.speaker.said == ["Still there?"]


async def test_a_broken_stream_is_followed_by_a_new_one_in_the_same_call(world: World) -> None:
    async def leave(connection: ServerConnection, server: MediaServer) -> None:
        await server.until(connection, "media")

    world.media.behaviour = leave
    again = world.connect(action="/ended")
    world.app.answers("/ended", again, again, "<Response/>")
    record = await world.run(again)
    starts = world.media.events("start")
    assert len(starts) == 3
    assert {start["start"]["callSid"] for start in starts} == {record.call_sid}
    assert len({start["streamSid"] for start in starts}) == 3
    assert [start["sequenceNumber"] for start in starts] == ["1", "1", "1"]


@pytest.mark.parametrize(("status", "code"), [(401, 31920), (404, 31920), (200, 31920), (302, 31920)])
async def test_a_refused_handshake_continues_with_the_action(world: World, status: int, code: int) -> None:
    world.media.refuse_with = status
    call = await world.call(world.connect(action="/ended"))
    await call.ended()
    assert codes(call) == [code]
    assert len(world.app.got("/ended")) == 1


async def test_nobody_listening_continues_with_the_action(world: World) -> None:
    call = await world.call(world.connect(action="/ended").replace(world.media.url, "wss://127.0.0.1:9/x"))
    await call.ended()
    assert codes(call) == [31902]
    assert len(world.app.got("/ended")) == 1


async def test_an_unknown_certificate_is_a_tls_error(world: World) -> None:
    async with a_world() as stranger:
        call = await world.call(world.connect(action="/ended").replace(world.media.url, stranger.media.url))
        await call.ended()
    assert codes(call) == [31910]


@pytest.mark.parametrize(
    ("change", "code"),
    [(("wss://", "ws://"), 31922), (("wss://", "https://"), 31922), (("/stream", "/stream?token=1"), 31920)],
)
async def test_only_wss_without_a_query_string_is_connected(world: World, change: tuple[str, str], code: int) -> None:
    call = await world.call(world.connect(action="/ended").replace(*change))
    await call.ended()
    assert codes(call) == [code]
    assert world.media.paths == []
    assert len(world.app.got("/ended")) == 1


async def test_a_handshake_that_takes_too_long_is_given_up() -> None:
    async with a_world(stream_open_timeout_s=0.2) as world:

        async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(mute, "127.0.0.1", 0)
        async with server:
            url = f"wss://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"
            call = await world.call(world.connect().replace(world.media.url, url))
            await call.ended()
        assert codes(call) == [31901]


async def test_when_the_caller_hangs_up_stop_comes_and_the_action_hears_of_it(world: World) -> None:
    call = await world.call(world.connect(action="/ended"))
    await eventually(lambda: world.media.events("media"))
    call.phone.hang_up()
    record = await call.ended()
    assert world.media.order == ["connected", "start", "media", "stop"]
    assert world.app.got("/ended")[0]["CallStatus"] == "completed"
    assert world.app.got("/status")[0]["CallStatus"] == "completed"
    assert (record.status, record.ended_by) == ("completed", "caller")
    (stopped,) = [entry for entry in kinds(record, "stream") if entry["state"] == "stopped"]
    assert (stopped["ended_by"], stopped["close_code"]) == ("twilio", 1000)


async def test_the_caller_hangs_up_while_the_action_is_being_asked(world: World) -> None:
    async def leave(connection: ServerConnection, server: MediaServer) -> None:
        await server.until(connection, "start")

    world.media.behaviour = leave
    world.app.answers("/ended", Answer("<Response><Say>never</Say></Response>", delay_s=0.1))
    call = await world.call(world.connect(action="/ended"))
    await eventually(lambda: world.app.got("/ended"))
    call.phone.hang_up()
    record = await call.ended()
    assert (record.status, world.speaker.said) == ("completed", [])
    assert len(world.app.got("/ended")) == 1


async def test_a_server_that_does_not_answer_the_close_does_not_hold_the_call(world: World) -> None:
    over = asyncio.Event()

    async def deaf(connection: ServerConnection, server: MediaServer) -> None:
        await server.until(connection, "media")
        connection.transport.pause_reading()
        await over.wait()
        connection.transport.abort()

    world.media.behaviour = deaf
    call = await world.call(world.connect())
    await eventually(lambda: world.media.events("media"))
    await call.phone.wait(400)
    call.phone.hang_up()
    record = await call.ended()
    over.set()
    assert record.status == "completed"


async def test_the_stream_callback_tells_of_start_and_stop(world: World) -> None:
    async def leave(connection: ServerConnection, server: MediaServer) -> None:
        await server.until(connection, "media")

    world.media.behaviour = leave
    world.app.answers("/stream-status", Answer(status=204, body=""))
    document = world.connect().replace("<Stream ", '<Stream name="main" statusCallback="/stream-status" ')
    record = await world.run(document)
    started, stopped = sorted(world.app.got("/stream-status"), key=lambda fields: fields["Timestamp"])
    assert (started["StreamEvent"], stopped["StreamEvent"]) == ("stream-started", "stream-stopped")
    assert started.keys() == {"AccountSid", "CallSid", "StreamSid", "StreamName", "StreamEvent", "Timestamp"}
    assert (started["CallSid"], started["StreamName"]) == (record.call_sid, "main")
    assert started["StreamSid"] == world.media.events("start")[0]["streamSid"]


async def test_the_stream_callback_tells_of_a_failure(world: World) -> None:
    world.media.refuse_with = 403
    world.app.answers("/stream-status", Answer(status=204, body=""))
    await world.run(world.connect().replace("<Stream ", '<Stream statusCallback="/stream-status" '))
    (fields,) = world.app.got("/stream-status")
    assert fields["StreamEvent"] == "stream-error"
    assert fields["StreamError"].startswith("31920")
