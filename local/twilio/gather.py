"""`<Gather>`: prompts, listens for keys and words at once, and asks `action` with what came.

Source: twilio.md 4.2; Twilio's page on the verb: keys win over speech, a finishOnKey without digits is no input, the
time-out begins behind the prompts, no input goes on with the next verb. What speech could not be made out is no input.
"""

import asyncio
from typing import TYPE_CHECKING

from local.twilio.calls import Source
from local.twilio.ear import Listening
from local.twilio.errors import CallFailure, Problem
from local.twilio.lines import Recording, Silence
from local.twilio.recogniser import RecogniserError
from local.twilio.verbs import Gather, Pause, Play, Sound

if TYPE_CHECKING:
    from local.twilio.executor import Executor

CONFIDENCE = "0.9"


async def gather(executor: "Executor", verb: Gather) -> Source | None:
    """Carry out the verb; the `action` request, or None when the document goes on. Raises Interrupted."""
    executor.answer()
    return await _Gathering(executor, verb).run()


async def play_prompts(executor: "Executor", sounds: tuple[Sound, ...], listening: Listening) -> None:
    """Play prompts into the ear of somebody who is listened to, then let the time-out begin."""
    for sound in sounds:
        if isinstance(sound, Pause):
            await executor.sleep(sound.length_s)
            continue
        if isinstance(sound, Play) and sound.digits:
            await executor.race_work(executor.exchange.send_keys(executor.call, sound.digits))
            continue
        recording = Recording(await executor.audio_of(sound), sound.loop)
        listening.ear.inner = recording
        await executor.race(recording.done)
    listening.ear.inner = Silence()
    listening.prompted()


class _Gathering:
    def __init__(self, executor: "Executor", verb: Gather) -> None:
        self._executor, self._verb = executor, verb
        self._call, self._exchange = executor.call, executor.exchange
        self._prompting: asyncio.Task[None] | None = None
        self._partials = 0
        self._last_partial = ""
        self._listening = Listening(
            keys="dtmf" in verb.input,
            speech="speech" in verb.input,
            timeout_s=verb.timeout_s,
            speech_timeout_s=verb.speech_timeout_s,
            max_speech_s=verb.max_speech_s,
            num_digits=verb.num_digits,
            finish_on_key=verb.finish_on_key,
            on_began=self._began,
            on_partial=self._partial,
        )

    async def run(self) -> Source | None:
        listening = self._listening
        if "speech" in self._verb.input:
            self._exchange.spawn(self._call, self._exchange.recogniser.prepare())
        self._call.phone.line = listening.ear
        prompting = self._prompting = asyncio.create_task(
            play_prompts(self._executor, self._verb.prompts, listening), name=f"prompts {self._call.sid[:8]}"
        )
        try:
            await self._executor.race_any({prompting, listening.done})
            if prompting.done() and not prompting.cancelled():
                prompting.result()  # a prompt that cannot be played fails the document
            reason = await self._executor.race(listening.done)
        finally:
            prompting.cancel()
            await asyncio.gather(prompting, return_exceptions=True)
            self._call.phone.line = Silence()
        fields = {}
        if reason == "digits":
            fields = {"Digits": listening.digits, "FinishedOnKey": listening.finished_on_key}
        elif reason == "speech" and (text := await self._executor.race_work(self._words(listening.speech))):
            fields = {"SpeechResult": _as_sentence(text), "Confidence": CONFIDENCE, "Language": self._verb.language}
        self._call.note("gathered", reason=reason if fields else "nothing", keys=len(listening.digits))
        if not fields and not self._verb.action_on_empty_result:
            return None
        return Source(self._verb.action, self._verb.method, fields)

    def _began(self, kind: str) -> None:
        """A key stops the prompt, and so does speech that may."""
        if self._prompting is None or self._prompting.done() or (kind == "speech" and not self._verb.barge_in):
            return
        self._prompting.cancel()
        self._listening.ear.inner = Silence()
        self._listening.prompted()

    def _partial(self, audio: bytes) -> None:
        if self._verb.partial_result_callback:
            self._exchange.spawn(self._call, self._tell_partial(audio))

    async def _tell_partial(self, audio: bytes) -> None:
        text = await self._words(audio)
        if not text or text == self._last_partial or self._listening.done.done():
            return
        self._last_partial = text
        fields = self._call.params() | {
            "UnstableSpeechResult": text,
            "StableSpeechResult": "",
            "Stability": "0.5",
            "SequenceNumber": str(self._partials),
            "Language": self._verb.language,
        }
        self._partials += 1
        url, method = self._verb.partial_result_callback, self._verb.partial_result_method
        await self._exchange.webhooks.notify(self._call, url, method, fields, "partial result")

    async def _words(self, audio: bytes) -> str:
        """What was said. The offline engine knows English alone: other speech is not simulated, and not heard."""
        if not self._verb.language.lower().startswith("en"):
            self._call.problem(CallFailure(0, f"speech in {self._verb.language}").problem)
            return ""
        try:
            return await self._exchange.recogniser.recognise(audio, self._verb.hints)
        except RecogniserError as error:
            self._call.problem(Problem(13340, str(error)))
            return ""


def _as_sentence(text: str) -> str:
    """As the recognisers behind Twilio write it."""
    return f"{text[0].upper()}{text[1:]}."
