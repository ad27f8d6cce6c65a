"""Compiles the modules through which audio passes: `python scripts/compile_relay.py`. The relay finds them by itself.

Every `relay/X.pxd` declares types for `relay/X.py`; Cython makes C of both, the C compiler an extension module, for any
processor of this kind. Does nothing when the build of these sources is there already; half a build is never found. The
relay works without, at more CPU, so what is missing for it is no failure.

Exit status: 0 built, 1 the sources do not compile, 3 something that it takes is not installed here.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from relay import builds

ROOT = builds.PACKAGE.parent
MISSING = 3
PACKAGES = sysconfig.get_path("platlib")
# Annotations are Python's and no C types: those stand in the .pxd alone.
CYTHON_FLAGS = ["-3", "-X", "annotation_typing=False"]
# As Python itself is compiled: signed integers wrap round. `-w`: what is warned of is not in a text of ours.
C_FLAGS = ["-O2", "-fwrapv", "-fno-strict-aliasing", "-fPIC", "-DNDEBUG", "-w"]
RECIPE = "recipe"


class Failed(Exception):
    """The sources do not compile; the text says why."""


def compiler() -> str | None:
    """`CC`, and no other when that is set; else the one that Python was compiled with, or any."""
    if chosen := os.environ.get("CC"):
        candidates = [chosen]
    else:
        candidates = [sysconfig.get_config_var("CC") or "", "gcc", "cc", "clang"]
    return next((candidate for candidate in candidates if candidate and shutil.which(shlex.split(candidate)[0])), None)


def missing(c_compiler: str | None) -> str:
    """What it takes and is not here, and how to get it; "" when all is here."""
    lacks, ways = [], []
    if c_compiler is None:
        lacks.append(f"a C compiler ({os.environ['CC']} is not found)" if os.environ.get("CC") else "a C compiler")
        ways.append("`apt install gcc libc6-dev` on Debian")
    if not Path(sysconfig.get_path("include"), "Python.h").is_file():
        lacks.append("Python's headers")
        ways.append("`apt install python3-dev` on Debian")
    if importlib.util.find_spec("Cython") is None:
        lacks.append("Cython")
        ways.append("`pip install -r requirements/compile.txt`")
    return f"{' and '.join(lacks)}: {', '.join(ways)}" if lacks else ""


def recipe() -> str:
    """A build by another one is made again."""
    return f"Cython {version('cython')} {shlex.join([*CYTHON_FLAGS, *C_FLAGS])}\n"


def compile_module(name: str, c_compiler: str, into: Path) -> None:
    """Raises Failed."""
    c_file = str(into / f"{name}.c")
    to_c = [sys.executable, "-m", "cython", *CYTHON_FLAGS, "-I", str(ROOT), "-I", PACKAGES]
    to_machine = [*shlex.split(c_compiler), *C_FLAGS, "-I", sysconfig.get_path("include"), "-I", f"{PACKAGES}/picows"]
    link = shlex.split(sysconfig.get_config_var("LDSHARED") or "cc -shared")[1:]
    for command in (
        [*to_c, f"relay/{name}.py", "-o", c_file],
        [*to_machine, c_file, "-o", str(into / (name + builds.SUFFIX)), *link],
    ):
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise Failed(f"relay/{name}: {shlex.join(command)}\n{done.stdout}")


def build(folder: Path, c_compiler: str) -> None:
    """Make it beside where it belongs, put it there in one step, and remove all others. Raises Failed."""
    with tempfile.TemporaryDirectory() as making, ThreadPoolExecutor(os.cpu_count()) as workers:
        list(workers.map(lambda name: compile_module(name, c_compiler, Path(making)), builds.modules()))
        if builds.folder() != folder:
            raise Failed("the sources have changed meanwhile; try again")
        for other in folder.parent.iterdir():
            if other.is_dir():
                shutil.rmtree(other)
        whole = folder.with_name("whole")
        whole.mkdir()
        for name in builds.modules():
            shutil.copy(Path(making, name + builds.SUFFIX), whole)
        (whole / RECIPE).write_text(recipe())
        whole.rename(folder)


def main() -> int:
    started = time.monotonic()
    folder = builds.folder()
    c_compiler = compiler()
    if lacks := missing(c_compiler):
        if folder.is_dir():
            return 0
        print(f"compile: missing is {lacks}. The relay works without its compiled modules, at more CPU.")
        return MISSING
    assert c_compiler is not None
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # who comes second finds it done
        if (folder / RECIPE).is_file() and (folder / RECIPE).read_text() == recipe():
            return 0
        try:
            build(folder, c_compiler)
        except Failed as problem:
            print(f"compile: {problem}")
            return 1
    print(f"compile: {', '.join(builds.modules())} in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
