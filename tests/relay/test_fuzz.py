"""10,000 broken messages and more for every codec: read or refused, nothing else; and what is read, a call survives.

The messages are made from the golden ones by a random that hypothesis seeds, many for each example, so that the test is
quick and the same every time.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay import caller, kiosk, live_codec, realtime_codec, twilio
from relay import messages as msg
from relay.errors import BadMessage
from relay.phases import Phase
from tests.relay import fuzz
from tests.relay.live_stage import LiveStage
from tests.relay.stage import Stage

EXAMPLES, MESSAGES = 30, 400
quick = settings(max_examples=EXAMPLES, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(0, 2**32)
# The names under which bad messages are counted: ours, and few.
KINDS = {"not_json", "missing_field", "bad_media", "bad_digit", "bad_audio", "bad_text", "binary"}


class Reading:
    """Reads broken messages and keeps the count of what came of them."""

    def __init__(self, read: Any, wire: str, prefix: str) -> None:
        self._read = read
        self._good = fuzz.good(wire, prefix)
        self.outcomes: Counter[str] = Counter()

    def events(self, seed: int) -> list[Any]:
        random, events = Random(seed), []
        for _ in range(MESSAGES):
            data = fuzz.broken(self._good, random)
            try:
                event = self._read(memoryview(data))
            except BadMessage as bad:
                self.outcomes[bad.kind] += 1
            else:
                self.outcomes[type(event).__name__] += 1
                events.append(event)
        return events

    def assert_varied(self, *expected: str) -> None:
        """It would be no test if all were refused at the first look."""
        assert {name for name in self.outcomes if name.islower()} <= KINDS
        assert sum(self.outcomes.values()) >= 10_000
        assert {"not_json", "missing_field", *expected} <= set(self.outcomes)
        assert self.outcomes["not_json"] < sum(self.outcomes.values()) / 2


def check_words(events: list[Any]) -> None:
    """What is passed on as a name is short: it goes into log lines."""
    for event in events:
        if isinstance(event, caller.Unknown):
            assert len(event.event) <= 40


def through_a_call(events: list[Any], seed: int, bad: int) -> None:
    """Given to a call that talks, with time passing: it goes on or ends, and says no more after its end.

    An engine that was given up is not heard any more, so what comes after that is given to another call.
    """
    random, stage = Random(seed), Stage().talking()
    for event in events:
        if isinstance(event, caller.Unknown):
            continue
        if stage.call.phase is not Phase.TALKING:
            hang_up(stage, bad)
            stage = Stage().talking()
        stage.receive(event)
        if random.random() < 0.1:
            stage.wait(random.choice((20, 200)))
    hang_up(stage, bad)


def hang_up(stage: Stage, bad: int) -> None:
    if stage.call.phase is not Phase.OVER:
        stage.receive(*[msg.BadInput("not_json")] * bad, msg.CallerGone())
    assert stage.call.phase is Phase.OVER
    assert len(stage.all_of(msg.HangUp)) == 1
    stage.receive(msg.Finish())
    assert len(stage.published("stream.ended")) == 1


def read_twilio(data: memoryview) -> caller.FromCaller:
    """As a call is told of it."""
    event = twilio.read(data)
    return caller.Media(event[1], event[2]) if isinstance(event, tuple) else event


def test_twilio() -> None:
    reading = Reading(read_twilio, "twilio", "from_")

    @quick
    @given(seeds)
    def read(seed: int) -> None:
        events = reading.events(seed)
        check_words(events)
        # `stop` and a second `start` end a call: without them more of the rest is tried.
        through_a_call([e for e in events if not isinstance(e, caller.Start | caller.Stop)], seed, bad=10)
        through_a_call(events, seed, bad=10)

    read()
    reading.assert_varied("Media", "Mark", "Dtmf", "Start", "Stop", "Unknown", "bad_media", "bad_digit")


def test_kiosk() -> None:
    reading = Reading(lambda data: kiosk.read(data, "KS1"), "kiosk", "from_")

    @quick
    @given(seeds)
    def read(seed: int) -> None:
        events = reading.events(seed)
        check_words(events)
        through_a_call([e for e in events if not isinstance(e, caller.Start | caller.Stop)], seed, bad=10)

    read()
    reading.assert_varied("Start", "Text", "Played", "Mark", "Dtmf")


def test_realtime() -> None:
    reading = Reading(realtime_codec.read, "realtime", "server_")

    @quick
    @given(seeds)
    def read(seed: int) -> None:
        through_a_call(reading.events(seed), seed, bad=0)

    read()
    reading.assert_varied("AudioDelta", "ResponseDone", "FunctionCalled", "EngineError", "SpeechStarted", "bad_audio")


def test_live() -> None:
    reading = Reading(live_codec.read, "live", "server_")

    @quick
    @given(seeds)
    def read(seed: int) -> None:
        stage, out = LiveStage().ready(), list[msg.Message]()
        for n, event in enumerate(reading.events(seed)):
            stage.now_ms += n % 60
            stage.talk.receive(event, stage.now_ms, out)
            stage.talk.go_on(stage.now_ms, out)
        stage.talk.close(stage.now_ms, out)

    read()
    reading.assert_varied("OutputAudio", "Delegated", "Usage", "EngineError")


def test_what_is_written_to_a_peer_is_only_what_it_knows() -> None:
    """Whatever a mad engine says, the words that reach the engine stay within its protocol's names."""
    types: set[str] = set()
    good = fuzz.good("realtime", "server_")

    @settings(quick, max_examples=10)
    @given(seeds)
    def write(seed: int) -> None:
        random, stage = Random(seed), Stage().talking()
        for _ in range(MESSAGES):
            with contextlib.suppress(BadMessage):
                stage.receive(realtime_codec.read(fuzz.broken(good, random)))
            if stage.call.phase is not Phase.TALKING:
                stage = Stage().talking()
            for message in stage.said:
                if type(message).__module__ == "relay.realtime":
                    types.add(realtime_codec.as_wire(message)["type"])  # type: ignore[arg-type]
            stage.said.clear()

    write()
    assert all(re.fullmatch(r"[a-z_.]+", name) for name in types)
    assert "response.create" in types
