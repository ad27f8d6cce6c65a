"""Exactly once: the claim rules, pure, and the ledger under threads and processes that die."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from nightdesk.claims import Claim, Rules, Run, Settled, Wait, claim
from nightdesk.conversation import ToolCall, Turn
from nightdesk.errors import Busy, Refusal, ToolCallReused
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.ports import LedgerChange, Store
from nightdesk.ledger import Asked, ToolLedger, Work
from nightdesk.tools import TOOLBOX
from nightdesk.tools.registry import Outcome

from .conftest import KEY, SESSION_ID, Clock

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
LEASE = timedelta(seconds=5)
CREATE_LEAD = TOOLBOX.tools["create_lead"]


def write(tool_call_id: str, meaning: str = "a", *, after_s: float = 0) -> ToolCall:
    at = NOW + timedelta(seconds=after_s)
    return ToolCall(tool_call_id, "create_lead", {}, f"d-{meaning}", meaning, 1, 3, at, subject="lead")


def done(change: LedgerChange[Claim], *, changed: bool = True) -> ToolCall:
    """The entry of a claim, run at once."""
    assert isinstance(change.value, Run)
    entry = change.value.entry
    return replace(entry, answer={"ok": changed, "result": {}}, changed=changed, finished_at=entry.claimed_at)


def ask(
    entries: list[ToolCall], wanted: ToolCall, *, another: bool = False, spoken_s: float = -1
) -> LedgerChange[Claim]:
    spoken_at = NOW + timedelta(seconds=spoken_s) if spoken_s >= 0 else None
    return claim(entries, wanted, Rules(LEASE, another, spoken_at))


def test_the_first_write_is_ours() -> None:
    change = ask([], write("1"))
    assert isinstance(change.value, Run)
    assert change.value.entry.subject == "lead#1"
    assert change.put == (change.value.entry,)


def test_an_equal_write_gets_the_first_outcome_and_is_recorded() -> None:
    first = done(ask([], write("1")))
    change = ask([first], write("2", after_s=1))
    assert change.value == Settled({"ok": True, "result": {}}, replayed=True)
    assert [(e.tool_call_id, e.replay_of) for e in change.put] == [("2", "1")]


def test_a_later_write_retires_the_key() -> None:
    a = done(ask([], write("1", "a")))
    b = done(ask([a], write("2", "b", after_s=1)))
    assert isinstance(ask([a, b], write("3", "a", after_s=2)).value, Run)
    assert isinstance(ask([a, b], write("4", "b", after_s=2)).value, Settled)


def test_a_recorded_repetition_is_not_the_newest_write() -> None:
    a = done(ask([], write("1", "a")))
    echo = ask([a], write("2", "a", after_s=1)).put[0]
    b = done(ask([a, echo], write("3", "b", after_s=2)))
    assert isinstance(ask([a, echo, b], write("4", "a", after_s=3)).value, Run)


def test_a_write_that_was_refused_is_no_outcome_to_repeat() -> None:
    refused = done(ask([], write("1")), changed=False)
    assert isinstance(ask([refused], write("2", after_s=1)).value, Run)


@pytest.mark.parametrize(
    ("another", "spoken_s", "number"), [(True, 2, "lead#2"), (True, 0, ""), (True, -1, ""), (False, 2, "")]
)
def test_a_second_equal_thing_needs_the_word_of_the_guest(another: bool, spoken_s: float, number: str) -> None:
    first = done(ask([], write("1")))
    value = ask([first], write("2", after_s=3), another=another, spoken_s=spoken_s).value
    assert (value.entry.subject if isinstance(value, Run) else "") == number


@pytest.mark.parametrize("words_come", [True, False])
def test_the_words_that_ask_for_a_second_thing_may_come_after_the_call(
    any_store: Store, clock: Clock, words_come: bool
) -> None:
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.forward(seconds=seconds)
        if words_come and len(waited) == 3:
            any_store.put_turn(SESSION_ID, Turn(1, 3, "user", "and the same once more", stored_at=clock.now))

    ledger = ToolLedger(any_store, any_store, KEY, clock, sleep=sleep)
    runs: list[str] = []
    ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), counting(runs))
    again = ledger.run(CREATE_LEAD, asked("call_2", name="Ann", another=True), counting(runs))
    assert (again.replayed, len(set(runs))) == ((False, 2) if words_come else (True, 1))
    assert sum(waited) == pytest.approx(0.15 if words_come else 1.0)


def test_a_second_different_thing_may_be_asked_for_in_one_breath() -> None:
    first = done(ask([], write("1", "a")))
    value = ask([first], write("2", "b", after_s=1), another=True).value
    assert isinstance(value, Run)
    assert value.entry.subject == "lead#2"


def test_writes_to_one_thing_take_turns() -> None:
    running = ask([], write("1", "a")).put[0]
    assert isinstance(ask([running], write("2", "b", after_s=1)).value, Wait)


def test_a_call_that_is_running_is_waited_for() -> None:
    running = ask([], write("1")).put[0]
    assert isinstance(ask([running], write("1", after_s=4)).value, Wait)


def test_a_write_that_died_is_taken_over_under_the_same_number() -> None:
    dead = ask([], write("1", "a")).put[0]
    same_id = ask([dead], write("1", "a", after_s=6)).value
    new_id = ask([dead], write("2", "a", after_s=6)).value
    assert isinstance(same_id, Run)
    assert isinstance(new_id, Run)
    assert (same_id.entry.subject, new_id.entry.subject) == ("lead#1", "lead#1")


def test_the_same_id_with_other_arguments_is_an_error() -> None:
    with pytest.raises(ToolCallReused):
        ask([done(ask([], write("1", "a")))], write("1", "b"))


# over a store


@pytest.fixture
def ledger(any_store: Store, clock: Clock) -> ToolLedger:
    return ToolLedger(any_store, any_store, KEY, clock)


def asked(tool_call_id: str, **arguments: object) -> Asked:
    return Asked(SESSION_ID, 1, 3, tool_call_id, arguments)


def counting(runs: list[str]) -> Work:
    def work(write_id: str, change_id: str) -> Outcome:
        runs.append(write_id)
        return Outcome({"lead_id": write_id})

    return work


def test_many_at_once_with_one_meaning_are_done_once(ledger: ToolLedger) -> None:
    runs: list[str] = []
    gate = threading.Barrier(8)

    def one(number: int) -> Settled:
        gate.wait()
        return ledger.run(CREATE_LEAD, asked(f"call_{number}", name="Ann"), counting(runs))

    with ThreadPoolExecutor(8) as pool:
        settled = list(pool.map(one, range(8)))
    assert len(runs) == 1
    assert sum(not s.replayed for s in settled) == 1
    assert {str(s.answer["result"]["lead_id"]) for s in settled} == set(runs)


def test_many_at_once_with_one_id_are_done_once(ledger: ToolLedger) -> None:
    runs: list[str] = []
    gate = threading.Barrier(8)

    def one(_: int) -> Settled:
        gate.wait()
        return ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), counting(runs))

    with ThreadPoolExecutor(8) as pool:
        settled = list(pool.map(one, range(8)))
    assert len(runs) == 1
    assert sum(not s.replayed for s in settled) == 1


def test_what_an_outcome_says_of_the_recording_is_answered_and_repeated(ledger: ToolLedger) -> None:
    def work(write_id: str, change_id: str) -> Outcome:
        return Outcome({}, recording="pause")

    first = ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), work)
    again = ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), work)
    assert [settled.answer["recording"] for settled in (first, again)] == ["pause", "pause"]
    without = ledger.run(CREATE_LEAD, asked("call_2", name="Bo"), counting([]))
    assert "recording" not in without.answer


def test_the_outcome_is_stored_before_it_is_answered(ledger: ToolLedger, any_store: Store) -> None:
    ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), counting([]))
    [entry] = any_store.tool_calls(SESSION_ID)
    assert entry.answer is not None
    assert entry.answer["result"]["lead_id"].startswith("lead_")


def test_a_process_that_died_in_a_write_is_stood_in_for(ledger: ToolLedger, any_store: Store, clock: Clock) -> None:
    runs: list[str] = []
    entry = ledger._claim(CREATE_LEAD, asked("call_1", name="Ann"), {})  # claimed, and then the process is gone
    assert isinstance(entry, Run)
    clock.forward(seconds=CREATE_LEAD.timeout_s + 1)
    settled = ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), counting(runs))
    assert not settled.replayed
    assert len(runs) == 1


def test_what_was_taken_over_is_told_once(ledger: ToolLedger, clock: Clock) -> None:
    """Both workers finish; the one that stored first has the outcome, and the write_id is the same for both."""
    runs: list[str] = []

    def slow(write_id: str, change_id: str) -> Outcome:
        runs.append(write_id)
        clock.forward(seconds=CREATE_LEAD.timeout_s + 1)
        ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), counting(runs))
        return Outcome({"lead_id": "the slow one"})

    settled = ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), slow)
    assert settled.replayed
    assert settled.answer["result"]["lead_id"] == runs[0] == runs[1]


def fails(*_: str) -> Outcome:
    raise ZeroDivisionError


@pytest.mark.parametrize("again", ["call_1", "call_2"])
def test_a_write_that_raised_is_done_again_at_once_under_its_ids(
    ledger: ToolLedger, any_store: Store, again: str
) -> None:
    """Nobody knows whether it was done before it raised."""
    given: list[tuple[str, str]] = []

    def broken(*ids: str) -> Outcome:
        given.append((ids[0], ids[1]))
        raise ZeroDivisionError

    def works(*ids: str) -> Outcome:
        given.append((ids[0], ids[1]))
        return Outcome({})

    with pytest.raises(ZeroDivisionError):
        ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), broken)
    assert not ledger.run(CREATE_LEAD, asked(again, name="Ann"), works).replayed
    assert given[0] == given[1]
    late = ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), fails)  # settled together with what took it over
    assert late.replayed
    assert all(entry.answer is not None for entry in any_store.tool_calls(SESSION_ID))


def test_a_read_that_raised_leaves_no_trace(ledger: ToolLedger, any_store: Store) -> None:
    with pytest.raises(ZeroDivisionError):
        ledger.run(TOOLBOX.tools["search_kb"], asked("call_1", question="Pets?"), fails)
    assert any_store.tool_calls(SESSION_ID) == []


def test_a_write_that_raised_keeps_nobody_from_another(ledger: ToolLedger) -> None:
    with pytest.raises(ZeroDivisionError):
        ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), fails)
    assert not ledger.run(CREATE_LEAD, asked("call_2", name="Bo"), counting([])).replayed


def test_who_gives_up_late_takes_nothing_from_who_took_over(ledger: ToolLedger, any_store: Store, clock: Clock) -> None:
    def slow(*_: str) -> Outcome:
        clock.forward(seconds=CREATE_LEAD.timeout_s + 1)
        assert isinstance(ledger._claim(CREATE_LEAD, asked("call_1", name="Ann"), {}), Run)  # at work now
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), slow)
    assert not any_store.tool_calls(SESSION_ID)[0].released


def test_a_repetition_is_one_only_while_what_was_left_stands(ledger: ToolLedger) -> None:
    """Booked, cancelled (by anybody), and booked again in the same words: the second booking is a new one."""
    changes: list[str] = []

    def book(write_id: str, change_id: str) -> Outcome:
        changes.append(change_id)
        return Outcome({}, left="booked")

    replayed = []
    for call, standing in (("1", True), ("2", True), ("3", False), ("4", True)):
        settled = ledger.run(CREATE_LEAD, asked(call, name="Ann"), book, lambda left, so=standing: so)  # type: ignore[misc]
        replayed.append(settled.replayed)
    assert replayed == [False, True, False, True]
    assert len(set(changes)) == 2


def test_writes_about_different_things_do_not_retire_each_other(ledger: ToolLedger) -> None:
    tool = replace(CREATE_LEAD, about=("notes",))
    runs: list[str] = []
    for call, notes in (("1", "A-1"), ("2", "B 2"), ("3", "A-1"), ("4", "B 2")):
        ledger.run(tool, asked(call, notes=notes), counting(runs))
    assert len(set(runs)) == len(runs) == 2


def test_a_refusal_is_an_outcome(ledger: ToolLedger) -> None:
    def refuses(*_: str) -> Outcome:
        raise Refusal("full", "no room", say="Sorry.")

    for replayed in (False, True):
        settled = ledger.run(CREATE_LEAD, asked("call_1", name="Ann"), refuses)
        assert settled.answer == {"ok": False, "error": {"code": "full", "message": "no room", "say": "Sorry."}}
        assert settled.replayed is replayed


def test_who_waits_too_long_is_told_to_come_again(any_store: Store, clock: Clock) -> None:
    waited: list[float] = []
    ledger = ToolLedger(any_store, any_store, KEY, clock, sleep=waited.append)
    ledger._claim(CREATE_LEAD, asked("call_1", name="Ann"), {})
    with pytest.raises(Busy):
        ledger.run(CREATE_LEAD, asked("call_2", name="Ann"), counting([]))
    assert sum(waited) == pytest.approx(CREATE_LEAD.timeout_s, rel=0.05)


def test_arguments_that_mean_the_same_are_the_same_in_any_order(ledger: ToolLedger) -> None:
    ledger.run(CREATE_LEAD, Asked(SESSION_ID, 1, 3, "1", {"name": "Ann", "notes": "x"}), counting([]))
    assert ledger.run(CREATE_LEAD, Asked(SESSION_ID, 1, 3, "2", {"notes": "x", "name": "Ann"}), counting([])).replayed


def test_no_digest_can_be_guessed_back(any_store: Store, clock: Clock) -> None:
    keys = TOOLBOX.tools["handle_ivr_menu"]
    digests = set()
    for key in (KEY, KEY[::-1]):
        store = MemoryStore()
        ToolLedger(store, store, key, clock).run(keys, asked("dtmf-1-1", keys="2075550199"), counting([]))
        digests.add(store.tool_calls(SESSION_ID)[0].digest)
    assert len(digests) == 2
