"""A conversation turn by turn, with the clerk and no engine: the guest's words come in, the answer's words go out.

The session, its turns, the tools and their ledger are the same as with an engine, so either continues the other. What
the relay does for an engine is done here for the clerk: turns are stored, tools run, events told. Asking again for the
answer to the same turn gets the same answer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nightdesk import calls, clerk, events, outbound_scripts, phone_words, phones
from nightdesk import session as sessions
from nightdesk.bootstrap import House
from nightdesk.claims import Settled, then_of
from nightdesk.conversation import Session, Turn
from nightdesk.errors import Busy, RequestError
from nightdesk.hotel.model import Property
from nightdesk.ledger import Asked
from nightdesk.runner import ToolRunner, told
from nightdesk.then import Then
from nightdesk.tools import TOOLBOX

log = logging.getLogger(__name__)

MOST_TOOLS = 8
"""In one turn; the clerk needs three at most."""
ENGINE = "clerk"


@dataclass(frozen=True)
class Heard:
    """What came of the guest. `turn` is theirs, the answer's is the one after it; 0: nobody has spoken yet."""

    attempt: int
    turn: int
    text: str = ""
    keys: str = ""


@dataclass(frozen=True)
class Answer:
    """`expect`: what kind of answer comes next, as the clerk has it."""

    say: str
    language: str
    then: Then | None = None
    expect: str = "open"


class TurnByTurn:
    def __init__(self, house: House, runner: ToolRunner) -> None:
        self._house, self._runner = house, runner

    def answer(self, session: Session, hotel: Property, heard: Heard) -> Answer:
        """Raises: StoreError; Busy when no answer is found."""
        if (known := self._known(session, hotel, heard)) is not None:
            return known
        instructions = self._take(session, hotel, heard)
        said: list[str] = []
        then: Then | None = None
        failed: list[dict[str, Any]] = []
        for number in range(MOST_TOOLS):
            session = self._now(session)
            reply = clerk.reply(self._request(session, hotel, failed, instructions))
            said, instructions = [*said, reply.say], ""
            if reply.tool_call is None:
                return self._give(session, heard, " ".join(filter(None, said)), then, reply.expect)
            asked = Asked(
                session.session_id,
                heard.attempt,
                heard.turn,
                f"turn-{heard.attempt}-{heard.turn}-{number}",
                reply.tool_call.arguments,
            )
            settled = self._run(session, hotel, reply.tool_call.name, asked)
            if isinstance(settled, Settled):
                then = settled.then or then
            else:
                failed.append(settled)
        raise Busy("no_answer", f"the clerk asked for {MOST_TOOLS} tools in one turn")

    def _known(self, session: Session, hotel: Property, heard: Heard) -> Answer | None:
        store = self._house.store
        turns = store.turns(session.session_id)
        given = next((t for t in turns if (t.attempt, t.turn) == (heard.attempt, heard.turn + 1)), None)
        if given is None:
            return None
        made = [c for c in store.tool_calls(session.session_id) if (c.attempt, c.turn) == (heard.attempt, heard.turn)]
        thens = [then for call in made if (then := then_of(call.answer)) is not None]
        again = clerk.reply(self._request(session, hotel, [], f'Say exactly: "{given.text}"'))
        return Answer(given.text, session.language, thens[-1] if thens else None, again.expect)

    def _take(self, session: Session, hotel: Property, heard: Heard) -> str:
        """Keep what the guest has said or keyed. Returns what the clerk is to say first, as instructions."""
        store = self._house.store
        if heard.text:
            turn = Turn(heard.attempt, heard.turn, "user", heard.text, self._house.clock())
            store.put_turn(session.session_id, turn)
            store.change_session(
                session.session_id,
                lambda s: calls.spoken(s, heard.attempt, heard.turn, heard.text) if s else None,
            )
            self._tell_message(session, turn)
            return ""
        if heard.keys:
            keyed = Asked(
                session.session_id,
                heard.attempt,
                heard.turn,
                f"dtmf-{heard.attempt}-{heard.turn}",
                {"keys": heard.keys},
            )
            self._run(session, hotel, "handle_ivr_menu", keyed, caller="relay")
            return ""
        if heard.turn == 0:
            if not session.streams:
                self._tell_started(session, heard.attempt)
            return sessions.opening(session, hotel, store.turns(session.session_id))["instructions"]
        return f'Say exactly: "{phone_words.said("still_there", session.language)}" Then carry on.'

    def _request(
        self, session: Session, hotel: Property, failed: list[dict[str, Any]], instructions: str
    ) -> clerk.ClerkRequest:
        store, session_id = self._house.store, session.session_id
        history = sessions.history(session, store.turns(session_id), store.tool_calls(session_id))
        return clerk.ClerkRequest(
            property=hotel,
            history=(*history, *failed),
            today=hotel.today(self._house.clock()),
            instructions=instructions,
            language=session.language,
            channel=session.channel,
            caller_last4=phones.last4(session.caller_id),
            tools=frozenset(tool.name for tool in TOOLBOX.offered_to(session.channel, session.purpose)),
            direction=session.direction,
            purpose=session.purpose,
            opening=outbound_scripts.opening(session, hotel),
        )

    def _run(
        self, session: Session, hotel: Property, name: str, asked: Asked, caller: str = "model"
    ) -> Settled | dict[str, Any]:
        """The outcome; or, where there is none, what the clerk is told in its place, as an entry of history."""
        tool = TOOLBOX.get(name, caller=caller, channel=session.channel, purpose=session.purpose)
        assert tool is not None, f"the clerk asks for {name}"
        started = self._house.clock()
        try:
            settled = self._runner.run(tool, session, hotel, asked)
        except RequestError as error:
            log.warning("! tool %s: %s", name, error)
            shown = {"name": name, "tool_call_id": asked.tool_call_id, "arguments": tool.shown(asked.arguments)}
            return {"type": "tool", **shown, "result": {"error": error.body()}}
        if caller == "model":  # of keys nothing is told
            took = self._house.clock() - started
            function = told(tool, asked, settled, int(took.total_seconds() * 1000))
            self._tell(
                session,
                events.CONVERSATION_FUNCTION_CALL,
                asked.attempt,
                asked.tool_call_id,
                turn=asked.turn,
                function=function,
            )
        return settled

    def _give(self, session: Session, heard: Heard, say: str, then: Then | None, expect: str) -> Answer:
        turn = Turn(heard.attempt, heard.turn + 1, "assistant", say, self._house.clock())
        self._house.store.put_turn(session.session_id, turn)
        if then is not None:
            due = replace(then, due=True)
            self._house.store.change_session(session.session_id, lambda s: calls.by_key(s, due) if s else None)
        self._tell_message(session, turn)
        return Answer(say, self._now(session).language, then, expect)

    def _now(self, session: Session) -> Session:
        return self._house.store.session(session.session_id) or session

    def _tell_message(self, session: Session, turn: Turn) -> None:
        message = {"role": turn.role, "content": turn.text, "transcript": turn.text}
        self._tell(
            session, events.CONVERSATION_MESSAGE, turn.attempt, f"turn-{turn.turn}", turn=turn.turn, message=message
        )

    def _tell_started(self, session: Session, attempt: int) -> None:
        metadata = {**events.metadata(session), "engine": ENGINE}
        self._tell(session, events.CONVERSATION_STARTED, attempt, "started", metadata=metadata)

    def _tell(
        self,
        session: Session,
        event_type: str,
        attempt: int,
        n: str,
        turn: int | None = None,
        **payload: Mapping[str, Any],
    ) -> None:
        event = events.of_session(
            session,
            event_type,
            writer="tools",
            n=n,
            now=self._house.clock(),
            attempt=attempt,
            turn=turn,
            **payload,
        )
        self._house.publish_if_possible(event, timeout_s=1.0)  # the guest is waiting
