"""The seed: a hotel full of invented guests, by the hotel's own rules, the same for whoever does it again."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from nightdesk import properties
from nightdesk.hotel import pricing
from nightdesk.hotel.ports import Store
from nightdesk.hotel.pricing import Stay
from nightdesk.hotel.records import Guest, Message
from nightdesk.hotel.store_sqlite import SqliteStore
from nightdesk.seed import Seeded, seed

from .stored import NOW

HOTELS = properties.load()
MOTEL = HOTELS.by_id["west-bethel-motel"]
DAYS = 21


@pytest.fixture
def seeded(store: Store) -> Seeded:
    return seed(store, MOTEL, NOW, DAYS)


def test_it_fills_a_good_part_of_the_hotel(store: Store, seeded: Seeded) -> None:
    today = MOTEL.today(NOW)
    taken = store.taken(MOTEL.property_id, today, today + timedelta(days=DAYS))
    rooms = sum(len(r.rooms) for r in MOTEL.room_types)
    assert 0.25 < len(taken) / (rooms * DAYS) < 0.85
    assert seeded.reservations > 50


def test_one_saturday_is_sold_out_and_hardly_another_night(store: Store, seeded: Seeded) -> None:
    today = MOTEL.today(NOW)
    taken = store.taken(MOTEL.property_id, today, today + timedelta(days=DAYS))
    nights = [today + timedelta(days=n) for n in range(DAYS)]
    full = [n for n in nights if not pricing.offers(MOTEL, Stay(n, n + timedelta(days=1), adults=1), taken)]
    assert [night for night in full if night.weekday() == 5 and (night - today).days >= 14]
    assert len(full) <= 3


def test_doing_it_again_changes_nothing(store: Store, seeded: Seeded) -> None:
    before = store.taken(MOTEL.property_id, MOTEL.today(NOW), MOTEL.today(NOW) + timedelta(days=99))
    again = seed(store, MOTEL, NOW + timedelta(hours=1), DAYS)
    assert (again.reservations, again.guests) == (0, 0)
    assert before == store.taken(MOTEL.property_id, MOTEL.today(NOW), MOTEL.today(NOW) + timedelta(days=99))
    assert len(store.records(Message, property_id=MOTEL.property_id, status="new")) == 1


def test_guests_are_known_by_the_number_of_their_reservation(store: Store, seeded: Seeded) -> None:
    [some, *_] = store.reservations_of("seed")
    [guest] = store.records(Guest, property_id=MOTEL.property_id, phones=some.phone)
    assert some.reservation_id in guest.stays
    assert (guest.first_name, guest.last_name) == (some.first_name, some.last_name)
    assert some.status == "confirmed"
    assert some.total_cents == pricing.quote(MOTEL, some.stay, some.room_type, some.quote.rate_plan).total_cents


def test_the_command_fills_every_hotel(tmp_path: Path) -> None:
    path = tmp_path / "demo.sqlite3"
    done = subprocess.run(
        [sys.executable, "-m", "nightdesk.seed", "--days", "3"],
        cwd=Path(__file__).parents[2] / "functions",
        env={**os.environ, "STORE": "sqlite", "SQLITE_PATH": str(path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == sorted(HOTELS.by_id)
    store = SqliteStore(path)
    for hotel in HOTELS.by_id.values():
        today = hotel.today(NOW.now(NOW.tzinfo))
        assert store.taken(hotel.property_id, today, today + timedelta(days=3))
    store.close()
