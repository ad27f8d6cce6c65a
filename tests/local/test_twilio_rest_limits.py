"""What the REST API refuses when it is asked too much, and what an application sees of a service that fails."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from local.twilio import Person
from tests.local.twilio_helpers import (
    ACCOUNT_SID,
    CALLER,
    HOTEL,
    STAFF,
    TOKEN,
    World,
    a_world,
    client_of,
    eventually,
    in_thread,
    refused,
)

WAITS = "<Response><Pause length='600'/></Response>"
CALL = {"to": STAFF, "from_": HOTEL, "twiml": WAITS}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world(most_calls=1, calls_per_second=100.0) as world:
        world.twilio.people[STAFF] = Person(answers_after_s=0)
        yield world


async def test_too_many_requests_are_refused_with_the_time_to_wait_and_nothing_is_done(world: World) -> None:
    world.twilio.faults.too_many = 2
    world.twilio.faults.retry_after_s = 7
    url = f"{world.twilio.base_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    credentials = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, TOKEN)}
    text = {"To": CALLER, "From": HOTEL, "Body": "hello"}
    async with aiohttp.ClientSession() as http:
        async with http.post(url, headers=credentials, data=text) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "7")
            assert (await answer.json())["code"] == 20429
    assert (await refused(client_of(world).calls.create, **CALL)).code == 20429
    assert (world.twilio.texts.sent, world.twilio.calls) == ([], {})
    created = await in_thread(client_of(world).messages.create, to=CALLER, from_=HOTEL, body="hello")
    assert created.status == "queued"


async def test_a_service_that_is_down_answers_503(world: World) -> None:
    world.twilio.faults.out_of_service = 1
    error = await refused(client_of(world).messages.create, to=CALLER, from_=HOTEL, body="hello")
    assert (error.status, world.twilio.texts.sent) == (503, [])


async def test_an_answer_may_be_lost_although_all_was_done(world: World) -> None:
    world.twilio.faults.lost = 1
    with pytest.raises(Exception, match=r"Connection|closed|aborted"):
        await in_thread(client_of(world).messages.create, to=CALLER, from_=HOTEL, body="hello")
    assert len(world.twilio.texts.sent) == 1


async def test_more_calls_than_the_account_may_have_are_refused(world: World) -> None:
    created = await in_thread(client_of(world).calls.create, **CALL)
    error = await refused(client_of(world).calls.create, **CALL)
    assert (error.status, error.code) == (429, 10004)
    call = world.twilio.calls[created.sid]
    await eventually(lambda: call.answered_at)
    await in_thread(client_of(world).calls(call.sid).update, status="completed")
    await call.ended()
    await in_thread(client_of(world).calls.create, **CALL)


async def test_the_called_leg_of_a_dial_goes_its_own_way_when_it_is_told_to(world: World) -> None:
    world.app.answers("/dialled", "<Response><Say>still here</Say></Response>")
    call = await world.call(f'<Response><Dial action="/dialled">{STAFF}</Dial></Response>')
    await eventually(lambda: call.children and call.children[0].answered_at)
    (leg,) = call.children
    await eventually(lambda: any(entry.detail.get("state") == "bridged" for entry in call.timeline))
    await in_thread(client_of(world).calls(leg.sid).update, twiml="<Response><Say>only you</Say></Response>")
    await call.ended()
    record = await leg.ended()
    (fields,) = world.app.got("/dialled")
    assert (fields["DialCallStatus"], fields["DialBridged"]) == ("completed", "true")
    assert set(world.speaker.said) == {"still here", "only you"}
    assert (record.status, record.ended_by) == ("completed", "twiml")


@pytest.mark.parametrize("who", ["Front", "sid"])
async def test_who_waits_in_a_queue_is_shown_and_fetched(world: World, who: str) -> None:
    world.app.answers("/fetched", "<Response><Say>this way</Say></Response>")
    call = await world.call('<Response><Enqueue action="/gone" waitUrl="/wait">guests</Enqueue></Response>')
    world.app.answers("/wait", "<Response><Pause length='60'/></Response>")
    world.app.answers("/gone", "<Response/>")
    await eventually(lambda: world.twilio.exchange.queues.known)
    client = client_of(world)
    (queue,) = await in_thread(client.queues.list)
    assert (queue.friendly_name, queue.current_size, queue.max_size) == ("guests", 1, 100)
    (member,) = await in_thread(client.queues(queue.sid).members.list)
    assert (member.call_sid, member.position) == (call.sid, 1)
    assert (await in_thread(client.queues(queue.sid).members(call.sid).fetch)).call_sid == call.sid
    assert (await refused(client.queues(queue.sid).delete)).code == 20001
    who = call.sid if who == "sid" else who
    member = client.queues(queue.sid).members(who)
    assert (await refused(member.update, url=f"{world.app.origin}/fetched", method="PUT")).code == 21209
    await in_thread(member.update, url=f"{world.app.origin}/fetched")
    await call.ended()
    assert world.speaker.said == ["this way"]
    assert world.app.got("/gone")[0]["QueueResult"] == "redirected"
    assert await in_thread(client.queues(queue.sid).delete)


async def test_queues_are_made_changed_and_refused(world: World) -> None:
    queues = client_of(world).queues
    made = await in_thread(queues.create, friendly_name="vip", max_size=2)
    assert (await in_thread(queues(made.sid).update, max_size=3)).max_size == 3
    assert (await in_thread(queues(made.sid).fetch)).max_size == 3
    assert (await refused(queues.create, friendly_name="vip")).code == 20001
    other = await in_thread(queues.create, friendly_name="other")
    assert (await refused(queues(other.sid).update, friendly_name="vip")).code == 20001
    assert (await in_thread(queues(other.sid).update, friendly_name="guests")).friendly_name == "guests"
    assert (await refused(queues.create, friendly_name="v" * 65)).code == 20001
    assert (await refused(queues.create, friendly_name="big", max_size=5001)).code == 21208
    assert (await refused(queues("QU" + "0" * 32).fetch)).code == 20404
    assert (await refused(queues(made.sid).members("Front").fetch)).code == 20404
    error = await refused(queues(made.sid).members("Front").update, url=world.app.origin)
    assert error.code == 20404


async def test_a_text_is_forgotten_word_by_word_and_then_altogether(world: World) -> None:
    messages = client_of(world).messages
    sent = await in_thread(messages.create, to=CALLER, from_=HOTEL, body="your code is 12")
    assert (await refused(messages(sent.sid).update, status="canceled")).code == 30409
    wrong: list[dict[str, Any]] = [{}, {"body": "another"}, {"body": "", "status": "canceled"}, {"status": "sent"}]
    for options in wrong:
        assert (await refused(messages(sent.sid).update, **options)).code == 30400
    assert world.twilio.texts.sent[0].body == "your code is 12"
    assert (await in_thread(messages(sent.sid).update, body="")).body == ""
    assert world.twilio.texts.sent[0].body == ""
    assert (await refused(messages(sent.sid).delete)).code == 20009  # it is still on its way
    (text,) = world.twilio.texts.sent
    await eventually(lambda: text.status(world.twilio.texts.clock.utc()) == "delivered")
    assert await in_thread(messages(sent.sid).delete)
    assert (await refused(messages(sent.sid).delete)).code == 20404
    assert (await refused(messages(sent.sid).update, body="")).code == 20404
