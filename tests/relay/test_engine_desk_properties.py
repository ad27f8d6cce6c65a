"""Whatever engines do, in whatever order: they are not asked without end, and a call never waits for none of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from relay import messages as msg
from relay.desk_line import SERVED_MS
from relay.engine_desk import RENEWAL_PAUSE_MS
from relay.failover import ENGINE_TRIES, EngineChoice
from relay.functions import FetchSession, PostThen, SessionRefused
from relay.phases import Phase
from tests.relay.stage import SILENCE, START, Stage, session

ENGINES = [EngineChoice("first"), EngineChoice("live", "live"), EngineChoice("third")]
OFTEN = ["flap"] * 6 + ["ready"] * 2 + ["wait"] * 2
RARELY = ["open", "short", "expire", "lose", "refuse", "give session", "no session"]
STEPS = st.lists(st.tuples(st.sampled_from(OFTEN + RARELY), st.integers(0, 20)), min_size=30, max_size=60)


def step(stage: Stage, what: str, n: int) -> None:
    closed = {each.line for each in stage.all_of(msg.CloseEngine)}
    known = [each.line for each in stage.all_of(msg.OpenEngine) if each.line not in closed]
    configured = [each.line for each in stage.all_of(msg.ToLine) if each.line not in closed]
    match what:
        case "open" if known:
            stage.receive(msg.EngineOpened(known[n % len(known)]))
        case "ready" | "short" if configured:
            stage.receive(msg.EngineReady(configured[n % len(configured)], 3_600_000 if what == "ready" else 1000 * n))
        case "flap" if known:
            stage.receive(msg.EngineOpened(known[-1]))
            if any(each.line == known[-1] for each in stage.all_of(msg.ToLine)):
                stage.receive(msg.EngineReady(known[-1]))
            stage.receive(msg.EngineLost(known[-1], "gone", kind="expired"))
        case "expire" | "lose" if known:
            stage.receive(msg.EngineLost(known[n % len(known)], "gone", kind="expired" if what == "expire" else "lost"))
        case "refuse" if known and n < 5:
            stage.receive(msg.EngineLost(known[n % len(known)], "answered 401", fatal=True, kind="bad_key"))
        case "give session" | "no session" if [each for each in stage.all_of(FetchSession) if each.dialect == "live"]:
            refused = SessionRefused("session_unavailable", 1011, "live")
            stage.receive(session(dialect="live", idle_s=3600) if what == "give session" else refused)
        case "wait":
            stage.wait(100 * n * n)


@settings(max_examples=150)
@given(STEPS)
def test_engines_are_not_asked_without_end_and_a_call_without_any_is_given_back(steps: list[tuple[str, int]]) -> None:
    stage = Stage(*ENGINES, renew_before_ms=60_000)
    stage.frame = SILENCE
    stage.receive(START, session(idle_s=3600))
    for what, n in steps:
        step(stage, what, n)
        elapsed_ms = stage.now_ms - 1000
        at_once = len(ENGINES) * (ENGINE_TRIES + 1) * (1 + elapsed_ms // SERVED_MS)
        assert len(stage.all_of(msg.OpenEngine)) <= at_once + elapsed_ms // RENEWAL_PAUSE_MS
        if stage.call.phase is Phase.PREPARING:
            closed = {each.line for each in stage.all_of(msg.CloseEngine)}
            assert [each for each in stage.all_of(msg.OpenEngine) if each.line not in closed], "something is awaited"
    if stage.call.phase in (Phase.LEAVING, Phase.OVER):
        assert stage.all_of(PostThen) == [PostThen(reason="engines_lost")]
