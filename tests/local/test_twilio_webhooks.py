"""Signatures against the published vectors, and the connection overrides in a URL's fragment."""

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from local.twilio import Clock, Person, WebhookFaults, overrides
from local.twilio.errors import CallFailure
from local.twilio.overrides import Overrides
from local.twilio.webhooks import Webhooks, signed_url
from tests.local.twilio_helpers import STAFF, Answer, a_world, codes

INBOUND = {
    "AccountSid": "AC" + "0" * 32,
    "CallSid": "CA" + "1" * 32,
    "From": "+15005550006",
    "To": "+15005550010",
    "CallStatus": "ringing",
    "Direction": "inbound",
}
DOCUMENTED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}


def signature(token: str, url: str, params: dict[str, str]) -> str:
    return Webhooks(token, Clock(), None, 15).signature(url, params)


@pytest.mark.parametrize(
    ("token", "url", "params", "expected"),
    [
        ("12345", "https://example.com/myapp.php?foo=1&bar=2", DOCUMENTED, "L/OH5YylLD5NRKLltdqwSvS0BnU="),
        ("relay-test-token", "https://relay.example.com/voice/inbound", INBOUND, "pnCsvqPPsQjDX72FtfBgfRPrX40="),
    ],
)
def test_published_vectors(token: str, url: str, params: dict[str, str], expected: str) -> None:
    assert signature(token, url, params) == expected


@pytest.mark.parametrize(
    ("url", "signed"),
    [
        ("https://hotel.example:8443/voice?a=1", "https://hotel.example/voice?a=1"),
        ("https://user:secret@hotel.example/voice", "https://hotel.example/voice"),
        ("http://user:secret@hotel.example:8080/voice", "http://hotel.example:8080/voice"),
        ("http://127.0.0.1:8080/voice/", "http://127.0.0.1:8080/voice/"),
        ("https://hotel.example/voice#rc=2", "https://hotel.example/voice"),
    ],
)
def test_port_and_user_are_signed_as_documented(url: str, signed: str) -> None:
    assert signed_url(url) == signed
    assert RequestValidator("t").validate(signed, INBOUND, signature("t", url, INBOUND))


def test_overrides_are_read_from_the_fragment() -> None:
    url = "https://hotel.example/voice?a=1#ct=2000&rt=4000&tt=9000&rc=2&rp=ct,rt,5xx&sni=y&e=ashburn,dublin-ix"
    assert overrides.split(url) == (
        "https://hotel.example/voice?a=1",
        Overrides(2000, 4000, 9000, 2, frozenset({"ct", "rt", "5xx"})),
    )
    assert overrides.split("https://hotel.example/voice") == ("https://hotel.example/voice", Overrides())


def test_only_a_failed_connection_is_retried_by_default() -> None:
    assert [Overrides().retries_after(kind) for kind in ("ct", "rt", "4xx", "5xx")] == [True, False, False, False]
    every = Overrides(retry_on=frozenset({"all"}))
    assert all(every.retries_after(kind) for kind in ("ct", "rt", "4xx", "5xx"))


@pytest.mark.parametrize(
    ("fragment", "code"),
    [
        *((wrong, 11243) for wrong in ("ct=50", "rc=6", "rc=-1", "tt=15001", "rp=3xx", "sni=maybe", "x=1")),
        *((wrong, 11241) for wrong in ("e=moon", "e=ashburn,moon", "e=")),
    ],
)
def test_a_wrong_override_is_refused(fragment: str, code: int) -> None:
    with pytest.raises(CallFailure) as refused:
        overrides.split(f"https://hotel.example/voice#{fragment}")
    assert refused.value.problem.code == code


async def test_each_request_may_come_twice_since_its_answer_was_lost() -> None:
    async with a_world() as world:
        gather = '<Response><Gather numDigits="1" action="/gathered" timeout="5"/></Response>'
        world.app.answers("/gathered", "<Response><Say>thank you</Say></Response>")
        call = await world.call(gather, faults=WebhookFaults(twice=True))
        await call.phone.connected()
        call.phone.press("1")
        await call.ended()
        first, second = world.app.got("/gathered")
        assert first == second
        assert len(world.app.got("/voice")) == 2
        assert len(world.app.got("/status")) == 2
        assert world.speaker.said == ["thank you"]
        tokens = {request.headers["I-Twilio-Idempotency-Token"] for request in world.app.requests}
        assert len(tokens) == len(world.app.requests)


async def test_news_of_progress_may_come_after_those_of_the_end() -> None:
    async with a_world() as world:
        world.twilio.people[STAFF] = Person(answers_after_s=1, hangs_up_after_ms=200)
        world.app.answers("/leg", Answer(status=204, body=""))
        events = "initiated ringing answered completed"
        number = f'<Number statusCallback="/leg" statusCallbackEvent="{events}">{STAFF}</Number>'
        call = await world.call(f"<Response><Dial>{number}</Dial></Response>", faults=WebhookFaults(late_s=3))
        await call.ended()
        told = world.app.got("/leg")
        assert told[0]["CallStatus"] == "completed"
        assert {fields["CallStatus"] for fields in told} == {"initiated", "ringing", "in-progress", "completed"}
        assert told[0]["SequenceNumber"] == "3"


async def test_an_answer_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.twilio.webhooks.MOST_BYTES", 1000)
    async with a_world() as world:
        call = await world.call(Answer("x" * 1001))
        await call.ended()
        assert codes(call) == [11750]


async def test_an_unknown_charset_of_plain_text_is_borne() -> None:
    async with a_world() as world:
        await world.run(Answer("Hello", content_type="text/plain; charset=klingon"))
        assert world.speaker.said == ["Hello"]
