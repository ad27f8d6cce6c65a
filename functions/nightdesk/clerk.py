"""The dialogue policy that needs no language model: the brain of the offline engine and of the <Gather> fallback.

It decides the next sentence or the next tool call from the session's history alone, so any process, rung or attempt
continues any conversation. It refuses to know rates, availability and identity: those are asked of tools. What was not
understood is asked again, then offered to a person, then handed to one; it is never guessed into a write.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from nightdesk import spoken
from nightdesk.clerk_asked import ClerkReply, ClerkRequest, ToolCall
from nightdesk.dialogue import agenda, handoff, small_talk, telling
from nightdesk.dialogue.fold import fold
from nightdesk.dialogue.forms import Call
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.sentences import Words
from nightdesk.dialogue.state import BREAKS, State
from nightdesk.dialogue.steps import EXPECTS, IDENTITY_STEPS, LEAD_STEPS, Step
from nightdesk.dialogue.words import words_for

MISSES_BEFORE_PERSON = 2
"""After so many turns in a row that were not understood a person is offered; after one more the call is handed over."""
STALLS_BEFORE_PERSON = 4
STALLS_BEFORE_GIVING_UP = 6
TURNS_BEFORE_GIVING_UP = 60
"""No guest needs so many: a machine at the far end, or a talk that goes in circles."""

__all__ = ["ClerkReply", "ClerkRequest", "ToolCall", "reply"]


def reply(request: ClerkRequest) -> ClerkReply:
    """The next move of a conversation. Never raises for anything a guest, a model or a tool has said."""
    state = fold(request.history, request.setting())
    words = words_for(state.language)
    quoted, carries_on = _say_exactly(request.instructions)
    if quoted and not carries_on:
        return ClerkReply(quoted, None, EXPECTS[words.question_in(quoted) or state.asked or Step.HELP])
    if quoted:  # the call goes on after all, so an ending or a wait that was under way is over
        state = replace(state, unsaid=tuple(o for o in state.unsaid if o.kind not in BREAKS))
    move = _Move(request, state, words).decide()
    return replace(move, say=f"{quoted} {move.say}".strip()) if quoted else move


def _say_exactly(instructions: str) -> tuple[str, bool]:
    """The sentence to be spoken as it is ("" for none), and whether the conversation carries on behind it.

    The last one: the hotel's own instructions, which may quote others, come before.
    """
    match = re.search(r'.*say exactly:\s*"(.*)"(.*)', instructions, re.IGNORECASE | re.DOTALL)
    return (match[1].strip(), "carry on" in match[2].lower()) if match else ("", False)


_PRICED_STEPS = LEAD_STEPS | IDENTITY_STEPS | {Step.HOLD, Step.BOOK, Step.RATE, Step.ALTERNATIVE, Step.OTHER_DATES}


@dataclass(frozen=True)
class _Ask:
    """The question to ask, and what comes before it."""

    step: Step
    intro: str = ""
    in_other_words: bool = False


@dataclass(frozen=True)
class _Move:
    """One decision: first what must be done, then what must be said, then the next question."""

    request: ClerkRequest
    state: State
    words: Words

    def decide(self) -> ClerkReply:
        state = self.state
        kinds = {outcome.kind for outcome in state.unsaid}
        if "transfer" in kinds:
            return ClerkReply(self._joined(*telling.told(self.state, self.words), self.words.connecting))
        if "ended" in kinds:
            return ClerkReply(self._joined(*telling.told(self.state, self.words), self._farewell()))
        if "hold" in kinds:  # the question that is open is asked again once they are back
            return ClerkReply(self._joined(*telling.told(self.state, self.words)))
        if call := self._next_call():
            return ClerkReply("", call)
        if state.owed and Want.GOODBYE in state.todo:  # nothing here can hang up
            return ClerkReply(self._joined(*telling.told(self.state, self.words), self._farewell()))
        return self._speak()

    def _farewell(self) -> str:
        said = self.words.give_up if self._must_give_up() else self.words.goodbye
        hotel = self.request.property
        return said(hotel.name, self.state.medium, spoken.home_number(hotel.phone_numbers[0]))

    def _next_call(self) -> ToolCall | None:
        """The tool that has to run before anything can be said. None too when the guest has a question to answer."""
        state = self.state
        if not state.owed and state.asked is not None:
            return None
        if state.asked_language:
            return self._call("set_language", {"language": state.asked_language})
        if state.lead_wanted and state.lead.confirmed and state.lead_key not in state.leads_done:
            return self._offered(handoff.lead(state, self.words.notes(state)))
        if (task := state.task) and task.confirmed and (due := agenda.next_call(state)):
            return self._offered(due)
        if Want.PERSON in state.todo and state.offers_tool("transfer_to_human"):
            return self._offered(handoff.transfer(state, "The guest asks for a person."))
        if self._must_give_up():
            if state.offers_tool("transfer_to_human") and not state.transfers:
                return self._offered(handoff.transfer(state, "The guest could not be understood."))
            return self._call("end_call", {"reason": "not understood"})
        if state.questions and state.offers_tool("search_kb"):
            return self._call("search_kb", {"question": state.questions[0]})
        if self._stay_is_due() and state.check is None:
            return self._call("check_availability", state.stay.arguments())
        if not self._is_settled() and (due := agenda.next_call(state)):
            return self._offered(due)
        if Want.GOODBYE in state.todo:
            return self._call("end_call", {"reason": "The guest said goodbye."})
        return None

    def _stay_is_due(self) -> bool:
        """Whether the stay is complete and wanted, and not put off by another task."""
        state = self.state
        return state.speaks_of_stay and state.wants_stay and state.stay.is_complete and state.declined != state.stay

    def _is_settled(self) -> bool:
        """Whether this turn asks for an answer of its own before any task goes on."""
        state = self.state
        return state.owed and (state.missed or bool(state.todo & {Want.WRONG, Want.REPEAT, Want.GOODBYE}))

    def _speak(self) -> ClerkReply:
        state, words = self.state, self.words
        if state.owed and Want.REPEAT in state.todo and state.said and state.stalls < STALLS_BEFORE_PERSON:
            return self._repeat()
        ask = self._obstacle() or self._after_passing() if state.owed else _Ask(state.asked or self._next_step())
        step = ask.step
        parts = [ask.intro, *telling.told(self.state, self.words)]
        task = state.task
        if step in _PRICED_STEPS or (step is Step.CHANGE and self._next_step() is Step.CHANGE):
            asked_again = not state.owed and step in (
                Step.HOLD,
                Step.BOOK,
                Step.RATE,
            )  # after a break the price is said once more
            if state.speaks_of_stay and state.wants_stay and (state.stated != state.stay or asked_again):
                parts.append(telling.statement(self.state, self.words, step))
        elif step in (Step.NIGHTS, Step.GUESTS) and state.stay_changed and state.speaks_of_stay:
            parts.append(words.dates(state.stay))
        elif step in (Step.CONFIRM, Step.SEND) and not state.missed:
            parts.append(words.task_read_back(state, task) if task else words.read_back(state))
        elif step is Step.CANCEL and task and not state.missed:
            parts.append(telling.statements(words.quoted(task), words))
        parts.append(telling.question(self.state, self.words, step, ask.in_other_words))
        return ClerkReply(self._joined(*parts), None, EXPECTS[step])

    def _next_step(self) -> Step:
        return agenda.next_step(self.state)

    def _obstacle(self) -> _Ask | None:
        """What keeps the conversation from going on as planned, the gravest first."""
        state, words, todo = self.state, self.words, self.state.todo
        person = Step.PERSON if state.offers_tool("transfer_to_human") else None
        if state.missed:
            if state.misses >= MISSES_BEFORE_PERSON and person:
                return _Ask(person, words.sorry_missed_again)
            return _Ask(state.asked or self._next_step(), words.sorry_missed, in_other_words=True)
        if state.stalls >= STALLS_BEFORE_PERSON and person and not state.refused_person:
            return _Ask(person, words.sorry_slow)
        if Want.PERSON in todo:
            return _Ask(self._next_step(), words.no_transfer)
        if state.questions:  # search_kb is not offered
            return _Ask(person or self._next_step(), words.not_known)
        if any(outcome.kind in ("unknown", "failed") for outcome in state.unsaid):
            return _Ask(person or self._next_step())
        if Want.MANY_ROOMS in todo and person:
            return _Ask(person, words.many_rooms)
        if Want.WRONG in todo:
            return _Ask(Step.CHANGE, words.all_right)
        if Want.CHEAPER in todo and state.rate_to_choose:
            return _Ask(Step.RATE)
        if Want.OTHER_ROOMS in todo and len(state.offers) > 1:
            return _Ask(Step.ROOM, words.other_offers(state.offers))
        if state.wants_stay and state.stay.is_complete and not state.offers_tool("check_availability"):
            return _Ask(person or Step.ELSE, words.no_tool)
        if state.check and state.check.failed and person and not state.refused_person and self._stay_is_due():
            return _Ask(person, telling.statements(state.check.refusal, words) or words.sorry_failed)
        if self._next_step() in (Step.HOLD, *LEAD_STEPS) and not state.tasks and not state.offers_tool("create_lead"):
            return _Ask(Step.ELSE, telling.statement(self.state, self.words, Step.HOLD))
        return None

    def _after_passing(self) -> _Ask:
        """The pending question, behind an answer to what was said in passing."""
        state, words, todo = self.state, self.words, self.state.todo
        if Want.HELP in todo and state.asked is Step.ELSE:
            return _Ask(Step.HELP)
        said = small_talk.in_passing(todo, words)
        step = self._next_step()
        if said and state.asked in (Step.CHANGE, Step.PERSON, Step.ELSE):
            step = state.asked
        if state.refused_person or (step is Step.ELSE and not said and not state.unsaid):
            said = words.all_right
        return _Ask(step, said, in_other_words=state.stalls > 1)

    def _repeat(self) -> ClerkReply:
        state = self.state
        step = self.words.question_in(state.said)
        if step:
            return ClerkReply(state.said, None, EXPECTS[step])
        step = state.asked or self._next_step()
        return ClerkReply(
            self._joined(state.said, telling.question(self.state, self.words, step, False)), None, EXPECTS[step]
        )

    def _must_give_up(self) -> bool:
        state = self.state
        return (
            state.misses > MISSES_BEFORE_PERSON
            or state.stalls >= STALLS_BEFORE_GIVING_UP
            or state.turns >= TURNS_BEFORE_GIVING_UP
        )

    def _call(self, name: str, arguments: dict[str, Any]) -> ToolCall | None:
        """None when the tool is not offered; what is missing is then said."""
        return ToolCall(name, arguments) if self.state.offers_tool(name) else None

    def _offered(self, call: Call) -> ToolCall | None:
        return self._call(call.name, call.arguments)

    @staticmethod
    def _joined(*parts: str) -> str:
        return " ".join(part for part in parts if part)
