"""What tools and the keypad have brought, as transitions of the state: the other half of fold.py."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nightdesk.dialogue import agenda
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.state import Check, LeadKey, Outcome, State, Stay
from nightdesk.dialogue.tasks import Task, iso_date

Entry = Mapping[str, Any]


def keyed(state: State, note: str) -> State:
    """A note of the keypad; the number itself is in no history. Other notes say nothing to this policy."""
    if not re.match(r"The guest (?:keyed|pressed)\b", note):
        return state
    if not state.owed:  # like a sentence, keys begin a turn: what was asked for before has been dealt with
        state = replace(state, todo=frozenset(), questions=())
    if "confirmation code" in note:
        who = replace(state.who, code="", keyed=True, no_code=False)
        return replace(state, who=who, owed=True, asked=None, missed=False, misses=0, stalls=0)
    if "card number" in note:
        return replace(state.telling(Outcome("no_card")), owed=True, stalls=state.stalls + 1)
    ending = re.search(r"number ending in (\d{2,4})", note)
    if not ending:
        return replace(state, owed=True, unsaid=(*state.unsaid, Outcome("bad_keys")), stalls=state.stalls + 1)
    # Keys are not misheard: the read-back of everything is check enough.
    lead = replace(state.lead, phone_source="keypad", phone=ending[1], phone_checked=True, confirmed=False)
    return replace(state, lead=lead, owed=True, asked=None, missed=False, misses=0, stalls=0)


def done(state: State, name: str, arguments: Entry, result: Entry) -> State:
    """A tool has answered: `result` is its result, or {"error": {...}}. Unknown tools change nothing."""
    error = mapping(result.get("error")) if "error" in result else None
    refusal = str(error.get("say") or "") if error is not None else ""
    if form := agenda.taken_by(state, name, arguments):
        task = state.task_of(form.kind) or Task(form.kind)
        if error is None:
            return replace(form.succeeded(state, task, name, arguments, result), owed=True)
        return replace(form.refused(state, task, error), owed=True)
    match name:
        case "check_availability":
            state = _checked(state, arguments, result, error)
        case "search_kb":
            answer = Outcome("answer", str(result.get("answer") or ""))
            if error is not None or not answer.text:
                answer = Outcome("unknown" if error is None or error.get("code") == "not_known" else "failed", refusal)
            question = str(arguments.get("question") or "")
            left = tuple(q for q in state.questions if q != question) if question in state.questions else ()
            answers = {**state.answers, question: answer}
            state = replace(state, answers=answers, questions=left, unsaid=(*state.unsaid, answer))
        case "create_lead":
            state = _led(state, arguments, result, error)
        case "transfer_to_human":
            outcome = Outcome("transfer" if error is None else "transfer_failed", refusal)
            state = replace(state, unsaid=(*state.unsaid, outcome), todo=state.todo - {Want.PERSON}, misses=0, stalls=0)
            state = replace(state, transfers=state.transfers + 1, asked=None, department="")
        case "end_call":
            state = replace(state, unsaid=(*state.unsaid, Outcome("ended")), todo=state.todo - {Want.GOODBYE})
        case "set_language":
            state = replace(state.telling(Outcome("language" if error is None else "no_language")), asked_language="")
        case "handle_ivr_menu":
            return keyed(state, str(result.get("note") or ""))
        case _:
            return state
    return replace(state, owed=True)


def _led(state: State, arguments: Entry, result: Entry, error: Entry | None) -> State:
    lead = replace(state.lead, confirmed=False)
    if error is None:
        outcome = Outcome("lead", str(result.get("spoken") or ""))
        keys = (*state.leads_done, _lead_key(arguments))
        return replace(
            state,
            lead=lead,
            lead_wanted=False,
            leads_done=keys,
            another=False,
            wants_stay=False,
            unsaid=(*state.unsaid, outcome),
        )
    say = str(error.get("say") or "")
    if error.get("code") in ("no_caller_number", "no_keypad_number", "bad_phone_number"):
        return replace(state, lead=lead.without_phone(), unsaid=(*state.unsaid, Outcome("bad_phone", say)))
    # Not tried again: a person can help.
    unsaid = (*state.unsaid, Outcome("failed", say))
    return replace(state, lead=lead, lead_wanted=False, declined=state.stay, unsaid=unsaid)


def _checked(state: State, arguments: Entry, result: Entry, error: Entry | None) -> State:
    # The result has the dates themselves where a model gave the guest's own words.
    asked = _stay_of({**arguments, **{name: result[name] for name in ("check_in", "check_out") if name in result}})
    check = Check(asked)
    if error is None:
        offers = [mapping(offer) for offer in _list(result.get("offers"))]
        check = replace(check, offers=tuple(offer for offer in offers if offer.get("name") and offer.get("total")))
    else:
        instead = [_stay_of(mapping(other)) for other in _list(error.get("alternatives"))]
        alternative = replace(asked, **_changes(instead[0])) if instead and instead[0].check_in else None
        code, say = str(error.get("code") or "failed"), str(error.get("say") or "")
        check = replace(check, code=code, refusal=say, alternative=alternative)
    # A model may have understood more of the guest than we do. Our own question, though, may be out of date by now:
    # the guest corrected it while the tool ran.
    ours = any(replace(asked, room_type=stay.room_type) == stay for stay in (*state.stays_before, state.stay))
    stay = state.stay if ours or not asked.is_complete else asked
    return replace(state, stay=stay, wants_stay=True, checks=(*state.checks, check))


def _changes(alternative: Stay) -> dict[str, Any]:
    """What an offer made instead changes: when, and which room. Who comes stays."""
    return {"check_in": alternative.check_in, "nights": alternative.nights, "room_type": alternative.room_type}


def _stay_of(arguments: Entry) -> Stay:
    check_in, check_out = iso_date(arguments.get("check_in")), iso_date(arguments.get("check_out"))
    return Stay(
        check_in=check_in,
        nights=(check_out - check_in).days if check_in and check_out else None,
        adults=_int(arguments.get("adults")) or None,
        children=_int(arguments.get("children")),
        pets=_int(arguments.get("pets")),
        room_type=str(arguments["room_type"]) if arguments.get("room_type") else None,
    )


def _lead_key(arguments: Entry) -> LeadKey:
    check_in, check_out, room = (arguments.get(name) for name in ("check_in", "check_out", "room_type"))
    return (str(check_in), str(check_out), str(room)) if check_in and check_out and room else (None, None, None)


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object, also one that travels as text; {} for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _int(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
