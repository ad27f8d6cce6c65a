"""One answer to Twilio, and how it is kept with the session, under the end that it answers. Pure.

Which step follows what, calls.py and transfers.py decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal

from nightdesk.conversation import Session


@dataclass(frozen=True)
class Step:
    """One answer to Twilio.

    attach: a new stream for `attempt`. hold: the same, after some seconds of music. gather: the conversation goes on
    turn by turn, as `attempt`. menu: by keys alone. dial: a department. enqueue: music, while a department is told what
    it is about. ask_again: what the staff did is not known yet. voicemail: the guest leaves a message. pay: the guest
    keys a card. hangup: with a word, or without. nothing: the call is over.
    `about` says why, and so in which words.
    """

    action: Literal[
        "attach", "hold", "gather", "menu", "dial", "enqueue", "ask_again", "voicemail", "pay", "hangup", "nothing"
    ]
    attempt: int = 0
    department: str = ""
    about: str = ""
    seconds: int = 0
    dial: int = 1  # counts the departments that one transfer has rung
    payment_id: str = ""  # of a payment by keys


NOTHING = Step("nothing")

ON_RUNG: Mapping[str, Literal["attach", "gather", "menu"]] = {"agent": "attach", "gather": "gather", "menu": "menu"}
"""What answers on each rung of the ladder."""


def attach(session: Session, key: str, why: str, hold_s: int = 0) -> tuple[Session, Step]:
    """The guest is back with what answers on this rung of the ladder: a stream to an engine, or what is left of it."""
    attempt = session.attempt + 1
    session = replace(session, attempt=attempt, returned_from=why)
    on_rung = ON_RUNG[session.rung]
    action = "hold" if hold_s and on_rung == "attach" else on_rung
    return keep(session, key, Step(action, attempt=attempt, about="" if on_rung == "attach" else why, seconds=hold_s))


def keep(session: Session, key: str, step: Step) -> tuple[Session, Step]:
    """The session with this step answered: a guest who hears music is on hold."""
    on_hold = step.action in ("enqueue", "hold")
    status = ("on_hold" if on_hold else "active") if session.goes_on else session.status
    return replace(session, status=status, steps={**(session.steps or {}), key: asdict(step)}), step


def known(session: Session, key: str) -> Step | None:
    kept = (session.steps or {}).get(key)
    return Step(**kept) if kept else None
