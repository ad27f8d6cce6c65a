"""conversation.ended: once, in every order of arrival, with what the store remembers. Through the functions."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from nightdesk import finalise, properties
from nightdesk.conversation import Session
from nightdesk.errors import PublishError
from nightdesk.finalise import conclude, ended_by
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher

from .conftest import SESSION_ID, Clock, Service, Twilio
from .schemas import validator

LEAD = {"name": "Ann", "name_confirmed": True, "phone_source": "caller_line"}
STAY = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
USAGE = {
    "total_tokens": 2120,
    "input_token_details": {
        "text_tokens": 1400,
        "audio_tokens": 420,
        "cached_tokens_details": {"text_tokens": 1152, "audio_tokens": 256},
    },
    "output_token_details": {"text_tokens": 60, "audio_tokens": 240},
}


def relay_event(event_type: str, n: int, attempt: int = 1, **payload: Any) -> dict[str, Any]:
    return {
        "v": 1,
        "event_id": f"{SESSION_ID}-relay-{attempt}-{n}",
        "event_type": event_type,
        "session_id": SESSION_ID,
        "channel": "voice",
        "timestamp": "2026-11-20T17:01:00.000Z",
        "property_id": "west-bethel-motel",
        "attempt": attempt,
        **payload,
    }


def stream_ended(attempt: int = 1, **changes: Any) -> dict[str, Any]:
    stream = {"reason": "then", "duration_ms": 89000, "turns": 4, "tool_calls": 1, "usage": USAGE}
    stream |= {"engine": "openai", "model": "gpt-realtime-2.1", **changes}
    return relay_event("stream.ended", 20, attempt, stream=stream)


def ended_events(publisher: MemoryPublisher) -> list[dict[str, Any]]:
    return [event for event in publisher.events if event["event_type"] == "conversation.ended"]


def stored(store: MemoryStore) -> Session:
    session = store.session(SESSION_ID)
    assert session is not None
    return session


class Line:
    """The last things that happen to a call, to be put in any order."""

    def __init__(self, twilio: Twilio, sink: Service, jobs: Service) -> None:
        self._twilio, self._sink, self._jobs = twilio, sink, jobs

    def status(self) -> None:
        fields = {"CallStatus": "completed", "CallDuration": "92"}
        assert self._twilio.post("/voice/twilio/status", **fields).status_code == 204

    def stream_ended(self) -> None:
        assert self._sink.push(stream_ended()).status_code == 204

    def reconcile(self) -> None:
        assert self._jobs.post("/jobs/reconcile", {}).status_code == 200


@pytest.fixture
def line(twilio: Twilio, event_sink: Service, jobs: Service) -> Line:
    return Line(twilio, event_sink, jobs)


STEPS = ["status", "status", "stream_ended", "stream_ended", "reconcile"]


@pytest.mark.parametrize("order", sorted(set(itertools.permutations(STEPS))), ids=lambda order: "-".join(order))
def test_it_is_written_once_in_every_order_of_arrival(
    line: Line, call: Service, publisher: MemoryPublisher, order: tuple[str, ...]
) -> None:
    for step in order:
        getattr(line, step)()
    [event] = ended_events(publisher)
    validator("event", "event").validate(event)
    assert event["event_id"] == f"{SESSION_ID}-ended"
    assert event["summary"]["duration_seconds"] == 92
    assert event["summary"]["usage"]["total_tokens"] == 2120


def test_it_waits_for_the_report_of_the_stream(line: Line, call: Service, publisher: MemoryPublisher) -> None:
    line.status()
    assert ended_events(publisher) == []
    line.stream_ended()
    assert len(ended_events(publisher)) == 1


def test_a_relay_that_died_is_waited_for_30_seconds(
    line: Line, call: Service, publisher: MemoryPublisher, clock: Clock
) -> None:
    line.status()
    clock.forward(seconds=29)
    line.reconcile()
    assert ended_events(publisher) == []
    clock.forward(seconds=1)
    line.reconcile()
    assert len(ended_events(publisher)) == 1
    line.stream_ended()
    line.reconcile()
    assert len(ended_events(publisher)) == 1


def test_one_that_cannot_be_concluded_does_not_keep_the_others_from_it(
    line: Line, call: Service, publisher: MemoryPublisher, store: MemoryStore, clock: Clock, jobs: Service
) -> None:
    """An engine has reported words where figures belong."""
    odd = stream_ended(usage={"output_token_details": {"text_tokens": "many"}})["stream"]
    session, early = stored(store), clock() - timedelta(minutes=1)
    streams = (replace(session.streams[0], ended=odd),)
    broken = replace(session, session_id="sess_broken", start_time=early, terminal_at=early, streams=streams)
    store.change_session("sess_broken", lambda _: broken)
    line.status()
    clock.forward(seconds=30)
    answer = jobs.post("/jobs/reconcile", {})
    assert [event["session_id"] for event in ended_events(publisher)] == [SESSION_ID]
    assert (answer.status_code, answer.get_json()["failed"]) == (503, ["sess_broken"])


def test_only_the_newest_stream_is_waited_for(
    line: Line, call: Service, token: Callable[..., str], event_sink: Service, publisher: MemoryPublisher
) -> None:
    """The relay of attempt 1 was killed; its report never comes."""
    call.session(token(attempt=2), stream_sid="MZ" + "f" * 32)
    line.status()
    event_sink.push(stream_ended(attempt=2))
    [event] = ended_events(publisher)
    assert (event["attempt"], event["summary"]["recovered"]) == (2, True)


def test_a_stream_that_never_came_to_life_is_not_waited_for(
    line: Line, call: Service, twilio: Twilio, publisher: MemoryPublisher
) -> None:
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    line.stream_ended()
    line.status()
    assert len(ended_events(publisher)) == 1


def test_a_guest_who_hangs_up_before_any_stream_has_abandoned_the_call(
    line: Line, publisher: MemoryPublisher, store: MemoryStore
) -> None:
    line.status()
    [event] = ended_events(publisher)
    assert event["summary"]["outcome"] == "abandoned"
    assert stored(store).status == "completed"


def test_a_call_whose_status_never_came_is_concluded_in_the_end(
    line: Line, call: Service, publisher: MemoryPublisher, clock: Clock, store: MemoryStore
) -> None:
    clock.forward(hours=4)
    line.reconcile()
    assert ended_events(publisher) == []
    clock.forward(minutes=10)
    line.reconcile()
    assert len(ended_events(publisher)) == 1
    assert stored(store).status == "failed"


def test_a_broker_that_is_down_delays_it_and_loses_nothing(
    line: Line, call: Service, event_sink: Service, publisher: MemoryPublisher, jobs: Service
) -> None:
    publisher.broken = True
    line.status()
    assert event_sink.push(stream_ended()).status_code == 503
    failed = jobs.post("/jobs/reconcile", {})
    assert (failed.status_code, failed.get_json()["failed"]) == (503, [SESSION_ID])
    publisher.broken = False
    assert event_sink.push(stream_ended()).status_code == 204
    assert len(ended_events(publisher)) == 1


def test_who_died_while_publishing_is_stood_in_for(
    line: Line, call: Service, store: MemoryStore, publisher: MemoryPublisher, clock: Clock, event_sink: Service
) -> None:
    line.stream_ended()
    line.status()
    event = ended_events(publisher)[0]
    publisher.events.clear()
    taken = replace(stored(store), ended_published=False, publishing_at=clock())
    store.change_session(SESSION_ID, lambda _: taken)
    line.reconcile()
    assert publisher.events == []  # somebody else has just begun
    clock.forward(seconds=30)
    line.reconcile()
    assert publisher.events == [event]


def test_two_functions_at_once_publish_once(
    line: Line, call: Service, store: MemoryStore, clock: Clock, publisher: MemoryPublisher
) -> None:
    class Nested(MemoryPublisher):
        """Another function finds the call due while this one is publishing."""

        def publish(self, event: dict[str, Any], *, timeout_s: float = 5.0) -> None:
            assert not finalise.finalise(store, publisher, SESSION_ID, clock())
            super().publish(event)

    store.change_session(SESSION_ID, lambda s: replace(s, terminal_at=clock() - timedelta(minutes=1)) if s else None)
    nested = Nested()
    assert finalise.finalise(store, nested, SESSION_ID, clock())
    assert len(nested.events) == 1
    assert publisher.events == []


def test_a_failed_publishing_is_free_to_be_tried_at_once(call: Service, store: MemoryStore, clock: Clock) -> None:
    store.change_session(SESSION_ID, lambda s: replace(s, terminal_at=clock() - timedelta(minutes=1)) if s else None)
    publisher = MemoryPublisher()
    publisher.broken = True
    with pytest.raises(PublishError):
        finalise.finalise(store, publisher, SESSION_ID, clock())
    publisher.broken = False
    assert finalise.finalise(store, publisher, SESSION_ID, clock())


# what it says


def summary(line: Line, publisher: MemoryPublisher) -> dict[str, Any]:
    line.stream_ended()
    line.status()
    found: dict[str, Any] = ended_events(publisher)[0]["summary"]
    return found


def test_a_call_with_a_lead(line: Line, call: Service, publisher: MemoryPublisher, store: MemoryStore) -> None:
    call.turn(1, "assistant", "Hello")
    call.turn(2, "user", "call me back")
    call.tool("check_availability", "call_1", **STAY)
    call.tool("create_lead", "call_2", **LEAD)
    call.tool("create_lead", "call_3", **LEAD)
    call.tool("end_call", "call_4")
    said = summary(line, publisher)
    assert (said["outcome"], said["lead_created"], said["function_calls"]) == ("lead_created", True, 3)
    assert said["messages_count"] == 2
    assert said["cost_usd"] == pytest.approx(0.023603, abs=1e-6)
    session = stored(store)
    assert session.lead_id == store.leads(SESSION_ID)[0].lead_id
    assert session.tools_executed == ("check_availability", "create_lead", "end_call")
    assert session.transcription == "assistant: Hello\nuser: call me back"


def test_a_full_house_is_information_too(
    line: Line, call: Service, publisher: MemoryPublisher, store: MemoryStore
) -> None:
    hotel = properties.load().by_id["west-bethel-motel"]
    for room_type in hotel.room_types:
        for room in room_type.rooms:
            store.take(hotel.property_id, room_type.room_type, room, [date(2026, 11, 27)], "other")
    assert call.tool("check_availability", **STAY).get_json()["error"]["code"] == "no_availability"
    assert summary(line, publisher)["outcome"] == "information_provided"


def test_a_question_that_could_not_be_asked_rightly_is_not(
    line: Line, call: Service, publisher: MemoryPublisher
) -> None:
    call.tool("check_availability", check_in="soon")
    assert summary(line, publisher)["outcome"] == "abandoned"


def test_an_answered_question_is_information(line: Line, call: Service, publisher: MemoryPublisher) -> None:
    call.tool("check_availability", **STAY)
    assert summary(line, publisher)["outcome"] == "information_provided"


def test_what_was_left_for_people_is_the_outcome(line: Line, call: Service, publisher: MemoryPublisher) -> None:
    call.tool("take_message", "call_1", for_whom="the manager", message="Hello")
    asked = {"when": "tomorrow", "time": "15:00", "reason": "x", "phone_source": "caller_line"}
    call.tool("schedule_callback", "call_2", **asked)
    assert summary(line, publisher)["outcome"] == "callback_scheduled"


def test_a_request_to_the_staff_is_a_message(line: Line, call: Service, publisher: MemoryPublisher) -> None:
    call.tool("request_service", service="cot", room="203")
    assert summary(line, publisher)["outcome"] == "message_taken"


def test_a_place_nearby_is_information(line: Line, call: Service, publisher: MemoryPublisher) -> None:
    call.tool("concierge_info", category="sights")
    assert summary(line, publisher)["outcome"] == "information_provided"


def test_an_answer_without_a_tool_is_information(line: Line, call: Service, publisher: MemoryPublisher) -> None:
    call.turn(1, "assistant", "Hello")
    call.turn(2, "user", "when is check-in?")
    call.turn(3, "assistant", "At three.")
    assert summary(line, publisher)["outcome"] == "information_provided"


def test_silence_is_abandoned(line: Line, call: Service, publisher: MemoryPublisher, twilio: Twilio) -> None:
    call.turn(1, "assistant", "Hello")
    call.turn(2, "user", "")
    call.then(reason="idle")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    said = summary(line, publisher)
    assert (said["outcome"], said["ended_by"]) == ("abandoned", "system")


def test_an_answered_transfer(line: Line, call: Service, publisher: MemoryPublisher, twilio: Twilio) -> None:
    call.tool("transfer_to_human", "call_1")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    twilio.post("/voice/twilio/dial-ended?attempt=1", DialCallStatus="completed")
    said = summary(line, publisher)
    assert (said["outcome"], said["transferred_to"], said["ended_by"]) == ("transferred", "front_desk", "transfer")


def test_an_unanswered_last_resort_is_a_failure(
    line: Line, call: Service, publisher: MemoryPublisher, twilio: Twilio, clock: Clock
) -> None:
    call.then(reason="over_time")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    twilio.post("/voice/twilio/dial-ended?attempt=1", DialCallStatus="busy")
    twilio.post("/voice/twilio/dial-ended?attempt=1&dial=2", DialCallStatus="no-answer")
    line.stream_ended()
    line.status()
    assert ended_events(publisher) == [], "a message may have been left"
    clock.forward(seconds=30)
    line.reconcile()
    said = ended_events(publisher)[0]["summary"]
    assert (said["outcome"], said["transferred_to"], said["ended_by"]) == ("failed", None, "guest")


def test_the_agents_goodbye(line: Line, call: Service, publisher: MemoryPublisher, twilio: Twilio) -> None:
    call.tool("end_call", "call_1")
    call.then(tool_call_id="call_1")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    assert summary(line, publisher)["ended_by"] == "agent"


def test_a_guest_who_hangs_up(line: Line, call: Service, publisher: MemoryPublisher) -> None:
    assert summary(line, publisher)["ended_by"] == "guest"


def test_a_tool_after_the_conclusion_is_refused(line: Line, call: Service, publisher: MemoryPublisher) -> None:
    summary(line, publisher)
    answer = call.tool("create_lead", "call_1", **LEAD)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "session_ended")


def test_a_write_under_way_when_the_guest_hangs_up_is_still_done(
    line: Line, call: Service, publisher: MemoryPublisher, store: MemoryStore
) -> None:
    line.status()
    assert call.tool("create_lead", "call_1", **LEAD).status_code == 200
    line.stream_ended()
    assert ended_events(publisher)[0]["summary"]["outcome"] == "lead_created"


def test_conclude_is_pure(call: Service, store: MemoryStore, clock: Clock) -> None:
    session = stored(store)
    assert conclude(session, [], [], clock()) == conclude(session, [], [], clock())
    assert ended_by(replace(session, terminal_status="completed")) == "guest"
