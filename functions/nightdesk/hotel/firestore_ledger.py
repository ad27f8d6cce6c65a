"""The Firestore store's share of the tool ledger: voice_calls/{session_id}/tool_ledger/{tool_call_id}.

A change reads all entries and puts some, so a document beside them, the head, is rewritten by every change: whoever has
read an older head is told so by the commit. How a ledger was left is remembered here for a while. That spares reading
it again for nearly every change, and is safe: what is decided on it is committed under the condition that the head is
still that one, and where there is nothing to commit it is read anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nightdesk.conversation import ToolCall
from nightdesk.hotel.documents import document, read
from nightdesk.hotel.firestore_base import FirestoreBase, Writes
from nightdesk.hotel.ports import LedgerChange, T

_HEAD = "!head"
_REMEMBERED = 200  # ledgers


@dataclass(frozen=True)
class _Ledger:
    """As it was at one moment. `entries` are in the order of claim, each with its number; the head has two counts."""

    head_at: Any = None  # when the head was written; None: there is none yet
    claims: int = 0
    changes: int = 0
    entries: Mapping[str, tuple[int, ToolCall]] = field(default_factory=dict)

    @property
    def calls(self) -> list[ToolCall]:
        return [call for _, call in self.entries.values()]


class FirestoreLedger(FirestoreBase):
    def __init__(self, project: str, database: str, **bounds: float) -> None:
        super().__init__(project, database, **bounds)
        self._remembered: OrderedDict[str, _Ledger] = OrderedDict()
        self._remembering = threading.Lock()

    def tool_calls(self, session_id: str) -> list[ToolCall]:
        return self._read(session_id).calls

    def change_ledger(self, session_id: str, change: Callable[[Sequence[ToolCall]], LedgerChange[T]]) -> T:
        def decide_on(ledger: _Ledger) -> tuple[Writes | None, T]:
            changed = change(ledger.calls)
            if not changed.put and not changed.remove:
                return None, changed.value
            return self._writes(session_id, ledger, changed), changed.value

        with self._remembering:
            remembered = self._remembered.pop(session_id, None)
        if remembered is not None:
            writes, value = decide_on(remembered)
            if writes is not None and self._committed(writes):
                return value
        return self._change(lambda: decide_on(self._read(session_id)))

    def _writes(self, session_id: str, ledger: _Ledger, changed: LedgerChange[Any]) -> Writes:
        entries, claims = dict(ledger.entries), ledger.claims
        writes = Writes(delete=[self._entry(session_id, name) for name in changed.remove if entries.pop(name, None)])
        for call in changed.put:
            if call.tool_call_id in entries:
                number = entries[call.tool_call_id][0]
            else:
                number = claims = claims + 1
            entries[call.tool_call_id] = (number, call)
            writes.set.append(
                (self._entry(session_id, call.tool_call_id), {**document(call, pack=True), "seq": number})
            )
        # A document that is written as it was keeps its time, and nobody would be told: so the head counts its changes.
        head = {"seq": 0, "claims": claims, "changes": ledger.changes + 1}
        if ledger.head_at is None:
            writes.create.append((self._head(session_id), head))
        else:
            writes.update.append((self._head(session_id), ledger.head_at, head))
        writes.then = lambda at: self._remember(session_id, _Ledger(at, claims, ledger.changes + 1, entries))
        return writes

    def _read(self, session_id: str) -> _Ledger:
        found = self._list(self._document("voice_calls", session_id).collection("tool_ledger").order_by("seq"))
        calls = [(s.get("seq"), read(ToolCall, s.to_dict())) for s in found if s.id != _HEAD]
        by_id = {call.tool_call_id: (number, call) for number, call in calls}
        if not found or found[0].id != _HEAD:  # nothing yet; or the first claim, not to be seen as a whole yet
            return _Ledger(entries=by_id)
        head = found[0]
        return _Ledger(head.update_time, head.get("claims"), head.get("changes"), by_id)

    def _remember(self, session_id: str, ledger: _Ledger) -> None:
        with self._remembering:
            self._remembered[session_id] = ledger
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)

    def _head(self, session_id: str) -> Any:
        return self._document("voice_calls", session_id).collection("tool_ledger").document(_HEAD)

    def _entry(self, session_id: str, tool_call_id: str) -> Any:
        return self._document("voice_calls", session_id, "tool_ledger", tool_call_id)
