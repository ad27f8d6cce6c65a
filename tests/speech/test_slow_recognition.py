"""Words that are long on their way: what was said meanwhile is answered by its words, too."""

import asyncio
from typing import Any

from audio.g711 import encode
from speech.brain import Message, Reply
from speech.brain_scripted import ScriptedBrain
from speech.stt import Heard, State
from speech.stt_scripted import ScriptedRecogniser, ScriptedUtterance
from tests.speech.running import MODEL, Judge, running, session
from tests.speech.sounds import room_for_friday


class SlowRecogniser(ScriptedRecogniser):
    """Tells what it heard when it is `let` to, one utterance after the other."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines)
        self.let = asyncio.Semaphore(0)

    async def open(self, state: State, rate_hz: int) -> ScriptedUtterance:
        await super().open(state, rate_hz)
        return SlowUtterance(self, rate_hz)


class SlowUtterance(ScriptedUtterance):
    def __init__(self, script: SlowRecogniser, rate_hz: int) -> None:
        super().__init__(script, rate_hz)
        self._let = script.let

    async def finish(self) -> Heard:
        await self._let.acquire()
        return await super().finish()


async def test_a_caller_who_goes_on_before_the_first_words_are_known_is_not_said_to_be_unintelligible() -> None:
    recogniser = SlowRecogniser(["do you have a room", "for two nights"])
    brain = ScriptedBrain([Reply("Yes, we do.")])
    async with running(brain, recogniser) as server:
        async with server.openai().realtime.connect(model=MODEL) as connection:
            judge = Judge(connection)
            flags = {"create_response": False, "interrupt_response": False}
            asked: Any = session()
            asked["audio"]["input"]["turn_detection"] |= flags
            await connection.session.update(session=asked)
            await judge.append(encode(room_for_friday()))
            await judge.until("input_audio_buffer.committed")
            await connection.response.create()
            await judge.until("response.created")
            await judge.append(encode(room_for_friday()))
            await judge.until("input_audio_buffer.committed")
            recogniser.let.release()
            await judge.until("conversation.item.input_audio_transcription.completed")
            await asyncio.sleep(0.1)
            recogniser.let.release()
            await judge.until("response.done")
    said = [turn.text for turn in brain.requests[0].history if isinstance(turn, Message)]
    assert said == ["do you have a room", "for two nights"]
