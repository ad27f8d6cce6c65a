"""TwiML of a payment by keys. Pure. The digits go to Twilio's payment connector and never come here.

Source: the TwiML reference of Twilio: Pay (an amount of 0 keeps the card as a token; `action` must be https and gets
the result; the star key ends it at any moment).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twilio.twiml.voice_response import VoiceResponse  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from nightdesk.hotel.reservations import Payment

ATTEMPTS = 3
STEP_S = 10


def pay(origin: str, attempt: int, payment: Payment, connector: str, locale: str, what: str) -> str:
    """Ask the guest for a card. `what`: the line beside the amount, without a name.

    The payment's own name ends the description: by it the provider's news find it where Twilio's were lost.
    """
    url = result_url(origin, attempt, payment.payment_id)
    response = VoiceResponse()
    response.pay(
        action=url,
        payment_connector=connector,
        charge_amount=f"{payment.amount_cents // 100}.{payment.amount_cents % 100:02}",
        currency=payment.currency.lower(),
        token_type="payment-method",
        description=f"{what} ({payment.payment_id})",
        language=locale,
        max_attempts=ATTEMPTS,
        timeout=STEP_S,
        postal_code=payment.currency == "USD",
    )
    response.redirect(url)  # after too many wrong keys Twilio may go on here, without a result
    return str(response)


def result_url(origin: str, attempt: int, payment_id: str) -> str:
    return f"{origin}/voice/twilio/pay?attempt={attempt}&payment_id={payment_id}"


def straight_back(origin: str, attempt: int, payment_id: str) -> str:
    """There is nothing to be paid by now: the same URL, with no result."""
    response = VoiceResponse()
    response.redirect(result_url(origin, attempt, payment_id))
    return str(response)
