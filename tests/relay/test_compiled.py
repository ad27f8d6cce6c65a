"""The compiled form of the relay's modules: made once for these very sources, and run for no others."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import relay
from relay import builds

ROOT = Path(__file__).parents[2]
HOT = """
class Counter:
    def __init__(self) -> None:
        self.total = 0

    def add(self, n: int) -> int:
        self.total += n
        return self.total
"""
DECLARED = "cdef class Counter:\n    cdef public long long total\n    cpdef add(self, n)\n"
ASK = "import json, relay, relay.hot as h; print(json.dumps([relay.IS_COMPILED, h.__file__.endswith('.py'), {}]))"


def lacking(why: str) -> None:
    """A machine without a C compiler skips; one that calls itself CI must have one."""
    pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)


def compile_in(root: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The builder, on the sources in this folder."""
    command = [sys.executable, "scripts/compile_relay.py"]
    changed = {**os.environ, **environment}
    return subprocess.run(command, cwd=root, env=changed, capture_output=True, text=True, check=False)


def ask(root: Path, *options: str, expression: str = "0") -> list[object]:
    """Returns: whether the relay in this folder says that it is compiled, whether Python runs, and the expression's
    value, where `h` is the module that has two forms."""
    command = [sys.executable, *options, "-c", ASK.replace("{}", expression)]
    asked = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    answer: list[object] = json.loads(asked.stdout)
    return answer


def small_relay(root: Path) -> Path:
    """A folder with one module that has two forms, found and built by what finds and builds the relay's."""
    for name in ("relay/__init__.py", "relay/builds.py", "scripts/compile_relay.py"):
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "relay/hot.py").write_text(HOT)
    (root / "relay/hot.pxd").write_text(DECLARED)
    return root


@pytest.fixture(scope="module")
def first_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = small_relay(tmp_path_factory.mktemp("built"))
    built = compile_in(root)
    if built.returncode == 3:
        lacking(built.stdout)
    assert built.returncode == 0, built.stdout + built.stderr
    return root


@pytest.fixture
def built(first_build: Path, tmp_path: Path) -> Path:
    """A copy for one test to change."""
    return Path(shutil.copytree(first_build, tmp_path / "copy"))


def builds_in(root: Path) -> list[Path]:
    return [entry for entry in (root / "relay" / builds.BUILDS).iterdir() if entry.is_dir()]


def test_a_build_of_these_sources_is_run(built: Path) -> None:
    assert ask(built) == [True, False, 0]


def test_a_build_is_run_wherever_its_folder_is_moved(built: Path) -> None:
    moved = built.rename(built.with_name("elsewhere"))
    assert ask(moved) == [True, False, 0]


def test_the_option_interpreted_has_python_run(built: Path) -> None:
    assert ask(built, "-X", "interpreted") == [False, True, 0]


@pytest.mark.parametrize("source", ["hot.py", "hot.pxd"])
def test_a_build_of_other_sources_is_not_run(built: Path, source: str) -> None:
    with (built / "relay" / source).open("a") as changed:
        changed.write("\n# One comment more.\n")
    assert ask(built) == [False, True, 0]


def test_a_build_for_another_picows_is_not_run(built: Path) -> None:
    """Its classes are compiled in as they are laid out."""
    other = built / "picows"
    other.mkdir()
    (other / "__init__.py").touch()
    (other / "picows.pxd").write_text("cdef class WSTransport:\n    pass\n")
    assert ask(built) == [False, True, 0]


def test_a_change_is_built_anew_and_the_old_build_goes(built: Path) -> None:
    before = builds_in(built)
    hot = built / "relay/hot.py"
    hot.write_text(HOT.replace("+= n", "+= 2 * n"))
    assert compile_in(built).returncode == 0
    assert ask(built, expression="h.Counter().add(3)") == [True, False, 6]
    assert len(builds_in(built)) == 1
    assert builds_in(built) != before


def test_what_is_built_is_not_built_again(built: Path) -> None:
    (before,) = builds_in(built)
    made_at = {module: module.stat().st_mtime_ns for module in before.iterdir()}
    assert compile_in(built).returncode == 0
    assert {module: module.stat().st_mtime_ns for module in before.iterdir()} == made_at


def test_a_build_by_another_recipe_is_made_again(built: Path) -> None:
    (build,) = builds_in(built)
    (build / "recipe").write_text("Cython 0.1")
    assert compile_in(built).returncode == 0
    assert builds_in(built) == [build]
    assert (build / "recipe").read_text() != "Cython 0.1"


def test_sources_that_do_not_compile_fail_and_leave_nothing_to_run(built: Path) -> None:
    (built / "relay/hot.pxd").write_text(DECLARED + "    cpdef lost(self)\n")
    failed = compile_in(built)
    assert failed.returncode == 1
    assert "'lost' is declared but not defined" in failed.stdout
    assert ask(built) == [False, True, 0]


def test_without_a_c_compiler_the_builder_says_what_to_install_and_that_the_relay_works(tmp_path: Path) -> None:
    root = small_relay(tmp_path)
    answer = compile_in(root, CC="no-such-compiler")
    assert answer.returncode == 3
    assert "C compiler (no-such-compiler is not found)" in answer.stdout
    assert "`apt install gcc libc6-dev`" in answer.stdout
    assert "works without" in answer.stdout
    assert len(answer.stdout.splitlines()) == 1
    assert ask(root) == [False, True, 0]


def test_without_a_c_compiler_a_build_that_is_there_will_do(built: Path) -> None:
    assert compile_in(built, CC="no-such-compiler").returncode == 0
    assert ask(built) == [True, False, 0]


@pytest.mark.parametrize("name", builds.modules())
def test_every_module_with_declarations_is_run_compiled(name: str) -> None:
    if "interpreted" in sys._xoptions:
        pytest.skip("this Python was asked to interpret them")
    if not builds.folder().is_dir():
        lacking("the relay is not compiled here: make compile")
    assert relay.IS_COMPILED
    assert Path(importlib.import_module(f"relay.{name}").__file__ or "").parent == builds.folder()
