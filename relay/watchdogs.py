"""What must not go on for ever, each a small class that is told what happens and says when it has been too much. Pure.

The caller's side is sampled ten times a second, not frame by frame. `watch.Watch` puts them together for one stream;
`silence.Silence` is the ladder for a guest who says nothing.

| watchdog  | the rule, and its reason |
|-----------|--------------------------|
| Time      | the call's time, with a warning before its end |
| Sound     | sound without pauses and no words understood: whoever speaks makes pauses, hold music does not |
| Sameness  | the same sentence of several words again and again: an announcement; guests repeat "yes", not sentences |
| Staleness | many turns without a new word and without anything done: two machines being polite to each other |
| Answer    | a response that was begun and gives nothing, or a live engine's output that stops: a stuck engine |
| Hearing   | several utterances on the line and not a sign from the engine: a deaf engine, and no silent guest |
"""

from __future__ import annotations

SAMPLE_MS = 100
# Mean magnitude in full scale: above a telephone's line noise (about 0.002), below soft speech (about 0.03).
LOUD = 0.01

# A response gives its first words or audio, and then more of them, within this time.
ANSWER_WAIT_MS = 10_000
# A live engine's output never pauses, silence included; after so long without any it has stopped.
STREAM_WAIT_MS = 5000
# The line was quiet this long after the engine heard speech begin; it should have heard it end.
STUCK_MS = 6000


class Time:
    """The call's time: a warning before its end, then the end. A call of less than two minutes is not warned."""

    WARN_BEFORE_MS = 60_000

    def __init__(self, began_ms: int, call_ms: int) -> None:
        self._over_ms = began_ms + call_ms
        self._warn_ms = self._over_ms - self.WARN_BEFORE_MS if call_ms >= 2 * self.WARN_BEFORE_MS else None

    @property
    def due_ms(self) -> int:
        return self._warn_ms if self._warn_ms is not None else self._over_ms

    def is_short(self, now_ms: int) -> bool:
        """Said once."""
        if self._warn_ms is None or now_ms < self._warn_ms:
            return False
        self._warn_ms = None
        return True

    def is_over(self, now_ms: int) -> bool:
        return now_ms >= self._over_ms


class Sound:
    """`hold_ms` of sound without a pause: silence takes back four times its length.

    Speech is silent a third of the time, so it stays near 0; music gets there, with short breaks a little later.
    """

    FORGET = 4

    def __init__(self, hold_ms: int) -> None:
        self._hold_ms = hold_ms
        self._sound_ms = 0

    def heard(self, *, loud: bool) -> None:
        self._sound_ms = max(0, self._sound_ms + (SAMPLE_MS if loud else -self.FORGET * SAMPLE_MS))

    def someone_is_there(self) -> None:
        """Words were understood, or a key was pressed."""
        self._sound_ms = 0

    @property
    def is_too_much(self) -> bool:
        return bool(self._hold_ms) and self._sound_ms >= self._hold_ms


class Sameness:
    """`repeats` times the same sentence among the latest ones. Nearly the same is the same: recognisers vary."""

    SHORTEST = 4  # words
    LIKENESS = 0.8  # of the words of both, how many are common
    KEPT = 30

    def __init__(self, repeats: int) -> None:
        self._repeats = repeats
        self._sentences: dict[int, frozenset[str]] = {}  # by turn, the latest one last
        self.is_too_much = False

    def said(self, words: list[str], turn: int) -> None:
        """A turn that is told again, with more of its words, is the same one: it is no repetition of itself."""
        if len(words) < self.SHORTEST or not self._repeats:
            return
        sentence = frozenset(words)
        self._sentences.pop(turn, None)
        others = self._sentences.values()
        alike = sum(len(sentence & other) >= self.LIKENESS * len(sentence | other) for other in others)
        self._sentences[turn] = sentence
        if len(self._sentences) > self.KEPT:
            del self._sentences[next(iter(self._sentences))]
        self.is_too_much = self.is_too_much or alike + 1 >= self._repeats


class Staleness:
    """`most` turns in a row in which the caller said no word that was new, and nothing was done."""

    VOCABULARY = 5000

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()
        self._stale = 0

    def said(self, words: list[str], *, is_new_turn: bool = True) -> None:
        """A turn is told again when more of its words come: it counts once, and they are news all the same."""
        new = set(words) - self._known
        if new:
            self._stale = 0
        elif is_new_turn:
            self._stale += 1
        if len(self._known) < self.VOCABULARY:
            self._known |= new

    def something_was_done(self) -> None:
        self._stale = 0

    @property
    def is_too_much(self) -> bool:
        return bool(self._most) and self._stale >= self._most


class Answer:
    """A response that has begun and not ended must go on giving something, and so must a stream without pauses."""

    def __init__(self) -> None:
        self.due_ms: int | None = None
        self._wait_ms = ANSWER_WAIT_MS

    def goes_on(self, now_ms: int, wait_ms: int = ANSWER_WAIT_MS) -> None:
        self.due_ms, self._wait_ms = now_ms + wait_ms, wait_ms

    def gave(self, at_ms: int) -> None:
        if self.due_ms is not None:
            self.due_ms = max(self.due_ms, at_ms + self._wait_ms)

    def ended(self) -> None:
        self.due_ms = None

    def is_overdue(self, now_ms: int) -> bool:
        return self.due_ms is not None and now_ms >= self.due_ms


class Hearing:
    """Whether the engine hears what is on the line: utterances of which it gave no sign, or one that never ends.

    An utterance is half a second of sound and more, then a pause. Sound while the agent speaks does not count: it may
    be its echo. Noise without pauses is not one: an engine is right to ignore it.

    `is_believed`: it may give no sign of an utterance. One that has begun for it has to end all the same.
    """

    UTTERANCES = 3
    SPOKEN_MS = 6000  # in all
    MANY_UTTERANCES = 6  # however short
    SHORTEST_MS = 500
    LONGEST_MS = 15_000
    PAUSE_MS = 700

    def __init__(self, *, is_believed: bool = False) -> None:
        self.is_deaf = False
        self._is_believed = is_believed
        self._is_hearing = False  # the engine says that the caller speaks
        self.reset()

    def reset(self) -> None:
        """The engine heard something, or another engine listens."""
        self._spoken_ms = self._sound_ms = self._quiet_ms = self._stuck_ms = self._utterances = 0

    def began(self) -> None:
        self._is_hearing = True
        self.reset()

    def ended(self) -> None:
        self._is_hearing = False
        self.reset()

    @property
    def someone_speaks(self) -> bool:
        """By the sound on the line, whatever the engine makes of it."""
        return self.SHORTEST_MS <= self._sound_ms <= self.LONGEST_MS

    @property
    def someone_spoke(self) -> bool:
        """Somebody of whom the engine has given no sign so far."""
        return self.someone_speaks or self._utterances > 0

    def heard(self, *, loud: bool, agent_speaks: bool) -> None:
        if loud:
            self._quiet_ms = self._stuck_ms = 0
            self._sound_ms += 0 if agent_speaks else SAMPLE_MS
            return
        self._quiet_ms += SAMPLE_MS
        if self._quiet_ms == self.PAUSE_MS:
            if self._sound_ms >= self.SHORTEST_MS:
                self._utterances += 1
                self._spoken_ms += self._sound_ms
            self._sound_ms = 0
        if self._is_hearing:
            # What the engine hears while the agent speaks may be the echo, which is too soft to be loud here.
            self._stuck_ms = 0 if agent_speaks else self._stuck_ms + SAMPLE_MS
            self.is_deaf = self.is_deaf or self._stuck_ms >= STUCK_MS
        elif self._utterances >= self.UTTERANCES and not self._is_believed:
            self.is_deaf = self._spoken_ms >= self.SPOKEN_MS or self._utterances >= self.MANY_UTTERANCES
