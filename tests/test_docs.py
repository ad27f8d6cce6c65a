"""The documents keep up with the code: settings, tools and events are written down, and the commands in them work."""

import ast
import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
ENV_EXAMPLE = (ROOT / ".env.example").read_text()
CONTRACTS = (ROOT / "functions/contracts/README.md").read_text()
CONFIGS = ["functions/nightdesk/config.py", "relay/config.py", "speech/config.py"]
TOOLS = [tool["name"] for tool in json.loads((ROOT / "functions/contracts/tools.json").read_text())]


def setting_names(config: str) -> set[str]:
    """The environment variables that a config module names: its upper-case string constants."""
    tree = ast.parse((ROOT / config).read_text())
    constants = {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {name for name in constants if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*_?", name) and len(name) > 3}


@pytest.mark.parametrize("config", CONFIGS)
def test_every_setting_stands_in_the_example_and_in_the_readme(config: str) -> None:
    names = setting_names(config) - {"DEBUG", "INFO", "WARNING", "ERROR"}
    assert len(names) > 5, f"found too few settings in {config}: has their form changed?"
    assert not [name for name in names if not re.search(rf"^#? ?{name}", ENV_EXAMPLE, re.MULTILINE)]
    assert not [name for name in names if f"`{name}" not in README]


def test_no_setting_is_documented_that_nothing_reads() -> None:
    read = set[str]().union(*(setting_names(config) for config in [*CONFIGS, "local/config.py"]))
    documented = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", ENV_EXAMPLE, re.MULTILINE))
    assert not {
        name for name in documented if not any(name == r or (r.endswith("_") and name.startswith(r)) for r in read)
    }


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_is_documented(tool: str) -> None:
    assert f"`{tool}`" in CONTRACTS


def test_every_make_command_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"^\s+make ([a-z-]+)", README, re.MULTILINE)) | set(re.findall(r"`make ([a-z-]+)`", README))
    assert named
    assert named <= targets


def test_no_text_names_a_package_registry_or_a_path_of_some_machine() -> None:
    banned = [
        ".".join(("pypi", "org")),
        ".".join(("pythonhosted", "org")),
        ".".join(("npmjs", "org")),
        "/" + "work/main",
    ]
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.suffix in {".wav", ".onnx", ".png", ".ulaw"} or not path.is_file():
            continue
        text = path.read_text(errors="ignore")
        found += [f"{name}: {word}" for word in banned if word in text]
    assert not found
