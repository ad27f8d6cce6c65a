"""The one owner of `response.create`. Pure.

Only one response may write to a conversation at a time, so there is one state, at most one wish in waiting, and one
place that sends.
Source: OpenAI Realtime, `conversation_already_has_active_response`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from relay.realtime import CreateResponse
from relay.sentences import in_language

# A response that was asked for and has not begun by then means a dead engine.
RESPONSE_WAIT_MS = 8000
# A response that is said to be active and is not seen for so long has ended before we were told of it.
BUSY_WAIT_MS = 2000


class Purpose(StrEnum):
    OPENING = "opening"
    REPLY = "reply"
    ANNOUNCE = "announce"  # "one moment", while a tool takes long
    NOTICE = "notice"  # something that the guest should know, at the next pause
    STILL_THERE = "still_there"
    GOODBYE = "goodbye"
    CARD = "card"  # a card number is being read out: said at once, whoever is speaking


@dataclass(frozen=True, slots=True)
class Wish:
    """A response that is due. Only replies and the opening may call tools; the rest is a sentence to be said."""

    purpose: Purpose
    instructions: str = ""

    @property
    def may_call_tools(self) -> bool:
        return self.purpose in (Purpose.OPENING, Purpose.REPLY)

    @property
    def may_stay_silent(self) -> bool:
        """The model decides what to say, and may find that there is nothing: to noise, or after its goodbye."""
        return self.purpose is Purpose.REPLY and not self.instructions

    @property
    def is_opening(self) -> bool:
        return self.purpose is Purpose.OPENING


class State(StrEnum):
    IDLE = "idle"
    REQUESTED = "requested"  # response.create sent, nothing heard of it yet
    BUSY = "busy"  # another response is said to be active, of which nothing was seen yet
    ACTIVE = "active"


TRANSITIONS: dict[tuple[State, str], State] = {
    (State.IDLE, "request"): State.REQUESTED,
    (State.IDLE, "created"): State.ACTIVE,  # the engine's own doing; we only wait for its end
    (State.IDLE, "done"): State.IDLE,
    (State.REQUESTED, "created"): State.ACTIVE,
    (State.REQUESTED, "refused"): State.IDLE,
    (State.REQUESTED, "busy"): State.BUSY,
    (State.REQUESTED, "done"): State.REQUESTED,  # the end of an earlier one
    (State.BUSY, "created"): State.ACTIVE,
    (State.BUSY, "done"): State.IDLE,
    (State.BUSY, "freed"): State.IDLE,
    (State.ACTIVE, "created"): State.ACTIVE,
    (State.ACTIVE, "done"): State.IDLE,
}


class Arbiter:
    """`want` a response, ask for the `next` one to send, and tell it what the engine answered."""

    def __init__(self) -> None:
        self.state = State.IDLE
        self.wish: Wish | None = None  # waiting to be sent
        self.current: Wish | None = None  # sent, or being answered
        self.requests = 0  # sent so far; names the latest one
        self._since_ms = 0  # asked for, or told to be busy
        self._event_id = ""

    @property
    def is_idle(self) -> bool:
        """Neither a response nor the wish for one."""
        return self.state is State.IDLE and self.wish is None

    @property
    def is_opening(self) -> bool:
        """The opening was asked for, and is not done."""
        return self.state is not State.IDLE and self.current is not None and self.current.is_opening

    @property
    def due_ms(self) -> int | None:
        """By when the response asked for should begin, or the one that is in its way be seen."""
        wait_ms = {State.REQUESTED: RESPONSE_WAIT_MS, State.BUSY: BUSY_WAIT_MS}.get(self.state)
        return self._since_ms + wait_ms if wait_ms is not None else None

    def want(self, wish: Wish) -> None:
        """Ask for a response. A waiting opening stays, and so does a refusal of cards; others give way to the newer."""
        if self.wish is None or self.wish.purpose not in (Purpose.OPENING, Purpose.CARD):
            self.wish = wish

    def withdraw(self) -> None:
        self.wish = None

    def next(self, now_ms: int, language: str = "", briefing: str = "") -> CreateResponse | None:
        """The waiting wish, in the language of the conversation, if no response stands in its way.

        `briefing` is what the hotel tells the engine: a response's own `instructions` take the place of the session's.
        Source: OpenAI Realtime, response.create.
        """
        if self.wish is None or self.state is not State.IDLE:
            return None
        self.current, self.wish = self.wish, None
        self._move("request")
        self.requests += 1
        self._since_ms = now_ms
        self._event_id = f"create_{self.requests}"
        instructions = in_language(self.current.instructions, language)
        if instructions and briefing:
            instructions = f"{briefing}\n\n{instructions}"
        return CreateResponse(self._event_id, self.current.purpose, instructions, self.current.may_call_tools)

    def created(self) -> Wish | None:
        """The engine began a response. Returns the wish it answers, None when it is none of ours."""
        answered = self.current if self.state is State.REQUESTED else None
        self._move("created")
        return answered

    def done(self) -> None:
        if self.state is State.ACTIVE:
            self.current = None
        self._move("done")

    def is_asked_by(self, event_id: str) -> bool:
        """Whether an error with this event id answers our latest response.create, still open."""
        return self.state is State.REQUESTED and event_id == self._event_id

    def freed(self) -> None:
        """No response is in the way any more, whatever the engine said before."""
        if self.state is State.BUSY:
            self._move("freed")

    def refused(self, now_ms: int, *, busy: bool) -> Wish | None:
        """The engine refused the request. Returns the wish, which waits on when the engine was `busy`."""
        wish, self.current = self.current, None
        self._since_ms = now_ms
        self._move("busy" if busy else "refused")
        if busy and wish is not None and self.wish is None:
            self.wish = wish
        return wish

    def _move(self, trigger: str) -> None:
        self.state = TRANSITIONS[self.state, trigger]
