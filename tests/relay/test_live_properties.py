"""A live talk under whatever may come in whatever order: what must hold always, not what should happen once.

The model of the service keeps its own books of responses and calls, so that everything the talk sends is held to what
the service would refuse: outputs for no call, a second create, a create with a call open, over-long appends.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from relay import caller, live, live_codec
from relay import messages as msg
from relay.functions import AskClerk, ClerkAnswer, PostTurn, RunTool, ToolAnswer, TurnAnswer
from relay.live_backend import BEGINS_MS, ENDS_MS
from relay.realtime import AppendAudio
from tests.relay.live_stage import SILENCE, SPEECH, LiveStage
from tests.relay.live_types import client_problems

MODES = st.sampled_from(["responses", "client"])
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *["wait"] * 6,
                "burst",
                "user",
                "assistant",
                "respond",
                "call",
                "complete",
                "fail",
                "answer",
                "answer then",
                "delegate",
                "clerk",
                "clerk tool",
                "key",
                "type",
                "button",
                "note",
                "refuse",
                "refuse create",
                "gap",
                "lose",
            ]
        ),
        st.integers(0, 40),
    ),
    max_size=60,
)


class Service:
    """What the service knows, and would refuse."""

    def __init__(self, mode: str) -> None:
        self.stage = LiveStage(delegation=mode).ready()
        self.mode = mode
        self.running: list[str] = []
        self.latest_ms: dict[str, int] = {}  # when a response was last heard of
        self.calls: dict[str, tuple[str, str]] = {}  # id -> response, state
        self.created = 0
        self.created_ms = 0
        self.delegations: set[str] = set()
        self.answered: set[str] = set()
        self.checked = 0
        self.numbers = iter(range(1, 10_000))

    @property
    def awaited(self) -> list[str]:
        """The responses that run, but for those that are silent for so long that nobody waits for them."""
        return [each for each in self.running if self.stage.now_ms < self.latest_ms[each] + ENDS_MS]

    def check(self) -> None:
        """Everything sent since the last time."""
        messages, self.checked = self.stage.said[self.checked :], len(self.stage.said)
        for message in messages:
            match message:
                case live.AddFunctionOutput(tool_call_id, output):
                    response, state = self.calls[tool_call_id]
                    assert state == "open"
                    assert response not in self.awaited, "its response may still fail"
                    json.loads(output)
                    self.calls[tool_call_id] = (response, "answered")
                case live.CreateResponse():
                    assert self.mode == "responses"
                    assert not self.awaited
                    assert "open" not in [state for _, state in self.calls.values()]
                    waited = self.stage.now_ms - self.created_ms
                    assert self.created == 0 or waited >= BEGINS_MS, "one at a time, until it is given up"
                    self.created, self.created_ms = 1, self.stage.now_ms
                case live.Append(content=content, delegation_id=delegation_id):
                    assert content.strip()
                    assert len(content) <= 1500
                    assert not delegation_id or (self.mode == "client" and delegation_id in self.delegations)
                    self.answered.add(delegation_id)
            if isinstance(message, live.StartSession | live.Append | live.AddFunctionOutput | live.CreateResponse):
                assert client_problems(live_codec.as_wire(message)) == []

    # --- what may happen ---

    def do(self, step: str, n: int) -> None:
        stage, at = self.stage, self.stage.timeline_ms
        open_tools = [run.tool_call_id for run in stage.all_of(RunTool)]
        match step:
            case "wait":
                stage.wait(100 * n)
            case "burst":
                stage.receive(*[live.OutputAudio((SPEECH, SILENCE)[n % 2])] * n)
            case "user" | "assistant" as role:
                start = max(0, at - 20 * n)
                stage.receive(live.Transcript("user" if role == "user" else "assistant", " word", start, start + 200))
            case "respond" if self.mode == "responses":
                self.created = 0
                self.running.append(f"resp_{next(self.numbers)}")
                self.latest_ms[self.running[-1]] = stage.now_ms
                stage.receive(live.BackendCreated(f"item_{self.running[-1]}", self.running[-1]))
            case "call" if self.running:
                response = self.running[n % len(self.running)]
                call_id = f"call_{next(self.numbers)}"
                self.latest_ms[response] = stage.now_ms
                self.calls[call_id] = (response, "open")
                for _ in range(1 + n % 2):
                    stage.receive(live.BackendCalled(f"item_{response}", call_id, "search_kb", ("{}", "{")[n % 3 == 0]))
            case "complete" | "fail" if self.running:
                response = self.running.pop(n % len(self.running))
                if step == "fail":
                    for call_id, (made_by, state) in self.calls.items():
                        if made_by == response and state == "open":
                            self.calls[call_id] = (made_by, "void")
                status = "completed" if step == "complete" else ("failed", "incomplete")[n % 2]
                stage.receive(live.BackendEnded(f"item_{response}", response, status, "m", {"input_tokens": n}))
            case "answer" | "answer then" if open_tools:
                then = {"action": ("hangup", "transfer")[n % 2]} if step == "answer then" else None
                answer = ToolAnswer(open_tools[n % len(open_tools)], ok=n % 3 > 0, result={"n": n}, then=then)
                stage.receive(answer)
            case "delegate" if self.mode == "client":
                delegation_id = f"item_{n // 2}"
                self.delegations.add(delegation_id)
                stage.receive(live.Delegated(delegation_id, "client", at))
            case "delegate":  # nothing follows, unless something begins
                stage.receive(live.Delegated(f"item_late_{n}", "responses", at))
            case "clerk" | "clerk tool" if asked := stage.all_of(AskClerk):
                number = asked[n % len(asked)].number
                tool = "search_kb" if step == "clerk tool" else ""
                stage.receive(ClerkAnswer(number, ("", "A sentence. " * 200)[n % 2], tool))
            case "key":
                stage.receive(caller.Dtmf("0123456789#"[n % 11]))
            case "type":
                stage.receive(caller.Text("A room, please"))
            case "button":
                stage.receive(caller.Interrupt())
            case "note":
                stage.receive(TurnAnswer(note="The price is 120 dollars. " * n))
            case "refuse":
                events = [m for m in stage.said if isinstance(m, live.Append | live.AddFunctionOutput)]
                if events:
                    stage.receive(live.EngineError("", "no", events[n % len(events)].event_id))
            case "refuse create" if self.created:
                self.created = 0
                stage.receive(live.EngineError("", "no", stage.all_of(live.CreateResponse)[-1].event_id))
            case "gap":
                stage.media_flows = n % 2 == 0
            case "lose":
                self.check()
                stage.talk.engine_lost(stage.now_ms, stage.said)
                stage.said.append(stage.configuration())
                self.running, self.calls, self.created = [], {}, 0
                stage.ready()
        self.check()


@settings(max_examples=400)
@given(MODES, STEPS)
def test_whatever_happens_nothing_is_sent_that_the_service_refuses(mode: str, steps: list[tuple[str, int]]) -> None:
    service = Service(mode)
    for step, n in steps:
        service.do(step, n)
    stage = service.stage
    runs = [run.tool_call_id for run in stage.all_of(RunTool)]
    assert len(runs) == len(set(runs)), "no call is run twice"
    posts: dict[int, Any] = {}
    for post in stage.all_of(PostTurn):
        assert posts.setdefault(post.turn, post.role) == post.role, "a turn is one person's"
        assert 0 <= post.heard_ms <= max(0, post.audio_ms)
    out: list[msg.Message] = []
    stage.talk.close(stage.now_ms, out)
    stage.talk.go_on(stage.now_ms + 60_000, out)
    assert not [m for m in out if isinstance(m, live.Append | AppendAudio | live.CreateResponse)], "it is over"


@settings(max_examples=60)
@given(STEPS)
def test_nothing_that_was_delegated_is_waited_for_without_end(steps: list[tuple[str, int]]) -> None:
    service = Service("responses")
    for step, n in steps:
        service.do(step, n)
    stage = service.stage
    stage.attempt.ending.withdraw()
    for _ in range(8):
        stage.now_ms += 10_000
        stage.receive(msg.Tick())
    assert not stage.talk._work.is_busy


@settings(max_examples=60)
@given(STEPS)
def test_every_delegation_is_answered_in_the_end(steps: list[tuple[str, int]]) -> None:
    service = Service("client")
    for step, n in steps:
        if step not in ("lose", "clerk", "clerk tool"):
            service.do(step, n)
    for _ in range(40):
        service.do("wait", 15)
        for asked in service.stage.all_of(AskClerk)[-1:]:
            service.stage.receive(ClerkAnswer(asked.number, "Done."))
        for run in service.stage.all_of(RunTool):
            service.stage.receive(ToolAnswer(run.tool_call_id, ok=True, result={}))
    service.check()
    assert service.delegations <= service.answered
