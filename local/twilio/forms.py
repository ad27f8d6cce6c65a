"""What a form posted to the REST API asks for, checked as Twilio checks it.

Source: twilio.md 7.1 and 7.2, 8 (codes); Twilio's error dictionary, 21201-21234, 21609, 32018, 32019, and its wording.
"""

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from local.twilio import overrides
from local.twilio.amd import Detection
from local.twilio.calls import Source, StatusCallback
from local.twilio.errors import CallFailure, Problem
from local.twilio.reading import whole_number
from local.twilio.recordings import Order
from local.twilio.twiml_dial import CALLBACK_EVENTS
from local.twilio.twiml_input import RECORDING_EVENTS

TWIML_LIMIT = 4000
CALL_REASON_LIMIT = 50
LONGEST_URL = 4000
_MOST_FIELDS = 1000
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SEND_DIGITS = re.compile(r"[0-9A-D*#wW]{1,32}")
_NOT_SIMULATED = (
    "ApplicationSid",
    "Byoc",
    "CallToken",
    "ClientNotificationUrl",
    "Passports",
    "RecordingConfigurationId",
    "SipAuthPassword",
    "SipAuthUsername",
)


class ApiError(Exception):
    """A refusal: HTTP `status` and Twilio's `code` (0: the simulator's own)."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class NewCall:
    """An outbound call that was ordered, and what the debugger says about the order."""

    from_: str
    to: str
    source: Source
    fallback: Source | None = None
    status_callback: StatusCallback | None = None
    ring_s: int = 60
    time_limit_s: int = 14400
    send_digits: str = ""
    recording: Order | None = None
    detection: Detection | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Redirection:
    """New instructions for a live call. The URLs beside them are only taken together with these: alone, the real
    service answers 200 and does nothing. Source: twilio-python issue 884.
    """

    source: Source
    fallback: Source | None = None
    status_callback: StatusCallback | None = None


class Form:
    """The fields of a request; missing ones are empty. Raises ApiError."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields
        for name in _NOT_SIMULATED:
            if self[name] not in ("", "false"):
                raise ApiError(501, 0, f"The simulated Twilio does not know {name} yet.")

    def __getitem__(self, name: str) -> str:
        return self._fields.get(name, [""])[0]

    def new_call(self, own_numbers: Container[str], closed: Iterable[str]) -> NewCall:
        """`POST Calls`, except to numbers that begin as one of `closed` does.

        Raises ApiError 21201-21215 for numbers, 21205 for URLs, 21206, 21208, 21209.
        """
        to, from_, keys = self["To"], self["From"], self["SendDigits"]
        if not to:
            raise ApiError(400, 21201, "No 'To' number is specified")
        if not _E164.fullmatch(to):
            raise ApiError(400, 21211, f"The phone number you are attempting to call, {to}, is not valid.")
        if not from_:
            raise ApiError(400, 21213, "No 'From' number is specified")
        if not _E164.fullmatch(from_):
            raise ApiError(400, 21212, f"The 'From' number {from_} is not a valid phone number.")
        if from_ not in own_numbers:
            raise ApiError(
                400, 21210, f"The source phone number provided, {from_}, is not yet verified for your account."
            )
        if to.startswith(tuple(closed)):
            raise ApiError(
                400,
                21215,
                f"Account not authorized to call {to}. Perhaps you need to enable some international permissions.",
            )
        if keys and not _SEND_DIGITS.fullmatch(keys):
            raise ApiError(400, 21206, f"SendDigits {keys!r} is invalid")
        if len(self["CallReason"]) > CALL_REASON_LIMIT:
            raise ApiError(400, 20001, f"CallReason has more than {CALL_REASON_LIMIT} characters.")
        source = self.source()
        if source is None:
            raise ApiError(400, 21205, "Url parameter is required.")
        caller_id = self["CallerId"] or from_
        if caller_id not in own_numbers:
            raise ApiError(400, 21210, f"The caller id {caller_id} is not verified for your account.")
        callback, problems = self._status_callback()
        if self["Url"] and self["Twiml"]:
            problems += (Problem(32019),)
        fallback_url = self.url("FallbackUrl")
        return NewCall(
            from_=caller_id,
            to=to,
            source=source,
            fallback=Source(fallback_url, self.method("FallbackMethod")) if fallback_url else None,
            status_callback=callback,
            ring_s=self.whole("Timeout", 60, 600),
            time_limit_s=self.whole("TimeLimit", 14400, 14400),
            send_digits=keys,
            recording=self.recording("OutboundAPI", trim=True) if self.flag("Record") else None,
            # Keys that are sent upon the answer would be detected as somebody: Twilio then detects nothing.
            detection=None if keys else self.detection(),
            problems=problems,
        )

    def redirection(self) -> Redirection | None:
        """What a live call is to do next. Raises ApiError 21205, also for Url and Twiml at once."""
        if self["Url"] and self["Twiml"]:
            raise ApiError(400, 21205, "Url and Twiml are mutually exclusive.")
        source = self.source()
        fallback, callback = self.url("FallbackUrl"), self.url("StatusCallback")
        if source is None:
            return None
        return Redirection(
            source,
            Source(fallback, self.method("FallbackMethod")) if fallback else None,
            StatusCallback(callback, self.method("StatusCallbackMethod")) if callback else None,
        )

    def source(self) -> Source | None:
        """The instructions: Url (which wins), or Twiml."""
        if self["Url"]:
            return Source(self.url("Url"), self.method("Method"))
        if not self["Twiml"]:
            return None
        if len(self["Twiml"]) > TWIML_LIMIT:
            raise ApiError(400, 32018, f"Twiml size exceeded maximum allowed value of {TWIML_LIMIT} characters")
        return Source(twiml=self["Twiml"])

    def recording(self, source: str, *, trim: bool) -> Order:
        """How to record; `trim` is the default. Raises ApiError 20001 for a value that is none."""
        channels = self.one_of("RecordingChannels", "mono", "dual")
        events = tuple(" ".join(self._fields.get("RecordingStatusCallbackEvent", ["completed"])).split())
        if not set(events) <= set(RECORDING_EVENTS):
            raise ApiError(400, 20001, f"RecordingStatusCallbackEvent {' '.join(events)!r} is invalid")
        default = ("trim-silence", "do-not-trim") if trim else ("do-not-trim", "trim-silence")
        return Order(
            source=source,
            channels=2 if channels == "dual" else 1,
            track=self.one_of("RecordingTrack", "both", "inbound", "outbound"),
            trim=self.one_of("Trim", *default) == "trim-silence",
            callback=self.url("RecordingStatusCallback"),
            method=self.method("RecordingStatusCallbackMethod"),
            events=events,
        )

    def detection(self) -> Detection | None:
        """Answering machine detection, if it is wanted. Raises ApiError 21234 for values out of range."""
        mode = self["MachineDetection"]
        if mode not in ("", "Enable", "DetectMessageEnd"):
            raise ApiError(400, 21234, f"MachineDetection {mode!r} is invalid")
        asynchronous = self.flag("AsyncAmd")
        callback, method = self.url("AsyncAmdStatusCallback"), self.method("AsyncAmdStatusCallbackMethod")
        wanted = Detection(
            until_message_end=mode == "DetectMessageEnd",
            timeout_s=self.whole("MachineDetectionTimeout", 30, 59, 3, 21234),
            speech_threshold_ms=self.whole("MachineDetectionSpeechThreshold", 2400, 6000, 1000, 21234),
            speech_end_ms=self.whole("MachineDetectionSpeechEndThreshold", 1200, 5000, 500, 21234),
            silence_ms=self.whole("MachineDetectionSilenceTimeout", 5000, 10000, 2000, 21234),
            asynchronous=asynchronous,
            callback=callback,
            method=method,
        )
        return wanted if mode else None

    def one_of(self, name: str, *choices: str) -> str:
        """The first of `choices` is the default."""
        value = self[name] or choices[0]
        if value not in choices:
            raise ApiError(400, 20001, f"{name} {value!r} is invalid")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        return self.one_of(name, *(("true", "false") if default else ("false", "true"))) == "true"

    def _status_callback(self) -> tuple[StatusCallback | None, tuple[Problem, ...]]:
        """A wrong event is no refusal: Twilio accepts the call, warns, and sends no callback at all."""
        url = self.url("StatusCallback")
        if not url:
            return None, ()
        events = tuple(self._fields.get("StatusCallbackEvent", ["completed"]))
        if any(event not in CALLBACK_EVENTS for event in events):
            return None, (Problem(21626, ", ".join(events)),)
        return StatusCallback(url, self.method("StatusCallbackMethod"), events), ()

    def url(self, name: str) -> str:
        """An absolute URL, "" when there is none. Raises ApiError: 21609 for a StatusCallback, 21205 for another."""
        url, code = self[name], 21609 if name == "StatusCallback" else 21205
        if not url:
            return ""
        try:
            overrides.split(url)
            parts = urlsplit(url)
            host = parts.hostname or ""
        except (CallFailure, ValueError) as error:
            raise ApiError(400, code, f"{name} is not a valid URL: {url}") from error
        if parts.scheme not in ("http", "https") or not host or "_" in host or len(url) > LONGEST_URL:
            raise ApiError(400, code, f"{name} is not a valid URL: {url}")
        return url

    def method(self, name: str, default: str = "POST") -> str:
        method = self[name] or default
        if method not in ("GET", "POST"):
            raise ApiError(400, 21209, f"{name} {method!r} is invalid")
        return method

    def whole(self, name: str, default: int, most: int, least: int = 1, code: int = 21208) -> int:
        """A whole number. Raises ApiError for one out of range."""
        text = self[name] or str(default)
        number = whole_number(text)
        if number is None or not least <= number <= most:
            raise ApiError(400, code, f"{name} {text!r} is invalid")
        return number


async def read_form(request: web.Request) -> dict[str, list[str]]:
    """The fields of a request, in UTF-8 whatever it says. Raises ApiError for a body that is no form."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise ApiError(415, 20415, "Content-Type must be application/x-www-form-urlencoded")
    try:
        body = (await request.read()).decode()
        return parse_qs(body, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise ApiError(400, 20001, "The body is not a form in UTF-8") from error
