"""What is left to do once a stream has ended: the record of what was under way, and the event that closes it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relay import messages as msg
from relay.agent import Agent
from relay.caller import AudioFormat
from relay.caller_audio import CallerAudio
from relay.functions import Session, ToolAnswer, TurnAnswer
from relay.talk import Attempt


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Of a stream in the caller's `format` that lasted from `started_ms` to `ended_ms`."""

    agent: Agent
    audio: CallerAudio
    format: AudioFormat
    started_ms: int
    ended_ms: int
    reason: str

    def receive(self, event: msg.Event, now_ms: int, out: list[msg.Message]) -> None:
        """What was under way still ends; only the record is told."""
        talk, attempt = self.agent.talk, self.agent.attempt
        match event:
            case Session() if talk is None:
                self.agent.take_session(event, self.format, self.started_ms)
            case ToolAnswer() if talk is not None:
                talk.after_the_end(event, now_ms, out)
            case TurnAnswer(silence_ms=silence_ms) if silence_ms is not None:
                out.append(msg.SilenceRecording(*silence_ms))
            case msg.Finish(recording) if attempt is not None:
                attempt.journal.out = out
                attempt.journal.publish("stream.ended", stream=self._account(attempt, recording))
            case _:
                pass

    def _account(self, attempt: Attempt, recording: Mapping[str, Any] | None) -> dict[str, Any]:
        first_ms = attempt.first_audio_ms
        account: dict[str, Any] = {
            "reason": self.reason,
            "duration_ms": self.ended_ms - self.started_ms,
            "turns": attempt.conversation.turns_taken,
            "tool_calls": attempt.tools.calls.count,
            "frames_in": self.audio.received_bytes // self.audio.format.frame_bytes,
            "frames_out": attempt.playout.sent_bytes // attempt.audio.frame_bytes,
            "usage": attempt.journal.usage,
            "usage_by_model": attempt.journal.meter.by_model,
            "engine": self.agent.engines.name,
            "answer_to_first_audio_ms": first_ms - self.started_ms if first_ms is not None else None,
        }
        if model := self.agent.engines.model:
            account["model"] = model
        if recording is not None:
            account["recording"] = recording
        return account
