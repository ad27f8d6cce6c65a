"""`python -m local up` as a person runs it: it serves, takes a call from elsewhere, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

pytestmark = pytest.mark.scene

ROOT = Path(__file__).resolve().parents[2]
START_S, CALL_S = 90.0, 150.0


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "NIGHTDESK_LOCAL_DIR": str(tmp_path / "local"), "OPENAI_API_KEY": ""}


@pytest.fixture
def up(environment: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (tmp_path / "up.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "up"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_until(lambda: (tmp_path / "local" / "stack.json").is_file() or process.poll() is not None, START_S)
        assert process.poll() is None, (tmp_path / "up.log").read_text()
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_call_is_placed_on_the_running_stack_which_then_stops_cleanly(
    up: subprocess.Popen[bytes], environment: dict[str, str], tmp_path: Path
) -> None:
    control_url = json.loads((tmp_path / "local" / "stack.json").read_text())["control_url"]
    assert httpx.post(f"{control_url}/calls", json={"scene": "question"}).status_code == 401
    call = [sys.executable, "-m", "local", "call", "question", "--json"]
    placed = subprocess.run(
        call, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=CALL_S, check=False
    )
    assert placed.returncode == 0, placed.stdout + placed.stderr
    document = json.loads(placed.stdout)
    assert document["ok"] is True
    assert str(tmp_path) in document["paths"]["folder"]
    children = psutil.Process(up.pid).children(recursive=True)
    assert len(children) >= 6
    up.send_signal(signal.SIGINT)
    assert up.wait(30) == 0
    wait_until(lambda: all(is_gone(child) for child in children), 10)
    assert not (tmp_path / "local" / "stack.json").exists()


def test_a_part_that_dies_stops_the_rest_with_its_last_words(up: subprocess.Popen[bytes], tmp_path: Path) -> None:
    children = psutil.Process(up.pid).children(recursive=True)
    victim = next(child for child in children if child.cmdline()[-2:] == ["-m", "speech"])
    victim.kill()
    assert up.wait(30) == 2
    wait_until(lambda: all(is_gone(child) for child in children), 10)
    log = (tmp_path / "up.log").read_text()
    assert "speech ended with exit code -9" in log
    assert "speech.log" in log
    assert "Traceback" not in log


def test_nothing_outlives_a_supervisor_that_is_killed(up: subprocess.Popen[bytes]) -> None:
    children = psutil.Process(up.pid).children(recursive=True)
    up.kill()
    up.wait()
    wait_until(lambda: all(is_gone(child) for child in children), 10)
