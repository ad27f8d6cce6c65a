"""What a phone call does next. Pure: the session and a webhook's facts come in, the new session and a step go out.

Every decision about the end of a stream or of a transfer is kept with the session under the end that it answers, so a
webhook that comes twice gets the same answer twice and counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime

from nightdesk.conversation import Note, Session, Transfer, Waiting
from nightdesk.steps import NOTHING, ON_RUNG, Step, attach, keep, known
from nightdesk.then import Then

MOST_BREAKS = 3  # unplanned, in a row
MOST_UNANSWERED = 2  # transfers nobody took, without a word from the guest between them

_ANSWERED = frozenset({"completed", "answered"})
_STATUS = {"completed": "completed", "busy": "missed", "no-answer": "missed", "canceled": "abandoned"}


There = Callable[[str], Sequence[str]]
"""The departments that can take a call to one of them now, in turn: itself, or others in its place; none: nobody."""


def everybody(department: str) -> Sequence[str]:
    return [department]


def give_back(session: Session, reason: str) -> Then:
    """What becomes of a call that the relay gives back. A `then` that is already due stays.

    | reason                             | outcome                                                     |
    | engines_lost                       | the conversation goes on turn by turn, without an engine    |
    | busy                               | an apology, then the front desk; nobody there: voicemail    |
    | over_time, over_turns, over_budget | a word of explanation, then the front desk, then voicemail  |
    | no_progress                        | the same: it may be a guest whom no engine understands      |
    | no_guest                           | a word of explanation, and goodbye                          |
    | idle                               | the end: the relay has said goodbye already                 |
    | blocked                            | a refusal, and goodbye                                      |
    | draining                           | a new stream, planned                                       |
    """
    if session.then is not None and session.then.due:
        return session.then
    waits = session.then is not None and session.then.action == "transfer"
    if reason in ("draining", "engines_lost") and session.then is not None and waits:
        return replace(session.then, due=True)  # the guest waits for a person, not for another stream
    match reason:
        case "engines_lost":
            return Then("gather", reason=reason, due=True)
        case "idle" | "no_guest" | "blocked":
            return Then("hangup", reason=reason, due=True)
        case "draining":
            return Then("reconnect", reason=reason, due=True)
    return Then("transfer", to="front_desk", reason=reason, due=True, last_resort=True)


def after_stream(
    session: Session, ended: int, there: There = everybody, warm: Collection[str] = ()
) -> tuple[Session, Step]:
    """The stream of attempt `ended` is over and Twilio asks what to do. The caller is still on the line.

    Whom a guest has keyed, or a call that was given back goes to, may be closed: who is `there` in their place is rung.
    Where no agent can take over again and nobody is there, no telephone rings for nobody. `warm` are the departments
    that are told first what a call is about.
    """
    key = f"stream-{ended}"
    if (kept := known(session, key)) is not None:
        return session, kept
    if ended < session.attempt:  # a newer stream was promised already: keep the promise
        return session, Step(ON_RUNG[session.rung], attempt=session.attempt)
    then = session.then
    session = replace(session, then=None)
    match then:
        case Then(action="hangup", due=True):
            return keep(session, key, Step("hangup", about=then.reason))
        case Then(action="gather", due=True):
            return attach(replace(session, rung="gather"), key, then.reason)
        case Then(action="voicemail", due=True):
            return keep(session, key, Step("voicemail", about=then.reason))
        case Then(action="transfer"):
            session = replace(session, given_up=session.given_up or then.last_resort)
            found = there(then.to)
            if not found and _is_last(session):
                return keep(session, key, Step("voicemail", about="nobody"))
            to = found[0] if found else then.to
            return _ring(session, key, Step("dial", department=to, about=then.reason), ended, warm)
        case Then(action="reconnect", due=True):
            return attach(session, key, then.reason)
        case Then(action="hold", due=True):
            return attach(session, key, "hold", then.seconds)
        case Then(action="pay", due=True):
            return keep(session, key, Step("pay", attempt=ended, payment_id=then.to))
    session = replace(session, breaks=session.breaks + 1)
    if session.breaks > MOST_BREAKS:
        return attach(replace(session, rung="gather"), key, "broken")
    session, step = attach(session, key, "break")
    if session.breaks > 1:  # the second silence in a row is told to be one
        return keep(session, key, replace(step, about="one_moment"))
    return session, step


def without_clerk(session: Session, ended: int) -> tuple[Session, Step]:
    """The conversation turn by turn cannot go on, attempt `ended` of it: what is left are the keys of the telephone."""
    key = f"stream-{ended}"
    if (kept := known(session, key)) is not None:
        return session, kept
    if ended < session.attempt:
        return session, Step(ON_RUNG[session.rung], attempt=session.attempt)
    return attach(replace(session, rung="menu", given_up=True, then=None), key, "no_clerk")


def is_over(session: Session, attempt: int) -> bool:
    """Whether what follows an attempt has been decided: it is answered with that, whatever it still brings."""
    return attempt < session.attempt or f"stream-{attempt}" in (session.steps or {})


def by_key(session: Session, then: Then) -> Session:
    """The guest has keyed what is to happen next. What is due already stays, and what was answered already."""
    if (session.then is not None and session.then.due) or known(session, f"stream-{session.attempt}"):
        return session
    return replace(session, then=replace(then, due=True))


def after_dial(
    session: Session,
    ended: int,
    dial_status: str,
    dial: int = 1,
    others: Sequence[str] = (),
    warm: Collection[str] = (),
) -> tuple[Session, Step]:
    """The `dial`-th ring of a transfer that followed attempt `ended` is over. Source: TwiML Dial, DialCallStatus.

    Where nobody took the call the next of `others` is rung, the departments that the hotel's file names for this and
    that are there now; after the last of them the guest is back with the agent.
    """
    key = dial_key(ended, dial)
    if (kept := known(session, key)) is not None:
        return session, kept
    department = _rung(session, ended, dial)[-1]
    if dial_status in _ANSWERED:
        return keep(session.with_transfer(Transfer(ended, dial, department, "accepted")), key, Step("hangup"))
    session = session.with_transfer(Transfer(ended, dial, department, "unanswered", reason=dial_status))
    return after_miss(session, ended, dial_status, dial, others, warm)


def after_miss(
    session: Session, ended: int, why: str, dial: int, others: Sequence[str], warm: Collection[str]
) -> tuple[Session, Step]:
    """Nobody took the call at the `dial`-th ring: the next of `others`, or the guest is back; kept as after_dial is."""
    key = dial_key(ended, dial)
    if (kept := known(session, key)) is not None:
        return session, kept
    rung = _rung(session, ended, dial)
    if (other := next((name for name in others if name not in rung), None)) is not None:
        return _ring(session, key, Step("dial", department=other, about="nobody_there", dial=dial + 1), ended, warm)
    department, session = " and ".join(rung), replace(session, transferred_to="", unanswered=session.unanswered + 1)
    if _is_last(session) or session.unanswered > MOST_UNANSWERED:
        return keep(session, key, Step("voicemail", about="nobody"))
    text = (
        f"The transfer to {department or 'front_desk'} did not work: nobody took the call ({why}). "
        "The guest is with you again. Offer to take a message; do not transfer again unless the guest asks for it."
    )
    session = replace(session, notes=(*session.notes, Note(session.attempt, text)))
    return attach(session, key, "no_answer")


def after_pay(session: Session, ended: int, note: str, why: str) -> tuple[Session, Step]:
    """A payment by keys, which followed attempt `ended`, is over: the guest is back, and the agent is told of it."""
    key = f"pay-{ended}"
    if (kept := known(session, key)) is not None:
        return session, kept
    return attach(replace(session, notes=(*session.notes, Note(session.attempt, note))), key, why)


def left_while_ringing(session: Session, ended: int, dial_status: str, dial: int = 1) -> Session:
    """The guest has hung up, before the `dial`-th ring was answered or later: nothing follows, how it was is kept."""
    key = dial_key(ended, dial)
    if known(session, key) is not None or session.ended_event is not None:
        return session
    department = _rung(session, ended, dial)[-1]
    if dial_status in _ANSWERED:
        return keep(session.with_transfer(Transfer(ended, dial, department, "accepted")), key, Step("hangup"))[0]
    session = session.with_transfer(Transfer(ended, dial, department, "abandoned"))
    return keep(replace(session, transferred_to=""), key, NOTHING)[0]


def left_unrung(session: Session) -> Session:
    """The call is over, and of the telephone that was to ring nobody has told: the guest hung up while hearing of it.

    Source: TwiML: a document is left where the caller hangs up, and asks no action of a verb that was not come to.
    """
    steps = list((session.steps or {}).values())
    if not session.terminal_status or not session.transfers or steps[-1]["action"] != "dial":
        return session
    return left_while_ringing(session, session.transfers[-1].attempt, "", steps[-1]["dial"])


def waits_for_news(session: Session) -> bool:
    """Whether nobody has told yet how the last step ended: whether people answered, whether a message was left."""
    match _last_action(session):
        case "dial":
            return True
        case "enqueue":
            return session.waiting is not None and session.waiting.state != "over"
        case "voicemail":
            return not session.voicemail_id
    return False


def is_off_record(session: Session, record_staff: bool) -> bool:
    """Whether the guest keys a card; or is with people, or on the way to them, whom the hotel does not record."""
    action = _last_action(session)
    return action == "pay" or (action in ("dial", "enqueue") and not record_staff)


def _last_action(session: Session) -> str:
    steps = list((session.steps or {}).values())
    return str(steps[-1]["action"]) if steps else ""


def spoken(session: Session, attempt: int, turn: int, text: str) -> Session:
    """The guest has said something: the line works, and whatever was pending from before is withdrawn."""
    if not text:
        return session
    then = session.then
    if then and not then.due and then.position and (attempt, turn) > then.position:
        then = None
    return replace(session, breaks=0, unanswered=0, then=then, spoke=True)


def ended(session: Session, status: str, duration_s: int | None, now: datetime) -> Session:
    """Twilio's terminal status; the first one stays. A call that was refused stays missed: we have answered it to say
    so, which Twilio calls completed."""
    if session.terminal_status:
        return session
    return replace(
        session,
        status=_STATUS.get(status, "failed") if session.goes_on else session.status,
        terminal_status=status,
        terminal_at=now,
        end_time=now,
        duration_seconds=duration_s,
    )


def _ring(session: Session, key: str, dial: Step, ended: int, warm: Collection[str]) -> tuple[Session, Step]:
    """Put the guest through: warm where that is wanted. Who comes from an agent that failed waits for nobody's yes."""
    is_warm = dial.department in warm and not _is_last(session)
    started = Transfer(ended, dial.dial, dial.department, "started", is_warm, dial.about)
    session = replace(session, transferred_to=dial.department).with_transfer(started)
    if not is_warm:
        return keep(session, key, dial)
    missed = session.waiting.missed if session.waiting and session.waiting.attempt == ended else ()
    waiting = Waiting(ended, dial.dial, dial.department, missed=missed)
    return keep(replace(session, waiting=waiting), key, replace(dial, action="enqueue"))


def dial_key(ended: int, dial: int) -> str:
    return f"dial-{ended}" if dial == 1 else f"dial-{ended}-{dial}"


def _rung(session: Session, ended: int, dial: int) -> list[str]:
    """The departments that this transfer has rung in vain, in that order; once, also where it was rung in two ways."""
    keys = [f"stream-{ended}", *(dial_key(ended, n) for n in range(1, dial))]
    steps = [step for key in keys if (step := known(session, key)) is not None and step.action in ("dial", "enqueue")]
    return list(dict.fromkeys(step.department for step in steps)) or [session.transferred_to]


def _is_last(session: Session) -> bool:
    """Whether behind the people there is a tape alone."""
    return session.given_up or session.rung != "agent"
