"""What one guest asks for in a conversation: every tool that needs nobody outside, in an order that makes sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Results = Mapping[str, Mapping[str, Any]]
"""The newest result of each tool."""


@dataclass(frozen=True)
class Step:
    """A tool call. `arguments` are made of the day of arrival and of what came before."""

    tool: str
    arguments: Callable[[date, Results], dict[str, Any]]


def _fixed(**arguments: Any) -> Callable[[date, Results], dict[str, Any]]:
    return lambda day, results: arguments


def _stay(day: date, results: Results) -> dict[str, Any]:
    return {"check_in": day.isoformat(), "check_out": (day + timedelta(days=2)).isoformat(), "adults": 2}


def _booking(day: date, results: Results) -> dict[str, Any]:
    return {**_stay(day, results), "room_type": "standard_queen", "first_name": "Linda", "last_name": "Davis"}


def _mine(results: Results) -> dict[str, Any]:
    code = results.get("create_reservation", {}).get("confirmation_code", "00000000")
    return {"confirmation_code": code, "last_name": "Davis"}


def _longer(day: date, results: Results) -> dict[str, Any]:
    return {**_mine(results), "check_out": (day + timedelta(days=3)).isoformat()}


def _cancelled(day: date, results: Results) -> dict[str, Any]:
    quoted = results.get("cancel_reservation", {})
    return {**_mine(results), "confirm": True, "quoted_fee_cents": quoted.get("fee_cents", 0)}


STORY = (
    Step("check_availability", _stay),
    Step("search_kb", _fixed(question="Are pets allowed?")),
    Step("concierge_info", _fixed(category="restaurants")),
    Step("get_caller_history", _fixed()),
    Step("create_reservation", _booking),
    Step("lookup_reservation", lambda day, results: _mine(results)),
    Step("modify_reservation", _longer),
    Step("cancel_reservation", lambda day, results: {**_mine(results), "confirm": False}),
    Step("cancel_reservation", _cancelled),
    Step("take_message", _fixed(for_whom="the manager", message="Please call me about a group.")),
    Step("request_service", _fixed(service="cot", room="101", details="A cot for a baby of ten months.")),
    Step("schedule_callback", _fixed(when="tomorrow", time="10:00", reason="a group", phone_source="caller_line")),
    Step("create_lead", _fixed(name="Linda Davis", name_confirmed=True, phone_source="caller_line", notes="a group")),
    Step("set_language", _fixed(language="en")),
    Step("handle_ivr_menu", _fixed(keys="2075550199")),
    Step("transfer_to_human", _fixed(department="front_desk", reason="a group")),
    Step("end_call", _fixed(reason="goodbye")),
)
"""Not here: send_sms and generate_payment_link, whose time is Twilio's and Stripe's, and play_hold_music."""
