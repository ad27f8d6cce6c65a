"""What is known of the recording of a call: who made it, where it is, when it has to go. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Silence:
    """Of this time nothing is kept: card data was said."""

    start: datetime
    end: datetime


Why = Literal["card", "away"]
"""`card`: card data was said. `away`: the guest is with people, on the way to them, or keys a card."""


@dataclass(frozen=True)
class Pause:
    """From `since` on nothing is kept, until it is over."""

    why: Why
    since: datetime


@dataclass(frozen=True)
class Recording:
    """One call's, under `recording_id_of` its session.

    `source`: by the relay (many files, in the folder of the session) or by Twilio (one, which it has until it was
    fetched). `starting`: it was asked for. `to_fetch`: it is complete, at Twilio. `kept`: it is in the store, at `url`,
    until `delete_at`. `failed`: there is none. `channels`: of the file at Twilio; a message on tape has one.
    """

    recording_id: str
    property_id: str
    session_id: str
    created_at: datetime
    source: Literal["relay", "twilio"]
    status: Literal["starting", "going_on", "to_fetch", "kept", "deleted", "failed"] = "starting"
    call_sid: str = ""
    recording_sid: str = ""
    started_at: datetime | None = None
    channels: int = 2
    pauses: tuple[Pause, ...] = ()  # of now, each for another reason
    silences: tuple[Silence, ...] = ()
    url: str = ""
    delete_at: datetime | None = None
    attempts: int = 0  # to fetch it
    last_error: str = ""


def recording_id_of(session_id: str) -> str:
    return f"rec_{session_id}"
