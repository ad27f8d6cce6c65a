"""What a warm transfer does next. Pure: the session and a webhook's facts come in, the new session and a step go out.

The guest waits in a queue of their own and hears music; the staff's telephone is called, told what it is about, and
asked for a key. Who does not take the call is passed over for the next in the order of escalation; when nobody is left
the guest is back with the agent. Two calls are under way at once, the guest's and the staff's, and their webhooks come
in any order and twice: `Session.waiting` says what holds, and every rule here does nothing where that has changed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from nightdesk.calls import after_miss, dial_key
from nightdesk.conversation import Note, Session, Transfer, Waiting
from nightdesk.steps import NOTHING, Step, attach, keep, known

MOST_ASKED = 3
"""So often the guest's side waits a second for word of how the staff ended the call, before it is taken as sent back:
better a guest who says goodbye to the agent than one who is cut off."""
CONNECTING_S = 30
"""Beyond the hotel's limit a guest waits so long for staff who have taken the call: they are connected at once, or the
word that they were not has been lost."""
LEAST_S = 16
"""Shorter than a sentence and a part of the music, nobody is left waiting on."""

_MISSED = {"no-answer": "no answer", "completed": "no key was pressed", "canceled": "no answer"}


@dataclass(frozen=True)
class Deed:
    """What is to be done to another call than the one that is answered.

    end: hang up the staff's. fetch: let the guest's ask what comes next. ring: call the staff of what is due.
    """

    action: Literal["end", "fetch", "ring"]
    call_sid: str = ""


def deeds(before: Session | None, after: Session) -> list[Deed]:
    """What a change brings with it. A webhook that comes twice changes nothing the second time, and so does nothing."""
    was, now = before.waiting if before else None, after.waiting
    done = []
    if was is not None and was.state == "ringing" and was.leg_sid and not _is_same(was, now):
        done.append(Deed("end", was.leg_sid))
    if was is not None and was.state != "over" and now is not None and now.state == "over":
        done.append(Deed("fetch", after.call_sid))
    if now is not None and now.state == "due":
        done.append(Deed("ring"))
    return done


def claimed(session: Session) -> Session:
    """Somebody is about to call the staff: whoever makes this change, and nobody else."""
    waiting = session.waiting
    if waiting is None or waiting.state != "due" or session.terminal_status:
        return session
    return replace(session, waiting=replace(waiting, state="ringing"))


def placed(session: Session, attempt: int, dial: int, leg_sid: str) -> Session:
    """The staff's telephone rings, by this call; whoever is quick has taken it before we are told so."""
    waiting = _current(session, attempt, dial)
    return session if waiting is None else replace(session, waiting=replace(waiting, leg_sid=leg_sid))


def is_ringing(session: Session, attempt: int, dial: int) -> bool:
    """Whether the guest waits for an answer of this ring."""
    waiting = _current(session, attempt, dial)
    return waiting is not None and _is_open(waiting) and not session.terminal_status


def is_wanted(session: Session, attempt: int, dial: int) -> bool:
    """Whether the call of this ring is still for something: nobody has answered yet, or who has taken it is in it."""
    waiting = _current(session, attempt, dial)
    return waiting is not None and waiting.state != "over" and not session.terminal_status


def accepted(session: Session, attempt: int, dial: int) -> tuple[Session, bool]:
    """The staff has pressed the key. False where the guest does not wait for them any more."""
    waiting = _current(session, attempt, dial)
    if waiting is None or waiting.state == "over" or session.terminal_status:
        return session, False
    if waiting.state == "accepted":
        return session, True
    session = _told(replace(session, status="active"), waiting, "accepted")
    return replace(session, waiting=replace(waiting, state="accepted")), True


def missed(
    session: Session,
    attempt: int,
    dial: int,
    why: str,
    others: Sequence[str],
    warm: Collection[str],
) -> Session:
    """A ring brought nobody: declined, voicemail, or why the call to the staff ended. The next one is chosen.

    `others` and `warm` as for calls.after_miss. What the guest's call does with it, after_queue tells when asked.
    """
    waiting = _current(session, attempt, dial)
    if waiting is None or waiting.state == "over" or (waiting.state == "accepted" and not waiting.staff_left):
        return session
    over = replace(waiting, state="over", missed=(*waiting.missed, f"{waiting.department}: {_MISSED.get(why, why)}"))
    what: Literal["declined", "unanswered"] = "declined" if why == "declined" else "unanswered"
    session = _told(replace(session, waiting=over), waiting, what, "" if what == "declined" else why)
    session, _ = after_miss(session, attempt, ", ".join(over.missed), dial, others, warm)
    return session


def unplaced(session: Session, attempt: int, dial: int) -> Session:
    """The telephone company takes no call to the staff from us now: the guest's own call rings that telephone, and
    nobody is told first."""
    waiting = _current(session, attempt, dial)
    if waiting is None or waiting.state == "over":
        return session
    over = replace(session, waiting=replace(waiting, state="over"))
    return keep(over, dial_key(attempt, dial), Step("dial", department=waiting.department, dial=dial + 1))[0]


def staff_left(session: Session, attempt: int, dial: int, how: Literal["hung_up", "sent_back"]) -> Session:
    """The staff's side of an accepted call is over; what was known first holds."""
    waiting = _current(session, attempt, dial)
    if waiting is None or waiting.state != "accepted" or waiting.staff_left:
        return session
    return replace(session, waiting=replace(waiting, staff_left=how))


def wait(
    session: Session, attempt: int, waited_s: int, limit_s: int, others: Sequence[str], warm: Collection[str]
) -> tuple[Session, int]:
    """For how many seconds more a guest may wait who has waited that long in the queue; 0: they leave it.

    Who has taken the call is on the way to the guest: the limit is a little longer then.
    """
    waiting = session.waiting
    if waiting is None or waiting.attempt != attempt:
        return session, 0
    left_s = max(0, limit_s - waited_s)
    if left_s < LEAST_S:
        others = warm = ()  # nobody else is rung any more
    if waiting.state == "accepted" and waiting.staff_left:  # gone before the two were connected
        session = missed(session, attempt, waiting.dial, "took the call and was gone", others, warm)
    elif waiting.state == "accepted" and waited_s >= limit_s + CONNECTING_S:
        gone = staff_left(session, attempt, waiting.dial, "hung_up")
        session = missed(gone, attempt, waiting.dial, "took the call and did not come", others, warm)
    elif _is_open(waiting) and left_s < LEAST_S:
        session = missed(session, attempt, waiting.dial, "no answer in time", others, warm)
    waiting = session.waiting
    if waiting is None or waiting.state == "over":
        return session, 0
    return session, limit_s if waiting.state == "accepted" else left_s


def after_queue(session: Session, attempt: int, was_bridged: bool, asked: int) -> tuple[Session, Step]:
    """The guest has left the queue after the stream of `attempt`, and is on the line. Source: TwiML Enqueue, action.

    `asked` counts how often this was asked already without an answer.
    """
    key = f"queue-{attempt}"
    if (kept := known(session, key)) is not None:
        return session, kept
    waiting = session.waiting
    if waiting is None or waiting.attempt != attempt:
        return session, Step("attach", attempt=session.attempt)  # a promise that was kept already
    if waiting.state == "accepted" and was_bridged:
        return _after_staff(session, key, waiting, asked)
    if waiting.state != "over":  # the queue has failed, or let the guest go before anybody was there
        failed = replace(session, waiting=replace(waiting, state="ringing"))
        session = missed(failed, attempt, waiting.dial, "the line failed", [], [])
    return session, known(session, dial_key(attempt, waiting.dial)) or NOTHING


def guest_left(session: Session, attempt: int) -> Session:
    """The guest has hung up: in the queue, or while talking with the staff."""
    waiting = session.waiting
    if waiting is None or waiting.attempt != attempt or waiting.state == "over":
        return session
    over = replace(session, waiting=replace(waiting, state="over"))
    if waiting.state == "accepted":
        return keep(over, f"queue-{attempt}", Step("hangup"))[0]
    return _told(replace(over, transferred_to=""), waiting, "abandoned")


def call_ended(session: Session) -> Session:
    """The guest's call is over, and where nobody has taken it, so is the wait: of a queue that was not come to when the
    guest hung up, no end is told."""
    waiting = session.waiting
    return guest_left(session, waiting.attempt) if waiting is not None and _is_open(waiting) else session


def _after_staff(session: Session, key: str, waiting: Waiting, asked: int) -> tuple[Session, Step]:
    """The two have talked, and are not connected any more. The guest is still there."""
    if not waiting.staff_left and asked < MOST_ASKED:
        return session, Step("ask_again", seconds=1)
    over = replace(session, waiting=replace(waiting, state="over"))
    if waiting.staff_left == "hung_up":
        return keep(over, key, Step("hangup"))
    text = (
        f"The guest has talked with {waiting.department}, who took the call and has now sent the guest back to you. "
        "What the two agreed on is not known to you: ask what else you can do."
    )
    over = _told(replace(over, notes=(*over.notes, Note(over.attempt, text)), unanswered=0), waiting, "sent_back")
    return attach(over, key, "staff")


def _told(
    session: Session,
    ring: Waiting,
    what: Literal["accepted", "declined", "unanswered", "abandoned", "sent_back"],
    reason: str = "",
) -> Session:
    return session.with_transfer(Transfer(ring.attempt, ring.dial, ring.department, what, warm=True, reason=reason))


def _current(session: Session, attempt: int, dial: int) -> Waiting | None:
    waiting = session.waiting
    return waiting if waiting is not None and _ring(waiting) == (attempt, dial) else None


def _ring(waiting: Waiting) -> tuple[int, int]:
    return waiting.attempt, waiting.dial


def _is_open(waiting: Waiting) -> bool:
    """Whether nobody has answered yet."""
    return waiting.state in ("due", "ringing")


def _is_same(was: Waiting, now: Waiting | None) -> bool:
    return now is not None and _ring(was) == _ring(now) and now.state != "over"
