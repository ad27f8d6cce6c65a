"""Calls by the REST API: created, listed, refused and forgotten, by the official client and by raw requests."""

import asyncio
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from local.twilio import Person, Phone
from tests.local.twilio_helpers import (
    ACCOUNT_SID,
    CALLER,
    CREDENTIALS,
    HELLO,
    HOTEL,
    STAFF,
    TOKEN,
    World,
    a_world,
    client_of,
    codes,
    create,
    eventually,
    refused,
    world_of_a_person,
)

__all__ = ["world_of_a_person"]


async def test_create_calls_a_person_and_runs_the_url(world: World) -> None:
    world.app.answers("/hello", HELLO)
    created = await create(world, url=f"{world.app.origin}/hello")
    assert (created.status, created.direction, created.to, created._from) == ("queued", "outbound-api", STAFF, HOTEL)
    record = await world.twilio.calls[created.sid].ended()
    (fields,) = world.app.got("/hello")
    assert (fields["CallStatus"], fields["Direction"], fields["From"]) == ("in-progress", "outbound-api", HOTEL)
    assert record.status == "completed"
    assert world.speaker.said == ["Hello"]
    fetched = await asyncio.to_thread(client_of(world).calls(created.sid).fetch)
    assert (fetched.status, int(fetched.duration)) == ("completed", record.duration_s)
    assert fetched.date_created is not None
    assert fetched.end_time >= fetched.start_time


async def test_create_with_twiml_and_every_progress_event(world: World) -> None:
    created = await create(
        world,
        twiml="<Response><Pause length='3'/></Response>",
        status_callback=f"{world.app.origin}/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
        send_digits="1w2",
    )
    record = await world.twilio.calls[created.sid].ended()
    fields = sorted(world.app.got("/status"), key=lambda fields: int(fields["SequenceNumber"]))
    assert [item["CallStatus"] for item in fields] == ["initiated", "ringing", "in-progress", "completed"]
    assert fields[-1]["CallDuration"] == str(record.duration_s)
    assert record.keys_heard == "12"


@pytest.mark.parametrize(
    ("person", "status"),
    [(Person(busy=True), "busy"), (Person(answers_after_s=None), "no-answer"), (None, "failed")],
)
async def test_a_call_that_nobody_takes(world: World, person: Person | None, status: str) -> None:
    world.twilio.people.clear()
    if person is not None:
        world.twilio.people[STAFF] = person
    created = await create(world, twiml=HELLO, timeout=5, status_callback=f"{world.app.origin}/status")
    record = await world.twilio.calls[created.sid].ended()
    assert (record.status, record.answered_at) == (status, None)
    (fields,) = world.app.got("/status")
    assert (fields["CallStatus"], fields["CallDuration"]) == (status, "0")
    assert world.speaker.said == []


async def test_a_wrong_event_is_accepted_but_no_callback_comes(world: World) -> None:
    callback = f"{world.app.origin}/status"
    created = await create(world, twiml=HELLO, status_callback=callback, status_callback_event=["finished"])
    call = world.twilio.calls[created.sid]
    await call.ended()
    assert codes(call) == [21626]
    assert world.app.got("/status") == []


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"to": "2203502"}, 21211),
        ({"to": "+12"}, 21211),
        ({"to": ""}, 21201),
        ({"from_": ""}, 21213),
        ({"from_": "hotel"}, 21212),
        ({"from_": "+12075559999"}, 21210),
        ({"to": "+18765550103"}, 21215),
        ({"twiml": ""}, 21205),
        ({"url": "ftp://hotel.example/voice"}, 21205),
        ({"url": "http://my_hotel.example/voice"}, 21205),
        ({"url": "hotel"}, 21205),
        ({"url": "http://hotel.example/voice#rc=9"}, 21205),
        ({"url": "http://hotel.example/voice", "method": "PUT"}, 21209),
        ({"timeout": 601}, 21208),
        ({"timeout": "9" * 5000}, 21208),
        ({"status_callback": "nowhere"}, 21609),
        ({"send_digits": "12x"}, 21206),
        ({"twiml": f"<Response><!--{'x' * 4000}--></Response>"}, 32018),
        ({"machine_detection": "yes"}, 21234),
        ({"machine_detection": "Enable", "machine_detection_timeout": 60}, 21234),
    ],
)
async def test_what_create_refuses(world: World, options: dict[str, Any], code: int) -> None:
    world.twilio.closed.add("+1876")
    given = {"to": STAFF, "from_": HOTEL, "twiml": HELLO} | options
    error = await refused(client_of(world).calls.create, **given)
    assert (error.status, error.code) == (400, code)
    assert world.twilio.calls == {}


async def test_what_is_not_simulated_is_refused_loudly(world: World) -> None:
    error = await refused(client_of(world).calls.create, to=STAFF, from_=HOTEL, twiml=HELLO, byoc="BY0")
    assert (error.status, error.code) == (501, 0)


async def test_unknown_call_and_unknown_account_are_404(world: World) -> None:
    error = await refused(client_of(world).calls("CA" + "0" * 32).fetch)
    assert (error.status, error.code) == (404, 20404)
    async with aiohttp.ClientSession(headers=CREDENTIALS) as http:
        other = f"{world.twilio.base_url}/2010-04-01/Accounts/AC{'1' * 32}/Calls.json"
        async with http.get(other) as response:
            assert (response.status, (await response.json())["code"]) == (404, 20404)


async def test_the_error_body_has_twilios_shape(world: World) -> None:
    async with aiohttp.ClientSession() as http:
        url = f"{world.twilio.base_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"
        async with http.get(url) as response:
            assert response.status == 401
            assert await response.json() == {
                "code": 20003,
                "message": "Authenticate",
                "more_info": "https://www.twilio.com/docs/errors/20003",
                "status": 401,
            }


async def test_an_api_key_opens_the_account_that_it_is_of() -> None:
    key, secret = "SK" + "1" * 32, "a secret"
    async with a_world(api_keys={key: secret}) as world:
        world.twilio.people[STAFF] = Person(answers_after_s=1)

        def calls(secret: str, *account: str) -> Any:
            client = Client(key, secret, *account)
            client.api.base_url = world.twilio.base_url
            return client.calls

        order = {"to": STAFF, "from_": HOTEL, "twiml": HELLO}
        created = await asyncio.to_thread(calls(secret, ACCOUNT_SID).create, **order)
        assert created.sid in world.twilio.calls
        assert (await refused(calls(TOKEN, ACCOUNT_SID).create, **order)).code == 20003
        assert (await refused(calls(secret).create, **order)).code == 20404  # the key is taken for the account


async def test_a_wrong_token_is_401(world: World) -> None:
    error = await refused(client_of(world, "wrong").calls("CA" + "0" * 32).fetch)
    assert (error.status, error.code) == (401, 20003)


async def test_only_forms_are_understood(world: World) -> None:
    async with aiohttp.ClientSession(headers=CREDENTIALS) as http:
        url = f"{world.twilio.base_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"
        async with http.post(url, json={"To": STAFF}) as response:
            assert response.status == 415
        async with http.delete(url) as response:
            assert (response.status, (await response.json())["code"]) == (405, 20004)


async def test_list_filters_and_pages(world: World) -> None:
    for _ in range(5):
        await world.run("<Response/>")
    created = await create(world, twiml=HELLO)
    await world.twilio.calls[created.sid].ended()
    calls = client_of(world).calls
    everything = await asyncio.to_thread(calls.list, page_size=2)
    assert [call.sid for call in everything] == list(reversed(world.twilio.calls))
    assert [call.sid for call in await asyncio.to_thread(calls.list, to=STAFF)] == [created.sid]
    inbound = await asyncio.to_thread(calls.list, from_=CALLER, status="completed", limit=3)
    assert len(inbound) == 3


async def test_outbound_calls_start_at_the_rate_of_the_account() -> None:
    async with a_world(calls_per_second=1.0) as world:
        world.twilio.people[STAFF] = Person(answers_after_s=0)
        sids = [(await create(world, twiml=HELLO)).sid for _ in range(3)]
        records = [await world.twilio.calls[sid].ended() for sid in sids]
        answered = [record.answered_at for record in records if record.answered_at is not None]
        assert (answered[2] - answered[0]).total_seconds() > 1.5


async def test_a_call_that_waits_for_its_turn_has_no_date_yet() -> None:
    async with a_world(calls_per_second=1.0) as world:
        world.twilio.people[STAFF] = Person(answers_after_s=0)
        sid = [(await create(world, twiml=HELLO)).sid for _ in range(2)][-1]
        calls = client_of(world).calls
        (queued,) = await asyncio.to_thread(calls.list, status="queued")
        assert (queued.sid, queued.date_created, queued.date_updated, queued.start_time) == (sid, None, None, None)
        await world.twilio.calls[sid].ended()
        assert (await asyncio.to_thread(calls(sid).fetch)).date_created is not None


async def test_the_called_person_may_hang_up(world: World) -> None:
    async def annoyed(phone: Phone) -> None:
        await phone.agent_speaking()
        phone.hang_up()

    world.twilio.people[STAFF] = Person(answers_after_s=1, script=annoyed)
    created = await create(world, twiml="<Response><Say loop='0'>Buy a room</Say></Response>")
    record = await world.twilio.calls[created.sid].ended()
    assert (record.status, record.ended_by) == ("completed", "callee")


async def test_the_time_limit_ends_a_call(world: World) -> None:
    created = await create(world, twiml="<Response><Say loop='0'>Buy a room</Say></Response>", time_limit=2)
    record = await world.twilio.calls[created.sid].ended()
    assert (record.status, record.ended_by) == ("completed", "time_limit")


async def test_both_a_url_and_twiml_are_warned_of_and_the_url_wins(world: World) -> None:
    world.app.answers("/hello", HELLO)
    created = await create(world, url=f"{world.app.origin}/hello", twiml="<Response><Say>never</Say></Response>")
    call = world.twilio.calls[created.sid]
    await call.ended()
    assert (world.speaker.said, codes(call)) == (["Hello"], [32019])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_the_asynchronous_client_works_as_well(world: World) -> None:
    http = AsyncTwilioHttpClient(timeout=5)
    client = Client(ACCOUNT_SID, TOKEN, http_client=http)
    client.api.base_url = world.twilio.base_url
    try:
        waits = "<Response><Pause length='600'/></Response>"
        created = await client.calls.create_async(to=STAFF, from_=HOTEL, twiml=waits)
        call = world.twilio.calls[created.sid]
        await eventually(lambda: call.answered_at)
        # As many things at once as an application may ask of one call.
        recordings = [client.calls(call.sid).recordings.create_async() for _ in range(3)]
        assert len({recording.sid for recording in await asyncio.gather(*recordings)}) == 1
        updates = [client.calls(call.sid).update_async(status="completed") for _ in range(5)]
        done = await asyncio.gather(*updates, return_exceptions=True)
        assert [answer.code for answer in done if isinstance(answer, TwilioRestException)] == [21220] * 4
        await call.ended()
        assert [found.status for found in await client.calls.list_async()] == ["completed"]
    finally:
        await http.close()


async def test_a_call_is_forgotten_once_it_is_complete(world: World) -> None:
    call = await world.call("<Response><Pause length='60'/></Response>")
    calls = client_of(world).calls
    assert (await refused(calls(call.sid).delete)).code == 20009
    call.phone.hang_up()
    await call.ended()
    assert await asyncio.to_thread(calls(call.sid).delete)
    assert (await refused(calls(call.sid).fetch)).code == 20404
    assert await asyncio.to_thread(calls.list) == []
    assert world.twilio.calls[call.sid] is call


async def test_the_queue_of_calls_has_a_length_of_a_day() -> None:
    async with a_world(calls_per_second=1 / 3600 / 23) as world:
        world.twilio.people[STAFF] = Person(answers_after_s=None)
        waits = [(await create(world, twiml=HELLO)).queue_time for _ in range(2)]
        assert waits[0] == "0"
        assert 82_000_000 < int(waits[1]) <= 23 * 3_600_000
        assert (await refused(client_of(world).calls.create, to=STAFF, from_=HOTEL, twiml=HELLO)).code == 22005
        sids = list(world.twilio.calls)
        for sid in sids:
            await asyncio.to_thread(client_of(world).calls(sid).update, status="canceled")
        # Who is canceled while it waits does so at once: the queue is left in no time.
        assert [(await world.twilio.calls[sid].ended()).status for sid in sids] == ["canceled", "canceled"]
