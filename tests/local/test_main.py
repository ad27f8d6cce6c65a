"""The command line as a person meets it: what it says when something is wrong, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.__main__ import DEFAULT_SCENE, parser
from local.callers import script

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_a_command_the_usage_is_shown() -> None:
    result = run()
    assert result.returncode == 2
    assert "usage: python -m local" in result.stderr


def test_call_without_a_scene_is_the_default_one() -> None:
    assert parser().parse_args(["up", "--call"]).call == DEFAULT_SCENE
    assert parser().parse_args(["up"]).call is None
    assert parser().parse_args(["call"]).scene == DEFAULT_SCENE
    assert DEFAULT_SCENE in script.names()


def test_the_list_has_every_scene_with_its_title() -> None:
    result = run("call", "--list")
    assert result.returncode == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == script.names()


def test_who_reads_no_further_hears_of_no_bug() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "local", "call", "--list"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["call", "no_such_scene"], "There is no scene called 'no_such_scene'"),
        (["call", "--engine", "openai"], "--engine openai needs a key"),
        (["up", "--port", "nonsense=8"], "There is no port called 'nonsense'"),
        (["up", "--port", "speech"], "is not NAME=NUMBER"),
        (["scenes", "--jobs", "0"], "must be from 1 to 50"),
        (["scenes", "--repeat", "x"], "invalid"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(arguments: list[str], words: str) -> None:
    result = run(*arguments, environment={"OPENAI_API_KEY": ""})
    assert result.returncode == 2
    assert words in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr + result.stdout


def test_a_missing_package_is_named_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "rich.py").write_text("raise ModuleNotFoundError(\"No module named 'rich'\", name='rich')\n")
    result = run("call", "--list", environment={"PYTHONPATH": str(tmp_path)})
    assert result.returncode == 2
    assert result.stderr == "nightdesk: the package 'rich' is missing. Run `make setup`.\n"
