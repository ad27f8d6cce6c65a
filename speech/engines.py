"""The parts that sessions share, started before the first of them and closed after the last."""

from dataclasses import dataclass

from speech.brain import Brain
from speech.stt import Recogniser
from speech.tts import Tts
from speech.vad import SileroModel
from speech.voice import Voice


@dataclass(frozen=True)
class Engines:
    vad: SileroModel
    recogniser: Recogniser
    brain: Brain
    tts: Tts
    voice: Voice

    async def start(self) -> None:
        """Warm everything. Raises RecogniserError or TtsError."""
        await self.recogniser.start()
        await self.tts.start()

    async def close(self) -> None:
        await self.recogniser.close()
        await self.tts.close()
        await self.brain.close()
