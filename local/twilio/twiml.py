"""Parses TwiML strictly: XML -> verbs, with the debugger's warnings. Pure.

What the schema does not know is dropped with warning 12200, a wrong attribute value with the verb's own warning and its
default; what cannot be carried out raises CallFailure. Verbs and attributes that Twilio has and the simulator does not
also raise it (code 0), so that nothing is silently ignored.
Source: Twilio's TwiML pages; error pages 12100, 12102, 12200, 13xxx.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Set
from urllib.parse import urljoin, urlsplit

from local.twilio.errors import NOT_SIMULATED, CallFailure, Problem
from local.twilio.verbs import (
    Connect,
    Dial,
    Document,
    Hangup,
    Number,
    Pause,
    Play,
    Redirect,
    Reject,
    Say,
    Stream,
    Verb,
)

SAY_LIMIT = 4096
PARAMETER_LIMIT = 500
CALLBACK_EVENTS = ("initiated", "ringing", "answered", "completed")
_NOT_SIMULATED_VERBS = {
    "Gather",
    "Record",
    "Enqueue",
    "Leave",
    "Pay",
    "Start",
    "Stop",
    "Refer",
    "Prompt",
    "Siprec",
    "Sms",
}
_NOT_SIMULATED_NOUNS = {"Client", "Sip", "Conference", "Queue", "Application", "Sim", "WhatsApp"}
_NOT_SIMULATED_CONNECTS = {"ConversationRelay", "Room", "VirtualAgent", "Autopilot", "Conversation", "AiSession"}
_SSML = {"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_DIGITS = re.compile(r"[0-9A-D*#wW]+")


def parse(body: bytes, base_url: str = "") -> Document:
    """The document in `body`; relative URLs are resolved against `base_url` (""= refused: inline TwiML).

    Raises CallFailure 12100 (not XML), 12102 (root is not Response), or a code of the verb that cannot be carried out.
    """
    try:
        root = ET.fromstring(body)
    except ET.ParseError as error:
        raise CallFailure(12100, str(error), base_url) from error
    if root.tag != "Response":
        raise CallFailure(12102, f"<{root.tag}>", base_url)
    return _Parser(base_url).document(root)


class _Parser:
    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._problems: list[Problem] = []
        self._verbs: dict[str, Callable[[ET.Element], Verb | None]] = {
            "Say": self._say,
            "Play": self._play,
            "Pause": self._pause,
            "Redirect": self._redirect,
            "Hangup": self._hangup,
            "Reject": self._reject,
            "Connect": self._connect,
            "Dial": self._dial,
        }

    def document(self, root: ET.Element) -> Document:
        verbs = []
        for element in root:
            if element.tag in _NOT_SIMULATED_VERBS:
                raise self._failure(NOT_SIMULATED, f"<{element.tag}>")
            if element.tag not in self._verbs:
                self._warn(12200, f"invalid content <{element.tag}> in <Response>")
                continue
            verb = self._verbs[element.tag](element)
            if verb is not None:
                verbs.append(verb)
        return Document(tuple(verbs), tuple(self._problems))

    # -- verbs ----------------------------------------------------------------------------------------------------

    def _say(self, element: ET.Element) -> Say:
        self._attributes(element, {"voice", "language", "loop"})
        for child in element.iter():
            if child is not element and child.tag not in _SSML:
                self._warn(12200, f"invalid content <{child.tag}> in <Say>")
        text = "".join(element.itertext()).strip()
        if len(text) > SAY_LIMIT:
            raise self._failure(13521, f"{len(text)} characters")
        if not text:
            raise self._failure(13520, "empty")
        loop = self._integer(element, "loop", 1, 0, 13510)
        return Say(text, element.get("voice", "man"), element.get("language", "en-US"), loop)

    def _play(self, element: ET.Element) -> Play | None:
        self._attributes(element, {"loop", "digits"})
        self._childless(element)
        url, digits = (element.text or "").strip(), element.get("digits", "")
        if digits and not _DIGITS.fullmatch(digits):
            self._warn(13430, digits)
            return None
        if not url and not digits:
            self._warn(12200, "<Play> without a URL")
            return None
        return Play(self._url(url, "Play"), digits, self._integer(element, "loop", 1, 0, 13410))

    def _pause(self, element: ET.Element) -> Pause:
        self._attributes(element, {"length"})
        self._childless(element)
        return Pause(self._integer(element, "length", 1, 1, 13910))

    def _redirect(self, element: ET.Element) -> Redirect:
        self._attributes(element, {"method"})
        self._childless(element)
        # An empty <Redirect> asks for the current document again.
        url = self._url((element.text or "").strip(), "Redirect") or self._base_url
        return Redirect(url, self._method(element, "method", 13710))

    def _hangup(self, element: ET.Element) -> Hangup:
        self._attributes(element, set())
        self._childless(element)
        return Hangup()

    def _reject(self, element: ET.Element) -> Reject:
        self._attributes(element, {"reason"})
        self._childless(element)
        return Reject(self._choice(element, "reason", ("rejected", "busy"), 13810))

    def _connect(self, element: ET.Element) -> Connect:
        self._attributes(element, {"action", "method"})
        streams: list[Stream] = []
        for child in element:
            if child.tag in _NOT_SIMULATED_CONNECTS:
                raise self._failure(NOT_SIMULATED, f"<Connect><{child.tag}>")
            if child.tag == "Stream" and not streams:
                streams.append(self._stream(child))
            else:
                self._warn(12200, f"invalid content <{child.tag}> in <Connect>")
        if not streams:
            raise self._failure(12100, "<Connect> without a noun")
        action = self._url(element.get("action", ""), "Connect action")
        return Connect(streams[0], action, self._method(element, "method", 12200))

    def _stream(self, element: ET.Element) -> Stream:
        known = {"url", "name", "track", "statusCallback", "statusCallbackMethod"}
        self._attributes(element, known, {"connectorName", "audioFormat", "sampleRate"})
        if element.get("track", "inbound_track") != "inbound_track":
            raise self._failure(31941, f"track={element.get('track')} in <Connect>")
        url = element.get("url", "")
        if url and not urlsplit(url).scheme:
            base = urlsplit(self._base_url)
            url = f"wss://{base.netloc}{urlsplit(urljoin(self._base_url, url)).path}"
        parameters = []
        for child in element:
            name, value = child.get("name", ""), child.get("value", "")
            if child.tag != "Parameter" or not name:
                self._warn(12200, f"invalid content <{child.tag}> in <Stream>")
            elif len(name) + len(value) >= PARAMETER_LIMIT:
                self._warn(12200, f"<Parameter name={name!r}>: name and value have {len(name) + len(value)} characters")
            else:
                self._attributes(child, {"name", "value"})
                parameters.append((name, value))
        return Stream(
            url,
            element.get("name", ""),
            self._url(element.get("statusCallback", ""), "Stream statusCallback"),
            self._method(element, "statusCallbackMethod", 12200),
            tuple(parameters),
        )

    def _dial(self, element: ET.Element) -> Dial:
        known = {"action", "method", "timeout", "timeLimit", "callerId", "answerOnBridge", "hangupOnStar", "ringTone"}
        unsupported = {"recordingStatusCallback", "recordingTrack", "trim", "sequential", "referUrl", "events"}
        (known if element.get("record") == "do-not-record" else unsupported).add("record")
        self._attributes(element, known, unsupported)
        numbers = [self._number(element.text.strip(), {})] if element.text and element.text.strip() else []
        for child in element:
            if child.tag in _NOT_SIMULATED_NOUNS:
                raise self._failure(NOT_SIMULATED, f"<Dial><{child.tag}>")
            if child.tag != "Number":
                self._warn(13215, f"<{child.tag}>")
                continue
            self._attributes(
                child,
                {"sendDigits", "statusCallback", "statusCallbackMethod", "statusCallbackEvent"},
                {"url", "method", "machineDetection", "amdStatusCallback", "byoc"},
            )
            numbers.append(self._number((child.text or "").strip(), child.attrib))
        return Dial(
            tuple(number for number in numbers if number is not None),
            self._url(element.get("action", ""), "Dial action"),
            self._method(element, "method", 13210),
            self._integer(element, "timeout", 30, 1, 13212),
            self._integer(element, "timeLimit", 14400, 1, 13216),
            element.get("callerId", ""),
            self._choice(element, "answerOnBridge", ("false", "true"), 13219) == "true",
            self._choice(element, "hangupOnStar", ("false", "true"), 13213) == "true",
        )

    def _number(self, digits: str, attributes: Mapping[str, str]) -> Number | None:
        number = re.sub(r"[ ().-]", "", digits)
        if not _E164.fullmatch(number):
            self._warn(13223, digits)
            return None
        events = tuple(attributes.get("statusCallbackEvent", "completed").split())
        if any(event not in CALLBACK_EVENTS for event in events):
            self._warn(21626, " ".join(events))
            events = ()
        return Number(
            number,
            attributes.get("sendDigits", ""),
            self._url(attributes.get("statusCallback", ""), "Number statusCallback"),
            attributes.get("statusCallbackMethod", "POST"),
            events,
        )

    # -- attributes -----------------------------------------------------------------------------------------------

    def _attributes(self, element: ET.Element, known: Set[str], not_simulated: Set[str] = frozenset()) -> None:
        for name in element.attrib:
            if name in not_simulated:
                raise self._failure(NOT_SIMULATED, f"{name} of <{element.tag}>")
            if name not in known:
                self._warn(12200, f"attribute {name!r} is not allowed in <{element.tag}>")

    def _childless(self, element: ET.Element) -> None:
        for child in element:
            self._warn(12200, f"invalid content <{child.tag}> in <{element.tag}>")

    def _integer(self, element: ET.Element, name: str, default: int, least: int, code: int) -> int:
        text = element.get(name, str(default))
        if text.isdecimal() and int(text) >= least:
            return int(text)
        self._warn(code, text)
        return default

    def _choice(self, element: ET.Element, name: str, choices: tuple[str, ...], code: int) -> str:
        """The attribute's value; the first of `choices` is the default."""
        value = element.get(name, choices[0])
        if value in choices:
            return value
        self._warn(code, value)
        return choices[0]

    def _method(self, element: ET.Element, name: str, code: int) -> str:
        return self._choice(element, name, ("POST", "GET"), code)

    def _url(self, url: str, where: str) -> str:
        if not url:
            return ""
        if not self._base_url and not urlsplit(url).scheme:
            raise self._failure(15004, f"{where}: {url}")
        return urljoin(self._base_url, url)

    def _warn(self, code: int, detail: str) -> None:
        self._problems.append(Problem(code, detail))

    def _failure(self, code: int, detail: str) -> CallFailure:
        return CallFailure(code, detail, self._base_url)
