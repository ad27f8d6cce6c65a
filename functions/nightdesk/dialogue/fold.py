"""History -> State. Every entry is one transition: a guest's sentence, a sentence of ours, a tool's outcome, a note.

Which question is open is read from our own words as the guest heard them, never remembered, so a conversation that
another process, rung or model began is continued in the same way. What was not heard was not asked, and only a yes to
the read-back confirms a write.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from nightdesk.dialogue.lexicon import ASKING, CORRECTING, Want
from nightdesk.dialogue.outcomes import Entry, done, keyed, mapping
from nightdesk.dialogue.state import Lead, Outcome, State, Stay
from nightdesk.dialogue.steps import STATES_PRICE, Step
from nightdesk.dialogue.understand import Context, Meaning, spoken_name, understand
from nightdesk.dialogue.words import Words
from nightdesk.hotel.dates import MAX_NIGHTS
from nightdesk.hotel.model import RoomType
from nightdesk.hotel.numbers_en import plain

# What is answered in passing; the rest of a turn's wants change what is known.
_PASSING = frozenset(
    {Want.PERSON, Want.GOODBYE, Want.REPEAT, Want.WAIT, Want.HELP, Want.GREETING, Want.THANKS, Want.MANY_ROOMS}
)
# After these the question that was open is closed: a later "yes" is no answer to it.
_SETTLE = frozenset({Want.PERSON, Want.GOODBYE, Want.WRONG, Want.OTHER_ROOMS, Want.MANY_ROOMS})
# Heard even when a name is expected: anything else said then is taken for the name.
_NEVER_A_NAME = frozenset(
    {
        *(Want.PERSON, Want.GOODBYE, Want.REPEAT, Want.WAIT, Want.NEVER_MIND),
        *(Want.RESTART, Want.WRONG, Want.HELP, Want.GREETING),
    }
)


@dataclass(frozen=True)
class Setting:
    """What a history is read against: the hotel's date and rooms, our own words, the caller's number."""

    today: date
    words: Words
    room_types: Sequence[RoomType] = ()
    caller_last4: str = ""


def fold(history: Iterable[Entry], setting: Setting) -> State:
    """The state after a history of wire entries (functions/contracts/session.json, `history_entry`)."""
    state = State(caller_last4=setting.caller_last4)
    for entry in history:
        text = str(entry.get("text") or "")
        match (entry.get("type"), entry.get("role")):
            case ("message", "user"):
                state = heard(state, text, str(entry.get("item_id") or ""), setting)
            case ("message", "assistant") if text.strip():  # an empty one was never heard
                state = spoke(state, text, setting.words)
            case ("message", "system"):
                state = keyed(state, text)
            case ("tool", _):
                state = done(
                    state, str(entry.get("name")), mapping(entry.get("arguments")), mapping(entry.get("result"))
                )
    return state


def spoke(state: State, text: str, words: Words) -> State:
    """We said something: its question is open now, and what was owed is settled."""
    question = words.question_in(text)
    return replace(
        state,
        asked=question or state.asked,
        stated=state.stay if question in STATES_PRICE else state.stated,
        said=text,
        owed=False,
        missed=False,
        unsaid=(),
        stay_changed=False,
    )


def heard(state: State, text: str, item_id: str, setting: Setting) -> State:
    """The guest said something; "" means that it was not understood."""
    context = Context(setting.today, setting.room_types, state.asked, state.stay.check_in if state.wants_stay else None)
    meaning = understand(text, context)
    kept = state.todo & {Want.PERSON} if state.owed else frozenset()
    before = replace(
        state,
        todo=kept,
        questions=state.questions if state.owed else (),
        unsaid=tuple(outcome for outcome in state.unsaid if outcome.kind not in ("transfer", "ended")),
        stay_changed=state.stay_changed and state.owed,
        refused_person=False,
    )
    after = _name(before, text, item_id, meaning) if state.asked is Step.NAME else None
    if after is None:
        after = _wants(_stay(_answer(before, meaning), meaning), meaning)
    if after.stay != before.stay:
        lead = replace(after.lead, confirmed=False)
        stays = (*after.stays_before, before.stay)
        after = replace(after, stay_changed=True, stated=None, lead=lead, alternative_refused=False, stays_before=stays)

    progressed = _substance(after) != _substance(before)
    settled = progressed or after.refused_person or bool((after.todo - before.todo) & _SETTLE)
    understood = progressed or after.refused_person or after.todo != before.todo or _is_known(meaning)
    return replace(
        after,
        asked=None if settled else after.asked,
        owed=True,
        missed=not understood,
        misses=state.misses if after.refused_person else 0 if understood else state.misses + 1,
        stalls=0 if progressed else state.stalls + 1,
        turns=state.turns + 1,
    )


def _substance(state: State) -> tuple[object, ...]:
    """What a turn must change to count as progress."""
    acts = state.todo & {Want.PERSON, Want.GOODBYE}
    return (
        state.stay,
        state.wants_stay,
        state.lead,
        state.lead_wanted,
        state.declined,
        state.questions,
        acts,
        state.alternative_refused,
    )


def _is_known(meaning: Meaning) -> bool:
    """Whether the sentence made sense though it changed nothing ("friday", once more)."""
    return bool(meaning.wants - {Want.WRONG}) or meaning.speaks_of_stay or meaning.pets is not None


def _name(state: State, text: str, item_id: str, meaning: Meaning) -> State | None:
    """The name, as a guess beside the clip that holds it; None when the guest plainly said something else.

    An odd or empty transcript is a name all the same as long as its clip can be found: people listen to it later.
    """
    words = plain(text)
    corrects = meaning.dates.nights is not None or meaning.adults is not None or CORRECTING.search(words)
    asks = Want.QUESTION in meaning.wants and ASKING.search(words) and len(words.split()) > 3  # "Will Pool" is a name
    says_else = bool(meaning.wants & _NEVER_A_NAME or asks or meaning.phone) or (
        corrects and (meaning.speaks_of_stay or meaning.pets is not None)
    )
    if says_else or (meaning.yes is not None and spoken_name(text).lower() in ("", words)):
        return None
    guess = spoken_name(text)
    if not guess and not item_id:
        return None
    return replace(state, lead=replace(state.lead, name=guess, name_item_id=item_id, confirmed=False))


def _answer(state: State, meaning: Meaning) -> State:
    """A yes or no, in the light of the question that the guest has heard."""
    lead, yes = state.lead, meaning.yes
    if lead.confirmed and (yes is False or meaning.wants & (_CHANGES | {Want.WRONG})):
        lead = replace(lead, confirmed=False)  # "yes" and then "no, wait", before anything was written
        state = replace(state, lead=lead)
    if Want.RESTART in meaning.wants:
        return replace(state, stay=Stay(), lead=Lead(), lead_wanted=False, stated=None, declined=None)
    says_more = meaning.speaks_of_stay or meaning.pets is not None
    line = Want.THIS_NUMBER in meaning.wants or (yes is True and state.asked is Step.LINE)
    match state.asked:
        case Step.HOLD if yes and not says_more:
            return replace(state, lead_wanted=True)
        case Step.HOLD | Step.ROOM if yes is False and not says_more:
            return replace(state, declined=state.stay)
        case Step.ALTERNATIVE if yes and not says_more and state.check and state.check.alternative:
            return replace(state, stay=state.check.alternative)
        case Step.ALTERNATIVE if yes is False and not says_more:
            return replace(state, alternative_refused=True)
        case Step.OTHER_DATES if yes and not says_more:
            return replace(state, stay=replace(state.stay, check_in=None))
        case Step.OTHER_DATES if yes is False and not says_more:
            return replace(state, declined=state.stay, lead_wanted=False)
        case Step.LINE | Step.KEYPAD if line and yes is not False and state.caller_last4:
            line_lead = replace(lead, phone_source="caller_line", phone=state.caller_last4, phone_checked=True)
            return replace(state, lead=line_lead)
        case Step.LINE if yes is False or Want.OTHER_NUMBER in meaning.wants:
            return replace(state, lead=replace(lead, line_refused=True))
        case Step.NUMBER_CHECK if yes and Want.OTHER_NUMBER not in meaning.wants:
            return replace(state, lead=replace(lead, phone_checked=True))
        case Step.NUMBER_CHECK if yes is False:
            return replace(state, lead=lead.without_phone())
        case Step.CONFIRM if meaning.only_yes:
            return replace(state, lead=replace(lead, confirmed=True))
        case Step.CONFIRM if yes is False and not says_more and not meaning.wants & _CHANGES:
            return replace(state, todo=state.todo | {Want.WRONG})
        case Step.PERSON if yes:
            return replace(state, todo=state.todo | {Want.PERSON})
        case Step.PERSON if yes is False:
            return replace(state, refused_person=True)
        case Step.ELSE if yes is False or Want.THANKS in meaning.wants:
            return replace(state, todo=state.todo | {Want.GOODBYE})
        case Step.ELSE if yes and not meaning.wants:
            return replace(state, todo=state.todo | {Want.HELP})
    return state


_CHANGES = frozenset(
    {
        Want.CHANGE_NAME,
        Want.OTHER_NUMBER,
        Want.CHANGE_DATES,
        Want.CHANGE_GUESTS,
        Want.CHANGE_ROOM,
        Want.NEVER_MIND,
        Want.OTHER_ROOMS,
    }
)


def _stay(state: State, meaning: Meaning) -> State:
    """What was said of the stay replaces what was known of it."""
    said, stay = meaning.dates, state.stay
    stay = replace(
        stay,
        check_in=said.check_in or stay.check_in,
        nights=said.nights or stay.nights or said.implied_nights,
        adults=meaning.adults or stay.adults,
        children=stay.children if meaning.children is None else meaning.children,
        pets=stay.pets if meaning.pets is None else meaning.pets,
        room_type=meaning.room_type or stay.room_type,
    )
    if said.check_out and stay.check_in:
        nights = (said.check_out - stay.check_in).days
        stay = replace(stay, nights=nights if 1 <= nights <= MAX_NIGHTS else None)
    return replace(state, stay=stay, wants_stay=state.wants_stay or meaning.speaks_of_stay)


def _wants(state: State, meaning: Meaning) -> State:
    """Everything else that the sentence asks for."""
    wants, in_lead = meaning.wants, state.lead_wanted
    state = replace(state, todo=state.todo | (wants & _PASSING))
    if wants & {Want.ROOM, Want.PRICE, Want.OTHER_ROOMS, Want.HOLD}:
        again = state.declined if state.declined != state.stay else None
        state = replace(state, wants_stay=True, declined=again, stated=None)
    if Want.OTHER_ROOMS in wants or Want.CHANGE_ROOM in wants:
        room = meaning.room_type
        state = replace(state, stay=replace(state.stay, room_type=room), todo=state.todo | {Want.OTHER_ROOMS})
    if Want.ROOM in wants and state.leads_done and not in_lead:
        state = replace(state, another=True)
    if (Want.HOLD in wants and state.offer) or Want.CALLBACK in wants:
        noted = state.leads_done and (Want.CALLBACK in wants or state.lead_key in state.leads_done)
        if noted:
            state = replace(state, unsaid=(*state.unsaid, Outcome("already")))
        else:
            state = replace(state, lead_wanted=True)
    if Want.NEVER_MIND in wants:
        if in_lead or state.wants_stay:
            state = replace(state, lead_wanted=False, declined=state.stay)
        else:
            state = replace(state, todo=state.todo | {Want.GOODBYE})
    if Want.WRONG in wants and state.asked not in _YES_NO and (in_lead or state.wants_stay):
        state = replace(state, todo=state.todo | {Want.WRONG})
    if state.lead_wanted:
        state = _change_lead(state, meaning)
    if Want.CHANGE_DATES in wants and not meaning.dates.check_in:
        state = replace(state, stay=replace(state.stay, check_in=None, nights=meaning.dates.nights))
    if Want.CHANGE_GUESTS in wants and meaning.adults is None:
        state = replace(state, stay=replace(state.stay, adults=None))
    if meaning.question:
        known = state.answers.get(meaning.question)
        if known:
            state = replace(state, unsaid=(*state.unsaid, known))
        else:
            state = replace(state, questions=(*state.questions, meaning.question))
    return state


_YES_NO = frozenset(
    {Step.HOLD, Step.LINE, Step.NUMBER_CHECK, Step.CONFIRM, Step.PERSON, Step.ALTERNATIVE, Step.OTHER_DATES}
)


def _change_lead(state: State, meaning: Meaning) -> State:
    lead = state.lead
    if Want.CHANGE_NAME in meaning.wants:
        lead = replace(lead, name=None, name_item_id="", confirmed=False)
    if Want.OTHER_NUMBER in meaning.wants and state.asked not in (Step.LINE, Step.NUMBER_CHECK):
        lead = lead.without_phone()
    if meaning.phone:
        lead = replace(lead, phone_source="spoken", phone=meaning.phone, phone_checked=False, confirmed=False)
    return replace(state, lead=lead)
