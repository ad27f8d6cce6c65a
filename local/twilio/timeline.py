"""What a call leaves: its record, and in it the timeline of everything that happened.

A timeline `Entry` has one of these kinds:
    status    status                                             the call's status changed
    webhook   purpose url method params http_status duration_ms error    one HTTP attempt
    verb      verb (+ the verb's own fields)                     a TwiML verb began
    stream    state (connecting started stopped failed) stream_sid url   the media stream's life
    clear     dropped_ms                                         the stream's buffer was emptied
    dial      state number call_sid                              somebody was called (calling bridged busy ...)
    detected  answered_by after_ms                               answering machine detection has decided
    gathered  reason (digits speech nothing) keys                a <Gather> is over
    conference state conference                                  the call is in a conference, or no longer
    queue     state queue                                        the call waits, or does no longer (a QueueResult)
    pay       state (asking refused charged ...) for attempt     a <Pay> goes on
    recording state recording_sid                                a recording began, paused, ended (recordings.py)
    key       digit                                              the phone's owner pressed a key
    problem   code level message detail                          what Twilio's debugger would show
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    """Something that happened. `at_ms` is call time since the answer (negative before it, see `CallRecord`)."""

    at_ms: int
    kind: str
    detail: dict[str, object]


@dataclass(frozen=True)
class CallRecord:
    """All that is left of a call. Both tracks are mu-law 8 kHz from the answer on and equally long."""

    call_sid: str
    parent_call_sid: str | None
    direction: str
    from_: str
    to: str
    status: str
    ended_by: str
    created_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    duration_s: int
    heard: bytes
    said: bytes
    keys_heard: str
    timeline: tuple[Entry, ...]
    children: tuple["CallRecord", ...]
