"""A call in a world of models, and all that may happen to it there: the caller, the ear, engines, tools and time.

Whatever the call sends is taken by one of them, each of which asserts that it may be sent.
"""

from __future__ import annotations

from relay import caller, realtime
from relay import messages as msg
from relay.agent import CallSettings
from relay.call import Call
from relay.failover import EngineChoice
from relay.functions import PostThen, PostTurn, RunTool, ThenAnswer, ToolAnswer, TurnAnswer
from relay.phases import Phase
from tests.relay.stage import START, session
from tests.relay.strict_peers import Ear, Engine

SOUNDS = [caller.Media(byte * 160) for byte in (b"\xff", b"\x65", b"\x35")]
WORDS = ["", "mm-hmm", "stop", "okay"]
SESSION_MS = 6000  # of an engine: renewed from half of it on
ACTIONS = [
    *["time"] * 4,
    *["deliver"] * 5,
    *["say"] * 3,
    *["finish", "tool", "answer", "speak", "stop"] * 2,
    *["turn", "reply", "begin", "use tool", "interrupt", "mumble", "echo", "sound", "words"] * 2,
    *["report"] * 2,
    *["open", "fail", "refuse", "half a call", "lose", "note", "key", "type", "button", "drain", "hang up", "stale"],
]
OPENING = [("open", 0), ("open", 0), ("say", 5), ("finish", 1), ("deliver", 9)]


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
            case PostThen(reason=reason):
                self.thens += 1
                heard = not self.ear.queue
                assert heard or self.is_draining or reason in ("over_time", "engines_lost"), "left before it was heard"
            case msg.HangUp():
                self.closed = True
            case _:
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
            case "refuse" if engine is not None:
                engine.refuse()
            case "half a call" if engine is not None:
                engine.call_tool("check", whole=False)
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
