"""The dialogue policy that needs no language model: the brain of the offline engine and of the <Gather> fallback.

It decides the next sentence or the next tool call from the session's history alone, so any process, rung or attempt
continues any conversation. It refuses to know rates, availability and identity: those are asked of tools. What was not
understood is asked again, then offered to a person, then handed to one; it is never guessed into a write.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from nightdesk.dialogue.fold import Setting, fold
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.steps import EXPECTS, LEAD_STEPS, Expect, Step
from nightdesk.dialogue.words import Words, words_for
from nightdesk.hotel.model import Property

MISSES_BEFORE_PERSON = 2
"""After so many turns in a row that were not understood a person is offered; after one more the call is handed over."""
STALLS_BEFORE_PERSON = 4
STALLS_BEFORE_GIVING_UP = 6
TURNS_BEFORE_GIVING_UP = 60
"""No guest needs so many: a machine at the far end, or a talk that goes in circles."""


@dataclass(frozen=True)
class ClerkRequest:
    """One question to the clerk.

    history: entries as they stand on the wire (contracts/clerk.json): messages and tool outcomes, oldest first.
    instructions: those of the response being made; `Say exactly: "..."` is spoken as it is.
    today: the date on the property's clock. caller_last4: "" when the number is withheld.
    tools: names of the tools offered; None means all.
    """

    property: Property
    history: Sequence[Mapping[str, Any]]
    today: date
    instructions: str = ""
    language: str = "en"
    channel: str = "voice"
    caller_last4: str = ""
    tools: frozenset[str] | None = None


@dataclass(frozen=True)
class ToolCall:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class ClerkReply:
    """What to say, what to call, and what kind of answer is expected next.

    `say` may be "" when a tool is called: its outcome, in the next request's history, brings the words.
    """

    say: str
    tool_call: ToolCall | None = None
    expect: Expect = "open"


def reply(request: ClerkRequest) -> ClerkReply:
    """The next move of a conversation. Never raises for anything a guest, a model or a tool has said."""
    words = words_for(request.language)
    setting = Setting(request.today, words, request.property.room_types, request.caller_last4)
    state = fold(request.history, setting)
    quoted, carries_on = _say_exactly(request.instructions)
    if quoted and not carries_on:
        return ClerkReply(quoted, None, EXPECTS[words.question_in(quoted) or state.asked or Step.HELP])
    if quoted:  # the call goes on after all, so an ending that was under way is over
        state = replace(state, unsaid=tuple(o for o in state.unsaid if o.kind not in ("transfer", "ended")))
    move = _Move(request, state, words).decide()
    return replace(move, say=f"{quoted} {move.say}".strip()) if quoted else move


def _say_exactly(instructions: str) -> tuple[str, bool]:
    """The sentence to be spoken as it is ("" for none), and whether the conversation carries on behind it."""
    match = re.search(r'say exactly:\s*"(.*)"(.*)', instructions, re.IGNORECASE | re.DOTALL)
    return (match[1].strip(), "carry on" in match[2].lower()) if match else ("", False)


_PRICED_STEPS = LEAD_STEPS | {Step.HOLD, Step.ALTERNATIVE, Step.OTHER_DATES}


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
            return ClerkReply(self._joined(*self._told(), self.words.connecting))
        if "ended" in kinds:
            said = self.words.give_up if self._must_give_up() else self.words.goodbye
            return ClerkReply(self._joined(*self._told(), said(self.request.property.name)))
        if call := self._next_call():
            return ClerkReply("", call)
        if state.owed and Want.GOODBYE in state.todo:  # nothing here can hang up
            return ClerkReply(self._joined(*self._told(), self.words.goodbye(self.request.property.name)))
        return self._speak()

    def _next_call(self) -> ToolCall | None:
        """The tool that has to run before anything can be said. None too when the guest has a question to answer."""
        state = self.state
        if not state.owed and state.asked is not None:
            return None
        if state.lead_wanted and state.lead.confirmed and state.lead_key not in state.leads_done:
            return self._call("create_lead", self._lead_arguments())
        if Want.PERSON in state.todo and self._offers("transfer_to_human"):
            return self._call(
                "transfer_to_human", {"department": "front_desk", "reason": "The guest asks for a person."}
            )
        if self._must_give_up():
            if self._offers("transfer_to_human") and not state.transfers:
                reason = "The guest could not be understood."
                return self._call("transfer_to_human", {"department": "front_desk", "reason": reason})
            return self._call("end_call", {"reason": "not understood"})
        if state.questions and self._offers("search_kb"):
            return self._call("search_kb", {"question": state.questions[0]})
        if state.wants_stay and state.stay.is_complete and state.declined != state.stay and state.check is None:
            return self._call("check_availability", state.stay.arguments())
        if Want.GOODBYE in state.todo:
            return self._call("end_call", {"reason": "The guest said goodbye."})
        return None

    def _speak(self) -> ClerkReply:
        state, words = self.state, self.words
        if state.owed and Want.REPEAT in state.todo and state.said and state.stalls < STALLS_BEFORE_PERSON:
            return self._repeat()
        ask = self._obstacle() or self._after_passing() if state.owed else _Ask(state.asked or state.next_step)
        step = ask.step
        parts = [ask.intro, *self._told()]
        if step in _PRICED_STEPS or (step is Step.CHANGE and state.next_step is Step.CHANGE):
            asked_again = not state.owed and step is Step.HOLD  # after a break the price is said once more
            if state.wants_stay and (state.stated != state.stay or asked_again):
                parts.append(self._statement(step))
        elif step in (Step.NIGHTS, Step.GUESTS) and state.stay_changed:
            parts.append(words.dates(state.stay))
        elif step is Step.CONFIRM and not state.missed:
            parts.append(words.read_back(state))
        parts.append(self._question(step, ask.in_other_words))
        return ClerkReply(self._joined(*parts), None, EXPECTS[step])

    def _obstacle(self) -> _Ask | None:
        """What keeps the conversation from going on as planned, the gravest first."""
        state, words, todo = self.state, self.words, self.state.todo
        person = Step.PERSON if self._offers("transfer_to_human") else None
        if state.missed:
            if state.misses >= MISSES_BEFORE_PERSON and person:
                return _Ask(person, words.sorry_missed_again)
            return _Ask(state.asked or state.next_step, words.sorry_missed, in_other_words=True)
        if state.stalls >= STALLS_BEFORE_PERSON and person and not state.refused_person:
            return _Ask(person, words.sorry_slow)
        if Want.PERSON in todo:
            return _Ask(state.next_step, words.no_transfer)
        if state.questions:  # search_kb is not offered
            return _Ask(person or state.next_step, words.not_known)
        if any(outcome.kind in ("unknown", "failed") for outcome in state.unsaid):
            return _Ask(person or state.next_step)
        if Want.MANY_ROOMS in todo and person:
            return _Ask(person, words.many_rooms)
        if Want.WRONG in todo:
            return _Ask(Step.CHANGE, words.all_right)
        if Want.OTHER_ROOMS in todo and len(state.offers) > 1:
            return _Ask(Step.ROOM, words.other_offers(state.offers))
        if state.wants_stay and state.stay.is_complete and not self._offers("check_availability"):
            return _Ask(person or Step.ELSE, words.no_tool)
        if state.check and state.check.failed and person and not state.refused_person:
            return _Ask(person, self._statements(state.check.refusal) or words.sorry_failed)
        if state.next_step in (Step.HOLD, *LEAD_STEPS) and not self._offers("create_lead"):
            return _Ask(Step.ELSE, self._statement(Step.HOLD))
        return None

    def _after_passing(self) -> _Ask:
        """The pending question, behind an answer to what was said in passing."""
        state, words, todo = self.state, self.words, self.state.todo
        if Want.HELP in todo and state.asked is Step.ELSE:
            return _Ask(Step.HELP)
        in_passing = {
            Want.HELP: words.abilities,
            Want.GREETING: words.hello,
            Want.THANKS: words.welcome,
            Want.WAIT: words.take_your_time,
        }
        said = next((answer for want, answer in in_passing.items() if want in todo), "")
        step = state.next_step
        if said and state.asked in (Step.CHANGE, Step.PERSON, Step.ELSE):
            step = state.asked
        if state.refused_person or (step is Step.ELSE and not said and not state.unsaid):
            said = words.all_right
        return _Ask(step, said, in_other_words=state.stalls > 1)

    def _told(self) -> list[str]:
        """What has happened since we spoke last."""
        return [self._outcome(outcome) for outcome in self.state.unsaid]

    def _outcome(self, outcome: Outcome) -> str:
        words = self.words
        match outcome.kind:
            case "answer":
                return outcome.text
            case "unknown":
                return self._statements(outcome.text) or words.not_known
            case "lead":
                return self._statements(outcome.text) or words.lead_noted
            case "already":
                return words.already_noted
            case "failed":
                return self._statements(outcome.text) or words.sorry_failed
            case "transfer_failed":
                return self._statements(outcome.text) or words.no_transfer
            case "bad_phone":
                return self._statements(outcome.text)
            case "bad_keys":
                return words.bad_keys
            case _:
                return ""  # an ending has its own words

    def _statement(self, step: Step) -> str:
        """The price of the stay, or why there is none."""
        state, words = self.state, self.words
        if state.offer and step not in (Step.ALTERNATIVE, Step.OTHER_DATES):
            return words.offer(state.stay, state.offer)
        if state.check and state.check.code == "invalid_arguments":
            return words.bad_dates  # its own words are for a model
        return self._statements(state.check.refusal if state.check else "") or words.no_rooms

    def _statements(self, text: str) -> str:
        """What a tool says to the guest, without the questions it ends with: one question is enough, and it is ours."""
        sentences = re.split(r"(?<=[.?!])\s+", text)
        asks = self.words.question_in
        return " ".join(said for said in sentences if not said.endswith("?") and asks(said) is None)

    def _question(self, step: Step, again: bool) -> str:
        phone = self.request.caller_last4[-2:] if step is Step.LINE else self.state.lead.phone
        return self.words.question(step, phone, again)

    def _repeat(self) -> ClerkReply:
        state = self.state
        step = self.words.question_in(state.said)
        if step:
            return ClerkReply(state.said, None, EXPECTS[step])
        step = state.asked or state.next_step
        return ClerkReply(self._joined(state.said, self._question(step, False)), None, EXPECTS[step])

    def _must_give_up(self) -> bool:
        state = self.state
        return (
            state.misses > MISSES_BEFORE_PERSON
            or state.stalls >= STALLS_BEFORE_GIVING_UP
            or state.turns >= TURNS_BEFORE_GIVING_UP
        )

    def _lead_arguments(self) -> dict[str, Any]:
        state, lead = self.state, self.state.lead
        check_in, check_out, room_type = state.lead_key
        said: dict[str, Any] = {
            "name": lead.name or "",
            "name_confirmed": False,
            "phone_source": lead.phone_source,
            "phone": lead.phone if lead.phone_source == "spoken" else None,
            "notes": self.words.notes(state),
            "room_type": room_type,
            "check_in": check_in,
            "check_out": check_out,
            "name_item_id": lead.name_item_id or None,
            "another": state.another or None,
        }
        return {name: value for name, value in said.items() if value is not None}

    def _call(self, name: str, arguments: dict[str, Any]) -> ToolCall | None:
        """None when the tool is not offered; what is missing is then said."""
        return ToolCall(name, arguments) if self._offers(name) else None

    def _offers(self, tool: str) -> bool:
        return self.request.tools is None or tool in self.request.tools

    @staticmethod
    def _joined(*parts: str) -> str:
        return " ".join(part for part in parts if part)
