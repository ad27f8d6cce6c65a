"""The gate by itself: levels in, verdicts out. Whole scenes of sound are judged in `bench/barge_in.py`."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from audio.levels import level
from relay.barge_in import DECIDE_MS, Gate, Verdict, has_meaning, is_backchannel
from relay.caller_audio import CallerAudio
from relay.envelopes import AgentEnvelope, CallerEnvelope

BY_LEVEL = sorted((level(bytes([byte])), byte) for byte in range(128, 256))


def frame(loudness: float) -> bytes:
    """20 ms of about this mean magnitude."""
    return bytes([next((byte for at_level, byte in BY_LEVEL if at_level >= loudness), 128)]) * 160


class Phone:
    """A line on which time passes frame by frame: what the agent is heard to say, and what comes from the caller."""

    def __init__(self) -> None:
        self.now_ms = 10_000
        self._audio = CallerAudio(self.now_ms)
        self._agent = AgentEnvelope()
        self.gate = Gate(CallerEnvelope(self._audio, 50), self._agent)
        self._speech = random.Random(1)
        self._syllable = 0.0
        self.agents = [0.0] * 60  # levels, by frame

    def say(self) -> None:
        """The agent's next 20 ms: syllables of 60 to 200 ms, loud and soft, with pauses."""
        if self._speech.random() < 0.15:
            self._syllable = self._speech.choice((0.0, 0.02, 0.05, 0.1, 0.15))
        self._agent.add(self.now_ms, frame(self._syllable))
        self.agents.append(self._syllable)

    def hear(self, loudness: float) -> None:
        self._audio.give(frame(loudness), self.now_ms + 20)
        self.now_ms += 20

    def echo(self, db: float, delay_ms: int) -> float:
        return float(self.agents[-1 - delay_ms // 20] * 10 ** (db / 20))

    def verdicts(self, sounds: Iterator[float], *, agent_speaks: bool = True) -> tuple[Verdict | None, int]:
        """Open the gate and look every 40 ms. Returns the first verdict and after how many ms it came."""
        opened_ms = self.now_ms
        self.gate.open(opened_ms)
        for n, sound in enumerate(sounds):
            if n % 2 == 0 and (verdict := self.gate.look(self.now_ms)) is not None:
                return verdict, self.now_ms - opened_ms
            if agent_speaks:
                self.say()
            self.hear(sound)
        return None, self.now_ms - opened_ms


def spoken(phone: Phone, *, sound: float = 0.08, ms: int, echo: tuple[float, int] | None = None) -> Iterator[float]:
    """A sound of this length that began 80 ms ago, then silence; under it, perhaps, echo."""
    for n in range(200):
        own = sound if n * 20 < ms - 80 else 0.0
        yield max(own, phone.echo(*echo) if echo else 0.0)


def listening(echo: tuple[float, int] | None = None) -> Phone:
    """The agent has spoken for two seconds when the caller's line begins to sound."""
    phone = Phone()
    for _ in range(100):
        phone.say()
        phone.hear(phone.echo(*echo) if echo else 0.0)
    return phone


def begins(phone: Phone, sound: float = 0.08) -> Phone:
    for _ in range(4):
        phone.say()
        phone.hear(sound)
    return phone


@pytest.mark.parametrize("ms", [700, 1500])
def test_speech_that_goes_on_is_an_interruption_by_the_deadline(ms: int) -> None:
    phone = begins(listening())
    verdict, after_ms = phone.verdicts(spoken(phone, ms=ms))
    assert verdict is Verdict.INTERRUPTION
    assert after_ms <= DECIDE_MS


def test_speech_that_was_noticed_late_need_not_wait_for_the_deadline() -> None:
    phone = listening()
    for _ in range(20):
        phone.say()
        phone.hear(0.08)
    verdict, after_ms = phone.verdicts(spoken(phone, ms=1000))
    assert verdict is Verdict.INTERRUPTION
    assert after_ms <= 120


@pytest.mark.parametrize("ms", [100, 200, 300, 400])
def test_a_short_sound_is_none_and_that_is_known_soon_after_its_end(ms: int) -> None:
    phone = begins(listening())
    verdict, after_ms = phone.verdicts(spoken(phone, ms=ms))
    assert verdict is Verdict.SHORT
    assert after_ms <= min(DECIDE_MS, ms + 120)


def test_nothing_audible_at_all_is_no_interruption() -> None:
    phone = listening()
    verdict, after_ms = phone.verdicts(spoken(phone, sound=0.001, ms=5000))
    assert verdict in (Verdict.FAINT, Verdict.ECHO)
    assert after_ms <= DECIDE_MS


@pytest.mark.parametrize("delay_ms", [60, 200, 440, 680])
@pytest.mark.parametrize("db", [-20, -25, -30, -35])
def test_echo_is_known_by_its_likeness(db: int, delay_ms: int) -> None:
    phone = listening(echo=(db, delay_ms))
    verdict, _ = phone.verdicts(spoken(phone, ms=0, echo=(db, delay_ms)))
    assert verdict in (Verdict.ECHO, Verdict.FAINT)
    if db >= -25:
        assert verdict is Verdict.ECHO
    for _ in range(150):  # and it stays that
        phone.say()
        phone.hear(phone.echo(db, delay_ms))
        assert phone.gate.look(phone.now_ms) is None


def test_a_voice_above_the_echo_is_an_interruption() -> None:
    phone = listening(echo=(-20, 200))
    assert phone.verdicts(spoken(phone, ms=0, echo=(-20, 200)))[0] is Verdict.ECHO
    for _ in range(40):
        phone.say()
        phone.hear(max(0.08, phone.echo(-20, 200)))
    assert phone.gate.look(phone.now_ms) is Verdict.INTERRUPTION


def test_the_sound_of_somebody_else_is_softer_than_the_callers_own_voice() -> None:
    phone = listening()
    for _ in range(50):
        phone.hear(0.1)
    phone.gate.learn_voice(phone.gate.voice_level())
    for _ in range(50):
        phone.say()
        phone.hear(0.02)
    assert phone.verdicts(spoken(phone, sound=0.02, ms=5000))[0] is Verdict.FAINT
    assert Phone().verdicts(spoken(phone, sound=0.02, ms=5000))[0] is Verdict.INTERRUPTION, "of a voice not yet known"


def test_words_decide_at_once_but_not_the_words_of_an_echo() -> None:
    phone = begins(listening())
    phone.gate.open(phone.now_ms)
    assert phone.gate.look(phone.now_ms) is None
    phone.gate.add_words("Wait")
    assert phone.gate.look(phone.now_ms) is Verdict.INTERRUPTION
    phone = listening(echo=(-20, 200))
    phone.gate.open(phone.now_ms)
    phone.gate.add_words("ninety dollars a night")
    assert phone.gate.look(phone.now_ms) is Verdict.ECHO


def test_the_words_of_an_echo_that_come_after_the_verdict_interrupt_nobody_either() -> None:
    phone = listening(echo=(-20, 200))
    assert phone.verdicts(spoken(phone, ms=0, echo=(-20, 200)))[0] is Verdict.ECHO
    phone.gate.add_words("ninety dollars a night")
    for _ in range(50):
        phone.say()
        phone.hear(phone.echo(-20, 200))
        assert phone.gate.look(phone.now_ms) is None


def test_the_words_of_an_echo_are_not_the_callers_once_the_agent_has_ended_either() -> None:
    phone = listening(echo=(-20, 200))
    assert phone.verdicts(spoken(phone, ms=0, echo=(-20, 200)))[0] is Verdict.ECHO
    phone.gate.add_words("ninety dollars a night")
    assert phone.gate.look(phone.now_ms) is None
    for _ in range(40):  # until the engine has noticed, too
        phone.agents.append(0.0)
        phone.hear(phone.echo(-20, 200))
        assert phone.gate.look(phone.now_ms) is None


def test_after_a_short_sound_a_new_one_opens_the_question_again() -> None:
    phone = begins(listening())
    assert phone.verdicts(spoken(phone, ms=160))[0] is Verdict.SHORT
    assert not phone.gate.has_new_sound()
    for _ in range(10):
        phone.hear(0.08)
    assert phone.gate.look(phone.now_ms) is None
    assert phone.gate.has_new_sound()
    phone.gate.reopen(phone.now_ms)
    for _ in range(DECIDE_MS // 20):
        phone.hear(0.08)
    assert phone.gate.look(phone.now_ms) is Verdict.INTERRUPTION


@pytest.mark.parametrize(
    ("text", "backchannel", "meaning"),
    [
        ("", False, False),
        ("Mm-hmm.", True, False),
        ("Uh-huh, okay!", True, False),
        ("yeah yeah", True, False),
        ("ye", False, False),  # may become yeah
        ("Yes.", False, True),
        ("No", False, True),
        ("okay, but", False, True),
        ("...", False, False),
        ("Ajá, vale.", True, False),
        ("Claro, pero", False, True),
        ("Sí", False, True),
    ],
)
def test_which_words_are_a_listeners(text: str, backchannel: bool, meaning: bool) -> None:
    assert is_backchannel(text) is backchannel
    assert has_meaning(text) is meaning


def test_at_a_goodbye_a_goodbye_says_nothing_new() -> None:
    assert is_backchannel("Okay, thank you, bye!", farewell=True)
    assert not is_backchannel("Okay, thank you, bye!")
    assert is_backchannel("Vale, gracias a usted, hasta pronto.", farewell=True)
    assert not is_backchannel("Wait, one more thing", farewell=True)
