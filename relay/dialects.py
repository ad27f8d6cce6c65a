"""The languages that engines speak, each as what a call and its lines must know of it. Pure.

A new dialect is one entry here: a codec, a Talk, and how an engine takes its configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from relay import faults, realtime, realtime_codec
from relay.dialogue import Dialogue
from relay.faults import Fault
from relay.messages import Session
from relay.talk import Attempt, Talk

# The event id that an engine names when it refuses its configuration.
CONFIGURE = "configure"


@dataclass(frozen=True, slots=True)
class Ready:
    """The engine took its configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    read: Callable[[memoryview], Any]  # raises BadMessage
    write: Callable[[Any], bytes]
    talk: Callable[[Attempt], Talk]
    configuration: Callable[[Session, Attempt], Any]  # what a fresh engine is sent first
    answer: Callable[[object], Ready | Fault | None]  # what an event says of that; None: nothing
    expires_at: Callable[[object], float | None]  # when the engine ends its session, seconds since 1970; None: no word
    lasts_s: int  # where it does not say
    patience_ms: int  # a step to readiness that takes longer is slow
    is_told_by_configuration: bool  # the configuration holds the conversation


def _realtime_answer(event: object) -> Ready | Fault | None:
    match event:
        case realtime.SessionUpdated():
            return Ready()
        case realtime.EngineError(code, event_id=event_id):
            fault = faults.of_error(code)
            if fault is None and event_id == CONFIGURE:
                return Fault("refused", f"session refused: {code}", is_fatal=True)
            return fault
        case _:
            return None


def _realtime_expires_at(event: object) -> float | None:
    return event.expires_at if isinstance(event, realtime.SessionCreated) else None


DIALECTS: Mapping[str, Dialect] = {
    # Source: OpenAI Realtime: a session lasts 60 minutes from its connection, without extension.
    "realtime": Dialect(
        read=realtime_codec.read,
        write=realtime_codec.write,
        talk=Dialogue,
        configuration=lambda session, attempt: realtime.UpdateSession(session.engine_session, CONFIGURE),
        answer=_realtime_answer,
        expires_at=_realtime_expires_at,
        lasts_s=3600,
        patience_ms=500,
        is_told_by_configuration=False,
    ),
}
