"""Whether an engine runs the session that it was asked for. Pure.

Without this the caller hears noise where the format is another one, and is answered twice where the engine responds
by itself. Words that it does not repeat are taken as granted; a voice of its choosing is no reason to do without it.
Source: OpenAI Realtime reference, checklist: verify in `session.updated` what `session.update` asked for; OpenAI
GPT-Live reference: `session.started` has the resolved configuration.
"""

from __future__ import annotations

from collections.abc import Mapping

_MUST_BE = (
    ("format", "type"),
    ("input", "format", "type"),
    ("output", "format", "type"),
    ("input", "turn_detection", "create_response"),
    ("input", "turn_detection", "interrupt_response"),
)


def other_than_asked(asked: object, granted: object) -> str:
    """Where `granted` says something else than `asked`, with dots; "" for nowhere. Both are a session's `audio`."""
    for path in _MUST_BE:
        for wanted in _at(asked, path):
            if any(given != wanted for given in _at(granted, path)):
                return ".".join(path)
    return ""


def _at(audio: object, path: tuple[str, ...]) -> list[object]:
    """What stands there, if anything does; null where something on the way is null."""
    found = audio
    for name in path:
        if isinstance(found, Mapping):
            if name not in found:
                return []
            found = found[name]
    return [found]
