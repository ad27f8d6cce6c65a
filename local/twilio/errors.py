"""Twilio's debugger codes that the simulator raises, and the exceptions that carry them.

A `Problem` is what Twilio's debugger would show. A `CallFailure` ends the document that caused it: the fallback URL is
asked, and without one the caller hears an apology and is disconnected.
Source: Twilio's error and warning dictionary (codes, wording, which of them are warnings), docs "Availability and
Reliability" (fallback).
"""

from dataclasses import dataclass

NOT_SIMULATED = 0
"""Not a Twilio code: the real service knows this, the simulator does not (yet)."""

_WORDS = {
    NOT_SIMULATED: "Not simulated",
    11200: "HTTP retrieval failure",
    11205: "HTTP connection failure",
    11210: "HTTP bad host name",
    11216: "HTTP invalid redirect",
    11220: "SSL/TLS Handshake Error",
    11237: "Certificate Invalid - Could not find path to certificate",
    11241: "HTTP connection edge location is not supported",
    11243: "HTTP retry policy is invalid",
    11750: "TwiML response body too large",
    11770: "Empty response body",
    12100: "Document parse failure",
    12102: "The root element must be Response",
    12200: "Schema validation warning",
    12300: "Invalid Content-Type",
    13000: "Conference Noun cannot be mixed with Number nouns",
    13201: "Dial: Cannot Dial out from a Dial Call Segment",
    13210: "Dial: Invalid method value",
    13212: "Dial: Invalid timeout value",
    13213: "Dial: Invalid hangupOnStar value",
    13214: "Dial: Invalid callerId value",
    13215: "Dial: Invalid nested element",
    13216: "Invalid timeLimit value",
    13217: "Dial: Invalid record value",
    13219: "Dial: Invalid answerOnBridge value",
    13220: "Dial: Invalid ringTone value",
    13221: "Dial->Number: Invalid method value",
    13222: "Dial->Number: Invalid sendDigits value",
    13223: "Dial: Invalid phone number format",
    13224: "Dial: Twilio does not support calling this number or the number is invalid",
    13227: "Geo Permission configuration is not permitting call",
    13230: "Dial->Conference: Invalid muted value",
    13231: "Dial->Conference: Invalid endConferenceOnExit value",
    13232: "Dial->Conference: Invalid startConferenceOnEnter value",
    13233: "Dial->Conference: Invalid waitUrl",
    13234: "Dial->Conference: Invalid waitMethod",
    13235: "Dial->Conference: Invalid beep value",
    13237: "Dial->Conference: Invalid Conference Name",
    13238: "Dial->Conference: Invalid Verb used in waitUrl, holdUrl, or announceUrl TwiML",
    13239: "Dial->Conference: Invalid Trim Value",
    13250: "Dial: Too many URIs passed",
    13256: "Invalid recordingStatusCallback URL",
    13257: "Invalid transcribeCallback URL",
    13310: "Gather: Invalid finishOnKey value",
    13311: "Gather: Invalid finishOnKey value",
    13312: "Gather: Invalid method value",
    13313: "Gather: Invalid timeout value",
    13314: "Gather: Invalid numDigits value",
    13320: "Gather: Invalid nested verb",
    13321: "Gather -> Say: Invalid voice value",
    13322: "Gather->Say: Invalid loop value",
    13326: "Gather: Invalid input value",
    13327: "Gather: Invalid speechTimeout value",
    13328: "Gather: Invalid maxSpeechTime value",
    13329: "Gather: Invalid partialResultCallbackMethod value",
    13330: "Gather: Invalid hints value",
    13331: "Gather: Invalid language value",
    13332: "Gather: Invalid bargeIn value",
    13333: "Gather: Invalid profanityFilter value",
    13334: "Gather: Invalid model value",
    13335: "Gather: speechTimeout auto cannot be used with model default",
    13338: "Gather: Invalid actionOnEmptyResult value",
    13339: "Gather: Invalid enhanced value",
    13340: "Gather: Degraded Speech",
    13410: "Play: Invalid loop value",
    13420: "Play: Invalid Content-Type",
    13430: "Play: Invalid DTMF String",
    13510: "Say: Invalid loop value",
    13511: "Say: Invalid voice value",
    13520: "Say: Invalid text",
    13521: "<Say> element character limits exceeded",
    13610: "Record: Invalid method value",
    13611: "Record: Invalid timeout value",
    13612: "Record: Invalid maxLength value",
    13613: "Record: Invalid finishOnKey value",
    13614: "Record: Invalid transcribe value",
    13615: "Record: maxLength too high for transcription",
    13616: "Record: playBeep must be true or false",
    13617: "Record: Recording length is out of range for transcription",
    13621: "Invalid 'recordingStatusCallbackEvent'",
    13622: "Record: invalid recordingTrack value",
    13699: "Record: Invalid trim value",
    13710: "Redirect: Invalid method value",
    13810: "Reject: Invalid cause",
    13910: "Pause: Invalid length value",
    14103: "Invalid Body",
    14105: "Invalid statusCallback attribute",
    14109: "TwiML Reply message limit exceeded",
    14110: "Invalid Verb for SMS Reply",
    14201: "Enqueue: Invalid method value",
    14202: "Enqueue: Invalid waitUrl",
    14203: "Enqueue: Invalid Enqueue action url",
    14204: "Enqueue: Queue name too short",
    14205: "Enqueue: Queue name too long",
    14206: "Enqueue: Invalid waitUrlMethod value",
    14207: "Enqueue: The targeted queue reached max queue size",
    14210: "Dial->Queue: Invalid whisper method",
    14211: "Dial->Queue: Invalid whisper url",
    14212: "Dial->Queue: queue name too short",
    14213: "Dial->Queue: queue name too long",
    14300: "Start: Invalid nested noun value",
    15003: "Call Progress: Warning Response to Callback URL",
    15004: "Action Callback URL must be absolute when updating in-progress calls",
    16020: "Conference is full",
    16023: "Conference: Participant label invalid (max 128 chars, not CallSid, no '/')",
    16025: "Dial->Conference: Participant label is in use by another participant",
    16027: "Participant to be whispered is on hold",
    16028: "Participant to be whispered is not present in the conference",
    21263: "Invalid Answering Machine Detection Parameters",
    21610: "Attempt to send to unsubscribed recipient",
    21626: "Invalid 'StatusCallbackEvent'",
    31901: "Stream - Connection - Timeout",
    31902: "Stream - Connection - Refused",
    31903: "Stream - Connection - Broken Pipe",
    31910: "Stream - TLS - TLS Error",
    31920: "Stream - WebSocket - Handshake Error",
    31921: "Stream - WebSocket - Close Error",
    31922: "Stream - WebSocket - URL Schema Not Supported",
    31924: "Stream - WebSocket - Protocol Error",
    31930: "Stream - Media - Buffer Overflow",
    31931: "Stream - Media - Outbound Buffer Overflow",
    31941: "Stream - Invalid Track configuration",
    31950: "Stream - Protocol - Undecodable Message",
    31951: "Stream - Protocol - Invalid Message",
    32015: "Call is terminated due to exceeding maximum call duration",
    32019: "Twiml and Voice URL are both set. Using Voice URL.",
    64003: "Pay: Invalid charge amount",
    64004: "Pay: Invalid paymentConnector attribute in TwiML",
    64011: "Pay: Connector does not support the requested currency",
    64016: "Pay: Invalid Action URL",
    64020: "Pay: Invalid Parameter Value",
    64022: "Pay: Invalid Test Card Number",
}
_WARNING_RANGES = (
    (13210, 13223),
    (13230, 13230),
    (13232, 13237),
    (13256, 13256),
    (13310, 13335),
    (13610, 13620),
    (13622, 13699),
)
_WARNINGS = {12200, 13000, 13250, 13339, 13410, 13430, 13510, 13511, 13520, 13521, 13710, 13810, 13910}
_WARNINGS |= {14103, 14105, 14109, 14110, 14207}
_WARNINGS |= {15003, 21263, 21626, 31930, 31931, 31950, 31951, 32015, 32019}
_WARNINGS |= {code for code in _WORDS if any(first <= code <= last for first, last in _WARNING_RANGES)}


@dataclass(frozen=True)
class Problem:
    """One line of Twilio's debugger."""

    code: int
    detail: str = ""

    @property
    def level(self) -> str:
        return "warning" if self.code in _WARNINGS else "error"

    @property
    def message(self) -> str:
        return _WORDS[self.code]

    def __str__(self) -> str:
        return f"{self.code} {self.message}" + (f": {self.detail}" if self.detail else "")


class CallFailure(Exception):
    """A document cannot be fetched or carried out. `url` is where it came from, as the fallback's ErrorUrl."""

    def __init__(self, code: int, detail: str = "", url: str = "") -> None:
        super().__init__(code, detail, url)
        self.problem = Problem(code, detail)
        self.url = url

    def __str__(self) -> str:
        return str(self.problem)


class CallOver(Exception):
    """Somebody waited for something that can no longer happen: the phone call has ended."""
