"""Is it an interruption? What the caller's line sounds like while the agent speaks, and what follows from it. Pure.

An engine's voice activity detector fires at the agent's own echo, at an "mm-hmm" and at a television. So the agent only
pauses, and the `Gate` decides within `DECIDE_MS`: by how long the caller's sound goes on, by its likeness to what the
agent just said (echo comes back late, much weaker, and with the same ups and downs), and by words where there are any.
The figures were chosen on the even scenes of `bench/barge_in_scenes.py`; `python -m bench barge-in` reports the others.
"""

from __future__ import annotations

from enum import StrEnum

from relay.envelopes import FRAME_MS, AgentEnvelope, CallerEnvelope
from relay.line_sound import (
    ENDED_FRAMES,
    FEWEST_FRAMES,
    LONGEST_ECHO_FRAMES,
    WINDOW_FRAMES,
    Echo,
    Sound,
    find_echo,
    measure,
    most_echo,
    sound,
)

# The decision is due this long after the agent paused: a beat of the pacer and a little before 400 ms have passed.
DECIDE_MS = 360
# An utterance may have begun so long before the engine noticed.
NOTICED_FRAMES = 20
# So much sound within a second is speech that means it, however long ago it began.
LONG_FRAMES = 24
# After a decision to go on: so much new sound opens the question again.
NEW_SOUND_FRAMES = 5
# Mean magnitude below which nothing on a telephone line is speech to us, about -45 dBFS; and how much weaker than the
# caller's own voice, once that is known, the sound of somebody else in the room may be.
FLOOR = 0.004
OWN_VOICE = 0.35
GOING_ON = 0.7

# Words in which nothing is said: of a listener, and of one who answers a goodbye.
_NOISES = (
    "mm mmm mhm mm-hmm mm-hm mmhmm hm hmm huh uh um uh-huh uhhuh ah aha oh ok okay yeah yep right sure "
    "ajá aja okey vale claro"
)
_FAREWELLS = (
    "bye bye-bye goodbye thank thanks you too very much so a lot good night evening have nice day great sleep well see "
    "take care gracias muchas usted ustedes adiós adios chao hasta luego pronto buenas noches tardes igualmente "
    "que tenga buen día"
)
BACKCHANNELS = frozenset(_NOISES.split(" "))
FAREWELLS = frozenset(_FAREWELLS.split(" "))


class Verdict(StrEnum):
    INTERRUPTION = "interruption"
    SHORT = "short"  # "mm-hmm", a cough, a door
    FAINT = "faint"  # nothing as loud as this caller: somebody else in the room
    ECHO = "echo"


class Gate:
    """One line's judge. `open` it when somebody seems to speak, `look` every 20 ms until the utterance is over."""

    def __init__(self, caller: CallerEnvelope, agent: AgentEnvelope) -> None:
        self.verdict: Verdict | None = None  # the latest one; None while the question is open
        self._caller = caller
        self._agent = agent
        self._began_ms = 0
        self._opened_ms = 0
        self._echo: Echo | None = None  # last found on this line
        self._own_level = 0.0  # of the caller's voice, once heard alone
        self._words = ""
        self._sound = Sound(0, 0, 0)

    # --- what the line is like ---

    def voice_level(self) -> float:
        """Of the turn that was just spoken; 0.0 where too little of it was heard."""
        self._caller.catch_up()
        loud = sorted(value for value in self._caller.values if value > FLOOR)
        return loud[len(loud) * 2 // 3] if len(loud) >= FEWEST_FRAMES else 0.0

    def learn_voice(self, level: float) -> None:
        """There were words in a turn that was so loud, so that is how loud this caller is; a cough or a bump is not."""
        if level:
            self._own_level = (self._own_level + level) / 2 if self._own_level else level

    # --- one utterance ---

    def open(self, now_ms: int) -> None:
        self.verdict, self._words = None, ""
        self._began_ms = self._opened_ms = now_ms
        self._caller.catch_up()

    def add_words(self, delta: str) -> None:
        """The engine's transcript of this utterance, as far as it has come."""
        self._words += delta

    @property
    def due_ms(self) -> int:
        """By when an open question is decided."""
        return self._opened_ms + DECIDE_MS

    def look(self, now_ms: int) -> Verdict | None:
        """Take in the latest sound. Returns a verdict that is new; after one to go on, only an interruption is."""
        self._caller.catch_up()
        self._sound = self._measure()
        if self.verdict is None:
            self.verdict = self._judge(is_late=now_ms >= self.due_ms)
            return self.verdict
        if self.verdict is Verdict.INTERRUPTION or not self._is_one_after_all():
            return None
        self.verdict = Verdict.INTERRUPTION
        return self.verdict

    def has_new_sound(self) -> bool:
        """Whether, after a verdict to go on, there is sound again that may be an interruption's beginning."""
        return self._sound.quiet == 0 and self._sound.run >= NEW_SOUND_FRAMES

    def reopen(self, now_ms: int) -> None:
        self.verdict = None
        self._opened_ms = now_ms

    def _judge(self, *, is_late: bool) -> Verdict | None:
        if is_echo := self._is_agents():
            self._sound = self._measure()  # now without what this echo explains
        elif has_meaning(self._words):
            return Verdict.INTERRUPTION
        run, quiet, total = self._sound
        if total >= LONG_FRAMES or (is_late and run and not quiet):
            return Verdict.INTERRUPTION
        if is_echo and (not run or quiet >= ENDED_FRAMES):
            return Verdict.ECHO
        if not (is_late or is_backchannel(self._words) or (run and quiet >= ENDED_FRAMES)):
            return None
        return Verdict.SHORT if total else Verdict.FAINT

    def _is_one_after_all(self) -> bool:
        return (self._sound.total >= LONG_FRAMES or has_meaning(self._words)) and not self._is_agents()

    def _is_agents(self) -> bool:
        """As `_is_echo`: the words so far are the agent's as well, also when nothing is left to compare them with."""
        if is_echo := self._is_echo():
            self._words = ""
        return is_echo

    def _measure(self) -> Sound:
        """The latest sound that the caller, and no echo, may have made."""
        values, ends_ms = self._caller.values, self._caller.ends_ms
        begins = max(FLOOR, OWN_VOICE * self._own_level)
        goes_on = max(FLOOR, GOING_ON * begins)  # speech has soft parts
        echo: list[float] = []
        if self._echo is not None:
            agent = self._agent.values(ends_ms, len(values) + self._echo.lag_frames + 2)
            echo = most_echo(agent, self._echo)
        utterance = (ends_ms - self._began_ms) // FRAME_MS + NOTICED_FRAMES
        return measure(sound(values, begins, goes_on, echo), utterance)

    def _is_echo(self) -> bool:
        caller = self._caller.values[-WINDOW_FRAMES:]
        echo = find_echo(caller, self._agent.values(self._caller.ends_ms, len(caller) + LONGEST_ECHO_FRAMES))
        if echo is None or not echo.is_convincing:
            return False
        if max(self._caller.values) >= FLOOR / 2:  # below that a likeness is chance as often as not
            self._echo = echo
        return True


def has_meaning(text: str, *, farewell: bool = False) -> bool:
    """Whether there are words, and they are more than a listener's noises (or, at a goodbye, than a goodbye).

    The last word of a transcript in progress may be half a word, so one that may still become such a noise is none yet.
    """
    allowed = BACKCHANNELS | FAREWELLS if farewell else BACKCHANNELS
    *words, latest = _words(text) or [""]
    return any(word not in allowed for word in words) or not any(known.startswith(latest) for known in allowed)


def is_backchannel(text: str, *, farewell: bool = False) -> bool:
    """Whether there are words, and all of them are a listener's noises (or, at a goodbye, a goodbye)."""
    allowed = BACKCHANNELS | FAREWELLS if farewell else BACKCHANNELS
    words = _words(text)
    return bool(words) and all(word in allowed for word in words)


def _words(text: str) -> list[str]:
    words = ("".join(c for c in word if c.isalnum() or c == "-").strip("-") for word in text.lower().split())
    return [word for word in words if word]
