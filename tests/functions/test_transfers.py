"""What a warm transfer does next: pure decisions, in whatever order the two calls' webhooks come."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nightdesk import calls, transfers
from nightdesk.conversation import Session, Waiting
from nightdesk.steps import NOTHING, Step
from nightdesk.then import Then
from nightdesk.transfers import Deed

from .conftest import CALL_SID, CALLED, CALLER, SESSION_ID

NOW = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
WARM = frozenset({"maintenance", "front_desk"})
OTHERS = ("front_desk", "manager")
LEG = "CA" + "1" * 32
LIMIT_S = 120


@pytest.fixture
def session() -> Session:
    """A guest whom the agent puts through to the maintenance, as the stream ends."""
    talked = Session(SESSION_ID, "west-bethel-motel", "voice", "inbound", "en", CALL_SID, CALLER, CALLED, "A", NOW)
    return calls.after_stream(replace(talked, then=Then("transfer", to="maintenance")), 1, warm=WARM)[0]


@pytest.fixture
def ringing(session: Session) -> Session:
    return transfers.placed(transfers.claimed(session), 1, 1, LEG)


@pytest.fixture
def talking(ringing: Session) -> Session:
    return transfers.accepted(ringing, 1, 1)[0]


def missed(session: Session, dial: int = 1, why: str = "declined", others: Iterable[str] = OTHERS) -> Session:
    return transfers.missed(session, 1, dial, why, tuple(others), WARM)


def after_queue(session: Session, bridged: bool = False, asked: int = 0) -> tuple[Session, Step]:
    return transfers.after_queue(session, 1, bridged, asked)


def waiting(session: Session) -> Waiting:
    assert session.waiting is not None
    return session.waiting


# -- how it begins


def test_a_warm_department_is_told_first_while_the_guest_waits(session: Session) -> None:
    assert waiting(session) == Waiting(1, 1, "maintenance", "due")
    assert session.transferred_to == "maintenance"
    assert calls.after_stream(session, 1, warm=WARM) == (session, Step("enqueue", department="maintenance"))


def test_any_other_department_is_rung_as_ever(session: Session) -> None:
    blind = replace(session, waiting=None, steps=None, then=Then("transfer", to="manager"))
    blind, step = calls.after_stream(blind, 1, warm=WARM)
    assert (step, blind.waiting) == (Step("dial", department="manager"), None)


def test_who_comes_from_an_agent_that_failed_waits_for_nobodys_yes(session: Session) -> None:
    lost = replace(session, waiting=None, steps=None, then=Then("transfer", to="front_desk", last_resort=True))
    assert calls.after_stream(lost, 1, warm=WARM)[1].action == "dial"


def test_after_a_telephone_that_rang_in_vain_the_next_may_be_told_first(session: Session) -> None:
    blind = replace(session, waiting=None, steps=None, then=Then("transfer", to="manager"))
    blind, _ = calls.after_stream(blind, 1, warm=WARM)
    blind, step = calls.after_dial(blind, 1, "no-answer", 1, ["manager", "front_desk"], WARM)
    assert step == Step("enqueue", department="front_desk", about="nobody_there", dial=2)
    assert waiting(blind) == Waiting(1, 2, "front_desk")


def test_the_staff_is_called_by_one_webhook_alone(session: Session) -> None:
    assert transfers.deeds(None, session) == [Deed("ring")]
    called = transfers.claimed(session)
    assert waiting(called).state == "ringing"
    assert transfers.claimed(called) == called
    assert transfers.deeds(session, called) == []
    gone = transfers.guest_left(session, 1)
    assert transfers.claimed(gone) == gone


# -- nobody takes it


@pytest.mark.parametrize("why", ["declined", "voicemail", "no-answer", "busy", "failed", "could not be called"])
def test_a_call_that_is_not_taken_goes_to_the_next_while_the_guest_goes_on_waiting(ringing: Session, why: str) -> None:
    after = missed(ringing, why=why)
    assert (waiting(after).state, waiting(after).dial, waiting(after).department) == ("due", 2, "front_desk")
    assert after.transferred_to == "front_desk"
    assert transfers.deeds(ringing, after) == [Deed("end", LEG), Deed("ring")]


def test_the_next_may_be_one_that_is_just_rung(ringing: Session) -> None:
    after = missed(ringing, others=["manager"])
    assert waiting(after).state == "over"
    assert [deed.action for deed in transfers.deeds(ringing, after)] == ["end", "fetch"]
    expected = Step("dial", department="manager", about="nobody_there", dial=2)
    assert after_queue(after) == (after, expected)
    assert after_queue(after) == (after, expected)


def test_when_nobody_is_left_the_guest_is_back_with_the_agent_who_knows_it(ringing: Session) -> None:
    after = missed(missed(ringing, why="declined", others=["front_desk"]), 2, "voicemail", ["front_desk"])
    after, step = after_queue(after)
    assert step == Step("attach", attempt=2)
    assert (after.attempt, after.returned_from, after.transferred_to, after.unanswered) == (2, "no_answer", "", 1)
    [note] = after.notes
    assert "maintenance and front_desk did not work" in note.text
    assert "(maintenance: declined, front_desk: voicemail)" in note.text


def test_what_is_missed_twice_is_missed_once(ringing: Session) -> None:
    """Declined, and then the status of the same call; or the status twice."""
    once = missed(ringing)
    assert missed(once) == once
    assert missed(once, why="completed") == once
    called = transfers.claimed(once)
    assert transfers.deeds(called, missed(called)) == []


def test_a_late_word_of_an_earlier_ring_is_no_word_of_this_one(ringing: Session) -> None:
    second = missed(ringing)
    assert missed(second, 1, "voicemail") == second
    assert transfers.accepted(second, 1, 1) == (second, False)
    assert not transfers.is_ringing(second, 1, 1)
    assert transfers.is_ringing(second, 1, 2)


def test_transfers_nobody_takes_do_not_go_round_for_ever(session: Session) -> None:
    for attempt in (1, 2, 3):
        session = transfers.missed(session, attempt, 1, "declined", [], WARM)
        session, step = transfers.after_queue(session, attempt, False, 0)
        if step.action == "attach":
            session = replace(session, then=Then("transfer", to="maintenance"))
            session, again = calls.after_stream(session, step.attempt, warm=WARM)
            assert again.action == "enqueue"
    assert step.action == "voicemail"


# -- waiting


def test_a_guest_waits_up_to_the_hotels_limit(ringing: Session) -> None:
    assert transfers.wait(ringing, 1, 0, LIMIT_S, OTHERS, WARM) == (ringing, 120)
    assert transfers.wait(ringing, 1, 100, LIMIT_S, OTHERS, WARM) == (ringing, 20)
    after, left_s = transfers.wait(ringing, 1, 120 - transfers.LEAST_S + 1, LIMIT_S, OTHERS, WARM)
    assert (left_s, waiting(after).state) == (0, "over")
    assert Deed("end", LEG) in transfers.deeds(ringing, after)
    after, step = after_queue(after)
    assert step == Step("attach", attempt=2)
    assert "maintenance: no answer in time" in after.notes[0].text


def test_a_guest_whose_staff_is_on_the_way_is_not_sent_away_by_the_limit(talking: Session) -> None:
    assert transfers.wait(talking, 1, LIMIT_S + 20, LIMIT_S, OTHERS, WARM) == (talking, LIMIT_S)


def test_a_guest_does_not_wait_for_ever_for_staff_of_whom_no_word_comes(talking: Session) -> None:
    after, left_s = transfers.wait(talking, 1, LIMIT_S + transfers.CONNECTING_S, LIMIT_S, OTHERS, WARM)
    assert (left_s, waiting(after).state) == (0, "over")
    after, step = after_queue(after)
    assert step == Step("attach", attempt=2)
    assert "maintenance: took the call and did not come" in after.notes[0].text


def test_who_took_the_call_and_was_gone_took_it_in_vain(talking: Session) -> None:
    gone = transfers.staff_left(talking, 1, 1, "hung_up")
    after, left_s = transfers.wait(gone, 1, 30, LIMIT_S, OTHERS, WARM)
    assert (left_s, waiting(after).department) == (90, "front_desk")
    after, left_s = transfers.wait(gone, 1, LIMIT_S, LIMIT_S, OTHERS, WARM)
    assert (left_s, waiting(after).state) == (0, "over"), "too late to ring anybody else"


def test_nobody_waits_who_is_not_in_a_transfer(ringing: Session) -> None:
    over = missed(ringing, others=[])
    for session in (over, replace(ringing, waiting=None)):
        assert transfers.wait(session, 1, 0, LIMIT_S, OTHERS, WARM) == (session, 0)
    assert transfers.wait(ringing, 2, 0, LIMIT_S, OTHERS, WARM) == (ringing, 0)


# -- the staff cannot be called


def test_where_no_call_is_taken_from_us_the_guests_own_rings_the_same_telephone(ringing: Session) -> None:
    unplaced = transfers.unplaced(ringing, 1, 1)
    assert transfers.unplaced(unplaced, 1, 1) == unplaced
    assert transfers.wait(unplaced, 1, 0, LIMIT_S, OTHERS, WARM) == (unplaced, 0)
    after, step = after_queue(unplaced)
    assert step == Step("dial", department="maintenance", dial=2)
    after, step = calls.after_dial(after, 1, "busy", 2, OTHERS, WARM)
    assert (step.department, step.dial) == ("front_desk", 3)


def test_a_telephone_that_was_rung_in_two_ways_is_told_of_once(ringing: Session) -> None:
    after, _ = calls.after_dial(transfers.unplaced(ringing, 1, 1), 1, "busy", 2)
    assert "The transfer to maintenance did not work" in after.notes[-1].text


# -- somebody takes it


def test_who_presses_the_key_is_connected_and_a_second_time_too(ringing: Session) -> None:
    taken, in_time = transfers.accepted(ringing, 1, 1)
    assert in_time
    assert waiting(taken).state == "accepted"
    assert transfers.accepted(taken, 1, 1) == (taken, True)
    assert transfers.deeds(ringing, taken) == []


def test_a_machine_that_is_noticed_late_does_not_part_two_who_talk(talking: Session) -> None:
    assert missed(talking, why="voicemail") == talking


def test_when_the_staff_hangs_up_the_call_is_over(talking: Session) -> None:
    left = transfers.staff_left(talking, 1, 1, "hung_up")
    after, step = after_queue(left, bridged=True)
    assert step == Step("hangup")
    assert after.transferred_to == "maintenance"
    assert after_queue(after, bridged=True) == (after, step)


def test_the_star_key_brings_the_guest_back_to_the_agent_who_knows_it(talking: Session) -> None:
    left = transfers.staff_left(talking, 1, 1, "sent_back")
    assert transfers.staff_left(left, 1, 1, "hung_up") == left  # the end of the call that follows
    after, step = after_queue(left, bridged=True)
    assert step == Step("attach", attempt=2)
    assert (after.returned_from, after.attempt, after.transferred_to) == ("staff", 2, "maintenance")
    assert "has talked with maintenance" in after.notes[0].text
    assert after_queue(after, bridged=True) == (after, step)


def test_the_guests_side_waits_for_word_of_how_the_staff_left(talking: Session) -> None:
    for asked in range(transfers.MOST_ASKED):
        assert after_queue(talking, bridged=True, asked=asked) == (talking, Step("ask_again", seconds=1))
    assert after_queue(talking, bridged=True, asked=transfers.MOST_ASKED)[1] == Step("attach", attempt=2)


def test_a_word_that_comes_meanwhile_is_heard(talking: Session) -> None:
    talking, step = after_queue(talking, bridged=True)
    assert step.action == "ask_again"
    left = transfers.staff_left(talking, 1, 1, "hung_up")
    assert after_queue(left, bridged=True, asked=1)[1] == Step("hangup")


# -- the guest hangs up


def test_a_guest_who_hangs_up_while_it_rings_stops_the_ringing(ringing: Session) -> None:
    after = transfers.guest_left(ringing, 1)
    assert transfers.deeds(ringing, after)[0] == Deed("end", LEG)
    assert after.transferred_to == ""
    assert transfers.accepted(after, 1, 1) == (after, False)
    assert missed(after) == after
    assert transfers.guest_left(after, 1) == after


def test_a_guest_who_hangs_up_before_the_telephone_rang(session: Session) -> None:
    after = transfers.guest_left(session, 1)
    assert transfers.placed(after, 1, 1, LEG) == replace(after, waiting=replace(waiting(after), leg_sid=LEG))
    assert not transfers.is_ringing(after, 1, 1)


def test_a_guest_who_hangs_up_as_the_staff_takes_the_call(ringing: Session) -> None:
    """Either may be known first."""
    taken_then_gone = transfers.guest_left(transfers.accepted(ringing, 1, 1)[0], 1)
    assert waiting(taken_then_gone).state == "over"
    assert transfers.accepted(taken_then_gone, 1, 1)[1] is False
    terminal = calls.ended(ringing, "completed", 30, NOW)
    assert transfers.accepted(terminal, 1, 1) == (terminal, False)


def test_a_guest_who_hangs_up_while_they_talk_was_put_through(talking: Session) -> None:
    after = transfers.guest_left(talking, 1)
    assert (after.transferred_to, (after.steps or {})["queue-1"]["action"]) == ("maintenance", "hangup")
    late = transfers.staff_left(after, 1, 1, "sent_back")
    assert late == after


# -- what goes wrong


def test_a_queue_that_fails_brings_the_guest_back(ringing: Session) -> None:
    after, step = after_queue(ringing)
    assert step == Step("attach", attempt=2)
    assert "the line failed" in after.notes[0].text
    assert after_queue(after) == (after, step)
    assert Deed("end", LEG) in transfers.deeds(ringing, after)


def test_staff_and_guest_who_never_met_are_both_free_again(talking: Session) -> None:
    """The staff pressed the key, and the guest's queue failed that moment."""
    after, step = after_queue(talking)
    assert step == Step("attach", attempt=2)
    assert transfers.staff_left(after, 1, 1, "hung_up") == after


def test_an_old_question_gets_the_newest_promise(ringing: Session) -> None:
    later = replace(ringing, waiting=Waiting(2, 1, "maintenance"), attempt=3)
    assert after_queue(later) == (later, Step("attach", attempt=3))
    assert transfers.guest_left(later, 1) == later
    nobody = replace(ringing, waiting=None)
    assert transfers.accepted(nobody, 1, 1) == (nobody, False)


def test_a_guest_who_is_gone_is_asked_nothing_more(ringing: Session) -> None:
    assert after_queue(transfers.guest_left(ringing, 1))[1] == NOTHING


# -- whatever order it comes in

HAPPENINGS = (
    *("placed", "accept", "decline", "machine", "staff_ends", "staff_star"),
    *("wait", "wait_long", "queue", "bridged", "gone"),
)


@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(1, 3)), max_size=14))
def test_in_any_order_of_webhooks_each_counts_once_and_nobody_is_called_twice(story: list[tuple[str, int]]) -> None:
    """Late, twice, or of a ring that is over: the guest always gets an answer, and a telephone rings once for it."""
    talked = Session(SESSION_ID, "west-bethel-motel", "voice", "inbound", "en", CALL_SID, CALLER, CALLED, "A", NOW)
    session = calls.after_stream(replace(talked, then=Then("transfer", to="maintenance")), 1, warm=WARM)[0]
    rung: list[tuple[int, str]] = []
    for what, dial in story:
        before = session
        session = happens(session, what, dial)
        if what not in ("wait", "queue", "bridged"):
            assert happens(session, what, dial) == session
        assert waiting(session).dial >= waiting(before).dial
        if (called := transfers.claimed(session)) != session:
            session = called
            rung.append((waiting(session).dial, waiting(session).department))
        after, step = after_queue(session, bridged=what == "bridged")
        if waiting(session).state == "over" and step.action == "attach":
            assert step.attempt == after.attempt == 2
            assert after.notes
    assert len({dial for dial, _ in rung}) == len(rung)
    assert len({department for _, department in rung}) == len(rung)


def happens(session: Session, what: str, dial: int) -> Session:
    match what:
        case "placed":
            return transfers.placed(session, 1, dial, LEG)
        case "accept":
            return transfers.accepted(session, 1, dial)[0]
        case "decline" | "machine":
            return missed(session, dial, what) if transfers.is_ringing(session, 1, dial) else session
        case "staff_ends" | "staff_star":
            return transfers.staff_left(session, 1, dial, "hung_up" if what == "staff_ends" else "sent_back")
        case "wait" | "wait_long":
            return transfers.wait(session, 1, 200 if what == "wait_long" else 10, LIMIT_S, OTHERS, WARM)[0]
        case "queue" | "bridged":
            return after_queue(session, bridged=what == "bridged", asked=dial)[0]
    return transfers.guest_left(session, 1)
