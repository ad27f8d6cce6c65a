"""Who is heard when, and what becomes of an utterance whose worker is gone: the pool over workers that obey orders.

The worker here is a small program that speaks the real one's messages. It answers with what it was fed, and takes some
first bytes of an utterance as orders.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from speech.recognizer.pool import PooledUtterance, WorkerPool
from speech.stt import RecogniserError

PROGRAM = """
import json, os, sys, time
from speech.recognizer.messages import AUDIO, FINISH, OPEN, receive
out = sys.stdout.buffer
def send(line):
    out.write(json.dumps(line).encode() + b"\\n")
    out.flush()
send({"ready": True})
while received := receive(sys.stdin.buffer):
    kind, body = received
    if kind == OPEN:
        heard = b""
    elif kind == AUDIO:
        heard += body
        if heard[:2] == b"die!"[:2] and heard:
            os._exit(3)
        if heard[:2] == b"slow"[:2]:
            time.sleep(0.3)
    elif kind == FINISH:
        send({"text": heard.decode()[:99], "agreed": True, "duration_ms": len(heard)})
"""
OBEDIENT = (sys.executable, "-c", PROGRAM)

MakePool = Callable[..., Awaitable[WorkerPool]]


@pytest.fixture
async def make_pool() -> AsyncIterator[MakePool]:
    pools = []

    async def make(workers: int, program: tuple[str, ...] = OBEDIENT) -> WorkerPool:
        pool = WorkerPool(workers, program)
        pools.append(pool)
        await pool.start()
        return pool

    yield make
    for pool in pools:
        await pool.close()


async def say(pool: WorkerPool, *pieces: bytes) -> PooledUtterance:
    utterance = await pool.open("open", 8000)
    for piece in pieces:
        utterance.feed(piece)
    return utterance


async def heard(utterance: PooledUtterance) -> str:
    return (await asyncio.wait_for(utterance.finish(), 10)).text


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_what_was_fed_is_heard_whole_and_in_order(make_pool: MakePool) -> None:
    assert await heard(await say(await make_pool(1), b"a room ", b"please")) == "a room please"


async def test_more_callers_than_workers_are_all_heard(make_pool: MakePool) -> None:
    pool = await make_pool(2)
    utterances = [await say(pool, b"caller %02d" % n) for n in range(20)]
    assert await asyncio.gather(*map(heard, utterances)) == [f"caller {n:02d}" for n in range(20)]


async def test_who_is_done_goes_before_who_still_talks(make_pool: MakePool) -> None:
    pool = await make_pool(1)
    talking = await say(pool, b"first half ")
    assert await heard(await say(pool, b"done")) == "done"
    talking.feed(b"second half")
    assert await heard(talking) == "first half second half"


async def test_a_cancelled_utterance_frees_its_worker_and_is_no_answer(make_pool: MakePool) -> None:
    pool = await make_pool(1)
    cancelled = await say(pool, b"never mind")
    await cancelled.cancel()
    await cancelled.cancel()
    cancelled.feed(b"more")
    assert await heard(cancelled) == ""
    assert await heard(await say(pool, b"next")) == "next"


async def test_an_answer_to_someone_who_left_reaches_nobody_else(make_pool: MakePool) -> None:
    pool = await make_pool(1)
    leaving = await say(pool, b"slow one")
    finishing = asyncio.create_task(leaving.finish())
    await asyncio.sleep(0)
    await leaving.cancel()
    assert (await finishing).text == ""
    assert await heard(await say(pool, b"next")) == "next"


async def test_finishing_after_giving_up_waiting_still_answers(make_pool: MakePool) -> None:
    utterance = await say(await make_pool(1), b"slow one")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(utterance.finish(), 0.01)
    assert await heard(utterance) == "slow one"


async def test_a_worker_that_dies_is_replaced_and_its_utterance_not_understood(make_pool: MakePool) -> None:
    pool = await make_pool(1)
    (before,) = pool.pids
    lost = await say(pool, b"die!")
    assert await heard(lost) == ""
    assert await heard(await say(pool, b"next")) == "next"
    assert pool.pids != [before]
    assert is_gone(before)


async def test_a_worker_killed_while_the_caller_talks_loses_that_utterance_alone(make_pool: MakePool) -> None:
    pool = await make_pool(2)
    utterances = [await say(pool, b"one"), await say(pool, b"two")]
    os.kill(pool.pids[0], signal.SIGKILL)
    assert sorted([await heard(one) for one in utterances]) == ["", "two"]


async def test_a_worker_that_does_not_answer_is_killed(make_pool: MakePool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("speech.recognizer.place._ANSWER_TIMEOUT_S", 0.1)
    pool = await make_pool(1)
    assert await heard(await say(pool, b"sl", b"ow")) == ""
    assert await heard(await say(pool, b"next")) == "next"


async def test_closing_leaves_no_process_and_no_one_waiting(make_pool: MakePool) -> None:
    pool = await make_pool(2)
    utterances = [await say(pool, b"slow %d" % n) for n in range(4)]
    waiting = [asyncio.create_task(heard(utterance)) for utterance in utterances]
    await asyncio.sleep(0.05)
    pids = pool.pids
    await pool.close()
    assert await asyncio.gather(*waiting) == ["", "", "", ""]
    assert all(map(is_gone, pids))
    assert await heard(await say(pool, b"too late")) == ""


async def test_a_worker_that_cannot_start_is_an_error() -> None:
    pool = WorkerPool(2, (sys.executable, "-c", "raise SystemExit(1)"))
    with pytest.raises(RecogniserError):
        await pool.start()
    assert pool.pids == []


async def test_when_no_worker_comes_back_nobody_waits_for_one(make_pool: MakePool, tmp_path: Path) -> None:
    mark = str(tmp_path / "started")
    once = f"import os; os.path.exists({mark!r}) and os._exit(1); open({mark!r}, 'w')\n{PROGRAM}"
    pool = await make_pool(1, (sys.executable, "-c", once))
    os.kill(pool.pids[0], signal.SIGKILL)
    assert await heard(await say(pool, b"anyone")) == ""


@pytest.mark.parametrize(("state", "rate_hz"), [("spell", 8000), ("open", 11025)])
async def test_unknown_states_and_rates_are_refused(make_pool: MakePool, state: str, rate_hz: int) -> None:
    pool = await make_pool(1)
    with pytest.raises(ValueError, match="cannot hear"):
        await pool.open(state, rate_hz)  # type: ignore[arg-type]


async def test_nobody_is_listened_to_for_ever(make_pool: MakePool) -> None:
    pool = await make_pool(1)
    endless = await pool.open("open", 8000)
    for _ in range(40):
        endless.feed(b"a" * 16000)
    assert (await endless.finish()).duration_ms == 30 * 16000  # this worker counts bytes


async def test_a_worker_that_talks_nonsense_is_replaced(make_pool: MakePool) -> None:
    nonsense = PROGRAM.replace('"agreed": True', '"mood": 1')
    pool = await make_pool(1, (sys.executable, "-c", nonsense))
    (before,) = pool.pids
    assert await heard(await say(pool, b"anyone")) == ""
    assert pool.pids != [before]


def test_workers_do_not_outlive_a_killed_parent() -> None:
    program = """
import asyncio
from speech.recognizer.pool import WorkerPool
async def main():
    pool = WorkerPool(1)
    await pool.start()
    print(*pool.pids, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=root) as parent:
        assert parent.stdout is not None
        (pid,) = map(int, parent.stdout.readline().split())
        parent.kill()
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists() or ") Z " in Path(f"/proc/{pid}/stat").read_text():
            return
        time.sleep(0.05)
    pytest.fail(f"worker {pid} still runs")
