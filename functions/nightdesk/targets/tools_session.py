"""Session set-up, `POST /session`: a stream shows its token and gets all that its engine must be told.

A new call is let in or refused with it, by `reception.py`. Who is refused gets no engine; the words are with
stream-ended.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from flask import Request, Response

from nightdesk import guests, logs, reception, refusal_words, session, tokens, wire
from nightdesk.bootstrap import House
from nightdesk.conversation import Session, Stream
from nightdesk.edge import Route, answer, json_body
from nightdesk.errors import Conflict, NotFound, RequestError, Unauthenticated
from nightdesk.hotel.model import Property
from nightdesk.hotel.records import Guest
from nightdesk.tools import TOOLBOX

log = logging.getLogger(__name__)

_REFUSALS = {
    "blocked": "the caller is on the hotel's block list",
    "withheld": "the hotel takes no calls without a number",
    "silent_calls": "the number's last calls were silent",
    "too_many_calls": "the number has called too often within an hour",
    "busy": "as many calls are active as the hotel takes at once",
}


def routes(house: House) -> list[Route]:
    return [Route("POST", "/session", Reception(house).session)]


class Reception:
    def __init__(self, house: House) -> None:
        self._house = house

    def session(self, request: Request) -> Response:
        """The same stream may ask again, even when its token has expired by then."""
        asked = wire.parse(wire.SessionRequest, json_body(request))
        now = self._house.clock()
        claims = tokens.read(asked.token, self._house.settings.session_signing_key, now)
        logs.about(session_id=claims.session_id, attempt=claims.attempt)
        if claims.call_sid != asked.call_sid:
            raise Unauthenticated("bad_token", "the token belongs to another call")
        if (claims.channel == "voice") != asked.stream_sid.startswith("MZ"):
            raise Unauthenticated("bad_token", f"a token for {claims.channel} is not for this kind of stream")
        hotel = self._house.properties.get(claims.property_id)
        if hotel is None:
            raise NotFound("unknown_property", f"property {claims.property_id} is out of service")
        current = self._open_stream(claims, asked.stream_sid, hotel)
        if current.refused:
            return self._refuse(current)
        store = self._house.store
        turns, tool_calls = store.turns(current.session_id), store.tool_calls(current.session_id)
        log.info("> session", extra={"fields": {"property_id": hotel.property_id, "turns": len(turns)}})
        made = session.answer(
            *(current, hotel, TOOLBOX, turns, tool_calls, now, asked.audio, asked.dialect),
            guest=self._known_guest(current),
            recording_source=self._house.settings.recording_source,
        )
        return answer(made)

    def _open_stream(self, claims: tokens.Claims, stream_sid: str, hotel: Property) -> Session:
        """The session with this stream on it; of a new call, with its slot or refused.

        Raises: Conflict, Unauthenticated.
        """
        now = self._house.clock()
        known = self._house.store.session(claims.session_id) or _begun(claims, self._house)
        return reception.opened(self._house, hotel, known, lambda s: _opened(s, claims, stream_sid, now))[0]

    def _refuse(self, refused: Session) -> Response:
        reception.tell_refused(self._house, refused, "tools")
        say = refusal_words.said(refused.refused, refused.language)
        error = RequestError(refused.refused, _REFUSALS[refused.refused], say=say)
        return answer({"v": 1, "ok": False, "error": error.body()})

    def _known_guest(self, current: Session) -> Guest | None:
        """Whom this hotel knows by the number that calls, unless they asked not to be remembered."""
        phone = current.caller_id if current.channel == "voice" else ""
        found = guests.find(self._house.store, current.property_id, phone)
        return None if found is None or found.may_remember is False else found


def _begun(claims: tokens.Claims, house: House) -> Session:
    return Session(
        session_id=claims.session_id,
        property_id=claims.property_id,
        channel=claims.channel,
        direction=claims.direction,
        language=claims.language,
        call_sid=claims.call_sid,
        caller_id=claims.caller,
        called=claims.called,
        stir=claims.stir,
        start_time=house.clock(),
    )


def _opened(current: Session, claims: tokens.Claims, stream_sid: str, now: datetime) -> Session:
    """The session with this stream on it. Raises: Conflict, Unauthenticated."""
    if claims.attempt < current.attempt:
        raise Conflict("stale_attempt", f"attempt {claims.attempt} is over: attempt {current.attempt} is current")
    if current.terminal_status:
        raise Conflict("session_ended", "the call is over")
    known = current.stream(claims.attempt)
    if known is not None and known.stream_sid not in ("", stream_sid):
        raise Conflict("token_used", f"attempt {claims.attempt} belongs to another stream")
    if known is not None and known.stream_sid == stream_sid:
        return current
    if claims.expired:
        raise Unauthenticated("bad_token", "the session token has expired")
    stream = replace(known or Stream(claims.attempt, stream_sid), stream_sid=stream_sid, opened_at=now)
    if current.channel != "voice" and claims.attempt > current.attempt:
        current = replace(current, then=None)  # a phone's is taken by stream-ended; here the new stream is the answer
    status = "active" if current.goes_on else current.status
    return replace(current.with_stream(stream), attempt=claims.attempt, status=status)
