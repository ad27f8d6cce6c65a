"""The simulated Stripe, driven by the official client: it refuses what the real one refuses."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
import stripe
from aiohttp import web

from local.stripe import SimulatedStripe, forms
from local.stripe.forms import ApiError

KEY, SECRET = "sk_test_key", "whsec_secret"
GOOD = "4242424242424242"


class Clock:
    def __init__(self) -> None:
        self.ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


class Endpoint:
    """What the account's webhooks are posted to: it answers each with the next of `answers`, the last for ever."""

    def __init__(self) -> None:
        self.answers, self.events, self.url = [200], list[stripe.Event](), ""
        self.app = web.Application()
        self.app.router.add_post("/hook", self._hear)

    async def _hear(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.events.append(stripe.Webhook.construct_event(body, request.headers["Stripe-Signature"], SECRET))
        return web.Response(status=self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    runner = web.AppRunner(made.app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


@pytest.fixture
async def account(endpoint: Endpoint, clock: Clock) -> AsyncIterator[SimulatedStripe]:
    made = SimulatedStripe(
        api_key=KEY, webhook_url=endpoint.url, webhook_secret=SECRET, now=clock, retry_s=(0.01, 0.01)
    )
    await made.start()
    yield made
    await made.stop()


Ask = Callable[..., Any]


@pytest.fixture
def ask(account: SimulatedStripe) -> Ask:
    """Call the official client, in a thread: it blocks. A key that is given is the request's idempotency key."""
    client = stripe.StripeClient(KEY, base_addresses={"api": account.account.page}, max_network_retries=0)

    async def call(path: str, fields: dict[str, Any] | None = None, key: str = "") -> Any:
        service: Any = client.v1
        *names, method = path.split(".")
        for name in names:
            service = getattr(service, name)
        options = {"idempotency_key": key} if key else {}
        return await asyncio.to_thread(getattr(service, method), fields or {}, options)

    return call


def wanted(**changes: Any) -> dict[str, Any]:
    line = {
        "quantity": 1,
        "price_data": {"currency": "usd", "unit_amount": 24900, "product_data": {"name": "Suite, two nights"}},
    }
    made = {"mode": "payment", "line_items": [line], "success_url": "https://h.example/done", **changes}
    return {name: value for name, value in made.items() if value is not None}


def line(**changes: Any) -> list[dict[str, Any]]:
    price = {"currency": "usd", "unit_amount": 24900, "product_data": {"name": "Suite"}, **changes}
    return [{"quantity": 1, "price_data": price}]


async def pay(url: str, number: str = GOOD) -> int:
    async with aiohttp.ClientSession() as browser:
        async with browser.post(url, data={"number": number}, allow_redirects=False) as answer:
            return answer.status


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come")


async def test_a_payment_is_made_on_the_page_and_told(ask: Ask, endpoint: Endpoint) -> None:
    session = await ask("checkout.sessions.create", wanted(client_reference_id="payment_1"))
    assert (session.status, session.amount_total, session.payment_status) == ("open", 24900, "unpaid")
    assert await pay(session.url) == 303
    await until(lambda: bool(endpoint.events))
    [event] = endpoint.events
    assert event.type == "checkout.session.completed"
    told = event.data.object
    assert (told["payment_status"], told["client_reference_id"]) == ("paid", "payment_1")
    assert told["payment_intent"].startswith("pi_")
    assert await pay(session.url) == 410, "nobody pays twice on one page"


@pytest.mark.parametrize("number", ["4000000000000002", "4000000000009995", "1234", ""])
async def test_a_card_that_is_declined_leaves_the_page_open(ask: Ask, endpoint: Endpoint, number: str) -> None:
    session = await ask("checkout.sessions.create", wanted())
    assert await pay(session.url, number) == 402
    assert endpoint.events == []
    assert await pay(session.url) == 303


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types_no_longer_supported"),
        ({"surprise": "1"}, "parameter_unknown"),
        ({"mode": None}, "parameter_missing"),
        ({"success_url": None}, "parameter_missing"),
        ({"success_url": "/done"}, "url_invalid"),
        ({"line_items": None}, "parameter_missing"),
        ({"line_items": line(unit_amount=49)}, "amount_too_small"),
        ({"line_items": line(unit_amount="2.5")}, "parameter_invalid_integer"),
        ({"line_items": line(currency="USD")}, None),
        ({"line_items": line(product_data={})}, "parameter_missing"),
        ({"setup_intent_data": {"metadata": {"a": "b"}}}, None),
        ({"expires_at": int(time.time()) + 29 * 60}, None),
        ({"expires_at": int(time.time()) + 25 * 3600}, None),
        ({"mode": "setup", "line_items": None}, "parameter_missing"),
        ({"mode": "setup", "allowed_payment_method_types": ["card"]}, None),
        ({"metadata": {"k" * 41: "v"}}, None),
    ],
)
async def test_what_stripe_refuses_is_refused(
    ask: Ask, account: SimulatedStripe, changes: dict[str, Any], code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await ask("checkout.sessions.create", wanted(**changes))
    assert caught.value.code == code
    assert caught.value.http_status == 400
    assert account.account.sessions == {}


async def test_what_is_not_simulated_says_so(ask: Ask) -> None:
    with pytest.raises(stripe.APIError, match="does not know mode subscription"):
        await ask("checkout.sessions.create", wanted(mode="subscription"))


async def test_a_wrong_key_opens_nothing(account: SimulatedStripe) -> None:
    client = stripe.StripeClient("sk_test_other", base_addresses={"api": account.account.page})
    with pytest.raises(stripe.AuthenticationError):
        await asyncio.to_thread(client.v1.checkout.sessions.create, wanted())  # type: ignore[arg-type]


async def test_an_idempotency_key_brings_the_first_answer_and_no_other(ask: Ask, account: SimulatedStripe) -> None:
    first = await ask("checkout.sessions.create", wanted(), key="k1")
    again = await ask("checkout.sessions.create", wanted(), key="k1")
    assert (first.id, len(account.account.sessions)) == (again.id, 1)
    with pytest.raises(stripe.IdempotencyError):
        await ask("checkout.sessions.create", wanted(line_items=line(unit_amount=1000)), key="k1")


async def test_a_session_that_nobody_pays_expires(ask: Ask, endpoint: Endpoint, clock: Clock) -> None:
    session = await ask("checkout.sessions.create", wanted(expires_at=int(time.time()) + 31 * 60))
    clock.ahead_s = 31 * 60 + 1
    assert await pay(session.url) == 410
    await until(lambda: bool(endpoint.events))
    assert [event.type for event in endpoint.events] == ["checkout.session.expired"]


async def test_refunds_add_up_to_what_was_paid(ask: Ask, endpoint: Endpoint) -> None:
    session = await ask("checkout.sessions.create", wanted(payment_intent_data={"metadata": {"payment_id": "p1"}}))
    await pay(session.url)
    await until(lambda: bool(endpoint.events))
    intent = endpoint.events[0].data.object["payment_intent"]
    made = await ask("refunds.create", {"payment_intent": intent, "amount": 20000, "expand": ["charge"]})
    assert made.charge.amount_refunded == 20000
    assert made.charge.metadata["payment_id"] == "p1"
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        await ask("refunds.create", {"payment_intent": intent, "amount": 4901})
    await ask("refunds.create", {"payment_intent": intent})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        await ask("refunds.create", {"payment_intent": intent})
    assert caught.value.code == "charge_already_refunded"
    await until(lambda: len(endpoint.events) == 3)
    assert {event.type for event in endpoint.events[1:]} == {"charge.refunded"}


async def test_refunds_are_listed_by_what_was_paid_newest_first(ask: Ask, endpoint: Endpoint) -> None:
    session = await ask("checkout.sessions.create", wanted())
    await pay(session.url)
    await until(lambda: bool(endpoint.events))
    intent = endpoint.events[0].data.object["payment_intent"]
    assert (await ask("refunds.list", {"payment_intent": intent})).data == []
    for name in ("first", "second"):
        await ask("refunds.create", {"payment_intent": intent, "amount": 100, "metadata": {"name": name}})
    listed = await ask("refunds.list", {"payment_intent": intent, "expand": ["data.charge"]})
    assert [refund.metadata["name"] for refund in listed.data] == ["second", "first"]
    assert {refund.charge.amount_refunded for refund in listed.data} == {200}
    page = await ask("refunds.list", {"charge": listed.data[0].charge.id, "limit": 1})
    assert (len(page.data), page.has_more) == (1, True)
    for refused in ({"payment_intent": "pi_unknown"}, {"payment_intent": intent, "limit": 101}):
        with pytest.raises(stripe.InvalidRequestError):
            await ask("refunds.list", refused)


async def test_a_webhook_is_sent_again_until_it_is_taken(
    ask: Ask, endpoint: Endpoint, account: SimulatedStripe
) -> None:
    endpoint.answers = [500, 503, 200]
    session = await ask("checkout.sessions.create", wanted())
    await pay(session.url)
    await until(lambda: len(endpoint.events) == 3)
    assert len({event.id for event in endpoint.events}) == 1
    await until(lambda: len(account.webhooks.attempts) == 3)
    assert [status for _, status in account.webhooks.attempts] == [500, 503, 200]


async def test_a_page_shows_the_amount_and_escapes_what_it_is_for(ask: Ask) -> None:
    session = await ask("checkout.sessions.create", wanted(line_items=line(product_data={"name": "<b>Suite</b>"})))
    async with aiohttp.ClientSession() as browser, browser.get(session.url) as answer:
        text = await answer.text()
    assert "Pay 249.00 USD" in text
    assert "&lt;b&gt;Suite" in text


def test_forms_nest_as_stripes_do() -> None:
    assert forms.read("a[0][b]=1&a[1][b]=2&c=") == {"a": {"0": {"b": "1"}, "1": {"b": "2"}}, "c": ""}
    with pytest.raises(ApiError):
        forms.read("a=1&a[b]=2")
