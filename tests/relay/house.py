"""A relay in this process between the three fakes, with helpers to wait for what must come."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from relay import audio_path
from relay.app import Relay
from relay.config import read_settings
from tests.relay.fake_engine import KEY, FakeEngine
from tests.relay.fake_functions import SECRET, FakeFunctions
from tests.relay.phone import AUTH_TOKEN, MEDIA_ORIGIN


@dataclass
class House:
    relay: Relay
    functions: FakeFunctions
    engines: list[FakeEngine] = field(default_factory=list)

    @property
    def port(self) -> int:
        return self.relay.port

    @property
    def engine(self) -> FakeEngine:
        return self.engines[0]

    def count(self, name: str) -> int:
        return self.relay.house.counts[name]


async def until(condition: Callable[[], Any], timeout_s: float = 5) -> None:
    """Wait until something is so; fail when it is not in time."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - the conditions are state of the fakes, not events
            await asyncio.sleep(0.005)


def assert_nothing_refused(engine: FakeEngine) -> None:
    """A response may end while its cancellation is on the way: the service says so, and nobody did anything wrong."""
    assert engine.off_the_wire == []
    assert [error for error in engine.errors if error[0] != "response_cancel_not_active"] == []


def environment(functions: FakeFunctions, engines: list[FakeEngine], **changes: str) -> dict[str, str]:
    listed = " ".join(f"engine-{n}=realtime:{engine.url}" for n, engine in enumerate(engines))
    keys = {f"ENGINE_AUTH_ENGINE_{n}": "bearer:ENGINE_KEY" for n in range(len(engines))}
    return {
        "HOST": "127.0.0.1",
        "PORT": "0",
        "MEDIA_ORIGIN": MEDIA_ORIGIN,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TOOLS_URL": functions.origin,
        "SERVICE_AUTH": "secret",
        "SERVICE_SECRET": SECRET,
        "ENGINES": listed,
        "ENGINE_KEY": KEY,
        "PUBSUB_ORIGIN": functions.origin,
        "PUBSUB_PROJECT": "test",
        "PUBSUB_AUTH": "none",
        "SPARE_ENGINES": "0",
        **keys,
        **changes,
    }


@contextmanager
def one_clock() -> Iterator[None]:
    """Calls go by the loop's clock, as their peers here do: what the one does not count, the others must not either."""
    loop = asyncio.get_running_loop()
    with _calls_go_by(lambda: int(loop.time() * 1e9)):
        yield


@contextmanager
def stopped_clock() -> Iterator[None]:
    """Calls see no time pass: what is done here at once may take a busy machine as long as it likes."""
    stopped = time.monotonic_ns()
    with _calls_go_by(lambda: stopped):
        yield


@contextmanager
def _calls_go_by(monotonic_ns: Callable[[], int]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic_ns", monotonic_ns)
        patch.setattr(audio_path, "monotonic_ns", monotonic_ns)
        yield


@asynccontextmanager
async def running(*, engines: int = 1, recordings: Path | None = None, **changes: str) -> AsyncIterator[House]:
    """Everything started; at the end nothing of any call may be left."""
    if recordings is not None:
        changes["RECORDINGS"] = recordings.as_uri()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(one_clock())
        functions = await stack.enter_async_context(FakeFunctions().running())
        fakes = [await stack.enter_async_context(FakeEngine().running()) for _ in range(engines)]
        relay = Relay(read_settings(environment(functions, fakes, **changes)))
        tasks_before = asyncio.all_tasks()
        await relay.start()
        house = House(relay, functions, fakes)
        try:
            yield house
            await until(lambda: not relay.house.bridges)
            assert relay.house.counts["bugs"] == 0
            assert functions.problems == []
            for fake in fakes:
                assert_nothing_refused(fake)
        finally:
            await relay.drain()
        await until(lambda: not any(fake.open_connections for fake in fakes))
        assert relay.house.pacer._timer is None or not relay.house.pacer._paced
        left = {task for task in asyncio.all_tasks() - tasks_before if not _is_servers(task)}
        assert not left, left


def _is_servers(task: asyncio.Task[Any]) -> bool:
    """Whether the task belongs to a fake's server, not to the relay."""
    return "relay/" not in str(task.get_coro()) or "tests/relay" in str(task.get_coro())
