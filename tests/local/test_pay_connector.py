"""What a guest keys at the simulated Twilio arrives at the simulated Stripe, where it can be given back."""

import time

import pytest

from local.pay_connector import StripeConnector
from local.stripe import Account
from local.twilio.cards import DECLINED, NOT_A_TEST_CARD, Card

VISA, UNKNOWN = "4242424242424242", "4111111111111111"


@pytest.fixture
def account() -> Account:
    return Account(time.time, lambda event: None)


def card(number: str) -> Card:
    return Card(number, "visa", "1234", "737")


async def test_a_charge_is_confirmed_with_its_id(account: Account) -> None:
    paid = await StripeConnector(account).pay(card(VISA), 2045, "eur", "two nights")
    charge = account.charges[paid.confirmation]
    assert (charge["amount"], charge["currency"], charge["description"]) == (2045, "eur", "two nights")
    assert (paid.token, paid.error) == ("", "")
    [told] = account.events
    assert (told["type"], told["data"]["object"]["id"]) == ("charge.succeeded", paid.confirmation)
    assert VISA not in str(told)
    refund = account.create_refund({"charge": paid.confirmation, "amount": "45"})
    assert refund["status"] == "succeeded"


async def test_a_card_is_kept_for_a_customer(account: Account) -> None:
    kept = await StripeConnector(account).pay(card(VISA), None, "usd", "")
    assert (kept.token[:3], kept.profile[:4], kept.confirmation) == ("pm_", "cus_", "")
    assert account.charges == {}


async def test_a_card_may_be_declined_and_one_that_is_no_test_card_is_refused(account: Account) -> None:
    connector = StripeConnector(account)
    assert (await connector.pay(card(DECLINED), 100, "usd", "")).error == "card_declined"
    refused = await connector.pay(card(UNKNOWN), 100, "usd", "")
    assert (refused.error, refused.code) == ("invalid_test_card", NOT_A_TEST_CARD)
    assert account.charges == {}
