"""One stream of a caller's from `start` to its close: arrival, session, engines, the talk, departure. Pure.

`Call.receive` takes one event with the time and returns what to send and do; it opens no socket, awaits nothing and
reads no clock. The talk itself is a `Talk` in the dialect of the engine in use. After the end nothing is sent but the
close.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from relay import caller, realtime
from relay import messages as msg
from relay.agent import Agent, CallSettings
from relay.caller_stream import CallerStream
from relay.departure import NORMAL_CLOSURE, Departure
from relay.functions import Session, SessionRefused, ThenAnswer, ToolAnswer, TurnAnswer
from relay.hearing import Hearing
from relay.pace import Pace
from relay.phases import Course, Phase
from relay.sentences import TIME_IS_SHORT
from relay.talk import MOVES_AUDIO, Attempt, Talk
from relay.watch import SEEN, Watch

# When nothing is due.
LOOK_AGAIN_MS = 5000

POLICY_VIOLATION = 1008
SERVER_ERROR = 1011


class Call:
    """Feed it with `receive`; call it again (with a Tick) at `due_ms` when nothing else came before."""

    def __init__(self, settings: CallSettings, *, now_ms: int, is_over_capacity: bool = False) -> None:
        self._is_over_capacity = is_over_capacity
        self._course = Course()
        self._stream = CallerStream(now_ms)
        self.audio = self._stream.audio
        self.pace = Pace(self._stream.start_by_ms)
        self._watch = Watch()
        self._agent = Agent(settings, self.audio, self._watch, self._stream.session_for)
        self.hearing = Hearing(self.audio, self._watch, self._agent)
        self._departure = Departure(self._course, self._stream, self._agent)
        self._now = now_ms
        self._out: list[msg.Message] = []

    @property
    def phase(self) -> Phase:
        return self._course.phase

    @property
    def reason(self) -> str:
        """Why the stream ended, or is being left."""
        return self._departure.reason

    @property
    def due_ms(self) -> int:
        return self.pace.due_ms

    @property
    def stream_sid(self) -> str:
        return self._stream.sid

    @property
    def callers_audio(self) -> caller.AudioFormat:
        return self._stream.format

    @property
    def attempt(self) -> Attempt | None:
        """Once there is a session."""
        return self._agent.attempt

    @property
    def talk(self) -> Talk | None:
        return self._agent.talk

    @property
    def session(self) -> Session | None:
        return self.attempt.session if self.attempt is not None else None

    # --- in and out ---

    def receive(self, event: msg.Event, now_ms: int) -> list[msg.Message]:
        """Returns what is to be sent and done, in this order. `due_ms` says when to ask again."""
        self._now = now_ms
        out: list[msg.Message] = []
        self._out = out
        if type(event) is caller.Media:
            if self.hearing.engine_hears:
                if self.hearing.give(event.audio, now_ms):
                    self.pace.at_once(now_ms)
                out.append(realtime.AppendAudio(event.audio))
            else:
                self._keep_audio(event)
            return out
        if type(event) is caller.Mark and self.pace.passes(event.name, now_ms):
            return out
        if type(event) is realtime.AudioDelta and self.pace.adds(event.item_id, event.audio, now_ms):
            out += self.pace.tick(now_ms) or ()
            return out
        if (aftermath := self._departure.aftermath) is not None:
            aftermath.receive(event, now_ms, out)
            return out
        handler = _HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)
        else:
            self._tell_talk(event)
        if type(event) in SEEN:
            self._watch.see(event, now_ms)
        if not (type(event) in _TELLS or (type(event) in MOVES_AUDIO and self._moves_audio())):
            self._go_on()
            self.hearing.mind(is_talking=self.phase is Phase.TALKING)
            self._mind_pace()
        for message in out:
            if type(message) in SEEN:
                self._watch.see(message, now_ms)
        if self._watch.is_alarmed and not self._departure.wanted:
            self.pace.at_once(now_ms)
        return out

    def _mind_pace(self) -> None:
        """Until when only audio moves."""
        attempt, talk = self.attempt, self._agent.talk
        if attempt is not None and talk is not None:
            self.pace.only_audio(attempt.playout, talk.only_audio_until_ms if self.phase is Phase.TALKING else 0)

    def _moves_audio(self) -> bool:
        """Returns False where more is to be done than to move the agent's audio on."""
        self._mind_pace()
        messages = self.pace.tick(self._now)
        if messages is None:
            return False
        self._out += messages
        return True

    def _go_on(self) -> None:
        """Whatever time, or the event just received, made due. Nothing is, after the end."""
        now = self._now
        if self.phase is Phase.ARRIVING and now >= self._stream.start_by_ms:
            self._end(POLICY_VIOLATION, "no_start")
        elif self.phase is Phase.LEAVING:
            self._departure.mind(now, self._out)
        elif self._course.goes_on:
            self._watch.engine_gave(self.pace.added_ms)
            self._agent.go_on(now, self._out)
            self._follow_agent()
            if self._course.goes_on:
                self._mind_limits()
            if self.phase is Phase.TALKING and not self._departure.wanted:
                self._agent.mind_renewal(now, self._out)
            if self.talk is not None and self._course.goes_on:
                self._agent.mind_opening(now, self._out)
                self.talk.go_on(now, self._out)
                self._departure.mind(now, self._out)
            self._agent.tell_failures(self._out)
        due_ms = self.pace.rules_due_ms = self._next_rule_ms()
        talk_due_ms = self.talk.due_ms(now) if self.talk is not None and self._course.goes_on else None
        self.pace.due_ms = due_ms if talk_due_ms is None else min(talk_due_ms, due_ms)

    def _next_rule_ms(self) -> int:
        """When a rule is due next, but for the talk's."""
        times: list[int | None] = [self._departure.due_ms]
        if self.phase is Phase.ARRIVING:
            times.append(self._stream.start_by_ms)
        elif self._course.goes_on:
            times += (self._agent.due_ms, self._watch.due_ms, self._stream.silent_by_ms)
        return min((time for time in times if time is not None), default=self._now + LOOK_AGAIN_MS)

    # --- the caller's stream ---

    def _on_start(self, start: caller.Start) -> None:
        if refusal := self._stream.starts(start, self._now):
            self._end(POLICY_VIOLATION, refusal)
        else:
            self._course.move("start")
            connect = not self._is_over_capacity
            self._agent.engines.begin(self.callers_audio.name, self._now, self._out, connect=connect)

    def _keep_audio(self, media: caller.Media) -> None:
        if self.phase is Phase.PREPARING:
            self.audio.keep(media.audio, self._now)
        else:
            self.audio.add(media.audio, self._now)
        if self.phase is Phase.ARRIVING:
            self._end(POLICY_VIOLATION, "media_before_start")

    def _on_bad_input(self, bad: msg.BadInput) -> None:
        if self._stream.sent_rubbish():
            self._end(POLICY_VIOLATION, f"bad_input_{bad.kind}")

    # --- the session ---

    def _on_session(self, session: Session) -> None:
        engines = self._agent.engines
        if not self._course.goes_on or (session.dialect, session.audio) in engines.sessions:
            return
        if self.attempt is None:
            self._agent.take_session(session, self.callers_audio, self._stream.started_ms)
            for key in self._stream.early_keys:
                self._tell_talk(key)
        if self._is_over_capacity:
            self._departure.want("busy", self._now)
        if not (self._departure.wanted or self._agent.is_lost):
            self._agent.session_came(session, self._now, self._out)

    def _on_session_refused(self, refused: SessionRefused) -> None:
        if self.session is None:
            self._end(refused.close_code, refused.code)
        else:
            tongue = refused.dialect, refused.audio
            self._agent.engines.session_refused(tongue, refused.code, self._now, self._out)

    # --- engines ---

    def _follow_agent(self) -> None:
        """Talking means that an engine is in use; without any to come the call is given back, once it is silent."""
        if self.phase is Phase.PREPARING and self._agent.is_there:
            self._course.move("engine ready")
        elif self.phase is Phase.TALKING and not self._agent.is_there:
            self._course.move("engine lost")
        if self.phase is Phase.PREPARING and self._agent.is_lost:
            self._departure.want("engines_lost", self._now)

    # --- what is kept of it ---

    def _on_tool_answer(self, answer: ToolAnswer) -> None:
        """One that comes while the stream is left is for the record alone, as after its end."""
        if answer.recording:
            self._out.append(msg.SetRecording(answer.recording == "resume"))
        if answer.language:
            self._agent.go_on_in(answer.language, self._out)
        self._departure.answered(answer, self._now)
        if self.phase is Phase.LEAVING and self.talk is not None:
            self.talk.after_the_end(answer, self._now, self._out)
        else:
            self._tell_talk(answer)

    def _on_turn_answer(self, answer: TurnAnswer) -> None:
        if answer.silence_ms is not None:
            self._out.append(msg.SilenceRecording(*answer.silence_ms))
        self._departure.answered(answer, self._now)
        self._tell_talk(answer)

    def _tell_talk(self, event: msg.Event) -> None:
        """While the stream is left all that counts is what a guest types: it is kept for whoever goes on."""
        talk = self._agent.talk
        if talk is not None and (self.phase is not Phase.LEAVING or type(event) is caller.Text):
            talk.receive(event, self._now, self._out)

    def _on_dtmf(self, key: caller.Dtmf) -> None:
        if self.phase is Phase.LEAVING and self.attempt is not None:
            self.attempt.tools.press_in_vain(self._out)
        elif self.attempt is None:
            self._stream.keep_key(key)
        else:
            self._tell_talk(key)

    # --- its end ---

    def _mind_limits(self) -> None:
        if self._now >= self._stream.silent_by_ms:
            self._end(SERVER_ERROR, "no_media")
        elif self.attempt is not None:
            if self._watch.mind(self._now):
                self.attempt.add_notice(TIME_IS_SHORT)
            if self._watch.reason:
                self._departure.want(self._watch.reason, self._now)

    def _end(self, code: int, reason: str) -> None:
        self._departure.end(code, reason, self._now, self._out)


# These are taken down, and nothing is due for them before the next event or tick.
_TELLS = frozenset({realtime.ItemAdded, realtime.TranscriptDelta, realtime.TranscriptDone})

_HANDLERS: dict[type, Callable[[Call, Any], None]] = {
    msg.Tick: lambda call, _: None,  # time has passed
    caller.Start: Call._on_start,
    caller.Dtmf: Call._on_dtmf,
    caller.Typing: lambda call, _: call._stream.someone_types(call._now),
    caller.Stop: lambda call, _: call._end(NORMAL_CLOSURE, call.reason or "stopped"),
    msg.BadInput: Call._on_bad_input,
    msg.CallerGone: lambda call, _: call._end(NORMAL_CLOSURE, call.reason or "lost"),
    Session: Call._on_session,
    SessionRefused: Call._on_session_refused,
    msg.EngineOpened: lambda call, opened: call._agent.engines.opened(opened.line, call._now, call._out),
    msg.EngineReady: lambda call, ready: call._agent.engine_ready(ready, call._now, call._out),
    msg.EngineLost: lambda call, lost: call._agent.engine_lost(lost, call._now, call._out),
    msg.Clip: lambda call, clip: call._agent.clip_came(clip),
    ThenAnswer: lambda call, answer: call._departure.then_answered(answer, call._now, call._out),
    ToolAnswer: Call._on_tool_answer,
    TurnAnswer: Call._on_turn_answer,
    msg.Drain: lambda call, _: call._departure.drain(call._now, call._out),
}
