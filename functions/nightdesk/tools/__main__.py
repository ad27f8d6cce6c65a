"""Print what the models read: `PYTHONPATH=functions python -m nightdesk.tools > functions/contracts/tools.json`."""

from __future__ import annotations

import json
import sys
from typing import Any

from nightdesk.tools import TOOLBOX


def snapshot() -> str:
    """Every tool, without any hotel's own choices."""
    tools: list[dict[str, Any]] = [
        {
            **tool.schema(),
            "access": tool.access.value,
            "caller": tool.caller,
            "audience": sorted(tool.audience),
            "subject": tool.subject,
            **({"purpose": tool.purpose} if tool.purpose else {}),
            "timeout_s": tool.timeout_s,
        }
        for tool in TOOLBOX.tools.values()
    ]
    return json.dumps(tools, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(snapshot())
