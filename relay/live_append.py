"""Text cut into pieces that the engine takes in one append. Pure.

Source: OpenAI GPT-Live reference, append events: 500 tokens; a budget of about 450 estimated ones leaves room.
"""

from __future__ import annotations

# 450 tokens at three characters each.
LONGEST = 1350


def pieces(text: str) -> list[str]:
    """The whole of `text` in order, cut at the end of a sentence where there is one, else between words."""
    parts = []
    text = text.strip()
    while len(text) > LONGEST:
        end = max(text.rfind(mark, 0, LONGEST) for mark in (". ", "? ", "! ", "\n")) + 1
        if end < LONGEST // 2:
            end = text.rfind(" ", 0, LONGEST) + 1 or LONGEST
        parts.append(text[:end].strip())
        text = text[end:].strip()
    return [*parts, text] if text else parts
