"""Reads `<Pay>`. Pure.

Source: twilio.md 4.8; Twilio's page on the verb; error pages 64003, 64016, 64020. Bank accounts are Twilio's, not the
simulator's. `action` must be https; what answers on this machine alone has no certificate, and may be http.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from local.twilio.errors import Problem
from local.twilio.reading import Reader
from local.twilio.twiml_sound import nested
from local.twilio.verbs import Pay, Prompt

STEPS = ("payment-card-number", "expiration-date", "security-code", "postal-code", "payment-processing")
ERROR_TYPES = (
    *("timeout", "invalid-card-number", "invalid-card-type", "invalid-date", "invalid-security-code"),
    *("invalid-postal-code", "input-matching-failed"),
)
CARD_TYPES = ("visa", "mastercard", "amex", "maestro", "discover", "optima", "jcb", "diners-club", "enroute")
LANGUAGES = ("en-US", "en-AU", "en-CA", "en-GB", "en-IN", "es-ES", "es-MX", "fr-CA", "fr-FR", "de-DE", "it-IT")
_MOST = 1_000_000
_AMOUNT = re.compile(r"\d{1,7}(\.\d{1,2})?")
_WHOLE = frozenset({"clp", "jpy", "krw", "pyg", "vnd"})  # currencies without decimals
_WRONG_AMOUNT, _WRONG_ACTION, _WRONG_VALUE = 64003, 64016, 64020


def pay(read: Reader, element: ET.Element) -> Pay:
    read.attributes(
        element,
        {
            *("action", "chargeAmount", "currency", "description", "input", "language", "maxAttempts"),
            *("paymentConnector", "paymentMethod", "postalCode", "securityCode", "timeout"),
            *("statusCallback", "statusCallbackMethod", "tokenType", "validCardTypes"),
        },
        {"bankAccountType", "debug", "minPostalCodeLength", "requireMatchingInputs"},
    )
    if element.get("paymentMethod", "credit-card") != "credit-card":
        raise read.not_simulated(f"paymentMethod={element.get('paymentMethod')} of <Pay>")
    known = len(read.problems)
    read.choice(element, "input", ("dtmf",), _WRONG_VALUE)
    currency = element.get("currency", "usd").lower()
    prompts, parameters = [], []
    for child in element:
        if child.tag == "Prompt":
            prompts.append(_prompt(read, child))
        elif child.tag == "Parameter" and child.get("name"):
            parameters.append((child.get("name", ""), child.get("value", "")))
        else:
            read.warn(12200, f"invalid content <{child.tag}> in <Pay>")
    paid = Pay(
        action=_action(read, element),
        prompts=tuple(prompts),
        timeout_s=read.integer(element, "timeout", 5, 1, _WRONG_VALUE),
        max_attempts=read.integer(element, "maxAttempts", 1, 1, _WRONG_VALUE, most=3),
        security_code=read.flag(element, "securityCode", True, _WRONG_VALUE),
        postal_code=element.get("postalCode", "true"),
        connector=element.get("paymentConnector", "Default"),
        token_type=read.choice(element, "tokenType", ("reusable", "one-time", "payment-method"), _WRONG_VALUE),
        charge_cents=_cents(read, element.get("chargeAmount", "0"), currency) or None,
        currency=currency,
        description=element.get("description", ""),
        card_types=read.events(element, "validCardTypes", CARD_TYPES, "visa mastercard amex", _WRONG_VALUE),
        language=_language(read, element.get("language", LANGUAGES[0])),
        parameters=tuple(parameters),
        status_callback=read.url(element.get("statusCallback", ""), "Pay statusCallback"),
        status_callback_method=read.method(element, "statusCallbackMethod", _WRONG_VALUE),
    )
    return replace(paid, invalid=_invalid(read.problems[known:]))


def _action(read: Reader, element: ET.Element) -> str:
    url = read.own_action(element)
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost"):
        raise read.failure(_WRONG_ACTION, url)
    return url


def _cents(read: Reader, amount: str, currency: str) -> int:
    if not _AMOUNT.fullmatch(amount) or float(amount) > _MOST or (currency in _WHOLE and "." in amount):
        read.warn(_WRONG_AMOUNT, f"paymentAmount={amount!r} (not a number between 0.00 - 1,000,000.00)")
        return 0
    return round(float(amount) * 100)


def _language(read: Reader, language: str) -> str:
    if language.lower() not in map(str.lower, LANGUAGES):
        read.warn(_WRONG_VALUE, f"language={language!r}")
    return language


def _invalid(problems: Sequence[Problem]) -> Problem | None:
    return next((problem for problem in problems if problem.code in (_WRONG_AMOUNT, _WRONG_VALUE)), None)


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
