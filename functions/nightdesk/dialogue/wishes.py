"""Everything else that a sentence asks for: rooms, tasks, people, languages, and what the house is asked about."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from nightdesk.dialogue import agenda
from nightdesk.dialogue.forms import Heard
from nightdesk.dialogue.languages import ASKED_FOR
from nightdesk.dialogue.lexicon import TASKS, Want
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.steps import YES_NO, Step
from nightdesk.dialogue.understand import Meaning

# What is answered in passing; the rest of a turn's wants change what is known.
_PASSING = frozenset(
    {Want.PERSON, Want.GOODBYE, Want.REPEAT, Want.WAIT, Want.HELP, Want.GREETING, Want.THANKS, Want.MANY_ROOMS}
)
_MOST_SENT = 2
"""The same text is sent, and once again where it did not come."""


def tasks_wanted(state: State, heard: Heard) -> list[Want]:
    """The tasks that a sentence begins, of those whose tool is offered here."""
    meaning, words = heard.meaning, heard.lexicon.plain(heard.text)
    wants = meaning.wants
    if Want.CALLBACK in wants and (meaning.dates.check_in or meaning.times[0] or state.we_called):
        wants = wants | {Want.APPOINTMENT}
    if Want.NOT_NOW in wants and state.purpose == "callback":  # they want to be called, and not now
        wants = wants | {Want.APPOINTMENT}
    if state.who.opened and not state.tasks and not state.wants_stay:  # the booking that was just spoken of
        slots = heard.lexicon.slots
        wants = wants | ({Want.CHANGE} if slots.change_it.search(words) else frozenset())
        wants = wants | ({Want.CANCEL} if slots.cancel_it.search(words) else frozenset())
    if Want.SEND_AGAIN in wants and not wants & set(TASKS):
        wants = wants | {Want.TEXT}
    if state.asked is Step.HOLD and meaning.yes and not heard.lexicon.slots.books.search(words):  # "yes, book it"
        wants = wants - {Want.BOOK}
    if state.task and state.task.kind is Want.CANCEL and state.asked is Step.CANCEL:
        wants = wants - {Want.CANCEL}
    return [want for want in TASKS if want in wants and state.offers_tool(agenda.FORMS[want].tools[0])]


def concerns_stay(state: State, meaning: Meaning, opening: Collection[Want]) -> bool:
    """Whether dates and guests in a sentence are those of a room that is wanted, and not of a wake-up call."""
    if set(opening) - {Want.BOOK} or Want.CALLBACK in meaning.wants or meaning.wants & set(TASKS) - {Want.BOOK}:
        return False
    return state.speaks_of_stay or Want.ROOM in meaning.wants


def asked_for(
    state: State, heard: Heard, opening: Sequence[Want], departments: Sequence[str], languages: Sequence[str]
) -> State:
    """The state after the wishes of a sentence."""
    meaning, in_lead = heard.meaning, state.lead_wanted
    wants = _without_tools(state, meaning, opening)
    state = replace(state, todo=state.todo | (wants & _PASSING))
    if Want.PERSON in wants:
        state = replace(state, department=next((d for d in meaning.departments if d in departments), ""))
    state = _language(state, wants, languages)
    if Want.WHO in wants and state.opening:
        state = state.telling(Outcome("who", state.opening))
    if wants & {Want.NOT_THEM, Want.NOT_NOW} and not opening:
        state = replace(state.telling(Outcome("disturbed")), tasks=(), todo=state.todo | {Want.GOODBYE})
    if wants & {Want.ROOM, Want.PRICE, Want.OTHER_ROOMS, Want.HOLD} and not opening:
        again = state.declined if state.declined != state.stay else None
        state = replace(state.without_task(Want.SURVEY), wants_stay=True, declined=again, stated=None)
    if Want.OTHER_ROOMS in wants or (Want.CHANGE_ROOM in wants and state.wants_stay):
        room = replace(state.stay, room_type=meaning.room_type)
        state = replace(state, stay=room, todo=state.todo | {Want.OTHER_ROOMS, *(wants & {Want.CHEAPER})})
    if Want.ROOM in wants and state.leads_done and not in_lead:
        state = replace(state, another=True)
    state = _opened(state, heard, opening)
    state = _lead(state, heard, wants, opening)
    if Want.NEVER_MIND in wants and Want.CANCEL not in opening:
        state = _dropped(state, in_lead)
    if Want.WRONG in wants and state.asked not in YES_NO and (in_lead or state.wants_stay or state.tasks):
        state = replace(state, todo=state.todo | {Want.WRONG})
    if state.lead_wanted or state.asked in (Step.KEYPAD, Step.SEND):
        state = _change_lead(state, meaning)
    if Want.CHANGE_DATES in wants and not meaning.dates.check_in and state.wants_stay:
        state = replace(state, stay=replace(state.stay, check_in=None, nights=meaning.dates.nights))
    if Want.CHANGE_GUESTS in wants and meaning.adults is None and state.wants_stay:
        state = replace(state, stay=replace(state.stay, adults=None))
    return _question(state, heard, wants)


def _without_tools(state: State, meaning: Meaning, opening: Sequence[Want]) -> frozenset[Want]:
    """What a wish comes down to where its tool is not offered."""
    wants = meaning.wants
    if Want.BOOK in wants and Want.BOOK not in opening and not state.offers_tool("create_reservation"):
        wants = wants | {Want.HOLD}
    if Want.MESSAGE in wants and Want.MESSAGE not in opening:
        wants = wants | {Want.CALLBACK}
    if Want.APPOINTMENT in wants and Want.APPOINTMENT not in opening:
        wants = wants | {Want.CALLBACK}
    others = set(TASKS) - {Want.BOOK, Want.MESSAGE, Want.APPOINTMENT}
    return wants | {Want.QUESTION} if wants & others - set(opening) and not opening else wants


def _language(state: State, wants: frozenset[Want], languages: Sequence[str]) -> State:
    for want, language in ASKED_FOR.items():
        if want in wants and language != state.language:
            if language not in languages:
                return state.telling(Outcome("no_language", code=language))
            return speaking(state, language)
    return state


def speaking(state: State, language: str) -> State:
    """We go on in another language; the hotel is told where it can be."""
    if state.offers_tool("set_language"):
        return replace(state, language=language, asked_language=language)
    return replace(state, language=language).telling(Outcome("language"))


def _opened(state: State, heard: Heard, opening: Sequence[Want]) -> State:
    for want in opening:
        if want is Want.BOOK:
            if state.leads_done and state.lead_key in state.leads_done and state.lead_key[0]:
                state = state.telling(Outcome("already"))
                continue
            again = state.declined if state.declined != state.stay else None
            state = replace(state, wants_stay=True, declined=again, lead_wanted=False)
        for vague, slot in ((Want.CONCIERGE, "category"), (Want.TEXT, "template")):
            if want is not vague and (open_one := state.task_of(vague)) and not open_one.get(slot):
                state = state.without_task(vague)  # what was never named is forgotten for what comes next
        form, task = agenda.FORMS[want], state.task_of(want)
        begun = form.said(state, task, heard) if task else form.opened(state, heard)
        if want is Want.TEXT and state.texted.count(begun.get("template")) >= _MOST_SENT:
            state = state.telling(Outcome("refused", about=want, code="sent_twice"))
            continue
        state = state.with_task(begun)
    return state


def _lead(state: State, heard: Heard, wants: frozenset[Want], opening: Sequence[Want]) -> State:
    if Want.APPOINTMENT in opening or Want.BOOK in opening:
        return state
    if (Want.HOLD in wants and state.offer) or Want.CALLBACK in wants:
        if state.leads_done and (Want.CALLBACK in wants or state.lead_key in state.leads_done):
            return state.telling(Outcome("already"))
        if Want.HOLD in wants and state.in_writing and state.offers_tool("create_reservation"):
            return state.with_task(agenda.FORMS[Want.BOOK].opened(state, heard))
        return replace(state, lead_wanted=True)
    return state


def _dropped(state: State, in_lead: bool) -> State:
    """ "never mind": the innermost thing is given up."""
    if state.task is not None and state.task.kind is not Want.BOOK:
        return state.given_up(state.task.kind, "dropped")
    if in_lead or state.wants_stay:
        return replace(state.without_task(Want.BOOK), lead_wanted=False, declined=state.stay)
    return replace(state, todo=state.todo | {Want.GOODBYE})


def _change_lead(state: State, meaning: Meaning) -> State:
    lead = state.lead
    if Want.CHANGE_NAME in meaning.wants:
        lead = replace(lead, name=None, name_item_id="", confirmed=False)
    if Want.OTHER_NUMBER in meaning.wants and state.asked not in (Step.LINE, Step.NUMBER_CHECK):
        lead = lead.without_phone()
    if meaning.phone and state.lead_wanted:
        lead = replace(lead, phone_source="spoken", phone=meaning.phone, phone_checked=False, confirmed=False)
    return replace(state, lead=lead)


def _question(state: State, heard: Heard, wants: frozenset[Want]) -> State:
    question = heard.meaning.question or (" ".join(heard.text.split()) if Want.QUESTION in wants else "")
    if not question:
        return state
    if known := state.answers.get(question):
        return state.telling(known)
    return replace(state, questions=(*state.questions, question))
