"""What is Firestore's own: indexes that the emulator does not ask for, ids, and errors in our words."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import ServiceUnavailable
from nightdesk import bootstrap, config
from nightdesk.conversation import Session, ToolCall, Turn
from nightdesk.errors import StoreError
from nightdesk.hotel import firestore_indexes, firestore_ledger, stays
from nightdesk.hotel.firestore_base import Writes, identifier
from nightdesk.hotel.kinds import KINDS
from nightdesk.hotel.ports import LedgerChange
from nightdesk.hotel.store_firestore import FirestoreStore

from .conftest import CALLER, ENVIRONMENT, SESSION_ID
from .stored import FRIDAY, NOW, QUEENS, hold


def test_terraform_has_the_indexes_that_the_store_asks_for() -> None:
    """`python -m nightdesk.hotel.firestore_indexes`, in functions/, writes the file."""
    assert firestore_indexes.FILE.read_text() == firestore_indexes.text()


def test_an_index_is_written_as_firebase_writes_it() -> None:
    indexes = json.loads(firestore_indexes.text())["indexes"]
    assert {
        "collectionGroup": "guests",
        "queryScope": "COLLECTION",
        "fields": [
            {"fieldPath": "phones", "arrayConfig": "CONTAINS"},
            {"fieldPath": "property_id", "order": "ASCENDING"},
            {"fieldPath": "created_at", "order": "DESCENDING"},
        ],
    } in indexes


def test_a_query_without_an_index_fails_here_and_not_in_production(firestore: FirestoreStore) -> None:
    with pytest.raises(LookupError, match="room"):
        firestore._select("reservations", {"room": "101"}, order="created_at")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "__x__", "~", "é" * 700, "dtmf-1-2", "a" * 2000])
def test_any_text_becomes_an_id_that_firestore_takes(name: str) -> None:
    made = identifier(name)
    assert made not in ("", ".", "..")
    assert "/" not in made
    assert not made.startswith("__")
    assert len(made.encode()) <= 1500


def test_ids_that_differ_stay_different() -> None:
    names = ["", "~", ".", "~.", "..", "a/b", "a%2Fb", "__x", "~__x", "a" * 1001, "a" * 1002]
    assert len({identifier(name) for name in names}) == len(names)


def test_instants_come_back_as_plain_ones(firestore: FirestoreStore) -> None:
    firestore.book(hold(), QUEENS)
    found = firestore.reservation("res_1")
    assert found is not None
    assert type(found.created_at) is datetime
    assert found.created_at.tzinfo is UTC


def test_what_is_remembered_of_a_ledger_is_never_taken_for_what_is(firestore: FirestoreStore) -> None:
    """Two instances of a function on the same call: what one has seen is old after the other's change."""
    other = FirestoreStore(firestore._client.project, "(default)")

    def put(store: FirestoreStore, name: str) -> int:
        call = ToolCall(name, "search_kb", {}, "d", "m", 1, 1, NOW)
        return store.change_ledger(SESSION_ID, lambda calls: LedgerChange(len(calls), put=(call,)))

    def count(store: FirestoreStore) -> int:
        return store.change_ledger(SESSION_ID, lambda calls: LedgerChange(len(calls)))

    assert [put(firestore, "1"), put(other, "2"), put(firestore, "3"), put(other, "3")] == [0, 1, 2, 3]
    assert (count(firestore), count(other)) == (3, 3)
    [head] = firestore._get(firestore._head(SESSION_ID))
    assert head.get("changes") == 4  # production keeps the time of a document that is written as it was
    other.change_ledger(SESSION_ID, lambda calls: LedgerChange(None, remove=("1",)))
    assert count(firestore) == 2
    assert [call.tool_call_id for call in firestore.tool_calls(SESSION_ID)] == ["2", "3"]
    other.close()


def test_a_first_claim_that_is_only_half_to_be_seen_is_not_made_a_second_time(firestore: FirestoreStore) -> None:
    """The emulator shows a commit to a query that runs meanwhile write by write: the call, and not yet the head."""
    other = FirestoreStore(firestore._client.project, "(default)")
    call = ToolCall("1", "search_kb", {}, "d", "m", 1, 1, NOW)
    other.change_ledger(SESSION_ID, lambda _: LedgerChange(None, put=(call,)))
    [head] = firestore._get(firestore._head(SESSION_ID))
    firestore._head(SESSION_ID).delete()
    seen: list[list[str]] = []

    def claim(calls: Sequence[ToolCall]) -> LedgerChange[None]:
        seen.append([call.tool_call_id for call in calls])
        if len(seen) == 1:  # now the head is to be seen, too
            firestore._head(SESSION_ID).create(head.to_dict())
        return LedgerChange(None, put=(replace(call, tool_call_id="2"),))

    firestore.change_ledger(SESSION_ID, claim)
    assert seen == [["1"], ["1"]]  # decided again: the first decision was not committed
    assert [call.tool_call_id for call in firestore.tool_calls(SESSION_ID)] == ["1", "2"]
    other.close()


def test_a_change_is_committed_with_its_conditions_last(
    firestore: FirestoreStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So whoever finds the head as it is now has found the calls that go with it, on the emulator as well."""
    sent: list[list[str]] = []
    api = firestore._client._firestore_api
    commit = api.commit

    def listening(**request: Any) -> Any:
        sent.append([write.update.name.rpartition("/")[2] for write in request["request"]["writes"]])
        return commit(**request)

    monkeypatch.setattr(api, "commit", listening)
    for name in ("1", "2"):  # once with a new head, once with one that is there
        call = ToolCall(name, "search_kb", {}, "d", "m", 1, 1, NOW)
        firestore.change_ledger(SESSION_ID, lambda _, c=call: LedgerChange(None, put=(c,)))  # type: ignore[misc]
    assert sent == [["1", "!head"], ["2", "!head"]]


def test_only_so_many_ledgers_are_remembered(firestore: FirestoreStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(firestore_ledger, "_REMEMBERED", 2)
    for session_id in ("sess_1", "sess_2", "sess_3"):
        call = ToolCall("1", "search_kb", {}, "d", "m", 1, 1, NOW)
        firestore.change_ledger(session_id, lambda _, c=call: LedgerChange(None, put=(c,)))  # type: ignore[misc]
    assert list(firestore._remembered) == ["sess_2", "sess_3"]


def test_a_commit_whose_answer_was_lost_counts_once(firestore: FirestoreStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client asks again by itself, and then its own first request stands in its way."""
    api = firestore._client._firestore_api
    commit = api.commit

    def twice(*, retry: Any, **request: Any) -> Any:
        commit(**request)
        retry._on_error(ServiceUnavailable("the answer was lost"))  # type: ignore[no-untyped-call]
        return commit(**request)

    monkeypatch.setattr(api, "commit", twice)
    for _ in range(2):  # once for a new document, once for one that is there
        firestore.change_locks(["caller:+1"], lambda locks: [lock.failed(NOW) for lock in locks])
    firestore.book(hold(), QUEENS)
    firestore.change_reservation("res_1", lambda r: replace(r, adults=r.adults + 1))
    monkeypatch.undo()
    assert len(firestore.locks(["caller:+1"])[0].failures) == 2
    found = firestore.reservation("res_1")
    assert found is not None
    assert (found.adults, found.version) == (3, 2)


@pytest.mark.parametrize("what", ["book", "change"])
def test_a_query_that_saw_two_moments_refuses_nobody_a_room(
    firestore: FirestoreStore, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A rival moves from 101 to 102, and the query sees both; the emulator shows a batch write by write."""
    firestore.book(hold("rival"), ["102"])
    firestore.book(hold("res_1", check_in=FRIDAY + timedelta(days=7)), ["101"])
    taken, views = firestore.taken, iter([True])

    def torn(property_id: str, first: date, end: date) -> set[stays.Night]:
        seen = taken(property_id, first, end)
        return seen | {(kind, "101", night) for kind, _, night in seen} if next(views, False) else seen

    monkeypatch.setattr(firestore, "taken", torn)
    if what == "book":
        assert firestore.book(hold("res_2"), ["101", "102"]).room == "101"
    else:
        moved = firestore.change_reservation(
            "res_1", lambda r: replace(r, check_in=FRIDAY, check_out=FRIDAY + timedelta(days=2)), rooms=["101", "102"]
        )
        assert moved is not None
        assert moved.room == "101"
    assert next(views, None) is None, "the view of two moments was not seen"


def test_long_texts_have_no_index() -> None:
    overrides = json.loads(firestore_indexes.text())["fieldOverrides"]
    assert {"collectionGroup": "tool_ledger", "fieldPath": "answer", "indexes": []} in overrides
    assert {"collectionGroup": "processed_events", "fieldPath": "expires_at", "ttl": True, "indexes": []} in overrides
    for collection, fields in firestore_indexes.UNINDEXED.items():
        kind = {**{k.collection: t for t, k in KINDS.items()}, "voice_calls": Session, "tool_ledger": ToolCall}
        kind["conversation_turns"] = Turn
        assert set(fields) <= {field.name for field in dataclasses.fields(kind[collection])}


def test_the_setting_opens_it(firestore_host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", firestore_host)
    settings = config.load("jobs", {**ENVIRONMENT, "STORE": "firestore", "FIRESTORE_PROJECT": "t-setting"})
    store = bootstrap.open_store(settings)
    assert isinstance(store, FirestoreStore)
    assert store.session(SESSION_ID) is None
    store.close()


def test_a_database_that_is_out_of_reach_is_a_store_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    store = FirestoreStore("t-nobody", "(default)", timeout_s=0.2)
    for reach in (
        lambda: store.session(SESSION_ID),
        lambda: store.turns(SESSION_ID),
        lambda: store.calls_taken("motel", CALLER, NOW, 1),
        lambda: store._committed(Writes(create=[(store._document("leads", "lead_1"), {})])),
    ):
        with pytest.raises(StoreError, match="Firestore"):
            reach()
    store.close()
