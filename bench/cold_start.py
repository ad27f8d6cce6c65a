"""Cold start of the `twilio` function beside a hello-world function: process start -> first 200, in turn.

The first ring of a quiet night pays this. Both go through functions-framework and gunicorn; the ratio is what counts.
"""

import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEADLINE_S = 30.0
MOST_TIMES = 1.5
"""What the `twilio` function may take at most, in cold starts of hello world."""


@dataclass(frozen=True)
class Target:
    """One function to start: its source, its entry point, and the path that answers 200."""

    name: str
    source: Path
    path: str


HELLO = Target("hello", ROOT / "bench/hello/main.py", "/")
TWILIO = Target("twilio", ROOT / "functions/main.py", "/health")

SETTINGS = {
    "WEBHOOK_ORIGIN": "https://hooks.example.com",
    "MEDIA_ORIGIN": "wss://media.example.com",
    "SESSION_SIGNING_KEY": secrets.token_hex(32),
    "TOOLS_URL": "https://tools.example.com",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
    "SERVICE_AUTH": "secret",
    "SERVICE_SECRET": secrets.token_hex(32),
    "STORE": "sqlite",
    "SQLITE_PATH": os.devnull,
    "PUBSUB_PROJECT": "bench",
    "PUBSUB_AUTH": "none",
}


def start_s(target: Target) -> float:
    """Seconds from starting the process to its first 200. Raises: as `running`."""
    began = time.perf_counter()
    with running(target):
        return time.perf_counter() - began


@contextmanager
def running(target: Target, **settings: str) -> Iterator[int]:
    """The function as the platform runs it, from its first 200 on; yields its port.

    Raises: TimeoutError when it never answers, RuntimeError when it answers no or ends.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "functions_framework", "--source", str(target.source), "--target", target.name]
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            env={**os.environ, **SETTINGS, **settings},
            stdout=subprocess.DEVNULL,
            stderr=words,
        )
        try:
            _wait(target, port, process)
            yield port
        finally:
            process.terminate()
            process.wait(10)
            if process.returncode > 0:
                words.seek(0)
                sys.stderr.write(words.read().decode()[-1000:])


def _wait(target: Target, port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.perf_counter() + DEADLINE_S
    while time.perf_counter() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{target.name} ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{target.path}", timeout=5) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as refused:
            raise RuntimeError(f"{target.name} answered {refused.code} on {target.path}") from refused
        except OSError:
            time.sleep(0.005)
    raise TimeoutError(f"{target.name} did not answer within {DEADLINE_S:.0f} s")


def measure(rounds: int = 7) -> dict[str, float]:
    """Median start-up of both in seconds, and the median of the ratios pair by pair; one warm-up round each."""
    start_s(HELLO), start_s(TWILIO)
    pairs = [(start_s(HELLO), start_s(TWILIO)) for _ in range(rounds)]
    return {
        "hello_s": statistics.median(hello for hello, _ in pairs),
        "twilio_s": statistics.median(twilio for _, twilio in pairs),
        "ratio": statistics.median(twilio / hello for hello, twilio in pairs),
    }
