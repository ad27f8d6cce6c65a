"""What a guest's answers do to what is known, as transitions of the state: names, a yes or no, corrections, the stay.

Only a plain yes to a read-back that was heard confirms a write.
"""

from collections.abc import Collection
from dataclasses import replace

from nightdesk.dialogue import agenda, identity
from nightdesk.dialogue.forms import Heard
from nightdesk.dialogue.lexicon import TASKS, Want
from nightdesk.dialogue.state import Lead, State
from nightdesk.dialogue.stay import Stay
from nightdesk.dialogue.steps import FREE_TEXT, IDENTITY_STEPS, Step
from nightdesk.dialogue.tasks import Task, Who
from nightdesk.dialogue.understand import Meaning, spoken_name
from nightdesk.hotel.dates import MAX_NIGHTS

# Heard even when a name is expected: anything else said then is taken for the name.
NEVER_A_NAME = frozenset(
    {
        *(Want.PERSON, Want.GOODBYE, Want.REPEAT, Want.WAIT, Want.NEVER_MIND),
        *(Want.RESTART, Want.WRONG, Want.HELP, Want.GREETING, Want.ENGLISH, Want.SPANISH, Want.ON_HOLD),
    }
)
_NEVER_TEXT = frozenset(
    {
        Want.PERSON,
        Want.GOODBYE,
        Want.REPEAT,
        Want.WAIT,
        Want.ON_HOLD,
        Want.NEVER_MIND,
        Want.RESTART,
        Want.HELP,
        Want.SPANISH,
        Want.ENGLISH,
    }
)
_OFFERS = (Step.SEND, Step.KEY_CARD)
_SHORT = 6  # words: "cancel the whole thing and tell him I had to go" is a message
_NAMED = 3  # words: "the manager" is whom a message is for
_CHANGES = frozenset(
    {
        *(Want.CHANGE_NAME, Want.OTHER_NUMBER, Want.CHANGE_DATES, Want.CHANGE_GUESTS, Want.CHANGE_ROOM),
        *(Want.NEVER_MIND, Want.OTHER_ROOMS),
    }
)


_GO_ON = frozenset({*TASKS, Want.SEND_AGAIN, Want.ROOM, Want.PRICE, Want.QUESTION, Want.PERSON, Want.CALLBACK})


def says_a_name(heard: Heard, shortest_question: int = 4) -> bool:
    """Whether a sentence is taken for a name. An odd transcript is one all the same; another wish is none.

    shortest_question: in words; "Will Pool" is a name, and what is kept as a guess beside its clip may be an odd one.
    """
    meaning, lexicon = heard.meaning, heard.lexicon
    words = lexicon.plain(heard.text)
    corrects = meaning.dates.nights is not None or meaning.adults is not None or lexicon.correcting.search(words)
    asks = Want.QUESTION in meaning.wants and lexicon.asking.search(words) and len(words.split()) >= shortest_question
    says_else = bool(meaning.wants & NEVER_A_NAME or asks or meaning.phone) or (
        (corrects or meaning.refundable is not None) and (meaning.speaks_of_stay or meaning.pets is not None)
    )
    return not says_else and not (
        meaning.yes is not None
        and spoken_name(heard.text, lexicon).lower() in ("", words, heard.text.lower().strip(" ."))
    )


def named(state: State, heard: Heard, item_id: str) -> State | None:
    """The name of a lead, as a guess beside the clip that holds it: people listen to it later."""
    guess = spoken_name(heard.text, heard.lexicon)
    if not says_a_name(heard) or (not guess and not item_id):
        return None
    return replace(state, lead=replace(state.lead, name=guess, name_item_id=item_id, confirmed=False))


def of_task(state: State, heard: Heard) -> State | None:
    """The answer to a question of a task; None when the sentence is none, and may be anything else."""
    task, meaning = state.task, heard.meaning
    if task is None:
        return None
    if state.asked in IDENTITY_STEPS or (state.asked is Step.DAY and state.who.options):
        is_name = says_a_name(heard, shortest_question=3) and not meaning.wants & frozenset(TASKS)
        if state.asked is Step.LAST_NAME and not meaning.letters and not is_name:
            return None
        return identity.answered(state, heard.text, meaning, heard.lexicon)
    length = len(heard.text.split())
    if state.asked is Step.COMMENT and meaning.yes is False and length <= _NAMED:
        return None  # there is none
    never = _NEVER_TEXT - ({Want.PERSON} if state.asked is Step.FOR_WHOM and length <= _NAMED else set())
    if state.asked in FREE_TEXT and heard.text.strip() and not (length <= _SHORT and meaning.wants & never):
        return state.with_task(agenda.FORMS[task.kind].said(state, task, heard))
    if state.asked in (Step.CONFIRM, Step.SEND, Step.KEY_CARD, Step.CANCEL, Step.CHANGE):
        return _of_read_back(state, task, heard)
    return None


def _of_read_back(state: State, task: Task, heard: Heard) -> State | None:
    """Yes, no, or what is wrong with it."""
    meaning, asked = heard.meaning, state.asked
    cancels = asked is Step.CANCEL and bool(heard.lexicon.slots.cancel_it.search(heard.lexicon.plain(heard.text)))
    says_more = meaning.has_slots or bool(meaning.wants & _CHANGES)
    if asked is not Step.CHANGE and (
        meaning.only_yes or cancels or (asked in _OFFERS and meaning.yes and not says_more)
    ):
        return state.with_task(replace(task, confirmed=True))
    if asked in (*_OFFERS, Step.CANCEL) and meaning.yes is False and not says_more:
        return agenda.FORMS[task.kind].declined(state, task)
    if asked is Step.CHANGE or (asked is Step.CONFIRM and meaning.yes is not True):
        return _corrected(state, task, heard)
    return None


def _corrected(state: State, task: Task, heard: Heard) -> State | None:
    """What was said anew, or which part is wrong; None when neither can be told."""
    words = heard.lexicon.plain(heard.text)
    again = agenda.FORMS[task.kind].said(state, task, heard)
    if again != task:
        return state.with_task(again)
    parts = {slot for slot, said in heard.lexicon.parts.items() if said.search(words)}
    if "last_name" in parts and task.kind is Want.BOOK:
        return replace(state, who=replace(state.who, last_name="", first_name="", name_checked=False))
    if "phone" in parts and state.phone_source and task.kind in (Want.BOOK, Want.APPOINTMENT, Want.TEXT, Want.PAY):
        return replace(state, lead=state.lead.without_phone())
    wrong = [slot for slot in parts if task.get(slot)]
    return state.with_task(task.without(*wrong)) if wrong else None


def answer(state: State, meaning: Meaning, opening: Collection[Want]) -> State:
    """A yes or no, in the light of the question that was heard. opening: the tasks that the sentence begins."""
    lead, yes = state.lead, meaning.yes
    if lead.confirmed and (yes is False or meaning.wants & (_CHANGES | {Want.WRONG})):
        lead = replace(lead, confirmed=False)  # "yes" and then "no, wait", before anything was written
        state = replace(state, lead=lead)
    if (task := state.task) and task.confirmed and (yes is False or meaning.wants & (_CHANGES | {Want.WRONG})):
        state = state.with_task(replace(task, confirmed=False))
    if Want.RESTART in meaning.wants:
        return replace(
            state, stay=Stay(), lead=Lead(), lead_wanted=False, stated=None, declined=None, tasks=(), who=Who()
        )
    says_more = meaning.speaks_of_stay or meaning.pets is not None
    line = Want.THIS_NUMBER in meaning.wants or (yes is True and state.asked is Step.LINE)
    match state.asked:
        case Step.HOLD if yes and not says_more and Want.BOOK not in opening:
            return replace(state, lead_wanted=True)
        case Step.BOOK if yes and not says_more:
            return state.with_task(Task(Want.BOOK, {"agreed": "yes"}))
        case Step.RATE if meaning.refundable is not None:
            chosen = replace(state, stay=replace(state.stay, refundable=meaning.refundable))
            books = state.task_of(Want.BOOK) is not None or state.base_step is Step.RATE
            return chosen.with_task(Task(Want.BOOK, {"agreed": "yes"})) if books else chosen
        case Step.HOLD | Step.ROOM | Step.BOOK | Step.RATE if yes is False and not says_more:
            return replace(state.without_task(Want.BOOK), declined=state.stay)
        case Step.ALTERNATIVE if yes and not says_more and state.check and state.check.alternative:
            return replace(state, stay=state.check.alternative)
        case Step.ALTERNATIVE if yes is False and not says_more:
            return replace(state, alternative_refused=True)
        case Step.OTHER_DATES if yes and not says_more:
            return replace(state, stay=replace(state.stay, check_in=None))
        case Step.OTHER_DATES if yes is False and not says_more:
            return replace(state.without_task(Want.BOOK), declined=state.stay, lead_wanted=False)
        case Step.LINE | Step.KEYPAD if line and yes is not False and state.caller_last4:
            line_lead = replace(
                lead, phone_source="caller_line", phone=state.caller_last4, phone_checked=True, line_refused=False
            )
            return replace(state, lead=line_lead)
        case Step.LINE if yes is False or Want.OTHER_NUMBER in meaning.wants:
            return replace(state, lead=replace(lead, line_refused=True))
        case Step.NUMBER_CHECK if yes and Want.OTHER_NUMBER not in meaning.wants:
            return replace(state, lead=replace(lead, phone_checked=True))
        case Step.NUMBER_CHECK if yes is False:
            return replace(state, lead=lead.without_phone())
        case Step.CONFIRM if meaning.only_yes and state.task is None:
            return replace(state, lead=replace(lead, confirmed=True))
        case Step.CONFIRM if yes is False and not says_more and not meaning.wants & _CHANGES:
            return replace(state, todo=state.todo | {Want.WRONG})
        case Step.RATING if yes is False and not meaning.wants - {Want.THANKS, Want.GOODBYE}:
            return replace(state.given_up(Want.SURVEY, "no_rating"), todo=state.todo | {Want.GOODBYE})
        case Step.COMMENT if yes is False:
            return state.given_up(Want.SURVEY, "no_comment")
        case Step.PERSON if yes:
            return replace(state, todo=state.todo | {Want.PERSON})
        case Step.PERSON if yes is False:
            if (task := state.task) and task.kind is Want.BOOK and not state.in_writing and state.who.last_name == "":
                state = state.without_task(Want.BOOK)  # a name that cannot be heard can still be left as it is spoken
            return replace(state, refused_person=True)
        case Step.ELSE if (yes is False or Want.THANKS in meaning.wants) and not meaning.wants & _GO_ON:
            return replace(state, todo=state.todo | {Want.GOODBYE})
        case Step.ELSE if yes and not meaning.wants:
            return replace(state, todo=state.todo | {Want.HELP})
    return state


def stay(state: State, meaning: Meaning) -> State:
    """What was said of the stay replaces what was known of it."""
    said, known = meaning.dates, state.stay
    known = replace(
        known,
        check_in=said.check_in or known.check_in,
        nights=said.nights or known.nights or said.implied_nights,
        adults=meaning.adults or known.adults,
        children=known.children if meaning.children is None else meaning.children,
        pets=known.pets if meaning.pets is None else meaning.pets,
        room_type=meaning.room_type or known.room_type,
        refundable=known.refundable if meaning.refundable is None else meaning.refundable,
    )
    if said.check_out and known.check_in:
        nights = (said.check_out - known.check_in).days
        known = replace(known, nights=nights if 1 <= nights <= MAX_NIGHTS else None)
    return replace(state, stay=known, wants_stay=state.wants_stay or meaning.speaks_of_stay)
