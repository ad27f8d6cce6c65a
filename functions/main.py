"""The entry points. One deployed function per caller: `functions-framework --source functions/main.py --target twilio`.

The framework asks this module for the target by name, and only then that target's module is imported: the function that
answers the ring loads nothing that only the others need. A missing setting stops the start here, naming it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import functions_framework

TARGETS = ("twilio", "tools", "event_sink", "jobs", "mcp", "payments", "staff")


def __getattr__(name: str) -> Any:
    """Build a target when the framework looks for it (PEP 562); keep it, for it looks twice."""
    if name not in TARGETS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nightdesk.bootstrap import open_house

    target = import_module(f"nightdesk.targets.{name}")
    globals()[name] = functions_framework.http(target.build(open_house(name)))
    return globals()[name]
