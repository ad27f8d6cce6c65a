"""Where the compiled form of these very sources lies, and whether this process runs it.

A module with a `.pxd` beside it has two forms of one source: the `.py` as it stands, and an extension module, made from
both by `scripts/compile_relay.py`. The extension modules of one build lie in a folder that is named after all they were
made from, so a build of other sources, of another Python or for another picows is not found: it is never run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

PACKAGE = Path(__file__).parent
BUILDS = ".compiled"
# How extension modules of this Python end, on this kind of machine.
SUFFIX = EXTENSION_SUFFIXES[0]


def modules() -> list[str]:
    """The names of those that have a compiled form."""
    return sorted(declared.stem for declared in PACKAGE.glob("*.pxd") if declared.with_suffix(".py").is_file())


def folder() -> Path:
    """Where the build of these sources belongs; whether it is there is another question. Takes about a millisecond."""
    made_of = hashlib.sha256(SUFFIX.encode())
    declared = sorted(PACKAGE.glob("*.pxd"))
    for source in [*declared, *(PACKAGE / f"{name}.py" for name in modules()), *_declared_by_picows()]:
        text = source.read_bytes()
        made_of.update(f"\n{source.name} {len(text)}\n".encode())
        made_of.update(text)
    return PACKAGE / BUILDS / made_of.hexdigest()[:16]


def _declared_by_picows() -> list[Path]:
    """The layout of its classes is compiled in, and nothing but these files tells that it has changed."""
    found = importlib.util.find_spec("picows")
    places = found.submodule_search_locations if found else None
    return sorted(Path(places[0]).glob("*.pxd")) if places else []


def use(search_path: list[str]) -> bool:
    """Have the package's modules looked for in the build first, if it is there and `python -X interpreted` does not
    say otherwise. Returns: whether it is so."""
    if "interpreted" in sys._xoptions:
        return False
    build = folder()
    if not build.is_dir():
        return False
    search_path.insert(0, str(build))
    return True
