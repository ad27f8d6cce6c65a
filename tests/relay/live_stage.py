"""A pure live talk on a stage: time moves when a test says so, the caller streams, the engine's output never stops.

As the engine does, it gives 100 ms of output per 100 ms: speech while `voice_ms` lasts, silence otherwise.
"""

from __future__ import annotations

from typing import Any

from relay import caller, live, realtime
from relay import messages as msg
from relay.caller_audio import CallerAudio
from relay.entries import Told
from relay.functions import Session
from relay.live_input import configuration
from relay.live_talk import LiveTalk
from relay.talk import Attempt, TalkSettings
from tests.relay.stage import FRAME, OPENING, Ear

SPEECH = b"\x55" * 800
SILENCE = b"\xff" * 800


def session(**changes: Any) -> Session:
    fields: dict[str, Any] = {
        "session_id": "sess_1",
        "property_id": "west-bethel-motel",
        "attempt": 1,
        "engine_session": {"model": "gpt-live-1"},
        "opening": OPENING,
        "dialect": "live",
        **changes,
    }
    return Session(**fields)


class LiveStage:
    def __init__(
        self, *, delegation: str = "responses", audio: caller.AudioFormat = caller.PCMU, **changes: Any
    ) -> None:
        self.now_ms = 10_000
        self.caller_audio = CallerAudio(self.now_ms)
        self.caller_audio.starts(audio, self.now_ms)
        self.attempt = Attempt(session(**changes), audio, TalkSettings(), self.caller_audio)
        self.talk = LiveTalk(self.attempt)
        self.ear = Ear()
        self.said: list[msg.Message] = []
        self.voice_ms = 0
        self.media_flows = True
        self.ear_plays = True  # else what is sent waits on its way
        self.engine_speaks = True  # False: nothing comes from it, not even silence
        self.delegation = delegation
        self.configured: Told | None = None  # how much the session that is about to start knows

    def ready(self, **more: Any) -> LiveStage:
        """The engine's session has started; it is configured just now, unless that was done before."""
        told, self.configured = self.configured or self.configure(), None
        out: list[msg.Message] = []
        started = live.Started("live_1", "gpt-live-1", 1795212000.0, self.delegation)
        self.talk.receive(started, self.now_ms, out)
        fields = {"caller_was_speaking": False, "audio_from_ms": self.caller_audio.received_ms, **more}
        self.talk.engine_ready(self.now_ms, out, told, **fields)
        self.talk.go_on(self.now_ms, out)
        self._take(out)
        return self

    def configure(self) -> Told:
        """The session that is about to start is told what there is to tell now."""
        self._take([self.configuration()])
        self.configured = Told()
        self.attempt.conversation.seed(self.configured)
        return self.configured

    def configuration(self) -> live.StartSession:
        return configuration(self.attempt.session, self.attempt, "configure")

    def greeted(self) -> LiveStage:
        """A talk whose greeting was spoken and heard."""
        self.ready()
        self.wait(300)
        self.agent_says("Good evening.", ms=400)
        self.wait(1500)
        self.said.clear()
        return self

    def receive(self, *events: object) -> list[msg.Message]:
        out: list[msg.Message] = []
        for event in events:
            self.talk.receive(event, self.now_ms, out)
            self.talk.go_on(self.now_ms, out)
        self._take(out)
        return out

    def _take(self, out: list[msg.Message]) -> None:
        for message in out:
            self.ear.take(message)
        self.said += out

    def wait(self, ms: int) -> list[msg.Message]:
        before = len(self.said)
        for _ in range(ms // 20):
            self.now_ms += 20
            if self.ear_plays:
                self.ear.play(20)
            marks, self.ear.returned = self.ear.returned, []
            self.receive(*(caller.Mark(mark) for mark in marks))
            if self.media_flows:
                self.caller_audio.add(FRAME.audio, self.now_ms)
            if self.engine_speaks and self.now_ms % 100 == 0:
                self.receive(live.OutputAudio(SPEECH if self.voice_ms > 0 else SILENCE))
                self.voice_ms = max(0, self.voice_ms - 100)
            if (due := self.talk.due_ms(self.now_ms)) is not None and due <= self.now_ms:
                self.receive()
                out: list[msg.Message] = []
                self.talk.go_on(self.now_ms, out)
                self._take(out)
        return self.said[before:]

    # --- the usual ---

    @property
    def timeline_ms(self) -> int:
        return self.now_ms - 10_000

    def caller_says(self, text: str, *, ms: int = 600, delegates: str = "") -> list[msg.Message]:
        """In two fragments; the voice may delegate before the second one."""
        start, half = self.timeline_ms, len(text) // 2
        self.wait(ms)
        said = self.receive(live.Transcript("user", text[:half], start, start + ms // 2))
        if delegates:
            said += self.receive(live.Delegated(delegates, "client", start + ms))
        self.wait(100)
        return said + self.receive(live.Transcript("user", text[half:], start + ms // 2, start + ms))

    def agent_says(self, text: str, *, ms: int = 600) -> None:
        self.voice_ms += ms
        self.receive(live.Transcript("assistant", text, self.timeline_ms, self.timeline_ms + ms))

    def calls(self, *tool_call_ids: str, name: str = "check_availability", response: str = "resp_1") -> None:
        self.receive(live.BackendCreated("item_1", response))
        for tool_call_id in tool_call_ids:
            self.receive(live.BackendCalled("item_1", tool_call_id, name, '{"adults":2}'))

    def ends(self, response: str = "resp_1", status: str = "completed", error_code: str = "") -> list[msg.Message]:
        usage = {"input_tokens": 20, "output_tokens": 5}
        return self.receive(live.BackendEnded("item_1", response, status, "gpt-5.6-terra", usage, error_code))

    def all_of(self, kind: type) -> list[Any]:
        return [message for message in self.said if isinstance(message, kind)]

    def told(self, way: str) -> list[str]:
        return [append.content for append in self.all_of(live.Append) if append.way == way]


def filler_ms(messages: list[msg.Message]) -> int:
    appended = [m.audio for m in messages if isinstance(m, realtime.AppendAudio)]
    assert all(set(audio) == {0xFF} for audio in appended)
    return sum(len(audio) for audio in appended) // 8
