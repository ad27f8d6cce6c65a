"""Reads `<Pay>`. Pure.

Source: twilio.md 4.8; Twilio's page on the verb. Bank accounts and status callbacks are Twilio's, not the simulator's.
"""

import re
import xml.etree.ElementTree as ET

from local.twilio.reading import Reader
from local.twilio.twiml_sound import nested
from local.twilio.verbs import Pay, Prompt

STEPS = ("payment-card-number", "expiration-date", "security-code", "postal-code", "payment-processing")
ERROR_TYPES = (
    *("timeout", "invalid-card-number", "invalid-card-type", "invalid-date", "invalid-security-code"),
    *("invalid-postal-code", "input-matching-failed"),
)
CARD_TYPES = ("visa", "mastercard", "amex", "maestro", "discover", "optima", "jcb", "diners-club", "enroute")
_AMOUNT = re.compile(r"\d{1,6}(\.\d{1,2})?")


def pay(read: Reader, element: ET.Element) -> Pay:
    read.attributes(
        element,
        {
            *("action", "chargeAmount", "currency", "description", "input", "language", "maxAttempts", "method"),
            *("minPostalCodeLength", "paymentConnector", "paymentMethod", "postalCode", "securityCode", "timeout"),
            *("tokenType", "validCardTypes"),
        },
        {"statusCallback", "statusCallbackMethod", "bankAccountType", "debug", "requireMatchingInputs"},
    )
    if element.get("paymentMethod", "credit-card") != "credit-card":
        raise read.not_simulated(f"paymentMethod={element.get('paymentMethod')} of <Pay>")
    read.choice(element, "input", ("dtmf",), 12200)
    amount = element.get("chargeAmount", "0")
    if not _AMOUNT.fullmatch(amount):
        read.warn(12200, f"chargeAmount {amount!r}")
        amount = "0"
    cents = round(float(amount) * 100)
    prompts, parameters = [], []
    for child in element:
        if child.tag == "Prompt":
            prompts.append(_prompt(read, child))
        elif child.tag == "Parameter" and child.get("name"):
            parameters.append((child.get("name", ""), child.get("value", "")))
        else:
            read.warn(12200, f"invalid content <{child.tag}> in <Pay>")
    return Pay(
        action=read.own_action(element),
        method=read.method(element, "method", 12200),
        prompts=tuple(prompts),
        timeout_s=read.integer(element, "timeout", 5, 1, 12200),
        max_attempts=read.integer(element, "maxAttempts", 1, 1, 12200, most=10),
        security_code=read.flag(element, "securityCode", True, 12200),
        postal_code=element.get("postalCode", "true"),
        connector=element.get("paymentConnector", "Default"),
        token_type=read.choice(element, "tokenType", ("reusable", "one-time", "payment-method"), 12200),
        charge_cents=cents or None,
        currency=element.get("currency", "usd"),
        description=element.get("description", ""),
        card_types=read.events(element, "validCardTypes", CARD_TYPES, "visa mastercard amex", 12200),
        language=element.get("language", "en-US"),
        parameters=tuple(parameters),
    )


def _prompt(read: Reader, element: ET.Element) -> Prompt:
    read.attributes(element, {"for", "attempt", "errorType", "cardType"}, {"requireMatchingInputs"})
    attempts = element.get("attempt", "").split()
    if not all(attempt.isdecimal() for attempt in attempts):
        read.warn(12200, f"attempt {attempts}")
        attempts = []
    return Prompt(
        sounds=nested(read, element, 12200),
        steps=read.events(element, "for", STEPS, "", 12200),
        attempts=tuple(map(int, attempts)),
        error_types=read.events(element, "errorType", ERROR_TYPES, "", 12200),
        card_types=read.events(element, "cardType", CARD_TYPES, "", 12200),
    )
