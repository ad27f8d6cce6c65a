"""A simulated Stripe: Checkout Sessions and refunds by its API, its payment page, and its signed webhooks.

As strict as the real one: what Stripe refuses is refused with its codes, and a parameter that is not simulated is an
error, never ignored. It takes Stripe's own test cards; a page that a guest opens in a browser pays or declines.
Sources: Stripe API reference (version 2026-10-28.endive): Checkout Sessions, Refunds, Events, Errors, Idempotent
requests; Stripe documentation: Testing (cards), Webhooks (signatures, retries, no order is promised).
"""

from local.stripe.account import Account, Declined
from local.stripe.service import SimulatedStripe

__all__ = ["Account", "Declined", "SimulatedStripe"]
