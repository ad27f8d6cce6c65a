"""Which calls a hotel takes: the rules alone."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from nightdesk import admission, properties, tokens
from nightdesk.conversation import Session, Stream
from nightdesk.hotel.model import Property
from nightdesk.hotel.records import BlockedCaller
from nightdesk.hotel.screening import Screening
from nightdesk.then import Then

from .conftest import CALLED, CALLER
from .stored import NOW
from .test_twilio import FRONT_DESK

HOTEL = dataclasses.replace(properties.load().by_id["west-bethel-motel"], screening=Screening())
HOUR = timedelta(hours=1)


def a_call(minutes_ago: float = 0, **changes: Any) -> Session:
    name = changes.pop("session_id", f"sess_{minutes_ago}")
    begun = NOW - timedelta(minutes=minutes_ago)
    made = Session(name, HOTEL.property_id, "voice", "inbound", "en", "CA1", CALLER, CALLED, "A", begun)
    return dataclasses.replace(made, **changes)


def silent(minutes_ago: float) -> Session:
    return a_call(minutes_ago, steps={"stream-1": {"action": "hangup", "about": "idle"}})


def hotel(**rules: Any) -> Property:
    return dataclasses.replace(HOTEL, screening=Screening(**rules))


def screened(taken: list[Session], at: Property = HOTEL, listed: BlockedCaller | None = None, **new: Any) -> str:
    return admission.screened(at, a_call(session_id="new", **new), listed, taken, NOW)


def listed(**changes: Any) -> BlockedCaller:
    return dataclasses.replace(BlockedCaller("k", HOTEL.property_id, NOW - HOUR, CALLER), **changes)


def test_a_first_call_is_taken() -> None:
    assert screened([]) == ""


def test_too_many_calls_are_those_of_the_last_hour() -> None:
    calls = [a_call(minutes) for minutes in (1, 30, 59)]
    assert screened(calls, hotel(calls_per_hour=3)) == "too_many_calls"
    assert screened(calls, hotel(calls_per_hour=4)) == ""
    assert screened([*calls[:2], a_call(61)], hotel(calls_per_hour=3)) == ""
    assert screened(calls, hotel(calls_per_hour=0)) == ""


def test_one_number_does_not_hold_all_lines() -> None:
    calls = [a_call(minutes) for minutes in (1, 2, 3)]
    assert screened(calls, hotel(calls_at_once=3)) == "too_many_calls"
    assert screened(calls, hotel(calls_at_once=4)) == ""
    assert screened(calls, hotel(calls_at_once=0)) == ""
    assert screened([*calls[:2], a_call(3, terminal_status="completed")], hotel(calls_at_once=3)) == ""


def test_a_line_whose_end_was_never_told_is_held_no_longer_than_a_call_may_take() -> None:
    longest_minutes = HOTEL.limits.call_s / 60 + 2
    assert screened([a_call(longest_minutes - 1)], hotel(calls_at_once=1)) == "too_many_calls"
    assert screened([a_call(longest_minutes + 1)], hotel(calls_at_once=1)) == ""


def test_what_we_placed_and_what_came_at_a_screen_are_no_calls_of_the_number() -> None:
    calls = [a_call(1, direction="outbound"), a_call(2, channel="kiosk"), a_call(3, session_id="new"), a_call(4)]
    assert screened(calls, hotel(calls_per_hour=2)) == ""
    assert screened(calls, hotel(calls_per_hour=1)) == "too_many_calls"


def test_calls_in_which_nobody_spoke_end_the_hotels_patience() -> None:
    assert screened([silent(5), silent(10)]) == ""
    assert screened([silent(5), silent(10), silent(15)]) == "silent_calls"
    assert screened([silent(5), silent(10), silent(15)], hotel(silent_calls=0)) == ""


def test_a_call_in_which_somebody_spoke_begins_the_count_anew() -> None:
    assert screened([silent(5), silent(10), a_call(12, spoke=True), silent(15)]) == ""


def test_a_call_that_was_hung_up_is_neither_silent_nor_spoken() -> None:
    assert screened([silent(5), a_call(7), silent(10), a_call(12), silent(15)]) == "silent_calls"


@pytest.mark.parametrize("reason", ["idle", "no_guest"])
def test_a_line_that_was_given_up_is_silent_before_and_after_its_end_was_asked_for(reason: str) -> None:
    due = a_call(then=Then("hangup", reason=reason, due=True))
    done = a_call(steps={"stream-2": {"action": "hangup", "about": reason}})
    assert admission.was_silent(due)
    assert admission.was_silent(done)
    assert not admission.was_silent(dataclasses.replace(due, spoke=True))
    assert not admission.was_silent(a_call(steps={"stream-1": {"action": "hangup", "about": ""}}))


def test_a_number_is_blocked_by_the_file_and_by_staff_until_its_time_is_over() -> None:
    assert screened([], dataclasses.replace(HOTEL, blocked_callers=frozenset({CALLER}))) == "blocked"
    assert screened([], listed=listed()) == "blocked"
    assert screened([], listed=listed(until=NOW + HOUR)) == "blocked"
    assert screened([], listed=listed(until=NOW)) == ""


def test_who_was_let_in_again_is_forgiven_what_was_before() -> None:
    lifted = listed(status="lifted", lifted_at=NOW - timedelta(minutes=8))
    assert screened([silent(5), silent(10), silent(15)], listed=lifted) == ""
    calls = [a_call(minutes) for minutes in (1, 2, 9, 10)]
    assert screened(calls, hotel(calls_per_hour=3), listed=lifted) == ""
    assert screened(calls, hotel(calls_per_hour=2), listed=lifted) == "too_many_calls"


def test_the_hotels_own_telephones_and_whom_it_names_are_not_screened() -> None:
    calls = [a_call(1, caller_id=FRONT_DESK)] * 2
    assert screened(calls, hotel(calls_per_hour=1), caller_id=FRONT_DESK) == ""
    assert screened([a_call(1)], hotel(calls_per_hour=1, never_refused=frozenset({CALLER}))) == ""
    assert screened([], hotel(never_refused=frozenset({CALLER})), listed=listed()) == ""


def test_a_number_that_is_not_the_callers_excuses_nothing() -> None:
    theirs = hotel(never_refused=frozenset({CALLER}))
    assert screened([], theirs, listed=listed(), stir=tokens.NOT_THEIRS) == "blocked"
    assert screened([], theirs, listed=listed(), stir="C") == ""
    assert (
        screened([a_call(1)], hotel(calls_per_hour=1), caller_id=FRONT_DESK, stir=tokens.NOT_THEIRS) == "too_many_calls"
    )


@pytest.mark.parametrize(("rule", "reason"), [("take", ""), ("staff", "withheld"), ("refuse", "withheld")])
def test_what_becomes_of_a_withheld_number_stands_in_the_file(rule: str, reason: str) -> None:
    assert screened([], hotel(withheld=rule), caller_id="") == reason


@pytest.mark.parametrize("new", [{"channel": "kiosk"}, {"channel": "web"}, {"direction": "outbound"}])
def test_pages_and_calls_that_we_place_are_not_screened(new: dict[str, Any]) -> None:
    at = dataclasses.replace(hotel(withheld="refuse"), blocked_callers=frozenset({CALLER}))
    assert screened([], at, **new) == ""
    assert screened([], at, caller_id="", **new) == ""


def test_a_call_gets_the_free_slot_and_one_too_many_does_not() -> None:
    assert admission.admitted(a_call(), HOTEL, "", 3).slot == 3
    refused = admission.admitted(a_call(), HOTEL, "", None)
    assert (refused.refused, refused.status, refused.slot) == ("busy", "missed", None)


def test_somebody_who_answers_our_call_is_not_sent_away_and_a_page_needs_no_slot() -> None:
    placed = a_call(direction="outbound")
    assert admission.admitted(placed, HOTEL, "", None) == placed
    assert admission.admitted(placed, HOTEL, "", 2).slot == 2
    page = a_call(channel="kiosk")
    assert admission.admitted(page, HOTEL, "", 2) == page


@pytest.mark.parametrize(
    ("reason", "rules", "action"),
    [
        ("blocked", {}, "hangup"),
        ("silent_calls", {}, "hangup"),
        ("too_many_calls", {}, "hangup"),
        ("too_many_calls", {"too_many_calls": "staff"}, "transfer"),
        ("withheld", {"withheld": "refuse"}, "hangup"),
        ("withheld", {"withheld": "staff"}, "transfer"),
        ("busy", {}, "transfer"),
        ("busy", {"busy": "refuse"}, "hangup"),
    ],
)
def test_what_a_refusal_leads_to_stands_in_the_file(reason: str, rules: dict[str, str], action: str) -> None:
    refused = admission.admitted(a_call(), hotel(**rules), reason, 1)
    assert refused.then is not None
    assert (refused.then.action, refused.then.reason, refused.then.due) == (action, reason, True)
    assert refused.slot is None


def test_only_the_first_stream_of_a_conversation_is_a_new_call() -> None:
    assert admission.is_new(None)
    assert admission.is_new(a_call())
    assert admission.is_new(a_call(streams=(Stream(1, ""),)))  # an event has told of it before it asked
    assert not admission.is_new(a_call(streams=(Stream(1, "MZ1"),)))


def test_who_was_let_in_or_refused_at_the_menu_is_no_new_call_for_a_stream() -> None:
    assert not admission.is_new(a_call(slot=0))
    assert not admission.is_new(a_call(refused="busy"))
    assert not admission.is_new(a_call(terminal_status="completed"))
