"""Answering machine detection: who picks up is told by ear, at once or in the background."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from audio import g711
from local.callers.lines import read_line
from local.twilio import Call, Person
from local.twilio.amd import Detection, Detector
from local.twilio.lines import QUIET_FRAME, tone
from tests.local.twilio_helpers import HOTEL, STAFF, VOICE, World, a_world, client_of, in_thread, refused

SHORT, LONG, BEEP = VOICE * 40, VOICE * 150, tone(1000, 400)
WAITS = "<Response><Pause length='600'/></Response>"


def answered_by(*audio: bytes, **order: Any) -> str:
    detector = Detector(Detection(**order))
    for frame in np.frombuffer(b"".join(audio), dtype=np.uint8).reshape(-1, 160):
        detector.frame(frame.tobytes())
    return detector.answered_by


def quiet(ms: int) -> bytes:
    return QUIET_FRAME * (ms // 20)


@pytest.mark.parametrize(
    ("audio", "answer", "at_the_end"),
    [
        ((quiet(500), SHORT, quiet(2000)), "human", "human"),
        ((LONG, quiet(1000), BEEP), "machine_start", "machine_end_beep"),
        ((LONG, quiet(6000)), "machine_start", "machine_end_silence"),
        ((quiet(6000),), "unknown", "unknown"),
        ((SHORT, quiet(300), BEEP), "machine_start", "machine_end_beep"),
        ((VOICE * 1600,), "machine_start", "machine_end_other"),
    ],
)
def test_who_picked_up(audio: tuple[bytes, ...], answer: str, at_the_end: str) -> None:
    assert answered_by(*audio) == answer
    assert answered_by(*audio, until_message_end=True) == at_the_end


def test_a_voice_is_no_beep() -> None:
    """A synthesised sentence is longer than a person's first words, but has no beep in it."""
    line = read_line("do you have a room for two nights from friday for two adults and a dog")
    whole = line[: len(line) // 160 * 160]
    assert answered_by(whole, quiet(6000), until_message_end=True) == "machine_end_silence"


def test_the_thresholds_are_as_ordered() -> None:
    assert answered_by(LONG, quiet(2000), speech_threshold_ms=4000) == "human"
    assert answered_by(SHORT, quiet(1000), speech_end_ms=500) == "human"
    assert answered_by(quiet(2500), silence_ms=2000) == "unknown"


def test_a_tone_below_the_voice_is_no_beep() -> None:
    hum = g711.encode((3000 * np.sin(2 * np.pi * 60 * np.arange(1600) / 8000)).astype(np.int16))
    assert answered_by(hum, quiet(1300)) == "human"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.app.answers("/answered", WAITS)
        world.app.answers("/amd", "")
        yield world


async def order(world: World, person: Person, **options: Any) -> Call:
    world.twilio.people[STAFF] = person
    asked = {"to": STAFF, "from_": HOTEL, "url": f"{world.app.origin}/answered", "machine_detection": "Enable"}
    created = await in_thread(client_of(world).calls.create, **(asked | options))
    return world.twilio.calls[created.sid]


def in_background(world: World, **options: Any) -> dict[str, Any]:
    return {"async_amd": "true", "async_amd_status_callback": f"{world.app.origin}/amd", **options}


async def test_a_call_waits_for_the_answer_unless_it_is_to_go_on(world: World) -> None:
    call = await order(world, Person(answers_after_s=0, says=SHORT, hangs_up_after_ms=4000))
    record = await call.ended()
    (asked,) = world.app.got("/answered")
    assert asked["AnsweredBy"] == "human"
    assert int(asked["MachineDetectionDuration"]) >= 2000
    assert len(record.said) >= 8000
    assert world.app.got("/amd") == []
    assert (await in_thread(client_of(world).calls(call.sid).fetch)).answered_by == "human"


async def test_in_the_background_the_document_runs_at_once_and_the_answer_follows(world: World) -> None:
    machine = Person.machine(LONG, answers_after_s=0)
    call = await order(world, machine, machine_detection="DetectMessageEnd", **in_background(world))
    await call.phone.connected()
    await call.phone.until(lambda: call.answered_by != "")
    call.phone.hang_up()
    await call.ended()
    (asked,), (told,) = world.app.got("/answered"), world.app.got("/amd")
    assert "AnsweredBy" not in asked
    assert set(told) == {"CallSid", "AccountSid", "AnsweredBy", "MachineDetectionDuration"}
    assert (told["CallSid"], told["AnsweredBy"]) == (call.sid, "machine_end_beep")


async def test_a_machine_without_a_beep_ends_in_silence(world: World) -> None:
    machine = Person.machine(LONG, answers_after_s=0, beeps=False)
    call = await order(world, machine, machine_detection="DetectMessageEnd", **in_background(world))
    await call.phone.connected()
    await call.phone.until(lambda: call.answered_by != "")
    assert call.answered_by == "machine_end_silence"
    call.phone.hang_up()
    await call.ended()


async def test_a_call_that_ends_first_is_not_told_of(world: World) -> None:
    person = Person(answers_after_s=0, says=SHORT, hangs_up_after_ms=200)
    call = await order(world, person, **in_background(world))
    await call.ended()
    assert world.app.got("/amd") == []
    assert call.answered_by == ""


async def test_keys_that_are_sent_switch_it_off(world: World) -> None:
    call = await order(world, Person(answers_after_s=0, says=SHORT, hangs_up_after_ms=4000), send_digits="1")
    await call.ended()
    assert "AnsweredBy" not in world.app.got("/answered")[0]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"machine_detection": "Always"}, 21234),
        ({"machine_detection_timeout": 60}, 21234),
        ({"machine_detection_timeout": 2}, 21234),
        ({"machine_detection_speech_threshold": 999}, 21234),
        ({"machine_detection_speech_end_threshold": 5001}, 21234),
        ({"machine_detection_silence_timeout": 1999}, 21234),
        ({"async_amd": "yes"}, 20001),
        ({"async_amd_status_callback": "nowhere"}, 21205),
        ({"async_amd_status_callback_method": "PUT"}, 21209),
    ],
)
async def test_values_out_of_range_are_refused(world: World, options: dict[str, Any], code: int) -> None:
    asked = {"to": STAFF, "from_": HOTEL, "twiml": WAITS, "machine_detection": "Enable"}
    error = await refused(client_of(world).calls.create, **(asked | options))
    assert (error.status, error.code) == (400, code)
