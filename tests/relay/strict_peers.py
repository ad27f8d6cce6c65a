"""The caller's ear and an engine as models, as strict as the services, for a call that random things happen to.

The engine allows one response at a time, truncation never beyond an item's audio, ids that exist, and each function
call to be answered once. The ear plays in real time and returns marks late by up to 60 ms.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from random import Random

from relay import caller, realtime, realtime_codec
from relay.entries import LONGEST_ITEM_ID
from tests.relay.wire_types import client_problems

MARK_DELAY_MS = 60
FRAME_MS = 20


@dataclass
class Ear:
    """Twilio's buffer: what was heard of each item, by the name of the mark behind each message."""

    heard: Counter[str] = field(default_factory=Counter)  # item -> bytes
    queue: deque[list[object]] = field(default_factory=deque)  # [bytes left, item, mark]
    returning: deque[tuple[int, str]] = field(default_factory=deque)  # (when, mark)
    sizes: dict[str, int] = field(default_factory=dict)  # of the messages, by their marks
    loud: list[bool] = field(default_factory=list)  # of each frame to be played, or played, one behind the other

    def take(self, message: object, now_ms: int) -> None:
        match message:
            case caller.SendMedia(audio):
                assert len(audio) % 160 == 0
                self.queue.append([len(audio), "", ""])
                self.loud += [byte != 0xFF for byte in audio[::160]]
            case caller.SendMark(name):
                self.queue[-1][1:] = [name.split(":")[1], name]
                self.sizes[name] = int(str(self.queue[-1][0]))
            case caller.Clear():
                self.returning += [(now_ms, str(mark)) for _, _, mark in self.queue]
                del self.loud[max(0, len(self.loud) - sum(int(str(size)) for size, _, _ in self.queue) // 160) :]
                self.queue.clear()

    def position(self) -> caller.Played | None:
        """What a kiosk's page reports between two marks."""
        if not self.queue:
            return None
        left, _, mark = self.queue[0]
        return caller.Played(str(mark), (self.sizes[str(mark)] - int(str(left))) // 8)

    def play(self, ms: int, now_ms: int, delay_ms: int) -> None:
        left = ms * 8
        while self.queue and left:
            entry = self.queue[0]
            size = min(left, int(str(entry[0])))
            left -= size
            entry[0] = int(str(entry[0])) - size
            self.heard[str(entry[1])] += size
            if entry[0] == 0:
                earliest = self.returning[-1][0] if self.returning else 0
                self.returning.append((max(earliest, now_ms - left // 8 + delay_ms), str(entry[2])))
                self.queue.popleft()


class Engine:
    """One connection: takes what the call sends, asserts that it may, and queues what it answers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.events: deque[realtime.FromEngine] = deque()
        self.active = ""
        self.audio_ms: dict[str, int] = {}
        self.items: set[str] = set()
        self.told: set[str] = set()  # messages that others said, given to this one as words
        self.asked: dict[str, None] = {}  # the event ids of requests for responses, the latest last
        self.half_calls: set[str] = set()  # items of calls that were cut off before they were whole
        self.calls: Counter[str] = Counter()  # answers given, by call
        self.count = 0
        self.is_open = False
        self.is_configured = False
        self.audio_frames = 0
        self.utterances: dict[str, str] = {}  # the caller's items: what became of each
        self.heard_of: set[str] = set()  # those whose commit was delivered

    def new(self, kind: str) -> str:
        self.count += 1
        return f"{kind}_{self.name}_{self.count}"

    def take(self, message: object, ear: Ear) -> None:
        if isinstance(message, realtime.ToEngine):
            assert client_problems(realtime_codec.as_wire(message)) == []
        match message:
            case realtime.UpdateSession():
                assert not self.is_configured, "configured twice"
                self.is_configured = True
            case realtime.AppendAudio():
                self.audio_frames += 1
            case realtime.CreateResponse(event_id=event_id):
                assert not self.active, "a second response.create while one is active"
                assert event_id not in self.asked, "an error could answer either"
                self.asked[event_id] = None
                self.active = self.new("resp")
                self.events.append(realtime.ResponseCreated(self.active))
                assert event_id
            case realtime.CancelResponse():
                if self.active:
                    self.finish("cancelled")
                else:
                    self.events.append(realtime.EngineError("response_cancel_not_active", "", ""))
            case realtime.Truncate(item_id, content_index, audio_end_ms):
                assert item_id in self.audio_ms.keys() & self.items, "no item of the agent's with audio"
                assert content_index == 0
                assert 0 <= audio_end_ms <= self.audio_ms[item_id], "beyond the audio"
                assert audio_end_ms <= ear.heard[item_id] // 8 + FRAME_MS, "beyond what was heard"
                self.audio_ms[item_id] = audio_end_ms
            case realtime.DeleteItem(item_id) if item_id in self.utterances:
                assert self.utterances[item_id] == "", "a turn, or deleted before"
                self.utterances[item_id] = "deleted"
            case realtime.AddMessage(text=text, item_id=item_id):
                assert text.strip(), "nothing is told"
                assert len(item_id) <= LONGEST_ITEM_ID
                assert item_id not in self.told | self.items, "the id of another"
                self.told |= {item_id} - {""}
            case realtime.DeleteItem(item_id) if item_id in self.told:
                self.told.remove(item_id)
            case realtime.DeleteItem(item_id) if item_id in self.half_calls:
                self.half_calls.remove(item_id)
            case realtime.DeleteItem(item_id):
                assert item_id in self.items
                assert ear.heard[item_id] // 8 <= MARK_DELAY_MS + FRAME_MS, "the caller has heard it"
                self.items.remove(item_id)
            case realtime.AddFunctionCall(tool_call_id=tool_call_id):
                assert tool_call_id not in self.calls, "told of a call twice"
                self.calls[tool_call_id] = 0
            case realtime.AddFunctionOutput(tool_call_id=tool_call_id):
                assert tool_call_id in self.calls
                self.calls[tool_call_id] += 1
                assert self.calls[tool_call_id] == 1, "answered twice"

    def generate(self, ms: int) -> None:
        """The active response says one more item of so much audio, in deltas of up to 200 ms."""
        if not self.active:
            return
        item = self.new("item")
        self.items.add(item)
        self.audio_ms[item] = ms
        loudness = Random(item)
        self.events.append(realtime.ItemAdded(self.active, item, "message"))
        self.events.append(realtime.TranscriptDelta(self.active, item, "one two three four five"))
        for start in range(0, ms, 200):
            audio = b"".join(bytes([loudness.choice((0x2B, 0xFF))]) * 480 for _ in range(0, 200, 60))
            self.events.append(realtime.AudioDelta(self.active, item, 0, audio[: 8 * min(200, ms - start)]))
        self.events.append(realtime.AudioDone(self.active, item))
        self.events.append(realtime.MessageDone(self.active, item))

    def call_tool(self, name: str, *, whole: bool = True) -> None:
        """The active response calls one, or is cut off while it writes the arguments."""
        if not self.active:
            return
        item, tool_call_id = self.new("fc"), self.new("call")
        self.events.append(realtime.ItemAdded(self.active, item, "function_call"))
        if whole:
            self.calls[tool_call_id] = 0
            self.events.append(realtime.FunctionCalled(self.active, item, tool_call_id, name, "{}"))
        else:
            self.half_calls.add(item)
            self.finish("cancelled" if self.count % 2 else "incomplete")

    def refuse(self) -> None:
        """The response asked for last, of which nothing has come yet."""
        if self.active and self.events and self.events[-1] == realtime.ResponseCreated(self.active):
            self.events[-1] = realtime.EngineError("rate_limit_exceeded", "", next(reversed(self.asked)))
            self.active = ""

    def finish(self, status: str = "completed") -> None:
        if self.active:
            self.events.append(realtime.ResponseDone(self.active, status))
            self.active = ""
