"""The languages that engines speak, each as what a call and its lines must know of it. Pure.

A new dialect is one entry here: a codec, a Talk, and how an engine takes its configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from relay import faults, live, live_codec, live_input, realtime, realtime_codec
from relay.dialogue import Dialogue
from relay.faults import Fault
from relay.functions import Session
from relay.granted import other_than_asked
from relay.live_talk import LiveTalk
from relay.talk import Attempt, Talk

# The event id that an engine names when it refuses its configuration.
CONFIGURE = "configure"


@dataclass(frozen=True, slots=True)
class Codec:
    """An engine's wire."""

    read: Callable[[memoryview], Any]  # raises BadMessage
    write: Callable[[Any], bytes]
    append: tuple[bytes, bytes]  # what stands before and after the base64 of the caller's audio in its message
    has_deltas: bool = False  # the agent's audio comes in messages that `DeltaReader` reads
    convert: Callable[[bytes], bytes] | None = None  # makes such base64 of the caller's; None: it is such


@dataclass(frozen=True, slots=True)
class Ready:
    """The engine took its configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    codec: Codec
    talk: Callable[[Attempt], Talk]
    configuration: Callable[[Session, Attempt], Any]  # what a fresh engine is sent first
    answer: Callable[[object, Any], Ready | Fault | None]  # what an event says of that, once sent; None: nothing
    expires_at: Callable[[object], float | None]  # when the engine ends its session, seconds since 1970; None: no word
    lasts_s: int  # where it does not say
    patience_ms: int  # a step to readiness that takes longer is slow
    is_told_by_configuration: bool  # the configuration holds the conversation
    # Tells an engine that is configured to write the caller's words in another language; None: there is no need.
    transcribe_in: Callable[[Session, str], Any] = lambda session, language: None
    goodbye: Any = None  # said before the socket is closed, which is once the engine has answered
    over: type | None = None  # the event by which an engine answers that, or ends a session by itself


def _ready(asked: Any, granted: Mapping[str, Any]) -> Ready | Fault:
    """The engine has taken its configuration, and says what it has made of it."""
    if asked is not None and (place := other_than_asked(asked.session.get("audio"), granted)):
        return Fault("refused", f"session has another audio.{place}", is_fatal=True)
    return Ready()


def _realtime_answer(event: object, asked: Any) -> Ready | Fault | None:
    match event:
        case realtime.SessionUpdated(granted):
            return _ready(asked, granted)
        case realtime.EngineError(code, event_id=event_id):
            fault = faults.of_error(code)
            if fault is None and event_id == CONFIGURE:
                return Fault("refused", f"session refused: {code}", is_fatal=True)
            return fault
        case _:
            return None


def _realtime_expires_at(event: object) -> float | None:
    return event.expires_at if isinstance(event, realtime.SessionCreated) else None


def _realtime_transcribe_in(session: Session, language: str) -> realtime.UpdateSession | None:
    """The language is pinned, or another one would be written where the caller said a foreign word.

    Source: OpenAI Realtime, session.update: only fields that are present change.
    """
    match session.engine_session:
        case {"audio": {"input": {"transcription": {"language": _, **others}}}}:
            transcription = {**others, "language": language}
            return realtime.UpdateSession(
                {"type": "realtime", "audio": {"input": {"transcription": transcription}}}, "language"
            )
        case _:
            return None


def _live_answer(event: object, asked: Any) -> Ready | Fault | None:
    match event:
        case live.Started():
            return _ready(asked, event.audio)
        case live.EngineError(code):
            is_ours = code in ("unknown_parameter", "invalid_type", "forbidden")
            return faults.of_error(code) or Fault("refused", f"session refused: {code}", is_fatal=is_ours)
        case live.Closed(reason):
            return Fault("closed", f"session closed: {reason}")
        case _:
            return None


DIALECTS: Mapping[str, Dialect] = {
    # Source: OpenAI Realtime: a session lasts 60 minutes from its connection, without extension.
    "realtime": Dialect(
        codec=Codec(realtime_codec.read, realtime_codec.write, realtime_codec.APPEND, has_deltas=True),
        talk=Dialogue,
        configuration=lambda session, attempt: realtime.UpdateSession(session.engine_session, CONFIGURE),
        answer=_realtime_answer,
        expires_at=_realtime_expires_at,
        lasts_s=3600,
        patience_ms=500,
        is_told_by_configuration=False,
        transcribe_in=_realtime_transcribe_in,
    ),
    # Source: OpenAI GPT-Live reference: `session.started` comes after 0.6 to 1.1 s; a session was seen to last 2 hours;
    # an error before it means that there will be none; only `session.closed` proves that the end was taken down.
    "live": Dialect(
        codec=Codec(live_codec.read, live_codec.write, live_codec.APPEND),
        talk=LiveTalk,
        configuration=lambda session, attempt: live_input.configuration(session, attempt, CONFIGURE),
        answer=_live_answer,
        expires_at=lambda event: event.expires_at if isinstance(event, live.Started) else None,
        lasts_s=7200,
        patience_ms=1500,
        is_told_by_configuration=True,
        goodbye=live.CloseSession("goodbye"),
        over=live.Closed,
    ),
}
