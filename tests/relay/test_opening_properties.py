"""Never two greetings, whatever the order in which engines, their audio, failures, the clip and losses come."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from relay import caller, realtime
from relay import messages as msg
from relay.failover import EngineChoice
from relay.phases import Phase
from tests.relay.stage import START, Stage, session

CLIP = 0xC1
OTHER = 0xEE


class House:
    """A caller who is silent, engines that say what they are asked to, each response in a byte of its own."""

    def __init__(self) -> None:
        self.stage = Stage(*(EngineChoice(name) for name in "abcde"))
        self.lines: dict[int, str] = {}  # how far each line is
        self.in_use: int | None = None
        self.asked: list[str] = []  # purposes of responses of the engine in use that were not begun yet
        self.active: tuple[str, int] | None = None  # response of the engine in use, and the byte it speaks in
        self.responses = 0
        self.spoken: set[int] = set()  # what of greetings went out to the caller
        self.take(self.stage.receive(START, session(opening_text="Good evening.", clip_url="https://x/clip")))

    def take(self, messages: list[msg.Message]) -> None:
        for message in messages:
            match message:
                case msg.OpenEngine(line):
                    self.lines[line] = "opening"
                case msg.CloseEngine(line):
                    self.lines.pop(line, None)
                    if line == self.in_use:
                        self.asked, self.active = [], None
                case msg.UseEngine(line):
                    self.in_use = line
                    self.asked, self.active = [], None
                case realtime.CreateResponse(purpose=purpose):
                    self.asked.append(str(purpose))
                case realtime.CancelResponse() if self.active:
                    self.give(realtime.ResponseDone(self.active[0], "cancelled"))
                    self.active = None
                case caller.SendMedia(audio) if audio[0] != OTHER:
                    self.spoken.add(audio[0])

    def give(self, *events: msg.Event) -> None:
        for event in events:
            self.take(self.stage.receive(event))

    def do(self, what: str) -> None:
        match what:
            case "time":
                self.take(self.stage.wait(200))
            case "clip":
                self.give(msg.Clip(bytes([CLIP]) * 4000))
            case "step" if self.lines:
                line = max(self.lines)
                self.lines[line], event = {
                    "opening": ("open", msg.EngineOpened(line)),
                }.get(self.lines[line], ("ready", msg.EngineReady(line)))
                self.give(event)
            case "lose" if self.lines:
                line = max(self.lines)
                del self.lines[line]
                if line == self.in_use:  # it says nothing more
                    self.asked, self.active = [], None
                self.give(msg.EngineLost(line, "closed 1006"))
            case "begin" if self.asked and self.active is None:
                purpose = self.asked.pop(0)
                self.responses += 1
                self.active = f"r{self.responses}", self.responses if purpose == "opening" else OTHER
                self.give(realtime.ResponseCreated(self.active[0]))
            case "speak" if self.active is not None:
                response, byte = self.active
                item = f"i_{response}"
                self.give(
                    realtime.ItemAdded(response, item, "message"),
                    realtime.AudioDelta(response, item, 0, bytes([byte]) * 2400),
                )
            case "end" if self.active is not None:
                response, self.active = self.active[0], None
                self.give(realtime.ResponseDone(response, "completed"))
            case "fail" if self.active is not None:
                response, self.active = self.active[0], None
                self.give(realtime.ResponseDone(response, "failed", "server_error"))


@settings(max_examples=300)
@given(st.lists(st.sampled_from([*["time", "step"] * 2, "clip", "begin", "speak", "end", "fail", "lose"]), max_size=40))
def test_the_caller_is_greeted_once_at_most_and_once_if_anything_can_greet(steps: list[str]) -> None:
    house = House()
    for step in steps:
        house.do(step)
        assert len(house.spoken) <= 1, "two greetings"
    if house.stage.call.phase in (Phase.PREPARING, Phase.TALKING):
        for step in ["clip", *["step", "step", "begin", "speak", "end", "time"] * 12]:
            house.do(step)
            assert len(house.spoken) <= 1, "two greetings"
        if house.stage.call.phase in (Phase.PREPARING, Phase.TALKING):
            assert len(house.spoken) == 1, "no greeting"
