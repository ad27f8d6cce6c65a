"""What tools and the keypad have brought, as transitions of the state: the other half of fold.py."""

import re
from dataclasses import replace

from nightdesk.dialogue import agenda
from nightdesk.dialogue.checks import Entry, mapping, offered, refused, stay_of
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.state import LeadKey, Outcome, State
from nightdesk.dialogue.tasks import Task


def keyed(state: State, note: str) -> State:
    """A note of the keypad; the number itself is in no history. Other notes say nothing to this policy."""
    if not re.match(r"The guest (?:keyed|pressed)\b", note):
        return state
    if not state.owed:  # like a sentence, keys begin a turn: what was asked for before has been dealt with
        state = replace(state, todo=frozenset(), questions=())
    if "key for a person" in note:
        return replace(state, owed=True, todo=state.todo | {Want.PERSON}, department="")
    if "confirmation code" in note:
        who = replace(state.who, code="", keyed=True, no_code=False)
        return replace(state, who=who, owed=True, asked=None, missed=False, misses=0, stalls=0)
    if "card number" in note:
        return replace(state.telling(Outcome("no_card")), owed=True, stalls=state.stalls + 1)
    if "no more calls" in note:
        return replace(state.with_task(Task(Want.NO_CALLS)), owed=True, asked=None, missed=False, misses=0, stalls=0)
    if rated := re.search(r"pressed ([1-5]): a rating", note):
        task = (state.task_of(Want.SURVEY) or Task(Want.SURVEY)).having(rating=rated[1])
        return replace(state.with_task(task), owed=True, asked=None, missed=False, misses=0, stalls=0)
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
        if state.task_of(form.kind) is None:  # a model asked: whatever we would have looked up, it has understood
            state = replace(state, questions=())
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
    asked = stay_of({**arguments, **{name: result[name] for name in ("check_in", "check_out") if name in result}})
    check = offered(asked, result) if error is None else refused(asked, error)
    # A model may have understood more of the guest than we do. Our own question, though, may be out of date by now:
    # the guest corrected it while the tool ran.
    ours = any(
        replace(asked, room_type=stay.room_type, refundable=stay.refundable) == stay
        for stay in (*state.stays_before, state.stay)
    )
    stay = state.stay if ours or not asked.is_complete else asked
    return replace(state, stay=stay, wants_stay=True, checks=(*state.checks, check))


def _lead_key(arguments: Entry) -> LeadKey:
    check_in, check_out, room = (arguments.get(name) for name in ("check_in", "check_out", "room_type"))
    return (str(check_in), str(check_out), str(room)) if check_in and check_out and room else (None, None, None)
