"""The simulated Twilio through the TLS front: a relay that dies in mid-call is replaced by the next one."""

import asyncio
import json

from websockets.asyncio.server import Server, ServerConnection, serve

from local.front import Front
from local.twilio import Clock, NumberSettings, SimulatedTwilio, ToneSpeaker
from tests.local.twilio_helpers import ACCOUNT_SID, CALLER, HOTEL, SPEED, TOKEN, Application, codes


class Relay:
    """Counts the streams it got; dies with the first frame when `mortal`, otherwise ends the stream politely."""

    def __init__(self, mortal: bool) -> None:
        self.mortal = mortal
        self.starts: list[str] = []
        self.server: Server | None = None

    async def serve(self, connection: ServerConnection) -> None:
        async for message in connection:
            fields = json.loads(message)
            if fields["event"] == "start":
                self.starts.append(fields["start"]["callSid"])
            if fields["event"] == "media" and self.mortal and self.server is not None:
                self.server.close(close_connections=False)
                connection.transport.abort()
            elif fields["event"] == "media":
                return


async def test_a_call_whose_relay_died_goes_on_at_the_next_one() -> None:
    first, second, app = Relay(mortal=True), Relay(mortal=False), Application()
    await app.start()
    async with serve(first.serve, "127.0.0.1", 0) as one, serve(second.serve, "127.0.0.1", 0) as two:
        first.server = one
        front = Front([next(iter(server.sockets)).getsockname() for server in (one, two)])
        await front.start()
        number = NumberSettings(f"{app.origin}/voice")
        twilio = SimulatedTwilio(
            account_sid=ACCOUNT_SID,
            auth_token=TOKEN,
            numbers={HOTEL: number},
            tls=front.client_context(),
            speaker=ToneSpeaker(),
            clock=Clock(SPEED, asyncio.get_running_loop().time),
        )
        stream = f'<Stream url="wss://127.0.0.1:{front.port}/voice/stream"/>'
        connect = f'<Response><Connect action="/ended">{stream}</Connect></Response>'
        app.answers("/voice", connect)
        app.answers("/ended", connect, "<Response><Say>Goodbye</Say></Response>")
        call = await twilio.place_call(from_=CALLER, to=HOTEL)
        record = await call.ended()
        await twilio.stop()
        await front.stop()
        assert front.connections == 0
    await app.stop()
    assert (first.starts, second.starts) == ([call.sid], [call.sid])
    assert codes(call) == [31903]
    assert len(app.got("/ended")) == 2
    assert record.ended_by == "twiml"
