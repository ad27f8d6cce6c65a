"""Cold start of the `twilio` function beside a hello-world function: process start -> first 200, in turn.

The first ring of a quiet night pays this. Both go through functions-framework and gunicorn; the ratio is what counts.
"""

import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEADLINE_S = 30.0


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
    """Seconds from starting the process to its first 200. Raises TimeoutError when it never answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "functions_framework", "--source", str(target.source), "--target", target.name]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        env={**os.environ, **SETTINGS},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while time.perf_counter() - started < DEADLINE_S:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{target.path}", timeout=5) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - started
            except urllib.error.HTTPError as refused:
                raise RuntimeError(f"{target.name} answered {refused.code} on {target.path}") from refused
            except OSError:
                time.sleep(0.005)
        raise TimeoutError(f"{target.name} did not answer within {DEADLINE_S:.0f} s")
    finally:
        process.terminate()
        process.wait(10)


def measure(rounds: int = 7) -> dict[str, float]:
    """Median start-up of both in seconds, and the median of the ratios pair by pair; one warm-up round each."""
    start_s(HELLO), start_s(TWILIO)
    pairs = [(start_s(HELLO), start_s(TWILIO)) for _ in range(rounds)]
    return {
        "hello_s": statistics.median(hello for hello, _ in pairs),
        "twilio_s": statistics.median(twilio for _, twilio in pairs),
        "ratio": statistics.median(twilio / hello for hello, twilio in pairs),
    }
