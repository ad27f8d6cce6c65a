"""Our own books and the reference system, asked the same things in any order: whatever a guest sees is the same."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule
from nightdesk import properties
from nightdesk.errors import NightdeskError
from nightdesk.hotel import pms
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.pms import Booking, Change, PropertyManagement
from nightdesk.hotel.pms_http import HttpBooks
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.reservations import Paid, Reservation

from local.pms.server import application, read_hotels

from .conftest import CALLER, SESSION_ID, Clock
from .serving import serving
from .test_bookings import FRIDAY, HOTELS

KEY = "key-of-the-booking-system"
_days = st.integers(0, 3)
_people = st.integers(1, 4)
_kinds = st.sampled_from(["queen", "suite"])


def seen(asked: Callable[[], Any]) -> Any:
    """What came of it, as a guest could tell: a reservation, offers, or the kind of refusal."""
    try:
        result = asked()
    except NightdeskError as error:
        return type(error).__name__, getattr(error, "fee_cents", None)
    if isinstance(result, Reservation):
        return replace(result, confirmation_code="", version=1, change_ids=())  # each system's own
    return result


class TwoKeepers(RuleBasedStateMachine):
    reservations = Bundle("reservations")

    @initialize()
    def open(self) -> None:
        self.clock, self.made, self.stack = Clock(), 0, ExitStack()
        self.hotel = properties.load(HOTELS).by_id["contract-inn"]
        url = self.stack.enter_context(serving(application(read_hotels(HOTELS), KEY, self.clock)))
        client = self.stack.enter_context(httpx.Client())
        self.own = OwnBooks(self.hotel, MemoryStore(), self.clock)
        self.other = HttpBooks(self.hotel, url, KEY, client)

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    def agree(self, asked: Callable[[PropertyManagement], Any]) -> Any:
        ours, theirs = seen(lambda: asked(self.own)), seen(lambda: asked(self.other))
        assert ours == theirs
        return ours

    @rule(target=reservations, first=_days, nights=st.integers(1, 3), adults=_people, pets=_days, kind=_kinds)
    def hold(self, first: int, nights: int, adults: int, pets: int, kind: str) -> str:
        self.made += 1
        reservation_id = f"reservation_{self.made}"
        arrival = FRIDAY + timedelta(days=first)
        stay = Stay(arrival, arrival + timedelta(days=nights), adults, 0, pets)
        booking = Booking(reservation_id, SESSION_ID, stay, kind, "Davis", phone=CALLER, phone_source="caller_line")
        self.agree(lambda books: books.hold(booking))
        return reservation_id

    @rule(one=reservations, change=st.integers(0, 5), cents=st.integers(0, 30000))
    def confirm(self, one: str, change: int, cents: int) -> None:
        self.agree(lambda books: books.confirm(one, f"change_{change}", Paid("payment_1", cents)))

    @rule(one=reservations, change=st.integers(0, 5), cents=st.integers(0, 30000), back=st.integers(0, 100))
    def pay(self, one: str, change: int, cents: int, back: int) -> None:
        self.agree(lambda books: books.record_payment(one, f"change_{change}", Paid("payment_1", cents, back)))

    @rule(
        one=reservations,
        change=st.integers(0, 5),
        check_in=st.none() | _days,
        check_out=st.none() | st.integers(0, 6),
        adults=st.none() | _people,
        pets=st.none() | _days,
        kind=st.none() | _kinds,
    )
    def modify(
        self,
        one: str,
        change: int,
        check_in: int | None,
        check_out: int | None,
        adults: int | None,
        pets: int | None,
        kind: str | None,
    ) -> None:
        first, end = (None if n is None else FRIDAY + timedelta(days=n) for n in (check_in, check_out))
        wanted = Change(first, end, adults, None, pets, kind)
        self.agree(lambda books: books.modify(one, wanted, f"change_{change}"))

    @rule(one=reservations, change=st.integers(0, 5), told=st.booleans())
    def cancel(self, one: str, change: int, told: bool) -> None:
        known = self.own.reservation(one)
        fee = pms.fee(self.hotel, known, self.clock()) if known is not None and told else 1
        self.agree(lambda books: books.cancel(one, fee, f"change_{change}"))

    @rule(minutes=st.sampled_from([1, 20, 31, 60 * 24 * 6, 60 * 24 * 8]))
    def wait(self, minutes: int) -> None:
        self.clock.forward(minutes=minutes)

    @rule(first=_days, nights=st.integers(1, 3), adults=_people)
    def look(self, first: int, nights: int, adults: int) -> None:
        arrival = FRIDAY + timedelta(days=first)
        self.agree(lambda books: books.offers([Stay(arrival, arrival + timedelta(days=nights), adults)]))

    @rule(one=reservations)
    def read(self, one: str) -> None:
        self.agree(lambda books: books.reservation(one))
        self.agree(lambda books: sorted(r.reservation_id for r in books.of_session(SESSION_ID)))


TwoKeepers.TestCase.settings = settings(
    max_examples=40, stateful_step_count=20, suppress_health_check=list(HealthCheck)
)
TestTwoKeepers = TwoKeepers.TestCase
