"""What an assistant says it has done: booked, held, changed, cancelled, sent, put through, passed on. Pure.

A claim is said in the perfect, the past or the passive ("I've booked it", "your room is reserved"), in a clause that
is neither asked nor conditional nor denied. Offers and intentions ("I can book", "shall I", "let me", "I'll send") are
none. English and Spanish, in sentences.py's spelling.
"""

from __future__ import annotations

import re

from nightdesk.audit.evidence import Evidence
from nightdesk.audit.phrases import CLAIMS, Claim, Deed
from nightdesk.audit.sentences import Clause, Sentence

__all__ = ["Claim", "Deed", "claims", "is_true"]

_CONDITION = (
    r"\b(?:if|once|unless|as soon as|when|whenever|until|till|before|after|in case|provided|so that|whether|"
    r"would|could|si|"
    r"cuando|una vez|en cuanto|hasta que|despues de|antes de|para que)\b"
)
_BLOCKED_BEFORE = re.compile(
    rf"{_CONDITION}|\b(?:not|never|nothing|nobody|none|neither|can|should|may|might|must|let|want|like|please|"
    rf"unable|you said|"
    r"you told|you mentioned|understand|sorry to hear|sorry that|heard|thought|no|nunca|nadie|nada|puedo|podria|quiere|"
    r"desea|dijo|entiendo|lamento)\b"
)
_BLOCKED_AFTER = re.compile(
    r"\b(?:last (?:week|month|year|night)|yesterday|once|if|as soon as|when you|after you|upon|provided|si|"
    r"cuando|una vez|en cuanto)\b"
)
_CONDITION_BEFORE = re.compile(_CONDITION)
_WHAT_ELSE = re.compile(r"\b(?:else|mas|otra cosa|further|more)\b")


def claims(said: list[Sentence]) -> list[tuple[Sentence, Claim]]:
    """What is claimed, at most one deed a clause. "We will call you back" counts only where nothing is "
    "asked for yet."""
    found = [
        (sentence, claim) for sentence in said for clause in sentence.clauses if (claim := _claim(sentence, clause))
    ]
    asks = any(clause.asked and not _WHAT_ELSE.search(clause.text) for s in said for clause in s.clauses)
    return [(s, claim) for s, claim in found if not (asks and claim.deed is Deed.CALLBACK)]


def _claim(sentence: Sentence, clause: Clause) -> Claim | None:
    if clause.asked:
        return None
    for claim, patterns in CLAIMS:
        for pattern in patterns:
            match = pattern.search(clause.text)
            if match is not None and not _is_blocked(sentence, clause, match):
                return claim
    return None


def _is_blocked(sentence: Sentence, clause: Clause, match: re.Match[str]) -> bool:
    earlier = sentence.text[: clause.start]
    return bool(
        _BLOCKED_BEFORE.search(clause.text[: match.start()])
        or _CONDITION_BEFORE.search(earlier)
        or _BLOCKED_AFTER.search(sentence.text[clause.start + match.end() :])
        or (sentence.cut and clause is sentence.clauses[-1] and match.end() == len(clause.text))
    )


_TO_STAFF = ("create_lead", "take_message", "schedule_callback", "request_service")
_TOOLS: dict[Deed, tuple[str, ...]] = {
    Deed.BOOKED: ("create_reservation",),
    Deed.CONFIRMED: ("create_reservation", "lookup_reservation", "modify_reservation"),
    Deed.HELD: ("create_reservation",),
    Deed.CHANGED: ("modify_reservation",),
    Deed.CANCELLED: ("cancel_reservation",),
    Deed.SENT: ("send_sms", "generate_payment_link"),
    Deed.EMAILED: (),
    Deed.TRANSFERRED: ("transfer_to_human",),
    Deed.MESSAGE: _TO_STAFF,
    Deed.CALLBACK: _TO_STAFF,
    Deed.SERVICE: ("request_service", "schedule_callback", "take_message", "create_lead"),
    Deed.CHARGED: (),
}
_SEEN = ("lookup_reservation", "modify_reservation", "get_caller_history", "cancel_reservation")


def is_true(claim: Claim, evidence: Evidence) -> bool:
    """Whether the tools of this call have done what is claimed, or have shown that it is so."""
    tools = _TOOLS[claim.deed]
    if evidence.runs(*tools) or (claim.going_on and evidence.tried(*tools)):
        return True
    done = evidence.done(*tools)
    match claim.deed:
        case Deed.CANCELLED:
            carried_out = [call for call in done if call.arguments.get("confirm") is True]
            return bool(carried_out) or (not claim.by_me and "cancelled" in evidence.statuses)
        case Deed.CONFIRMED:
            shown = {"held", "confirmed", "checked_in"} & evidence.statuses
            return bool(done or evidence.told) and shown != {"held"}
        case Deed.BOOKED | Deed.HELD:
            return bool(done) or (not claim.by_me and bool(evidence.done(*_SEEN)))
        case Deed.CHARGED:
            return evidence.money_moved
        case Deed.MESSAGE:  # a bad rating is one for the staff, and a good one is not
            return bool(done) or any("message_id" in c.engine_result for c in evidence.done("record_feedback"))
    return bool(done)
