"""What every store promises: one suite over the fake and the real ones. And what is SQLite's own."""

import multiprocessing
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from nightdesk.conversation import Note, Session, Stream, ToolCall, Turn
from nightdesk.errors import StoreError
from nightdesk.hotel import sqlite_calls, sqlite_schema
from nightdesk.hotel.kinds import KINDS
from nightdesk.hotel.leads import Clip, Lead
from nightdesk.hotel.ports import LedgerChange, Store
from nightdesk.hotel.store_sqlite import SCHEMA_VERSION, SqliteStore
from nightdesk.then import Then

from .conftest import CALL_SID, CALLED, CALLER, SESSION_ID

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
SESSION = Session(SESSION_ID, "motel", "voice", "inbound", "en", CALL_SID, CALLER, CALLED, "A", NOW)
LEAD = Lead("lead_1", SESSION_ID, "motel", NOW, "Ann", True, CALLER, "caller_line")
NIGHTS = [date(2026, 11, 27), date(2026, 11, 28)]


@pytest.fixture
def store(any_store: Store) -> Store:
    return any_store


def turn(number: int, text: str = "hello", attempt: int = 1) -> Turn:
    return Turn(attempt, number, "user", text, NOW, item_id=f"item_{number}", audio_start_ms=1, audio_end_ms=2)


def entry(tool_call_id: str) -> ToolCall:
    return ToolCall(
        tool_call_id, "search_kb", {"question": "?"}, "d", "m", 1, 3, NOW, finished_at=NOW, answer={"ok": True}
    )


def test_a_session_comes_back_as_it_was(store: Store) -> None:
    session = replace(
        SESSION,
        streams=(Stream(1, "MZ1", "openai", {"reason": "then", "usage": {"total_tokens": 3}}), Stream(2, "MZ2")),
        then=Then("transfer", to="front_desk", position=(1, 7), due=True),
        steps={"stream-1": {"action": "attach", "attempt": 2, "department": "", "about": ""}},
        notes=(Note(1, "nobody took the call"),),
        terminal_at=NOW,
        end_time=NOW,
        tools_executed=("search_kb",),
        ended_event={"event_id": "x"},
    )
    assert store.change_session(SESSION_ID, lambda _: session) == session
    assert store.session(SESSION_ID) == session


def test_a_session_nobody_stored_is_none(store: Store) -> None:
    assert store.session(SESSION_ID) is None
    assert store.change_session(SESSION_ID, lambda current: current) is None


def test_a_change_that_returns_none_leaves_all_as_it_is(store: Store) -> None:
    store.change_session(SESSION_ID, lambda _: SESSION)
    assert store.change_session(SESSION_ID, lambda _: None) == SESSION


def test_a_change_that_raises_leaves_all_as_it_is(store: Store) -> None:
    store.change_session(SESSION_ID, lambda _: SESSION)

    def fails(current: Session | None) -> Session | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.change_session(SESSION_ID, fails)
    assert store.session(SESSION_ID) == SESSION
    assert store.change_session(SESSION_ID, lambda s: replace(s or SESSION, breaks=1)) == replace(SESSION, breaks=1)


def test_changes_at_the_same_time_are_all_kept(store: Store) -> None:
    store.change_session(SESSION_ID, lambda _: SESSION)

    def add(_: int) -> None:
        store.change_session(SESSION_ID, lambda s: replace(s or SESSION, breaks=(s or SESSION).breaks + 1))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.breaks == 40


def test_an_event_counts_once(store: Store) -> None:
    def count(session: Session | None) -> Session:
        return replace(session or SESSION, messages_count=(session or SESSION).messages_count + 1)

    for event_id in ("a", "b", "a", "a"):
        store.apply_event(event_id, SESSION_ID, count)
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.messages_count == 2


def test_an_event_whose_change_failed_counts_when_it_comes_again(store: Store) -> None:
    def fails(_: Session | None) -> Session | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.apply_event("a", SESSION_ID, fails)
    assert store.apply_event("a", SESSION_ID, lambda _: SESSION) == SESSION


def test_unfinished_sessions_come_oldest_first(store: Store) -> None:
    for index, name in enumerate(["new", "old", "done"]):
        begun = NOW - timedelta(minutes=index)
        session = replace(SESSION, session_id=name, start_time=begun, ended_published=name == "done")
        store.change_session(name, lambda _, s=session: s)  # type: ignore[misc]
    assert [s.session_id for s in store.unfinished_sessions(10)] == ["old", "new"]
    assert [s.session_id for s in store.unfinished_sessions(1)] == ["old"]


def test_a_callers_conversations_come_newest_first(store: Store) -> None:
    for index, (name, caller) in enumerate([("old", CALLER), ("new", CALLER), ("else", "+12075550000")]):
        session = replace(SESSION, session_id=name, caller_id=caller, start_time=NOW + timedelta(minutes=index))
        store.change_session(name, lambda _, s=session: s)  # type: ignore[misc]
    assert [s.session_id for s in store.sessions_of("motel", CALLER, 10)] == ["new", "old"]
    assert [s.session_id for s in store.sessions_of("motel", CALLER, 1)] == ["new"]
    assert store.sessions_of("other", CALLER, 10) == []


def test_conversations_in_which_a_number_was_keyed_come_newest_first(store: Store) -> None:
    keyed = "+12075550199"
    for index, (name, phone) in enumerate([("old", keyed), ("new", keyed), ("else", CALLER), ("none", "")]):
        begun = NOW + timedelta(minutes=index)
        session = replace(SESSION, session_id=name, caller_id="", keypad_phone=phone, start_time=begun)
        store.change_session(name, lambda _, s=session: s)  # type: ignore[misc]
    assert [s.session_id for s in store.sessions_keyed("motel", keyed, 10)] == ["new", "old"]
    assert [s.session_id for s in store.sessions_keyed("motel", keyed, 1)] == ["new"]
    assert store.sessions_keyed("other", keyed, 10) == []


def test_past_conversations_come_oldest_first_and_not_once_they_are_erased(store: Store) -> None:
    for days, name in enumerate(["young", "old", "older", "erased"]):
        begun, erased_at = NOW - timedelta(days=days), NOW if name == "erased" else None
        session = replace(SESSION, session_id=name, start_time=begun, erased_at=erased_at)
        store.change_session(name, lambda _, s=session: s)  # type: ignore[misc]
    store.change_session("else", lambda _: replace(SESSION, session_id="else", property_id="other"))
    assert [s.session_id for s in store.past_sessions("motel", NOW, 10)] == ["older", "old"]
    assert [s.session_id for s in store.past_sessions("motel", NOW, 1)] == ["older"]
    assert [s.session_id for s in store.past_sessions("motel", NOW, 10, NOW - timedelta(days=1))] == ["old"]


def test_turns_come_in_the_order_of_attempt_and_turn(store: Store) -> None:
    for number, attempt in ((10, 1), (2, 1), (1, 2)):
        store.put_turn(SESSION_ID, turn(number, attempt=attempt))
    store.put_turn("sess_other", turn(1))
    assert [(t.attempt, t.turn) for t in store.turns(SESSION_ID)] == [(1, 2), (1, 10), (2, 1)]
    assert store.turns(SESSION_ID)[0] == turn(2)


def test_a_turn_is_replaced_or_kept_as_asked(store: Store) -> None:
    store.put_turn(SESSION_ID, turn(1, "first"))
    store.put_turn(SESSION_ID, turn(1, "second"), replace=False)
    assert [t.text for t in store.turns(SESSION_ID)] == ["first"]
    store.put_turn(SESSION_ID, replace(turn(1, "third"), stored_at=NOW + timedelta(minutes=1)))
    assert store.turns(SESSION_ID) == [turn(1, "third")]


def test_the_ledger_keeps_the_order_of_claims(store: Store) -> None:
    for name in ("b", "a", "c"):
        store.change_ledger(SESSION_ID, lambda _, n=name: LedgerChange(None, put=(entry(n),)))  # type: ignore[misc]
    store.change_ledger(
        SESSION_ID, lambda _: LedgerChange(None, put=(replace(entry("b"), changed=True),), remove=("a",))
    )
    assert store.tool_calls(SESSION_ID) == [replace(entry("b"), changed=True), entry("c")]
    assert store.tool_calls("sess_other") == []


def test_a_ledger_change_that_raises_keeps_nothing(store: Store) -> None:
    def fails(_: object) -> LedgerChange[None]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.change_ledger(SESSION_ID, fails)
    assert store.change_ledger(SESSION_ID, lambda entries: LedgerChange(len(entries))) == 0


def test_a_lead_is_stored_under_its_id(store: Store) -> None:
    full = replace(LEAD, check_in=NIGHTS[0], check_out=NIGHTS[1], name_clip=Clip(1, 5200, 6100), notes="two nights")
    store.put_lead(LEAD)
    store.put_lead(replace(full, created_at=NOW + timedelta(minutes=1)))
    assert store.leads(SESSION_ID) == [full]
    assert store.leads("sess_other") == []


def test_a_lead_that_was_asked_for_earlier_does_not_replace_a_later_one(store: Store) -> None:
    first = replace(LEAD, asked_at=NOW)
    later = replace(LEAD, name="Ida", asked_at=NOW + timedelta(seconds=1))
    store.put_lead(later)
    store.put_lead(first)
    assert store.leads(SESSION_ID) == [later]
    store.put_lead(replace(later, notes="a cot"))
    assert [lead.notes for lead in store.leads(SESSION_ID)] == ["a cot"]


def test_a_room_is_taken_for_all_nights_or_for_none(store: Store) -> None:
    assert store.take("motel", "queen", "101", NIGHTS, "r1")
    assert store.take("motel", "queen", "101", NIGHTS, "r1")  # again, by the same: nothing new
    assert not store.take("motel", "queen", "101", [NIGHTS[1], date(2026, 11, 29)], "r2")
    assert store.taken("motel", NIGHTS[0], date(2026, 12, 1)) == {("queen", "101", night) for night in NIGHTS}
    assert store.taken("motel", NIGHTS[0], NIGHTS[1]) == {("queen", "101", NIGHTS[0])}
    assert store.taken("other", NIGHTS[0], NIGHTS[1]) == set()


def test_the_last_room_is_taken_by_one(store: Store) -> None:
    gate = threading.Barrier(8)

    def one(number: int) -> bool:
        gate.wait()
        return store.take("motel", "queen", "101", NIGHTS, f"r{number}")

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 1


# SQLite's own


def _count_in_another_process(path: str, ready: object, times: int) -> None:
    store = SqliteStore(path)
    ready.wait()  # type: ignore[attr-defined]
    for _ in range(times):
        store.change_session(SESSION_ID, lambda s: replace(s or SESSION, breaks=(s or SESSION).breaks + 1))
    store.close()


def test_processes_that_start_at_once_share_one_file(tmp_path: Path) -> None:
    """As the four functions do: all make the schema, all write."""
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(3)
    path = str(tmp_path / "n.sqlite3")
    workers = [context.Process(target=_count_in_another_process, args=(path, ready, 20)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    store = SqliteStore(path)
    session = store.session(SESSION_ID)
    store.close()
    assert session is not None
    assert session.breaks == 60


def test_a_new_file_that_another_process_is_making_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite itself does not wait here: the switch to the write-ahead log is refused at once."""
    path = tmp_path / "n.sqlite3"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            other.rollback()

    monkeypatch.setattr(sqlite_schema, "_pause", pause)
    SqliteStore(path).close()
    assert len(waited) == 3
    other.close()


def test_events_are_forgotten_when_they_cannot_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Firestore does by itself."""
    store = SqliteStore(tmp_path / "n.sqlite3")
    monkeypatch.setattr(sqlite_calls, "EVENTS_KEPT", timedelta(seconds=-1))
    store.apply_event("old", SESSION_ID, lambda _: SESSION)
    monkeypatch.undo()
    for _ in range(2):
        store.apply_event("new", SESSION_ID, lambda s: replace(s or SESSION, breaks=(s or SESSION).breaks + 1))
    with store._connection() as connection:
        assert connection.execute("SELECT event_id FROM processed_events").fetchall() == [("new",)]
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.breaks == 1
    store.close()


def test_a_store_that_was_open_before_a_fork_works_after_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "n.sqlite3")
    store.change_session(SESSION_ID, lambda _: SESSION)
    store._pid = -1  # as a forked child sees it
    assert store.session(SESSION_ID) == SESSION
    store.close()


def test_a_newer_schema_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "n.sqlite3"
    SqliteStore(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError, match="made by a newer version"):
        SqliteStore(path)


def test_a_file_of_the_first_version_becomes_one_of_this(tmp_path: Path) -> None:
    path = tmp_path / "n.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript((Path(__file__).parent / "data" / "store_v1.sql").read_text())
    connection.close()
    store = SqliteStore(path)
    session = store.session("sess_v1")
    assert session is not None
    assert session.then == Then("transfer", to="front_desk", position=(1, 7), due=True)
    assert [stream.stream_sid for stream in session.streams] == ["MZ1", "MZ2"]
    assert store.sessions_of("west-bethel-motel", CALLER, 10) == [session]
    assert store.sessions_keyed("west-bethel-motel", session.keypad_phone, 10) == [session]
    assert [turn.text for turn in store.turns("sess_v1")] == ["a room, please"]
    [call] = store.tool_calls("sess_v1")
    assert (call.engine_result, call.change_id, call.left) == ({"lead_id": "lead_1"}, "", "")
    [lead] = store.leads("sess_v1")
    assert lead.name_clip == Clip(1, 5200, 6100)
    assert store.taken("west-bethel-motel", NIGHTS[0], NIGHTS[1]) == {("suite", "301", NIGHTS[0])}
    seen: list[object] = []
    store.apply_event("event_1", "sess_v1", seen.append)
    assert seen == []  # it was counted by the first version
    store.close()
    SqliteStore(path).close()  # and opens again
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
    connection.close()


def test_every_question_of_a_record_is_answered_from_an_index(tmp_path: Path) -> None:
    path = tmp_path / "n.sqlite3"
    SqliteStore(path).close()
    connection = sqlite3.connect(path)
    for how in KINDS.values():
        questions = [{*finder} - how.many for finder in how.finders] + ([{"status"}] if how.due else [])
        for fields in questions:
            if how.due and how.collection == "reservations" and fields == {"status"}:
                fields = {"property_id", "status"}
            where = " AND ".join(f"[{name}] = ''" for name in sorted(fields))
            plan = connection.execute(f"EXPLAIN QUERY PLAN SELECT document FROM {how.collection} WHERE {where}")
            assert "USING INDEX" in plan.fetchone()[3], (how.collection, fields)
    connection.close()


def test_a_file_that_cannot_be_opened_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot open"):
        SqliteStore(tmp_path / "missing" / "n.sqlite3")


def test_the_write_ahead_log_is_on(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "n.sqlite3")
    with store._connection() as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    store.close()
