"""What the tables for test_clerk_tasks.py have in common: a turn in the middle of things, and what comes of it.

A row: the lines said before, the line, a part of the answer, the tool called in this turn with its arguments (None: no
tool but search_kb), what is expected then.
"""

from typing import Any

Row = tuple[list[str], str, str, tuple[str, dict[str, Any]] | None, str]

CODE = "four eight two one oh nine three seven"
WISH = "do you have a room for two nights from friday for two adults"
STAY = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
SMITH = {"confirmation_code": "48210937", "last_name": "Smith"}
PRICE = "For two nights from Friday, November 27, for two adults, the Standard Queen is $281.22 in total, with tax."
