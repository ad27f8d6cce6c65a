"""What has happened since we spoke last, and what a stay costs, as sentences: the tools' own words, without questions.

One question is enough in an answer, and it is ours: what a tool asks at the end of its words is left out.
"""

import re

from nightdesk.dialogue import identity
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.sentences import Words
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.steps import Step


def told(state: State, words: Words) -> list[str]:
    return [_outcome(outcome, words) for outcome in state.unsaid]


def statement(state: State, words: Words, step: Step) -> str:
    """The price of the stay, or why there is none."""
    if state.offer and step not in (Step.ALTERNATIVE, Step.OTHER_DATES):
        return words.offer(state.stay, state.offer)
    if state.check is None or not (state.check.refusal or state.check.code in words.refusals):
        return words.no_rooms
    if state.check.code == "invalid_arguments":
        return words.bad_dates  # its own words are for a model
    why = Outcome("refused", state.check.refusal, Want.ROOM, code=state.check.code)
    return statements(words.refusal(why), words) or words.no_rooms


def statements(text: str, words: Words) -> str:
    """What a tool says to the guest, without its questions."""
    sentences = re.split(r"(?<=[.?!])\s+", text)
    return " ".join(said for said in sentences if not said.endswith("?") and words.question_in(said) is None)


def question(state: State, words: Words, step: Step, again: bool) -> str:
    """again: in other words, because the first ones brought no answer."""
    task = state.task
    if step is Step.CHANGE and again and task is not None:
        return words.what_to_change(task)
    phones = {Step.LINE: state.caller_last4[-2:], Step.SEND: state.phone_ends}
    code, name = identity.read_back(state.who)
    kinds = words.listed([words.kinds.get(category, category) for category in state.categories[:3]], words.or_)
    said = {"code": code, "name": name, "kinds": kinds}
    if state.offer and state.rate_to_choose:
        said |= {"usual": str(state.offer["total"]), "cheaper": str(state.rate_to_choose["total"])}
    kind = task.kind if task else None
    return words.question(step, phones.get(step, state.lead.phone), again, state.medium, kind, said)


def _outcome(outcome: Outcome, words: Words) -> str:
    match outcome.kind:
        case "answer":
            return outcome.text
        case "unknown":
            return _refused(outcome, words) or words.not_known
        case "lead":
            return statements(outcome.text, words) or words.lead_noted
        case "already":
            return words.already_noted
        case "failed" | "refused" | "bad_phone":
            return _refused(outcome, words)
        case "done":
            return statements(words.done(outcome), words) or words.done(outcome)
        case "transfer_failed":
            return _refused(outcome, words) or words.no_transfer
        case "hold":
            return statements(outcome.text, words) or words.on_hold
        case "language":
            return words.speaks
        case "no_language":
            return words.no_language
        case "who":
            return statements(outcome.text, words)
        case "disturbed":
            return words.disturbed
        case "bad_keys":
            return words.bad_keys
        case "no_card":
            return words.no_card
        case _:
            return ""  # an ending has its own words


def _refused(outcome: Outcome, words: Words) -> str:
    return statements(words.refusal(outcome), words)
