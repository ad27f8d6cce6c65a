"""`<Enqueue>`, `<Leave>` and `<Dial><Queue>`: who waits, who fetches whom, and what both are told."""

from collections.abc import AsyncIterator

import pytest

from local.twilio import Call, Person, Phone
from tests.local.twilio_helpers import (
    HOTEL,
    STAFF,
    VOICE,
    Answer,
    World,
    a_world,
    client_of,
    codes,
    eventually,
    in_thread,
    kinds,
)

ENQUEUE = '<Response><Enqueue action="/dequeued" waitUrl="/wait">guests</Enqueue><Say>next verb</Say></Response>'
MUSIC = "<Response><Say loop='0'>a tone that stands for music</Say></Response>"
DIAL = '<Response><Dial action="/fetched" timeout="3" {}><Queue {}>guests</Queue></Dial></Response>'


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world(calls_per_second=100.0) as world:
        world.app.answers("/wait", MUSIC)
        world.app.answers("/dequeued", "<Response><Say>welcome back</Say></Response>")
        world.app.answers("/fetched", "<Response/>")
        yield world


async def waiting(world: World, document: str = ENQUEUE) -> Call:
    call = await world.call(document)
    await eventually(lambda: kinds(call.record(), "queue"))
    return call


async def staff(world: World, person: Person, dial: str = "", queue: str = "") -> Call:
    world.twilio.people[STAFF] = person
    options = {"to": STAFF, "from_": HOTEL, "url": f"{world.app.origin}/staff"}
    world.app.answers("/staff", DIAL.format(dial, queue))
    return world.twilio.calls[(await in_thread(client_of(world).calls.create, **options)).sid]


async def test_a_call_waits_with_music_and_is_told_its_place(world: World) -> None:
    first, second = await waiting(world), await waiting(world)
    await second.phone.agent_speaking()
    one, other = world.app.got("/wait")
    assert (one["QueuePosition"], other["QueuePosition"]) == ("1", "2")
    assert (other["CurrentQueueSize"], other["MaxQueueSize"], other["QueueTime"]) == ("2", "100", "0")
    assert one["QueueSid"] == other["QueueSid"]
    for call in (first, second):
        call.phone.hang_up()
        await call.ended()


async def test_twilio_has_music_of_its_own(world: World) -> None:
    call = await waiting(world, ENQUEUE.replace(' waitUrl="/wait"', ""))
    await call.phone.agent_speaking()
    call.phone.hang_up()
    await call.ended()


async def test_the_front_member_is_connected_and_goes_on_when_they_part(world: World) -> None:
    async def talk(phone: Phone) -> None:
        await phone.wait(3000)
        phone.say(VOICE * 10)
        await phone.spoken()
        await phone.wait(500)
        phone.hang_up()

    guest = await waiting(world)
    await guest.phone.agent_speaking()
    agent = await staff(world, Person(answers_after_s=0, script=talk))
    await eventually(lambda: kinds(agent.record(), "dial"))
    guest.phone.say(bytes([0x30]) * 160 * 5)
    record, other = await guest.ended(), await agent.ended()
    assert record.heard.count(VOICE) == 10
    assert other.heard.count(bytes([0x30]) * 160) == 5
    (told,) = world.app.got("/dequeued")
    assert (told["QueueResult"], told["CallSid"]) == ("bridged", guest.sid)
    assert told["QueueSid"].startswith("QU")
    assert int(told["QueueTime"]) >= 0
    assert world.speaker.said[-1] == "welcome back"
    (fetched,) = world.app.got("/fetched")
    assert (fetched["DialCallStatus"], fetched["DialCallSid"]) == ("completed", guest.sid)


async def test_the_star_key_sends_the_guest_back(world: World) -> None:
    guest = await waiting(world)
    agent = await staff(world, Person(answers_after_s=0), dial='hangupOnStar="true"')
    await eventually(lambda: kinds(agent.record(), "dial"))
    agent.phone.press("*")
    await guest.ended()
    record = await agent.ended()
    assert world.app.got("/dequeued")[0]["QueueResult"] == "bridged"
    assert world.app.got("/fetched")[0]["CallStatus"] == "in-progress"
    assert record.ended_by == "twiml"


async def test_a_guest_who_hangs_up_ends_the_connection(world: World) -> None:
    guest = await waiting(world)
    agent = await staff(world, Person(answers_after_s=0))
    await eventually(lambda: kinds(agent.record(), "dial"))
    guest.phone.hang_up()
    await guest.ended()
    await agent.ended()
    assert world.app.got("/dequeued")[0]["CallStatus"] == "completed"
    assert world.app.got("/fetched")[0]["DialCallStatus"] == "completed"


async def test_leaving_asks_the_action(world: World) -> None:
    world.app.answers("/wait", "<Response><Say>still looking</Say><Leave/></Response>")
    await world.run(ENQUEUE)
    assert world.app.got("/dequeued")[0]["QueueResult"] == "leave"
    assert world.speaker.said == ["still looking", "welcome back"]


async def test_without_an_action_the_document_goes_on(world: World) -> None:
    world.app.answers("/wait", "<Response><Leave/></Response>")
    await world.run(ENQUEUE.replace(' action="/dequeued"', ""))
    assert world.speaker.said == ["next verb"]


async def test_the_music_begins_again_at_its_end(world: World) -> None:
    world.app.answers("/wait", "<Response><Say>one</Say></Response>", "<Response><Leave/></Response>")
    await world.run(ENQUEUE)
    assert len(world.app.got("/wait")) == 2


async def test_who_hangs_up_while_waiting_is_told_of(world: World) -> None:
    guest = await waiting(world)
    guest.phone.hang_up()
    await guest.ended()
    (told,) = world.app.got("/dequeued")
    assert (told["QueueResult"], told["CallStatus"]) == ("hangup", "completed")
    assert world.twilio.exchange.queues.known[0].members == []


async def test_music_may_hang_up(world: World) -> None:
    world.app.answers("/wait", "<Response><Hangup/></Response>")
    record = await world.run(ENQUEUE)
    assert record.ended_by == "twiml"
    assert world.app.got("/dequeued")[0]["QueueResult"] == "hangup"


async def test_music_that_cannot_be_had_ends_the_wait(world: World) -> None:
    world.app.answers("/wait", Answer(status=500))
    call = await waiting(world)
    await call.ended()
    assert codes(call) == [11200]
    assert world.app.got("/dequeued")[0]["QueueResult"] == "system-error"


async def test_music_may_not_dial(world: World) -> None:
    world.app.answers("/wait", f"<Response><Dial>{STAFF}</Dial><Leave/></Response>")
    call = await waiting(world)
    await call.ended()
    assert codes(call) == [13238]


async def test_a_queue_may_be_full(world: World) -> None:
    first = await waiting(world, ENQUEUE.replace("<Enqueue", '<Enqueue maxQueueSize="1"'))
    second = await world.run(ENQUEUE.replace("<Enqueue", '<Enqueue maxQueueSize="1"'))
    assert [problem["code"] for problem in kinds(second, "problem")] == [14207]
    (told,) = world.app.got("/dequeued")
    assert told["QueueResult"] == "queue-full"
    assert "QueueSid" not in told
    first.phone.hang_up()
    await first.ended()


async def test_a_guest_who_is_redirected_asks_the_action_in_vain(world: World) -> None:
    guest = await waiting(world)
    await in_thread(client_of(world).calls(guest.sid).update, twiml="<Response><Say>over here</Say></Response>")
    await guest.ended()
    assert [fields["QueueResult"] for fields in world.app.got("/dequeued")] == ["redirected"]
    assert world.speaker.said[-1] == "over here"
    assert "welcome back" not in world.speaker.said


async def test_what_the_guest_is_told_before_the_connection(world: World) -> None:
    world.app.answers("/connecting", "<Response><Say>Here is the front desk.</Say></Response>")
    guest = await waiting(world)
    agent = await staff(world, Person(answers_after_s=0, hangs_up_after_ms=4000), queue='url="/connecting"')
    await guest.ended()
    await agent.ended()
    (asked,) = world.app.got("/connecting")
    assert (asked["CallSid"], asked["DequeingCallSid"]) == (guest.sid, agent.sid)
    assert "Here is the front desk." in world.speaker.said
    assert world.app.got("/fetched")[0]["DialBridged"] == "true"


async def test_dialling_a_queue_that_is_not_there_fails(world: World) -> None:
    agent = await staff(world, Person(answers_after_s=0))
    await agent.ended()
    assert world.app.got("/fetched")[0]["DialCallStatus"] == "failed"


async def test_dialling_an_empty_queue_waits_until_the_time_out(world: World) -> None:
    world.twilio.exchange.queues.create("guests")
    agent = await staff(world, Person(answers_after_s=0))
    record = await agent.ended()
    assert world.app.got("/fetched")[0]["DialCallStatus"] == "no-answer"
    assert record.duration_s >= 3


async def test_dialling_an_empty_queue_connects_who_comes_in_time(world: World) -> None:
    world.twilio.exchange.queues.create("guests")
    agent = await staff(world, Person(answers_after_s=0, hangs_up_after_ms=2000), dial='callerId=""')
    await eventually(lambda: world.app.got("/staff"))
    guest = await waiting(world)
    await guest.ended()
    await agent.ended()
    assert world.app.got("/dequeued")[0]["QueueResult"] == "bridged"
