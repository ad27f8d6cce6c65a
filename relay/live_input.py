"""What a Live session begins with: its configuration, and the conversation as text, tools as notes. Pure.

Source: OpenAI GPT-Live reference, `session.input`: developer, user and assistant messages of one text part, at most
128 of them and 8,192 tokens; absent when there are none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from relay import live, realtime
from relay.functions import Session
from relay.talk import Attempt

MOST_MESSAGES = 128
# Of 8,192 tokens, at two and a half bytes each: English has about four, tools' results full of figures have fewer.
MOST_BYTES = 20_000
BYTES_PER_MESSAGE = 20  # for its role and what stands around it
LONGEST_NOTE = 4_000

_PART = {"developer": "input_text", "user": "input_text", "assistant": "output_text"}


def configuration(session: Session, attempt: Attempt, event_id: str) -> live.StartSession:
    """What a fresh engine is sent first. Once an attempt has begun, the conversation is known better here."""
    made = dict(session.engine_session)
    if attempt.conversation.has_begun:
        made["input"] = input_items(attempt.conversation.seed())
    if not made.get("input"):
        made.pop("input", None)  # the service takes neither null nor an empty list
    return live.StartSession(made, event_id)


def input_items(seed: Iterable[realtime.ToEngine]) -> list[dict[str, Any]]:
    """Messages of `session.input` from what another dialect would be told item by item."""
    said: list[tuple[str, str]] = []
    called: dict[str, str] = {}
    for item in seed:
        match item:
            case realtime.AddMessage("system", text):
                said.append(("developer", text))
            case realtime.AddMessage():
                said.append((item.role, item.text))
            case realtime.AddFunctionCall(tool_call_id, name, arguments):
                called[tool_call_id] = f"{name}({arguments})"
            case realtime.AddFunctionOutput(tool_call_id, output):
                said.append(("developer", f"{called.get(tool_call_id, 'A tool')} gave {output}"[:LONGEST_NOTE]))
            case _:
                pass
    newest: list[dict[str, Any]] = []
    room = MOST_BYTES
    for role, text in reversed(said[-MOST_MESSAGES:]):
        room -= len(text.encode()) + BYTES_PER_MESSAGE
        if room < 0:
            break
        newest.append({"type": "message", "role": role, "content": [{"type": _PART[role], "text": text}]})
    return newest[::-1]
