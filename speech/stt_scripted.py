"""A recogniser for tests that hears what its script says, whatever is fed to it."""

from collections.abc import Sequence

from speech.stt import SAMPLE_RATES_HZ, STATES, Heard, State


class ScriptedRecogniser:
    """Answers the n-th finished utterance with the n-th line; "" is an utterance that was not understood.

    It records what it was asked in `opened` (state, rate) and `fed_bytes`, and fails on an utterance that the script
    does not have; `assert_finished` fails on lines that nobody came to hear. Cancelled utterances use up no line.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = list(lines)
        self.opened: list[tuple[State, int]] = []
        self.fed_bytes: list[int] = []
        self.cancelled = 0

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def open(self, state: State, rate_hz: int) -> "ScriptedUtterance":
        if state not in STATES or rate_hz not in SAMPLE_RATES_HZ:
            raise ValueError(f"cannot hear {state!r} at {rate_hz} Hz")
        self.opened.append((state, rate_hz))
        return ScriptedUtterance(self, rate_hz)

    def hear(self, fed_bytes: int) -> str:
        self.fed_bytes.append(fed_bytes)
        assert self._lines, "an utterance was finished that the script does not have"
        return self._lines.pop(0)

    def assert_finished(self) -> None:
        assert not self._lines, f"never heard: {self._lines}"


class ScriptedUtterance:
    def __init__(self, script: ScriptedRecogniser, rate_hz: int) -> None:
        self._script = script
        self._rate_hz = rate_hz
        self._bytes = 0
        self._over = False

    def feed(self, pcm16: bytes) -> None:
        assert not self._over, "audio after the end of the utterance"
        assert len(pcm16) % 2 == 0, "half a sample"
        self._bytes += len(pcm16)

    async def finish(self) -> Heard:
        assert not self._over, "an utterance can be finished once"
        self._over = True
        text = self._script.hear(self._bytes)
        duration_ms = self._bytes * 1000 // (2 * self._rate_hz)
        return Heard(text, agreed=text != "", grammar_text=text, lm_text=text, duration_ms=duration_ms)

    async def cancel(self) -> None:
        if not self._over:
            self._over = True
            self._script.cancelled += 1
