"""What the stack tells its processes, and the file by which others find it. tests/e2e has a stack that runs."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import stack as stack_module
from local import state as state_module
from local.config import UserSettings
from local.errors import SetupError
from local.process import Process, Reaper
from local.stack import Stack
from local.state import read_state
from local.wiring import FUNCTIONS, Options


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(stack_module, "RUNS", tmp_path / "runs")
    monkeypatch.setattr(state_module, "STATE_FILE", tmp_path / "stack.json")
    yield tmp_path / "runs"
    shutil.rmtree(tmp_path / "runs", ignore_errors=True)


def settings_of(stack: Stack, name: str) -> dict[str, str]:
    return next(dict(command.settings) for command in stack.wiring.commands() if command.name == name)


async def test_every_deployed_part_is_a_process() -> None:
    stack = Stack(Options(relays=2), UserSettings())
    names = [command.name for command in stack.wiring.commands()]
    assert names == [
        "twilio",
        "tools",
        "event_sink",
        "jobs",
        "mcp",
        "payments",
        "staff",
        "speech",
        "relay-1",
        "relay-2",
    ]


async def test_the_offline_engine_is_the_default_and_no_key_of_the_user_is_passed_on() -> None:
    stack = Stack(Options(), UserSettings(openai_api_key="sk-mine"))
    relay = settings_of(stack, "relay-1")
    assert relay["ENGINES"].startswith("speech=realtime:ws://127.0.0.1:")
    assert not any("sk-mine" in value for command in stack.wiring.commands() for value in command.settings.values())


async def test_with_openai_the_offline_engine_stands_behind_it_and_only_relays_get_the_key() -> None:
    stack = Stack(Options(engine="openai"), UserSettings(openai_api_key="sk-mine"))
    relay = settings_of(stack, "relay-1")
    assert [entry.partition("=")[0] for entry in relay["ENGINES"].split(",")] == ["openai", "speech"]
    assert relay["ENGINE_AUTH_OPENAI"] == "bearer:OPENAI_API_KEY"
    with_key = [command.name for command in stack.wiring.commands() if "sk-mine" in command.settings.values()]
    assert with_key == ["relay-1"]


async def test_another_system_may_keep_the_bookings() -> None:
    stack = Stack(Options(bookings="reference"), UserSettings())
    [server] = [command for command in stack.wiring.commands() if command.name == "pms"]
    assert str(server.port) in server.arguments
    asking = [command.name for command in stack.wiring.commands() if "PMS_URLS" in command.settings]
    assert asking == list(FUNCTIONS), "each of them looks for a guest's bookings"
    urls = dict(entry.split("=") for entry in settings_of(stack, "tools")["PMS_URLS"].split(","))
    assert urls["west-bethel-motel"] == f"http://127.0.0.1:{server.port}"
    assert "PMS_URLS" not in settings_of(Stack(Options(), UserSettings()), "tools")


async def test_openai_without_a_key_names_the_cure() -> None:
    with pytest.raises(SetupError, match="OPENAI_API_KEY"):
        Stack(Options(engine="openai"), UserSettings())


async def test_each_part_gets_no_secret_that_it_does_not_need() -> None:
    stack = Stack(Options(), UserSettings())
    assert "SESSION_SIGNING_KEY" not in settings_of(stack, "relay-1")
    assert "TWILIO_AUTH_TOKEN" not in settings_of(stack, "speech")
    assert "SESSION_SIGNING_KEY" not in settings_of(stack, "speech")
    with_stripe = [command.name for command in stack.wiring.commands() if "STRIPE_API_KEY" in command.settings]
    assert with_stripe == ["tools", "jobs", "mcp", "payments"]
    hearing = [command.name for command in stack.wiring.commands() if "STRIPE_WEBHOOK_SECRET" in command.settings]
    assert hearing == ["payments"]
    with_agents = [command.name for command in stack.wiring.commands() if "MCP_KEYS" in command.settings]
    assert with_agents == ["mcp"]


async def test_secrets_are_new_in_every_run() -> None:
    first, second = Stack(Options(), UserSettings()), Stack(Options(), UserSettings())
    assert not set(vars(first.secrets).values()) & set(vars(second.secrets).values())


async def test_the_front_prefers_a_relay_only_while_it_is_told_to(tmp_path: Path) -> None:
    stack = Stack(Options(relays=2), UserSettings())
    reaper = Reaper()
    last = Process(stack.wiring.commands()[-1], tmp_path / "relay-2.log", reaper)
    usual = list(stack.front.backends)
    with stack.front_prefers(last):
        assert stack.front.backends == list(reversed(usual))
    assert stack.front.backends == usual
    with stack.front_prefers(None):
        assert stack.front.backends == usual
    reaper.close()


async def test_the_state_file_is_for_its_owner_and_goes_with_its_stack(tmp_path: Path) -> None:
    path = tmp_path / "state" / "stack.json"
    mine = Stack(Options(), UserSettings()).state()
    mine.write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_state(path) == mine
    other = Stack(Options(), UserSettings()).state()
    other.write(path)
    mine.remove(path)
    assert read_state(path) == other
    other.remove(path)
    assert read_state(path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_damaged_state_file_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    assert read_state(tmp_path / "bad.json") is None


def test_old_run_folders_go(runs: Path) -> None:
    for number in range(state_module.RUNS_KEPT + 5):
        (runs / f"20200101-0000{number:02}").mkdir(parents=True)
    newest = state_module.new_run_folder(runs)
    left = sorted(path.name for path in runs.iterdir())
    assert len(left) == state_module.RUNS_KEPT
    assert newest.name == left[-1]
    assert "20200101-000000" not in left
