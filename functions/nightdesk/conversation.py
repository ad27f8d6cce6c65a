"""What is remembered of one conversation: the session, its turns, its tool calls. Frozen and pure; stores keep them.

A `Session` is the `voice_calls/{session_id}` document. Every change is a function from the old to the new session, run
by the store inside a transaction, so that four functions may work on the same call at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from nightdesk.then import Then

Role = Literal["user", "assistant"]


@dataclass(frozen=True)
class Stream:
    """One media stream that has shown its token. `ended` is the payload of its stream.ended event, of `ended_at`."""

    attempt: int
    stream_sid: str
    engine: str = ""
    ended: Mapping[str, Any] | None = None
    ended_at: str = ""  # as the event had it: ISO 8601, UTC
    opened_at: datetime | None = None  # when it asked for its session: its audio begins about then


@dataclass(frozen=True)
class Note:
    """A line of history that nobody said, placed at the end of its attempt."""

    attempt: int
    text: str


@dataclass(frozen=True)
class Waiting:
    """A guest who hears music while people are told what it is about. transfers.py has the rules.

    `attempt`: of the stream that it followed. `dial` counts the telephones that were rung, as Step.dial does;
    `department` is whose rings now. `state`: due, to be called; ringing; accepted, by who pressed 1; over, since nobody
    took the call or the guest has gone. `staff_left`: how who accepted ended it: hung_up, sent_back, "" while that is
    not known. `missed`: who was rung in vain and why, in words.
    """

    attempt: int
    dial: int
    department: str
    state: Literal["due", "ringing", "accepted", "over"] = "due"
    leg_sid: str = ""  # the call to the staff, once it is known
    staff_left: Literal["", "hung_up", "sent_back"] = ""
    missed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transfer:
    """Something on a guest's way to people: each telephone that rings is `started`, and then what came of it follows.

    `attempt`, `dial`: as Waiting has them. `warm`: who was rung was told first what it is about. `reason`: of
    `started`, why people were asked for, "" for a tool; of `unanswered`, what was there instead: Twilio's
    DialCallStatus, voicemail, or words. `abandoned`: the guest hung up first. `sent_back`: by who had accepted.
    """

    attempt: int
    dial: int
    department: str
    what: Literal["started", "accepted", "declined", "unanswered", "abandoned", "sent_back"]
    warm: bool = False
    reason: str = ""


@dataclass(frozen=True)
class Session:
    """One conversation. `attempt` is the newest one a token was made for; older ones may not act any more."""

    session_id: str
    property_id: str
    channel: str
    direction: str
    language: str
    call_sid: str
    caller_id: str
    called: str
    stir: str
    start_time: datetime
    status: str = "active"
    attempt: int = 1
    streams: tuple[Stream, ...] = ()
    returned_from: str = ""  # why the current attempt exists: break, draining, no_answer, hold
    breaks: int = 0  # unplanned, in a row: a guest's turn sets it to 0
    unanswered: int = 0  # transfers nobody took, in a row: likewise
    then: Then | None = None
    steps: Mapping[str, Mapping[str, Any]] | None = None  # answers already given, by the end they answered
    notes: tuple[Note, ...] = ()
    waiting: Waiting | None = None  # the newest warm transfer
    transfers: tuple[Transfer, ...] = ()  # in the order of time
    keypad_phone: str = ""
    keypad_code: str = ""  # a confirmation code that the guest keyed
    transferred_to: str = ""
    refused: str = ""  # why the call was not taken: one of admission.REASONS
    slot: int | None = None  # which of the hotel's slots for calls at once it was given
    spoke: bool = False  # the guest has said or keyed something
    given_up: bool = False  # the agent could not go on: engines lost, too many breaks
    rung: Literal["agent", "gather", "menu"] = "agent"  # who answers: an engine, the clerk turn by turn, keys alone
    voicemail_id: str = ""  # the message that the guest has left on tape
    terminal_status: str = ""  # Twilio's last word on the call
    terminal_at: datetime | None = None
    end_time: datetime | None = None
    duration_seconds: int | None = None
    messages_count: int = 0
    tools_executed: tuple[str, ...] = ()
    lead_id: str = ""
    reservation_id: str = ""
    outcome: str = ""
    cost_usd: float = 0.0
    recording_url: str = ""
    recording_paused: bool = False  # Twilio's: since card data was said
    transcription: str = ""
    sentiment_score: float | None = None
    recovered: bool = False
    ended_event: Mapping[str, Any] | None = None  # conversation.ended, once written
    publishing_at: datetime | None = None  # who finds this recent leaves the publishing to the other
    ended_published: bool = False
    agent: str = ""  # the other agent that acts for the guest, by the name of its key
    paid_cents: int = 0  # by links made in this conversation, also after its end; what went back at once is off
    purpose: str = ""  # of a call that the hotel has placed: callback, reminder, offer, satisfaction
    variables: Mapping[str, str] | None = None  # of its script
    erased_at: datetime | None = None  # nothing in it says any more who the guest was, or what was said

    @property
    def goes_on(self) -> bool:
        return self.status in ("active", "on_hold")

    def with_transfer(self, transfer: Transfer) -> Session:
        return replace(self, transfers=(*self.transfers, transfer))

    def stream(self, attempt: int) -> Stream | None:
        return next((s for s in self.streams if s.attempt == attempt), None)

    def with_stream(self, stream: Stream) -> Session:
        others = tuple(s for s in self.streams if s.attempt != stream.attempt)
        return replace(self, streams=tuple(sorted((*others, stream), key=lambda s: s.attempt)))


@dataclass(frozen=True)
class Turn:
    """One turn. Order is by (attempt, turn), never by arrival. For an assistant, `text` is what was heard."""

    attempt: int
    turn: int
    role: Role
    text: str
    stored_at: datetime
    heard_ms: int | None = None
    interrupted: bool = False
    item_id: str = ""
    audio_start_ms: int | None = None
    audio_end_ms: int | None = None


@dataclass(frozen=True)
class ToolCall:
    """One entry of the tool ledger.

    `arguments` are what history may show. `digest` is a keyed hash of what was really asked, `meaning` the same without
    `another`. `subject` is the numbered thing that a write changes, such as "lead#1"; "" for a read. `answer` is the
    outcome as it was given: {"ok": true, "result": ...} or {"ok": false, "error": ...}; None while it runs.

    `change_id` names one write, whoever carries it out in the end. `left` is how it left what it changed, in the words
    of what it changed. `released`: it failed and its effect is unknown; the next equal call takes it over at once.
    """

    tool_call_id: str
    name: str
    arguments: Mapping[str, Any]
    digest: str
    meaning: str
    attempt: int
    turn: int | None
    claimed_at: datetime
    subject: str = ""
    finished_at: datetime | None = None
    answer: Mapping[str, Any] | None = None
    changed: bool = False
    replay_of: str = ""
    change_id: str = ""
    left: str = ""
    released: bool = False

    @property
    def engine_result(self) -> dict[str, Any]:
        """Exactly what the engine was given; {} while it runs."""
        if self.answer is None:
            return {}
        return dict(self.answer["result"]) if self.answer["ok"] else {"error": self.answer["error"]}
