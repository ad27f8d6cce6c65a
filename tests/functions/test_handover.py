"""What the staff hears before it takes a call: true, short, in its language, and without a long number in it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from nightdesk import handover, properties
from nightdesk.conversation import Role, Session, ToolCall, Turn
from nightdesk.hotel.leads import Lead

from .conftest import CALL_SID, CALLED, CALLER, SESSION_ID

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
MOTEL = properties.load_file(properties.PACKAGED / "west-bethel-motel.yaml")
CASA = properties.load_file(properties.PACKAGED / "hotel-casa-alondra.yaml")
SESSION = Session(SESSION_ID, "west-bethel-motel", "voice", "inbound", "en", CALL_SID, CALLER, CALLED, "A", NOW)
STAY = {"check_in": "2026-12-04", "check_out": "2026-12-06", "name": "Deluxe King", "last_name": "Davis"}
DEED = "In this call a Deluxe King was reserved from Friday, December 4 to Sunday, December 6."


def done(name: str, result: Mapping[str, Any], /, ok: bool = True, **arguments: Any) -> ToolCall:
    answer = {"ok": True, "result": result} if ok else {"ok": False, "error": {"code": "no", "say": "No."}}
    return ToolCall("call_1", name, arguments, "", "", 1, 3, NOW, answer=answer, changed=ok)


def asked(reason: str) -> ToolCall:
    return done("transfer_to_human", {"ok": True}, department="maintenance", reason=reason)


def turn(role: Role, text: str) -> Turn:
    return Turn(1, 1, role, text, NOW)


def told(
    *calls: ToolCall, turns: tuple[Turn, ...] = (), session: Session = SESSION, leads: tuple[Lead, ...] = ()
) -> str:
    hotel = CASA if session.property_id == CASA.property_id else MOTEL
    return handover.summary(session, hotel, turns, calls, leads)


def lead(name: str) -> Lead:
    return Lead("lead_1", SESSION_ID, "west-bethel-motel", NOW, name, True, CALLER, "caller_line")


def test_who_calls_and_what_about() -> None:
    spoken = told(asked("The shower in room 204 is cold"))
    assert spoken == "The number that calls ends in 0 1 4 2. What it is about: The shower in room 204 is cold."


def test_without_a_reason_the_guests_last_words_are_told() -> None:
    turns = (turn("user", "it is cold"), turn("user", "can I talk to somebody"), turn("assistant", "One moment."))
    assert told(asked(""), turns=turns).endswith("The guest's last words: can I talk to somebody.")
    assert told(turns=()) == "The number that calls ends in 0 1 4 2."


def test_what_was_done_is_told_from_its_outcome() -> None:
    spoken = told(done("create_reservation", STAY, first_name="Linda"), asked("wants a cot"))
    assert spoken.startswith("It is Linda Davis.")
    assert spoken.endswith(f"What it is about: wants a cot. {DEED}")


def test_what_failed_was_not_done() -> None:
    assert "reserved" not in told(done("create_reservation", STAY, ok=False))
    assert "reserved" not in told(replace(done("create_reservation", STAY), answer=None))


def test_the_two_newest_are_told_and_what_led_to_them_is_not() -> None:
    request = {"service": "maintenance", "room": "204", "details": "the shower is cold"}
    message = {"for_whom": "the manager"}
    spoken = told(
        done("check_availability", STAY),
        done("take_message", message),
        done("request_service", request),
        done("create_reservation", STAY),
    )
    assert "asked for a room" not in spoken
    assert "message" not in spoken
    request_told = "In this call something was asked of maintenance for room 204: the shower is cold."
    assert spoken.endswith(f"{request_told} {DEED}")
    assert "asked for a room from Friday, December 4" in told(done("check_availability", STAY))


def test_a_withheld_number_is_not_spoken_of() -> None:
    assert told(asked("help"), session=replace(SESSION, caller_id="")) == "What it is about: help."


def test_a_name_that_was_left_is_told() -> None:
    assert told(leads=(lead("Linda Davis"),)).startswith("It is Linda Davis.")


def test_the_staff_is_told_in_its_own_language_and_which_the_guest_speaks() -> None:
    session = replace(SESSION, property_id=CASA.property_id, language="en")
    spoken = told(asked("quiere una cuna"), done("create_reservation", STAY), session=session)
    assert "El huésped habla inglés." in spoken
    assert "De qué se trata: quiere una cuna." in spoken
    assert "del viernes 4 de diciembre al domingo 6 de diciembre" in spoken
    assert "speaks" not in told(asked("help"))
    assert "The guest speaks Spanish." in told(asked("help"), session=replace(SESSION, language="es"))
    assert "The guest speaks fr." in told(asked("help"), session=replace(SESSION, language="fr"))


@pytest.mark.parametrize(
    "number",
    [
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111111111111111",
        "four one one one, one one one one, one one one one",
        "Cuatro uno uno uno uno uno uno uno",
        "double four one one one one one",
        "411, 111",
        "207.555.0142",
    ],
)
def test_no_long_number_is_told_whoever_said_it(number: str) -> None:
    for spoken in (
        told(asked(f"pays with {number} today")),
        told(turns=(turn("user", f"pays with {number} today"),)),
        told(done("request_service", {"service": "cot", "room": "", "details": f"pays with {number} today"})),
        told(leads=(lead(f"pays with {number} today"),)),
    ):
        assert "pays with a number today" in spoken


def test_short_numbers_are_told() -> None:
    assert "room 204 at 10:30, 2 towels" in told(asked("room 204 at 10:30, 2 towels"))
    assert "one or two towels" in told(asked("one or two towels"))


def test_it_is_never_long() -> None:
    spoken = told(asked("please " * 200), done("create_reservation", STAY), turns=(turn("user", "x " * 900),))
    assert len(spoken) <= handover.LONGEST
    assert "..." in spoken
    assert DEED in spoken


def test_a_result_of_another_version_is_passed_over() -> None:
    assert told(done("create_reservation", {"last_name": "Davis"})).startswith("It is Davis.")
    assert "reserved" not in told(done("create_reservation", {"last_name": "Davis"}))
