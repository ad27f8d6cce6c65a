"""The work that the voice delegates, to the text model or to us and the clerk: tools run, answers go back. Pure.

Source: OpenAI GPT-Live reference, delegation: every call gets an output, every delegation of ours an answer, also when
it came to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from relay import live, realtime
from relay.functions import ClerkAnswer, PostThen, ToolAnswer
from relay.live_backend import Backend, GivenUp
from relay.live_carry_on import CarryOn
from relay.live_clerk import ClerkDesk
from relay.live_farewell import Farewell, is_about
from relay.live_ledger import Ledger
from relay.live_prompter import Prompter
from relay.live_voice import LiveVoice
from relay.sentences import CARRY_ON
from relay.talk import Attempt
from relay.tool_calls import InFlight, output_for_engine

CANNOT = "This could not be looked up. Say so, and offer to take a message or to connect the caller with a person."
REPLACED = "The caller has asked for something newer; its answer will follow."
STILL_WAITS = 'The caller still waits for an answer to: "{}". Carry on where the conversation stopped.'

_CLERK = "clerk"  # stands for the response where a call was made by no response


class LiveWork:
    def __init__(self, attempt: Attempt, prompter: Prompter, farewell: Farewell) -> None:
        self.is_ours = False  # the engine delegates to us, not to a text model
        self._attempt = attempt
        self._prompter = prompter
        self._farewell = farewell
        self._backend = Backend()
        self._clerk = ClerkDesk()
        self._ids = 0
        self._is_unspoken = False  # what it comes to, or came to: the voice has not spoken since
        self._busy_ms = 0  # when it was last under way
        self._said_ms: int | None = None  # the voice was told to say something, and has not spoken since
        self._carry_on = CarryOn()

    @property
    def is_busy(self) -> bool:
        return self.is_under_way or bool(self._attempt.tools)

    @property
    def is_under_way(self) -> bool:
        return self._backend.is_busy or self._clerk.is_busy

    @property
    def owes_answer(self) -> bool:
        """A voice takes a second or two to say what the work came to: until then it is owed."""
        return self.is_under_way or self._is_unspoken or self._carry_on.due_ms is not None

    @property
    def is_settled(self) -> bool:
        """Nothing is owed, and what was due in a pause has been said: another session would not know of it."""
        return not self.owes_answer and self._said_ms is None

    def voice_speaks(self, voice: LiveVoice, now_ms: int) -> None:
        """A sentence that was begun before the work was done says nothing of it, unless it goes on for long."""
        self._carry_on.voice_speaks(now_ms)
        if is_about(self._busy_ms, voice, now_ms):
            self._is_unspoken = False
        if self._said_ms is not None and is_about(self._said_ms, voice, now_ms):
            self._said_ms = None

    def say(self, sentence: str, now_ms: int) -> None:
        """What is due in a pause."""
        self._prompter.say(sentence)
        self._said_ms = now_ms

    def carry_on(self, now_ms: int) -> None:
        """The voice took over while the caller waits for an answer."""
        self._prompter.say(CARRY_ON)
        self._carry_on.told(now_ms)

    def begins(self) -> None:
        """A fresh engine session; the clerk's record goes on from what was said before.

        What is owed stays so until this voice speaks: it may be lost as well before it does.
        """
        attempt = self._attempt
        self._is_unspoken, self._said_ms = attempt.owes_reply, None
        self._carry_on = CarryOn()
        self._backend = Backend()
        is_unanswered = attempt.owes_reply or attempt.conversation.caller_waits
        self._clerk = ClerkDesk(attempt.conversation.seed(), asked=self._clerk.asked, is_unanswered=is_unanswered)

    def go_on(self, ledger: Ledger, now_ms: int) -> None:
        """What is due: a question to the clerk, outputs for the text model, and leave to go on."""
        if self._carry_on.is_forgotten(ledger, now_ms, is_worked_on=self.is_busy):
            self._take_up(now_ms)
        if (ask := self._clerk.next(ledger, now_ms)) is not None:
            self._attempt.journal.out.append(ask)
        for given_up in self._backend.overdue(now_ms):
            self._give_up(given_up)
        self._attempt.journal.out += self._backend.next(now_ms)
        if self.is_busy:
            self._is_unspoken, self._busy_ms = True, now_ms

    def due_ms(self, ledger: Ledger) -> int | None:
        times = (self._clerk.due_ms(ledger), self._backend.due_ms, self._carry_on.due_ms)
        return min((time for time in times if time is not None), default=None)

    def noted(self, note: str, now_ms: int) -> None:
        """Functions have something to be told to the caller; it is owed until the voice has spoken of it."""
        self._clerk.noted(note)
        if self._attempt.connection.is_up:
            self._prompter.obey(note)  # an order to the engine: as commentary it would be read out
            self._is_unspoken, self._busy_ms = True, now_ms
        else:
            self._attempt.owes_reply = True

    def hand_in(self, text: str, role: str, now_ms: int) -> None:
        """Something that was not spoken, for whoever does the work."""
        if self.is_ours:
            self._replace(self._clerk.handed(text, role, now_ms))
        else:
            self._ids += 1
            self._attempt.journal.out.append(live.AddUserText(text, f"text_{self._ids}"))
            self._backend.handed()

    def _take_up(self, now_ms: int) -> None:
        """The voice does not delegate what the caller waits for, so it is done without."""
        self._attempt.journal.log("! delegation", problem="never asked for")
        if self.is_ours:
            self._replace(self._clerk.delegated("", -1, now_ms))
        else:
            self.hand_in(STILL_WAITS.format(self._attempt.conversation.last_words), "user", now_ms)

    # --- the text model ---

    def backend_created(self, event: live.BackendCreated, now_ms: int) -> None:
        self._backend.created(event, now_ms)

    def backend_called(self, event: live.BackendCalled, now_ms: int) -> None:
        if not self._attempt.tools.calls.knows(event.tool_call_id):
            response_id = self._backend.called(event, now_ms) or "response"
            self._run(realtime.FunctionCalled(response_id, "", event.tool_call_id, event.name, event.arguments), now_ms)

    def backend_ended(self, event: live.BackendEnded) -> None:
        """A response that failed takes its calls with it; the voice is told what is known, or that nothing is."""
        self._attempt.journal.add_usage(event.usage, event.model)
        outputs = self._backend.ended(event)
        if event.status == "completed":
            if not self._backend.calls_of(event.response_id):
                self._attempt.connection.response_succeeded()
            return
        self._attempt.journal.log("! text model failed", status=event.status, code=event.error_code)
        if event.status == "failed":
            self._attempt.connection.response_refused(event.error_code or "delegation failed")
        self._tell(outputs, more_comes=bool(self._attempt.tools))

    def _give_up(self, work: GivenUp) -> None:
        """The text model does nothing: once is forgiven, and the voice is told; after that another engine is needed."""
        self._attempt.journal.log("! delegation", problem=work.problem)
        self._attempt.journal.publish("delegation.failed", delegation={"problem": work.problem})
        self._attempt.connection.response_refused(f"delegation {work.problem}")
        self._tell(work.outputs, more_comes=work.has_calls)

    def _tell(self, outputs: Sequence[str], *, more_comes: bool) -> None:
        """The text model will not answer: the voice is told what is known, or that nothing is, since the caller waits.

        In trouble there is nobody left to say it.
        """
        if self._attempt.connection.trouble is not None:
            self._attempt.owes_reply = True
            return
        for output in outputs or ([] if more_comes else [CANNOT]):
            self._prompter.say(output)

    def refused(self, event_id: str) -> None:
        """An event of ours was refused: what the text model will not take, the voice is told.

        What the voice will not say either is another engine's to answer.
        """
        if self._prompter.refused(event_id):
            self._attempt.connection.never_answered()
            self._attempt.owes_reply = True
        if (output := self._backend.output_refused(event_id)) is not None:
            self._prompter.say(output)
        if (given_up := self._backend.create_refused(event_id)) is not None:
            self._give_up(given_up)

    # --- the clerk ---

    def delegated(self, event: live.Delegated, now_ms: int) -> None:
        if event.target == "client":
            self._replace(self._clerk.delegated(event.delegation_id, event.offset_ms, now_ms))
        elif event.target == "responses":
            self._backend.delegated(event.delegation_id, now_ms)

    def _replace(self, delegation_ids: list[str]) -> None:
        for delegation_id in delegation_ids:
            self._prompter.know(REPLACED, delegation_id)

    def clerk_answered(self, answer: ClerkAnswer, now_ms: int) -> None:
        delegation_id = self._clerk.answered(answer)
        if delegation_id is None or not self._attempt.connection.is_up:
            return
        if not self._clerk.may_run(answer):
            self._clerk.said(answer.say)
            self._prompter.say(answer.say or CANNOT, delegation_id)
            return
        self._ids += 1
        tool_call_id = f"clerk-{self._attempt.session.attempt}-{self._attempt.connection.number}-{self._ids}"
        self._clerk.runs(tool_call_id)
        arguments = orjson.dumps(answer.arguments).decode()
        self._run(realtime.FunctionCalled(_CLERK, "", tool_call_id, answer.tool, arguments), now_ms)

    # --- tools ---

    def _run(self, call: realtime.FunctionCalled, now_ms: int) -> None:
        turn = self._attempt.conversation.last_turn
        if (answer := self._attempt.tools.call(call, turn, now_ms, self._attempt.journal.out)) is not None:
            self.tool_answered(answer, now_ms)

    def tool_answered(self, answer: ToolAnswer, now_ms: int) -> str:
        """Returns what is to be known of keys that were pressed, "" for every other tool."""
        call, note = self._attempt.tools.answered(answer, now_ms)
        if call is not None:
            self._give_output(call, answer, now_ms)
        return note

    def _give_output(self, call: InFlight, answer: ToolAnswer, now_ms: int) -> None:
        output = output_for_engine(answer)
        self._attempt.conversation.tool_answered(call.tool_call_id, output)
        if answer.then is not None:
            then = PostThen(tool_call_id=call.tool_call_id)
            self._farewell.plan(then, str(answer.then.get("action", "")), now_ms, asked_ms=call.started_ms)
        if not self._attempt.connection.is_up:
            return
        if call.connection != self._attempt.connection.number:
            self._clerk.ran(call, answer)
            self._prompter.say(f"{call.name} gave {output}")
        elif call.response_id == _CLERK:
            if (ask := self._clerk.ran(call, answer)) is not None:
                self._attempt.journal.out.append(ask)
        elif not self._backend.answered(call.tool_call_id, output):
            self._prompter.say(f"{call.name} gave {output}")
