"""What may go wrong with a simulated account although everybody obeys: for tests of how an application bears it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WebhookFaults:
    """What goes wrong between Twilio and the application. Source: twilio.md 2.2 and 2.3.

    `twice`: each answer is lost once, so each request comes twice. `late_s`: news of a call's progress come so much
    later than the news of its end.
    """

    twice: bool = False
    late_s: float = 0.0


@dataclass
class RestFaults:
    """What the REST API is to refuse: so many of the next requests, with 429 and Retry-After or with 503.

    Requests that are `lost` are carried out, but their answer does not arrive. So many of the next recordings are
    `early`: refused with 21220, as users see it in the first second of a call that goes on all the same.
    """

    too_many: int = 0
    retry_after_s: int = 1
    out_of_service: int = 0
    lost: int = 0
    early: int = 0
