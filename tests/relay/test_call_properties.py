"""The call's invariants over random interleavings of caller, ear, engine, tools and time.

What the peers are held to meanwhile stands in `strict_peers`, what may happen in `call_world`.
"""

from __future__ import annotations

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from relay import caller
from relay.phases import Phase
from tests.relay.call_world import ACTIONS, OPENING, World
from tests.relay.strict_peers import MARK_DELAY_MS


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(1, 9)), min_size=20, max_size=80),
    st.integers(0, MARK_DELAY_MS),
    st.sampled_from(["selective", "selective", "immediate", "off"]),
)
@example(  # an engine was renewed while the words of an utterance that was passed over were awaited
    [*[("time", 1)] * 12, ("echo", 1), *[("time", 1)] * 4, ("say", 1), ("mumble", 7)], 0, "selective"
)
@example(  # what is left of the answer of an engine that was lost is interrupted
    [*[("time", 1)] * 14, ("deliver", 1), ("deliver", 1), ("lose", 7), *[("open", 1)] * 2, ("interrupt", 1)],
    0,
    "immediate",
)
def test_whatever_happens_the_rules_hold(steps: list[tuple[str, int]], delay_ms: int, barge_in: str) -> None:
    world = World(delay_ms, barge_in)
    for what, amount in [*OPENING, *steps]:
        world.do(what, amount)
    world.settle()
    if world.engine is not None and world.call.phase is Phase.TALKING:
        assert all(answers == 1 for answers in world.engine.calls.values()), "a tool call without its answer"
        assert not world.engine.half_calls, "a call that was cut off is not forgotten"
        assert world.call.attempt is not None
        assert not world.call.attempt.tools
        assert world.call.attempt.playout.is_silent, "the agent was left in mid-word"
        fates = {world.engine.utterances[item] for item in world.engine.heard_of}
        assert fates <= {"turn", "deleted"}, "neither a turn nor forgotten"
    world.give(caller.Stop())
    assert world.closed
    assert world.call.phase is Phase.OVER
    assert world.thens <= 1
