"""The REST API, driven by the official client and by raw requests."""

import asyncio
from collections.abc import AsyncIterator
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
    HOTEL,
    STAFF,
    TOKEN,
    VOICE,
    Answer,
    World,
    a_world,
    client_of,
    codes,
    eventually,
    refused,
)

CREDENTIALS = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, TOKEN)}
HELLO = "<Response><Say>Hello</Say></Response>"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world(calls_per_second=100.0) as world:
        world.twilio.people[STAFF] = Person(answers_after_s=1)
        world.app.answers("/status", Answer(status=204, body=""))
        yield world


async def create(world: World, **options: Any) -> Any:
    return await asyncio.to_thread(client_of(world).calls.create, **({"to": STAFF, "from_": HOTEL} | options))


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


async def test_update_with_twiml_replaces_what_the_call_is_doing(world: World) -> None:
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    twiml = "<Response><Say>changed</Say></Response>"
    updated = await asyncio.to_thread(client_of(world).calls(call.sid).update, twiml=twiml)
    assert updated.status == "in-progress"
    await call.ended()
    assert world.speaker.said == ["for ever", "changed"]


async def test_update_with_a_url_stops_a_media_stream(world: World) -> None:
    world.app.answers("/next", HELLO)
    call = await world.call(world.connect(action="/never"))
    await eventually(lambda: world.media.events("media"))
    await asyncio.to_thread(client_of(world).calls(call.sid).update, url=f"{world.app.origin}/next", method="GET")
    await call.ended()
    assert world.media.order == ["connected", "start", "media", "stop"]
    assert world.app.got("/never") == []
    assert world.speaker.said == ["Hello"]
    assert codes(call) == []


async def test_update_while_two_phones_are_bridged_asks_the_action_and_ignores_it(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=1, says=VOICE * 500)
    world.app.answers("/dialled", "<Response><Say>ignored</Say></Response>")
    call = await world.call(f'<Response><Dial action="/dialled">{STAFF}</Dial></Response>')
    await call.phone.agent_speaking()
    await asyncio.to_thread(client_of(world).calls(call.sid).update, twiml=HELLO)
    record = await call.ended()
    assert world.app.got("/dialled")[0]["DialCallStatus"] == "completed"
    assert world.speaker.said == ["Hello"]
    assert record.children[0].status == "completed"


async def test_status_completed_hangs_up(world: World) -> None:
    call = await world.call(world.connect(action="/ended"))
    world.app.answers("/ended", "<Response/>")
    await eventually(lambda: world.media.events("media"))
    await asyncio.to_thread(client_of(world).calls(call.sid).update, status="completed")
    record = await call.ended()
    assert (record.status, record.ended_by) == ("completed", "api")
    assert world.media.order[-1] == "stop"


async def test_status_canceled_ends_a_call_that_still_rings(world: World) -> None:
    world.twilio.people[STAFF] = Person(answers_after_s=None)
    created = await create(world, twiml=HELLO)
    call = world.twilio.calls[created.sid]
    await eventually(lambda: call.status == "ringing")
    await asyncio.to_thread(client_of(world).calls(created.sid).update, status="canceled")
    record = await call.ended()
    assert (record.status, record.ended_by) == ("canceled", "api")


async def test_updates_in_the_wrong_state_are_refused(world: World) -> None:
    calls = client_of(world).calls
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    assert (await refused(calls(call.sid).update, status="canceled")).code == 21220
    assert (await refused(calls(call.sid).update, status="ringing")).code == 20001
    assert (await refused(calls(call.sid).update, twiml=HELLO, url="http://a.example/")).code == 21205
    call.phone.hang_up()
    await call.ended()
    for change in ({"twiml": HELLO}, {"status": "completed"}):
        error = await refused(calls(call.sid).update, **change)
        assert (error.status, error.code) == (400, 21220)
    ringing = await world.call(Answer(HELLO, delay_s=0.2))
    assert (await refused(calls(ringing.sid).update, twiml=HELLO)).code == 21220


async def test_inline_twiml_with_a_relative_url_fails_when_it_runs(world: World) -> None:
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    twiml = f"<Response><Dial action='/dialled'>{STAFF}</Dial></Response>"
    await asyncio.to_thread(client_of(world).calls(call.sid).update, twiml=twiml)
    await call.ended()
    assert codes(call) == [15004]


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


async def test_an_update_changes_who_hears_of_the_call_and_what_is_its_fallback(world: World) -> None:
    world.app.answers("/hello", Answer(status=500))
    world.app.answers("/rescue", "<Response><Say>rescued</Say></Response>")
    world.app.answers("/other", Answer(status=204, body=""))
    created = await create(world, twiml="<Response><Pause length='600'/></Response>")
    call = world.twilio.calls[created.sid]
    await eventually(lambda: call.answered_at)
    origin = world.app.origin
    changes = {"url": f"{origin}/hello", "fallback_url": f"{origin}/rescue", "status_callback": f"{origin}/other"}
    await asyncio.to_thread(client_of(world).calls(created.sid).update, **changes)
    await call.ended()
    assert world.speaker.said == ["rescued"]
    assert [fields["CallStatus"] for fields in world.app.got("/other")] == ["completed"]


async def test_an_update_without_new_instructions_changes_no_url(world: World) -> None:
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    await asyncio.to_thread(client_of(world).calls(call.sid).update, status_callback=f"{world.app.origin}/other")
    call.phone.hang_up()
    await call.ended()
    assert (len(world.app.got("/other")), len(world.app.got("/status"))) == (0, 1)


async def test_the_time_limit_of_a_live_call_can_be_changed(world: World) -> None:
    created = await create(world, twiml="<Response><Pause length='600'/></Response>")
    call = world.twilio.calls[created.sid]
    await eventually(lambda: call.answered_at)
    assert (await refused(client_of(world).calls(call.sid).update, time_limit=14401)).code == 21208
    await asyncio.to_thread(client_of(world).calls(call.sid).update, time_limit=3)
    record = await call.ended()
    assert (record.ended_by, codes(call)) == ("time_limit", [32015])
    assert record.duration_s < 60


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


async def test_of_two_updates_at_once_the_later_one_is_carried_out(world: World) -> None:
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    update = client_of(world).calls(call.sid).update
    documents = [f"<Response><Say loop='0'>update {number}</Say></Response>" for number in range(4)]
    await asyncio.gather(*(asyncio.to_thread(update, twiml=document) for document in documents))
    await eventually(lambda: len(world.speaker.said) > 1)
    twiml = "<Response><Say>the last one</Say></Response>"
    await asyncio.to_thread(update, twiml=twiml)
    await call.ended()
    assert world.speaker.said[-1] == "the last one"
    assert codes(call) == []


async def test_a_call_that_is_told_to_end_takes_no_more_updates(world: World) -> None:
    world.app.answers("/status", Answer(status=204, body="", delay_s=0.2))
    call = await world.call("<Response><Say loop='0'>for ever</Say></Response>")
    await call.phone.agent_speaking()
    update = client_of(world).calls(call.sid).update
    await asyncio.to_thread(update, status="completed")
    for change in ({"twiml": HELLO}, {"status": "completed"}, {"time_limit": 60}):
        assert (await refused(update, **change)).code == 21220
    assert (await refused(client_of(world).calls(call.sid).recordings.create)).code == 21220
    await call.ended()
    assert world.speaker.said == ["for ever"]


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
