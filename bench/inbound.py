"""How long a caller's ring waits for its answer: POST /voice/twilio/inbound, warm, as Twilio sends it.

The `twilio` function runs as it is deployed. Signed webhooks of new calls come one after the other over one kept
connection, for each of the hotels in turn. Times are from the request to the whole answer, over HTTP on this machine.
"""

from __future__ import annotations

import argparse
import http.client
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from bench import cold_start
from bench.load.statistics import percentile
from local import hotels

MOST_P99_MS = 10.0
PATH = "/voice/twilio/inbound"
WARM_UP = 200


@dataclass(frozen=True)
class Ring:
    """The webhook of one call: its signed form."""

    body: bytes
    signature: str


def ring(call: int, called: str) -> Ring:
    """As Twilio posts it. Source: Twilio, incoming call request."""
    form = {
        "AccountSid": cold_start.SETTINGS["TWILIO_ACCOUNT_SID"],
        "ApiVersion": "2010-04-01",
        "CallSid": f"CA{call:032x}",
        "CallStatus": "ringing",
        "Called": called,
        "CalledCountry": "US",
        "Caller": "+12075550142",
        "CallerCity": "BETHEL",
        "CallerCountry": "US",
        "CallerState": "ME",
        "CallerZip": "04217",
        "Direction": "inbound",
        "From": "+12075550142",
        "FromCity": "BETHEL",
        "FromCountry": "US",
        "FromState": "ME",
        "FromZip": "04217",
        "StirVerstat": "TN-Validation-Passed-A",
        "To": called,
        "ToCountry": "US",
    }
    validator = RequestValidator(cold_start.SETTINGS["TWILIO_AUTH_TOKEN"])
    signature: str = validator.compute_signature(cold_start.SETTINGS["WEBHOOK_ORIGIN"] + PATH, form)
    return Ring(urlencode(form).encode(), signature)


def measure(rings: int) -> list[float]:
    """Milliseconds of each answer, after some that do not count. Raises: RuntimeError where one is no TwiML."""
    numbers = hotels.numbers()
    coming = [ring(call, numbers[call % len(numbers)]) for call in range(WARM_UP + rings)]
    with cold_start.running(cold_start.TWILIO, LOG_LEVEL="INFO", WORKERS="1", THREADS="4") as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        took_ms = [_answer_ms(connection, one) for one in coming]
        connection.close()
    return took_ms[WARM_UP:]


def _answer_ms(connection: http.client.HTTPConnection, one: Ring) -> float:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": one.signature}
    began = time.perf_counter()
    connection.request("POST", PATH, one.body, headers)
    answer = connection.getresponse()
    document = answer.read()
    took_ms = (time.perf_counter() - began) * 1000
    if answer.status != 200 or not (b"<Stream " in document or b"<Gather " in document):
        raise RuntimeError(f"{answer.status}: {document.decode()[:300]}")
    return took_ms


def told(took_ms: Sequence[float], load: float) -> str:
    """The figures in two lines, with whether the target is met."""
    p50, p95, p99, most = (percentile(took_ms, percent) or 0.0 for percent in (50, 95, 99, 100))
    verdict = "met" if p99 <= MOST_P99_MS else "NOT MET"
    return (
        f"POST {PATH}, warm, {len(took_ms)} calls one after the other; load before: {load:.2f}\n"
        f"p50 {p50:.2f} ms, p95 {p95:.2f} ms, p99 {p99:.2f} ms, max {most:.2f} ms; "
        f"p99 at most {MOST_P99_MS:.0f} ms: {verdict}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench inbound", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rings", type=int, default=2000, help="calls that are measured (default: %(default)s)")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(told(measure(options.rings), load))


if __name__ == "__main__":
    main()
