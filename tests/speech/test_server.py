"""The server on a real port: the official client holds conversations with it, and others try what they should not."""

import asyncio
import base64
import json
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus

from audio.g711 import Pcm16, encode
from audio.resample import Resampler
from speech.brain import BrainError, Message, Outcome, Place, Reply, Request, ToolCall
from speech.brain_scripted import ScriptedBrain
from speech.stt import Utterance
from speech.stt_scripted import ScriptedRecogniser
from tests.speech.running import KEY, MODEL, Judge, Running, running, session
from tests.speech.sounds import room_for_friday
from tests.speech.wire import validate

TOOL = {"type": "function", "name": "check_availability", "parameters": {"type": "object", "properties": {}}}
PRICE = "Two nights are $335.72. Shall I hold the room?"


class GatedBrain:
    """Thinks until it is let go; says whatever it says then."""

    def __init__(self, text: str = "Good evening.") -> None:
        self.text = text
        self.asked = asyncio.Event()
        self.gate = asyncio.Event()

    async def reply(self, place: Place, request: Request) -> Reply:
        self.asked.set()
        await self.gate.wait()
        return Reply(self.text)

    async def close(self) -> None:
        pass


async def test_a_spoken_conversation_with_a_tool_by_the_official_client() -> None:
    brain = ScriptedBrain(
        [
            Reply("Thank you for calling. How may I help you?"),
            Reply("", ToolCall("check_availability", {"check_in": "2026-11-27", "adults": 2}), "yes_no"),
            Reply(PRICE, None, "yes_no"),
        ]
    )
    recogniser = ScriptedRecogniser(["do you have a room for two nights from friday"])
    async with running(brain, recogniser) as server:
        async with server.openai().realtime.connect(model=MODEL, extra_query={"session_id": "sess_1"}) as connection:
            judge = Judge(connection)
            created = await judge.until("session.created")
            assert created["session"]["model"] == MODEL
            await connection.session.update(session=session(tools=[TOOL]))
            await judge.until("session.updated")
            await connection.response.create(response={"instructions": 'Say exactly: "Thank you for calling."'})
            greeting = (await judge.until("response.done"))["response"]
            assert greeting["output"][0]["content"][0]["transcript"] == "Thank you for calling. How may I help you?"
            greeted = len(judge.audio())
            assert 2 < greeted / 8000 < 5
            await judge.append(encode(room_for_friday()))
            await judge.until("input_audio_buffer.speech_stopped")
            heard = await judge.until("conversation.item.input_audio_transcription.completed")
            assert heard["transcript"] == "do you have a room for two nights from friday"
            call = (await judge.until("response.done"))["response"]["output"][0]
            assert json.loads(call["arguments"]) == {"check_in": "2026-11-27", "adults": 2}
            output: Any = {"type": "function_call_output", "call_id": call["call_id"], "output": '{"total": "$335.72"}'}
            await connection.conversation.item.create(item=output)
            await connection.response.create()
            answer = (await judge.until("response.done"))["response"]
            assert answer["output"][0]["content"][0]["transcript"] == PRICE
            assert answer["usage"]["input_token_details"]["audio_tokens"] > 30
            assert len(judge.audio()) - greeted > 3 * 8000
    brain.assert_finished()
    recogniser.assert_finished()
    assert brain.places[0] == Place("west-bethel-motel", "sess_1")
    assert brain.requests[0].response_instructions == 'Say exactly: "Thank you for calling."'
    turns = brain.requests[2].history
    assert [turn.text for turn in turns if isinstance(turn, Message)] == [
        "Thank you for calling. How may I help you?",
        "do you have a room for two nights from friday",
    ]
    assert isinstance(turns[-1], Outcome)
    assert recogniser.fed_bytes[0] > 2 * 8000 * 2


async def test_24_khz_both_ways_is_the_default() -> None:
    brain = ScriptedBrain([Reply("Yes, we do.")])
    recogniser = ScriptedRecogniser(["do you have a room for two nights from friday"])
    async with running(brain, recogniser) as server:
        async with server.openai().realtime.connect(model=MODEL) as connection:
            judge = Judge(connection)
            pcm = Resampler(8000, 24000).process(room_for_friday())
            await judge.append(pcm.tobytes(), step=960)
            await judge.until("response.done")
            assert 0.5 < len(judge.audio()) / 48_000 < 3
    assert recogniser.opened == [("open", 24000)]


async def test_what_was_expected_reaches_the_next_turn() -> None:
    recogniser = ScriptedRecogniser(["yes"])
    brain = ScriptedBrain([Reply("Is that right?", None, "yes_no"), Reply("Good.")])
    async with running(brain, recogniser) as server:
        async with server.openai().realtime.connect(model=MODEL) as connection:
            judge = Judge(connection)
            await connection.session.update(session=session())
            await connection.response.create()
            await judge.until("response.done")
            await judge.append(encode(room_for_friday()))
            await judge.until("response.done")
    assert recogniser.opened == [("yes_no", 8000)]


async def test_a_brain_out_of_reach_is_a_failed_response() -> None:
    async with running(ScriptedBrain([BrainError("clerk_unreachable", "gone")])) as server:
        async with server.openai().realtime.connect(model=MODEL) as connection:
            judge = Judge(connection)
            await connection.response.create()
            done = (await judge.until("response.done"))["response"]
            assert (done["status"], done["status_details"]["error"]["code"]) == ("failed", "clerk_unreachable")


async def test_cancel_stops_a_response_and_the_next_one_starts() -> None:
    brain = GatedBrain()
    async with running(brain) as server:
        async with server.openai().realtime.connect(model=MODEL) as connection:
            judge = Judge(connection)
            await connection.response.create()
            await brain.asked.wait()
            await connection.response.cancel()
            done = (await judge.until("response.done"))["response"]
            assert (done["status"], done["status_details"]["reason"]) == ("cancelled", "client_cancelled")
            brain.gate.set()
            await connection.response.create()
            assert (await judge.until("response.done"))["response"]["status"] == "completed"


async def test_truncation_by_the_official_client() -> None:
    brain = ScriptedBrain([Reply("One two three four five six seven."), Reply("As I said.")])
    async with running(brain) as server:
        async with server.openai().realtime.connect(model=MODEL) as connection:
            judge = Judge(connection)
            await connection.session.update(session=session())
            await connection.response.create()
            item = (await judge.until("response.done"))["response"]["output"][0]
            await connection.conversation.item.truncate(item_id=item["id"], content_index=0, audio_end_ms=700)
            await judge.until("conversation.item.truncated")
            too_much = len(judge.audio()) // 8
            await connection.conversation.item.truncate(item_id=item["id"], content_index=0, audio_end_ms=too_much)
            said = await judge.until("error")
            assert said["error"]["message"] == f"Audio content of 700ms is already shorter than {too_much}ms"
            await connection.response.create()
            await judge.until("response.done")
    heard = brain.requests[1].history[0]
    assert isinstance(heard, Message)
    assert heard.text in ("One two", "One two three")


async def test_two_clients_at_once_have_two_conversations() -> None:
    class Echo:
        async def reply(self, place: Place, request: Request) -> Reply:
            said = request.history[-1]
            assert isinstance(said, Message)
            return Reply(f"{said.text} {place.property_id} {len(request.history)}")

        async def close(self) -> None:
            pass

    async def talk(server: Running, word: str) -> list[str]:
        answers = []
        query = {"property_id": word}
        async with server.openai().realtime.connect(model=MODEL, extra_query=query) as connection:
            judge = Judge(connection)
            for _ in range(3):
                item: Any = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": word}]}
                await connection.conversation.item.create(item=item)
                await connection.response.create()
                done = (await judge.until("response.done"))["response"]
                answers.append(done["output"][0]["content"][0]["transcript"])
        return answers

    async with running(Echo()) as server:
        answers = await asyncio.gather(*(talk(server, word) for word in ("one", "two")))
    assert answers == [[f"{word} {word} {n}" for n in (1, 3, 5)] for word in ("one", "two")]


async def test_a_client_that_vanishes_leaves_nothing() -> None:
    """In the middle of a response and of a turn; `running` looks for tasks."""
    brain = GatedBrain()
    recogniser = ScriptedRecogniser([])
    async with running(brain, recogniser) as server:
        async with server.openai().realtime.connect(model=MODEL) as connection:
            judge = Judge(connection)
            quiet: Any = session()
            quiet["audio"]["input"]["turn_detection"] |= {"interrupt_response": False}
            await connection.session.update(session=quiet)
            await connection.response.create()
            await brain.asked.wait()
            await judge.append(encode(room_for_friday()[:16_000]))
            await judge.until("input_audio_buffer.speech_started")
            connection._connection.transport.abort()
        await server.all_sessions_over()
        assert recogniser.cancelled == 1


async def test_a_client_that_does_not_read_harms_nobody() -> None:
    class Talker:
        async def reply(self, place: Place, request: Request) -> Reply:
            return Reply("We have many rooms. " * (800 if place.session_id == "deaf" else 1))

        async def close(self) -> None:
            pass

    async with running(Talker()) as server:
        deaf = await connect(server.url + "&session_id=deaf", additional_headers=server.headers, max_queue=1)
        await deaf.send(json.dumps({"type": "response.create"}))
        async with server.openai().realtime.connect(model=MODEL) as connection:
            judge = Judge(connection)
            for _ in range(3):
                await connection.response.create()
                await judge.until("response.done")
        deaf.transport.abort()
        await server.all_sessions_over()


async def test_a_fault_of_ours_closes_the_session() -> None:
    class Broken(ScriptedRecogniser):
        async def open(self, state: Any, rate_hz: int) -> Utterance:  # type: ignore[override]
            raise RuntimeError("a bug")

    async with running(ScriptedBrain([]), Broken([])) as server:
        async with connect(server.url, additional_headers=server.headers) as socket:
            pcm = Resampler(8000, 24000).process(room_for_friday()).tobytes()
            append = {"type": "input_audio_buffer.append", "audio": base64.b64encode(pcm).decode()}
            await socket.send(json.dumps(append))
            with pytest.raises(ConnectionClosedError):
                await drain(socket)
            assert socket.close_code == 1011


async def test_an_answer_that_cannot_be_written_down_closes_the_session_and_leaves_nobody_in_silence() -> None:
    async with running(ScriptedBrain([Reply("Half a sign: \ud83d")])) as server:
        async with connect(server.url, additional_headers=server.headers) as socket:
            await socket.send(json.dumps({"type": "response.create", "response": {"output_modalities": ["text"]}}))
            with pytest.raises(ConnectionClosedError):
                async with asyncio.timeout(3):
                    await drain(socket)
            assert socket.close_code == 1011


async def test_the_hour_ends_with_an_error_and_1001() -> None:
    async with running(ScriptedBrain([]), session_s=0.2) as server:
        async with connect(server.url, additional_headers=server.headers) as socket:
            events: list[Any] = []
            with pytest.raises(ConnectionClosedOK):
                await drain(socket, events)
            assert [event["type"] for event in events] == ["session.created", "error"]
            assert events[1]["error"]["code"] == "session_expired"
            assert (socket.close_code, socket.close_reason) == (1001, events[1]["error"]["message"])


async def test_closing_the_server_tells_its_clients_to_go_away() -> None:
    async with running(ScriptedBrain([])) as server:
        async with connect(server.url, additional_headers=server.headers) as socket:
            await socket.recv()
            await server.server.close()
            with pytest.raises(ConnectionClosedOK):
                await socket.recv()
            assert socket.close_code == 1001


async def test_a_wrong_key_is_refused_at_the_door() -> None:
    async with running(ScriptedBrain([])) as server:
        with pytest.raises(InvalidStatus) as refused:
            async with server.openai("wrong").realtime.connect(model=MODEL):
                pass
        assert refused.value.response.status_code == 401
        assert json.loads(refused.value.response.body)["error"]["code"] == "invalid_api_key"
        with pytest.raises(InvalidStatus) as refused:
            await connect(server.url)
        assert refused.value.response.status_code == 401
        assert server.server.sessions == 0


async def test_health_needs_no_key_and_other_paths_do_not_exist() -> None:
    async with running(ScriptedBrain([])) as server, httpx.AsyncClient() as http:
        answer = await http.get(f"http://127.0.0.1:{server.port}/health")
        assert (answer.status_code, answer.json()) == (200, {"ok": True, "ready": True, "sessions": 0})
        assert answer.headers["content-type"] == "application/json"
        answer = await http.get(f"http://127.0.0.1:{server.port}/v1/models")
        assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        (f"?model={MODEL}", {"OpenAI-Beta": "realtime=v1"}, "beta_api_shape_disabled"),
        ("", {}, "missing_model"),
    ],
)
async def test_the_retired_shape_and_no_model_are_refused_with_4000(
    query: str, headers: dict[str, str], code: str
) -> None:
    async with running(ScriptedBrain([])) as server:
        url = f"ws://127.0.0.1:{server.port}/v1/realtime{query}"
        async with connect(url, additional_headers=server.headers | headers) as socket:
            event = validate(json.loads(await socket.recv()))
            assert event["error"]["code"] == code
            await socket.wait_closed()
            assert (socket.close_code, socket.close_reason) == (4000, f"invalid_request_error.{code}")


@pytest.mark.parametrize(
    ("offered", "taken"),
    [(["realtime", f"openai-insecure-api-key.{KEY}"], "realtime"), ([f"openai-insecure-api-key.{KEY}"], None)],
)
async def test_a_browser_brings_its_key_as_a_subprotocol(offered: list[Any], taken: str | None) -> None:
    async with running(ScriptedBrain([])) as server:
        async with connect(server.url, subprotocols=offered) as socket:
            assert socket.subprotocol == taken
            assert json.loads(await socket.recv())["type"] == "session.created"


async def test_a_message_beyond_16_mib_ends_that_session_alone() -> None:
    """The announcement of its length is enough."""
    async with running(ScriptedBrain([])) as server:
        async with connect(server.url, additional_headers=server.headers) as other:
            async with connect(server.url, additional_headers=server.headers) as socket:
                await socket.recv()
                socket.transport.write(b"\x81\xff" + (16 * 1024 * 1024 + 1).to_bytes(8, "big") + bytes(4))
                await socket.wait_closed()
                assert socket.close_code == 1009
            await other.recv()
            await other.send("{}")
            assert json.loads(await other.recv())["type"] == "error"


class CountingVad:
    """Counts the samples it was given; hears nothing in them."""

    def __init__(self) -> None:
        self.samples = 0
        self.has_begun = asyncio.Event()

    def listen(self) -> "CountingVad":
        return self

    def feed(self, pcm: Pcm16) -> list[float]:
        self.samples += len(pcm)
        self.has_begun.set()
        return [0.0] * (len(pcm) // 256)


async def test_minutes_in_one_message_do_not_stall_the_others() -> None:
    vad = CountingVad()
    minutes_ms = 3 * 60_000
    async with running(ScriptedBrain([]), vad=vad) as server:
        async with connect(server.url, additional_headers=server.headers) as long:
            async with connect(server.url, additional_headers=server.headers) as short:
                await short.recv()
                audio = "A" * (48 * minutes_ms * 4 // 3)
                await long.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
                await vad.has_begun.wait()
                await short.send("{}")
                assert json.loads(await short.recv())["type"] == "error"
                assert 0 < vad.samples < 8 * minutes_ms


async def drain(socket: ClientConnection, events: list[Any] | None = None) -> None:
    """Read until the connection is closed, which is raised."""
    while True:
        event = validate(json.loads(await socket.recv()))
        if events is not None:
            events.append(event)
