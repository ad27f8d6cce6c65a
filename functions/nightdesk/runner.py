"""Runs a tool for a session: once, in its time, with the ports it asks for. Every door to the tools comes through here.

Who asks (the relay, another agent) has been settled by then; what the tool may do is settled in the tool.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from nightdesk import cards, events, translations
from nightdesk.bootstrap import House
from nightdesk.cashier import Cashier
from nightdesk.claims import Settled
from nightdesk.conversation import Session
from nightdesk.deadline import Crew, LeftBehind, TooManyLeft, is_left_behind
from nightdesk.errors import Busy, RequestError, TimedOut
from nightdesk.hotel.model import Property
from nightdesk.hotel.pms import PropertyManagement
from nightdesk.hotel.ports import Inventory, Leads, Ledger, Locks, Records, Reservations, Sessions, Turns
from nightdesk.hotel.telephony import Telephony
from nightdesk.ledger import Asked, ToolLedger
from nightdesk.task_queue import TaskQueue
from nightdesk.tools.desk import Desk, Knowledge
from nightdesk.tools.registry import ANEW, Outcome, Tool

log = logging.getLogger(__name__)


class _Fenced:
    """A port as a tool sees it that nobody may be waiting for any more: it then writes nothing over a later wish.

    A process may be frozen between two steps of a tool, and go on with the next one minutes later.
    """

    def __init__(self, port: object, is_overtaken: Callable[[], bool]) -> None:
        self._port, self._is_overtaken = port, is_overtaken

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        return partial(self._step, found) if callable(found) else found

    def _step(self, step: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        if is_left_behind() and self._is_overtaken():
            raise LeftBehind
        return step(*arguments, **named)


class ToolRunner:
    def __init__(self, house: House) -> None:
        self._house = house
        self._crew = Crew()

    @property
    def is_well(self) -> bool:
        return self._crew.is_well

    @cached_property
    def _ledger(self) -> ToolLedger:
        """On first use: gunicorn forks after this module was built, and a store is opened after that."""
        house, store = self._house, self._house.store
        return ToolLedger(store, store, house.settings.session_signing_key, house.clock, self._in_time)

    def run(self, tool: Tool, session: Session, hotel: Property, asked: Asked) -> Settled:
        """The outcome, a refusal included.

        Raises: ToolCallReused; TimedOut; Busy when an equal call is still running, or too much work hangs.
        """
        if tool.caller == "model":
            asked = replace(asked, arguments=cards.masked_in(asked.arguments))
        try:
            work = partial(self._work, tool, session, hotel, asked)
            settled = self._ledger.run(tool, asked, work, partial(self._stands, hotel))
        except BaseException as error:
            if isinstance(error, TimedOut) or not isinstance(error, RequestError):
                self._say_failed(tool, session, asked)
            raise
        code = "" if settled.answer["ok"] else settled.answer["error"]["code"]
        fields = {"tool": tool.name, "ok": settled.answer["ok"], "code": code, "replayed": settled.replayed}
        log.info("= tool %s", tool.name, extra={"fields": fields})
        return settled

    def _work(
        self, tool: Tool, session: Session, hotel: Property, asked: Asked, write_id: str, change_id: str
    ) -> Outcome:
        desk = Desk(session, hotel, self._house.clock(), write_id, change_id)
        ports = self._ports(desk)
        is_late = lambda: bool(write_id) and self._ledger.is_overtaken(session.session_id, change_id)  # noqa: E731
        try:
            values = tool.check(asked.arguments, hotel)
            return tool.run(values, lambda kind: desk if kind is Desk else _Fenced(ports[kind](), is_late))
        except RequestError as error:
            error.say = translations.translated(error.say, session.language)
            raise

    def _stands(self, hotel: Property, left: str) -> bool:
        """Whether a reservation is still as a write left it (`Reservation.as_left`), wherever it is kept."""
        if left == ANEW:
            return False
        found = self._house.bookings(hotel).reservation(left.partition(" ")[0])
        return found is not None and found.as_left == left

    def _ports(self, desk: Desk) -> Mapping[type, Callable[[], object]]:
        """Every port a tool may name, made when one does."""
        house = self._house
        return {
            Desk: lambda: desk,
            Sessions: lambda: house.store,
            Turns: lambda: house.store,
            Leads: lambda: house.leads,
            Inventory: lambda: house.store,
            PropertyManagement: lambda: house.bookings(desk.hotel),
            Reservations: lambda: house.store,
            Records: lambda: house.store,
            Locks: lambda: house.store,
            Ledger: lambda: house.store,
            Telephony: lambda: house.telephony,
            TaskQueue: lambda: house.task_queue,
            Cashier: lambda: house.cashier,
            Knowledge: lambda: house.knowledge,
        }

    def _in_time(self, tool: Tool, work: Callable[[], Settled]) -> Settled:
        try:
            return self._crew.run(tool.name, tool.timeout_s, work)
        except LeftBehind:
            raise TimedOut(tool.name, tool.timeout_s) from None
        except TooManyLeft:
            raise Busy("unavailable", "too many tools of this process hang") from None

    def _say_failed(self, tool: Tool, session: Session, asked: Asked) -> None:
        event = events.of_session(
            session,
            events.TOOL_FAILED,
            writer="tools",
            n=asked.tool_call_id,
            now=self._house.clock(),
            attempt=asked.attempt,
            function={"name": tool.name, "tool_call_id": asked.tool_call_id},
        )
        self._house.publish_if_possible(event, timeout_s=1.0)


def told(tool: Tool, asked: Asked, settled: Settled, duration_ms: int) -> dict[str, Any]:
    """What `conversation.function_call` says of a tool that ran here."""
    ok = settled.answer["ok"]
    return {
        "name": tool.name,
        "tool_call_id": asked.tool_call_id,
        "arguments": tool.shown(asked.arguments),
        "result": settled.answer["result"] if ok else {"error": settled.answer["error"]},
        "ok": ok,
        "replayed": settled.replayed,
        "duration_ms": duration_ms,
    }
