"""Money that people of the hotel give back: what is to go is decided once, and carried out as often as it takes.

Each wish has a name of the asker's. Which payment has which share in it is kept with the payments before the provider
is asked for anything. So whoever asks again under that name carries out what is missing, and nothing else, whatever the
provider's own news have told the books meanwhile.
"""

from __future__ import annotations

from dataclasses import replace

from nightdesk.bookkeeper import Bookkeeper
from nightdesk.errors import NightdeskError
from nightdesk.hotel.ports import Records
from nightdesk.hotel.reservations import Payment, Repayment, Reservation


class NoRefund(NightdeskError):
    """There is not so much to be given back."""


def give_back(
    records: Records, bookkeeper: Bookkeeper, reservation: Reservation, amount_cents: int, asked: str
) -> list[Payment]:
    """Give an amount of a reservation's money back, of its newest payments first; those it was taken from now.

    Raises: NoRefund, before anything is given back; PaymentsUnavailable; BookingsUnavailable.
    """
    shared = _shared(records, reservation, amount_cents, asked)
    given = []
    for payment in shared:
        share = payment.repayment(asked)
        if share is None or share.done:
            continue
        bookkeeper.refund(payment, share.cents, f"{payment.payment_id}-{asked}")
        given.append(_keep(records, payment, replace(share, done=True))[0])
    return given


def wishes(records: Records, reservation: Reservation) -> dict[str, list[Repayment]]:
    """The shares of all that was asked for, by its name."""
    found: dict[str, list[Repayment]] = {}
    for payment in _paid(records, reservation):
        for share in payment.repayments:
            found.setdefault(share.asked, []).append(share)
    return found


def _shared(records: Records, reservation: Reservation, amount_cents: int, asked: str) -> list[Payment]:
    """The payments, each with its share; a share that is kept already stays as it is. Raises: NoRefund."""
    paid = _paid(records, reservation)
    kept = [share.cents for payment in paid if (share := payment.repayment(asked))]
    missing = amount_cents - sum(kept)
    if amount_cents <= 0 or missing > sum(_left(payment) for payment in paid if not payment.repayment(asked)):
        raise NoRefund(f"{reservation.confirmation_code}: {amount_cents} cents cannot be given back")
    shared = []
    for payment in paid:
        part = min(missing, _left(payment))
        if part > 0 and not payment.repayment(asked):
            payment, share = _keep(records, payment, Repayment(asked, part))
            missing -= share.cents
        shared.append(payment)
    return shared


def _paid(records: Records, reservation: Reservation) -> list[Payment]:
    made = records.records(Payment, reservation_id=reservation.reservation_id)
    return [payment for payment in made if payment.status == "paid"]


def _left(payment: Payment) -> int:
    """Of it; what goes back by itself is as good as gone."""
    return payment.amount_cents - max(payment.refunded_cents, payment.refund_cents)


def _keep(records: Records, payment: Payment, share: Repayment) -> tuple[Payment, Repayment]:
    """The payment, and the share that it has now: the first that was kept, whichever process was first."""

    def change(known: Payment | None) -> Payment | None:
        is_news = known is not None and (share.done or known.repayment(share.asked) is None)
        return known.with_repayment(share) if known is not None and is_news else None

    kept = records.change_record(Payment, payment.payment_id, change)
    assert kept is not None
    return kept, kept.repayment(share.asked) or share
