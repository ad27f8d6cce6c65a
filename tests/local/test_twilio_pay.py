"""`<Pay>`: a card is keyed, charged or kept, and its number is nowhere afterwards."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from local.twilio.cards import DECLINED, TestConnector, card_type, is_expired
from tests.local.twilio_helpers import World, a_world, codes, eventually, kinds

CARD = "4242424242424242"
AMEX = "378282246310005"
FIELDS = {"Result", "PaymentMethod", "PaymentCardNumber", "PaymentCardType", "ExpirationDate", "SecurityCode"}


def pay(attributes: str = "", inner: str = "") -> str:
    return f'<Response><Pay action="/paid" timeout="3" {attributes}>{inner}</Pay></Response>'


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.app.answers("/paid", "<Response><Say>back with you</Say></Response>")
        yield world


async def keyed(world: World, document: str, *keys: str) -> dict[str, str]:
    """The guest keys each answer when its prompt has been spoken; the fields of the action."""
    call = await world.call(document)
    for number, answer in enumerate(keys, 1):
        await eventually(lambda number=number: len(asked(call)) >= number or call.over.is_set())  # type: ignore[misc]
        await call.phone.wait(300)
        call.phone.press(answer)
        await call.phone.spoken()
    await call.ended()
    (fields,) = world.app.got("/paid")
    standard = set(world.app.got("/voice")[0])
    return {name: value for name, value in fields.items() if name not in standard}


def asked(call: Any) -> list[dict[str, object]]:
    return [entry for entry in kinds(call.record(), "pay") if entry["state"] == "asking"]


def connector(world: World) -> TestConnector:
    found = world.twilio.connectors["Default"]
    assert isinstance(found, TestConnector)
    return found


async def test_a_card_is_charged(world: World) -> None:
    document = pay('chargeAmount="20.45" currency="eur" postalCode="false"')
    fields = await keyed(world, document, f"{CARD}#", "1299", "123")
    assert fields["Result"] == "success"
    assert set(fields) == FIELDS | {"PaymentConfirmationCode"}
    assert fields["PaymentCardNumber"] == "xxxxxxxxxxxx4242"
    assert (fields["PaymentCardType"], fields["SecurityCode"], fields["ExpirationDate"]) == ("visa", "xxx", "1299")
    assert connector(world).charged == [("4242", 2045, "eur")]
    assert world.speaker.said[-1] == "back with you"


async def test_a_card_is_kept_when_nothing_is_charged(world: World) -> None:
    fields = await keyed(world, pay(), f"{AMEX}#", "1299", "1234", "04217#")
    assert set(fields) == FIELDS | {"PaymentToken", "ProfileId", "PaymentCardPostalCode"}
    assert fields["PaymentCardNumber"] == "xxxxxxxxxxx0005"
    assert connector(world).kept == ["0005"]


async def test_the_number_is_in_no_timeline_and_no_request(world: World) -> None:
    document = pay('chargeAmount="1" postalCode="false"')
    await keyed(world, document, f"{CARD}#", "1299", "987")
    (call,) = world.twilio.calls.values()
    timeline = str(call.timeline) + str([request.params for request in world.app.requests])
    digits = "".join(str(entry["digit"]) for entry in kinds(call.record(), "key"))
    assert set(digits) == {"x"}
    assert CARD not in timeline
    assert "987" not in {value for request in world.app.requests for value in request.params.values()}


async def test_a_step_is_asked_again_as_often_as_it_may(world: World) -> None:
    prompts = "".join(
        f'<Prompt for="payment-card-number" {when}><Say>{words}</Say></Prompt>'
        for when, words in (
            ("", "your card"),
            ('attempt="2"', "your card again"),
            ('errorType="invalid-card-number"', "that was no card"),
            ('attempt="3" errorType="invalid-card-type"', "not that card"),
        )
    )
    document = pay('maxAttempts="3" postalCode="false" securityCode="false" validCardTypes="visa"', prompts)
    fields = await keyed(world, document, "4242#", f"{AMEX}#", f"{CARD}#", "1299")
    assert fields["Result"] == "success"
    assert "SecurityCode" not in fields
    said = [words for words in world.speaker.said if "card" in words][:3]
    assert said[0] == "your card"
    assert said[1] in ("your card again", "that was no card")
    assert said[2] == "not that card"


@pytest.mark.parametrize("keys", [("1234#",), (f"{CARD}#", "1319"), (f"{CARD}#", "0120")])
async def test_too_many_wrong_answers_fail(world: World, keys: tuple[str, ...]) -> None:
    fields = await keyed(world, pay('postalCode="false"'), *keys)
    assert fields["Result"] == "too-many-failed-attempts"
    assert fields["PaymentError"] in ("invalid-card-number", "invalid-date")
    assert connector(world).kept == []


async def test_silence_is_a_wrong_answer(world: World) -> None:
    failed = {"Result": "too-many-failed-attempts", "PaymentError": "input-timeout"}
    assert await keyed(world, pay('maxAttempts="2"')) == failed


async def test_the_star_key_ends_it_at_any_moment(world: World) -> None:
    fields = await keyed(world, pay(), f"{CARD}#", "12*")
    assert fields == {"Result": "caller-interrupted-with-star"}


async def test_a_card_may_be_declined(world: World) -> None:
    fields = await keyed(world, pay('postalCode="false"'), f"{DECLINED}#", "1299", "123")
    assert (fields["Result"], fields["PaymentError"]) == ("payment-connector-error", "card_declined")
    assert fields["ConnectorError"] == "card_declined"
    assert "PaymentToken" not in fields


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ('paymentConnector="Mine"', 64004),
        ('chargeAmount="-0.5"', 64003),
        ('chargeAmount="20.455"', 64003),
        ('chargeAmount="1000000.01"', 64003),
        ('chargeAmount="$20"', 64003),
        ('chargeAmount="1000.50" currency="jpy"', 64003),
        ('chargeAmount="5" currency="zzz"', 64011),
        ('maxAttempts="4"', 64020),
        ('language="nl-NL"', 64020),
        ('tokenType="forever"', 64020),
        ('validCardTypes="visa library"', 64020),
        ('securityCode="maybe"', 64020),
    ],
)
async def test_what_cannot_be_is_refused_before_anybody_keys_anything(world: World, attributes: str, code: int) -> None:
    fields = await keyed(world, pay(attributes))
    assert (fields["Result"], fields["PayErrorCode"]) == ("validation-error", str(code))
    assert fields["PaymentError"]
    (call,) = world.twilio.calls.values()
    assert codes(call) == [code]
    assert asked(call) == []
    assert world.speaker.said[-1] == "back with you"


async def test_the_result_is_told_to_an_encrypted_url_alone(world: World) -> None:
    call = await world.call('<Response><Pay action="http://hotel.example/paid"/></Response>')
    await call.ended()
    assert codes(call) == [64016]
    assert world.app.got("/paid") == []


async def test_every_step_and_the_result_are_told_of(world: World) -> None:
    world.app.answers("/news", "")
    document = pay('statusCallback="/news" maxAttempts="2" chargeAmount="5"')
    fields = await keyed(world, document, "12#", f"{CARD}#", "1299", "987", "04217#")
    assert fields["Result"] == "success"
    news = world.app.got("/news")
    told = [(n.get("For", ""), n.get("Attempt", ""), n.get("ErrorType", "")) for n in news]
    assert sorted(told) == sorted(
        [
            ("payment-card-number", "1", ""),
            ("payment-card-number", "2", "invalid-card-number"),
            ("expiration-date", "1", ""),
            ("security-code", "1", ""),
            ("postal-code", "1", ""),
            ("payment-processing", "", ""),
            ("", "", ""),
        ]
    )
    assert {set(n) >= {"AccountSid", "CallSid"} for n in news} == {True}
    last = next(n for n in news if "Result" in n)
    assert (last["PaymentCardNumber"], last["SecurityCode"]) == ("xxxxxxxxxxxx4242", "xxx")
    assert not any(CARD in str(n) or "987" in n.values() for n in news)
    assert world.app.forgeries == []


async def test_a_connector_in_test_mode_takes_test_cards_alone(world: World) -> None:
    fields = await keyed(world, pay('postalCode="false"'), "4111111111111111#", "1299", "123")
    assert (fields["Result"], fields["PayErrorCode"]) == ("payment-connector-error", "64022")
    (call,) = world.twilio.calls.values()
    assert codes(call) == [64022]
    assert "4111111111111111" not in str(call.timeline)


async def test_who_hangs_up_has_not_paid(world: World) -> None:
    call = await world.call(pay())
    await call.phone.agent_speaking()
    call.phone.press("4242")
    await call.phone.spoken()
    call.phone.hang_up()
    await call.ended()
    (fields,) = world.app.got("/paid")
    assert (fields["Result"], fields["CallStatus"]) == ("caller-hung-up", "completed")
    await asyncio.sleep(0)
    assert connector(world).kept == []


@pytest.mark.parametrize(
    ("number", "kind"),
    [(CARD, "visa"), (AMEX, "amex"), ("5555555555554444", "mastercard"), ("4242424242424241", ""), ("12", "")],
)
def test_cards_are_known_by_their_numbers(number: str, kind: str) -> None:
    assert card_type(number) == kind


def test_a_card_is_good_to_the_end_of_its_month() -> None:
    assert not is_expired("1126", 2026, 11)
    assert is_expired("1026", 2026, 11)
    assert is_expired("1326", 2026, 11)
