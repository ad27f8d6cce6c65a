"""Text messages of the simulated account: what is taken, what is refused with which code, and how one gets on its way.

Source: Twilio, Messages resource (Body at most 1600, statuses), error dictionary 21211 21212 21266 21408 21602 21603
21604 21610 21614 21617 21635 21659; "Updates to the error code dictionary", 2024. Segments: GSM 03.38 and UCS-2.
"""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from local.twilio.calls import new_sid
from local.twilio.clock import Clock
from local.twilio.filters import in_time, only
from local.twilio.forms import ApiError, Form

LONGEST = 1600
SENT_AFTER = timedelta(seconds=0.5)
DELIVERED_AFTER = timedelta(seconds=1.5)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_NOT_SIMULATED = (
    *("AddressRetention", "ApplicationSid", "Attempt", "ContentRetention", "ContentSid", "ContentVariables"),
    *("FallbackFrom", "ForceDelivery", "MaxPrice", "MediaUrl", "MessageIntent", "MessagingServiceSid"),
    *("PersistentAction", "ProvideFeedback", "RiskCheck", "ScheduleType", "SendAsMms", "SendAt", "ShortenUrls"),
    *("SmartEncoded", "TrafficType", "ValidityPeriod"),
)
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€")


@dataclass(frozen=True)
class TextMessage:
    """One SMS that the account has accepted."""

    sid: str
    from_: str
    to: str
    body: str
    created_at: datetime
    status_callback: str = ""
    arrives: bool = True
    direction: str = "outbound-api"

    @property
    def segments(self) -> int:
        if all(letter in _GSM or letter in _GSM_TWICE for letter in self.body):
            length = sum(2 if letter in _GSM_TWICE else 1 for letter in self.body)
            return 1 if length <= 160 else -(-length // 153)
        length = len(self.body.encode("utf-16-le")) // 2
        return 1 if length <= 70 else -(-length // 67)

    def status(self, now: datetime) -> str:
        if self.direction == "inbound":
            return "received"
        age = now - self.created_at
        if age >= DELIVERED_AFTER:
            return "delivered" if self.arrives else "undelivered"
        return "sent" if age >= SENT_AFTER else "queued"

    def sent_at(self, now: datetime) -> datetime | None:
        if self.direction == "inbound":
            return self.created_at
        return None if self.status(now) == "queued" else self.created_at + SENT_AFTER


@dataclass
class Texts:
    """Every text of the account, oldest first; and who takes none.

    `opted_out` are pairs of a number of the account and one that has answered STOP to it, `landlines` take no texts,
    `closed` are the prefixes ("+1876") of regions that the account has no permission for, texts to `unreachable` are
    taken and not delivered. `received` came from people.
    """

    own_numbers: Container[str]
    clock: Clock
    sent: list[TextMessage] = field(default_factory=list)
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    landlines: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    unreachable: set[str] = field(default_factory=set)
    received: list[TextMessage] = field(default_factory=list)

    def create(self, form: Form) -> TextMessage:
        """`POST Messages`. Raises ApiError."""
        for name in _NOT_SIMULATED:
            if form[name]:
                raise ApiError(501, 0, f"The simulated Twilio does not know {name} of a message yet.")
        to, from_, body = form["To"], form["From"], form["Body"]
        if not to:
            raise ApiError(400, 21604, "A 'To' phone number is required.")
        if not from_:
            raise ApiError(400, 21603, "A 'From' phone number is required.")
        if not body:
            raise ApiError(400, 21602, "Message body is required.")
        if len(body) > LONGEST:
            raise ApiError(400, 21617, f"The concatenated message body exceeds the {LONGEST} character limit")
        if not _E164.fullmatch(to):
            raise ApiError(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if not _E164.fullmatch(from_):
            raise ApiError(400, 21212, f"Invalid From Number (caller ID): {from_}")
        if from_ not in self.own_numbers:
            raise ApiError(400, 21659, f"'From' {from_} is not a Twilio phone number or short code country mismatch")
        if to == from_:
            raise ApiError(400, 21266, "'To' and 'From' number cannot be the same")
        if to.startswith(tuple(self.closed)):
            raise ApiError(400, 21408, f"Permission to send an SMS has not been enabled for the region of {to}")
        if (from_, to) in self.opted_out:
            raise ApiError(400, 21610, "Attempt to send to unsubscribed recipient")
        if to in self.landlines:
            raise ApiError(400, 21635, f"'To' number cannot be a landline: {to}")
        callback = form.url("StatusCallback")
        return self.send(from_, to, body, callback)

    def send(self, from_: str, to: str, body: str, callback: str = "", direction: str = "outbound-api") -> TextMessage:
        """A text on its way; who may be sent one has been checked."""
        arrives = to not in self.unreachable
        sent = TextMessage(new_sid("SM"), from_, to, body, self.clock.utc(), callback, arrives, direction)
        self.sent.append(sent)
        return sent

    def receive(self, from_: str, to: str, body: str) -> TextMessage:
        """Somebody has written to the account."""
        text = TextMessage(new_sid("SM"), from_, to, body, self.clock.utc(), direction="inbound")
        self.received.append(text)
        return text

    def fetch(self, sid: str) -> TextMessage | None:
        return next((text for text in [*self.sent, *self.received] if text.sid == sid), None)

    def change(self, text: TextMessage, body: str) -> TextMessage:
        """The same message with another body."""
        changed = replace(text, body=body)
        for texts in (self.sent, self.received):
            texts[:] = [changed if one is text else one for one in texts]
        return changed

    def delete(self, text: TextMessage) -> None:
        for texts in (self.sent, self.received):
            texts[:] = [one for one in texts if one is not text]

    def listed(self, query: Mapping[str, str]) -> list[TextMessage]:
        """Newest first, by To, From and the moments at which they were sent. Raises ApiError."""
        only(query, "To", "From", moments=("DateSent",))
        sent_in_time, now = in_time(query, "DateSent"), self.clock.utc()
        return [
            text
            for text in sorted([*self.received, *self.sent], key=lambda text: text.created_at, reverse=True)
            if query.get("To", text.to) == text.to
            and query.get("From", text.from_) == text.from_
            and sent_in_time(text.sent_at(now))
        ]
