"""What follows for a call: a tool, a key or the agent decides it now, and it is done when its words have been heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Then:
    """What is to happen to the call when its stream ends.

    `due`: the relay has said that the reply was heard (or gives the call back). A transfer acts without, a hangup not.
    `seconds` is how long a hold lasts.
    `position` is the (attempt, turn) of the tool call that asked, when known. `last_resort`: no agent can take over.
    """

    action: Literal["hangup", "transfer", "reconnect", "hold", "gather", "voicemail", "pay"]
    to: str = ""
    reason: str = ""
    tool_call_id: str = ""
    position: tuple[int, int] | None = None
    due: bool = False
    last_resort: bool = False
    seconds: int = 0

    def wire(self) -> dict[str, Any]:
        pairs = {"action": self.action, "to": self.to, "reason": self.reason, "seconds": self.seconds}
        return {name: value for name, value in pairs.items() if value}
