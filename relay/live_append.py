"""Text cut into pieces that the engine takes in one append. Pure.

Source: OpenAI GPT-Live reference, append events: 500 tokens; a budget of about 450 estimated ones leaves room.
"""

from __future__ import annotations

# 450 tokens at three characters each.
LONGEST = 1350


def pieces(text: str, longest: int = LONGEST) -> list[str]:
    """The whole of `text` in order, cut at the end of a sentence where there is one, else between words."""
    parts = []
    text = text.strip()
    while len(text) > longest:
        end = max(text.rfind(mark, 0, longest) for mark in (". ", "? ", "! ", "\n")) + 1
        if end < longest // 2:
            end = text.rfind(" ", 0, longest) + 1 or longest
        parts.append(text[:end].strip())
        text = text[end:].strip()
    return [*parts, text] if text else parts
