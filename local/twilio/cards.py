"""What `<Pay>` knows of cards, and who takes the money: a port and a connector for test cards. Pure.

Source: Twilio's page on <Pay> (masking: only the last four digits leave Twilio); Stripe's list of test cards;
error page 64022.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Protocol

_TYPES = (
    ("visa", re.compile(r"4\d{12}(\d{3}){0,2}")),
    ("mastercard", re.compile(r"(5[1-5]\d{14}|2[2-7]\d{14})")),
    ("amex", re.compile(r"3[47]\d{13}")),
    ("discover", re.compile(r"6(011|5\d\d)\d{12}")),
)
DECLINED = "4000000000000002"
TEST_CARDS = frozenset(
    {
        *("4242424242424242", "4000056655665556", "5555555555554444", "2223003122003222", "5200828282828210"),
        *("378282246310005", "371449635398431", "6011111111111117", DECLINED),
    }
)
NOT_A_TEST_CARD = 64022


@dataclass(frozen=True)
class Card:
    """All that was keyed. It goes to the connector and nowhere else."""

    number: str
    type: str
    expiration: str
    security_code: str = ""
    postal_code: str = ""

    @property
    def masked(self) -> str:
        return masked(self.number)


@dataclass(frozen=True)
class Paid:
    """`token` of a card that was kept, or `confirmation` of one that was charged; `error` "" when all is well.

    `profile` is the customer that the card was kept for. `code` is the debugger's, for a connector that was asked for
    something wrong.
    """

    token: str = ""
    confirmation: str = ""
    error: str = ""
    code: int = 0
    profile: str = ""


class Connector(Protocol):
    """A Pay Connector: the way to a payment processor. `currencies` are those it takes, in lower case."""

    @property
    def currencies(self) -> frozenset[str]: ...

    async def pay(self, card: Card, charge_cents: int | None, currency: str, description: str) -> Paid: ...


class TestConnector:
    """A connector in TEST mode: it takes Stripe's test cards and no others, and declines the one for that.

    `charged` and `kept` have last four digits alone.
    """

    __test__ = False
    currencies = frozenset({"usd", "cad", "eur", "gbp", "mxn"})

    def __init__(self) -> None:
        self.charged: list[tuple[str, int, str]] = []
        self.kept: list[str] = []

    async def pay(self, card: Card, charge_cents: int | None, currency: str, description: str) -> Paid:
        if card.number not in TEST_CARDS:
            return Paid(error="invalid_test_card", code=NOT_A_TEST_CARD)
        if card.number == DECLINED:
            return Paid(error="card_declined")
        if charge_cents is None:
            self.kept.append(card.number[-4:])
            return Paid(token=f"pm_{secrets.token_hex(12)}", profile=f"cus_{secrets.token_hex(7)}")
        self.charged.append((card.number[-4:], charge_cents, currency))
        return Paid(confirmation=f"ch_{secrets.token_hex(12)}")


def masked(number: str) -> str:
    return "x" * (len(number) - 4) + number[-4:]


def card_type(number: str) -> str:
    """The network's name, "" for a number that is none. Source: ISO/IEC 7812, the check digit of Luhn."""
    kind = next((name for name, form in _TYPES if form.fullmatch(number)), "")
    digits = [int(digit) for digit in reversed(number)]
    total = sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return kind if total % 10 == 0 else ""


def is_expired(mmyy: str, year: int, month: int) -> bool:
    """A card is good to the end of its month; a date that is none counts as expired."""
    if not re.fullmatch(r"(0[1-9]|1[0-2])\d\d", mmyy):
        return True
    return (2000 + int(mmyy[2:]), int(mmyy[:2])) < (year, month)
