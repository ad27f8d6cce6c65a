"""Messages, requests, callbacks, places nearby, another language, a hold, transfers: through the tools function."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.records import Callback, Guest, Message, ServiceRequest
from nightdesk.then import Then

from .conftest import CALLER, SESSION_ID, Clock, Service
from .test_tools import LEAD, error


def result(answer: Any) -> dict[str, Any]:
    body = answer.get_json()
    assert body["ok"], body
    found: dict[str, Any] = body["result"]
    return found


# messages


def test_a_message_is_noted_with_who_left_it(call: Service, store: MemoryStore) -> None:
    call.tool("create_lead", "call_1", **LEAD)
    said = result(call.tool("take_message", "call_2", for_whom="the manager", message="The heater hums.", urgent=True))
    assert said["spoken"] == "I have noted your message for the manager and marked it urgent."
    [message] = store.records(Message, session_id=SESSION_ID)
    assert (message.for_whom, message.text, message.urgent) == ("the manager", "The heater hums.", True)
    assert (message.name, message.phone, message.status) == ("Ann Lee", CALLER, "new")


def test_a_message_is_noted_once_and_two_messages_are_two(call: Service, store: MemoryStore) -> None:
    asked = {"for_whom": "Maria", "message": "Please bring the keys."}
    assert call.tool("take_message", "call_1", **asked).get_json()["replayed"] is False
    assert call.tool("take_message", "call_2", **asked).get_json()["replayed"] is True
    call.tool("take_message", "call_3", for_whom="Maria", message="And the blue bag.")
    assert call.tool("take_message", "call_4", **asked).get_json()["replayed"] is True
    assert len(store.records(Message, session_id=SESSION_ID)) == 2


def test_a_message_whose_outcome_was_lost_is_noted_once(
    call: Service, store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies after the record was written, before the ledger knows."""
    towels = {"service": "housekeeping", "room": "203", "details": "two towels"}
    call.tool("request_service", "call_0", **towels, when="tomorrow at 08:00")
    for n, (tool, asked) in enumerate(
        {"take_message": {"for_whom": "Bo", "message": "Hi"}, "request_service": towels}.items()
    ):
        with monkeypatch.context() as patch:
            kept = type(store).change_record

            def dies(self: Any, *about: Any, kept: Any = kept) -> None:
                kept(self, *about)
                raise RuntimeError("killed")

            patch.setattr(type(store), "change_record", dies)
            assert call.tool(tool, f"call_{n}a", **asked).status_code == 500
        assert call.tool(tool, f"call_{n}b", **asked).get_json()["ok"] is True
    assert len(store.records(Message, session_id=SESSION_ID)) == 1
    [request] = store.records(ServiceRequest, session_id=SESSION_ID)
    assert request.details == "two towels"


# requests


def test_a_wake_up_call_has_a_room_and_a_moment(call: Service, store: MemoryStore) -> None:
    said = result(call.tool("request_service", service="wake_up_call", room="203", when="tomorrow at seven"))
    assert (said["date"], said["time"], said["room"]) == ("2026-11-21", "07:00", "203")
    assert said["spoken"] == (
        "I have noted a wake-up call for room 203 for Saturday, November 21 at 7:00 AM. Our staff will see to it."
    )
    [request] = store.records(ServiceRequest, session_id=SESSION_ID)
    assert (request.due_at, request.status) == (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), "open")
    assert store.due_records(ServiceRequest, datetime(2026, 11, 21, 12, 0, tzinfo=UTC)) == [request]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"service": "wake_up_call", "when": "07:00"}, "room is missing: ask the guest for the number of their room"),
        ({"service": "wake_up_call", "room": "203"}, "when is missing: ask the guest for the day and the time"),
        ({"service": "cot", "room": "999"}, "there is no room 999: ask the guest for the number of their room"),
        (
            {"service": "wake_up_call", "room": "203", "when": "2026-11-20 07:00"},
            "that has passed: at the hotel it is Friday 2026-11-20 12:00. Ask for another time",
        ),
        (
            {"service": "breakfast"},
            "service must be one of: 'housekeeping', 'maintenance', 'wake_up_call', 'late_check_out', 'cot' or "
            "'lost_and_found'",
        ),
    ],
)
def test_what_is_missing_is_asked_for(call: Service, arguments: dict[str, str], message: str) -> None:
    assert error(call.tool("request_service", **arguments)) == (200, "invalid_arguments", message)


def test_another_wish_does_not_take_back_the_first(call: Service, store: MemoryStore) -> None:
    towels = {"service": "housekeeping", "room": "203", "details": "two towels"}
    call.tool("request_service", "call_1", **towels)
    call.tool("request_service", "call_2", **towels)
    said = result(call.tool("request_service", "call_3", **{**towels, "details": "a pillow"}))
    assert said["details"] == "two towels; a pillow"
    [request] = store.records(ServiceRequest, session_id=SESSION_ID)
    assert request.details == "two towels; a pillow"


def test_a_corrected_wake_up_call_is_one_call_also_when_it_is_corrected_back(call: Service, store: MemoryStore) -> None:
    for number, when in enumerate(("07:00", "06:30", "07:00")):
        call.tool("request_service", f"call_{number}", service="wake_up_call", room="203", when=when)
    [request] = store.records(ServiceRequest, session_id=SESSION_ID)
    assert request.due_at == datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_late_check_out_is_asked_for_and_not_promised(call: Service) -> None:
    said = result(call.tool("request_service", service="late_check_out", room="203", when="tomorrow at one"))
    assert said["time"] == "13:00"
    assert "They will tell you whether it is possible" in said["spoken"]


# callbacks


def test_a_callback_is_promised_at_a_time_of_the_hotels_clock(call: Service, store: MemoryStore) -> None:
    asked = {"when": "tomorrow", "time": "three in the afternoon", "reason": "the group rate"}
    said = result(call.tool("schedule_callback", **asked, phone_source="caller_line"))
    assert (said["date"], said["time"], said["phone_last4"]) == ("2026-11-21", "15:00", "0142")
    ends = "on the number ending in 0 1 4 2"
    assert said["spoken"] == f"We will call you on Saturday, November 21 at 3:00 PM, {ends}."
    [callback] = store.records(Callback, session_id=SESSION_ID)
    assert (callback.due_at, callback.phone, callback.status) == (
        datetime(2026, 11, 21, 20, 0, tzinfo=UTC),
        CALLER,
        "scheduled",
    )


def test_a_corrected_callback_is_one_callback(call: Service, store: MemoryStore) -> None:
    asked = {"when": "tomorrow", "reason": "the group rate", "phone_source": "caller_line"}
    for number, time in enumerate(("15:00", "16:00", "15:00")):
        call.tool("schedule_callback", f"call_{number}", **asked, time=time)
    [callback] = store.records(Callback, session_id=SESSION_ID)
    assert callback.due_at == datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "time", "message"),
    [
        ("today", "09:00", "that has passed: at the hotel it is Friday 2026-11-20 12:00. Ask for another time"),
        ("2027-03-01", "09:00", "a call can be promised 30 days ahead at most"),
        ("tomorrow", "at 3", "time: ask whether 3:00 is in the morning or in the afternoon"),
    ],
)
def test_a_callback_at_an_impossible_time_is_not_promised(
    call: Service, store: MemoryStore, when: str, time: str, message: str
) -> None:
    answer = call.tool("schedule_callback", when=when, time=time, reason="x", phone_source="caller_line")
    assert error(answer) == (200, "invalid_arguments", message)
    assert store.records(Callback, session_id=SESSION_ID) == []


def test_no_callback_is_promised_to_a_number_that_nobody_has_seen(tools: Service, token: Callable[..., str]) -> None:
    tools.session(token(caller=""))
    asked = {"when": "tomorrow", "time": "15:00", "reason": "x"}
    assert (
        error(tools.tool("schedule_callback", "call_1", **asked, phone_source="caller_line"))[1] == "no_caller_number"
    )
    assert error(tools.tool("schedule_callback", "call_2", **asked, phone_source="spoken"))[1] == "invalid_arguments"
    tools.tool("handle_ivr_menu", "dtmf-1-1", keys="2075550199#")
    assert result(tools.tool("schedule_callback", "call_3", **asked, phone_source="keypad"))["phone_last4"] == "0199"


# places nearby


def test_places_are_those_of_the_hotels_file(call: Service) -> None:
    said = result(call.tool("concierge_info", "call_1", category="restaurants", query="seafood"))
    assert [place["name"] for place in said["places"]] == ["Miller's Table"]
    assert said["places"][0]["phone"] == "+12075550172"
    everything = result(call.tool("concierge_info", "call_2", category="skiing"))
    assert len(everything["places"]) == 3


def test_a_place_of_another_kind_is_found_by_its_words(call: Service) -> None:
    said = result(call.tool("concierge_info", category="sights", query="a canoe or a kayak"))
    assert said["places"][0]["name"] == "the Androscoggin River"


def test_a_place_nobody_has_heard_of_is_not_invented(call: Service) -> None:
    status, code, message = error(call.tool("concierge_info", category="restaurants", query="zanzibari xylophones"))
    assert (status, code) == (200, "not_known")
    assert "Invent no place" in message


def test_only_the_hotels_own_kinds_of_places_are_offered(call: Service) -> None:
    assert error(call.tool("concierge_info", category="casino"))[1] == "invalid_arguments"


# language


def test_another_language_holds_for_what_follows_and_for_later_streams(
    call: Service, token: Callable[..., str], store: MemoryStore
) -> None:
    assert result(call.tool("set_language", "call_1", language="es"))["spoken"] == "Por supuesto, hablemos en español."
    said = result(call.tool("take_message", "call_2", for_whom="la gerente", message="Gracias"))
    assert said["spoken"] == "He anotado su mensaje para la gerente."
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.language == "es"
    again = call.session(token(attempt=2), stream_sid="MZ" + "f" * 32).get_json()
    assert again["engine_session"]["audio"]["input"]["transcription"]["language"] == "es"


def test_a_language_the_hotel_does_not_speak_is_not_set(call: Service) -> None:
    assert error(call.tool("set_language", language="fr"))[2] == "language must be one of: en, es"


# transfers and holding


def test_a_department_that_is_closed_is_replaced_by_the_next_that_is_open(call: Service, clock: Clock) -> None:
    open_now = call.tool("transfer_to_human", "call_1", department="manager").get_json()
    assert open_now["then"] == {"action": "transfer", "to": "manager"}
    assert "closed" not in open_now["result"]
    clock.forward(hours=8)
    closed = call.tool("transfer_to_human", "call_2", department="manager").get_json()
    assert closed["then"] == {"action": "transfer", "to": "front_desk"}
    assert (closed["result"]["department"], closed["result"]["closed"]) == ("front_desk", "manager")
    assert closed["result"]["spoken"].startswith("Nobody is at the manager now.")


def test_departments_are_named_in_the_guests_language(tools: Service, token: Callable[..., str], clock: Clock) -> None:
    tools.session(token(language="es"))
    put_through = tools.tool("transfer_to_human", "call_1", department="front_desk").get_json()
    assert put_through["result"]["spoken"] == "Un momento, le paso con la recepción."
    clock.forward(hours=8)
    instead = tools.tool("transfer_to_human", "call_2", department="manager").get_json()
    assert instead["result"]["spoken"].startswith("Ahora no hay nadie en la dirección.")


def test_a_hold_says_for_how_long_and_is_due_once_it_was_heard(call: Service, store: MemoryStore) -> None:
    answer = call.tool("play_hold_music", "call_1", seconds=30).get_json()
    assert answer["then"] == {"action": "hold", "seconds": 30}
    assert "30 seconds" in answer["result"]["spoken"]
    assert call.then(tool_call_id="call_1").get_json()["then"] == {"action": "hold", "seconds": 30}
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.then == Then("hold", seconds=30, tool_call_id="call_1", due=True)


def test_a_hold_is_short(call: Service) -> None:
    assert error(call.tool("play_hold_music", seconds=600))[2] == "seconds must be at most 60"


# callers


def test_a_number_that_never_called_is_not_known(call: Service) -> None:
    assert result(call.tool("get_caller_history")) == {"known": False, "calls": 0}


@pytest.mark.parametrize(("stir", "named"), [("A", True), ("B", False), ("", False), ("failed", False)])
def test_a_name_is_told_only_where_the_network_vouches_for_the_number(
    tools: Service, token: Callable[..., str], store: MemoryStore, clock: Clock, stir: str, named: bool
) -> None:
    guest = Guest(
        "guest_1",
        "west-bethel-motel",
        clock(),
        (CALLER,),
        "Ann",
        "Lee",
        name_confirmed=True,
        preferences={"room": "Suite"},
        calls=2,
    )
    store.change_record(Guest, "guest_1", lambda _: guest)
    tools.session(token(stir=stir))
    said = result(tools.tool("get_caller_history"))
    assert (said["known"], said["calls"]) == (True, 2)
    assert ("Ann" in str(said), "Suite" in str(said)) == (named, named)


def test_a_withheld_number_tells_nothing(tools: Service, token: Callable[..., str]) -> None:
    tools.session(token(caller=""))
    assert error(tools.tool("get_caller_history"))[:2] == (200, "no_caller_number")


def test_earlier_calls_are_told_by_day_and_outcome(
    call: Service, token: Callable[..., str], store: MemoryStore, clock: Clock
) -> None:
    earlier = store.session(SESSION_ID)
    assert earlier is not None
    past = replace(
        earlier, session_id="sess_" + "a" * 26, start_time=clock() - timedelta(days=9), outcome="lead_created"
    )
    store.change_session(past.session_id, lambda _: past)
    guest = Guest("guest_1", "west-bethel-motel", clock(), (CALLER,), "Ann", "Lee", name_confirmed=True, calls=1)
    store.change_record(Guest, "guest_1", lambda _: guest)
    said = result(call.tool("get_caller_history"))
    assert said["earlier_calls"] == [{"date": "2026-11-11", "outcome": "lead_created", "language": "en"}]
    assert (said["name"], said["name_is_confirmed"]) == ("Ann Lee", False)


def test_who_is_not_to_be_remembered_is_not_known(call: Service, store: MemoryStore, clock: Clock) -> None:
    guest = Guest("guest_1", "west-bethel-motel", clock(), (CALLER,), may_remember=False)
    store.change_record(Guest, "guest_1", lambda _: guest)
    assert result(call.tool("get_caller_history")) == {"known": False, "calls": 0}


# keys


def test_a_keyed_card_number_is_kept_nowhere(call: Service, store: MemoryStore) -> None:
    note = result(call.tool("handle_ivr_menu", "dtmf-1-1", keys="4111111111111111#"))["note"]
    assert "cards are never taken here" in note
    assert "4111" not in str(store.session(SESSION_ID)) + str(store.tool_calls(SESSION_ID))


def test_a_number_of_the_hotels_own_country_is_keyed_without_prefix(
    tools: Service, token: Callable[..., str], store: MemoryStore
) -> None:
    tools.session(token(property_id="hotel-casa-alondra", called="+34930000100", language="es"))
    tools.tool("handle_ivr_menu", "dtmf-1-1", keys="612345678#")
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.keypad_phone == "+34612345678"
