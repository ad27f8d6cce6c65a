"""The relay under load: CPU milliseconds per call-second and memory per call, at several numbers of calls.

The relay runs alone in its process, between phones and an engine that both live in this one (`bench.peers`).
"""

import asyncio
import os
import secrets
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench import peers

ROOT = Path(__file__).resolve().parent.parent
MEDIA_ORIGIN = "wss://media.example.com"
SETTLE_S = 4.0


@dataclass(frozen=True)
class Figures:
    """One step of load. `lost_frames` counts the caller's frames that the engine did not get by the end."""

    calls: int
    cpu_ms_per_call_s: float
    rss_mib: float
    idle_rss_mib: float
    lost_frames: int
    audio_played: float


async def measure(calls: int, seconds: float = 20.0) -> Figures:
    """Load one fresh relay with so many calls, and measure it over `seconds` after they have settled."""
    counts = peers.Counts()
    async with peers.functions(counts) as origin, peers.engine(counts) as engine_url:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        auth_token, secret = secrets.token_hex(16), secrets.token_hex(32)
        settings = {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "MEDIA_ORIGIN": MEDIA_ORIGIN,
            "TWILIO_AUTH_TOKEN": auth_token,
            "TOOLS_URL": origin,
            "SERVICE_AUTH": "secret",
            "SERVICE_SECRET": secret,
            "ENGINES": f"bench=realtime:{engine_url}",
            "ENGINE_AUTH_BENCH": "bearer:BENCH_KEY",
            "BENCH_KEY": secrets.token_hex(16),
            "PUBSUB_ORIGIN": origin,
            "PUBSUB_PROJECT": "bench",
            "PUBSUB_AUTH": "none",
            "MAX_CALLS": str(calls + 1),
            "LOG_LEVEL": "WARNING",
        }
        relay = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "relay", cwd=ROOT, env={**os.environ, **settings}, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            process = psutil.Process(relay.pid)
            await _listening(port)
            idle_rss = process.memory_info().rss
            until = time.monotonic() + SETTLE_S + seconds + 1
            signature = peers.upgrade_signature(auth_token, MEDIA_ORIGIN)
            url = f"ws://127.0.0.1:{port}/voice/stream"
            phones = []
            for n in range(calls):
                phones.append(asyncio.create_task(peers.phone(url, signature, n, counts, until)))
                await asyncio.sleep(2.0 / calls)
            await asyncio.sleep(SETTLE_S - 2.0)
            before, started = process.cpu_times(), time.monotonic()
            await asyncio.sleep(seconds)
            after, ended = process.cpu_times(), time.monotonic()
            rss = process.memory_info().rss
            await asyncio.gather(*phones)
            await asyncio.sleep(0.5)
        finally:
            relay.terminate()
            await relay.wait()
    cpu_s = after.user + after.system - before.user - before.system
    return Figures(
        calls=calls,
        cpu_ms_per_call_s=1000 * cpu_s / (calls * (ended - started)),
        rss_mib=rss / 2**20,
        idle_rss_mib=idle_rss / 2**20,
        lost_frames=counts.frames_sent - counts.frames_at_engine,
        audio_played=counts.audio_bytes_played / max(1, counts.audio_bytes_sent),
    )


async def _listening(port: int) -> None:
    for _ in range(400):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.025)
        else:
            writer.close()
            return
    raise TimeoutError("the relay did not listen within 10 s")
