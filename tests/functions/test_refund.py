"""The command by which people give money back: what it says, what it does, and what it refuses."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from nightdesk import config, refund
from nightdesk.bookkeeper import Bookkeeper
from nightdesk.bootstrap import House
from nightdesk.hotel.memory import MemoryStore
from nightdesk.hotel.payments import PaymentsUnavailable
from nightdesk.hotel.payments_memory import SIGNATURE, MemoryPayments
from nightdesk.hotel.pms import Booking
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.reservations import Reservation

from .conftest import SESSION_ID, Clock

HOTEL = "west-bethel-motel"


@dataclass
class Desk:
    house: House
    provider: MemoryPayments
    code: str

    def run(self, *arguments: str) -> int:
        return refund.main([HOTEL, self.code, *arguments], self.house)

    def now(self) -> Reservation:
        found = self.house.bookings(self.house.properties.by_id[HOTEL]).by_code(self.code)
        assert found is not None
        return found


@pytest.fixture
def desk(clock: Clock) -> Desk:
    """A stay that was paid in full and then cancelled, for nothing."""
    provider = MemoryPayments()
    settings = config.load("refund", {"STORE": "sqlite", "SQLITE_PATH": "unused", "STRIPE_API_KEY": "sk_test_x"})
    house = House(settings, clock=clock, store=MemoryStore(), payments=provider)
    books = house.bookings(house.properties.by_id[HOTEL])
    stay = Stay(date(2026, 11, 27), date(2026, 11, 29), adults=2)
    held = books.hold(Booking("res_1", SESSION_ID, stay, "suite", "Davis"))
    books.confirm("res_1", "card")
    confirmed = books.reservation("res_1")
    assert confirmed is not None
    house.cashier.link(confirmed, SESSION_ID, "payment_1")
    news = provider.read(provider.webhook("payment_1"), SIGNATURE)
    assert news is not None
    house.bookkeeper.apply(news)
    return Desk(house, provider, held.confirmation_code)


def cancel(desk: Desk) -> None:
    desk.house.bookings(desk.house.properties.by_id[HOTEL]).cancel("res_1", 0, "change")


def test_what_the_folio_owes_is_given_back_once(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run() == 0
    assert "nothing is owed to the guest" in capsys.readouterr().out
    desk.house.bookings(desk.house.properties.by_id[HOTEL]).cancel("res_1", 0, "change_1")
    assert desk.run() == 0
    assert "would give back $542.82: add --yes" in capsys.readouterr().out
    assert desk.provider.refunds == {}
    assert desk.run("--yes") == 0
    assert desk.now().refunded_cents == 54282
    assert desk.run("--yes") == 0
    assert "nothing is owed" in capsys.readouterr().out
    assert len(desk.provider.refunds) == 1


def test_people_may_give_back_more_but_not_more_than_came(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run("--cents", "5000", "--yes") == 0
    assert desk.now().refunded_cents == 5000
    assert desk.run("--cents", "49283", "--yes") == 1
    assert "cannot be given back" in capsys.readouterr().err
    assert desk.run("--cents", "-1", "--yes") == 1
    assert desk.now().refunded_cents == 5000


def test_the_same_amount_goes_once_and_once_more_where_it_is_said_to(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert desk.run("--cents", "5000", "--yes") == 0
    assert "given back before: for as much once more add --cents 5000 --nth 2" in capsys.readouterr().out
    assert desk.now().refunded_cents == 5000
    for _ in range(2):
        assert desk.run("--cents", "5000", "--nth", "2", "--yes") == 0
    assert desk.now().refunded_cents == 10000


def test_a_command_whose_answer_was_lost_gives_nothing_more_when_it_is_repeated(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refund_ = desk.provider.refund

    def lost(*asked: Any) -> int:
        refund_(*asked)
        raise PaymentsUnavailable("no answer in time")

    with monkeypatch.context() as patch:
        patch.setattr(desk.provider, "refund", lost)
        assert desk.run("--cents", "5000", "--yes") == 1
    news = desk.provider.read(desk.provider.webhook("payment_1", "refunded", "evt_2", refunded_cents=5000), SIGNATURE)
    assert news is not None
    desk.house.bookkeeper.apply(news)
    assert desk.run("--cents", "700") == 0
    assert "$50.00 was asked for before and may have gone" in capsys.readouterr().out
    assert desk.run("--cents", "5000", "--yes") == 0
    capsys.readouterr()
    assert desk.run("--cents", "700") == 0
    assert "may have gone" not in capsys.readouterr().out
    assert [cents for _, cents in desk.provider.refunds.values()] == [5000]


def test_a_provider_that_is_down_is_said_to_be(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.provider.down = True
    assert desk.run("--cents", "5000", "--yes") == 1
    assert "not given back" in capsys.readouterr().err
    desk.provider.down = False
    assert desk.run("--cents", "5000", "--yes") == 0
    assert desk.now().refunded_cents == 5000


@pytest.mark.parametrize("arguments", [(), ("--cents", "5000")], ids=["what is owed", "an amount"])
def test_who_died_after_the_money_went_is_asked_again_and_it_goes_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    if not arguments:
        cancel(desk)
    with monkeypatch.context() as patch:
        patch.setattr(Bookkeeper, "_given_back", lambda *_: (_ for _ in ()).throw(RuntimeError("killed")))
        with pytest.raises(RuntimeError):
            desk.run(*arguments, "--yes")
    assert desk.run(*arguments, "--yes") == 0
    assert len(desk.provider.refunds) == 1
    assert desk.now().refunded_cents == (5000 if arguments else 54282)


def test_a_reservation_that_is_not_there_is_said_not_to_be(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert refund.main([HOTEL, "00000000"], desk.house) == 1
    assert refund.main(["no-such-hotel", desk.code], desk.house) == 1
    assert capsys.readouterr().err.count("there is no reservation") == 2


def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("STRIPE_API_KEY", raising=False)
    assert refund.main([HOTEL, "48210937"]) == 1
    assert "STRIPE_API_KEY is not set" in capsys.readouterr().err
