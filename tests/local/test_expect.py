from datetime import date
from typing import Any

import pytest

from local import expect
from local.callers.scene import Expectation, ExpectedTool, Faults, KillRelay
from local.facts import Facts
from local.listen import price_in_words
from local.render import AGENT_RATE_WPM, AGENT_VOICE, speak_all
from tests.local.facts_helpers import EVENTS, ended, event, facts, message, silence, tool

TODAY = date(2026, 11, 24)


def failures(call: Facts) -> list[str]:
    return expect.failures(call, TODAY)


def test_a_call_in_order_has_no_failures() -> None:
    assert failures(facts()) == []


def test_a_scene_that_is_met_in_all_its_parts_has_no_failures() -> None:
    expectation = Expectation(
        tools=(
            ExpectedTool("check_availability", {"check_in": "<friday>"}, {"nights": 2}),
            ExpectedTool("create_lead"),
        ),
        outcome="lead_created",
        lead={"phone": "+12075550142", "name_confirmed": False},
        said=("standard queen",),
        never_said=("deluxe",),
        said_once=("how may i help",),
        events=("conversation.started", "conversation.function_call", "conversation.ended"),
        attempts=1,
        ended_by="agent",
        barge_ins=0,
    )
    assert failures(facts(expectation)) == []


@pytest.mark.parametrize(
    ("expectation", "changes", "words"),
    [
        (Expectation(tools=()), {}, "tools were check_availability, create_lead; expected none"),
        (
            Expectation(
                tools=(ExpectedTool("check_availability", {"check_in": "<saturday>"}), ExpectedTool("create_lead"))
            ),
            {},
            "check_availability: arguments.check_in is '2026-11-27', expected '2026-11-28'",
        ),
        (
            Expectation(tools=(ExpectedTool("check_availability", {}, {"offers": []}), ExpectedTool("create_lead"))),
            {},
            "check_availability: result.offers is",
        ),
        (
            Expectation(tools=(ExpectedTool("check_availability", {"pets": 1}), ExpectedTool("create_lead"))),
            {},
            "check_availability: arguments.pets is missing",
        ),
        (
            Expectation(tools=(ExpectedTool("check_availability"), ExpectedTool("create_lead", ok=False))),
            {},
            "create_lead: ok is True",
        ),
        (Expectation(outcome="transferred"), {}, "the outcome is 'lead_created', expected 'transferred'"),
        (Expectation(outcome="lead_created"), {"outcome": "failed"}, "the stored outcome is 'failed'"),
        (Expectation(transferred_to="front_desk"), {}, "transferred to None, expected 'front_desk'"),
        (Expectation(lead={"phone": "+1"}), {}, "lead: phone is '+12075550142', expected '+1'"),
        (Expectation(lead={}), {"leads": []}, "0 leads were left, expected one"),
        (Expectation(lead=False), {}, "1 lead(s) were left, expected none"),
        (Expectation(said=("goodbye",)), {}, "the agent never said 'goodbye'"),
        (Expectation(never_said=("in total",)), {}, "the agent said 'in total'"),
        (Expectation(said_once=("e",)), {}, "the agent said 'e' in 2 turns, expected one"),
        (
            Expectation(events=("conversation.ended", "stream.ended")),
            {},
            "expected stream.ended after conversation.ended",
        ),
        (Expectation(attempts=2), {}, "the call had 1 streams, expected 2"),
        (Expectation(ended_by="caller"), {}, "the call was ended by twiml, expected caller"),
        (Expectation(ended_by="agent"), {"ended_by": "caller"}, "the call was ended by caller, expected agent"),
        (Expectation(barge_ins=1), {}, "0 turns of the agent were interrupted, expected 1"),
        (Expectation(), {"complaint": "nobody came"}, "nobody came"),
        (Expectation(), {"problems": ["31951: x"]}, "Twilio's debugger shows: 31951: x"),
        (Expectation(), {"slots": [3]}, "the call still takes a place among the hotel's calls"),
        (Expectation(), {"replayed": ["a row was changed"]}, "a row was changed"),
        (Expectation(), {"kept": {"4242": ["logs/a.log", "b"]}}, "4242 stands in logs/a.log, b"),
        (Expectation(), {"events": EVENTS[:-1]}, "conversation.ended was published 0 times"),
        (Expectation(), {"events": [*EVENTS, ended(13_000)]}, "conversation.ended was published 2 times"),
        (Expectation(), {"events": [*EVENTS, EVENTS[1]]}, "was published 2 times"),
        (
            Expectation(),
            {"events": [*EVENTS, tool(9900, "create_lead", {}, {}, tool_call_id="call_9500")]},
            "a tool call was carried out twice",
        ),
    ],
)
def test_what_is_not_as_expected_is_said(expectation: Expectation, changes: dict[str, Any], words: str) -> None:
    found = failures(facts(expectation, **changes))
    assert any(words in failure for failure in found), found


def test_a_replayed_tool_call_did_nothing() -> None:
    again = tool(9900, "create_lead", {}, {}, tool_call_id="call_9500", replayed=True)
    expectation = Expectation(tools=(ExpectedTool("check_availability"), ExpectedTool("create_lead")))
    assert failures(facts(expectation, [*EVENTS[:-1], again, EVENTS[-1]])) == []


def test_a_killed_relay_is_no_problem_of_the_application() -> None:
    call = facts(faults=Faults(kill_relay=KillRelay(100)), problems=["31903"])
    assert failures(call) == []


def test_a_price_that_nobody_said_fails() -> None:
    silent = [one for one in EVENTS if one is not EVENTS[4]]
    assert failures(facts(Expectation(heard_price=True), silent)) == [
        "no turn of the agent has the total that the tool computed"
    ]


@pytest.mark.parametrize(("said_cents", "is_right"), [(33572, True), (33472, False)])
def test_the_price_is_judged_by_the_audio_and_not_by_the_transcript(said_cents: int, is_right: bool) -> None:
    words = f"the Standard Queen is {price_in_words(said_cents)} in total"
    spoken = speak_all([words], AGENT_VOICE, AGENT_RATE_WPM)[0]
    length_ms = len(spoken) // 8
    events = [
        *EVENTS[:4],
        message(4500 + length_ms, "assistant", "The Standard Queen is $335.72 in total."),
        EVENTS[-1],
    ]
    call = facts(Expectation(heard_price=True), events)
    object.__setattr__(call.record, "heard", silence(4400) + spoken + silence(1000))
    found = failures(call)
    assert (found == []) is is_right
    if not is_right:
        assert found == ["the price heard is 33472 cents, the tool computed 33572"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<tuesday>", "2026-11-24"),
        ("<wednesday>", "2026-11-25"),
        ("<monday>", "2026-11-30"),
        ("<friday+2>", "2026-11-29"),
        ("friday", "friday"),
    ],
)
def test_days_are_the_first_such_day_from_today(text: str, expected: str) -> None:
    assert expect.day(text, TODAY) == expected


def test_a_second_stream_counts_as_an_attempt() -> None:
    resumed = event("stream.resumed", 6000, attempt=2)
    assert failures(facts(Expectation(attempts=2), [*EVENTS[:-1], resumed, EVENTS[-1]])) == []


def test_words_texts_calls_and_rows_that_are_as_expected() -> None:
    call = facts(
        Expectation(
            heard=("press one",),
            never_heard=("goodbye",),
            texts=({"to": "+12075550142", "body": "code"},),
            calls={"+12072203502": ("completed",)},
            stored={"messages": ({"urgency": "high"},)},
        )
    )
    call.spoken = ["For a room PRESS one."]
    call.texts = [{"to": "+12075550142", "body": "Your code is 12"}]
    call.called = {"+12072203502": [call.record]}
    call.rows = {"messages": [{"urgency": "high", "text": "hello"}]}
    assert failures(call) == []


@pytest.mark.parametrize(
    ("expectation", "failure"),
    [
        (Expectation(heard=("press two",)), "the guest never heard 'press two'"),
        (Expectation(never_heard=("press one",)), "the guest heard 'press one'"),
        (Expectation(texts=()), "1 texts were sent, expected 0"),
        (Expectation(texts=({"body": "link"},)), "the text was"),
        (Expectation(calls={"+12072203502": ("busy",)}), "calls to +12072203502 came to ('completed',)"),
        (Expectation(calls={"+12072203503": ("busy",)}), "calls to +12072203503 came to ()"),
        (Expectation(stored={"messages": ()}), "messages: there are 1, expected 0"),
        (Expectation(stored={"messages": ({"urgency": "low"},)}), "messages: none is"),
    ],
)
def test_words_texts_calls_and_rows_that_are_not(expectation: Expectation, failure: str) -> None:
    call = facts(expectation)
    call.spoken = ["For a room press one."]
    call.texts = [{"to": "+12075550142", "body": "Your code is 12"}]
    call.called = {"+12072203502": [call.record]}
    call.rows = {"messages": [{"urgency": "high"}]}
    (found,) = failures(call)
    assert found.startswith(failure)


@pytest.mark.parametrize(
    ("event_id", "failures_"),
    [("sess_a-twilio-1-completed", 0), ("sess_a-payments-1-payment_1", 0), ("sess_a-tools-1-7", 1)],
)
def test_a_webhook_that_comes_twice_may_say_its_event_twice_and_nobody_else_may(event_id: str, failures_: int) -> None:
    said = {**event("call.completed", 11_500), "event_id": event_id}
    assert len(failures(facts(events=[*EVENTS, said, said], faults=Faults(webhooks_twice=True)))) == failures_
