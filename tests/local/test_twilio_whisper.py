"""What the called side is told before it is connected, and how it can decline."""

from collections.abc import AsyncIterator

import pytest

from local.twilio import Person, Phone
from tests.local.twilio_helpers import STAFF, VOICE, Answer, World, a_world, codes, eventually

ASKS = (
    '<Response><Gather numDigits="1" action="/accept" timeout="4"><Say>A guest. Press one.</Say></Gather>'
    "<Hangup/></Response>"
)
DIAL = f'<Response><Dial action="/dialled"><Number url="/whisper">{STAFF}</Number></Dial></Response>'


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.app.answers("/whisper", ASKS)
        world.app.answers("/dialled", "<Response><Say>Goodbye</Say></Response>")
        world.app.answers("/amd", "")
        yield world


def presses(keys: str) -> Person:
    async def staff(phone: Phone) -> None:
        await phone.agent_quiet(for_ms=300)
        phone.press(keys)
        await phone.wait(2000)
        phone.say(VOICE * 10)
        await phone.spoken()
        await phone.wait(500)
        phone.hang_up()

    return Person(answers_after_s=1, script=staff)


async def test_who_accepts_is_connected(world: World) -> None:
    world.twilio.people[STAFF] = presses("1")
    world.app.answers("/accept", "<Response/>")
    record = await world.run(DIAL)
    (leg,) = record.children
    (asked,) = world.app.got("/whisper")
    assert (asked["CallSid"], asked["ParentCallSid"], asked["Direction"]) == (
        leg.call_sid,
        record.call_sid,
        "outbound-dial",
    )
    assert world.app.got("/accept")[0]["Digits"] == "1"
    assert record.heard.count(VOICE) == 10
    assert [world.app.got("/dialled")[0][name] for name in ("DialCallStatus", "DialBridged")] == ["completed", "true"]


async def test_the_caller_hears_ringing_meanwhile_and_the_whisper_not(world: World) -> None:
    world.twilio.people[STAFF] = presses("1")
    world.app.answers("/accept", "<Response/>")
    record = await world.run(DIAL)
    first_voice_ms = record.heard.index(VOICE) // 8
    assert first_voice_ms > 2500
    (leg,) = record.children
    whispered = leg.heard[: 8 * 400]
    assert whispered not in record.heard


async def test_who_declines_by_a_key_has_answered_without_being_connected(world: World) -> None:
    world.twilio.people[STAFF] = presses("2")
    world.app.answers("/accept", "<Response><Hangup/></Response>")
    record = await world.run(DIAL)
    (fields,) = world.app.got("/dialled")
    assert (fields["DialCallStatus"], fields["DialBridged"]) == ("completed", "false")
    assert (record.children[0].status, record.children[0].ended_by) == ("completed", "twiml")
    assert record.heard.count(VOICE) == 0


@pytest.mark.parametrize(
    ("person", "ended_by"),
    [(Person(answers_after_s=1), "twiml"), (Person(answers_after_s=1, hangs_up_after_ms=500), "callee")],
)
async def test_who_does_nothing_or_hangs_up_is_not_connected(world: World, person: Person, ended_by: str) -> None:
    world.twilio.people[STAFF] = person
    record = await world.run(DIAL)
    assert world.app.got("/dialled")[0]["DialBridged"] == "false"
    assert record.children[0].ended_by == ended_by
    assert world.speaker.said[-1] == "Goodbye"


async def test_a_caller_who_hangs_up_ends_the_whisper(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1)
    call = await world.call(DIAL)
    await eventually(lambda: world.app.got("/whisper"))
    call.phone.hang_up()
    record = await call.ended()
    assert record.children[0].ended_by == "dial"
    assert world.app.got("/dialled")[0]["CallStatus"] == "completed"


async def test_a_whisper_that_fails_connects_nobody(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1)
    world.app.answers("/whisper", Answer(status=500))
    call = await world.call(DIAL)
    record = await call.ended()
    assert world.app.got("/dialled")[0]["DialBridged"] == "false"
    assert codes(world.twilio.calls[record.children[0].call_sid]) == [11200]


async def test_a_whisper_may_not_dial(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1, hangs_up_after_ms=1000)
    world.app.answers("/whisper", f"<Response><Dial>{STAFF}</Dial></Response>")
    record = await world.run(DIAL)
    assert codes(world.twilio.calls[record.children[0].call_sid]) == [13201]
    assert world.app.got("/dialled")[0]["DialBridged"] == "false"


async def test_a_verb_that_has_no_place_in_a_whisper_is_left_out(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1, hangs_up_after_ms=1000)
    world.app.answers("/whisper", "<Response><Enqueue>desk</Enqueue></Response>")
    record = await world.run(DIAL)
    assert codes(world.twilio.calls[record.children[0].call_sid]) == [12200]
    assert world.app.got("/dialled")[0]["DialBridged"] == "true"


async def test_a_machine_at_the_other_end_is_detected_while_it_is_connected(world: World) -> None:
    world.twilio.people[STAFF] = Person.machine(VOICE * 150, answers_after_s=1)
    number = f'<Number machineDetection="Enable" amdStatusCallback="/amd">{STAFF}</Number>'
    call = await world.call(f'<Response><Dial action="/dialled">{number}</Dial></Response>')
    await eventually(lambda: world.app.got("/amd"))
    (told,) = world.app.got("/amd")
    assert (told["AnsweredBy"], told["CallSid"]) == ("machine_start", call.children[0].sid)
    call.phone.hang_up()
    await call.ended()
