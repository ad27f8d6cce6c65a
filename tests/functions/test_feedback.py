"""How a guest found their stay: what a satisfaction call keeps, who is told, and what an analyst sees of it."""

from dataclasses import replace
from typing import Any

import pytest
from nightdesk import events, finalise
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.records import Message
from nightdesk.sinks import MemoryPublisher

from .conftest import CALLER, Clock
from .outbound_house import HOTEL, CallingHouse, house
from .schemas import validator
from .twiml_answers import shown_token

__all__ = ["house"]
STAY = {"name": "Ada Lee", "check_out": "2026-11-20"}


@pytest.fixture
def call(house: CallingHouse) -> OutboundCall:
    """Somebody has answered, and talks with an engine."""
    house.agrees()
    house.ordered(purpose="satisfaction", variables=STAY)
    [call] = house.open_calls()
    set_up = house.tools.session(shown_token(house.answers(call)), call_sid=call.call_sid)
    assert set_up.status_code == 200
    return call


def use(house: CallingHouse, call: OutboundCall, name: str, turn: int = 2, **arguments: Any) -> dict[str, Any]:
    tool_call_id = f"{'dtmf-1-' if name == 'handle_ivr_menu' else 'call_'}{turn}"
    about = {"session_id": call.session_id, "attempt": 1, "turn": turn, "tool_call_id": tool_call_id}
    answer: dict[str, Any] = house.tools.post(f"/tools/{name}", {"v": 1, **about, "arguments": arguments}).get_json()
    return answer


def messages(house: CallingHouse, call: OutboundCall) -> list[Message]:
    return house.store.records(Message, session_id=call.session_id)


def test_a_rating_is_kept_with_the_call_and_then_the_words(house: CallingHouse, call: OutboundCall) -> None:
    assert use(house, call, "record_feedback", rating=4)["result"]["spoken"] == (
        "Thank you, I have noted 4 out of five."
    )
    use(house, call, "record_feedback", 4, rating=4, comment="The view!")
    seen = house.seen(call.outbound_id)
    assert (seen["rating"], seen["comment"]) == (4, "The view!")
    assert messages(house, call) == []


def test_the_staff_hear_of_a_bad_one_once_and_in_the_end_all_of_it(house: CallingHouse, call: OutboundCall) -> None:
    assert "I have told our staff" in use(house, call, "record_feedback", rating=2)["result"]["spoken"]
    [told] = messages(house, call)
    assert (told.for_whom, told.urgent, told.phone, told.name) == ("the manager", True, CALLER, "Ada Lee")
    assert told.text == (
        "Ada Lee has rated the stay that ended on Friday, November 20 2 out of 5: nothing was said of why."
    )
    use(house, call, "record_feedback", 4, rating=2, comment="The shower was cold.")
    [told] = messages(house, call)
    assert told.text.endswith("2 out of 5: The shower was cold.")


@pytest.mark.parametrize(("rating", "true"), [(2, True), (5, False)])
def test_that_the_staff_have_been_told_is_only_said_where_it_is_so(
    house: CallingHouse, call: OutboundCall, rating: int, true: bool
) -> None:
    use(house, call, "record_feedback", rating=rating)
    said = {
        "v": 1,
        "attempt": 1,
        "turn": 3,
        "role": "assistant",
        "text": "I have told our staff.",
        "interrupted": False,
    }
    answer = house.tools.post(f"/sessions/{call.session_id}/turns", said).get_json()
    assert ("note" not in answer) is true


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("arguments", [{"rating": 1}, {"rating": 1, "comment": "Cold."}, {"rating": 5}])
def test_what_the_tool_says_needs_no_correction(
    house: CallingHouse, call: OutboundCall, language: str, arguments: dict[str, Any]
) -> None:
    house.store.change_session(call.session_id, lambda s: replace(s, language=language) if s else None)
    spoken = use(house, call, "record_feedback", **arguments)["result"]["spoken"]
    said = {"v": 1, "attempt": 1, "turn": 3, "role": "assistant", "text": spoken, "interrupted": False}
    assert "note" not in house.tools.post(f"/sessions/{call.session_id}/turns", said).get_json()


def test_a_rating_that_is_corrected_is_so_for_the_staff_too(house: CallingHouse, call: OutboundCall) -> None:
    use(house, call, "record_feedback", rating=1)
    use(house, call, "record_feedback", 4, rating=5)
    [told] = messages(house, call)
    assert "5 out of 5" in told.text


@pytest.mark.parametrize("arguments", [{}, {"rating": 0}, {"rating": 6}, {"rating": "good"}])
def test_only_one_to_five_is_a_rating(house: CallingHouse, call: OutboundCall, arguments: dict[str, Any]) -> None:
    assert use(house, call, "record_feedback", **arguments)["error"]["code"] == "invalid_arguments"
    assert house.seen(call.outbound_id)["rating"] is None


def test_an_analyst_sees_it_with_what_became_of_the_call(
    house: CallingHouse, call: OutboundCall, publisher: MemoryPublisher
) -> None:
    use(house, call, "record_feedback", rating=2, comment="Cold.")
    house.tells(call, "completed", CallDuration="42")
    [settled] = [e for e in publisher.events if e["event_type"] == events.OUTBOUND_SETTLED]
    validator("event", "event").validate(settled)
    about = {name: settled["outbound"][name] for name in ("purpose", "outcome", "rating", "comment")}
    assert about == {"purpose": "satisfaction", "outcome": "answered", "rating": 2, "comment": "Cold."}


def test_a_bad_rating_is_a_message_taken_and_a_good_one_is_not(house: CallingHouse, call: OutboundCall) -> None:
    session = house.store.session(call.session_id)
    assert session is not None
    for rating, outcome in ((5, "information_provided"), (2, "message_taken")):
        use(house, call, "record_feedback", rating + 2, rating=rating)
        assert finalise.outcome(session, [], house.store.tool_calls(call.session_id)) == outcome


@pytest.mark.parametrize(
    ("keys", "note"),
    [
        ("4", "The guest pressed 4: a rating from 1 to 5. Call record_feedback."),
        ("9", "The guest pressed 9: they want no more calls. Call stop_calls, then say goodbye."),
        ("6", "The guest pressed 1 key: that is not a phone number with area code."),
        ("44", "The guest pressed 2 keys: that is not a phone number with area code."),
    ],
)
def test_keys_are_what_the_opening_has_offered(house: CallingHouse, call: OutboundCall, keys: str, note: str) -> None:
    assert use(house, call, "handle_ivr_menu", keys=keys)["result"]["note"] == note


def test_in_other_calls_they_are_not_and_no_rating_is_asked_for(house: CallingHouse) -> None:
    house.agrees()
    house.ordered()
    [reminder] = house.open_calls()
    set_up = house.tools.session(shown_token(house.answers(reminder)), call_sid=reminder.call_sid).get_json()
    assert "record_feedback" not in {tool["name"] for tool in set_up["engine_session"]["tools"]}
    assert "record_feedback" not in set_up["engine_session"]["instructions"]
    assert use(house, reminder, "record_feedback", rating=1)["error"]["code"] == "unknown_tool"
    assert "rating" not in use(house, reminder, "handle_ivr_menu", keys="4")["result"]["note"]
    assert "no more calls" in use(house, reminder, "handle_ivr_menu", 3, keys="9")["result"]["note"]


def test_the_clerk_carries_the_whole_call(house: CallingHouse, call: OutboundCall) -> None:
    """Over the wire, by its session alone: nobody tells the clerk that the hotel has called, or why."""
    history: list[dict[str, Any]] = []

    def ask(said: str) -> str:
        history.append({"type": "message", "role": "user", "text": said, "item_id": f"item_{len(history)}"})
        while True:
            about = {"property_id": HOTEL, "session_id": call.session_id, "channel": "voice", "language": "en"}
            move = house.tools.post("/clerk", {"v": 1, **about, "history": history}).get_json()
            if "tool_call" not in move:
                history.append({"type": "message", "role": "assistant", "text": move["say"]})
                return str(move["say"])
            made = move["tool_call"]
            done = use(house, call, made["name"], len(history), **made["arguments"])
            result = done["result"] if done["ok"] else {"error": done["error"]}
            history.append({"type": "tool", "tool_call_id": f"c{len(history)}", **made, "result": result})

    opening = "How would you rate your stay, from one to five, where five is best? You can also press the key."
    history.append({"type": "message", "role": "assistant", "text": opening})
    assert ask("two").endswith("I have told our staff. What did you like, or what could we do better?")
    assert ask("the shower was cold") == "Thank you. Our staff will read that. Anything else?"
    assert ask("no thank you").startswith("Thank you for your time. You can reach West Bethel Motel at ")
    assert (house.seen(call.outbound_id)["rating"], len(messages(house, call))) == (2, 1)


def test_an_erased_guest_leaves_a_number_and_no_words(house: CallingHouse, call: OutboundCall, clock: Clock) -> None:
    use(house, call, "record_feedback", rating=2, comment="My name is Ada.")
    house.tells(call, "completed")
    clock.forward(minutes=1)
    house.jobs.post("/jobs/guests/erase", {"property_id": HOTEL, "phone": CALLER})
    kept = house.store.record(OutboundCall, call.outbound_id)
    assert kept is not None
    assert (kept.rating, kept.comment) == (2, "")
    assert "Ada" not in repr([kept, *messages(house, call)])
