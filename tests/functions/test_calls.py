"""What a phone call does next: pure decisions."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from nightdesk import calls
from nightdesk.conversation import Session
from nightdesk.steps import Step
from nightdesk.then import Then

from .conftest import CALL_SID, CALLED, CALLER, SESSION_ID

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)


@pytest.fixture
def session() -> Session:
    return Session(SESSION_ID, "west-bethel-motel", "voice", "inbound", "en", CALL_SID, CALLER, CALLED, "A", NOW)


def test_a_broken_stream_gets_another(session: Session) -> None:
    session, step = calls.after_stream(session, 1)
    assert step == Step("attach", attempt=2)
    assert (session.attempt, session.breaks, session.returned_from) == (2, 1, "break")


def test_the_same_end_is_answered_the_same_and_counts_once(session: Session) -> None:
    once, first = calls.after_stream(session, 1)
    twice, second = calls.after_stream(once, 1)
    assert second == first
    assert twice == once


def test_three_breaks_in_a_row_are_mended_and_the_fourth_goes_on_without_a_stream(session: Session) -> None:
    steps = []
    for attempt in range(1, 5):
        session, step = calls.after_stream(session, attempt)
        steps.append(step)
    assert [step.action for step in steps] == ["attach", "attach", "attach", "gather"]
    assert steps[-1] == Step("gather", attempt=5, about="broken")


def test_a_word_from_the_guest_makes_breaks_count_anew(session: Session) -> None:
    for attempt in range(1, 4):
        session, _ = calls.after_stream(session, attempt)
    session = calls.spoken(session, 4, 1, "hello?")
    session, step = calls.after_stream(session, 4)
    assert (step.action, session.breaks) == ("attach", 1)


def test_silence_does_not_make_breaks_count_anew(session: Session) -> None:
    session, _ = calls.after_stream(session, 1)
    assert calls.spoken(session, 2, 1, "").breaks == 1


def test_planned_returns_do_not_count_as_breaks(session: Session) -> None:
    for attempt in range(1, 9):
        session = replace(session, then=calls.give_back(session, "draining"))
        session, step = calls.after_stream(session, attempt)
        assert step == Step("attach", attempt=attempt + 1)
    assert session.breaks == 0
    assert session.returned_from == "draining"


def test_a_hold_that_is_due_is_followed_by_another_stream_and_no_break(session: Session) -> None:
    session = replace(session, then=Then("hold", seconds=30, due=True))
    session, step = calls.after_stream(session, 1)
    assert step == Step("hold", attempt=2, seconds=30)
    assert (session.breaks, session.returned_from) == (0, "hold")
    assert calls.after_stream(session, 1)[1] == step


def test_a_hold_that_nobody_heard_of_is_a_break(session: Session) -> None:
    session, step = calls.after_stream(replace(session, then=Then("hold", seconds=30)), 1)
    assert (step, session.breaks) == (Step("attach", attempt=2), 1)


def test_a_transfer_acts_even_when_nobody_said_it_was_due(session: Session) -> None:
    session = replace(session, then=Then("transfer", to="front_desk"))
    session, step = calls.after_stream(session, 1)
    assert step == Step("dial", department="front_desk")
    assert session.transferred_to == "front_desk"


def test_a_hangup_whose_goodbye_was_not_heard_is_dropped(session: Session) -> None:
    session = replace(session, then=Then("hangup"))
    session, step = calls.after_stream(session, 1)
    assert step.action == "attach"
    assert session.then is None


def test_a_hangup_that_is_due_hangs_up(session: Session) -> None:
    _, step = calls.after_stream(replace(session, then=Then("hangup", due=True)), 1)
    assert step == Step("hangup")


@pytest.mark.parametrize(
    ("reason", "step"),
    [
        ("engines_lost", Step("gather", attempt=2, about="engines_lost")),
        ("busy", Step("dial", department="front_desk", about="busy")),
        ("over_budget", Step("dial", department="front_desk", about="over_budget")),
        ("over_time", Step("dial", department="front_desk", about="over_time")),
        ("over_turns", Step("dial", department="front_desk", about="over_turns")),
        ("no_progress", Step("dial", department="front_desk", about="no_progress")),
        ("no_guest", Step("hangup", about="no_guest")),
        ("idle", Step("hangup", about="idle")),
        ("blocked", Step("hangup", about="blocked")),
        ("draining", Step("attach", attempt=2)),
    ],
)
def test_every_reason_to_give_a_call_back_has_its_outcome(session: Session, reason: str, step: Step) -> None:
    session = replace(session, then=calls.give_back(session, reason))
    assert calls.after_stream(session, 1)[1] == step


def test_what_is_due_already_stays_due(session: Session) -> None:
    due = Then("transfer", to="front_desk", due=True)
    assert calls.give_back(replace(session, then=due), "idle") == due


def test_a_relay_that_drains_does_not_hold_up_a_transfer(session: Session) -> None:
    session = replace(session, then=Then("transfer", to="front_desk"))
    assert calls.give_back(session, "draining") == Then("transfer", to="front_desk", due=True)


def transferred(session: Session, attempt: int = 1) -> Session:
    session = replace(session, then=Then("transfer", to="front_desk", due=True))
    return calls.after_stream(session, attempt)[0]


@pytest.mark.parametrize("status", ["completed", "answered"])
def test_a_transfer_that_was_answered_ends_the_call(session: Session, status: str) -> None:
    session, step = calls.after_dial(transferred(session), 1, status)
    assert step == Step("hangup")
    assert session.transferred_to == "front_desk"


@pytest.mark.parametrize("status", ["no-answer", "busy", "failed", "canceled"])
def test_a_transfer_nobody_took_brings_the_guest_back_with_a_note(session: Session, status: str) -> None:
    session, step = calls.after_dial(transferred(session), 1, status)
    assert step == Step("attach", attempt=2)
    assert (session.transferred_to, session.returned_from, session.breaks) == ("", "no_answer", 0)
    assert [note.attempt for note in session.notes] == [1]
    assert f"nobody took the call ({status})" in session.notes[0].text


def test_a_repeated_dial_end_changes_nothing(session: Session) -> None:
    once, first = calls.after_dial(transferred(session), 1, "no-answer")
    assert calls.after_dial(once, 1, "no-answer") == (once, first)


def test_where_nobody_answers_the_next_is_rung_and_then_the_guest_is_back(session: Session) -> None:
    session = replace(session, then=Then("transfer", to="housekeeping"))
    session, _ = calls.after_stream(session, 1)
    others, steps = ["housekeeping", "front_desk", "manager"], []
    for dial in range(1, 4):
        session, step = calls.after_dial(session, 1, "no-answer", dial, others)
        steps.append(step)
        assert calls.after_dial(session, 1, "no-answer", dial, others) == (session, step)
    assert steps == [
        Step("dial", department="front_desk", about="nobody_there", dial=2),
        Step("dial", department="manager", about="nobody_there", dial=3),
        Step("attach", attempt=2),
    ]
    assert "housekeeping and front_desk and manager" in session.notes[0].text
    assert (session.unanswered, session.transferred_to) == (1, "")


def test_the_second_who_is_rung_may_take_the_call(session: Session) -> None:
    session, _ = calls.after_stream(replace(session, then=Then("transfer", to="front_desk")), 1)
    session, _ = calls.after_dial(session, 1, "busy", 1, ["front_desk", "manager"])
    session, step = calls.after_dial(session, 1, "completed", 2, ["manager"])
    assert (step, session.transferred_to) == (Step("hangup"), "manager")


def test_transfers_nobody_takes_do_not_go_round_for_ever(session: Session) -> None:
    """An agent that transfers again on its own, without a word from the guest, is stopped."""
    actions = []
    for attempt in range(1, 4):
        session, step = calls.after_dial(transferred(session, attempt), attempt, "no-answer")
        actions.append(step.action)
    assert actions == ["attach", "attach", "voicemail"]


def test_a_guest_who_asks_again_is_put_through_again(session: Session) -> None:
    for attempt in range(1, 7):
        session, step = calls.after_dial(transferred(session, attempt), attempt, "no-answer")
        assert step.action == "attach"
        session = calls.spoken(session, attempt + 1, 1, "please try again")


def test_where_no_agent_can_go_on_an_unanswered_transfer_ends_at_the_tape(session: Session) -> None:
    session = replace(session, then=calls.give_back(session, "over_time"))
    session, _ = calls.after_stream(session, 1)
    _, step = calls.after_dial(session, 1, "no-answer")
    assert step == Step("voicemail", about="nobody")


def nobody(_: str) -> list[str]:
    return []


def lost(session: Session) -> Session:
    """The engines are lost, and the conversation goes on turn by turn, as attempt 2."""
    session, step = calls.after_stream(replace(session, then=calls.give_back(session, "engines_lost")), 1)
    assert step.action == "gather"
    return session


def test_a_transfer_that_was_promised_goes_before_the_loss_of_the_engines(session: Session) -> None:
    session = replace(session, then=Then("transfer", to="manager"))
    session, step = calls.after_stream(replace(session, then=calls.give_back(session, "engines_lost")), 1)
    assert step == Step("dial", department="manager")


def test_turn_by_turn_a_person_nobody_is_leads_to_the_tape(session: Session) -> None:
    session = calls.by_key(lost(session), Then("transfer", to="front_desk"))
    session, step = calls.after_stream(session, 2)
    assert step == Step("dial", department="front_desk")
    _, step = calls.after_dial(session, 2, "no-answer")
    assert step == Step("voicemail", about="nobody")


def test_where_nobody_is_there_no_telephone_rings(session: Session) -> None:
    session = calls.by_key(lost(session), Then("transfer", to="front_desk"))
    session, step = calls.after_stream(session, 2, nobody)
    assert (step, session.transferred_to) == (Step("voicemail", about="nobody"), "")


def test_an_agent_that_can_go_on_is_asked_for_a_person_also_when_the_house_is_closed(session: Session) -> None:
    """It has chosen whom, and it knows the hours; behind the telephone may be another one."""
    session = replace(session, then=Then("transfer", to="front_desk"))
    assert calls.after_stream(session, 1, nobody)[1] == Step("dial", department="front_desk")


def test_who_is_there_takes_the_call_of_who_is_closed(session: Session) -> None:
    there = {"housekeeping": ["manager", "front_desk"]}
    session = calls.by_key(session, Then("transfer", to="housekeeping", reason="key"))
    session, step = calls.after_stream(session, 1, there.__getitem__)
    assert (step, session.transferred_to) == (Step("dial", department="manager", about="key"), "manager")


def test_who_keyed_for_a_person_is_told_that_nobody_is_there(session: Session) -> None:
    """A tape that was keyed for itself needs no such words."""
    session = calls.by_key(lost(session), Then("transfer", to="front_desk", reason="key"))
    assert calls.after_stream(session, 2, nobody)[1] == Step("voicemail", about="nobody")


def test_a_hold_turn_by_turn_goes_on_turn_by_turn(session: Session) -> None:
    session, step = calls.after_stream(replace(lost(session), then=Then("hold", seconds=20, due=True)), 2)
    assert step == Step("gather", attempt=3, about="hold", seconds=20)


def test_without_the_clerk_the_keys_are_left(session: Session) -> None:
    once, first = calls.without_clerk(lost(session), 2)
    assert (first, once.rung, once.given_up) == (Step("menu", attempt=3, about="no_clerk"), "menu", True)
    assert calls.without_clerk(once, 2) == (once, first)


def test_a_key_does_not_undo_what_is_due(session: Session) -> None:
    due = replace(session, then=Then("hangup", due=True))
    assert calls.by_key(due, Then("voicemail")) == due


def test_an_attempt_that_is_over_gets_what_was_promised_since(session: Session) -> None:
    session = lost(session)
    assert calls.without_clerk(session, 1)[1] == calls.after_stream(session, 1)[1]
    assert calls.after_stream(replace(session, attempt=4), 3)[1] == Step("gather", attempt=4)


def test_an_old_stream_that_ends_late_gets_the_current_promise(session: Session) -> None:
    session = replace(session, attempt=3)
    assert calls.after_stream(session, 2) == (session, Step("attach", attempt=3))


def test_a_later_word_withdraws_what_was_pending(session: Session) -> None:
    pending = replace(session, then=Then("transfer", to="front_desk", position=(1, 7)))
    assert calls.spoken(pending, 1, 8, "no, wait").then is None


def test_the_words_that_asked_for_it_do_not_withdraw_it_when_they_come_late(session: Session) -> None:
    pending = replace(session, then=Then("transfer", to="front_desk", position=(1, 7)))
    assert calls.spoken(pending, 1, 6, "a person please").then == pending.then


def test_what_is_due_is_not_withdrawn(session: Session) -> None:
    due = replace(session, then=Then("hangup", position=(1, 7), due=True))
    assert calls.spoken(due, 1, 8, "bye").then == due.then


@pytest.mark.parametrize(
    ("status", "becomes"),
    [
        ("completed", "completed"),
        ("no-answer", "missed"),
        ("busy", "missed"),
        ("canceled", "abandoned"),
        ("failed", "failed"),
    ],
)
def test_the_first_terminal_status_stays(session: Session, status: str, becomes: str) -> None:
    session = calls.ended(session, status, 92, NOW)
    assert (session.status, session.duration_seconds, session.terminal_at) == (becomes, 92, NOW)
    assert calls.ended(session, "failed", 5, NOW) == session


def test_a_call_that_was_refused_stays_missed_when_it_ends(session: Session) -> None:
    refused = replace(session, status="missed", refused="blocked")
    ended = calls.ended(refused, "completed", 5, NOW)
    assert (ended.status, ended.terminal_status) == ("missed", "completed")
