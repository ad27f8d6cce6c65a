"""`<Record>`: the caller's voice until a key, silence, the longest time or the end of the call.

Source: twilio.md 4.7; Twilio's page on the verb: verbs behind it are unreachable, but for an empty recording, which
asks no `action`; the file may not be ready when `action` is asked.
"""

import asyncio
from typing import TYPE_CHECKING

from local.sound import cut, stretches
from local.twilio.calls import HungUp, Interrupted, Source, new_sid
from local.twilio.ear import Ear, Voice
from local.twilio.errors import Problem
from local.twilio.lines import Recording as Playing
from local.twilio.lines import Silence, tone
from local.twilio.recogniser import RecogniserError
from local.twilio.recordings import Order, Recording
from local.twilio.verbs import Record

if TYPE_CHECKING:
    from local.twilio.executor import Executor

BEEP_HZ, BEEP_MS = 1400, 300
_TRANSCRIBED_S = (2, 120)
_SENTENCE_PAUSE_MS = 700
_PADDING_MS = 300


async def record(executor: "Executor", verb: Record) -> Source | None:
    """Carry out the verb; the `action` request, or None when nothing was recorded. Raises Interrupted."""
    executor.answer()
    call, exchange = executor.call, executor.exchange
    if verb.play_beep:
        beep = Playing(tone(BEEP_HZ, BEEP_MS))
        call.phone.line = beep
        await executor.race(beep.done)
    order = Order(
        source="RecordVerb",
        track="inbound",
        trim=verb.trim,
        callback=verb.status_callback,
        method=verb.status_callback_method,
        events=verb.status_callback_events,
    )
    recording = exchange.recordings.start(call, call.phone, order)
    attention = _Attention(verb)
    call.phone.line = attention.ear
    digits, interrupted = "hangup", False
    try:
        digits = await executor.race(attention.done)
    except Interrupted:
        interrupted = True
    finally:
        call.phone.line = Silence()
    exchange.recordings.stop(recording)
    action = _action(executor, verb, recording, digits) if recording.audio and attention.heard_voice else None
    if recording.audio and verb.transcribe_callback:
        exchange.spawn(call, _transcribe(executor, verb, recording))
    if interrupted:
        if action is not None and isinstance(call.interruption.result(), HungUp):
            executor.last_requests.append((action, "record action"))
        raise Interrupted
    return action


def _action(executor: "Executor", verb: Record, recording: Recording, digits: str) -> Source:
    fields = {
        "RecordingUrl": executor.exchange.recordings.url(recording),
        "RecordingSid": recording.sid,
        "RecordingDuration": str(recording.duration_s),
        "Digits": digits,
    }
    return Source(verb.action, verb.method, fields)


class _Attention:
    """Decides when the caller has finished; `done` is the key that did it, or ""."""

    def __init__(self, verb: Record) -> None:
        self.done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.ear = Ear(self._key, self._frame)
        self._verb = verb
        self._voice = Voice()
        self._frames = 0

    @property
    def heard_voice(self) -> bool:
        return self._voice.speech_began

    def _key(self, digit: str) -> None:
        if digit in self._verb.finish_on_key and not self.done.done():
            self.done.set_result(digit)

    def _frame(self, spoken: bytes) -> None:
        self._voice.frame(spoken)
        self._frames += 1
        silent_s, all_s = self._voice.silent_frames / 50, self._frames / 50
        if (silent_s >= self._verb.timeout_s or all_s >= self._verb.max_length_s) and not self.done.done():
            self.done.set_result("")


async def _transcribe(executor: "Executor", verb: Record, recording: Recording) -> None:
    """The words of the recording, sentence by sentence, for `transcribeCallback`."""
    call, exchange = executor.call, executor.exchange
    if not _TRANSCRIBED_S[0] <= recording.duration_s <= _TRANSCRIBED_S[1]:
        call.problem(Problem(13617, f"{recording.duration_s} s"))
        return
    (audio,) = recording.audio
    status, heard = "completed", []
    try:
        for part in stretches(audio, join_ms=_SENTENCE_PAUSE_MS):
            sentence = cut(audio, part.start_ms - _PADDING_MS, part.end_ms + _PADDING_MS)
            heard.append(await exchange.recogniser.recognise(sentence))
    except RecogniserError:
        status = "failed"
    sid = new_sid("TR")
    fields = call.params() | {
        "RecordingSid": recording.sid,
        "RecordingUrl": exchange.recordings.url(recording),
        "TranscriptionSid": sid,
        "TranscriptionStatus": status if any(heard) else "failed",
        "TranscriptionText": " ".join(text for text in heard if text),
        "TranscriptionType": "fast",
        "TranscriptionUrl": f"{exchange.recordings.url(recording)}/Transcriptions/{sid}",
    }
    await exchange.webhooks.notify(call, verb.transcribe_callback, "POST", fields, "transcription")
