"""History -> State. Every entry is one transition: a guest's sentence, a sentence of ours, a tool's outcome, a note.

Which question is open, and in which language we speak, is read from our own words as the guest heard them, never
remembered, so a conversation that another process, rung or model began is continued in the same way. What was not heard
was not asked, and only a yes to the read-back confirms a write.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from nightdesk.dialogue import agenda, answers, paying, wishes
from nightdesk.dialogue.checks import Entry, mapping
from nightdesk.dialogue.forms import Heard
from nightdesk.dialogue.languages import LEXICONS, OF_THE_CALLED, known, lexicon_for
from nightdesk.dialogue.lexicon import Lexicon, Want
from nightdesk.dialogue.outcomes import done, keyed
from nightdesk.dialogue.state import BREAKS, State
from nightdesk.dialogue.steps import FREE_TEXT, IDENTITY_STEPS, STATES_PRICE, Step
from nightdesk.dialogue.tasks import Task, iso_date
from nightdesk.dialogue.understand import Context, Meaning, understand
from nightdesk.dialogue.words import question_heard
from nightdesk.hotel.model import RoomType

# After these the question that was open is closed: a later "yes" is no answer to it.
_SETTLE = frozenset({Want.PERSON, Want.GOODBYE, Want.WRONG, Want.OTHER_ROOMS, Want.MANY_ROOMS})
_ENOUGH_WORDS = 2
"""So many words of another language, and twice as many as of ours, and the guest speaks that one."""


@dataclass(frozen=True)
class Setting:
    """What a history is read against: the hotel's date, rooms and languages, the channel, the caller's number.

    language: the one that the conversation began in. tools: None means all. purpose, opening: of a call that we place.
    """

    today: date
    room_types: Sequence[RoomType] = ()
    caller_last4: str = ""
    language: str = "en"
    languages: Sequence[str] = ("en",)
    channel: str = "voice"
    tools: frozenset[str] | None = None
    categories: tuple[str, ...] = ()
    departments: Sequence[str] = ()
    takes_cards_by_keys: bool = False
    we_called: bool = False
    purpose: str = ""
    opening: str = ""


def fold(history: Iterable[Entry], setting: Setting) -> State:
    """The state after a history of wire entries (functions/contracts/session.json, `history_entry`)."""
    state = State(
        caller_last4=setting.caller_last4,
        channel=setting.channel,
        tools=setting.tools,
        language=known(setting.language),
        categories=setting.categories,
        takes_cards_by_keys=setting.takes_cards_by_keys,
        we_called=setting.we_called,
        purpose=setting.purpose,
        opening=setting.opening,
        tasks=(Task(Want.SURVEY),) if setting.purpose == "satisfaction" else (),
    )
    for entry in history:
        text = str(entry.get("text") or "")
        match (entry.get("type"), entry.get("role")):
            case ("message", "user"):
                state = heard(state, text, str(entry.get("item_id") or ""), setting)
            case ("message", "assistant") if text.strip():  # an empty one was never heard
                state = spoke(state, text)
            case ("message", "system"):
                state = paying.back(state, text) or keyed(state, text)
            case ("tool", _):
                state = done(
                    state, str(entry.get("name")), mapping(entry.get("arguments")), mapping(entry.get("result"))
                )
    return state


def spoke(state: State, text: str) -> State:
    """We said something: its question is open now, and what was owed is settled."""
    question, language = question_heard(text, state.language)
    return replace(
        state,
        language=language,
        asked=question or state.asked,
        stated=state.stay if question in STATES_PRICE and state.speaks_of_stay else state.stated,
        said=text,
        owed=False,
        missed=False,
        unsaid=(),
        stay_changed=False,
    )


def heard(state: State, text: str, item_id: str, setting: Setting) -> State:
    """The guest said something; "" means that it was not understood."""
    lexicon = _language_of(state, text, setting)
    hears = OF_THE_CALLED[lexicon.language] if setting.we_called else lexicon
    context = Context(
        setting.today,
        setting.room_types,
        state.asked,
        _arriving(state),
        hears,
    )
    meaning = understand(text, context)
    sentence = Heard(text, meaning, lexicon, state.asked)
    kept = state.todo & {Want.PERSON} if state.owed else frozenset()
    before = replace(
        state,
        todo=kept,
        questions=state.questions if state.owed else (),
        unsaid=tuple(outcome for outcome in state.unsaid if outcome.kind not in BREAKS),
        stay_changed=state.stay_changed and state.owed,
        refused_person=False,
    )
    after = before if lexicon.language == state.language else wishes.speaking(before, lexicon.language)
    after = _after(after, sentence, item_id, setting)
    if after.stay != before.stay:
        lead = replace(after.lead, confirmed=False)
        stays = (*after.stays_before, before.stay)
        after = replace(after, stay_changed=True, stated=None, lead=lead, alternative_refused=False, stays_before=stays)
        if (task := after.task) and task.kind is Want.BOOK and task.confirmed:
            after = after.with_task(replace(task, confirmed=False))

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


def _after(state: State, sentence: Heard, item_id: str, setting: Setting) -> State:
    """The state after one sentence: an answer to what was asked, else whatever it says and wishes."""
    meaning = sentence.meaning
    answered = answers.named(state, sentence, item_id) if state.asked is Step.NAME else answers.of_task(state, sentence)
    if answered is not None:
        return answered
    opening = wishes.tasks_wanted(state, sentence)
    after = answers.answer(state, meaning, opening)
    if wishes.concerns_stay(after, meaning, opening):
        after = answers.stay(after, meaning)
    elif (task := after.task) and not opening:
        after = after.with_task(agenda.FORMS[task.kind].said(after, task, sentence))
    return wishes.asked_for(after, sentence, opening, setting.departments, setting.languages)


def _arriving(state: State) -> date | None:
    """The arrival that a day is meant near to: of the stay spoken of, or of the booking that is being changed."""
    if (task := state.task) and task.kind is Want.CHANGE:
        return iso_date(task.get("check_in") or task.result.get("check_in"))
    return state.stay.check_in if state.wants_stay and state.speaks_of_stay else None


def _language_of(state: State, text: str, setting: Setting) -> Lexicon:
    """The language of a sentence: ours, unless it is plainly another one that the hotel speaks."""
    ours = lexicon_for(state.language)
    if state.asked in (FREE_TEXT | IDENTITY_STEPS | {Step.NAME}):
        return ours

    def words_of(lexicon: Lexicon) -> int:
        return len(lexicon.common.intersection(lexicon.plain(text).split()))

    others = [
        LEXICONS[language] for language in setting.languages if language in LEXICONS and language != ours.language
    ]
    best = max(others, key=words_of, default=ours)
    return best if words_of(best) >= max(_ENOUGH_WORDS, 2 * words_of(ours)) else ours


def _substance(state: State) -> tuple[object, ...]:
    """What a turn must change to count as progress."""
    return (
        state.stay,
        state.wants_stay,
        state.lead,
        state.lead_wanted,
        state.declined,
        state.questions,
        state.todo & {Want.PERSON, Want.GOODBYE},
        state.alternative_refused,
        state.tasks,
        state.who,
        state.language,
    )


def _is_known(meaning: Meaning) -> bool:
    """Whether the sentence made sense though it changed nothing ("friday", once more)."""
    return bool(meaning.wants - {Want.WRONG}) or meaning.speaks_of_stay or meaning.pets is not None
