"""A call that the hotel places, as it is kept: one record for each time a guest's telephone is made to ring. Pure.

What may be placed is in `outbound_rules.py`, what is said in `prompts/outbound`, and who places it is `outbound.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Purpose = Literal["callback", "reminder", "offer", "satisfaction"]
Outcome = Literal["", "answered", "voicemail", "busy", "no_answer", "failed", "refused"]

LONGEST_CALL = timedelta(hours=1)
LEASE = timedelta(minutes=2)
"""So long whoever stored a call may take to have it placed; half of it is the last moment to ask Twilio."""


@dataclass(frozen=True)
class OutboundCall:
    """`status` is open until it is known what became of the call, which is its `outcome`; `progress` is Twilio's word.

    `session_id` and `call_sid` are "" until Twilio has taken the call. `phone` is the guest's, `caller` ours, E.164.
    `due_at`: should nobody have told what became of it, somebody asks then. `slot_at` names its place among the calls
    that the hotel places at once. `answered_by` is Twilio's guess, `outcome` our word. `variables` are the script's.
    `callback_id`: the promise that it keeps. `rating` (1 to 5) and `comment`: what a guest has said of their stay.
    """

    outbound_id: str
    property_id: str
    session_id: str
    created_at: datetime
    due_at: datetime
    purpose: Purpose
    phone: str
    caller: str
    language: str
    slot_at: datetime
    variables: Mapping[str, str] | None = None
    callback_id: str = ""
    status: Literal["open", "done"] = "open"
    outcome: Outcome = ""
    progress: str = ""
    call_sid: str = ""
    answered_by: str = ""
    voicemail_left: bool = False
    duration_s: int | None = None
    ended_at: datetime | None = None
    last_error: str = ""
    rating: int | None = None
    comment: str = ""
