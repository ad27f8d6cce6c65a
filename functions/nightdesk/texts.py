"""Sends a text message under the house's rules: to whom, how often, and not twice.

A text goes to a number of the guest that the system has seen, in a country that the hotel allows, unless its owner
wants none. Each session, each number and each hotel has so many a day. It is stored as `sending` before the network is
asked; one that got no answer is looked for with the telephone company before it is sent again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from nightdesk import guests, phone_countries, service_words
from nightdesk.errors import Refusal
from nightdesk.hotel.ports import Locks, Records
from nightdesk.hotel.records import Text
from nightdesk.hotel.reservations import Lock
from nightdesk.hotel.telephony import Telephony, TextInDoubt, TextRefused
from nightdesk.tools.desk import Desk

log = logging.getLogger(__name__)

MOST_PER_SESSION = 5
MOST_PER_NUMBER = 8
MOST_PER_HOTEL = 300
"""A number on a display can be anybody's: who shows many of them is not to text half a country at the hotel's cost."""
COUNTED_FOR = timedelta(hours=24)
IN_DOUBT_FOR = timedelta(minutes=1)
"""So long a text that got no answer may still turn up with the telephone company."""

_MESSAGES = {
    "no_sms_country": "the hotel sends no texts to that country: say it aloud instead, or let another number be keyed",
    "no_sms_number": "that number takes no texts: let the guest key another one",
    "opted_out": "the owner of that number wants no texts: say it aloud instead",
    "too_many_texts": "no more texts today: say it aloud instead",
    "sms_unavailable": "texts cannot be sent now: say so, and say it aloud instead",
    "sms_in_doubt": "it is not known whether the text was sent: do not say that it was, ask whether it has arrived",
}
_REFUSED = {
    "number": "no_sms_number",
    "country": "no_sms_country",
    "opted_out": "opted_out",
    "unavailable": "sms_unavailable",
}

_STATUSES: Mapping[str, Literal["sent", "delivered", "failed"]] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), "sent"),
    **dict.fromkeys(("delivered", "read", "received", "partially_delivered"), "delivered"),
    **dict.fromkeys(("undelivered", "failed", "canceled"), "failed"),
}


def send(
    desk: Desk, records: Records, locks: Locks, telephony: Telephony, to: str, template: str, body: str, about: str = ""
) -> Text:
    """Send `body` to `to` (E.164, a number the system has seen), once for `desk.write_id`; `about` a reservation_id.

    Raises: Refusal for everything that keeps it from being sent, with what to do instead.
    """
    if to in desk.hotel.phone_numbers:  # somebody shows it as theirs
        raise _refusal(desk, "no_sms_number")
    if phone_countries.country(to) not in desk.hotel.sms_countries:
        raise _refusal(desk, "no_sms_country")
    guest = guests.find(records, desk.hotel.property_id, to)
    if guest is not None and guest.may_text is False:
        raise _refusal(desk, "opted_out")
    wanted = Text(
        text_id=desk.write_id,
        property_id=desk.hotel.property_id,
        session_id=desk.session.session_id,
        created_at=desk.now,
        to=to,
        template=template,
        body=body,
        reservation_id=about,
    )
    known = records.record(Text, wanted.text_id)
    is_same = known is not None and (known.to, known.body) == (to, body)
    if known is not None and is_same and known.status in ("sent", "delivered"):
        return known
    try:
        if known is not None and is_same and known.status == "sending":
            if sid := telephony.find_text(to, _from(desk), body, known.created_at):
                return _settle(records, known, status="sent", message_sid=sid)
            if desk.now - known.created_at < IN_DOUBT_FOR:
                raise _refusal(desk, "sms_in_doubt")
        _count(desk, locks, to)
        records.change_record(Text, wanted.text_id, lambda _: wanted)
        sid = telephony.send_text(to, _from(desk), body, reference_of(wanted))
    except TextRefused as refused:
        log.warning("! text refused: %s", refused.problem)
        if refused.why == "opted_out":
            guests.consent(records, desk.hotel.property_id, to, desk.now, may_text=False)
        _settle(records, wanted, status="failed", last_error=refused.problem)
        raise _refusal(desk, _REFUSED[refused.why]) from None
    except TextInDoubt as doubt:
        log.warning("! text in doubt: %s", doubt)
        raise _refusal(desk, "sms_in_doubt") from None
    return _settle(records, wanted, status="sent", message_sid=sid)


def reference_of(text: Text) -> str:
    """What names this text to the network: a corrected one has the same id, and is another text."""
    return f"{text.text_id}.{int(text.created_at.timestamp() * 1000):x}"


def told(records: Records, reference: str, message_sid: str, message_status: str, error_code: str) -> Text | None:
    """Keep what the network says of a text; None where no such text is known.

    Callbacks come twice and in any order: `delivered` and `failed` are the last word, and `sent` never follows them.
    One that overtakes the answer to our request, or comes instead of it, settles that the text was sent.
    Source: Twilio, Messages resource, status; the status callback's MessageStatus and ErrorCode.
    """
    status = _STATUSES.get(message_status)

    def change(text: Text | None) -> Text | None:
        if text is None or reference_of(text) != reference or text.message_sid not in ("", message_sid):
            return None
        if status is None or text.status in ("delivered", "failed"):
            return None
        problem = f"Twilio {message_status} {error_code}".strip() if status == "failed" else ""
        return replace(text, status=status, message_sid=message_sid, last_error=problem)

    text = records.change_record(Text, reference.partition(".")[0], change)
    return text if text is not None and reference_of(text) == reference else None


def _from(desk: Desk) -> str:
    """The number that the guest called; at a screen the hotel's first."""
    ours = desk.hotel.phone_numbers
    return desk.session.called if desk.session.called in ours else ours[0]


def _settle(records: Records, sending: Text, **how: str) -> Text:
    """The text as our request left it; what the network has told of it meanwhile stands."""

    def change(text: Text | None) -> Text | None:
        is_open = text is not None and text.status == "sending" and text.created_at == sending.created_at
        return replace(text, **how) if text and is_open else None  # type: ignore[arg-type]

    settled = records.change_record(Text, sending.text_id, change)
    assert settled is not None
    return settled


def _count(desk: Desk, locks: Locks, to: str) -> None:
    """Count one text for the session, the number and the hotel, or for none. A `Lock` that locks nothing is a count."""
    number = hashlib.sha256(f"{desk.hotel.property_id}:{to}".encode()).hexdigest()[:20]
    most = {
        f"text:session:{desk.session.session_id}": MOST_PER_SESSION,
        f"text:to:{number}": MOST_PER_NUMBER,
        f"text:hotel:{desk.hotel.property_id}": MOST_PER_HOTEL,
    }
    full = False

    def change(counts: list[Lock]) -> Sequence[Lock]:
        nonlocal full
        recent = [tuple(at for at in count.failures if desk.now - at < COUNTED_FOR) for count in counts]
        full = any(len(sent) >= limit for sent, limit in zip(recent, most.values(), strict=True))
        if full:
            return []
        return [
            Lock(key, (*sent, desk.now), expires_at=desk.now + COUNTED_FOR)
            for key, sent in zip(most, recent, strict=True)
        ]

    locks.change_locks(list(most), change)
    if full:
        raise _refusal(desk, "too_many_texts")


def _refusal(desk: Desk, code: str) -> Refusal:
    return Refusal(code, _MESSAGES[code], say=service_words.said(code, desk.session.language))
