"""What our own tools say of their results is no mismatch; what goes beyond them is one. A call, turn by turn."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import Service

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def notes() -> list[str]:
    """What was said and brought a note."""
    return []


@pytest.fixture
def run(call: Service, notes: list[str]) -> Run:
    """Run a tool, and say what it says, in the turn after."""
    turn = [10]

    def make(tool: str, **arguments: Any) -> dict[str, Any]:
        turn[0] += 2
        answer = call.tool(tool, f"call_{turn[0]}", _turn=turn[0], **arguments).get_json()
        told: dict[str, Any] = answer["result"] if answer["ok"] else answer["error"]
        text = told.get("spoken") or told.get("say") or ""
        if "note" in call.turn(turn[0] + 1, "assistant", text).get_json():
            notes.append(f"{tool}: {text}")
        return told

    return make


def said(call: Service, turn: int, text: str) -> str:
    note: str = call.turn(turn, "assistant", text).get_json().get("note", "")
    return note


QUEEN = {"room_type": "standard_queen", "check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2, "pets": 1}


def test_a_booking_may_be_told_of_as_it_is_and_not_otherwise(call: Service, run: Run, notes: list[str]) -> None:
    call.turn(1, "user", "a queen room for friday, my name is Lee")
    run("check_availability", check_in="2026-11-27", check_out="2026-11-29", adults=2, pets=1)
    made = run("create_reservation", **QUEEN, last_name="Lee", first_name="Ann", phone_source="caller_line")
    code = made["confirmation_code"]
    own = {"confirmation_code": code, "last_name": "Lee"}
    assert said(call, 50, f"I've booked the Standard Queen for you. Your confirmation code is {' '.join(code)}.") == ""
    assert "Suite" in said(call, 52, "I've booked the Suite for you.")
    assert "confirmed" in said(call, 54, "Your reservation is confirmed.")
    run("lookup_reservation", **own)
    run("modify_reservation", **own, check_out="2026-11-30")
    assert said(call, 56, "I've extended your stay until Monday, November 30.") == ""
    quoted = run("cancel_reservation", **own, confirm=False)
    assert "cancelled" in said(call, 58, "I have cancelled your reservation.")
    run("cancel_reservation", **own, confirm=True, quoted_fee_cents=quoted["fee_cents"])
    assert said(call, 60, "Your reservation is cancelled, and it costs nothing.") == ""
    assert notes == []


def test_so_may_everything_else_that_the_desk_does(call: Service, run: Run, notes: list[str]) -> None:
    assert said(call, 2, "I've taken a message for the manager.") != ""
    run("take_message", for_whom="manager", message="the tap drips")
    run("request_service", service="wake_up_call", room="101", when="tomorrow at 7 am", details="wake me")
    run("schedule_callback", when="tomorrow", time="10:00", reason="a group", phone_source="caller_line")
    run("create_lead", name="Ann Lee", name_confirmed=True, phone_source="caller_line")
    run("concierge_info", category="restaurants")
    run("search_kb", question="pet fee")
    run("transfer_to_human", department="front_desk", reason="a group")
    assert said(call, 90, "I've taken a message for the manager, and your wake-up call is set.") == ""
    assert notes == []
