"""`POST /sessions/{id}/reply`: one turn of a conversation without an engine, from the `twilio` function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Request, Response

from nightdesk import cards, wire
from nightdesk.bootstrap import House
from nightdesk.conversation import Session
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
        text = tools_cards.said(house.store, session_id, (asked.attempt, asked.turn), cards.masked(asked.text))
        if has_card := cards.REMOVED in text:
            tools_cards.take_back(house.store, session_id, (asked.attempt, asked.turn))
        turn = wire.TurnRequest(v=1, attempt=asked.attempt, turn=asked.turn, role="user", text=text)
        recording.turn(session, turn, has_card=has_card)
        recording.keyed(session, asked.keys)
        given = clerk.answer(session, hotel, Heard(asked.attempt, asked.turn, text, asked.keys))
        body: dict[str, Any] = {"v": 1, "ok": True, "say": given.say, "language": given.language}
        body["expect"] = given.expect
        if given.then is not None:
            body["then"] = given.then.wire()
        return answer(body)

    return [Route("POST", "/sessions/(?P<session_id>[^/]+)/reply", reply)]
