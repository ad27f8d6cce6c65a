"""`POST /sessions/{id}/reply`: one turn of a conversation without an engine, from the `twilio` function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Request, Response

from nightdesk import cards, wire
from nightdesk.bootstrap import House
from nightdesk.conversation import Session, Turn
from nightdesk.edge import Route, answer, json_body
from nightdesk.hotel.model import Property
from nightdesk.runner import ToolRunner
from nightdesk.targets import tools_cards
from nightdesk.targets.tools_recording import RecordingDesk
from nightdesk.turn_by_turn import Heard, TurnByTurn

Current = Callable[[str, int], tuple[Session, Property]]
"""The session that an attempt may act for. Raises: NotFound, Conflict."""


def routes(house: House, runner: ToolRunner, current: Current) -> list[Route]:
    clerk, recording = TurnByTurn(house, runner), RecordingDesk(house)

    def reply(request: Request, session_id: str) -> Response:
        """What is said to the guest. The same turn asked again is answered the same."""
        asked = wire.parse(wire.ReplyRequest, json_body(request))
        session, hotel = current(session_id, asked.attempt)
        place = (asked.attempt, asked.turn)
        text = tools_cards.said(house.store, session_id, place, cards.masked(asked.text))
        has_card = cards.REMOVED in text
        begun = tools_cards.begun(house.store, session_id, place) if has_card else []
        recording.turn(session, Turn(*place, "user", text, house.clock()), has_card=has_card, begun=begun)
        for earlier in begun:
            house.store.put_turn(session_id, earlier)
        recording.keyed(session, asked.keys)
        given = clerk.answer(session, hotel, Heard(asked.attempt, asked.turn, text, asked.keys))
        body: dict[str, Any] = {"v": 1, "ok": True, "say": given.say, "language": given.language}
        body["expect"] = given.expect
        if given.then is not None:
            body["then"] = given.then.wire()
        return answer(body)

    return [Route("POST", "/sessions/(?P<session_id>[^/]+)/reply", reply)]
