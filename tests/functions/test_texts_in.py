"""Guests who write: one conversation a day with the clerk."""

import re

import pytest
from nightdesk import guests
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.records import Message, Text
from nightdesk.sinks import MemoryPublisher

from .conftest import CALLED, CALLER, Clock
from .schemas import validator
from .texting import HOTEL, Phone, day_of, phone

__all__ = ["phone"]


def test_a_question_is_answered_from_the_hotels_pages_in_writing(phone: Phone, store: MemoryStore) -> None:
    assert "pets" in phone.texts("Do you take dogs?").lower()
    [session] = day_of(store)
    assert (session.channel, session.direction, session.called) == ("sms", "inbound", CALLED)
    assert [t.role for t in store.turns(session.session_id)] == ["user", "assistant"]
    assert [c.name for c in store.tool_calls(session.session_id)] == ["search_kb"]


def test_the_conversation_goes_on_with_the_next_text_and_leaves_what_was_asked_for(
    phone: Phone, store: MemoryStore
) -> None:
    phone.texts("I want to leave a message for the manager")
    phone.texts("I left my umbrella in room 101")
    answer = phone.texts("yes")
    [session] = day_of(store)
    [left] = store.records(Message, session_id=session.session_id)
    assert "umbrella" in left.text
    assert left.phone == CALLER
    assert "noted your message" in answer


def test_a_text_that_comes_twice_gets_the_same_answer_and_counts_once(phone: Phone, store: MemoryStore) -> None:
    first = phone.texts("Do you have a pool?", MessageSid="SM" + "a" * 32)
    again = phone.texts("Do you have a pool?", MessageSid="SM" + "a" * 32)
    assert first == again != ""
    [session] = day_of(store)
    assert len(store.turns(session.session_id)) == 2
    assert len(store.records(Text, session_id=session.session_id)) == 1


def test_another_day_and_another_number_are_other_conversations(phone: Phone, store: MemoryStore, clock: Clock) -> None:
    phone.texts("Do you have a pool?")
    phone.texts("Do you have a pool?", From="+12075550199")
    clock.forward(hours=24)
    phone.texts("Do you have a pool?")
    assert len(day_of(store)) == 2
    assert len(day_of(store, "+12075550199")) == 1


def test_a_text_takes_no_line_and_no_end_of_it_is_awaited(phone: Phone, store: MemoryStore) -> None:
    phone.texts("Do you have a pool?")
    assert [session.slot for session in day_of(store)] == [None]
    assert store.unfinished_sessions(10) == []


def test_spanish_is_answered_in_spanish(phone: Phone) -> None:
    assert re.search(r"\b(piscina|abierta|sí)\b", phone.texts("¿Tienen piscina en el hotel?").lower())


def test_a_picture_without_words_is_told_that_we_read(phone: Phone) -> None:
    assert phone.texts("", NumMedia="1") == "I can only read text. Please write to me what it is about."


def test_a_forged_text_is_forbidden(phone: Phone, store: MemoryStore) -> None:
    answer = phone.twilio.post("/voice/twilio/sms", signature="x" * 28, Body="STOP", MessageSid="SM" + "1" * 32)
    assert answer.status_code == 403
    assert guests.find(store, HOTEL, CALLER) is None


def test_what_was_written_and_done_is_told_as_events(phone: Phone, publisher: MemoryPublisher) -> None:
    phone.texts("Do you have a pool?")
    kinds = [event["event_type"] for event in publisher.events]
    assert kinds == [
        "conversation.started",
        "conversation.message",
        "conversation.function_call",
        "conversation.message",
    ]
    assert {event["channel"] for event in publisher.events} == {"sms"}
    for event in publisher.events:
        validator("event", "event").validate(event)
    assert len({event["event_id"] for event in publisher.events}) == len(publisher.events)


def test_a_tool_that_fails_is_apologised_for_and_the_next_text_is_answered(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nightdesk.errors import Busy
    from nightdesk.runner import ToolRunner

    real = ToolRunner.run

    def broken(*_: object, **__: object) -> None:
        raise Busy("unavailable", "all hang")

    monkeypatch.setattr(ToolRunner, "run", broken)
    assert "something went wrong" in phone.texts("Do you have a pool?")
    monkeypatch.setattr(ToolRunner, "run", real)
    assert "pool" in phone.texts("Do you have a pool?").lower()
