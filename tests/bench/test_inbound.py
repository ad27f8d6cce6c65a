"""The webhook that the ring is measured with is as Twilio signs it, and the verdict is on the p99."""

from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bench import cold_start, inbound


def test_a_ring_is_signed_as_twilio_signs_it() -> None:
    one = inbound.ring(7, "+12072203501")
    form = dict(parse_qsl(one.body.decode(), keep_blank_values=True))
    url = cold_start.SETTINGS["WEBHOOK_ORIGIN"] + inbound.PATH
    assert RequestValidator(cold_start.SETTINGS["TWILIO_AUTH_TOKEN"]).validate(url, form, one.signature)
    assert (form["CallSid"], form["To"]) == ("CA" + "0" * 31 + "7", "+12072203501")


@pytest.mark.parametrize(("slow_ms", "verdict"), [(10.0, "met"), (10.1, "NOT MET")])
def test_the_p99_is_held_against_the_target_and_the_load_is_told(slow_ms: float, verdict: str) -> None:
    told = inbound.told([1.0] * 98 + [slow_ms, 99.0], 0.25)
    assert told.endswith(f"p99 at most 10 ms: {verdict}")
    assert "load before: 0.25" in told
    assert "max 99.00 ms" in told
