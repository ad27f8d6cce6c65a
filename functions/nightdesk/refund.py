"""Give a guest's money back, by people of the hotel: `python -m nightdesk.refund PROPERTY CODE [--cents N] [--yes]`.

Without --yes it says what it would do. Without --cents it is what the folio owes the guest: what was paid beyond the
price, or beyond the fee of a cancellation. It needs the store's settings and STRIPE_API_KEY.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from nightdesk.bookkeeper import NoRefund
from nightdesk.bootstrap import House, open_house
from nightdesk.errors import ConfigError
from nightdesk.hotel import folio
from nightdesk.hotel.payments import PaymentsUnavailable
from nightdesk.hotel.pricing import money


def main(arguments: Sequence[str] | None = None, house: House | None = None) -> int:
    """0: done, or nothing to do; 1: not done, and why is on stderr."""
    parser = argparse.ArgumentParser(prog="python -m nightdesk.refund", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("property_id")
    parser.add_argument("confirmation_code")
    parser.add_argument("--cents", type=int, default=None, help="instead of what the folio owes the guest")
    parser.add_argument("--yes", action="store_true", help="do it")
    asked = parser.parse_args(arguments)
    try:
        return _refund(house or open_house("refund"), asked)
    except (ConfigError, NoRefund, PaymentsUnavailable) as error:
        return _failed(str(error))


def _refund(house: House, asked: argparse.Namespace) -> int:
    hotel = house.properties.get(asked.property_id)
    found = house.bookings(hotel).by_code(asked.confirmation_code) if hotel is not None else None
    if found is None:
        return _failed(f"there is no reservation {asked.confirmation_code} at {asked.property_id}")
    state = folio.folio(found)
    cents = max(-state.balance_cents, 0) if asked.cents is None else asked.cents

    def amount(value: int) -> str:
        return money(value, found.currency)

    _say(
        f"{found.confirmation_code} {found.last_name}: {found.status}, costs {amount(state.charges_cents)}, paid "
        f"{amount(state.paid_cents)}, given back {amount(state.refunded_cents)}"
    )
    if not cents and asked.cents is None:
        _say("nothing is owed to the guest")
        return 0
    if not asked.yes:
        _say(f"would give back {amount(cents)}: add --yes")
        return 0
    for payment in house.bookkeeper.give_back(found, cents):
        _say(f"{payment.payment_id}: {amount(payment.refunded_cents)} of {amount(payment.amount_cents)} given back")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _failed(why: str) -> int:
    sys.stderr.write(f"not given back: {why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
