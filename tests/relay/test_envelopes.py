"""Levels of both sides, worked out when they are asked for."""

from __future__ import annotations

import pytest

from audio.levels import level
from relay.caller import PCM24
from relay.caller_audio import CallerAudio
from relay.envelopes import AgentEnvelope, CallerEnvelope

LOUD, SOFT, QUIET = b"\x20" * 160, b"\x50" * 160, b"\xff" * 160
LEVELS = [level(LOUD), level(SOFT), 0.0]


def hear(audio: CallerAudio, *frames: bytes) -> None:
    for frame in frames:
        audio.give(frame, 0)


def test_the_caller_is_metered_once_and_only_as_far_back_as_wanted() -> None:
    audio = CallerAudio(0)
    envelope = CallerEnvelope(audio, 4)
    hear(audio, *[QUIET] * 20, LOUD, SOFT)
    assert envelope.catch_up() == 4
    assert list(envelope.values) == [0.0, 0.0, *LEVELS[:2]]
    assert envelope.catch_up() == 0
    hear(audio, LOUD)
    assert envelope.catch_up() == 1
    assert list(envelope.values) == [0.0, *LEVELS[:2], LEVELS[0]]


@pytest.mark.parametrize("size", [80, 160, 240, 1000])
def test_messages_of_any_size_give_frames_of_20_ms(size: int) -> None:
    audio = CallerAudio(0)
    envelope = CallerEnvelope(audio, 50)
    sound = LOUD * 10 + SOFT * 10
    hear(audio, *(sound[start : start + size] for start in range(0, len(sound), size)))
    envelope.catch_up()
    assert list(envelope.values) == [LEVELS[0]] * 10 + [LEVELS[1]] * 10


def test_the_agent_is_heard_when_it_is_played_not_when_it_was_sent() -> None:
    envelope = AgentEnvelope()
    envelope.add(1000, LOUD + SOFT)
    envelope.add(1100, SOFT)  # after a gap of three frames
    assert envelope.values(1140, 8) == [0.0, *LEVELS[:2], 0.0, 0.0, 0.0, LEVELS[1], 0.0]
    assert envelope.values(1020, 1) == [LEVELS[0]]
    assert envelope.ends_ms == 1120


def test_what_was_cleared_was_not_heard() -> None:
    envelope = AgentEnvelope()
    envelope.add(1000, LOUD * 3)
    envelope.add(1060, LOUD * 3)
    envelope.cut(1020)
    assert envelope.values(1120, 6) == [LEVELS[0], 0.0, 0.0, 0.0, 0.0, 0.0]
    assert envelope.ends_ms == 1020


def test_of_the_agents_audio_only_the_latest_is_kept() -> None:
    envelope = AgentEnvelope()
    for n in range(200):
        envelope.add(n * 120, LOUD * 6)
    known = [value > 0 for value in envelope.values(200 * 120, 200 * 6)]
    assert 1600 <= sum(known) * 20 <= 1800
    assert all(known[-sum(known) :])


def test_a_kiosks_audio_is_metered_as_what_it_is() -> None:
    loud = (8000).to_bytes(2, "little", signed=True) * 480
    envelope = AgentEnvelope(PCM24)
    envelope.add(0, loud + bytes(960))
    first, second = envelope.values(40, 2)
    assert first == pytest.approx(0.25, abs=0.01)
    assert second == 0.0
