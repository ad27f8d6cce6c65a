"""The caller's audio while a call goes on, 50 times a second: who gets it, and how loud the line is. Pure."""

from __future__ import annotations

from relay.agent import Agent
from relay.caller_audio import CallerAudio
from relay.watch import Watch


class Hearing:
    """`engine_hears`: audio goes to the engine in use and then to `give`; else the call keeps it, or drops it."""

    def __init__(self, audio: CallerAudio, watch: Watch, agent: Agent) -> None:
        self.engine_hears = False
        self._audio = audio
        self._watch = watch
        self._agent = agent

    def mind(self, *, is_talking: bool) -> None:
        """What is to be known of audio before it comes."""
        talk = self._agent.talk
        self.engine_hears = is_talking and talk is not None
        if talk is not None:
            self._audio.sentence(is_on=talk.caller_speaks, lead_in_ms=talk.lead_in_ms)

    def give(self, audio: bytes, now_ms: int) -> bool:
        """The engine in use got this of the caller just now. Returns whether a watchdog noticed something."""
        return self._audio.give(audio, now_ms) and self.sample(audio, now_ms)

    def sample(self, audio: bytes, now_ms: int) -> bool:
        """How loud the caller's line is, when `CallerAudio.give` says that this is wanted; otherwise as `give`."""
        attempt = self._agent.attempt
        assert attempt is not None
        return self._watch.sample(audio, self._audio, now_ms, attempt.agent_is_heard(now_ms))
