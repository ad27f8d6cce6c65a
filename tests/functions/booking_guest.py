"""A guest who books, changes and pays through the tools, as a model calls them: the fixtures `guest` and `stranger`."""

from collections.abc import Callable, Mapping
from datetime import date
from itertools import count
from typing import Any

import pytest
from nightdesk.bootstrap import House
from nightdesk.hotel.payments_memory import MemoryPayments
from nightdesk.hotel.ports import Store
from nightdesk.hotel.reservations import Reservation
from nightdesk.hotel.telephony import FakeTelephony

from .conftest import SESSION_ID, Clock, Service

HOTEL = "west-bethel-motel"
FRIDAY = date(2026, 11, 27)
STAY = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
SUITE = {**STAY, "room_type": "suite", "last_name": "Davis"}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> MemoryPayments:
    fake = MemoryPayments()
    monkeypatch.setattr(House, "payments", property(lambda house: fake))
    return fake


@pytest.fixture
def telephony(monkeypatch: pytest.MonkeyPatch) -> FakeTelephony:
    fake = FakeTelephony()
    monkeypatch.setattr(House, "telephony", property(lambda house: fake))
    return fake


class Guest:
    """Says things through a model: every call of a tool has an id of its own, unless one is given."""

    def __init__(self, service: Service, store: Store, clock: Clock) -> None:
        self.service, self.store, self.clock = service, store, clock
        self._ids, self._turns = count(1), count(10)

    def asks(self, name: str, tool_call_id: str = "", /, **arguments: Any) -> Any:
        """The whole answer."""
        answer = self.service.tool(name, tool_call_id or f"call_{next(self._ids)}", **arguments)
        assert answer.status_code == 200, answer.get_json()
        return answer.get_json()

    def gets(self, name: str, **arguments: Any) -> Any:
        """The result of what the hotel does."""
        answer = self.asks(name, **arguments)
        assert answer["ok"], answer
        return answer["result"]

    def is_refused(self, name: str, **arguments: Any) -> Any:
        answer = self.asks(name, **arguments)
        assert not answer["ok"], answer
        return answer["error"]

    def books(self, **changes: Any) -> dict[str, str]:
        """The suite for a weekend; returns what opens the booking."""
        return proof_of(self.gets("create_reservation", **{**SUITE, **changes}))

    def speaks(self) -> None:
        self.clock.forward(seconds=1)
        assert self.service.turn(next(self._turns), "user", "Yes, please.").status_code == 200
        self.clock.forward(seconds=1)

    @property
    def live(self) -> list[Reservation]:
        return [r for r in self.store.reservations_of(SESSION_ID) if r.live]

    def only(self) -> Reservation:
        [one] = self.live
        return one


@pytest.fixture
def guest(call: Service, store: Store, clock: Clock, provider: MemoryPayments, telephony: FakeTelephony) -> Guest:
    return Guest(call, store, clock)


@pytest.fixture
def stranger(
    tools: Service, token: Callable[..., str], store: Store, clock: Clock, provider: Any, telephony: Any
) -> Guest:
    """On a line whose number the network does not vouch for."""
    assert tools.session(token(stir="")).status_code == 200
    return Guest(tools, store, clock)


def proof_of(made: Mapping[str, Any]) -> dict[str, str]:
    """What opens the booking that a tool has made."""
    return {"confirmation_code": made["confirmation_code"], "last_name": str(SUITE["last_name"])}
