"""The `event_sink` function: Pub/Sub pushes our events here, and they become what the store knows of a call.

204 is an acknowledgement; anything else brings the message again, in the order of its session, and in the end to the
dead letters. A message that can never be understood is refused with 400 for that reason.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Callable
from typing import Any

from flask import Request, Response

from nightdesk import cards, edge, events, guests, logs, wire
from nightdesk.auth import service_auth
from nightdesk.bootstrap import House
from nightdesk.conversation import Session
from nightdesk.edge import Route, json_body
from nightdesk.errors import BadRequest
from nightdesk.finalise import finalise
from nightdesk.hotel.pms import BookingsUnavailable
from nightdesk.projection import project

log = logging.getLogger(__name__)


def build(house: House) -> Callable[[Request], Response]:
    auth = service_auth(house.settings)

    def push(request: Request) -> Response:
        event = _without_cards(_event(json_body(request)))
        logs.about(session_id=event["session_id"], event_id=event["event_id"])
        now = house.clock()
        session = project(house.store, event, now)
        if session is None:
            log.warning("= event of an unknown session: %s", event["event_type"])
            return Response(status=204)
        if event["event_type"] == events.CONVERSATION_ENDED:
            _file_recording(house, session)
            house.outbox.call_ended(session)
            _remember(house, session)
        elif event["event_type"] == events.STREAM_ENDED and session.ended_event is not None:  # it was long on its way
            _file_recording(house, session)
        finalise(house.store, house.publisher, event["session_id"], now)
        return Response(status=204)

    guard = lambda request: auth.check(request.headers.get("Authorization", ""))  # noqa: E731
    return edge.serve("event_sink", [Route("POST", "/", push)], guard)


def _without_cards(event: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {name: cards.masked_in(event[name]) for name in ("message", "function") if name in event}
    return {**event, **said}


def _file_recording(house: House, session: Session) -> None:
    """Before others are told of the call: they are told where its recording is."""
    hotel = house.properties.get(session.property_id)
    if hotel is not None:
        house.recordings.file_relays(hotel, session)


def _remember(house: House, session: Session) -> None:
    """The caller is a guest the hotel knows from now on. Whose bookings cannot be seen is remembered without them."""
    hotel = house.properties.get(session.property_id)
    if hotel is None or not session.caller_id:
        return
    try:
        made = house.bookings(hotel).of_session(session.session_id)
    except BookingsUnavailable:
        made = []
    guests.remember(house.store, hotel, session, house.store.leads(session.session_id), made, house.clock())


def _event(envelope: dict[str, Any]) -> dict[str, Any]:
    """The event in a push message. Source: Pub/Sub push, wrapped messages. Raises: BadRequest."""
    try:
        event = json.loads(base64.b64decode(envelope["message"]["data"], validate=True))
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise BadRequest("bad_push", f"not a Pub/Sub push of a JSON event: {error!r}") from error
    if not isinstance(event, dict):
        raise BadRequest("bad_push", "the event must be an object")
    wire.parse(wire.EventEnvelope, event)
    return event
