"""What becomes of the calls of the hotel's own: answered by people and machines, or not, and never lost sight of."""

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from nightdesk import events, guests, outbound_lines, outbound_progress, tokens
from nightdesk.hotel.outbound import OutboundCall
from nightdesk.hotel.telephony import CallState
from nightdesk.sinks import MemoryPublisher

from .conftest import CALLED, CALLER, Clock
from .outbound_house import HOTEL, CallingHouse, house, stored, the_call
from .promises import messages, now, promised
from .schemas import validator
from .twiml_answers import names

__all__ = ["house"]


# what becomes of it


def test_status_and_outcome_are_kept_in_any_order_and_told_once(
    house: CallingHouse, publisher: MemoryPublisher
) -> None:
    call = the_call(house)
    for status in ("ringing", "in-progress", "initiated", "ringing"):
        house.tells(call, status)
    assert house.seen(call.outbound_id)["progress"] == "in-progress"
    house.connects(call)
    for status, fields in (("completed", {"CallDuration": "42"}), ("in-progress", {}), ("completed", {}), ("busy", {})):
        house.tells(call, status, **fields)
    seen = house.seen(call.outbound_id)
    assert (seen["status"], seen["progress"], seen["outcome"]) == ("done", "completed", "answered")
    assert seen["duration_seconds"] == 42
    told = [e for e in publisher.events if e["event_type"] == events.OUTBOUND_SETTLED]
    assert len(told) == 1
    validator("event", "event").validate(told[0])
    kinds = {e["event_type"] for e in publisher.events}
    assert {"call.ringing", "call.answered", "call.completed"} <= kinds


@pytest.mark.parametrize(
    ("status", "outcome"), [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "failed"), ("canceled", "failed")]
)
def test_a_call_that_nobody_took_is_a_missed_outbound_conversation(
    house: CallingHouse, status: str, outcome: str
) -> None:
    call = the_call(house)
    house.tells(call, status)
    assert stored(house, call).outcome == outcome
    session = house.store.session(call.session_id)
    assert session is not None
    assert (session.direction, session.caller_id, session.terminal_status) == ("outbound", CALLER, status)
    assert session.ended_published
    guest = guests.find(house.store, HOTEL, CALLER)
    assert guest is not None
    assert guest.calls == 0


@pytest.mark.parametrize("what", ["machine_end_beep", "machine_end_silence", "machine_end_other"])
def test_a_machine_gets_a_message_once_and_no_secrets(house: CallingHouse, what: str) -> None:
    call = the_call(house)
    house.telephony.states[call.call_sid] = CallState(call.call_sid, "in-progress")
    house.answers(call)
    house.detects(call, what)
    house.detects(call, what)
    [(sid, document)] = house.telephony.updates
    assert sid == call.call_sid
    verbs = list(ElementTree.fromstring(document))
    assert [verb.tag for verb in verbs] == ["Pause", "Say", "Hangup"]
    assert "West Bethel Motel" in (verbs[1].text or "")
    assert "Ada" not in document
    house.tells(call, "completed")
    assert stored(house, call).outcome == "voicemail"


def test_a_person_is_left_to_the_agent_and_a_fax_is_hung_up(house: CallingHouse) -> None:
    call = the_call(house)
    for what in ("human", "machine_end_beep"):
        house.detects(call, what)
    assert (house.telephony.updates, stored(house, call).answered_by) == ([], "human")
    house.tells(call, "completed")
    house.ordered()
    [fax] = house.open_calls()
    house.detects(fax, "fax")
    assert house.telephony.states[fax.call_sid].status == "completed"
    house.tells(fax, "completed")
    assert stored(house, fax).outcome == "refused"


def test_unknown_is_taken_for_a_person(house: CallingHouse) -> None:
    call = the_call(house)
    house.connects(call)
    house.detects(call, "unknown")
    house.tells(call, "completed")
    assert (house.telephony.updates, stored(house, call).outcome) == ([], "answered")


def transferred(house: CallingHouse, call: OutboundCall) -> None:
    body = {"v": 1, "session_id": call.session_id, "attempt": 1, "turn": 2, "tool_call_id": "call_7", "arguments": {}}
    assert house.tools.post("/tools/transfer_to_human", body).get_json()["ok"]


def dialled(house: CallingHouse, call: OutboundCall) -> None:
    transferred(house, call)
    then = {"v": 1, "attempt": 1, "tool_call_id": "call_7"}
    assert house.tools.post(f"/sessions/{call.session_id}/then", then).status_code == 200
    answer = house.twilio.post("/voice/twilio/stream-ended?attempt=1", **house.form(call, "in-progress"))
    assert "Dial" in names(answer)


def keyed(house: CallingHouse, call: OutboundCall) -> None:
    body = {"v": 1, "session_id": call.session_id, "attempt": 1, "turn": 2, "tool_call_id": "dtmf-1-1"}
    answer = house.tools.post("/tools/handle_ivr_menu", {**body, "arguments": {"keys": "4"}})
    assert answer.get_json()["ok"], answer.text


@pytest.mark.parametrize("does", [transferred, dialled, keyed])
@pytest.mark.parametrize("what", ["machine_end_silence", "fax"])
def test_who_has_shown_to_be_a_person_is_no_machine_any_more(
    house: CallingHouse, does: Callable[[CallingHouse, OutboundCall], None], what: str
) -> None:
    call = the_call(house)
    house.connects(call)
    does(house, call)
    house.detects(call, what)
    assert house.telephony.updates == []
    assert house.telephony.states[call.call_sid].status == "queued", "nobody has hung up"
    house.tells(call, "completed")
    assert (stored(house, call).outcome, stored(house, call).answered_by) == ("answered", what)


def test_a_machines_greeting_is_heard_as_words_and_it_gets_its_message(house: CallingHouse) -> None:
    call = the_call(house)
    house.connects(call)
    greeting = {"v": 1, "attempt": 1, "turn": 2, "role": "user", "text": "leave a message after the tone"}
    assert house.tools.post(f"/sessions/{call.session_id}/turns", greeting).status_code == 200
    house.detects(call, "machine_end_beep")
    assert len(house.telephony.updates) == 1


def test_callbacks_of_another_call_change_nothing(house: CallingHouse) -> None:
    call = the_call(house)
    form = {**house.form(call, "busy"), "CallSid": "CA" + "e" * 32}
    house.twilio.post(f"/voice/twilio/outbound-status?call={call.outbound_id}", **form)
    house.twilio.post("/voice/twilio/outbound-status?call=out_nothing", **house.form(call, "busy"))
    assert stored(house, call).status == "open"


def test_forged_callbacks_are_forbidden(house: CallingHouse) -> None:
    call = the_call(house)
    for path in ("outbound-status", "amd", "outbound-answered"):
        answer = house.twilio.post(f"/voice/twilio/{path}?call={call.outbound_id}", signature="x" * 28)
        assert answer.status_code == 403
    assert stored(house, call).progress == "queued"


def test_a_number_that_is_refused_is_told_at_once(house: CallingHouse) -> None:
    house.agrees()
    house.telephony.unreachable[CALLER] = "number"
    call = house.ordered()
    assert (call["status"], call["outcome"], call["problem"]) == ("done", "refused", "as the test wants it")
    assert house.open_calls() == []


# where nobody tells


def test_a_call_of_which_nobody_tells_is_asked_for(house: CallingHouse, clock: Clock) -> None:
    call = the_call(house)
    clock.forward(minutes=3)
    house.telephony.states[call.call_sid] = CallState(call.call_sid, "ringing")
    assert house.looks()["settled"] == 0
    clock.forward(minutes=3)
    house.telephony.states[call.call_sid] = CallState(call.call_sid, "no-answer", 0)
    assert house.looks()["settled"] == 1
    assert stored(house, call).outcome == "no_answer"
    assert house.looks()["settled"] == 0


def test_a_call_in_doubt_is_found_and_never_placed_again(house: CallingHouse, clock: Clock) -> None:
    house.agrees()
    house.telephony.silent = "sent"
    ordered = house.ordered(key="a")
    assert (ordered["status"], ordered["call_sid"]) == ("open", "")
    house.telephony.silent = ""
    assert house.ordered(key="a")["outbound_id"] == ordered["outbound_id"]
    clock.forward(minutes=3)
    sid = next(iter(house.telephony.states))
    house.telephony.states[sid] = CallState(sid, "completed", 30, "machine_end_beep")
    assert house.looks()["settled"] == 1
    seen = house.seen(ordered["outbound_id"])
    assert (seen["call_sid"], seen["outcome"], len(house.telephony.placed)) == (sid, "no_answer", 1), (
        "no message was left"
    )


def test_a_call_in_doubt_is_known_by_its_first_callback(house: CallingHouse) -> None:
    house.agrees()
    house.telephony.silent = "sent"
    house.ordered()
    [call] = house.open_calls()
    sid = next(iter(house.telephony.states))
    form = {**house.form(call, "ringing"), "CallSid": sid}
    house.twilio.post(f"/voice/twilio/outbound-status?call={call.outbound_id}", **form)
    assert (stored(house, call).call_sid, stored(house, call).progress) == (sid, "ringing")
    session = house.store.session(tokens.session_id_of_call(sid))
    assert session is not None
    assert session.purpose == "reminder"


def test_a_call_in_doubt_is_not_taken_for_another_to_the_same_number(house: CallingHouse, clock: Clock) -> None:
    call = the_call(house)
    house.tells(call, "no-answer")
    house.telephony.silent = "lost"
    lost = house.ordered()
    house.telephony.silent = ""
    clock.forward(minutes=3)
    assert house.telephony.find_calls(CALLER, CALLED, call.created_at) == [call.call_sid]
    assert house.looks()["settled"] == 1
    seen = house.seen(lost["outbound_id"])
    assert (seen["call_sid"], seen["outcome"], stored(house, call).outcome) == ("", "failed", "no_answer")


def test_a_call_that_never_left_is_given_up(house: CallingHouse, clock: Clock) -> None:
    house.agrees()
    house.telephony.silent = "lost"
    house.ordered()
    [call] = house.open_calls()
    clock.forward(minutes=3)
    assert house.looks()["settled"] == 1
    assert (stored(house, call).outcome, stored(house, call).last_error) == ("failed", "it was never placed")


def test_while_twilio_is_silent_a_call_stays_open(
    house: CallingHouse, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nightdesk.hotel.telephony import CallInDoubt, FakeTelephony

    call = the_call(house)

    def silent(*_: object) -> None:
        raise CallInDoubt("no answer")

    monkeypatch.setattr(FakeTelephony, "call_state", silent)
    clock.forward(minutes=3)
    assert house.looks()["settled"] == 0
    assert stored(house, call).due_at == clock() + outbound_progress.LOOK_AGAIN


def test_a_guest_who_is_erased_while_called_back_is_not_called_again(house: CallingHouse, clock: Clock) -> None:
    promised(house.store, clock)
    assert house.looks()["placed"] == 1
    [call] = house.open_calls()
    assert house.jobs.post("/jobs/guests/erase", {"property_id": HOTEL, "phone": CALLER}).status_code == 200
    house.tells(call, "no-answer")
    assert now(house).status == "cancelled"
    clock.forward(hours=1)
    assert (house.looks()["placed"], house.looks()["given_up"], messages(house)) == (0, 0, [])


def test_who_dies_after_an_end_was_kept_is_stood_in_for(
    house: CallingHouse, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = the_call(house)
    monkeypatch.setattr(outbound_lines, "free", _die)
    form = house.form(call, "busy")
    house.twilio.post(f"/voice/twilio/outbound-status?call={call.outbound_id}", **form)
    assert (stored(house, call).status, stored(house, call).outcome) == ("open", "busy")
    monkeypatch.undo()
    monkeypatch.setattr("nightdesk.bootstrap.House.telephony", house.telephony)
    clock.forward(seconds=1)
    assert house.looks()["settled"] == 1
    assert stored(house, call).status == "done"


def _die(*_: object) -> None:
    raise KeyError("as if killed")


def test_a_guest_who_is_erased_while_we_call_may_be_called_when_that_call_is_over(
    house: CallingHouse, clock: Clock
) -> None:
    call = the_call(house)
    house.connects(call)
    assert house.jobs.post("/jobs/guests/erase", {"property_id": HOTEL, "phone": CALLER}).status_code == 200
    clock.forward(minutes=1)
    house.agrees()
    house.tells(call, "completed")
    house.ordered()
