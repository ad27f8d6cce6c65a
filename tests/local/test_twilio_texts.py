"""Text messages over the simulated Twilio's REST API, driven by the official client."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException  # type: ignore[import-untyped]

from local.twilio.texts import TextMessage
from tests.local.twilio_helpers import (
    ACCOUNT_SID,
    CALLER,
    CREDENTIALS,
    HOTEL,
    STAFF,
    World,
    a_world,
    client_of,
    eventually,
)

OTHER = "+12075550177"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


async def send(world: World, **options: Any) -> Any:
    wanted = {"to": CALLER, "from_": HOTEL, "body": "Your code is 48210937.", **options}
    return await asyncio.to_thread(client_of(world).messages.create, **wanted)


async def test_a_text_is_queued_and_then_delivered(world: World) -> None:
    created = await send(world)
    assert (created.status, created.direction, created.to, created.from_) == ("queued", "outbound-api", CALLER, HOTEL)
    assert created.sid.startswith("SM")
    assert [text.body for text in world.twilio.texts.sent] == ["Your code is 48210937."]

    async def status() -> str:
        return str((await asyncio.to_thread(client_of(world).messages(created.sid).fetch)).status)

    statuses = [await status()]
    for _ in range(200):
        if statuses[-1] == "delivered":
            break
        statuses.append(await status())
    assert statuses[-1] == "delivered"


@pytest.mark.parametrize(
    ("code", "options"),
    [
        (21211, {"to": "2075550142"}),
        (21212, {"from_": "hotel"}),
        (21659, {"from_": STAFF}),
        (21266, {"to": HOTEL}),
        (21602, {"body": ""}),
        (21603, {"from_": ""}),
        (21604, {"to": ""}),
        (21617, {"body": "x" * 1601}),
        (21610, {"to": "+12075550101"}),
        (21635, {"to": "+12075550102"}),
        (21408, {"to": "+18765550103"}),
    ],
)
async def test_what_twilio_refuses_is_refused_with_its_code(world: World, code: int, options: dict[str, str]) -> None:
    world.twilio.texts.opted_out.add((HOTEL, "+12075550101"))
    world.twilio.texts.landlines.add("+12075550102")
    world.twilio.texts.closed.add("+1876")
    with pytest.raises(TwilioRestException) as refused:
        await send(world, **options)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert world.twilio.texts.sent == []


@pytest.mark.parametrize("field", ["media_url", "messaging_service_sid", "content_sid"])
async def test_what_is_not_simulated_is_not_passed_over(world: World, field: str) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await send(world, **{field: "https://example.com/x"})
    assert refused.value.status == 501


async def test_an_unknown_text_is_20404(world: World) -> None:
    with pytest.raises(TwilioRestException) as refused:
        await asyncio.to_thread(client_of(world).messages("SM" + "0" * 32).fetch)
    assert (refused.value.status, refused.value.code) == (404, 20404)


async def test_texts_are_listed_newest_first_page_by_page_and_by_number(world: World) -> None:
    for number in range(5):
        await send(world, body=f"text {number}", to=OTHER if number == 2 else CALLER)
    messages = client_of(world).messages
    listed = await asyncio.to_thread(messages.list, page_size=2)
    assert [text.body for text in listed] == [f"text {number}" for number in (4, 3, 2, 1, 0)]
    [only] = await asyncio.to_thread(messages.list, to=OTHER, from_=HOTEL)
    assert (only.body, only.num_segments) == ("text 2", "1")
    assert await asyncio.to_thread(messages.list, from_=STAFF) == []


async def test_texts_are_listed_by_when_they_were_sent(world: World) -> None:
    await send(world)
    clock, texts = world.twilio.exchange.clock, world.twilio.texts
    await eventually(lambda: texts.sent[0].sent_at(clock.utc()) is not None)
    now, messages = clock.utc(), client_of(world).messages
    assert len(await asyncio.to_thread(messages.list, date_sent=now)) == 1
    assert len(await asyncio.to_thread(messages.list, date_sent_after=now - timedelta(hours=1))) == 1
    assert await asyncio.to_thread(messages.list, date_sent_after=now + timedelta(hours=1)) == []
    assert await asyncio.to_thread(messages.list, date_sent_before=now - timedelta(hours=1)) == []


async def test_a_wrong_token_and_a_wrong_body_are_refused(world: World) -> None:
    with pytest.raises(TwilioException, match=r'401 {"code": 20003'):
        await asyncio.to_thread(client_of(world, "wrong").messages.list)
    url = f"{world.twilio.base_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    async with aiohttp.ClientSession() as http:
        async with http.post(url, headers=CREDENTIALS, json={"To": CALLER}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (415, 20415)


@pytest.mark.parametrize(
    ("body", "segments"),
    [("x" * 160, 1), ("x" * 161, 2), ("x" * 307, 3), ("€" * 80, 1), ("€" * 81, 2), ("í" * 70, 1), ("í" * 71, 2)],
)
def test_segments_are_counted_as_networks_do(body: str, segments: int) -> None:
    assert TextMessage("SM1", HOTEL, CALLER, body, datetime(2026, 11, 20, tzinfo=UTC)).segments == segments
