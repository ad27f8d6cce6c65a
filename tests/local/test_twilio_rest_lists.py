"""Lists of the REST API: what they are narrowed to, their pages, and what they refuse."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime, timedelta

import aiohttp
import pytest

from local.twilio.filters import in_time, only
from local.twilio.forms import ApiError
from tests.local.twilio_helpers import ACCOUNT_SID, CALLER, HOTEL, TOKEN, World, a_world, client_of, in_thread

NOON = datetime(2026, 11, 21, 12, 0, 0, 500_000, UTC)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


async def get(world: World, path: str, **query: str) -> tuple[int, int]:
    """The status and the code of an answer."""
    credentials = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, TOKEN)}
    url = f"{world.twilio.base_url}/2010-04-01/Accounts/{ACCOUNT_SID}/{path}.json"
    async with aiohttp.ClientSession(headers=credentials) as http, http.get(url, params=query) as response:
        return response.status, (await response.json()).get("code", 0)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ({}, True),
        ({"At": "2026-11-21"}, True),
        ({"At": "2026-11-20"}, False),
        ({"At": "2026-11-21T23:59:59Z"}, True),
        ({"At<": "2026-11-21T12:00:00Z"}, True),
        ({"At<": "2026-11-21T11:59:59Z"}, False),
        ({"At<": "2026-11-21"}, False),
        ({"At>": "2026-11-21"}, True),
        ({"At>": "2026-11-21T12:00:01"}, False),
        ({"At>": "2026-11-21T13:00:00+01:00"}, True),
        ({"At>": "2026-11-20", "At<": "2026-11-22"}, True),
        ({"At>": "2026-11-20", "At<": "2026-11-21"}, False),
        ({"Other": "2026-11-20"}, True),
    ],
)
def test_moments_are_compared_as_documented(query: Mapping[str, str], fits: bool) -> None:
    assert in_time(query, "At")(NOON) is fits
    assert in_time(query, "At")(None) is not bool(set(query) - {"Other"})


def test_what_is_no_date_or_no_known_filter_is_refused() -> None:
    for query in ({"At": "yesterday"}, {"At<": ""}, {"At>": "2026-13-01"}):
        with pytest.raises(ApiError) as error:
            in_time(query, "At")
        assert error.value.code == 20001
    only({"To": "1", "At<": "x", "PageSize": "1"}, "To", moments=("At",))
    for unknown in ("From", "At!", "pagesize"):
        with pytest.raises(ApiError) as error:
            only({unknown: "1"}, "To", moments=("At",))
        assert error.value.status == 501


async def test_calls_are_found_by_the_time_of_their_start_and_end(world: World) -> None:
    early = await world.run("<Response><Say>Hello</Say><Pause length='20'/></Response>")
    late = await world.call("<Response><Say>Hello</Say><Pause length='600'/></Response>")
    await late.phone.agent_speaking()
    calls = client_of(world).calls
    assert early.answered_at is not None
    assert early.ended_at is not None

    async def found(**query: datetime | date) -> list[str]:
        return [call.sid for call in await in_thread(calls.list, **query)]

    assert early.call_sid in await found(start_time=early.answered_at.date())
    assert await found(start_time_before=early.answered_at) == [early.call_sid]
    assert await found(start_time_after=early.ended_at) == [late.sid]
    assert await found(end_time_after=early.ended_at) == [early.call_sid]
    assert await found(end_time_before=early.ended_at - timedelta(seconds=5)) == []
    late.phone.hang_up()
    await late.ended()


async def test_texts_and_recordings_are_found_by_their_time(world: World) -> None:
    client = client_of(world)
    sent = await in_thread(client.messages.create, to=CALLER, from_=HOTEL, body="hello")
    call = await world.call("<Response><Say>Hello</Say><Pause length='600'/></Response>")
    await call.phone.agent_speaking()
    recording = await in_thread(client.calls(call.sid).recordings.create)
    call.phone.hang_up()
    await call.ended()
    now = world.twilio.exchange.clock.utc()
    past, future = now - timedelta(days=2), now + timedelta(days=2)
    assert [text.sid for text in await in_thread(client.messages.list, date_sent_after=past)] == [sent.sid]
    assert await in_thread(client.messages.list, date_sent_before=past) == []
    for recordings in (client.recordings, client.calls(call.sid).recordings):
        found = await in_thread(recordings.list, date_created_before=future, date_created_after=past)
        assert [one.sid for one in found] == [recording.sid]
        assert await in_thread(recordings.list, date_created_after=future) == []


async def test_conferences_are_found_by_their_time(world: World) -> None:
    await world.run("<Response><Dial timeLimit='1'><Conference waitUrl=''>room</Conference></Dial></Response>")
    conferences = client_of(world).conferences
    today = world.twilio.exchange.clock.utc().date()
    for name in ("date_created", "date_updated"):
        found = await in_thread(conferences.list, **{f"{name}_after": today - timedelta(days=1)})
        assert [room.friendly_name for room in found] == ["room"]
        assert await in_thread(conferences.list, **{f"{name}_before": today - timedelta(days=1)}) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"PageSize": "0"}, 20001),
        ({"PageSize": "-1"}, 20001),
        ({"PageSize": "many"}, 20001),
        ({"PageSize": "٣"}, 20001),
        ({"PageSize": "9" * 5000}, 20001),
        ({"PageSize": "1001"}, 20007),
        ({"Page": "-1"}, 20001),
        ({"Page": "x"}, 20001),
    ],
)
async def test_pages_that_there_cannot_be_are_refused(world: World, query: dict[str, str], code: int) -> None:
    for path in ("Calls", "Messages", "Recordings", "Conferences", "Queues"):
        assert await get(world, path, **query) == (400, code)


async def test_filters_that_are_not_known_are_never_ignored(world: World) -> None:
    answers = await asyncio.gather(
        *(get(world, path, Colour="blue") for path in ("Calls", "Messages", "Recordings", "Conferences", "Queues"))
    )
    assert answers == [(501, 0)] * 5
    assert await get(world, "Calls", StartTime="soon") == (400, 20001)
    assert await get(world, "Calls", Page="7") == (200, 0)
