"""Replays and forgeries against applications that take care, and against some that do not."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from local import replay
from local.replay import Replay
from local.twilio import NumberSettings, SimulatedTwilio, ToneSpeaker

TOKEN, CALLER, CALLED = "a token", "+12075550177", "+12072203501"
SESSION_ID = "sess_1"
SAY = "<Response><Say>Goodbye.</Say></Response>"


class Application:
    """Answers calls and keeps a row for each request, of a CallSid and a path once."""

    def __init__(self, database: Path, *, checks: bool = True, once: bool = True) -> None:
        self.origin = ""
        self._path, self._checks, self._once = database, checks, once
        with sqlite3.connect(database) as rows:
            rows.execute("CREATE TABLE seen (what TEXT, session_id TEXT)")

    async def hook(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        signature = request.headers.get("X-Twilio-Signature", "")
        if self._checks and not RequestValidator(TOKEN).validate(f"{self.origin}{request.path}", form, signature):
            return web.Response(status=403)
        with sqlite3.connect(self._path) as rows:
            what = (f"{request.path} {form['CallStatus']}", SESSION_ID)
            if not self._once or not rows.execute("SELECT * FROM seen WHERE what = ?", what[:1]).fetchall():
                rows.execute("INSERT INTO seen VALUES (?, ?)", what)
        return web.Response(text=SAY, content_type="text/xml")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        app = web.Application()
        app.router.add_post("/{hook}", self.hook)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            await runner.cleanup()


async def complaints(application: Application, database: Path, meanwhile: Callable[[Any], None]) -> list[str]:
    """What is found of a call that the application has answered."""
    async with application.running():
        hooks = NumberSettings(f"{application.origin}/inbound", status_callback=f"{application.origin}/status")
        twilio = SimulatedTwilio(
            account_sid="AC" + "0" * 32, auth_token=TOKEN, numbers={CALLED: hooks}, speaker=ToneSpeaker()
        )
        await twilio.start()
        try:
            call = await twilio.place_call(from_=CALLER, to=CALLED)
            await call.ended()
            stack: Any = SimpleNamespace(
                twilio=twilio, pubsub=PubSub(meanwhile, twilio), wiring=SimpleNamespace(sqlite_path=database)
            )
            return await Replay(stack, SESSION_ID, [call], CALLER).complaints()
        finally:
            await twilio.stop()


class PubSub:
    """Nothing is under way; the second time that is asked, something has happened."""

    def __init__(self, meanwhile: Callable[[Any], None], twilio: SimulatedTwilio) -> None:
        self._meanwhile, self._twilio, self._asked = meanwhile, twilio, 0

    async def drained_for(self, session_id: str, seconds: float) -> bool:
        self._asked += 1
        if self._asked == 2:
            self._meanwhile(self._twilio)
        return True


def nothing(_: SimulatedTwilio) -> None:
    pass


def a_text(twilio: SimulatedTwilio) -> None:
    twilio.texts.send(CALLED, CALLER, "Hello?", direction="outbound-reply")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "SETTLED_S", 0.01)


async def test_who_checks_signatures_and_does_nothing_twice_has_no_complaints(tmp_path: Path) -> None:
    database = tmp_path / "store.sqlite3"
    assert await complaints(Application(database), database, nothing) == []


async def test_a_replay_that_is_carried_out_is_told(tmp_path: Path) -> None:
    database = tmp_path / "store.sqlite3"
    found = await complaints(Application(database, once=False), database, nothing)
    assert found == ["requests that were replayed or forged changed rows of seen"]


async def test_a_forgery_that_is_answered_is_told(tmp_path: Path) -> None:
    database = tmp_path / "store.sqlite3"
    found = await complaints(Application(database, checks=False), database, nothing)
    kinds = ["without a signature", "signed with another token", "with other fields than were signed"]
    assert [complaint.partition(", ")[2] for complaint in found] == [f"{k}, was answered 200" for k in kinds] * 2


async def test_a_text_that_comes_of_it_is_told(tmp_path: Path) -> None:
    database = tmp_path / "store.sqlite3"
    found = await complaints(Application(database), database, a_text)
    assert found == ["after requests that were replayed or forged somebody was called or written to"]
