"""A hotel's till: its books, a provider of payments, and what stands between them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from nightdesk import cashier as cashiers
from nightdesk import properties
from nightdesk.bookkeeper import Bookkeeper
from nightdesk.cashier import Cashier
from nightdesk.hotel.model import Property
from nightdesk.hotel.payments_memory import SIGNATURE, MemoryPayments
from nightdesk.hotel.pms import Booking
from nightdesk.hotel.pms_own import OwnBooks
from nightdesk.hotel.ports import Store
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.reservations import Payment, Reservation

from .conftest import SESSION_ID, Clock

FRIDAY = date(2026, 11, 27)
INN: Property = properties.load(Path(__file__).parent / "hotels").by_id["contract-inn"]
MOTEL: Property = properties.load().by_id["west-bethel-motel"]
ORIGIN = "https://pay.hotel.example"


@dataclass
class Till:
    """A hotel, its books, a provider, and the two between them."""

    store: Store
    clock: Clock
    hotel: Property = INN

    def __post_init__(self) -> None:
        self.books = OwnBooks(self.hotel, self.store, self.clock)
        self.provider = MemoryPayments()
        self.cashier = Cashier(self.store, lambda _: self.books, self.provider, ORIGIN, self.clock)
        self.bookkeeper = Bookkeeper(self.store, lambda _: self.books, self.provider, self.clock)
        self.events = 0

    def hold(self, name: str = "res_1", nights: int = 2, room_type: str = "suite", **more: Any) -> Reservation:
        stay = Stay(FRIDAY, FRIDAY + timedelta(days=nights), adults=2)
        return self.books.hold(Booking(name, SESSION_ID, stay, room_type, "Davis", **more))

    def link(self, r: Reservation, payment_id: str = "payment_1") -> Payment:
        return self.cashier.link(self.now(r), SESSION_ID, payment_id)

    def hear(self, payment: Payment, kind: str = "completed", **changes: Any) -> Payment | None:
        """The provider's webhook about a payment."""
        self.events += 1
        body = self.provider.webhook(payment.payment_id, kind, f"evt_{self.events}", **changes)
        news = self.provider.read(body, SIGNATURE)
        assert news is not None
        return self.bookkeeper.apply(news)

    def now(self, r: Reservation) -> Reservation:
        found = self.books.reservation(r.reservation_id)
        assert found is not None
        return found

    def may_pay(self, payment_id: str) -> bool:
        page = cashiers.page(self.store, lambda _: self.books, payment_id, self.clock())
        assert page is not None
        return page.may_pay

    def fill(self) -> None:
        """Somebody else takes every suite."""
        for n in range(len(self.hotel.room_types[-1].rooms)):
            self.hold(f"rival_{n}")

    def given_back(self) -> int:
        return sum(cents for _, cents in self.provider.refunds.values())


class Dying:
    """A store as a process sees it that is gone after so many writes: nothing it tries later is done."""

    def __init__(self, store: Store, after: int, died: type[BaseException]) -> None:
        self._store, self._left, self._died = store, after, died

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(self._store, name)
        if not name.startswith("change_"):
            return method

        def write(*arguments: Any, **named: Any) -> Any:
            if self._left <= 0:
                raise self._died
            self._left -= 1
            return method(*arguments, **named)

        return write
