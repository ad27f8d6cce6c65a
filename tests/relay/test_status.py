"""What /health, /ready and /stats say of a relay that takes calls, and what they keep to themselves."""

from __future__ import annotations

from typing import Any

import httpx

from relay import IS_COMPILED, stats
from tests.relay import house
from tests.relay.fake_responses import Say
from tests.relay.house import House, until
from tests.relay.phone import call, phone


async def get(home: House, path: str) -> tuple[int, dict[str, Any]]:
    async with httpx.AsyncClient() as http:
        answer = await http.get(f"http://127.0.0.1:{home.port}{path}")
    assert answer.headers["content-type"] == "application/json"
    body: dict[str, Any] = answer.json()
    return answer.status_code, body


async def test_an_idle_relay_is_alive_and_ready() -> None:
    async with house.running() as home:
        assert await get(home, "/health") == (200, {"status": "ok", "calls": 0})
        assert await get(home, "/ready") == (200, {"ready": True, "why": ""})


async def test_health_says_how_many_calls_there_are() -> None:
    async with house.running() as home, call(home.port):
        await home.engine.connection()
        assert await get(home, "/health") == (200, {"status": "ok", "calls": 1})


async def test_a_full_relay_is_alive_and_not_ready() -> None:
    async with house.running(MAX_CALLS="1") as home, call(home.port):
        await until(lambda: home.relay.house.bridges)
        assert await get(home, "/ready") == (503, {"ready": False, "why": "full"})
        assert (await get(home, "/health"))[0] == 200


async def test_a_relay_without_any_engine_is_not_ready_for_a_while() -> None:
    async with house.running(engines=2, ENGINE_KEY="of another account") as home:
        health = home.relay.house.stats.engines
        async with call(home.port) as line:
            assert await line.wait_closed() == 1000
        assert home.functions.thens == [{"v": 1, "attempt": 1, "reason": "engines_lost"}]
        assert await get(home, "/ready") == (503, {"ready": False, "why": "no_engine"})
        engines = (await get(home, "/stats"))[1]["engines"]
        assert {name: engine["reachable"] for name, engine in engines.items()} == {
            "engine-0": False,
            "engine-1": False,
        }
        assert all(engine["failures"] >= 1 for engine in engines.values())
        health._failed_ms["engine-0"] -= stats.FAILURE_IS_RECENT_MS
        assert (await get(home, "/ready"))[0] == 200, "it has to be tried again some time"


async def test_an_engine_that_serves_again_makes_it_ready() -> None:
    async with house.running() as home:
        home.relay.house.stats.engines.failed("engine-0", 1 << 60)
        assert (await get(home, "/ready"))[0] == 503
        async with call(home.port):
            await until(lambda: home.functions.turns)
            assert (await get(home, "/ready"))[0] == 200


async def test_stats_tell_how_long_a_call_waits_for_what() -> None:
    async with house.running() as home:
        home.engine.replies.append((Say("Good evening.", 600),))
        async with call(home.port) as line:
            await until(lambda: len(line.played) > 1600)
            _, told = await get(home, "/stats")
            await line.hang_up()
        await until(lambda: not home.relay.house.bridges)
        assert told["calls"] == 1
        assert told["compiled"] is IS_COMPILED
        assert told["stages_ms"]["start_to_session"]["count"] == 1
        assert told["stages_ms"]["start_to_first_audio"]["count"] == 1
        await until(lambda: home.relay.house.publisher.queued == 0)
        _, told = await get(home, "/stats")
        assert (told["calls"], told["events"]["queued"], told["events"]["dropped"]) == (0, 0, 0)
        assert told["events"]["published"] == len(home.functions.events)
        assert told["counts"]["ended_stopped"] == 1


async def test_the_loops_lag_is_measured_while_there_are_calls_and_only_then() -> None:
    async with house.running() as home:
        loop = home.relay.house.stats.loop
        assert loop._timer is None
        async with call(home.port) as line:
            await until(lambda: loop.lag_ms.count >= 2)
            assert (await get(home, "/stats"))[1]["loop_lag_ms"]["count"] >= 2
            await line.hang_up()
        await until(lambda: not home.relay.house.bridges)
        await until(lambda: loop._timer is None)


async def test_nothing_that_is_told_is_about_anybody() -> None:
    """Neither the number, nor a word that was said, nor an identifier of the call."""
    private = {"phone_number": "+12075550142", "call_sid": "CA1", "property": "west-bethel-motel"}
    async with house.running() as home:
        home.functions.session["metadata"] = {**private, "direction": "inbound", "language": "en"}
        home.engine.replies.append((Say("Good evening Mrs Miller.", 200),))
        async with call(home.port) as line:
            await line.press("5550142#")
            await line.send({"event": "a +12075550142", "streamSid": "MZ1"})
            await line.socket.send("{not json, 5550142")
            await until(lambda: home.functions.turns)
            await line.hang_up()
        async with phone(home.port) as line:
            await line.socket.send(b"\x00 5550142")
            await line.wait_closed()
        await until(lambda: not home.relay.house.bridges)
        for path in ("/health", "/ready", "/stats"):
            told = str(await get(home, path))
            for secret in ("5550142", "Miller", "CA1", "MZ1", "bethel", home.functions.session["session_id"], "token"):
                assert secret not in told, path
