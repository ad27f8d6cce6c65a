"""What a call needs of the talk with the caller, in whichever dialect its engine speaks; and what outlives an engine.

A call's `Agent` has one `Attempt` and one `Talk` around it. When the next engine speaks another dialect, a Talk of
that one takes over the same Attempt: what was said, which tools ran, what the caller heard, and how the call is to end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from relay import caller, realtime
from relay.caller import AudioFormat
from relay.caller_audio import CallerAudio
from relay.connection import Connection
from relay.conversation import Conversation
from relay.ending import Ending
from relay.entries import Told
from relay.functions import PostThen, Session, ToolAnswer
from relay.journal import Journal
from relay.messages import Message, Tick
from relay.playout import Playout
from relay.sentence_lost import SentenceLost
from relay.tool_calls import ToolCalls
from relay.tool_desk import ToolDesk

# Most of these move the agent's audio on and do nothing else. Who knows better is asked: `Talk.only_audio_until_ms`.
MOVES_AUDIO = frozenset({Tick, caller.Mark, realtime.AudioDelta})


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkSettings:
    lead_ms: int = 300
    tool_announce_ms: int = 1500
    tool_timeout_ms: int = 12_000


def language_of(session: Session) -> str:
    """As functions knew it when they gave this session; "" where they do not say."""
    return str(session.metadata.get("language") or "")


class Attempt:
    """One stream of one session, whatever engines it goes through."""

    def __init__(
        self, session: Session, audio: AudioFormat, settings: TalkSettings, caller_audio: CallerAudio | None = None
    ) -> None:
        self.session = session  # for the dialect of the engine in use
        self.language = language_of(session)  # of the conversation; a tool may change it
        self.audio = audio
        self.caller_audio = caller_audio or CallerAudio(0)
        self.connection = Connection()
        self.playout = Playout(settings.lead_ms, audio)
        self.conversation = Conversation(session.history, self.playout.holds)
        self.journal = Journal(self.conversation.may_change)
        calls = ToolCalls(settings.tool_announce_ms, settings.tool_timeout_ms)
        self.tools = ToolDesk(
            calls, session.attempt, self.conversation, self.journal, self.connection, self.caller_audio
        )
        self.ending = Ending()
        self.voice_until_ms = 0  # a live engine's, which is in no playout, is heard until then
        self.opening_due = True
        self.owes_reply = False  # a response was lost together with its engine
        self.sentence_lost = SentenceLost()
        self.notice = ""  # instructions for a sentence that is due as soon as nobody speaks
        self.first_audio_ms: int | None = None
        self._typed = 0  # messages that the guest wrote, whichever engine was there

    @property
    def briefing(self) -> str:
        """What the engine in use is told by the hotel, "" for nothing."""
        return str(self.session.engine_session.get("instructions") or "")

    @property
    def transcriber(self) -> str:
        """The model that writes down what the caller says, "" where none is asked for by name."""
        match self.session.engine_session:
            case {"audio": {"input": {"transcription": {"model": str(model)}}}}:
                return model
        return ""

    def typed_item_id(self) -> str:
        """Of the message that the guest has just written."""
        self._typed += 1
        return f"typed_{self.session.attempt}_{self._typed}"

    def add_notice(self, sentence: str) -> None:
        """Behind one that waits already."""
        if sentence not in self.notice:
            self.notice = f"{self.notice} {sentence}".strip()

    def agent_is_heard(self, now_ms: int) -> bool:
        return now_ms < self.voice_until_ms or not self.playout.is_silent


class Talk(Protocol):
    """Events go in with the time, messages come out of `out`; nothing is awaited and no clock is read."""

    then: PostThen | None  # due now
    lead_in_ms: int  # the caller began to speak up to so long before `caller_speaks` says so
    most_kept_ms: int  # of the caller's audio from before an engine listened, so much is of use to it

    @property
    def only_audio_until_ms(self) -> int:
        """Before that, if no event comes, nothing is to be done but to move the playout's audio on. 0: not so."""

    def receive(self, event: object, now_ms: int, out: list[Message]) -> None:
        """One event of the talk; others are none of its own."""

    def go_on(self, now_ms: int, out: list[Message]) -> None:
        """Whatever time and the latest event made due."""

    def due_ms(self, now_ms: int) -> int | None:
        """When `go_on` has something to do next, if no event comes before."""

    @property
    def is_at_boundary(self) -> bool:
        """Nobody speaks or keys, nothing is under way, and every turn is in the store or on its way there."""

    @property
    def caller_speaks(self) -> bool: ...

    def play_opening(self, text: str, audio: bytes, now_ms: int, out: list[Message]) -> bool:
        """Greet the caller with this clip, unless the engine's greeting has come, in whose place it then is.

        Returns False when it cannot be said just now: the caller speaks.
        """

    def engine_ready(
        self, now_ms: int, out: list[Message], told: Told, *, caller_was_speaking: bool, audio_from_ms: int
    ) -> None:
        """A fresh engine is configured, `told` so much. It will get the caller's stream from `audio_from_ms` on."""

    def engine_lost(self, now_ms: int, out: list[Message]) -> None:
        """The engine is gone. What it had said so far is played to its end; what it had begun is owed."""

    def engine_renewed(self, now_ms: int, out: list[Message], told: Told, *, audio_from_ms: int) -> None:
        """Between two turns a fresh engine took the place of the one before. It was `told` so much; nobody notices."""

    def after_the_end(self, answer: ToolAnswer, now_ms: int, out: list[Message]) -> None:
        """A tool finished after the call: nobody is told but the events."""

    def close(self, now_ms: int, out: list[Message]) -> None:
        """The stream is about to end: every turn is posted as far as it got."""
