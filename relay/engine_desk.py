"""The engines of one call: opened, configured, raced when one is slow, renewed before a session's limit. Pure.

A line is one connection to one engine, named by a number of its own. At most one is in use; lines being tried stand
beside it only to follow it. A step that does not come soon is not waited for alone: the engine after it is tried as
well, and the first to be ready is used. Before the session in use reaches its limit a fresh line is made
ready (`standby`) and takes over between two turns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from relay import messages as msg
from relay.desk_line import Line
from relay.entries import Told
from relay.failover import EngineChoice, Failover
from relay.faults import Fault
from relay.functions import SESSION_UNAVAILABLE, FetchSession, Session

# How long one step (the connection, the configuration) may take before the engine after it is tried beside it. Once one
# was lost it is the choice's `patience_ms`: one dead engine in between then costs half a second, and the one behind it
# answers within 1.5 s. For a call's first engine it is this, so that a slow handshake does not cost the better voice.
FIRST_PATIENCE_MS = 1500
# After that the line is given up.
STEP_WAIT_MS = 3000
# The engine in use is asked again after this, when it did not give another session; others shortly before the limit.
RENEWAL_PAUSE_MS = 20_000
OTHERS_FROM_MS = 60_000

# In which a session is asked for: a dialect, and the name of an audio format.
Tongue = tuple[str, str]
Fetch = Callable[[Tongue], FetchSession]
Configure = Callable[[Session, Told], msg.Message]


class EngineDesk:
    """Messages go to `out`. `fetch` and `configure` say how a session is asked for, and given to an engine."""

    def __init__(
        self, engines: Sequence[EngineChoice], *, renew_before_ms: int, fetch: Fetch, configure: Configure
    ) -> None:
        self.in_use: Line | None = None
        self.standby: Line | None = None
        self.used: list[str] = []  # names, in the order in which they were in use
        self.untold: list[msg.EngineFailed] = []  # failures that are not in the record yet
        self.sessions: dict[Tongue, Session] = {}
        self._engines = engines
        self._fetch = fetch
        self._configure = configure
        self._renew_before_ms = renew_before_ms
        self._order = Failover(engines)
        self._trying: list[Line] = []
        self._lines = 0
        self._asked: set[Tongue] = set()  # for which a session was asked for
        self._callers_audio = ""
        self._has_failed = False
        self._renew_ms: int | None = None  # when another session is to be made ready

    @property
    def none_left(self) -> bool:
        return self.in_use is None and not self._trying and self._order.next() is None

    @property
    def name(self) -> str:
        return self.used[-1] if self.used else ""

    @property
    def model(self) -> str:
        """Of the engine in use, or of the one that was to be."""
        by_name = {choice.name: choice.model for choice in self._engines}
        return by_name[self.name] if self.name else self._engines[0].model

    # --- from the call ---

    def tongue(self, choice: EngineChoice) -> Tongue:
        return choice.dialect, choice.audio or self._callers_audio

    def begin(self, audio: str, now_ms: int, out: list[msg.Message], *, connect: bool) -> None:
        """The stream has begun: ask for the session and, where its URL is complete, for the engine at once.

        `audio` names the caller's format.
        """
        self._callers_audio, choice = audio, self._engines[0]
        self._asked.add(self.tongue(choice))
        out.append(self._fetch(self.tongue(choice)))
        if connect and choice.reachable_before_session:
            self._try(0, now_ms, out)

    def session_came(self, session: Session, now_ms: int, out: list[msg.Message]) -> None:
        is_first = not self.sessions
        self.sessions[session.dialect, session.audio] = session
        if is_first and session.engine:
            self._prefer(session.engine, now_ms, out)
        for line in list(self._trying):
            self._go_on_with(line, now_ms, out)
        if self.in_use is None and not self._trying:
            self._try_next(now_ms, out)

    def _prefer(self, name: str, now_ms: int, out: list[msg.Message]) -> None:
        """The hotel chose this engine: it comes first, and what was begun with another is let go of."""
        engine = self._order.index(name)
        if engine is None or self.in_use is not None or any(line.engine == engine for line in self._trying):
            return
        out += [msg.CloseEngine(line.number) for line in self._trying]
        self._trying.clear()
        self._order.begins_with(engine)
        self._try(engine, now_ms, out)

    def session_refused(self, tongue: Tongue, code: str, now_ms: int, out: list[msg.Message]) -> None:
        """Functions have no session in this dialect and format, so its engines are of no use; or were out of reach."""
        fault = Fault("no_session", f"no session for it: {code}", is_fatal=code != SESSION_UNAVAILABLE)
        self._asked.discard(tongue)
        for engine, choice in enumerate(self._engines):
            if fault.is_fatal and self.tongue(choice) == tongue:
                self._order.rule_out(engine)
        for line in [line for line in self._trying if self.tongue(line.choice) == tongue]:
            self.line_lost(line.number, fault, now_ms, out)

    def mind(self, now_ms: int, out: list[msg.Message]) -> None:
        """Whatever time made due."""
        for line in [line for line in self._trying if _is_over(line.asked_ms, STEP_WAIT_MS, now_ms)]:
            self.line_lost(line.number, Fault("late", "not ready in time"), now_ms, out)
        if self.standby is not None:
            self.standby.is_proven = now_ms >= self.standby.proven_ms
        if self.in_use is None:
            if self._trying and all(
                _is_over(line.awaited_ms, self._patience_ms(line), now_ms) for line in self._trying
            ):
                self._try_next(now_ms, out)
        elif self._renew_ms is not None and now_ms >= self._renew_ms and not self._trying and self.standby is None:
            self._renew(self.in_use, now_ms, out)

    @property
    def due_ms(self) -> int | None:
        times = [line.asked_ms + STEP_WAIT_MS for line in self._trying if line.asked_ms is not None]
        if self.in_use is None:
            busy = {line.engine for line in self._trying}
            slow_ms = [at + self._patience_ms(line) for line in self._trying if (at := line.awaited_ms) is not None]
            if slow_ms and len(slow_ms) == len(self._trying) and self._order.next(busy) is not None:
                times.append(max(slow_ms))
        elif self.standby is not None:
            times.append(self.in_use.latest_swap_ms)
            if not self.standby.is_proven:
                times.append(self.standby.proven_ms)
        elif self._renew_ms is not None and not self._trying:
            times.append(self._renew_ms)
        return min(times, default=None)

    def _patience_ms(self, line: Line) -> int:
        is_first = not self.used and not self._has_failed
        return max(FIRST_PATIENCE_MS, line.choice.patience_ms) if is_first else line.choice.patience_ms

    # --- from the lines ---

    def opened(self, number: int, now_ms: int, out: list[msg.Message]) -> None:
        for line in self._trying:
            if line.number == number:
                line.is_open, line.asked_ms = True, None
                self._go_on_with(line, now_ms, out)

    def ready(self, ready: msg.EngineReady, now_ms: int) -> Line | None:
        """An engine took its configuration. Returns its line when it is to be used at once; otherwise it stands by."""
        line = next((line for line in self._trying if line.number == ready.line), None)
        if line is None:
            return None
        self._trying.remove(line)
        line.takes_session(ready, now_ms)
        if self.in_use is None:
            return line
        self.standby = line
        return None

    def use(self, line: Line, now_ms: int, out: list[msg.Message]) -> None:
        """From now on the talk is with this one alone."""
        for other in self._trying:
            out.append(msg.CloseEngine(other.number))
        self._trying.clear()
        out.append(msg.UseEngine(line.number))
        if self.in_use is not None:
            out.append(msg.CloseEngine(self.in_use.number))
            self._judge(self.in_use, Fault("expired", "followed by another session"), now_ms)
        self.in_use, self.standby = line, None
        line.used_ms = now_ms
        self.used.append(line.choice.name)
        self._renew_ms = line.ends_ms - line.renewal_ms(self._renew_before_ms)

    def line_lost(self, number: int, fault: Fault, now_ms: int, out: list[msg.Message]) -> None:
        """One that was being tried, or stood by, will not serve."""
        lines = self._trying if self.standby is None else [*self._trying, self.standby]
        line = next((line for line in lines if line.number == number), None)
        if line is None:
            return
        if line is self.standby:
            self.standby = None
        else:
            self._trying.remove(line)
        self._note_failure(line, fault, out)
        if self.in_use is None:
            self._order.failed(line.engine, fault)
            if not self._trying:
                self._try_next(now_ms, out)
        else:
            self._renew_ms = now_ms + RENEWAL_PAUSE_MS
            if fault.is_fatal:
                self._order.rule_out(line.engine)

    def lost(self, fault: Fault, now_ms: int, out: list[msg.Message]) -> None:
        """The one in use is lost: the one that stands by follows it, or the next in the list is tried."""
        line, self.in_use, self._renew_ms = self.in_use, None, None
        assert line is not None
        self._note_failure(line, fault, out)
        self._judge(line, fault, now_ms)
        if self.standby is None and not self._trying:
            self._try_next(now_ms, out)

    def _judge(self, line: Line, fault: Fault, now_ms: int) -> None:
        """It is in use no more. A session that came to its end is no fault of the engine's: it is asked for another.

        Sessions that end as soon as they are used are. Nobody else would count them: their engine is ready each time.
        """
        has_served = line.has_served(now_ms)
        if has_served:
            self._order.served(line.engine)
        if has_served and fault.kind == "expired":
            self._order.begins_with(line.engine)
        else:
            self._order.failed(line.engine, fault)

    def replace(self, now_ms: int, out: list[msg.Message]) -> None:
        """The one in use gives way to a fresh session, of the same engine where it can be had. It is no failure.

        A line that has been made ready meanwhile was told what this one is to forget.
        """
        line = self.in_use
        assert line is not None
        self.close(out)
        self._renew_ms = None
        self._order.begins_with(line.engine)
        self._try_next(now_ms, out)

    def is_swap_due(self, now_ms: int, *, at_boundary: bool) -> bool:
        """Whether the line that stands by is to take over now."""
        if self.standby is None or self.in_use is None:
            return False
        return (at_boundary and self.standby.is_proven) or now_ms >= self.in_use.latest_swap_ms

    def close(self, out: list[msg.Message]) -> None:
        lines = (self.in_use, self.standby, *self._trying)
        out += [msg.CloseEngine(line.number) for line in lines if line is not None]
        self.in_use = self.standby = None
        self._trying.clear()

    # --- one more line ---

    def _try_next(self, now_ms: int, out: list[msg.Message]) -> None:
        engine = self._order.next({line.engine for line in self._trying})
        if engine is not None:
            self._try(engine, now_ms, out)

    def _renew(self, line: Line, now_ms: int, out: list[msg.Message]) -> None:
        """Make another session ready, with the same engine as long as there is time for it to say yes."""
        self._renew_ms = now_ms + RENEWAL_PAUSE_MS
        self._order.begins_with(line.engine)
        is_late = now_ms >= line.ends_ms - min(OTHERS_FROM_MS, line.renewal_ms(self._renew_before_ms) // 2)
        engine = self._order.next({line.engine} if is_late else ())
        if engine is None:
            engine = self._order.next()
        if engine is not None:
            self._try(engine, now_ms, out)

    def _try(self, engine: int, now_ms: int, out: list[msg.Message]) -> None:
        line = Line(self._lines, engine, self._engines[engine])
        self._lines += 1
        self._trying.append(line)
        if self.tongue(line.choice) not in self._asked:
            self._asked.add(self.tongue(line.choice))
            out.append(self._fetch(self.tongue(line.choice)))
        self._go_on_with(line, now_ms, out)

    def _go_on_with(self, line: Line, now_ms: int, out: list[msg.Message]) -> None:
        """Its next step, as far as it can be taken: the connection, then the configuration."""
        session = self.sessions.get(self.tongue(line.choice))
        if not line.is_opening and (line.choice.reachable_before_session or self.sessions):
            line.is_opening, line.asked_ms = True, now_ms
            out.append(msg.OpenEngine(line.number, line.engine))
        elif line.is_open and session is None and self.sessions and line.session_awaited_ms is None:
            line.session_awaited_ms = now_ms
        elif line.is_open and line.asked_ms is None and session is not None:
            line.asked_ms = now_ms
            out.append(msg.ToLine(line.number, self._configure(session, line.told)))

    def _note_failure(self, line: Line, fault: Fault, out: list[msg.Message]) -> None:
        self._has_failed = True
        failed = msg.EngineFailed(line.choice.name, fault.problem, fault.is_fatal, fault.kind)
        self.untold.append(failed)
        out += [failed, msg.CloseEngine(line.number)]


def _is_over(since_ms: int | None, wait_ms: int, now_ms: int) -> bool:
    return since_ms is not None and now_ms >= since_ms + wait_ms
