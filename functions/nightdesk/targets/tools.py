"""The `tools` function: what the relay and the offline engine ask. Set-up (beside this), tools, turns, then, clerk.

Who is on the line is read from the verified token or from the store, never from a body. A newer attempt fences the
older ones: whatever they still send is refused with 409 and changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Request, Response

from nightdesk import (
    calls,
    cards,
    edge,
    limits,
    logs,
    phones,
    wire,
    words,
)
from nightdesk.auth import service_auth
from nightdesk.bootstrap import House
from nightdesk.claims import then_of
from nightdesk.conversation import Session, Turn
from nightdesk.corrections import corrected
from nightdesk.edge import Route, answer, json_body
from nightdesk.errors import BadRequest, Conflict, NotFound
from nightdesk.hotel.model import Property
from nightdesk.ledger import Asked
from nightdesk.runner import ToolRunner
from nightdesk.targets import tools_cards, tools_reply, tools_session
from nightdesk.targets.tools_recording import RecordingDesk, interval
from nightdesk.then import Then
from nightdesk.tools import TOOLBOX

log = logging.getLogger(__name__)

_DTMF = "dtmf-"  # the tool_call_ids that the relay makes itself


def build(house: House) -> Callable[[Request], Response]:
    auth = service_auth(house.settings)
    desk = ToolsFunction(house)
    routes = [
        *tools_session.routes(house),
        Route("POST", "/tools/(?P<name>[^/]{1,64})", desk.tool),
        Route("POST", "/sessions/(?P<session_id>[^/]+)/turns", desk.turn),
        Route("POST", "/sessions/(?P<session_id>[^/]+)/then", desk.then),
        Route("POST", "/clerk", desk.clerk),
        *tools_reply.routes(house, desk.runner, desk.current),
    ]
    guard = lambda request: auth.check(request.headers.get("Authorization", ""))  # noqa: E731
    return edge.serve("tools", routes, guard, is_well=lambda: desk.runner.is_well)


class ToolsFunction:
    def __init__(self, house: House) -> None:
        self._house = house
        self.runner = ToolRunner(house)
        self._recording = RecordingDesk(house)

    def tool(self, request: Request, name: str) -> Response:
        """Run a tool, once. A refusal by the hotel and the model's wrong arguments are answers: 200."""
        asked = wire.parse(wire.ToolRequest, json_body(request))
        key = request.headers.get("Idempotency-Key")
        if key is not None and key != f"{asked.session_id}:{asked.tool_call_id}":
            raise BadRequest("bad_idempotency_key", "Idempotency-Key must be {session_id}:{tool_call_id}")
        current, hotel = self.current(asked.session_id, asked.attempt)
        caller = "relay" if asked.tool_call_id.startswith(_DTMF) else "model"
        tool = TOOLBOX.get(name, caller=caller, channel=current.channel, purpose=current.purpose)
        if tool is None:
            raise NotFound("unknown_tool", f"there is no tool {name}", say=words.CANNOT_DO)
        if caller == "relay" and not current.spoke:
            self._house.store.change_session(current.session_id, lambda s: replace(s, spoke=True) if s else None)
        given = {name: value for name, value in asked.arguments.items() if value is not None}  # strict models say null
        if caller == "relay":
            self._recording.keyed(current, str(given.get("keys", "")))
        call = Asked(asked.session_id, asked.attempt, asked.turn, asked.tool_call_id, given)
        settled = self.runner.run(tool, current, hotel, call)
        if not settled.replayed:
            self._recording.tool(current, settled.answer)
        if settled.then and not settled.replayed:
            self._remember_then(settled.then, call)
        replayed = {"replayed": settled.replayed} if settled.answer["ok"] else {}
        return answer({"v": 1, **settled.answer, **replayed})

    def turn(self, request: Request, session_id: str) -> Response:
        """Store a finished turn. The answer may bring a correction for the engine, and the end of the call."""
        asked = wire.parse(wire.TurnRequest, json_body(request))
        current, hotel = self.current(session_id, asked.attempt)
        store = self._house.store
        place = (asked.attempt, asked.turn)
        is_guests = asked.role == "user"
        text = tools_cards.said(store, session_id, place, asked.text) if is_guests else cards.masked(asked.text)
        has_card = asked.card_data or text != asked.text
        turn = Turn(**asked.model_dump(exclude={"v", "text", "card_data"}), text=text, stored_at=self._house.clock())
        store.put_turn(session_id, turn)
        begun = tools_cards.begun(store, session_id, place) if is_guests and has_card else []
        self._recording.turn(current, turn, has_card=has_card, begun=begun)
        for earlier in begun:
            store.put_turn(session_id, earlier)
        body: dict[str, Any] = {"v": 1, "ok": True}
        if is_guests:
            store.change_session(
                session_id, lambda s: calls.spoken(s, asked.attempt, asked.turn, asked.text) if s else None
            )
            if reason := self._end_due(current, hotel):
                body["end"] = {"reason": reason}
        elif note := corrected(self._house, current, hotel, turn):
            body["note"] = note
        unknown_to_relay = [*begun, turn] if text != asked.text else begun
        if silence := interval(unknown_to_relay, asked.attempt):
            body["silence"] = silence
        return answer(body)

    def then(self, request: Request, session_id: str) -> Response:
        """The relay is about to close the stream: what a tool asked for is due, or the call is given back."""
        asked = wire.parse(wire.ThenRequest, json_body(request))
        self.current(session_id, asked.attempt)
        store = self._house.store
        due: Then | None = None
        if asked.tool_call_id is not None:
            due = self._then_of_tool(session_id, asked.tool_call_id)

        def make_due(current: Session | None) -> Session | None:
            if current is None:
                return None
            _fence(current, asked.attempt)
            if asked.reason is not None:
                return replace(current, then=calls.give_back(current, asked.reason))
            return current if current.then and current.then.due else replace(current, then=due)

        current = store.change_session(session_id, make_due)
        assert current is not None
        assert current.then is not None
        log.info("= then", extra={"fields": current.then.wire()})
        return answer({"v": 1, "ok": True, "then": current.then.wire()})

    def clerk(self, request: Request) -> Response:
        """The next move of the policy without a model. Who talks, and who has called whom, is read from the session."""
        from nightdesk import clerk, outbound_scripts

        asked = wire.parse(wire.ClerkRequest, json_body(request))
        current = self._house.store.session(asked.session_id) if asked.session_id else None
        logs.about(session_id=asked.session_id)
        property_id = current.property_id if current else asked.property_id
        hotel = self._house.properties.get(property_id)
        if hotel is None:
            raise NotFound("unknown_property", f"there is no property {property_id}")
        reply = clerk.reply(
            clerk.ClerkRequest(
                property=hotel,
                history=tuple(asked.history),
                today=hotel.today(self._house.clock()),
                instructions=asked.instructions,
                language=current.language if current else asked.language,
                channel=current.channel if current else asked.channel,
                caller_last4=phones.last4(current.caller_id) if current else "",
                tools=None if asked.tools is None else frozenset(asked.tools),
                direction=current.direction if current else "inbound",
                purpose=current.purpose if current else "",
                opening=outbound_scripts.opening(current, hotel) if current else "",
            )
        )
        body: dict[str, Any] = {"v": 1, "say": reply.say, "expect": reply.expect}
        if reply.tool_call is not None:
            body["tool_call"] = {"name": reply.tool_call.name, "arguments": reply.tool_call.arguments}
        return answer(body)

    def current(self, session_id: str, attempt: int) -> tuple[Session, Property]:
        """The session that this attempt may act for. Raises: NotFound, Conflict."""
        logs.about(session_id=session_id, attempt=attempt)
        current = self._house.store.session(session_id)
        if current is None:
            raise NotFound("unknown_session", f"there is no session {session_id}")
        _fence(current, attempt)
        hotel = self._house.properties.get(current.property_id)
        if hotel is None:
            raise NotFound("unknown_property", f"property {current.property_id} is out of service")
        return current, hotel

    def _end_due(self, current: Session, hotel: Property) -> str:
        """Why the call is to end although its stream goes on: it was ended elsewhere, or is over its time."""
        if current.then is not None and current.then.due:
            return current.then.reason
        return "over_time" if limits.is_over_time(hotel.limits, current, self._house.clock()) else ""

    def _remember_then(self, then: Then, call: Asked) -> None:
        """The newest counts, but a hang-up replaces nothing else: models say goodbye to whom they put through, too."""
        position = None if call.turn is None else (call.attempt, call.turn)
        pending = replace(then, tool_call_id=call.tool_call_id, position=position)

        def remember(current: Session | None) -> Session | None:
            if current is None or current.attempt != call.attempt:
                return None
            known = current.then
            stays = known is not None and (known.due or (known.action != "hangup" and then.action == "hangup"))
            return None if stays else replace(current, then=pending)

        self._house.store.change_session(call.session_id, remember)

    def _then_of_tool(self, session_id: str, tool_call_id: str) -> Then:
        calls_made = self._house.store.tool_calls(session_id)
        found = next((c for c in calls_made if c.tool_call_id == tool_call_id), None)
        then = then_of(found.answer) if found else None
        if then is None:
            raise Conflict("nothing_pending", f"{tool_call_id} brought no `then`")
        return replace(then, tool_call_id=tool_call_id, due=True)


def _fence(current: Session, attempt: int) -> None:
    if attempt != current.attempt:
        raise Conflict("stale_attempt", f"attempt {attempt} is over: attempt {current.attempt} is current")
    if current.ended_event is not None:
        raise Conflict("session_ended", "the conversation has been concluded")
