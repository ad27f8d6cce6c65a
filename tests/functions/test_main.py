"""The entry points as the platform starts them: in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from nightdesk import bootstrap, config
from nightdesk.targets import twilio

from .conftest import ENVIRONMENT, SOURCE

HEAVY = (
    "jwt",
    "cryptography",
    "httpx",
    "pydantic",
    "sqlite3",
    "openai",
    "google.auth",
    "requests",
    "mcp",
    "stripe",
    "phonenumbers",
    "twilio.rest",
    "google.cloud.firestore",
    "grpc",
    "nightdesk.conversation",
    "nightdesk.calls",
    "nightdesk.targets.twilio_calls",
    "nightdesk.hotel.ports",
    "nightdesk.hotel.pricing",
    "nightdesk.hotel.records",
    "nightdesk.hotel.store_sqlite",
    "nightdesk.hotel.store_firestore",
)

START = """
import json, sys, functions_framework
before = set(sys.modules)
app = functions_framework.create_app({target!r}, {source!r})
health = app.test_client().get("/health").get_json()
print(json.dumps({{"new": sorted(set(sys.modules) - before), "health": health}}))
"""


def start(target: str, tmp_path: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **ENVIRONMENT, "SQLITE_PATH": str(tmp_path / "n.sqlite3"), **changes}
    code = START.format(target=target, source=str(SOURCE))
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_function_that_answers_the_ring_loads_nothing_heavy(tmp_path: Path) -> None:
    done = start("twilio", tmp_path)
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stdout.splitlines()[-1])["new"]
    assert "nightdesk.targets.twilio" in loaded
    assert [name for name in HEAVY if name in loaded] == []
    targets = [name for name in loaded if name.startswith("nightdesk.targets.")]
    assert [name for name in targets if not name.startswith("nightdesk.targets.twilio")] == []


def test_each_feature_answers_its_paths_and_no_other() -> None:
    """What is loaded late is found: a module's routes are those that the table sends to it."""
    routes_of = twilio.routes_of(bootstrap.House(config.load("twilio", {**ENVIRONMENT, "SQLITE_PATH": "/nowhere"})))
    modules = {
        path.stem
        for path in (SOURCE.parent / "nightdesk/targets").glob("twilio_*.py")
        if "\ndef routes(" in path.read_text()
    }
    table = {**twilio.FEATURES, "inbound": "twilio_inbound"}
    assert set(table.values()) == modules
    for module in modules:
        sent = {path for path, by in table.items() if by == module}
        for path in sent:
            assert {route.pattern.split("/")[3] for route in routes_of(f"/voice/twilio/{path}")} == sent


@pytest.mark.parametrize("target", ["twilio", "tools", "event_sink", "jobs", "mcp", "payments", "staff"])
def test_every_target_starts_and_is_healthy(target: str, tmp_path: Path) -> None:
    done = start(target, tmp_path, TWILIO_ACCOUNT_SID="AC" + "0" * 32)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["health"] == {"v": 1, "ok": True, "target": target}
    assert "stripe" not in said["new"], "only where a link is made or a webhook comes"
    assert "openai" not in said["new"], "half a second of a cold start, for what few hotels use"


def test_a_missing_setting_stops_the_start_and_is_named(tmp_path: Path) -> None:
    done = start("twilio", tmp_path, TWILIO_AUTH_TOKEN="", MEDIA_ORIGIN="")
    assert done.returncode != 0
    assert "MEDIA_ORIGIN is not set; TWILIO_AUTH_TOKEN is not set" in done.stderr


def test_an_unknown_target_is_named(tmp_path: Path) -> None:
    done = start("guests", tmp_path)
    assert done.returncode != 0
    assert "'guests'" in done.stderr
