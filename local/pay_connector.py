"""The simulated account's Pay Connector: what a guest keys at the simulated Twilio is charged at the simulated Stripe.

Source: Twilio, Pay Connectors, Stripe: in TEST mode it takes Stripe's test cards alone; a charge is confirmed with its
id, a card that was kept with that of a PaymentMethod and of its Customer.
"""

from local.stripe import Account, Declined
from local.twilio.cards import NOT_A_TEST_CARD, TEST_CARDS, Card, Paid


class StripeConnector:
    """A `Connector` in TEST mode."""

    currencies = frozenset({"usd", "cad", "eur", "gbp", "mxn"})

    def __init__(self, account: Account) -> None:
        self._account = account

    async def pay(self, card: Card, charge_cents: int | None, currency: str, description: str) -> Paid:
        if card.number not in TEST_CARDS:
            return Paid(error="invalid_test_card", code=NOT_A_TEST_CARD)
        try:
            if charge_cents is None:
                customer, method = self._account.keep(card.number)
                return Paid(token=method, profile=customer)
            charge = self._account.charge(card.number, charge_cents, currency, description)
        except Declined:
            return Paid(error="card_declined")
        return Paid(confirmation=str(charge["id"]))
