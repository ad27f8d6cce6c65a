"""What is left to do once a stream has ended: the record of what was under way, and the event that closes it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relay import messages as msg
from relay.agent import Agent
from relay.caller_stream import CallerStream
from relay.functions import Session, ToolAnswer, TurnAnswer
from relay.talk import Attempt


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Of a stream that lasted until `ended_ms`."""

    agent: Agent
    stream: CallerStream
    ended_ms: int
    reason: str

    def receive(self, event: msg.Event, now_ms: int, out: list[msg.Message]) -> None:
        """What was under way still ends; only the record is told."""
        talk, attempt = self.agent.talk, self.agent.attempt
        match event:
            case Session() if talk is None:
                self.agent.take_session(event, self.stream.format, self.stream.started_ms)
            case ToolAnswer() if talk is not None:
                talk.after_the_end(event, now_ms, out)
            case TurnAnswer(silence_ms=silence_ms) if silence_ms is not None:
                out.append(msg.SilenceRecording(*silence_ms))
            case msg.Finish(recording) if attempt is not None:
                attempt.journal.out = out
                for answer in attempt.tools.overdue(None):
                    attempt.tools.finish(answer, now_ms)
                if not self.agent.engines.name:
                    self.agent.tell_begun(attempt)
                attempt.journal.publish("stream.ended", stream=self._account(attempt, recording))
            case _:
                pass

    def _account(self, attempt: Attempt, recording: Mapping[str, Any] | None) -> dict[str, Any]:
        started_ms, audio, first_ms = self.stream.started_ms, self.stream.audio, attempt.first_audio_ms
        account: dict[str, Any] = {
            "reason": self.reason,
            "duration_ms": self.ended_ms - started_ms,
            "turns": attempt.conversation.turns_taken,
            "tool_calls": attempt.tools.calls.count,
            "frames_in": audio.received_bytes // audio.format.frame_bytes,
            "frames_out": attempt.playout.sent_bytes // attempt.audio.frame_bytes,
            "usage": attempt.journal.usage,
            "usage_by_model": attempt.journal.meter.by_model,
            "engine": self.agent.engines.name,
            "answer_to_first_audio_ms": first_ms - started_ms if first_ms is not None else None,
        }
        if model := self.agent.engines.model:
            account["model"] = model
        if recording is not None:
            account["recording"] = recording
        return account
