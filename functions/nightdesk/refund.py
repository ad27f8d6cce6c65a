"""Give a guest's money back, by people of the hotel: `python -m nightdesk.refund PROPERTY CODE [--cents N] [--yes]`.

Without --yes it says what it would do. Without --cents it is what the folio owes the guest: what was paid beyond the
price, or beyond the fee of a cancellation. The same command gives money once, however often it is repeated: one that
broke off goes on where it was. As much once more is another command: --nth 2. It needs the store's settings and
STRIPE_API_KEY.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from nightdesk import repayments
from nightdesk.bootstrap import House, open_house
from nightdesk.errors import NightdeskError
from nightdesk.hotel import folio
from nightdesk.hotel.pricing import money


def main(arguments: Sequence[str] | None = None, house: House | None = None) -> int:
    """0: done, or nothing to do; 1: not done, and why is on stderr."""
    parser = argparse.ArgumentParser(prog="python -m nightdesk.refund", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("property_id")
    parser.add_argument("confirmation_code")
    parser.add_argument("--cents", type=int, default=None, help="instead of what the folio owes the guest")
    parser.add_argument("--nth", type=int, default=1, help="2: as many --cents for the second time, and so on")
    parser.add_argument("--yes", action="store_true", help="do it")
    asked = parser.parse_args(arguments)
    try:
        return _refund(house or open_house("refund"), asked)
    except NightdeskError as error:
        return _failed(str(error))


def _refund(house: House, asked: argparse.Namespace) -> int:
    hotel = house.properties.get(asked.property_id)
    found = house.bookings(hotel).by_code(asked.confirmation_code) if hotel is not None else None
    if found is None:
        return _failed(f"there is no reservation {asked.confirmation_code} at {asked.property_id}")
    state = folio.folio(found)
    cents = max(-state.balance_cents, 0) if asked.cents is None else asked.cents
    wish = f"{asked.cents}-{asked.nth}" if asked.cents is not None else _owed(state)
    wishes = repayments.wishes(house.store, found)

    def amount(value: int) -> str:
        return money(value, found.currency)

    _say(
        f"{found.confirmation_code} {found.last_name}: {found.status}, costs {amount(state.charges_cents)}, paid "
        f"{amount(state.paid_cents)}, given back {amount(state.refunded_cents)}"
    )
    if not cents and asked.cents is None:
        _say("nothing is owed to the guest")
        return 0
    if open_cents := sum(share.cents for shares in wishes.values() for share in shares if not share.done):
        _say(f"{amount(open_cents)} was asked for before and may have gone: to be sure, repeat that command")
    if wish in wishes and all(share.done for share in wishes[wish]):
        _say(f"this was given back before: for as much once more add --cents {cents} --nth {asked.nth + 1}")
        return 0
    if not asked.yes:
        _say(f"would give back {amount(cents)}: add --yes")
        return 0
    for payment in repayments.give_back(house.store, house.bookkeeper, found, cents, wish):
        _say(f"{payment.payment_id}: {amount(payment.refunded_cents)} of {amount(payment.amount_cents)} given back")
    return 0


def _owed(state: folio.Folio) -> str:
    """The wish for what is owed, named by why: a part of it that went, or its news, makes no other wish of it."""
    return f"owed-{state.paid_cents}-{state.charges_cents}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _failed(why: str) -> int:
    sys.stderr.write(f"not given back: {why}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
