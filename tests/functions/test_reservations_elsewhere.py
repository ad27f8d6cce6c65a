"""At a hotel whose bookings another system keeps, over real HTTP: the same tools, the same promises."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from nightdesk.hotel.payments_memory import SIGNATURE, MemoryPayments
from nightdesk.hotel.ports import Store
from nightdesk.hotel.telephony import FakeTelephony

from local.pms.server import application, read_hotels

from .booking_guest import SUITE, Guest, proof_of, provider, telephony
from .conftest import CALLER, Clock, Service
from .serving import serving

__all__ = ["provider", "telephony"]
HOTELS = Path(__file__).parent / "hotels"


@pytest.fixture
def settings(clock: Clock) -> Iterator[dict[str, str]]:
    """The other system, and what the functions are told of it."""
    with serving(application(read_hotels(HOTELS), "key-of-the-booking-system", clock)) as url:
        yield {
            "PMS_URLS": f"contract-inn={url}",
            "PMS_KEYS": "contract-inn=key-of-the-booking-system",
            "PROPERTIES_DIR": str(HOTELS),
        }


@pytest.fixture
def guest(
    settings: dict[str, str],
    client: Callable[..., Any],
    token: Callable[..., str],
    store: Store,
    clock: Clock,
    provider: MemoryPayments,
    telephony: FakeTelephony,
) -> Guest:
    tools = Service(client("tools", **settings))
    assert tools.session(token(property_id="contract-inn")).status_code == 200
    return Guest(tools, store, clock)


def test_a_booking_is_made_changed_paid_and_cancelled(
    guest: Guest, settings: dict[str, str], client: Callable[..., Any], provider: MemoryPayments
) -> None:
    made = guest.gets("create_reservation", **SUITE)
    assert guest.asks("create_reservation", **SUITE)["replayed"]
    assert (made["status"], made["due_cents"], made["binding_by"]) == ("held", 24900, "payment")
    proof = proof_of(made)
    assert guest.gets("lookup_reservation", last_name="Davis")["reservation_id"] == made["reservation_id"]
    assert guest.gets("modify_reservation", **proof, check_out="2026-11-30")["nights"] == 3
    link = guest.gets("generate_payment_link", **proof, send_by="sms")
    payments = client("payments", **settings)
    body = provider.webhook(link["payment_id"])
    for _ in range(2):
        answer = payments.post("/payments/webhook", data=body, headers={"Stripe-Signature": SIGNATURE})
        assert answer.status_code == 200
    found = guest.gets("lookup_reservation", **proof)
    assert (found["status"], found["paid_cents"]) == ("confirmed", 24900)
    gone = guest.gets("cancel_reservation", **proof, confirm=True, quoted_fee_cents=0)
    assert (gone["status"], gone["refund_cents"]) == ("cancelled", 24900)
    assert guest.live == [], "nothing of it is in our own books"


def test_a_hold_that_is_sold_out_when_it_is_paid_goes_back(
    guest: Guest, settings: dict[str, str], client: Callable[..., Any], provider: MemoryPayments, clock: Clock
) -> None:
    proof = guest.books()
    link = guest.gets("generate_payment_link", **proof, send_by="sms")
    clock.forward(minutes=31)
    for _ in range(2):
        guest.speaks()
        guest.gets("create_reservation", **{**SUITE, "last_name": "Rival"}, another=True)
    payments = client("payments", **settings)
    body = provider.webhook(link["payment_id"])
    answer = payments.post("/payments/webhook", data=body, headers={"Stripe-Signature": SIGNATURE})
    assert answer.status_code == 200
    found = guest.gets("lookup_reservation", **proof)
    assert (found["status"], found["paid_cents"]) == ("expired", 0)
    assert list(provider.refunds.values()) == [(link["payment_id"], 24900)]


def test_who_has_booked_there_may_be_reminded_of_it(
    guest: Guest, settings: dict[str, str], client: Callable[..., Any], telephony: FakeTelephony, tmp_path: Path
) -> None:
    guest.books()
    calling = (HOTELS / "contract-inn.yaml").read_text() + "outbound: {countries: [US]}\n"
    (tmp_path / "contract-inn.yaml").write_text(calling)
    account = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "PROPERTIES_DIR": str(tmp_path)}
    staff = Service(client("staff", **{**settings, **account}))
    variables = {"name": "Ada Davis", "check_in": "2026-11-27"}
    order = {"property_id": "contract-inn", "purpose": "reminder", "variables": variables}
    for phone, ok in ((CALLER, True), ("+12075550199", False)):
        assert staff.post("/voice/twilio/outbound", {**order, "phone": phone}).get_json()["ok"] is ok
    assert [placed.to for placed in telephony.placed] == [CALLER]
