"""Real child processes, small ones."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import aiohttp
import psutil
import pytest

from local import ports
from local.errors import ProcessFailed
from local.process import Command, Process, Reaper, last_lines

ROOT = Path(__file__).resolve().parents[2]

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
PARENT_OF_A_STUBBORN_CHILD = """
import signal, subprocess, sys, time
child = [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"]
print(subprocess.Popen(child).pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def reaper() -> Iterator[Reaper]:
    it = Reaper()
    yield it
    it.close()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def process(code: str, tmp_path: Path, reaper: Reaper, settings: dict[str, str] | None = None) -> Process:
    port = ports.assign(["it"])["it"]
    command = Command("it", [sys.executable, "-c", code, str(port)], settings or {}, port)
    return Process(command, tmp_path / "it.log", reaper)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


async def logged(path: Path) -> str:
    """The log, once it has a whole line."""
    await asyncio.to_thread(wait_until, lambda: path.is_file() and path.read_text().endswith("\n"))
    return await asyncio.to_thread(path.read_text)


async def gone(pid: int) -> None:
    def is_gone() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    await asyncio.to_thread(wait_until, is_gone)


async def test_a_process_is_ready_when_it_answers_health(
    tmp_path: Path, reaper: Reaper, http: aiohttp.ClientSession
) -> None:
    it = process(SERVER, tmp_path, reaper)
    await it.start()
    await it.ready(http, 20)
    assert it.running
    await it.stop()
    assert not it.running


async def test_a_process_that_ends_early_is_a_failure_with_its_last_words(
    tmp_path: Path, reaper: Reaper, http: aiohttp.ClientSession
) -> None:
    it = process("import sys; print('no such thing'); sys.exit(3)", tmp_path, reaper)
    await it.start()
    with pytest.raises(ProcessFailed) as raised:
        await it.ready(http, 20)
    assert "it ended before it was ready" in str(raised.value)
    assert "| no such thing" in str(raised.value)
    assert str(tmp_path / "it.log") in str(raised.value)
    await it.stop()


async def test_a_missing_package_names_the_cure(tmp_path: Path, reaper: Reaper, http: aiohttp.ClientSession) -> None:
    it = process("import a_package_that_is_not_there", tmp_path, reaper)
    await it.start()
    with pytest.raises(ProcessFailed, match="make setup"):
        await it.ready(http, 20)
    await it.stop()


async def test_a_process_that_never_answers_fails_at_its_deadline(
    tmp_path: Path, reaper: Reaper, http: aiohttp.ClientSession
) -> None:
    it = process("import time; time.sleep(60)", tmp_path, reaper)
    await it.start()
    with pytest.raises(ProcessFailed, match="did not answer GET /health within 1 s"):
        await it.ready(http, 1)
    await it.stop()


async def test_nothing_is_inherited_but_what_every_program_needs(
    tmp_path: Path, reaper: Reaper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "mine")
    it = process("import os; print(sorted(os.environ))", tmp_path, reaper, {"GIVEN": "1"})
    await it.start()
    names = await logged(it.log)
    assert "'GIVEN'" in names
    assert "'PATH'" in names
    assert "TWILIO_AUTH_TOKEN" not in names
    await it.stop()


async def test_stopping_takes_stubborn_children_along(tmp_path: Path, reaper: Reaper) -> None:
    it = process(PARENT_OF_A_STUBBORN_CHILD, tmp_path, reaper)
    await it.start()
    child = int(await logged(it.log))
    await it.stop()
    await gone(child)


async def test_a_process_that_ignores_sigterm_is_killed(tmp_path: Path, reaper: Reaper) -> None:
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    it = process(code, tmp_path, reaper)
    await it.start()
    await logged(it.log)
    await it.stop(timeout_s=0.2)
    assert await it.ended() == -signal.SIGKILL


async def test_children_do_not_outlive_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    supervisor = f"""
import asyncio, sys, time
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from local.process import Command, Process, Reaper

async def main():
    command = Command("it", [sys.executable, "-c", {PARENT_OF_A_STUBBORN_CHILD!r}], {{}}, 1)
    it = Process(command, Path({str(tmp_path / "it.log")!r}), Reaper())
    await it.start()
    print(it.pid, flush=True)
    time.sleep(60)

asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", supervisor, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    grandchild = int(await logged(tmp_path / "it.log"))
    os.kill(parent.pid, signal.SIGKILL)
    await parent.wait()
    await gone(pid)
    await gone(grandchild)


def test_the_last_lines_of_a_long_log_are_found_without_reading_it_all(tmp_path: Path) -> None:
    log = tmp_path / "long.log"
    log.write_text("".join(f"line {number}\n" for number in range(100_000)))
    started = time.process_time()
    assert last_lines(log, 2) == ["line 99998", "line 99999"]
    assert time.process_time() - started < 1
    assert last_lines(tmp_path / "none.log") == []
