"""How long a tool call takes, as the relay sees it: the `tools` function as it is deployed, over each store.

The house is filled first (`nightdesk.seed`), then guests come one after the other, each with a session, turns and the
story of `tool_story.py`. Times are from the request to the whole answer, over HTTP on this machine.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import yaml

from bench.load.statistics import percentile
from bench.tool_story import STORY
from local import emulator, ports
from local.ids import session_id_of

ROOT = Path(__file__).resolve().parent.parent
TARGETS_MS = {"sqlite": 30.0, "firestore": 60.0}
PROPERTY_ID, CALLED, CALLER = "west-bethel-motel", "+12072203501", "+12075550142"
_READY_TIMEOUT_S = 30.0


@dataclass
class Times:
    """Milliseconds by what was asked, and how often a tool answered no."""

    ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: Counter[str] = field(default_factory=Counter)
    missing: set[str] = field(default_factory=set)

    @property
    def of_tools(self) -> list[float]:
        return [one for name, some in self.ms.items() if not name.startswith("POST") for one in some]


class Guest:
    """One conversation with the `tools` function."""

    def __init__(self, http: httpx.Client, key: str, times: Times) -> None:
        self._http, self._key, self._times = http, key, times
        self._call_sid, self._turn = f"CA{secrets.token_hex(16)}", 0
        self.session_id = session_id_of(self._call_sid)

    def arrive(self) -> None:
        token = {
            "sid": self.session_id,
            "pid": PROPERTY_ID,
            "ch": "voice",
            "dir": "inbound",
            "att": 1,
            "cs": self._call_sid,
            "clr": CALLER,
            "cld": CALLED,
            "stir": "TN-Validation-Passed-A",
            "lang": "en",
            "jti": secrets.token_hex(8),
            "exp": int((datetime.now(UTC) + timedelta(minutes=2)).timestamp()),
        }
        body = {
            "v": 1,
            "token": jwt.encode(token, self._key, "HS256"),
            "call_sid": self._call_sid,
            "stream_sid": f"MZ{secrets.token_hex(16)}",
            "dialect": "realtime",
            "audio": "pcmu",
        }
        answer = self._post("POST /session", "/session", body)
        if not answer["ok"]:
            raise RuntimeError(f"the session was refused: {answer}")

    def say(self, text: str) -> None:
        self._turn += 1
        body = {"v": 1, "attempt": 1, "turn": self._turn, "role": "user", "text": text}
        self._post("POST /turns", f"/sessions/{self.session_id}/turns", body)

    def use(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        kind = "dtmf-1-" if tool == "handle_ivr_menu" else "call_"
        body = {
            "v": 1,
            "session_id": self.session_id,
            "attempt": 1,
            "turn": self._turn,
            "tool_call_id": f"{kind}{secrets.token_hex(4)}",
            "arguments": arguments,
        }
        answer = self._post(tool, f"/tools/{tool}", body)
        result: dict[str, Any] = answer.get("result", {}) if answer["ok"] else {}
        return result

    def _post(self, name: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        started = time.perf_counter()
        response = self._http.post(path, json=body)
        took_ms = (time.perf_counter() - started) * 1000
        answer: dict[str, Any] = response.json()
        if response.status_code == 404 and answer["error"]["code"] == "unknown_tool":
            self._times.missing.add(name)
            return answer
        if response.status_code != 200:
            raise RuntimeError(f"{name} was answered {response.status_code}: {answer}")
        self._times.ms[name].append(took_ms)
        self._times.refused[name] += not answer["ok"]
        return answer


def measure(store: str, guests: int, folder: Path) -> Times:
    """Let so many guests come, after a few whose times do not count."""
    with _settings(store, folder) as settings:
        seed = [sys.executable, "-m", "nightdesk.seed", PROPERTY_ID]
        environment = {**os.environ, **settings}
        subprocess.run(seed, cwd=ROOT / "functions", env=environment, check=True, stdout=subprocess.DEVNULL)
        with _tools(environment, folder) as origin:
            headers = {"Authorization": f"Bearer {settings['SERVICE_SECRET']}"}
            with httpx.Client(base_url=origin, headers=headers, timeout=30) as http:
                _come(http, settings, 3, Times())
                times = Times()
                _come(http, settings, guests, times)
                return times


def _come(http: httpx.Client, settings: dict[str, str], guests: int, times: Times) -> None:
    today = datetime.now(UTC).date()
    for number in range(guests):
        guest = Guest(http, settings["SESSION_SIGNING_KEY"], times)
        guest.arrive()
        results: dict[str, dict[str, Any]] = {}
        for step in STORY:
            if step.tool not in times.missing:
                guest.say("And then?")
                results[step.tool] = guest.use(step.tool, step.arguments(today + timedelta(days=70 + number), results))


@contextmanager
def _settings(store: str, folder: Path) -> Iterator[dict[str, str]]:
    """The environment of the function, with the store's emulator where it has one."""
    common = {
        "PROPERTIES_DIR": str(_one_hotel(folder)),
        "SESSION_SIGNING_KEY": secrets.token_hex(32),
        "SERVICE_AUTH": "secret",
        "SERVICE_SECRET": secrets.token_hex(16),
        "PUBSUB_PROJECT": "bench",
        "PUBSUB_ORIGIN": "http://127.0.0.1:1",
        "PUBSUB_AUTH": "none",
        "LOG_LEVEL": "WARNING",
        "STORE": store,
        "WORKERS": "1",
        "THREADS": "4",
    }
    if store == "sqlite":
        yield {**common, "SQLITE_PATH": str(folder / "bench.sqlite3")}
        return
    with emulator.started("firestore", folder / "firestore.log") as host:
        yield {**common, "FIRESTORE_PROJECT": "bench", "FIRESTORE_EMULATOR_HOST": host}


def _one_hotel(folder: Path) -> Path:
    """The demo hotel with more lines than there are guests, who hang up never and all call from one number."""
    hotel = yaml.safe_load((ROOT / f"functions/nightdesk/properties/{PROPERTY_ID}.yaml").read_text())
    hotel["limits"] = {**hotel.get("limits", {}), "concurrent_calls": 100_000}
    hotel["screening"] = {"calls_per_hour": 0, "calls_at_once": 0}
    properties = folder / "properties"
    properties.mkdir()
    (properties / f"{PROPERTY_ID}.yaml").write_text(yaml.safe_dump(hotel))
    return properties


@contextmanager
def _tools(environment: dict[str, str], folder: Path) -> Iterator[str]:
    """The function `tools`, as its origin. Raises: RuntimeError when it does not get ready."""
    port = ports.assign(["tools"])["tools"]
    program = [sys.executable, "-m", "functions_framework", "--source", "functions/main.py", "--target", "tools"]
    with (folder / "tools.log").open("wb") as log:
        process = subprocess.Popen(
            [*program, "--host", "127.0.0.1", "--port", str(port)], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    origin = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + _READY_TIMEOUT_S
        while True:
            try:
                if httpx.get(f"{origin}/health", timeout=5).status_code == 200:
                    break
            except httpx.HTTPError:
                time.sleep(0.05)
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"tools did not get ready: {(folder / 'tools.log').read_text()[-2000:]}")
        yield origin
    finally:
        process.terminate()
        process.wait(10)


def table(store: str, times: Times) -> str:
    """A line for each tool, the slowest first, and whether the target is met."""
    target = TARGETS_MS[store]
    lines = [f"{store}", f"  {'':24}{'calls':>6}{'refused':>9}{'p50 ms':>9}{'p95 ms':>9}{'max ms':>9}"]
    for name, ms in sorted(times.ms.items(), key=lambda item: -(percentile(item[1], 95) or 0)):
        figures = "".join(f"{percentile(ms, p) or 0:9.1f}" for p in (50, 95, 100))
        lines.append(f"  {name:24}{len(ms):6}{times.refused[name]:9}{figures}")
    figures = "".join(f"{percentile(times.of_tools, p) or 0:9.1f}" for p in (50, 95, 100))
    lines.append(f"  {'all tools':24}{len(times.of_tools):6}{'':9}{figures}")
    p95 = percentile(times.of_tools, 95) or 0
    lines.append(f"  p95 of all tools at most {target:.0f} ms: {'met' if p95 <= target else 'NOT MET'} ({p95:.1f})")
    if times.missing:
        lines.append(f"  no such tool: {', '.join(sorted(times.missing))}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench tools", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--guests", type=int, default=40, help="conversations with each store (default: %(default)s)")
    parser.add_argument("--store", choices=tuple(TARGETS_MS), help="one of them alone")
    options = parser.parse_args()
    for store in [options.store] if options.store else TARGETS_MS:
        if store == "firestore" and (why := emulator.missing("firestore")):
            print(f"firestore\n  not measured: {why}")
            continue
        with tempfile.TemporaryDirectory() as folder:
            print(table(store, measure(store, options.guests, Path(folder))))


if __name__ == "__main__":
    main()
