"""The agent as a call knows it: an engine in use and the talk with it, through every change of engines. Pure.

`EngineDesk` says which line serves, and when another one takes over; here the talk is moved from one to the other:
what was said is told, what the caller says meanwhile is kept, and the record knows of it. While the engine's greeting
is late, the property's clip greets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from relay import caller, missed_audio, realtime
from relay import messages as msg
from relay.caller_audio import CallerAudio
from relay.desk_line import Line
from relay.dialects import DIALECTS
from relay.engine_desk import EngineDesk, Fetch
from relay.entries import Told
from relay.failover import EngineChoice
from relay.faults import Fault
from relay.functions import Session
from relay.opening_clip import OpeningClip
from relay.talk import Attempt, Talk, TalkSettings, language_of
from relay.watch import DEAF, Watch

# What was kept of the caller for an engine is given to it in messages of so much.
KEPT_PIECE_MS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSettings(TalkSettings):
    engines: Sequence[EngineChoice]
    renew_before_ms: int = 300_000  # before an engine's session reaches its limit


class Agent:
    """Give it what is about engines, and `go_on` with every event; messages go to `out`."""

    def __init__(self, settings: CallSettings, audio: CallerAudio, watch: Watch, fetch: Fetch) -> None:
        self.attempt: Attempt | None = None  # once there is a session
        self.talk: Talk | None = None
        self.engines = EngineDesk(
            settings.engines,
            renew_before_ms=settings.renew_before_ms,
            fetch=fetch,
            configure=self._configuration,
        )
        self._settings = settings
        self._audio = audio
        self._watch = watch
        self._clip = OpeningClip()
        self._alerted: set[tuple[str, str]] = set()  # engine and kind of failure
        self._now = 0
        self._out: list[msg.Message] = []

    @property
    def is_there(self) -> bool:
        """An engine is in use."""
        return self.engines.in_use is not None

    @property
    def is_lost(self) -> bool:
        """There is a session, and no engine that would take it."""
        return self.attempt is not None and self.engines.none_left

    @property
    def due_ms(self) -> int | None:
        """When `go_on` has something to do next, but for the talk."""
        times = (self.engines.due_ms, self._clip.due_ms)
        return min((time for time in times if time is not None), default=None)

    # --- the session ---

    def take_session(self, session: Session, audio: caller.AudioFormat, started_ms: int) -> Attempt:
        """The stream's first: from now on there is a talk. `audio` is the caller's format."""
        self.attempt = Attempt(session, audio, self._settings, self._audio)
        self._watch.begins(session, self.attempt.journal.meter, started_ms)
        self.talk = DIALECTS[session.dialect].talk(self.attempt)
        return self.attempt

    def session_came(self, session: Session, now_ms: int, out: list[msg.Message]) -> None:
        """In one more dialect or format, the first one included."""
        self._write_to(out, now_ms)
        if not self.engines.sessions:
            self._clip.session_came(session, now_ms, out)
        self.engines.session_came(session, now_ms, out)

    def _configuration(self, session: Session, told: Told) -> msg.Message:
        assert self.attempt is not None
        dialect = DIALECTS[session.dialect]
        message: msg.Message = dialect.configuration(session, self.attempt)
        if dialect.is_told_by_configuration:
            self.attempt.conversation.seed(told)
        return message

    def go_on_in(self, language: str, out: list[msg.Message]) -> None:
        """The conversation goes on in another language: our own sentences, and how the caller's words are written."""
        if self.attempt is not None:
            self.attempt.language = language
            if self.is_there:
                self._transcribe_in_its_language(self.attempt, out)

    def _transcribe_in_its_language(self, attempt: Attempt, out: list[msg.Message]) -> None:
        session = attempt.session
        if (message := DIALECTS[session.dialect].transcribe_in(session, attempt.language)) is not None:
            out.append(message)

    # --- engines come and go ---

    def _write_to(self, out: list[msg.Message], now_ms: int) -> None:
        self._now, self._out = now_ms, out

    def go_on(self, now_ms: int, out: list[msg.Message]) -> None:
        """Whatever time, or trouble with the engine, made due."""
        self._write_to(out, now_ms)
        trouble = self.attempt.connection.trouble if self.attempt is not None else None
        if trouble is None and self.is_there and (problem := self._watch.engine_trouble(now_ms)):
            trouble = Fault("silent", problem)
        if trouble is not None and self.is_there:
            self._lose(trouble)
        elif self.attempt is not None and self.attempt.connection.is_spoilt and self.is_there:
            self._replace()
        else:
            self.engines.mind(now_ms, out)

    def engine_ready(self, ready: msg.EngineReady, now_ms: int, out: list[msg.Message]) -> None:
        self._write_to(out, now_ms)
        line = self.engines.ready(ready, now_ms)
        if line is not None:
            self._use(line)

    def engine_lost(self, lost: msg.EngineLost, now_ms: int, out: list[msg.Message]) -> None:
        self._write_to(out, now_ms)
        fault = Fault(lost.kind, lost.problem, lost.fatal)
        in_use = self.engines.in_use
        if in_use is not None and in_use.number == lost.line:
            self._lose(fault)
        else:
            self.engines.line_lost(lost.line, fault, now_ms, out)

    def _lose(self, fault: Fault) -> None:
        """Go to the engine that stands by, or to the next one."""
        if fault.problem == DEAF and self.attempt is not None:
            self.attempt.sentence_lost.given(self._now)
        self._silence()
        self.engines.lost(fault, self._now, self._out)
        if self.engines.standby is not None:
            self._use(self.engines.standby)

    def _replace(self) -> None:
        """A fresh session of the same engine, which knows the conversation as we tell it, and no audio of before."""
        self._audio.forget()
        self._silence(keep_sentence=False)
        self.engines.replace(self._now, self._out)

    def _silence(self, *, keep_sentence: bool = True) -> None:
        """From here on the engine in use is not heard any more, whatever it was about to say."""
        assert self.talk is not None
        self._audio.engine_lost(caller_speaks=keep_sentence and self.talk.caller_speaks)
        self.talk.engine_lost(self._now, self._out)

    def _use(self, line: Line) -> None:
        previous = self.engines.name
        attempt = self._begin_with(line)
        if previous:
            attempt.journal.publish("engine.switched", engine={"from": previous, "to": line.choice.name})
        else:
            self.tell_begun(attempt, engine=line.choice.name)

    def tell_begun(self, attempt: Attempt, **engine: str) -> None:
        """That there is this stream, and the `engine` that serves first; none when none ever did."""
        if attempt.session.begins:
            attempt.journal.publish("conversation.started", metadata={**attempt.session.metadata, **engine})
        else:
            attempt.journal.publish("stream.resumed", stream=engine)

    def _begin_with(self, line: Line) -> Attempt:
        """Talk with this engine: tell it what it does not know yet, then what the caller says meanwhile."""
        talk, attempt = self._talk_of(line)
        self.engines.use(line, self._now, self._out)
        talk.receive(line.ready, self._now, self._out)
        is_owed = attempt.opening_due or attempt.owes_reply or attempt.conversation.caller_waits
        kept, most = self._audio.take_kept(), talk.most_kept_ms * attempt.audio.bytes_per_ms
        missed, newest = kept[:-most], kept[-most:]
        talk.engine_ready(
            self._now,
            self._out,
            line.told,
            caller_was_speaking=self._audio.was_mid_sentence,
            audio_from_ms=(self._audio.received_bytes - len(newest)) // attempt.audio.bytes_per_ms,
        )
        self._give(newest)
        if not is_owed and (self._watch.someone_spoke or missed_audio.is_speech(missed, attempt.audio)):
            attempt.sentence_lost.given(self._now)
        self._serves(line, attempt)
        return attempt

    def _talk_of(self, line: Line) -> tuple[Talk, Attempt]:
        """In the dialect of this line; what outlives an engine stays."""
        attempt = self.attempt
        assert attempt is not None
        spoken, attempt.session = attempt.session.dialect, self.engines.sessions[self.engines.tongue(line.choice)]
        if self.talk is None or spoken != line.choice.dialect:
            self.talk = DIALECTS[line.choice.dialect].talk(attempt)
        return self.talk, attempt

    def _give(self, kept: bytes) -> None:
        size = KEPT_PIECE_MS * self._audio.format.bytes_per_ms
        self._out += [realtime.AppendAudio(kept[start : start + size]) for start in range(0, len(kept), size)]

    def _serves(self, line: Line, attempt: Attempt) -> None:
        if attempt.language != language_of(attempt.session):  # it was configured for the one before
            self._transcribe_in_its_language(attempt, self._out)
        attempt.journal.meter.begins(line.choice.model)
        self._out.append(msg.EngineServes(line.choice.name))
        self._watch.engine_serves(self._now, says_who_speaks=line.choice.dialect == "realtime")

    # --- the greeting, a renewal, alerts ---

    def mind_opening(self, now_ms: int, out: list[msg.Message]) -> None:
        """No engine audio in time: the property's clip greets the caller."""
        clip = self._clip
        if self.talk is not None and clip.is_due(now_ms) and self.talk.play_opening(clip.text, clip.audio, now_ms, out):
            clip.drop()

    def clip_came(self, clip: msg.Clip) -> None:
        self._clip.fetched(clip.audio)

    def mind_renewal(self, now_ms: int, out: list[msg.Message]) -> None:
        """An engine's session is renewed between two turns; shortly before its limit, in the middle of one."""
        self._write_to(out, now_ms)
        line, talk, attempt = self.engines.standby, self.talk, self.attempt
        if line is None or talk is None or attempt is None:
            return
        is_alike = line.choice.dialect == attempt.session.dialect
        at_boundary = is_alike and talk.is_at_boundary and not attempt.ending.is_planned
        if not self.engines.is_swap_due(now_ms, at_boundary=at_boundary):
            if not DIALECTS[line.choice.dialect].is_told_by_configuration:
                items = attempt.conversation.seed(line.told, settled_only=True)
                out += [msg.ToLine(line.number, item) for item in items]
            return
        previous = self.engines.name
        if at_boundary:
            self._renew(line, talk, attempt)
        else:
            self._silence()
            self._begin_with(line)
        attempt.journal.publish("engine.rolled_over", engine={"from": previous, "to": line.choice.name})

    def _renew(self, line: Line, talk: Talk, attempt: Attempt) -> None:
        self.engines.use(line, self._now, self._out)
        talk.receive(line.ready, self._now, self._out)
        self._audio.engine_renewed()
        talk.engine_renewed(self._now, self._out, line.told, audio_from_ms=self._audio.kept_from_ms)
        self._give(self._audio.take_kept())
        self._serves(line, attempt)

    def tell_failures(self, out: list[msg.Message]) -> None:
        """Every failure is counted; an operator is told of each kind once in a call."""
        if self.attempt is None:
            return
        self.attempt.journal.out = out
        for failed in self.engines.untold:
            if (failed.engine, failed.kind) not in self._alerted:
                self._alerted.add((failed.engine, failed.kind))
                engine = {"name": failed.engine, "kind": failed.kind, "problem": failed.problem, "fatal": failed.fatal}
                self.attempt.journal.publish("engine.failed", engine=engine)
        self.engines.untold.clear()

    def close(self, now_ms: int, out: list[msg.Message]) -> None:
        """The stream is about to end: every turn is posted as far as it got. No engine is needed any more."""
        if self.talk is not None and self.attempt is not None:
            self.talk.close(now_ms, out)
            self.attempt.journal.tell_all()
        self.engines.close(out)
