"""POST /tools/{name}, turns, then and clerk, through the framework."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher
from nightdesk.tools import TOOLBOX

from .conftest import CALLER, SESSION_ID, Clock, Service
from .schemas import validator

STAY = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
LEAD = {"name": "Ann Lee", "name_confirmed": True, "phone_source": "caller_line"}
NEXT_STREAM = "MZ" + "f" * 32


def error(answer: Any) -> tuple[int, str, str]:
    body = answer.get_json()
    validator("tool", "refusal").validate(body)
    return answer.status_code, body["error"]["code"], body["error"]["message"]


# calling


def test_a_read_brings_the_price_that_was_computed(call: Service) -> None:
    body = call.tool("check_availability", **STAY, pets=1, room_type="standard_queen").get_json()
    validator("tool", "answer").validate(body)
    [offer] = body["result"]["offers"]
    assert (offer["total_cents"], offer["total"], offer["tax_cents"]) == (33572, "$335.72", 2772)
    assert body["card"] == {"type": "availability", "offers": [offer]}
    assert "$335.72" in body["result"]["spoken"]


def test_an_unknown_tool_is_404_in_the_same_shape(call: Service) -> None:
    assert error(call.tool("book_spa"))[:2] == (404, "unknown_tool")


def test_the_model_cannot_call_the_relays_tool(call: Service, store: MemoryStore) -> None:
    assert error(call.tool("handle_ivr_menu", "call_1", keys="2075550199"))[1] == "unknown_tool"
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.keypad_phone == ""


def test_wrong_arguments_are_an_answer_the_model_can_act_on(call: Service) -> None:
    answer = call.tool("check_availability", check_in="2026-11-29", check_out="2026-11-27", adults=2)
    assert error(answer) == (200, "invalid_arguments", "check_out must be after check_in")


def test_every_wrong_argument_is_named_at_once(call: Service) -> None:
    _, code, message = error(call.tool("check_availability", check_in="Friday", nights="two", adults=0, dogs=1))
    assert code == "invalid_arguments"
    assert message == (
        "nights must be a whole number, not 'two'; adults must be at least 1; "
        "there is no argument dogs: the arguments are check_in, check_out, nights, adults, children, pets, room_type"
    )


def test_only_configured_departments_are_called(call: Service) -> None:
    answer = call.tool("transfer_to_human", department="+15551234567")
    assert error(answer)[2] == "department must be one of: front_desk, manager, housekeeping, maintenance"


def test_an_older_attempt_is_fenced(call: Service, token: Callable[..., str], store: MemoryStore) -> None:
    call.session(token(attempt=2), stream_sid=NEXT_STREAM)
    assert error(call.tool("create_lead", "call_1", **LEAD))[:2] == (409, "stale_attempt")
    assert error(call.turn(1, "user", "hello"))[:2] == (409, "stale_attempt")
    assert error(call.then(reason="idle"))[:2] == (409, "stale_attempt")
    assert store.leads(SESSION_ID) == []
    assert store.turns(SESSION_ID) == []


def test_a_session_nobody_knows_is_404(tools: Service) -> None:
    assert error(tools.tool("end_call"))[:2] == (404, "unknown_session")
    assert error(tools.turn(1, "user", "hello"))[:2] == (404, "unknown_session")
    assert error(tools.then(reason="idle"))[:2] == (404, "unknown_session")


def test_the_idempotency_key_must_name_the_call(call: Service) -> None:
    body = {"v": 1, "session_id": SESSION_ID, "attempt": 1, "tool_call_id": "call_1", "arguments": {}}
    answer = call.post("/tools/end_call", body, **{"Idempotency-Key": f"{SESSION_ID}:call_2"})
    assert error(answer)[:2] == (400, "bad_idempotency_key")


def test_a_tool_that_breaks_is_told_and_may_be_called_again(
    call: Service, store: MemoryStore, publisher: MemoryPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("disk full, secret detail")

    with monkeypatch.context() as patch:
        patch.setattr(type(store), "put_lead", broken)
        answer = call.tool("create_lead", "call_1", **LEAD)
    assert error(answer)[:2] == (500, "internal")
    assert "secret detail" not in answer.text
    [event] = publisher.events
    assert (event["event_type"], event["function"]["name"]) == ("tool.failed", "create_lead")
    validator("event", "event").validate(event)
    assert call.tool("create_lead", "call_1", **LEAD).get_json()["replayed"] is False
    assert len(store.leads(SESSION_ID)) == 1


# once


def test_the_same_call_is_done_once(call: Service, store: MemoryStore) -> None:
    first, second = (call.tool("create_lead", "call_1", **LEAD).get_json() for _ in range(2))
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert first["result"] == second["result"]
    assert len(store.leads(SESSION_ID)) == 1


def test_the_same_id_with_other_arguments_is_an_error(call: Service) -> None:
    call.tool("create_lead", "call_1", **LEAD)
    answer = call.tool("create_lead", "call_1", **{**LEAD, "name": "Bob"})
    assert error(answer)[:2] == (422, "tool_call_reused")


def test_a_model_that_repeats_itself_gets_the_first_outcome(call: Service, store: MemoryStore) -> None:
    first = call.tool("create_lead", "call_1", **LEAD).get_json()
    second = call.tool("create_lead", "call_2", **LEAD).get_json()
    assert second == {**first, "replayed": True}
    assert len(store.leads(SESSION_ID)) == 1


def test_reads_are_recorded_and_repeated_from_the_record(call: Service, store: MemoryStore) -> None:
    first = call.tool("check_availability", "call_1", **STAY).get_json()
    hotel_is_full(store)
    assert call.tool("check_availability", "call_1", **STAY).get_json() == {**first, "replayed": True}
    assert error(call.tool("check_availability", "call_2", **STAY))[1] == "no_availability"


def hotel_is_full(store: MemoryStore, *nights: date) -> None:
    rooms = {"standard_queen": range(101, 150), "deluxe_king": range(201, 250), "suite": range(301, 350)}
    for room_type, numbers in rooms.items():
        for number in numbers:
            for night in nights or (date(2026, 11, 27), date(2026, 11, 28)):
                assert store.take("west-bethel-motel", room_type, str(number), [night], "other")


def test_a_second_request_is_taken_when_the_guest_has_asked_for_it(
    call: Service, store: MemoryStore, clock: Clock
) -> None:
    first = call.tool("create_lead", "call_1", **LEAD).get_json()
    clock.forward(seconds=5)
    call.turn(5, "user", "and once more the same for my brother")
    second = call.tool("create_lead", "call_2", **LEAD, another=True).get_json()
    assert second["replayed"] is False
    assert second["result"]["lead_id"] != first["result"]["lead_id"]
    assert len(store.leads(SESSION_ID)) == 2


def test_a_second_equal_request_that_nobody_asked_for_is_not_taken(
    call: Service, store: MemoryStore, clock: Clock
) -> None:
    call.turn(1, "user", "please call me back")
    clock.forward(seconds=5)
    call.tool("create_lead", "call_1", **LEAD)
    assert call.tool("create_lead", "call_2", **LEAD, another=True).get_json()["replayed"] is True
    assert len(store.leads(SESSION_ID)) == 1


def test_a_correction_changes_the_lead_and_retires_the_first_outcome(call: Service, store: MemoryStore) -> None:
    call.tool("create_lead", "call_1", **LEAD)
    assert call.tool("create_lead", "call_2", **{**LEAD, "name": "Ann Leigh"}).get_json()["replayed"] is False
    back = call.tool("create_lead", "call_3", **LEAD).get_json()
    assert back["replayed"] is False
    assert [lead.name for lead in store.leads(SESSION_ID)] == ["Ann Lee"]


def test_a_refused_write_is_tried_again_when_asked_again(call: Service, store: MemoryStore) -> None:
    keyed = {**LEAD, "phone_source": "keypad"}
    assert error(call.tool("create_lead", "call_1", **keyed))[1] == "no_keypad_number"
    call.tool("handle_ivr_menu", "dtmf-1-1", keys="2075550199")
    assert call.tool("create_lead", "call_2", **keyed).get_json()["ok"] is True
    assert [lead.phone for lead in store.leads(SESSION_ID)] == ["+12075550199"]


# leads and keys


def test_a_lead_takes_the_guests_own_words_for_dates_and_reads_them_back(call: Service, store: MemoryStore) -> None:
    result = call.tool("create_lead", **LEAD, check_in="next weekend").get_json()["result"]
    assert (result["check_in"], result["check_out"]) == ("2026-11-27", "2026-11-29")
    [lead] = store.leads(SESSION_ID)
    assert [day.isoformat() for day in (lead.check_in, lead.check_out) if day] == ["2026-11-27", "2026-11-29"]
    wrong = call.tool("create_lead", "call_2", **LEAD, check_in="Friday", check_out="whenever")
    assert error(wrong)[2].startswith("check_out must be a date like 2026-11-27, or words like")


def test_a_lead_has_the_verified_number_and_no_other(call: Service, store: MemoryStore) -> None:
    body = call.tool("create_lead", **LEAD, phone="+15550001111", notes="two nights").get_json()
    assert body["result"]["phone_last4"] == "0142"
    [lead] = store.leads(SESSION_ID)
    assert (lead.phone, lead.phone_source, lead.notes) == (CALLER, "caller_line", "two nights")


def test_a_withheld_number_sends_the_guest_to_the_keypad(tools: Service, token: Callable[..., str]) -> None:
    tools.session(token(caller=""))
    answer = tools.tool("create_lead", **LEAD)
    status, code, message = error(answer)
    assert (status, code) == (200, "no_caller_number")
    assert "withheld" in message
    assert "keypad" in message
    assert "pound key" in answer.get_json()["error"]["say"]


def test_a_spoken_number_must_be_whole(call: Service, store: MemoryStore) -> None:
    spoken = {**LEAD, "phone_source": "spoken"}
    assert error(call.tool("create_lead", "call_1", **spoken, phone="555 0199"))[1] == "bad_phone_number"
    call.tool("create_lead", "call_2", **spoken, phone="(207) 555-0199")
    assert [lead.phone for lead in store.leads(SESSION_ID)] == ["+12075550199"]


def test_a_name_without_words_is_never_confirmed(call: Service, store: MemoryStore) -> None:
    call.tool("create_lead", **{**LEAD, "name": " "})
    [lead] = store.leads(SESSION_ID)
    assert (lead.name, lead.name_confirmed) == ("", False)


def test_a_lead_knows_where_its_name_was_said(call: Service, store: MemoryStore) -> None:
    call.turn(2, "user", "ann lee", item_id="item_2", audio_start_ms=5200, audio_end_ms=6100)
    call.tool("create_lead", **{**LEAD, "name_confirmed": False}, name_item_id="item_2")
    [lead] = store.leads(SESSION_ID)
    assert lead.name_clip is not None
    assert (lead.name_clip.attempt, lead.name_clip.start_ms, lead.name_clip.end_ms) == (1, 5200, 6100)


def test_keyed_digits_are_kept_with_the_session_and_nowhere_else(
    call: Service, store: MemoryStore, publisher: MemoryPublisher, capsys: pytest.CaptureFixture[str]
) -> None:
    body = call.tool("handle_ivr_menu", "dtmf-1-1", keys="2075550199").get_json()
    assert body["result"] == {"note": "The guest keyed a phone number ending in 99."}
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.keypad_phone == "+12075550199"
    [entry] = store.tool_calls(SESSION_ID)
    assert entry.arguments == {}
    everything = f"{entry}{publisher.events}{capsys.readouterr().out}{body}"
    assert "5550199" not in everything


def test_keys_that_are_wrong_are_not_repeated(call: Service, capsys: pytest.CaptureFixture[str]) -> None:
    for index, keys in enumerate(["20755501A9", 2075550199, ""]):
        answer = call.tool("handle_ivr_menu", f"dtmf-1-{index}", keys=keys)
        assert error(answer) == (200, "invalid_arguments", "keys cannot be used")
    assert "20755501" not in capsys.readouterr().out


def test_keys_that_are_no_number_are_counted_not_told(call: Service) -> None:
    body = call.tool("handle_ivr_menu", "dtmf-1-1", keys="4711").get_json()
    assert body["result"]["note"] == "The guest pressed 4 keys: that is not a phone number with area code."


@pytest.mark.parametrize("keys", ["0", "0#"])
def test_zero_asks_for_a_person_as_often_as_it_is_pressed(call: Service, keys: str) -> None:
    for number in range(2):
        body = call.tool("handle_ivr_menu", f"dtmf-1-{number}", keys=keys).get_json()
        assert body["result"]["note"] == "The guest pressed 0, the key for a person: use transfer_to_human now."


def test_at_a_screen_nobody_can_be_put_through(tools: Service, token: Callable[..., str]) -> None:
    page = token(channel="kiosk", call_sid="")
    assert tools.session(page, "KS" + "0" * 32, call_sid="", audio="pcm").status_code == 200
    body = tools.tool("handle_ivr_menu", "dtmf-1-1", keys="0").get_json()
    assert body["result"]["note"] == "The guest pressed 1 key: that is not a phone number with area code."


def test_a_number_keyed_again_replaces_the_first(call: Service, store: MemoryStore) -> None:
    call.tool("handle_ivr_menu", "dtmf-1-1", keys="2075550199")
    call.tool("handle_ivr_menu", "dtmf-1-2", keys="2075550188")
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.keypad_phone == "+12075550188"


# knowledge


def test_a_question_is_answered_from_the_houses_pages(call: Service) -> None:
    body = call.tool("search_kb", question="Do you allow pets?").get_json()
    assert body["ok"] is True
    assert set(body["result"]) == {"answer", "more", "source", "topic"}


def test_what_is_not_known_is_not_made_up(call: Service) -> None:
    answer = call.tool("search_kb", question="zzyzx quux frobnicate")
    assert error(answer)[:2] == (200, "not_known")
    assert "Pets" in answer.get_json()["error"]["topics"]
    validator("tool", "refusal").validate(answer.get_json())


# then


def test_a_then_is_carried_out_when_its_reply_was_heard(call: Service) -> None:
    body = call.tool("transfer_to_human", "call_7").get_json()
    validator("tool", "answer").validate(body)
    assert body["then"] == {"action": "transfer", "to": "front_desk"}
    answer = call.then(tool_call_id="call_7")
    validator("then", "answer").validate(answer.get_json())
    assert answer.get_json()["then"] == {"action": "transfer", "to": "front_desk"}
    assert call.then(tool_call_id="call_7").status_code == 200


def test_a_tool_that_brought_no_then_has_nothing_to_carry_out(call: Service) -> None:
    call.tool("check_availability", "call_7", **STAY)
    assert error(call.then(tool_call_id="call_7"))[:2] == (409, "nothing_pending")
    assert error(call.then(tool_call_id="call_never"))[:2] == (409, "nothing_pending")


def test_a_then_that_was_withdrawn_by_a_word_can_still_be_carried_out(call: Service, store: MemoryStore) -> None:
    """The guest says "thanks" while being put through; the relay decides that the reply was heard."""
    call.tool("transfer_to_human", "call_7", _turn=3)
    call.turn(4, "user", "thanks")
    session = store.session(SESSION_ID)
    assert session is not None
    assert session.then is None
    assert call.then(tool_call_id="call_7").get_json()["then"]["action"] == "transfer"


def test_a_goodbye_said_to_a_guest_who_is_being_put_through_does_not_replace_the_transfer(call: Service) -> None:
    """The model calls both; the relay carries out the transfer, unless it drains before, or dies."""
    call.tool("transfer_to_human", "call_7", _turn=3)
    call.tool("end_call", "call_8", _turn=3)
    assert call.then(reason="draining").get_json()["then"] == {"action": "transfer", "to": "front_desk"}


def test_who_is_to_be_put_through_after_all_is_not_hung_up_on(call: Service) -> None:
    call.tool("end_call", "call_7", _turn=3)
    call.tool("transfer_to_human", "call_8", _turn=3)
    assert call.then(reason="draining").get_json()["then"] == {"action": "transfer", "to": "front_desk"}


@pytest.mark.parametrize(
    ("reason", "then"),
    [
        ("engines_lost", {"action": "gather", "reason": "engines_lost"}),
        ("busy", {"action": "transfer", "to": "front_desk", "reason": "busy"}),
        ("over_time", {"action": "transfer", "to": "front_desk", "reason": "over_time"}),
        ("over_budget", {"action": "transfer", "to": "front_desk", "reason": "over_budget"}),
        ("over_turns", {"action": "transfer", "to": "front_desk", "reason": "over_turns"}),
        ("no_progress", {"action": "transfer", "to": "front_desk", "reason": "no_progress"}),
        ("no_guest", {"action": "hangup", "reason": "no_guest"}),
        ("idle", {"action": "hangup", "reason": "idle"}),
        ("draining", {"action": "reconnect", "reason": "draining"}),
    ],
)
def test_every_reason_has_an_outcome(call: Service, reason: str, then: dict[str, str]) -> None:
    body = call.then(reason=reason).get_json()
    validator("then", "answer").validate(body)
    assert body["then"] == then


@pytest.mark.parametrize("why", [{}, {"tool_call_id": "a", "reason": "idle"}, {"reason": "bored"}])
def test_a_then_has_one_known_reason(call: Service, why: dict[str, str]) -> None:
    assert call.then(**why).status_code == 400


# clerk


def clerk(tools: Service, **changes: Any) -> Any:
    asked = {
        "v": 1,
        "property_id": "west-bethel-motel",
        "session_id": "",
        "channel": "voice",
        "language": "en",
        "history": [{"type": "message", "role": "user", "text": "goodbye"}],
    }
    return tools.post("/clerk", {**asked, **changes})


def test_the_clerk_answers_without_a_session(tools: Service) -> None:
    answer = clerk(tools)
    assert answer.status_code == 200
    validator("clerk", "answer").validate(answer.get_json())


def test_the_clerk_says_what_it_is_told_to_say(tools: Service) -> None:
    body = clerk(tools, history=[], instructions='Say exactly: "Welcome."').get_json()
    assert body["say"] == "Welcome."


def test_the_clerk_of_a_call_serves_the_calls_hotel(call: Service) -> None:
    assert clerk(call, session_id=SESSION_ID, property_id="somewhere-else").status_code == 200


def test_the_clerk_of_no_hotel_is_404(tools: Service) -> None:
    assert error(clerk(tools, property_id="somewhere-else"))[:2] == (404, "unknown_property")


def test_every_tool_of_the_model_can_be_refused_by_its_audience(client: Callable[..., FlaskClient]) -> None:
    assert {tool.name for tool in TOOLBOX.tools.values() if tool.caller == "relay"} == {"handle_ivr_menu"}
