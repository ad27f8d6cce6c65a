"""What somebody at a telephone does, one step after the other, as a scene's file has it.

- wait: agent                         # until the agent has been heard and then was quiet for quiet_ms
- hear: press one                     # until these words were spoken to this phone, and quiet came
- amid: hold-music                    # until they begin to be; of a sound that is played, a part of its URL
- amid: ringing tone                  # until another is dialled
- amid: {words: press one, at: "+12072203505"}          # or to the phone of another
- say: do you have a room             # a line of local/callers/audio/, made by `python -m local render`
- keys: "2075550199#"
- interrupt: {after_ms: 1500, say: a person please}     # 1500 ms into what the agent says next
- noise: {seconds: 2, level_db: -25}
- silence: 3
- text: "STOP"                        # an SMS to the number that was called
- texted: your confirmation           # until an SMS with these words has come
- hang_up: true
- hang_up: {after_ms: 1500}           # 1500 ms into what the agent says next
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from local.callers.reader import Field

QUIET_MS = 900
WAIT_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class WaitForAgent:
    quiet_ms: int = QUIET_MS
    timeout_s: float = WAIT_TIMEOUT_S


@dataclass(frozen=True)
class Say:
    line: str


@dataclass(frozen=True)
class Keys:
    keys: str


@dataclass(frozen=True)
class Interrupt:
    after_ms: int
    line: str


@dataclass(frozen=True)
class Noise:
    seconds: float
    level_db: float


@dataclass(frozen=True)
class Silence:
    seconds: float


@dataclass(frozen=True)
class HangUp:
    """At once; or so long into what the agent says next."""

    after_ms: int | None = None


@dataclass(frozen=True)
class Hear:
    """Wait for these words, spoken by the agent or by the telephone system, and for quiet after them."""

    words: str
    timeout_s: float = WAIT_TIMEOUT_S


@dataclass(frozen=True)
class Amid:
    """Wait until these words are being spoken, by the telephone system or a person, to this phone or to another's."""

    words: str
    at: str = ""
    timeout_s: float = WAIT_TIMEOUT_S


@dataclass(frozen=True)
class Text:
    """Write an SMS to the number that was called."""

    body: str


@dataclass(frozen=True)
class Texted:
    """Wait for an SMS with these words in it."""

    part: str
    timeout_s: float = WAIT_TIMEOUT_S


Step = WaitForAgent | Say | Keys | Interrupt | Noise | Silence | HangUp | Hear | Amid | Text | Texted


def _wait(item: Field) -> Step:
    item.one_of("agent")
    return WaitForAgent()


def _keys(item: Field) -> Step:
    keys = item.text()
    if set(keys) - set("0123456789*#"):
        item.wrong(f"may have the keys 0-9, * and #, not {keys!r}")
    return Keys(keys)


def _interrupt(item: Field) -> Step:
    values = item.mapping()
    step = Interrupt(after_ms=values.need("after_ms").whole(), line=values.need("say").text())
    values.done()
    return step


def _noise(item: Field) -> Step:
    values = item.mapping()
    step = Noise(values.need("seconds").number(0.1, 30), values.get("level_db", lambda f: f.number(-90, 0), -25.0))
    values.done()
    return step


def _hang_up(item: Field) -> Step:
    if isinstance(item.value, dict):
        values = item.mapping()
        step = HangUp(after_ms=values.need("after_ms").whole())
        values.done()
        return step
    if not item.boolean():
        item.wrong("must be true")
    return HangUp()


def _amid(item: Field) -> Step:
    if not isinstance(item.value, dict):
        return Amid(item.text().lower())
    values = item.mapping()
    step = Amid(words=values.need("words").text().lower(), at=values.need("at").text())
    values.done()
    return step


_STEPS: dict[str, Callable[[Field], Step]] = {
    "wait": _wait,
    "say": lambda item: Say(item.text()),
    "keys": _keys,
    "interrupt": _interrupt,
    "noise": _noise,
    "silence": lambda item: Silence(item.number(0.1, 120)),
    "hang_up": _hang_up,
    "hear": lambda item: Hear(item.text().lower()),
    "amid": _amid,
    "text": lambda item: Text(item.text()),
    "texted": lambda item: Texted(item.text().lower()),
}


def read_step(item: Field) -> Step:
    """Raises SceneError."""
    values = item.mapping()
    kinds = list(item.value)
    if kinds == ["wait", "quiet_ms"]:
        values.need("wait").one_of("agent")
        return WaitForAgent(quiet_ms=values.need("quiet_ms").whole(100, 30_000))
    if len(kinds) != 1 or kinds[0] not in _STEPS:
        item.wrong(f"must be one of {', '.join(_STEPS)}, not {', '.join(kinds) or 'nothing'}")
    return _STEPS[kinds[0]](values.need(kinds[0]))


def lines(steps: Iterable[Step]) -> list[str]:
    """Every line that is spoken in the steps."""
    return [step.line for step in steps if isinstance(step, Say | Interrupt)]
