"""A pure call on a stage: time moves when a test says so, the caller's ear plays in real time, everything sent is kept.

`Ear` is Twilio's buffer as a model: it plays what was sent frame by frame, returns a mark when the audio before it was
played, and all of them on `clear`.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from typing import Any

from relay import caller, realtime
from relay import messages as msg
from relay.agent import CallSettings
from relay.call import Call
from relay.failover import EngineChoice
from relay.functions import PostTurn, Session

START = caller.Start("MZ1", "CA1", "token-1")
FRAME = caller.Media(b"\x55" * 160)
# Mean magnitudes, of full scale: nothing, 0.1, 0.008, 0.25. The agent's words on a `Line` are between 0.04 and 0.16.
SILENCE = caller.Media(b"\xff" * 160)
VOICE = caller.Media(b"\x35" * 160)
FAINT = caller.Media(b"\x65" * 160)
SOUND = caller.Media(bytes([0x20, 0xA0]) * 80)
THREE = [EngineChoice(name) for name in ("first", "second", "third")]  # engines
OPENING = 'Say exactly: "Good evening."'


def session(**changes: Any) -> Session:
    fields: dict[str, Any] = {
        "session_id": "sess_1",
        "property_id": "west-bethel-motel",
        "attempt": 1,
        "engine_session": {"type": "realtime"},
        "opening": OPENING,
        **changes,
    }
    return Session(**fields)


class Ear:
    def __init__(self) -> None:
        self.queue: deque[tuple[str, int]] = deque()  # ("", bytes) or (mark, 0)
        self.heard_bytes = 0
        self.returned: list[str] = []

    def take(self, message: object) -> None:
        match message:
            case caller.SendMedia(audio):
                assert len(audio) % 160 == 0, "whole frames of 20 ms"
                self.queue.append(("", len(audio)))
            case caller.SendMark(name):
                self.queue.append((name, 0))
            case caller.Clear():
                self.returned += [mark for mark, _ in self.queue if mark]
                self.queue.clear()

    def play(self, ms: int) -> None:
        left = ms * 8
        while self.queue:
            mark, size = self.queue[0]
            if mark:
                self.returned.append(mark)
                self.queue.popleft()
                continue
            played = min(size, left)
            self.heard_bytes += played
            left -= played
            if played < size:
                self.queue[0] = ("", size - played)
                return
            self.queue.popleft()


# What says how the call goes, and does nothing for it.
FOR_THE_RECORD = (msg.Log, msg.EngineServes, msg.EngineFailed, msg.Publish)


class Stage:
    """`receive` gives one event; `wait` lets time pass with the caller listening; `said` is all that came out."""

    def __init__(self, *engines: EngineChoice, now_ms: int = 1000, **settings: Any) -> None:
        self.now_ms = now_ms
        self.call = Call(
            CallSettings(engines=engines or (EngineChoice("first"), EngineChoice("second")), **settings), now_ms=now_ms
        )
        self.ear = Ear()
        self.said: list[msg.Message] = []
        self.media_flows = True
        self.ear_plays = True  # else what is sent waits on its way
        self.frame = FRAME

    def receive(self, *events: msg.Event) -> list[msg.Message]:
        """What the call said, without logs and published events."""
        said: list[msg.Message] = []
        for event in events:
            out = self.call.receive(event, self.now_ms)
            for message in out:
                self.ear.take(message)
            said += out
        self.said += said
        return [message for message in said if not isinstance(message, FOR_THE_RECORD)]

    def wait(self, ms: int, step_ms: int = 20) -> list[msg.Message]:
        said: list[msg.Message] = []
        until = self.now_ms + ms
        while self.now_ms < until:
            step = min(step_ms, until - self.now_ms)
            self.now_ms += step
            if self.ear_plays:
                self.ear.play(step)
            marks, self.ear.returned = self.ear.returned, []
            for mark in marks:
                said += self.receive(caller.Mark(mark))
            if self.media_flows:
                self.receive(self.frame)
            if self.call.due_ms <= self.now_ms:
                said += self.receive(msg.Tick())
        return said

    # --- the usual ---

    def prepared(self, **changes: Any) -> Stage:
        """A call whose engine is configured and has been asked for the opening."""
        self.receive(START, session(**changes), msg.EngineOpened(0), msg.EngineReady(0))
        return self

    def talking(self, **changes: Any) -> Stage:
        """A call whose opening was spoken and heard."""
        self.prepared(**changes)
        self.agent_says("Good evening.", response="resp_0", item="item_0", ms=400)
        self.wait(600)
        return self

    def nobody_answers(self, *, idle_s: int, **changes: Any) -> Stage:
        """A silent line: the agent has asked whether somebody is there, and is to say goodbye."""
        self.talking(idle_s=idle_s, **changes)
        self.frame = SILENCE
        self.wait(idle_s * 1000 + 100)
        self.agent_says("Are you still there?", response="r1", item="i1", ms=400)
        self.wait(idle_s * 1000 + 600)
        assert self.purposes[1:] == ["still_there", "goodbye"]
        return self

    def agent_begins(self, text: str, *, response: str, item: str, ms: int) -> list[msg.Message]:
        return self.receive(
            realtime.ResponseCreated(response),
            realtime.ItemAdded(response, item, "message"),
            realtime.TranscriptDelta(response, item, text),
            realtime.AudioDelta(response, item, 0, bytes(ms * 8)),
        )

    def agent_ends(self, text: str, *, response: str, item: str) -> list[msg.Message]:
        return self.receive(
            realtime.AudioDone(response, item),
            realtime.TranscriptDone(response, item, text),
            realtime.MessageDone(response, item),
            realtime.ResponseDone(response, "completed"),
        )

    def agent_says(self, text: str, *, response: str, item: str, ms: int) -> list[msg.Message]:
        said = self.agent_begins(text, response=response, item=item, ms=ms)
        return said + self.agent_ends(text, response=response, item=item)

    def caller_says(self, text: str, *, item: str = "user_1") -> list[msg.Message]:
        said = self.receive(realtime.SpeechStarted(item, 0))
        said += self.wait(300)
        said += self.receive(realtime.SpeechStopped(item, 300), realtime.Committed(item))
        return said + self.receive(realtime.Transcribed(item, text))

    def calls_tool(self, name: str = "end_call", *, response: str, tool_call_id: str = "call_1") -> list[msg.Message]:
        return self.receive(
            realtime.ResponseCreated(response),
            realtime.ItemAdded(response, f"fc_{tool_call_id}", "function_call"),
            realtime.FunctionCalled(response, f"fc_{tool_call_id}", tool_call_id, name, "{}"),
            realtime.ResponseDone(response, "completed"),
        )

    def all_of(self, kind: type) -> list[Any]:
        return [message for message in self.said if isinstance(message, kind)]

    def published(self, event_type: str) -> list[msg.Publish]:
        return [event for event in self.all_of(msg.Publish) if event.event_type == event_type]

    @property
    def purposes(self) -> list[str]:
        return [str(create.purpose) for create in self.all_of(realtime.CreateResponse)]


class Line(Stage):
    """A stage whose caller is silent unless a test says otherwise, at a property with selective barge-in."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.frame = SILENCE

    def agent_begins(self, text: str, *, response: str, item: str, ms: int) -> list[msg.Message]:
        """With ups and downs as words have them: without, everything would be like everything else."""
        loudness = random.Random(item)
        audio = b"".join(bytes([loudness.choice((0x2B, 0x35, 0x40, 0x4B, 0xFF))]) * 480 for _ in range(0, ms, 60))
        return self.receive(
            realtime.ResponseCreated(response),
            realtime.ItemAdded(response, item, "message"),
            realtime.TranscriptDelta(response, item, text),
            realtime.AudioDelta(response, item, 0, audio[: 8 * ms]),
        )

    def talking(self, **changes: Any) -> Line:
        super().talking(**{"barge_in": "selective", **changes})
        self.wait(1000)
        return self

    def listening(self, ms: int = 3000, **changes: Any) -> Line:
        """The caller has asked something, and the agent has begun a long answer."""
        self.talking(**changes)
        self.caller_says("How much is it?")
        self.agent_begins("It is ninety dollars a night for two.", response="r", item="i", ms=ms)
        self.wait(500)
        return self

    def makes_sound(self, ms: int, *, frame: caller.Media = VOICE, item: str = "user_2") -> list[msg.Message]:
        """Sound of this length, noticed by the engine 80 ms after its beginning."""
        self.frame = frame
        said = self.wait(80)
        said += self.receive(realtime.SpeechStarted(item, 0))
        said += self.wait(max(0, ms - 80))
        self.frame = SILENCE
        return said

    def falls_silent(self, words: str | None = None, *, item: str = "user_2") -> list[msg.Message]:
        """The engine makes an item of the sound, and perhaps words."""
        said = self.wait(500)
        said += self.receive(realtime.SpeechStopped(item, 500), realtime.Committed(item))
        return said + (self.receive(realtime.Transcribed(item, words)) if words is not None else [])

    @property
    def user_turns(self) -> list[str]:
        return [post.text for post in self.all_of(PostTurn) if post.role == "user"]


def end_of(messages: list[msg.Message]) -> msg.HangUp:
    [hang_up] = of_type(messages, msg.HangUp)
    assert isinstance(hang_up, msg.HangUp)
    return hang_up


def quiet(**changes: Any) -> Stage:
    """A call of a caller who is quiet, whose opening was heard, and who is not asked whether they are there."""
    stage = Stage()
    stage.frame = SILENCE
    return stage.talking(idle_s=3600, **changes)


def of_type(messages: list[msg.Message], *kinds: type) -> list[msg.Message]:
    return [message for message in messages if isinstance(message, kinds)]


def lines(messages: Sequence[msg.Message]) -> list[tuple[int, int]]:
    """The lines that were opened, each with the engine it is to."""
    return [(message.line, message.engine) for message in messages if isinstance(message, msg.OpenEngine)]


def interruptions(said: list[msg.Message]) -> list[msg.Message]:
    return of_type(said, caller.Clear, realtime.Truncate, realtime.CancelResponse)


def heard_ms(messages: list[msg.Message]) -> int:
    """How much of the caller's audio the engine in use is given."""
    return sum(len(message.audio) for message in messages if isinstance(message, realtime.AppendAudio)) // 8
