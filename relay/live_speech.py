"""What the caller hears in the live dialect: a clip, or what another engine had still to say; then the voice. Pure.

The voice goes on as it comes, but not after the caller has asked for silence. While something else is played it is
silent as a rule; when it speaks, that is an answer to the caller, and the rest of what is played is left out.
"""

from __future__ import annotations

from relay import caller
from relay.agent_speech import AgentSpeech, Response
from relay.live_voice import HANGOVER_MS, LiveVoice
from relay.messages import Message
from relay.responses import CLIP_ITEM, NO_CONNECTION
from relay.talk import Attempt

# A voice that was told to stop has fallen silent long before. What goes on for longer is something else: an answer.
LONGEST_MUTE_MS = 5000


class LiveSpeech:
    def __init__(self, attempt: Attempt) -> None:
        self.voice = LiveVoice(attempt.audio)
        self._attempt = attempt
        self._earlier = AgentSpeech(attempt.playout, attempt.conversation, attempt.journal, attempt.connection)
        self._muted_until_ms = 0
        self._heard_again_ms = 0

    def is_heard(self, now_ms: int) -> bool:
        return self.voice.is_speaking(now_ms) or not self._attempt.playout.is_silent

    def due_ms(self, now_ms: int) -> int | None:
        quiet_ms = self.voice.quiet_ms(now_ms) if self.voice.is_speaking(now_ms) else None
        times = (self._attempt.playout.due_ms(now_ms), quiet_ms)
        return min((time for time in times if time is not None), default=None)

    # --- the voice ---

    def pass_on(self, audio: bytes, now_ms: int, out: list[Message]) -> int:
        """Returns how many milliseconds of the voice the caller will not hear; 0 as a rule."""
        attempt = self._attempt
        is_muted = self.is_muted(now_ms)
        if (is_muted or attempt.playout.may_sound) and not self.voice.is_speech(audio):
            return 0
        if is_muted:
            self._muted_until_ms = min(now_ms + HANGOVER_MS, self._heard_again_ms)
            return len(audio) // attempt.audio.bytes_per_ms
        self._earlier.stop(now_ms, out)
        before = self.voice.backlog.sent_bytes
        cut_ms = self.voice.add(audio, now_ms, out)
        attempt.voice_until_ms = self.voice.quiet_ms(now_ms)
        attempt.playout.sent_bytes += self.voice.backlog.sent_bytes - before
        if self.voice.spoke_ms == now_ms:
            self._note_first_audio(now_ms)
        if cut_ms:
            attempt.journal.log("! too far behind", cut_ms=cut_ms)
        return cut_ms

    def _note_first_audio(self, now_ms: int) -> None:
        if self._attempt.first_audio_ms is None:
            self._attempt.first_audio_ms = now_ms

    def cut(self, now_ms: int, out: list[Message]) -> int:
        """Stop what is being said. Returns how many milliseconds of the voice the caller does not hear."""
        self._earlier.stop(now_ms, out)
        cut_ms = self.voice.cut(now_ms, out) if self.voice.is_speaking(now_ms) else 0
        self._attempt.voice_until_ms = self.voice.quiet_ms(now_ms)
        return cut_ms

    def is_muted(self, now_ms: int) -> bool:
        return now_ms < self._muted_until_ms

    def mute(self, now_ms: int) -> None:
        """From here on nothing is heard until the model has fallen silent by itself, for longer than between words."""
        self._muted_until_ms, self._heard_again_ms = now_ms + HANGOVER_MS, now_ms + LONGEST_MUTE_MS

    # --- what is no voice of this engine's ---

    def play_clip(self, text: str, audio: bytes) -> None:
        turn = self._attempt.conversation.next_turn()
        made_by_us = Response(CLIP_ITEM, None, 0, turn, connection=NO_CONNECTION)
        self._earlier.says_clip(made_by_us, CLIP_ITEM, text, audio)

    def go_on(self, now_ms: int, out: list[Message]) -> None:
        """A clip, and what another engine had said, are played to their end."""
        self._earlier.give_up(now_ms)
        if played := self._attempt.playout.feed(now_ms):
            self._note_first_audio(now_ms)
            out += played

    def receive(self, event: object, now_ms: int) -> None:
        """How much was heard, as marks and the client tell; other events are none of ours."""
        if not (type(event) is caller.Mark and self.voice.backlog.mark(event.name, now_ms)):
            self._earlier.receive(event, now_ms)

    def close(self, now_ms: int) -> int:
        """The stream is about to end. Returns how many milliseconds of the voice will not be heard any more."""
        self._earlier.close(now_ms)
        return self.voice.backlog.ms(now_ms) if self.voice.is_speaking(now_ms) else 0
