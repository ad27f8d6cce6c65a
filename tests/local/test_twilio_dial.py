"""`<Dial>`: who answers, what is heard on both phones, and what `action` is told."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from local.twilio import Person, Phone
from tests.local.twilio_helpers import (
    CALLER,
    HOTEL,
    STAFF,
    VOICE,
    Answer,
    World,
    a_world,
    codes,
    eventually,
    kinds,
)

DIAL = f'<Response><Dial action="/dialled">{STAFF}</Dial><Say>next verb</Say></Response>'


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.app.answers("/dialled", "<Response><Say>Goodbye</Say></Response>")
        world.app.answers("/leg", Answer(status=204, body=""))
        yield world


async def test_an_answered_call_is_bridged_both_ways(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1, says=VOICE * 10, hangs_up_after_ms=400)
    call = await world.call(DIAL)
    await call.phone.agent_speaking()
    call.phone.say(bytes([0x30]) * 160 * 5)
    record = await call.ended()

    (leg,) = record.children
    assert record.heard.count(VOICE) == 10
    assert leg.heard.count(bytes([0x30]) * 160) == 5
    assert leg.said.count(VOICE) == 10
    assert (leg.direction, leg.from_, leg.to, leg.status) == ("outbound-dial", CALLER, STAFF, "completed")
    assert leg.parent_call_sid == record.call_sid
    (fields,) = world.app.got("/dialled")
    assert fields["DialCallStatus"] == "completed"
    assert fields["DialCallSid"] == leg.call_sid
    assert fields["DialCallDuration"] == str(leg.duration_s)
    assert fields["DialBridged"] == "true"
    assert fields["CallStatus"] == "in-progress"
    assert world.speaker.said == ["Goodbye"]


async def test_the_caller_hears_ringing_which_is_not_speech(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1, says=VOICE * 10, hangs_up_after_ms=200)
    call = await world.call(DIAL)
    await call.phone.agent_speaking()
    assert call.phone.first_voice_ms is not None
    assert call.phone.first_voice_ms >= 900
    ringing = call.phone.heard[: 160 * 40]
    assert set(ringing) != {0xFF}
    await call.ended()


@pytest.mark.parametrize(
    ("person", "status"),
    [
        (Person(busy=True), "busy"),
        (Person(answers_after_s=None), "no-answer"),
        (Person(answers_after_s=40), "no-answer"),
        (None, "failed"),
    ],
)
async def test_whoever_does_not_answer(world: World, person: Person | None, status: str) -> None:
    if person is not None:
        world.twilio.people[STAFF] = person
    call = await world.call(DIAL.replace("<Dial", '<Dial timeout="5"'))
    record = await call.ended()
    (fields,) = world.app.got("/dialled")
    assert (fields["DialCallStatus"], fields["DialBridged"]) == (status, "false")
    assert "DialCallDuration" not in fields
    assert record.children[0].status == status
    assert record.children[0].answered_at is None


async def test_a_region_without_permission_is_not_called(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1)
    world.twilio.closed.add(STAFF[:5])
    call = await world.call(DIAL)
    (leg,) = (await call.ended()).children
    assert (leg.status, codes(world.twilio.calls[leg.call_sid])) == ("failed", [13227])
    assert world.app.got("/dialled")[0]["DialCallStatus"] == "failed"


async def test_without_an_action_the_next_verb_follows(world: World) -> None:
    world.twilio.people[STAFF] = Person(busy=True)
    await world.run(DIAL.replace(' action="/dialled"', ""))
    assert world.speaker.said == ["next verb"]


async def test_answer_on_bridge_leaves_the_caller_ringing_until_somebody_answers(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=3, hangs_up_after_ms=100)
    record = await world.run(DIAL.replace("<Dial", '<Dial answerOnBridge="true"'))
    assert record.answered_at is not None
    assert (record.answered_at - record.created_at).total_seconds() >= 3


async def test_the_first_of_several_to_answer_is_connected(world: World) -> None:
    second = "+12072203503"
    world.twilio.people[STAFF] = Person(answers_after_s=10)
    world.twilio.people[second] = Person(answers_after_s=1, hangs_up_after_ms=100)
    dial = f'<Response><Dial action="/dialled"><Number>{STAFF}</Number><Number>{second}</Number></Dial></Response>'
    record = await world.run(dial)
    assert [child.status for child in record.children] == ["no-answer", "completed"]
    assert world.app.got("/dialled")[0]["DialCallSid"] == record.children[1].call_sid


async def test_progress_of_the_called_leg_is_reported_as_asked(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1, hangs_up_after_ms=100)
    events = "initiated ringing answered completed"
    number = f'<Number statusCallback="/leg" statusCallbackEvent="{events}">{STAFF}</Number>'
    record = await world.run(DIAL.replace(f">{STAFF}<", f">{number}<"))
    fields = sorted(world.app.got("/leg"), key=lambda fields: int(fields["SequenceNumber"]))
    assert [item["CallStatus"] for item in fields] == ["initiated", "ringing", "in-progress", "completed"]
    assert {item["CallSid"] for item in fields} == {record.children[0].call_sid}
    assert {item["ParentCallSid"] for item in fields} == {record.call_sid}
    assert {item["Direction"] for item in fields} == {"outbound-dial"}


@pytest.mark.parametrize(("caller_id", "problems"), [(HOTEL, []), (CALLER, []), ("+12075559999", [13214])])
async def test_only_own_numbers_may_be_shown(world: World, caller_id: str, problems: list[int]) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1, hangs_up_after_ms=100)
    call = await world.call(DIAL.replace("<Dial", f'<Dial callerId="{caller_id}"'))
    record = await call.ended()
    assert codes(call) == problems
    assert [child.from_ for child in record.children] == ([] if problems else [caller_id])
    assert world.app.got("/dialled")[0]["DialCallStatus"] == ("failed" if problems else "completed")


async def test_the_time_limit_ends_the_bridge(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1)
    record = await world.run(DIAL.replace("<Dial", '<Dial timeLimit="2"'))
    assert world.app.got("/dialled")[0]["DialCallStatus"] == "completed"
    assert record.children[0].ended_by == "dial"


async def test_extension_digits_are_keyed_after_the_answer(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1, hangs_up_after_ms=3000)
    dial = f'<Response><Dial><Number sendDigits="ww12#">{STAFF}</Number></Dial></Response>'
    record = await world.run(dial)
    assert record.children[0].keys_heard == "12#"


async def test_the_star_key_ends_the_bridge_when_asked_for(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1)
    call = await world.call(DIAL.replace("<Dial", '<Dial hangupOnStar="true"'))
    await eventually(lambda: call.children and call.children[0].answered_at)
    call.phone.press("1*")
    record = await call.ended()
    assert record.children[0].keys_heard == "1*"
    assert world.app.got("/dialled")[0]["DialCallStatus"] == "completed"


async def test_the_caller_hangs_up_while_it_rings(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=None)
    call = await world.call(DIAL)
    await eventually(lambda: call.children and call.children[0].status == "ringing")
    call.phone.hang_up()
    record = await call.ended()
    (fields,) = world.app.got("/dialled")
    assert (fields["CallStatus"], fields["DialCallStatus"]) == ("completed", "no-answer")
    assert (record.status, record.children[0].status) == ("completed", "no-answer")
    assert world.speaker.said == []


async def test_the_caller_hangs_up_in_mid_bridge(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1, says=VOICE * 500)
    call = await world.call(DIAL)
    await call.phone.agent_speaking()
    call.phone.hang_up()
    record = await call.ended()
    (fields,) = world.app.got("/dialled")
    assert (fields["CallStatus"], fields["DialCallStatus"]) == ("completed", "completed")
    assert record.children[0].status == "completed"
    assert record.children[0].ended_by == "dial"


async def test_a_script_plays_the_person_who_is_called(world: World) -> None:
    async def staff(phone: Phone) -> None:
        await phone.agent_quiet(for_ms=100)
        phone.say(VOICE * 5)
        await phone.spoken()
        await phone.wait(2000)  # a busy machine is late with what the other phone hears
        phone.hang_up()

    world.twilio.people[STAFF] = Person(answers_after_s=1, script=staff)
    call = await world.call(DIAL)
    await eventually(lambda: call.children and call.children[0].answered_at)
    call.phone.say(VOICE * 7)
    record = await call.ended()
    (leg,) = record.children
    assert (leg.ended_by, leg.heard.count(VOICE), record.heard.count(VOICE)) == ("callee", 7, 5)


async def test_a_script_ends_with_its_call(world: World) -> None:
    ended = asyncio.Event()

    async def staff(phone: Phone) -> None:
        try:
            await phone.agent_speaking()
        finally:
            ended.set()

    world.twilio.people[STAFF] = Person(answers_after_s=0, script=staff)
    call = await world.call(DIAL)
    await eventually(lambda: call.children and call.children[0].answered_at)
    call.phone.hang_up()
    await call.ended()
    assert ended.is_set()


async def test_the_timeline_names_the_steps_of_a_dial(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1, hangs_up_after_ms=100)
    record = await world.run(DIAL)
    assert [entry["state"] for entry in kinds(record, "dial")] == ["calling", "bridged", "completed"]


@pytest.mark.parametrize(
    ("record", "channels", "with_ringing"),
    [("record-from-answer", "1", False), ("record-from-ringing-dual", "2", True), ("true", "1", False)],
)
async def test_a_dial_is_recorded_from_the_answer_or_from_the_ringing_on(
    world: World, record: str, channels: str, with_ringing: bool
) -> None:
    world.app.answers("/recording", "")
    world.twilio.people[STAFF] = Person(answers_after_s=4, says=VOICE * 50, hangs_up_after_ms=400)
    dial = f'<Dial record="{record}" recordingStatusCallback="/recording"'
    await world.run(DIAL.replace("<Dial", dial))
    (told,) = world.app.got("/recording")
    assert (told["RecordingSource"], told["RecordingChannels"]) == ("DialVerb", channels)
    assert (int(told["RecordingDuration"]) >= 4) == with_ringing
    assert world.app.got("/dialled")[0]["RecordingUrl"] == told["RecordingUrl"]


async def test_a_dial_that_nobody_answers_is_not_recorded(world: World) -> None:
    world.twilio.people[STAFF] = Person(busy=True)
    await world.run(DIAL.replace("<Dial", '<Dial record="record-from-answer"'))
    assert "RecordingUrl" not in world.app.got("/dialled")[0]
