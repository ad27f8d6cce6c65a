"""Times measured from a call's audio: the two tracks as the guest's telephone recorded them.

Nothing here trusts a log: silence and sound decide.
"""

import statistics
from dataclasses import asdict, dataclass
from typing import Any

from local.sound import Stretch, stretches

AGENT_JOIN_MS = 250
"""A sentence's own pauses are shorter; what follows a longer one is a new stretch."""
GUEST_JOIN_MS = 450


@dataclass(frozen=True)
class Times:
    """Milliseconds. `replies_ms`: from the end of each thing the guest said to the agent's first sound after it."""

    answer_to_first_audio_ms: int | None
    replies_ms: tuple[int, ...]
    barge_in_to_silence_ms: tuple[int, ...]
    call_ms: int

    @property
    def reply_median_ms(self) -> int | None:
        return round(statistics.median(self.replies_ms)) if self.replies_ms else None

    def as_json(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "replies_ms": list(self.replies_ms),
            "barge_in_to_silence_ms": list(self.barge_in_to_silence_ms),
            "reply_median_ms": self.reply_median_ms,
        }


def measure(heard: bytes, said: bytes) -> Times:
    """`heard`: what the guest heard, `said`: what the guest said; aligned mu-law from the answer on."""
    agent = stretches(heard, join_ms=AGENT_JOIN_MS)
    guest = stretches(said, join_ms=GUEST_JOIN_MS)
    return Times(
        answer_to_first_audio_ms=agent[0].start_ms if agent else None,
        replies_ms=tuple(_replies(agent, guest)),
        barge_in_to_silence_ms=tuple(_barge_ins(agent, guest)),
        call_ms=len(heard) // 8,
    )


def _replies(agent: list[Stretch], guest: list[Stretch]) -> list[int]:
    """Neither what the agent was saying when the guest ended is a reply, nor what follows the guest's next words."""
    found = []
    for number, spoken in enumerate(guest):
        limit = guest[number + 1].start_ms if number + 1 < len(guest) else None
        if any(stretch.start_ms <= spoken.end_ms < stretch.end_ms for stretch in agent):
            continue
        reply = next((stretch.start_ms for stretch in agent if stretch.start_ms > spoken.end_ms), None)
        if reply is not None and (limit is None or reply < limit):
            found.append(reply - spoken.end_ms)
    return found


def _barge_ins(agent: list[Stretch], guest: list[Stretch]) -> list[int]:
    """From the guest's first sound in the middle of the agent's speech to the agent's last."""
    return [
        stretch.end_ms - spoken.start_ms
        for spoken in guest
        for stretch in agent
        if stretch.start_ms < spoken.start_ms < stretch.end_ms
    ]
