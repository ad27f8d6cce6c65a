"""The call's invariants over random interleavings of caller, ear, engine, tools and time.

The engine here is a model as strict as the service: one response at a time, truncation never beyond an item's audio,
ids that exist, each function call answered once. The ear plays in real time and returns marks late by up to 60 ms.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from random import Random

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from relay import caller, realtime
from relay import messages as msg
from relay.agent import CallSettings
from relay.arbiter import Purpose
from relay.call import Call
from relay.failover import EngineChoice
from relay.functions import PostThen, PostTurn, RunTool, ThenAnswer, ToolAnswer, TurnAnswer
from relay.phases import Phase
from tests.relay.stage import START, session

MARK_DELAY_MS = 60
FRAME_MS = 20
SOUNDS = [caller.Media(byte * 160) for byte in (b"\xff", b"\x65", b"\x35")]
WORDS = ["", "mm-hmm", "stop", "okay"]
SESSION_MS = 6000  # of an engine: renewed from half of it on


@dataclass
class Ear:
    """Twilio's buffer: what was heard of each item, by the name of the mark behind each message."""

    heard: Counter[str] = field(default_factory=Counter)  # item -> ms
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
        match message:
            case realtime.UpdateSession():
                assert not self.is_configured, "configured twice"
                self.is_configured = True
            case realtime.AppendAudio():
                self.audio_frames += 1
            case realtime.CreateResponse(event_id=event_id):
                assert not self.active, "a second response.create while one is active"
                self.active = self.new("resp")
                self.events.append(realtime.ResponseCreated(self.active))
                assert event_id
            case realtime.CancelResponse():
                if self.active:
                    self.finish("cancelled")
                else:
                    self.events.append(realtime.EngineError("response_cancel_not_active", "", ""))
            case realtime.Truncate(item_id, _, audio_end_ms):
                assert item_id in self.items
                assert audio_end_ms <= self.audio_ms[item_id], "beyond the audio"
                assert audio_end_ms <= ear.heard[item_id] // 8 + FRAME_MS, "beyond what was heard"
                self.audio_ms[item_id] = audio_end_ms
            case realtime.DeleteItem(item_id) if item_id in self.utterances:
                assert self.utterances[item_id] == "", "a turn, or deleted before"
                self.utterances[item_id] = "deleted"
            case realtime.DeleteItem(item_id):
                assert item_id in self.items
                assert ear.heard[item_id] // 8 <= MARK_DELAY_MS + FRAME_MS, "the caller has heard it"
                self.items.remove(item_id)
            case realtime.AddFunctionCall(tool_call_id=tool_call_id):
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

    def call_tool(self, name: str) -> None:
        if self.active:
            tool_call_id = self.new("call")
            self.calls[tool_call_id] = 0
            self.events.append(realtime.FunctionCalled(self.active, self.new("fc"), tool_call_id, name, "{}"))

    def finish(self, status: str = "completed") -> None:
        if self.active:
            self.events.append(realtime.ResponseDone(self.active, status))
            self.active = ""


class World:
    def __init__(self, delay_ms: int, barge_in: str) -> None:
        self.now_ms = 1000
        self.frame = SOUNDS[0]
        self.echo_frames = 0  # how late the line gives back what the agent says
        self.is_stale = self.is_draining = False
        self.delay_ms = delay_ms
        self.ear = Ear()
        self.lines: dict[int, Engine] = {}
        self.engine: Engine | None = None  # in use
        self.openings = 0
        self.frames = 0
        self.tools: dict[str, str] = {}
        self.then_answered_ms: dict[str, int] = {}
        self.closed = False
        self.speaking = ""
        self.thens = 0
        engines = [EngineChoice("a"), EngineChoice("b"), EngineChoice("c")]
        self.call = Call(CallSettings(engines=engines, renew_before_ms=SESSION_MS // 2), now_ms=self.now_ms)
        self.give(START, session(idle_s=5, barge_in=barge_in))

    def give(self, *events: msg.Event) -> None:
        for event in events:
            for message in self.call.receive(event, self.now_ms):
                self.take(message)

    def take(self, message: msg.Message) -> None:
        if isinstance(message, msg.Publish | msg.EngineServes | msg.EngineFailed | msg.Log):
            return
        assert not self.closed, f"{message} after the end"
        assert not self.is_stale or isinstance(message, msg.HangUp | msg.CloseEngine | PostTurn), "not our stream"
        self.ear.take(message, self.now_ms)
        match message:
            case msg.OpenEngine(line):
                assert line not in self.lines
                assert len(self.lines) < 3, "more lines than one in use, one being tried and one beside it"
                self.lines[line] = Engine(str(line))
            case msg.UseEngine(line):
                self.engine = self.lines[line]
                assert self.engine.is_configured
            case msg.ToLine(line, inner):
                assert not isinstance(inner, realtime.CreateResponse | realtime.AppendAudio)
                self.lines[line].take(inner, self.ear)
            case msg.CloseEngine(line):
                if self.lines.pop(line, None) is self.engine:
                    self.engine = None
            case RunTool(tool_call_id=tool_call_id, name=name):
                assert tool_call_id not in self.tools
                self.tools[tool_call_id] = name
            case PostTurn(role="user", item_id=item_id):
                for engine in self.lines.values():
                    if item_id in engine.utterances:
                        assert engine.utterances[item_id] != "deleted", "a turn of what was deleted"
                        engine.utterances[item_id] = "turn"
            case PostThen(tool_call_id, reason):
                self.thens += 1
                waited = self.now_ms - self.then_answered_ms.get(tool_call_id, 0)
                heard = not self.ear.queue or waited >= 5000
                assert heard or self.is_draining or reason in ("over_time", "engines_lost"), "left before it was heard"
            case msg.HangUp():
                self.closed = True
            case _:
                if isinstance(message, realtime.CreateResponse) and message.purpose == Purpose.GOODBYE:
                    self.then_answered_ms[""] = self.now_ms
                if self.engine is not None:
                    self.engine.take(message, self.ear)

    # --- what may happen ---

    def do(self, what: str, amount: int) -> None:
        engine = self.engine
        match what:
            case "time":
                self.pass_time(20 * amount)
            case "deliver" if engine is not None:
                for _ in range(amount):
                    self.deliver(engine)
            case "open":
                self.prepare(amount)
            case "say" if engine is not None:
                engine.generate(20 * amount * (3 if amount % 2 else 15))
            case "tool" if engine is not None:
                engine.call_tool("end_call" if amount > 5 else "check")
            case "finish" if engine is not None:
                engine.finish()
            case "fail" if engine is not None:
                engine.finish("failed")
            case "speak" if engine is not None and not self.speaking and self.call.phase is Phase.TALKING:
                self.speaking = engine.new("user")
                engine.events.append(realtime.SpeechStarted(self.speaking, 0))
            case "stop" if engine is not None and self.speaking:
                item, self.speaking = self.speaking, ""
                if item.startswith(f"user_{engine.name}_"):
                    engine.utterances[item] = ""
                    engine.events += [realtime.SpeechStopped(item, 10), realtime.Committed(item)]
                    if amount < 7:
                        engine.events.append(realtime.Transcribed(item, WORDS[amount % len(WORDS)]))
            case "words" if engine is not None and self.speaking:
                engine.events.append(realtime.TranscribedDelta(self.speaking, WORDS[amount % len(WORDS)]))
            case "echo":
                self.echo_frames = 8
                self.pass_time(700)
                self.do("interrupt", amount)
                self.pass_time(20 * amount)
                self.do("stop", amount)
                self.pass_time(500)
                self.deliver_all()
                self.echo_frames = 0
            case "sound":
                self.frame = SOUNDS[amount % len(SOUNDS)]
            case "mumble":
                self.frame = SOUNDS[2]
                self.do("interrupt", amount)
                self.pass_time(20 * amount)
                self.frame = SOUNDS[0]
                self.pass_time(200)
                self.do("stop", amount)
                self.deliver_all()
            case "answer" if self.tools:
                self.answer(amount)
            case "interrupt":
                self.do("speak", amount)
                self.deliver_all()
            case "turn":
                self.do("interrupt", amount)
                self.do("stop", amount)
                self.deliver_all()
            case "begin":
                self.do("say", amount)
                self.deliver_all()
            case "reply":
                self.do("say", amount)
                self.do("finish", amount)
                self.deliver_all()
            case "use tool":
                self.do("tool", amount)
                self.do("finish", amount)
                self.deliver_all()
                self.do("answer", 0)
            case "lose" if self.lines and amount > 6:
                line = sorted(self.lines)[amount % len(self.lines)]
                if self.lines.pop(line) is engine:
                    self.engine = None
                self.give(msg.EngineLost(line, "closed", kind="expired" if amount == 9 else "lost"))
            case "note":
                self.give(TurnAnswer("A note."))
            case "key":
                self.give(caller.Dtmf("#" if amount > 5 else str(amount)))
            case "stale" if amount > 8 and self.call.talk is not None and self.call.phase is Phase.TALKING:
                self.is_stale = True
                self.give(TurnAnswer(is_stale_attempt=True))
                assert self.closed
            case "type":
                self.give(caller.Text("Do you take dogs?"))
            case "button":
                self.give(caller.Interrupt())
            case "report" if (position := self.ear.position()) is not None:
                self.give(position)
            case "drain" if amount > 8:
                self.is_draining = True
                self.give(msg.Drain())
            case "hang up" if amount > 8:
                self.give(caller.Stop())

    def prepare(self, amount: int) -> None:
        """One of the lines that are not in use takes its next step."""
        waiting = [line for line, engine in self.lines.items() if engine is not self.engine]
        if not waiting:
            return
        line = waiting[amount % len(waiting)]
        engine = self.lines[line]
        if not engine.is_open:
            engine.is_open = True
            self.give(msg.EngineOpened(line))
        elif engine.is_configured:
            self.give(msg.EngineReady(line, SESSION_MS))

    def deliver(self, engine: Engine) -> None:
        if engine.events and engine is self.engine:
            event = engine.events.popleft()
            if isinstance(event, realtime.Committed):
                engine.heard_of.add(event.item_id)
            self.give(event)

    def deliver_all(self) -> None:
        while self.engine is not None and self.engine.events:
            self.deliver(self.engine)

    def answer(self, amount: int) -> None:
        tool_call_id, name = list(self.tools.items())[amount % len(self.tools)]
        del self.tools[tool_call_id]
        then = {"action": "hangup" if amount % 2 else "transfer"} if name == "end_call" else None
        self.then_answered_ms[tool_call_id] = self.now_ms
        self.give(ToolAnswer(tool_call_id, ok=amount != 3, result={"note": ""}, error={"code": "no"}, then=then))

    def pass_time(self, ms: int) -> None:
        for _ in range(0, ms, 20):
            self.now_ms += 20
            self.ear.play(20, self.now_ms, self.delay_ms)
            while self.ear.returning and self.ear.returning[0][0] <= self.now_ms:
                self.give(caller.Mark(self.ear.returning.popleft()[1]))
            self.give(self.sound())
            if self.call.due_ms <= self.now_ms:
                self.give(msg.Tick())

    def sound(self) -> caller.Media:
        if not self.echo_frames:
            return self.frame
        waiting = sum(int(str(size)) for size, _, _ in self.ear.queue) // 160
        at = len(self.ear.loud) - waiting - self.echo_frames
        return SOUNDS[1 if at > 0 and self.ear.loud[at] else 0]

    def settle(self) -> None:
        """The engine finishes what it began, the caller stops, tools time out, everything is heard."""
        self.frame = SOUNDS[0]
        self.do("stop", 1)
        for _ in range(40):
            if (engine := self.engine) is not None:
                engine.finish()
                for _ in range(len(engine.events)):
                    self.deliver(engine)
            for amount in range(4):
                self.do("open", amount)
            if self.call.phase is Phase.LEAVING:
                self.give(ThenAnswer(200))
            self.pass_time(400)


ACTIONS = [
    *["time"] * 4,
    *["deliver"] * 5,
    *["say"] * 3,
    *["finish", "tool", "answer", "speak", "stop"] * 2,
    *["turn", "reply", "begin", "use tool", "interrupt", "mumble", "echo", "sound", "words"] * 2,
    *["report"] * 2,
    *["open", "fail", "lose", "note", "key", "type", "button", "drain", "hang up", "stale"],
]
OPENING = [("open", 0), ("open", 0), ("say", 5), ("finish", 1), ("deliver", 9)]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 9)), min_size=20, max_size=80),
    st.integers(0, MARK_DELAY_MS),
    st.sampled_from(["selective", "selective", "immediate", "off"]),
)
@example(  # an engine was renewed while the words of an utterance that was passed over were awaited
    [*[("time", 1)] * 12, ("echo", 1), *[("time", 1)] * 4, ("say", 1), ("mumble", 7)], 0, "selective"
)
def test_whatever_happens_the_rules_hold(steps: list[tuple[str, int]], delay_ms: int, barge_in: str) -> None:
    world = World(delay_ms, barge_in)
    for what, amount in [*OPENING, *steps]:
        world.do(what, amount)
    world.settle()
    if world.engine is not None and world.call.phase is Phase.TALKING:
        assert all(answers == 1 for answers in world.engine.calls.values()), "a tool call without its answer"
        assert world.call.attempt is not None
        assert not world.call.attempt.tools
        assert world.call.attempt.playout.is_silent, "the agent was left in mid-word"
        fates = {world.engine.utterances[item] for item in world.engine.heard_of}
        assert fates <= {"turn", "deleted"}, "neither a turn nor forgotten"
    world.give(caller.Stop())
    assert world.closed
    assert world.call.phase is Phase.OVER
    assert world.thens <= 1
