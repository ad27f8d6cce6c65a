"""Texts of guests who were forgotten."""

from typing import Any

import pytest
from nightdesk import guests
from nightdesk.conversation import Session
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.records import Guest, Message, Text
from nightdesk.tools_client import Reply, ToolsClient

from .conftest import CALLER, Clock, Service
from .texting import HOTEL, Phone, day_of, phone

__all__ = ["phone"]


def erase(jobs: Service) -> int:
    return jobs.post("/jobs/guests/erase", {"property_id": HOTEL, "phone": CALLER}).status_code


def held(store: MemoryStore, session: Session) -> str:
    """All that a store holds of a conversation."""
    records = [store.records(kind, session_id=session.session_id) for kind in (Message, Text)]  # type: ignore[type-var]
    said = store.turns(session.session_id), store.tool_calls(session.session_id)
    return repr((store.session(session.session_id), said, records))


def test_an_erased_guest_leaves_no_words_of_their_texts(phone: Phone, store: MemoryStore, jobs: Service) -> None:
    phone.texts("I want to leave a message for the manager")
    assert "umbrella" in phone.texts("I left my umbrella in room 101")
    [session] = day_of(store)
    assert "umbrella" in repr(session.steps)
    assert erase(jobs) == 200
    assert "umbrella" not in held(store, session)
    assert CALLER not in held(store, session)
    assert store.records(Guest, property_id=HOTEL, phones=CALLER) == []


def test_a_text_that_comes_again_after_an_erasure_is_not_taken_for_a_new_one(
    phone: Phone, store: MemoryStore, jobs: Service
) -> None:
    phone.texts("STOP")
    phone.texts("START")
    assert erase(jobs) == 200
    assert phone.texts("STOP", MessageSid=f"SM{1:032x}") == ""
    assert guests.find(store, HOTEL, CALLER) is None
    assert day_of(store) == []


def test_who_has_stopped_gets_silence_after_an_erasure_too(phone: Phone, jobs: Service) -> None:
    phone.texts("STOP")
    assert erase(jobs) == 200
    assert phone.texts("Do you have a pool?") == ""
    phone.texts("START")
    assert "pool" in phone.texts("Do you have a pool?").lower()


def test_what_is_written_after_an_erasure_of_the_same_day_can_be_erased_too(
    phone: Phone, store: MemoryStore, jobs: Service
) -> None:
    erased = []
    for thing in ("umbrella", "raincoat", "suitcase"):
        phone.texts("I want to leave a message for the manager")
        assert thing in phone.texts(f"I left my {thing} in room 101")
        [session] = day_of(store)
        erased.append(session)
        assert erase(jobs) == 200
        assert day_of(store) == []
    assert len({session.session_id for session in erased}) == 3
    for session in erased:
        assert "I left my" not in held(store, session)
        assert CALLER not in held(store, session)


def test_what_is_written_after_an_erasure_is_erased_when_its_days_are_over(
    phone: Phone, store: MemoryStore, jobs: Service, clock: Clock
) -> None:
    phone.texts("Do you have a pool?")
    assert erase(jobs) == 200
    phone.texts("I want to leave a message for the manager")
    phone.texts("I left my umbrella in room 101")
    [session] = day_of(store)
    clock.forward(days=4000)
    assert jobs.post("/jobs/retention", {}).get_json()["conversations"] == 1
    assert "umbrella" not in held(store, session)


def test_a_text_that_an_erasure_overtakes_is_neither_answered_nor_kept(
    phone: Phone, store: MemoryStore, jobs: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone.texts("I want to leave a message for the manager")
    [session] = day_of(store)
    reply = ToolsClient.reply

    def overtaken(*asked: Any) -> Reply:
        assert erase(jobs) == 200
        answer = reply(*asked)
        assert "umbrella" in answer.say + held(store, session)
        return answer

    monkeypatch.setattr(ToolsClient, "reply", overtaken)
    assert phone.texts("I left my umbrella in room 101") == ""
    assert "umbrella" not in held(store, session)
    assert CALLER not in held(store, session)
