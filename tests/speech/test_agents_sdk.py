"""OpenAI's own Agents SDK as the client: it knows nothing of this server but its URL."""

import os
from typing import Any

os.environ.setdefault("OPENAI_AGENTS_DISABLE_TRACING", "1")

from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession

from audio.g711 import encode
from speech.brain import Message, Outcome, Reply, ToolCall
from speech.brain_scripted import ScriptedBrain
from tests.speech.running import KEY, Running, running
from tests.speech.sounds import room_for_friday

PRICE = "Two nights are $335.72. Shall I hold the room?"
SETTINGS: Any = {
    "model_name": "gpt-realtime-2.1",
    "input_audio_format": "g711_ulaw",
    "output_audio_format": "g711_ulaw",
    "input_audio_transcription": {"model": "gpt-4o-mini-transcribe", "language": "en"},
    "turn_detection": {"type": "server_vad", "silence_duration_ms": 500, "interrupt_response": True},
}


def runner(agent: RealtimeAgent[Any]) -> RealtimeRunner:
    return RealtimeRunner(starting_agent=agent, config={"model_settings": SETTINGS})


def model_config(server: Running) -> Any:
    return {"api_key": KEY, "url": server.url}


async def until_audio_ends(session: RealtimeSession) -> tuple[bytes, list[Any]]:
    """The audio of the next spoken answer, and all events up to its end."""
    audio, seen = b"", []
    async for event in session:
        seen.append(event)
        assert event.type != "error", event
        if event.type == "audio":
            audio += event.audio.data
        elif event.type == "audio_end":
            break
    return audio, seen


async def test_a_conversation_with_real_tool_execution() -> None:
    asked: list[tuple[str, int]] = []

    @function_tool
    def check_availability(check_in: str, adults: int) -> str:
        """Look up rooms."""
        asked.append((check_in, adults))
        return '{"total": "$335.72"}'

    brain = ScriptedBrain(
        [
            Reply("Thank you for calling. How may I help you?"),
            Reply("", ToolCall("check_availability", {"check_in": "2026-11-27", "adults": 2})),
            Reply(PRICE),
        ]
    )
    agent: RealtimeAgent[Any] = RealtimeAgent(
        name="desk", instructions="You are a front desk.", tools=[check_availability]
    )
    async with running(brain, ["do you have a room for two nights from friday"]) as server:
        async with await runner(agent).run(model_config=model_config(server)) as session:
            await session.send_message("hello")
            audio, _ = await until_audio_ends(session)
            assert len(audio) > 2 * 8000
            await session.send_audio(encode(room_for_friday()))
            audio, seen = await until_audio_ends(session)
            assert len(audio) > 3 * 8000
            assert [event.type for event in seen if event.type.startswith("tool")] == ["tool_start", "tool_end"]
    brain.assert_finished()
    assert asked == [("2026-11-27", 2)]
    assert [tool["name"] for tool in brain.requests[0].tools] == ["check_availability"]
    turns = brain.requests[2].history
    hello, greeting, question = [turn.text for turn in turns if isinstance(turn, Message)]
    assert (hello, question) == ("hello", "do you have a room for two nights from friday")
    assert "Thank you for calling. How may I help you?".startswith(greeting)  # the SDK found itself interrupted
    assert [turn.output for turn in turns if isinstance(turn, Outcome)] == ['{"total": "$335.72"}']


async def test_interrupting_truncates_to_what_was_played() -> None:
    """The SDK reckons by the clock how much was played: next to nothing here, so that is all the brain may know of."""
    text = "One two three four five six seven eight nine ten eleven twelve."
    brain = ScriptedBrain([Reply(text), Reply("Yes?")])
    agent: RealtimeAgent[Any] = RealtimeAgent(name="desk", instructions="You are a front desk.")
    async with running(brain, ["do you have a room for two nights from friday"]) as server:
        async with await runner(agent).run(model_config=model_config(server)) as session:
            await session.send_message("hello")
            await until_audio_ends(session)
            await session.interrupt()
            await session.send_message("stop")
            await until_audio_ends(session)
    heard = brain.requests[1].history[1]
    assert isinstance(heard, Message)
    assert heard.role == "assistant"
    assert text.startswith(heard.text)
    assert len(heard.text) < len(text)
