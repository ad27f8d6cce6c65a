"""Exactly once, whatever happens: random stories in which processes die or hang between any two steps of a write.

A guest wants things: rooms, one more person in a room, a text; some of them twice. Each wish becomes a tool call. It
may die before or after any step, or hang in its work and go on long after somebody else took over. It is delivered
again under its own id, or asked again by the model under a new one. In the end every wish was fulfilled once.
"""

import contextlib
import itertools
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from nightdesk.claims import Settled
from nightdesk.conversation import ToolCall, Turn
from nightdesk.errors import Busy
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.ports import Store
from nightdesk.hotel.records import Text
from nightdesk.hotel.reservations import Reservation
from nightdesk.hotel.store_sqlite import SqliteStore
from nightdesk.ledger import Asked, ToolLedger

from .conftest import KEY, SESSION_ID
from .mortal_process import MOST_STEPS, WELL, Died, Process
from .stored import FRIDAY, QUEENS
from .wishing_tools import BOOK, CHANGE, SEND, stands, work_on

DEATHS = st.lists(st.tuples(st.integers(0, 2 * MOST_STEPS - 1), st.booleans(), st.booleans()), max_size=3)
"""At which step, whether the model then asks again under a new id, and whether the guest spoke in between."""
HANGS = st.one_of(st.none(), st.integers(0, 1))
STAYS = st.sampled_from([(0, 2), (1, 2), (5, 1)])


class Story(RuleBasedStateMachine):
    """`wanted` is what the guest truly wants by now: the stay and the number of adults of each live reservation.

    Processes reach the store by two instances in turn, as those of two machines do.
    """

    make_stores: Callable[[], tuple[Store, Store]]

    def __init__(self) -> None:
        super().__init__()
        self.stores = type(self).make_stores()
        self.store, self.instances = self.stores[0], itertools.cycle(self.stores)
        self.now = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
        self.numbers = itertools.count(1)
        self.wanted: dict[str, tuple[tuple[int, int], int]] = {}
        self.texts: Counter[str] = Counter()
        self.settled: dict[str, tuple[Any, dict[str, Any], Settled]] = {}
        self.sleepers: list[tuple[Process, threading.Thread]] = []
        self.died = 0

    def teardown(self) -> None:
        self.everybody_wakes_up()
        for store in self.stores:
            store.close()

    # what the guest wants

    @rule(stay=STAYS, another=st.booleans(), deaths=DEATHS, hang=HANGS)
    def book(self, stay: tuple[int, int], another: bool, deaths: Any, hang: int | None) -> None:
        arguments = {"stay": list(stay)}
        repeats = self._newest_stands(BOOK, arguments) and not another
        settled = self._wish(BOOK, arguments, another, deaths, hang)
        assert settled.replayed is repeats or deaths or hang is not None
        if repeats:
            return
        if settled.answer["ok"]:
            self.wanted[settled.answer["result"]["reservation_id"]] = (stay, 2)
        else:
            assert not self._free(stay)

    @precondition(lambda self: self.wanted)
    @rule(data=st.data(), stay=STAYS, deaths=DEATHS, hang=HANGS)
    def move(self, data: Any, stay: tuple[int, int], deaths: Any, hang: int | None) -> None:
        """A to B, and perhaps to A again: the words are the same as before, the wish is new."""
        name = data.draw(st.sampled_from(sorted(self.wanted)))
        arguments = {"reservation_id": name, "do": "move", "stay": list(stay)}
        if self._wish(CHANGE, arguments, False, deaths, hang).answer["ok"]:
            self.wanted[name] = (stay, self.wanted[name][1])
        else:
            assert not self._free(stay, but=name)

    @precondition(lambda self: self.wanted)
    @rule(data=st.data(), another=st.booleans(), deaths=DEATHS, hang=HANGS)
    def add_a_guest(self, data: Any, another: bool, deaths: Any, hang: int | None) -> None:
        name = data.draw(st.sampled_from(sorted(self.wanted)))
        arguments = {"reservation_id": name, "do": "add"}
        repeats = self._newest_stands(CHANGE, arguments) and not another
        self._wish(CHANGE, arguments, another, deaths, hang)
        stay, adults = self.wanted[name]
        self.wanted[name] = (stay, adults + (not repeats))

    @precondition(lambda self: self.wanted)
    @rule(data=st.data(), deaths=DEATHS, hang=HANGS)
    def cancel(self, data: Any, deaths: Any, hang: int | None) -> None:
        name = data.draw(st.sampled_from(sorted(self.wanted)))
        self._wish(CHANGE, {"reservation_id": name, "do": "cancel"}, False, deaths, hang)
        del self.wanted[name]

    @rule(template=st.sampled_from(["directions", "confirmation"]), again=st.booleans(), deaths=DEATHS, hang=HANGS)
    def send(self, template: str, again: bool, deaths: Any, hang: int | None) -> None:
        self._wish(SEND, {"template": template}, again, deaths, hang)
        self.texts[template] += again or not self.texts[template]

    # what else happens

    @precondition(lambda self: self.wanted)
    @rule(data=st.data())
    def the_staff_cancels(self, data: Any) -> None:
        name = data.draw(st.sampled_from(sorted(self.wanted)))
        self.store.change_reservation(name, lambda r: r.cancelled(self.now, 0))
        del self.wanted[name]

    @precondition(lambda self: self.settled)
    @rule(data=st.data())
    def a_call_is_delivered_once_more(self, data: Any) -> None:
        name = data.draw(st.sampled_from(sorted(self.settled)))
        tool, arguments, settled = self.settled[name]
        again = self._deliver(tool, name, arguments, WELL)
        assert again.replayed
        assert again.answer == settled.answer

    @rule()
    def everybody_wakes_up(self) -> None:
        for process, thread in self.sleepers:
            process.woken.set()
            thread.join(30)
            assert not thread.is_alive()
        self.sleepers.clear()

    @invariant()
    def every_wish_is_fulfilled_once(self) -> None:
        live = {r.reservation_id: r for r in self.store.reservations_of(SESSION_ID) if r.live}
        assert {name: (_stay_of(r), r.adults) for name, r in live.items()} == self.wanted
        nights = {night for r in live.values() for night in r.taken}
        assert self.store.taken("motel", FRIDAY, FRIDAY + timedelta(days=30)) == nights
        assert len(nights) == sum(len(r.nights) for r in live.values())
        assert Counter(text.template for text in self.store.records(Text, session_id=SESSION_ID)) == +self.texts

    # how a wish becomes tool calls

    def _wish(
        self, tool: Any, arguments: dict[str, Any], another: bool, deaths: list[Any], hang: int | None
    ) -> Settled:
        """One wish: delivered until it is answered. `another`: the guest says so, in a turn of their own."""
        arguments = {**arguments, **({"another": True} if another else {})}
        self._speak()
        name = f"call_{next(self.numbers)}"
        if hang is not None:
            self._hang(tool, name, arguments, hang)
        for at, new_id, spoken in deaths:
            try:
                settled = self._deliver(tool, name, arguments, ("die", at))
                break
            except Died:
                self.died += 1
                name = f"call_{next(self.numbers)}" if new_id else name
                if spoken and not another:
                    self._speak()
        else:
            settled = self._deliver(tool, name, arguments, WELL)
        if not settled.answer["ok"]:
            self.everybody_wakes_up()  # who hangs would be refused as well, as long as nothing else has changed
        self.settled[name] = (tool, arguments, settled)
        return settled

    def _deliver(self, tool: Any, name: str, arguments: dict[str, Any], fate: tuple[str, int]) -> Settled:
        process: Any = Process(next(self.instances), fate)
        ledger = ToolLedger(process, process, KEY, self._clock, sleep=self._sleep)
        work = work_on(process, tool.name, {k: v for k, v in arguments.items() if k != "another"}, self._clock)
        return ledger.run(tool, Asked(SESSION_ID, 1, 1, name, arguments), work, lambda left: stands(process, left))

    def _hang(self, tool: Any, name: str, arguments: dict[str, Any], at: int) -> None:
        """Deliver the call to a process that stops in the middle and knows nothing of what comes after."""
        process: Any = Process(next(self.instances), ("hang", at))
        frozen = self.now
        ledger = ToolLedger(process, process, KEY, lambda: frozen, sleep=lambda _: None)
        work = work_on(process, tool.name, {k: v for k, v in arguments.items() if k != "another"}, self._clock)
        asked = Asked(SESSION_ID, 1, 1, name, arguments)

        def run() -> None:
            with contextlib.suppress(Busy):
                ledger.run(tool, asked, work, lambda left: stands(process, left))
            process.hangs.set()  # or it came to an end

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        assert process.hangs.wait(30)
        self.sleepers.append((process, thread))
        self._sleep(tool.timeout_s)

    def _newest_stands(self, tool: Any, arguments: dict[str, Any]) -> bool:
        """Whether the newest write to that thing was the same, nobody has changed the thing since, and nobody has died
        in an equal write that was then refused: that one is tried again.
        """
        subject = tool.subject_of(arguments)
        calls = [c for c in self.store.tool_calls(SESSION_ID) if c.subject.startswith(f"{subject}#")]

        def is_equal(call: ToolCall) -> bool:
            return {k: v for k, v in call.arguments.items() if k != "another"} == arguments

        while calls and not calls[-1].changed:
            newest = calls.pop()
            if newest.answer is None and is_equal(newest):
                return False
        return bool(calls) and is_equal(calls[-1]) and stands(self.store, calls[-1].left)

    def _free(self, stay: tuple[int, int], but: str = "") -> bool:
        nights = {FRIDAY + timedelta(days=stay[0] + n) for n in range(stay[1])}
        others = [r for r in self.store.reservations_of(SESSION_ID) if r.live and r.reservation_id != but]
        return any(not nights & {n for r in others if r.room == room for n in r.nights} for room in QUEENS)

    def _speak(self) -> None:
        self._sleep(1)
        number = next(self.numbers)
        self.store.put_turn(SESSION_ID, Turn(1, number, "user", "well?", self.now))
        self._sleep(1)

    def _clock(self) -> datetime:
        return self.now

    def _sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def _stay_of(r: Reservation) -> tuple[int, int]:
    return (r.check_in - FRIDAY).days, len(r.nights)


def story_over(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> type[Story]:
    """Stories told over this store, each over one of its own."""
    if kind == "firestore":
        request.getfixturevalue("firestore")  # the emulator, and where it is

    def make() -> tuple[Store, Store]:
        if kind == "memory":
            return (store := MemoryStore()), store
        if kind == "sqlite":
            path = tmp_path / f"{uuid4().hex}.sqlite3"
            return SqliteStore(path), SqliteStore(path)
        from nightdesk.hotel.store_firestore import FirestoreStore

        project = f"t-{uuid4().hex[:12]}"
        return FirestoreStore(project, "(default)"), FirestoreStore(project, "(default)")

    class StoryOfThisStore(Story):
        make_stores = staticmethod(make)

    return StoryOfThisStore


@pytest.mark.parametrize(("kind", "examples", "steps"), [("memory", 150, 25), ("sqlite", 30, 20), ("firestore", 4, 8)])
def test_every_wish_is_fulfilled_once(
    kind: str, examples: int, steps: int, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    bounds = settings(
        max_examples=examples,
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(story_over(kind, request, tmp_path), settings=bounds)
