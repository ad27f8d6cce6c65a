"""What no client of Twilio's sends: bodies that are no forms, too large, or not in UTF-8; sids of nothing."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.local.twilio_helpers import ACCOUNT_SID, CALLER, HOTEL, STAFF, TOKEN, World, a_world, client_of, in_thread

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ACCOUNT = f"/2010-04-01/Accounts/{ACCOUNT_SID}"
NOBODY = "0" * 32


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        yield world


async def post(world: World, path: str, body: bytes, **headers: str) -> tuple[int, int]:
    """The status and the code of the answer."""
    sent = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, TOKEN), **FORM, **headers}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{world.twilio.base_url}{ACCOUNT}/{path}", data=body, headers=sent) as response:
            answer = await response.json()
            assert answer["status"] == response.status
            assert answer["more_info"].endswith(f"/{answer['code']}")
            return response.status, answer["code"]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"", (400, 21201)),
        (b"To=%ff%fe", (400, 20001)),
        (b"To=\xff\xfe", (400, 20001)),
        (b"&".join(b"A%d=1" % number for number in range(1001)), (400, 20001)),
        (b"To", (400, 21201)),
        (b"To=%00", (400, 21211)),
        ("To=+٣٣٣٣٣٣٣٣٣٣".encode(), (400, 21211)),
        (b"Body=" + b"x" * (1 << 20), (413, 20413)),
        (f"To={STAFF}&To={CALLER}".replace("+", "%2B").encode(), (400, 21213)),
    ],
)
async def test_a_body_that_makes_no_sense_is_refused_and_nothing_happens(
    world: World, body: bytes, answer: tuple[int, int]
) -> None:
    assert await post(world, "Calls.json", body) == answer
    assert world.twilio.calls == {}
    # The account goes on as if nothing had been.
    sent = await in_thread(client_of(world).messages.create, to=CALLER, from_=HOTEL, body="hello")
    assert sent.status == "queued"


async def test_a_charset_is_not_believed(world: World) -> None:
    body = f"To={CALLER}&From={HOTEL}&Body=se%C3%B1or".replace("+", "%2B").encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded; charset=klingon"}
    sent = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, TOKEN), **kind}
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{world.twilio.base_url}{ACCOUNT}/Messages.json", data=body, headers=sent) as response:
            assert response.status == 201
    assert world.twilio.texts.sent[0].body == "señor"


@pytest.mark.parametrize(
    "path",
    [
        f"Calls/CA{NOBODY}.json",
        "Calls/..%2f..%2fetc.json",
        f"Calls/CA{NOBODY}/Recordings.json",
        f"Calls/CA{NOBODY}/Recordings/Twilio.CURRENT.json",
        f"Calls/CA{NOBODY}/Streams.json",
        f"Calls/CA{NOBODY}/Streams/MZ{NOBODY}.json",
        f"Conferences/CF{NOBODY}.json",
        f"Conferences/CF{NOBODY}/Participants.json",
        f"Conferences/CF{NOBODY}/Participants/CA{NOBODY}.json",
        f"Conferences/CF{NOBODY}/Recordings/RE{NOBODY}.json",
        f"Messages/SM{NOBODY}.json",
        f"Queues/QU{NOBODY}.json",
        f"Queues/QU{NOBODY}/Members/Front.json",
        "Faxes.json",
    ],
)
async def test_what_does_not_exist_is_20404(world: World, path: str) -> None:
    assert await post(world, path, b"Status=completed") == (404, 20404)
