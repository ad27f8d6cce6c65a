"""Work that the voice model delegates to us: when to ask the clerk, with which words, and what its answer means. Pure.

A delegation carries no text. The request is rebuilt from what the caller said since the one before, put behind the
clerk's own record: its sentences, not the voice's paraphrase of them, and its tools' outcomes. One piece of work is
done at a time; a newer delegation takes the place of the one before, which is told so.
Source: OpenAI GPT-Live reference, client delegation; `POST /clerk`: its state is a fold over history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from relay import realtime
from relay.functions import AskClerk, ClerkAnswer, ToolAnswer
from relay.live_ledger import Ledger
from relay.tool_calls import InFlight, parse_arguments

# The caller's last words may follow the delegation: they are waited for so long, and so long without another one.
WORDS_WAIT_MS = 1000
WORDS_PAUSE_MS = 300
MOST_STEPS = 6


@dataclass(slots=True)
class _Work:
    delegation_id: str  # "" when keys, not words, are to be answered
    offset_ms: int
    since_ms: int
    asked: int = 0  # number of the question under way
    steps: int = 0


class ClerkDesk:
    """`asked` is how many questions were asked before it: an answer to one of those is none to it.

    `is_unanswered` says whether the caller waits for what an engine before was to answer.
    """

    def __init__(self, seed: Iterable[realtime.ToEngine] = (), *, asked: int = 0, is_unanswered: bool = False) -> None:
        self.history = _entries(seed)
        self._session_from = len(self.history)  # where in it this engine's session begins
        self._waiting: _Work | None = None
        self._working: _Work | None = None
        self._tool = ""  # the call that is being run
        self._seen: set[str] = set()
        self.asked = asked
        self._words_from_ms = 0
        self._has_spoken = False
        self._was_owed = is_unanswered  # when this session began
        self._is_unanswered = is_unanswered  # what the caller said last is in the record, but not answered

    @property
    def is_busy(self) -> bool:
        return self._waiting is not None or self._working is not None

    # --- a delegation ---

    def delegated(self, delegation_id: str, offset_ms: int, now_ms: int) -> list[str]:
        """Take work on. Returns the delegations that are answered by this one from now on."""
        if delegation_id and delegation_id in self._seen:
            return []
        self._seen.add(delegation_id)
        replaced = [work.delegation_id for work in (self._working, self._waiting) if work and work.delegation_id]
        self._working, self._waiting = None, _Work(delegation_id, offset_ms, now_ms)
        return replaced

    def handed(self, text: str, role: str, now_ms: int) -> list[str]:
        """Something came in that was not spoken (keys, typed words): the clerk is asked what follows."""
        self.history.append({"type": "message", "role": role, "text": text})
        self._is_unanswered = True
        return self.delegated("", -1, now_ms)

    def noted(self, note: str) -> None:
        self.history.append({"type": "message", "role": "system", "text": note})

    def next(self, ledger: Ledger, now_ms: int) -> AskClerk | None:
        """The question to ask now, if the caller's words are as complete as they will be."""
        work = self._waiting
        if work is None or self._tool or now_ms < self._ready_ms(work, ledger):
            return None
        self._waiting, self._working = None, work
        self._take_words(ledger)
        return self._ask(work)

    def due_ms(self, ledger: Ledger) -> int | None:
        return self._ready_ms(self._waiting, ledger) if self._waiting and not self._tool else None

    def _ready_ms(self, work: _Work, ledger: Ledger) -> int:
        until_ms = work.since_ms + WORDS_WAIT_MS
        end_ms, latest_ms = ledger.heard_until("user")
        return min(until_ms, latest_ms + WORDS_PAUSE_MS) if end_ms >= work.offset_ms else until_ms

    def _take_words(self, ledger: Ledger) -> None:
        """What was said since the last question; before the first one, the agent's words belong to it too.

        Unless a request from before is passed on as it was: a greeting, or an apology, is no answer to that.
        """
        text, self._words_from_ms = ledger.words("user", self._words_from_ms)
        if not self._has_spoken and (text or not self._was_owed):
            said = [group.text for group in ledger.groups if group.role == "assistant"]
            entries = [{"type": "message", "role": "assistant", "text": text} for text in said if text]
            self.history[self._session_from : self._session_from] = entries  # behind it is what was typed or keyed
        self._has_spoken = True
        if text or not self._is_unanswered:
            self.history.append({"type": "message", "role": "user", "text": text})

    def _ask(self, work: _Work) -> AskClerk:
        self.asked += 1
        work.asked = self.asked
        work.steps += 1
        self._is_unanswered = True
        return AskClerk(self.asked, tuple(self.history))

    # --- what came of it ---

    def answered(self, answer: ClerkAnswer) -> str | None:
        """The delegation that this answer is for, None when it has been replaced, or came to nothing."""
        work = self._working
        return work.delegation_id if work is not None and work.asked == answer.number else None

    def may_run(self, answer: ClerkAnswer) -> bool:
        """Whether the tool the clerk wants is to be run; a clerk that never comes to a sentence is stopped."""
        return bool(answer.tool) and self._working is not None and self._working.steps < MOST_STEPS

    def runs(self, tool_call_id: str) -> None:
        self._tool = tool_call_id

    def said(self, text: str) -> None:
        """The work is done with these words."""
        self._working, self._is_unanswered = None, False
        self.history.append({"type": "message", "role": "assistant", "text": text})

    def ran(self, call: InFlight, answer: ToolAnswer) -> AskClerk | None:
        """A tool's outcome: the next question, unless newer work is waiting and asks for itself."""
        result = answer.result if answer.ok else {"error": dict(answer.error)}
        self.history.append(_tool(call.tool_call_id, call.name, dict(call.arguments), result))
        if call.tool_call_id != self._tool:
            return None
        self._tool = ""
        return self._ask(self._working) if self._working is not None else None


def _entries(seed: Iterable[realtime.ToEngine]) -> list[dict[str, Any]]:
    """What another dialect would be told item by item, as `POST /clerk` takes it."""
    entries: list[dict[str, Any]] = []
    calls: dict[str, realtime.AddFunctionCall] = {}
    for item in seed:
        match item:
            case realtime.AddMessage(role, text, item_id):
                entries.append({"type": "message", "role": role, "text": text, "item_id": item_id})
            case realtime.AddFunctionCall(tool_call_id):
                calls[tool_call_id] = item
            case realtime.AddFunctionOutput(tool_call_id, output) if tool_call_id in calls:
                call = calls[tool_call_id]
                entries.append(
                    _tool(tool_call_id, call.name, parse_arguments(call.arguments) or {}, orjson.loads(output))
                )
            case _:
                pass
    return entries


def _tool(tool_call_id: str, name: str, arguments: Any, result: Any) -> dict[str, Any]:
    return {"type": "tool", "tool_call_id": tool_call_id, "name": name, "arguments": arguments, "result": result or {}}
