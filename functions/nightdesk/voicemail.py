"""A message that a guest has left on tape: kept for the staff, and a call back promised. Over the store alone.

Twilio tells of the recording and of its words in any order, and of each perhaps twice: one message comes of it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nightdesk import blocking, cards, guests, outbound_rules, phone_words
from nightdesk.conversation import Session
from nightdesk.hotel.model import Property
from nightdesk.hotel.ports import Records
from nightdesk.hotel.recordings import Recording, Silence, recording_id_of
from nightdesk.hotel.records import Callback, Message

SOONEST = timedelta(minutes=30)
"""From the message to the call back: the staff may have called by then."""
_LONGER = timedelta(days=1)  # than any tape
_QUARTER, _WEEK = timedelta(minutes=15), timedelta(days=7)


@dataclass(frozen=True)
class Left:
    """What Twilio tells of the tape."""

    recording_sid: str
    seconds: int


@dataclass(frozen=True)
class Promise:
    due_at: datetime


def keep(store: Records, hotel: Property, session: Session, left: Left, now: datetime) -> Promise | None:
    """Keep the message, and promise a call back where the hotel may call the guest's number. Raises: StoreError.

    The tape is brought home, deleted at Twilio and in the end deleted here by the jobs that do so with recordings.
    """
    tape = _tape(hotel, session, left.recording_sid, now)
    store.change_record(Recording, tape.recording_id, lambda known: None if known else tape)

    def kept(known: Message | None) -> Message:
        message = known or _message(hotel, session, left.recording_sid, now)
        return replace(message, recording_id=tape.recording_id, recording_seconds=left.seconds)

    store.change_record(Message, _id("message", session, left.recording_sid), kept)
    if not _may_be_called(store, hotel, session.caller_id, now):
        return None
    return Promise(_call_back(store, hotel, session, left.recording_sid, now).due_at)


def write_down(
    store: Records, hotel: Property, session: Session, recording_sid: str, words: str, now: datetime
) -> None:
    """Give the message its words, masked. Raises: StoreError.

    Where a card number was said is not told: the whole tape is silenced, by the job that brings it home, or once more.
    """

    def written(known: Message | None) -> Message:
        return replace(known or _message(hotel, session, recording_sid, now), text=words)

    store.change_record(Message, _id("message", session, recording_sid), written)
    if cards.REMOVED in words:
        tape = _tape(hotel, session, recording_sid, now)
        store.change_record(Recording, tape.recording_id, lambda known: _silent(known or tape, now))


def _tape(hotel: Property, session: Session, recording_sid: str, now: datetime) -> Recording:
    return Recording(
        recording_id=f"{recording_id_of(session.session_id)}_{recording_sid}",
        property_id=hotel.property_id,
        session_id=session.session_id,
        created_at=now,
        source="twilio",
        status="to_fetch",
        call_sid=session.call_sid,
        recording_sid=recording_sid,
        channels=1,
    )


def _silent(tape: Recording, now: datetime) -> Recording:
    all_of_it = Silence(tape.created_at - _LONGER, now + _LONGER)
    silent = replace(tape, silences=(*tape.silences, all_of_it))
    return replace(silent, status="to_fetch") if tape.status == "kept" else silent


def _may_be_called(store: Records, hotel: Property, phone: str, now: datetime) -> bool:
    """Whether a call back to this number is not one that will be given up when it is due."""
    guest, is_blocked = guests.find(store, hotel.property_id, phone), blocking.is_blocked(store, hotel, phone, now)
    return not outbound_rules.refused(hotel, "callback", phone, now, guest, is_blocked=is_blocked)


def _call_back(store: Records, hotel: Property, session: Session, recording_sid: str, now: datetime) -> Callback:
    """The promise that this message brings; or what was promised to the number before, and is to come by then."""
    due_at = due(hotel, session.caller_id, now)
    promised = Callback(
        callback_id=_id("callback", session, recording_sid),
        property_id=hotel.property_id,
        session_id=session.session_id,
        created_at=now,
        due_at=due_at,
        phone=session.caller_id,
        phone_source="caller_line",
        reason=phone_words.said("on_tape", session.language),
        language=session.language,
        promised_at=due_at,
        caller=session.called,
    )
    known = store.records(Callback, property_id=hotel.property_id, phone=session.caller_id)
    sooner = [c for c in known if c.status == "scheduled" and c.due_at <= due_at]
    if sooner:
        return min(sooner, key=lambda callback: callback.due_at)
    return store.change_record(Callback, promised.callback_id, lambda known: None if known else promised) or promised


def due(hotel: Property, phone: str, now: datetime) -> datetime:
    """When to call back: soon, or at the first hour at which the hotel may call this number, wherever that is."""
    due_at = now + SOONEST
    for _ in range(_WEEK // _QUARTER):
        if outbound_rules.is_time_to_call(hotel, "callback", phone, due_at):
            return due_at
        due_at += _QUARTER - (due_at - datetime.min.replace(tzinfo=due_at.tzinfo)) % _QUARTER
    return now + SOONEST


def _message(hotel: Property, session: Session, recording_sid: str, now: datetime) -> Message:
    return Message(
        message_id=_id("message", session, recording_sid),
        property_id=hotel.property_id,
        session_id=session.session_id,
        created_at=now,
        for_whom=hotel.front_desk.name,
        text=phone_words.said("to_be_heard", hotel.language),
        phone=session.caller_id,
    )


def _id(kind: str, session: Session, recording_sid: str) -> str:
    return f"{kind}_{hashlib.sha256(f'{session.session_id}:{recording_sid}'.encode()).hexdigest()[:20]}"
