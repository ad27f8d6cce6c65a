"""Where a call stands, from the opened socket to its close, and what may move it on."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    ARRIVING = "arriving"  # the socket is open; no `start` yet
    PREPARING = "preparing"  # the session or an engine is being waited for; caller audio is kept
    TALKING = "talking"
    LEAVING = "leaving"  # `then` was posted; its answer closes the stream
    OVER = "over"


TRANSITIONS: dict[tuple[Phase, str], Phase] = {
    (Phase.ARRIVING, "start"): Phase.PREPARING,
    (Phase.ARRIVING, "end"): Phase.OVER,
    (Phase.PREPARING, "engine ready"): Phase.TALKING,
    (Phase.PREPARING, "engine lost"): Phase.PREPARING,
    (Phase.PREPARING, "leave"): Phase.LEAVING,
    (Phase.PREPARING, "end"): Phase.OVER,
    (Phase.TALKING, "engine lost"): Phase.PREPARING,
    (Phase.TALKING, "leave"): Phase.LEAVING,
    (Phase.TALKING, "end"): Phase.OVER,
    (Phase.LEAVING, "end"): Phase.OVER,
}


class Course:
    """Where one call stands."""

    def __init__(self) -> None:
        self.phase = Phase.ARRIVING

    def move(self, trigger: str) -> None:
        self.phase = TRANSITIONS[self.phase, trigger]

    @property
    def goes_on(self) -> bool:
        return self.phase in (Phase.PREPARING, Phase.TALKING)
