"""Reads `<Dial>` and its nouns. Pure.

Source: twilio.md 4.4; Twilio's pages on the verb and its nouns; error pages 13000, 13210-13239, 14210-14213, 21626.
"""

import re
import xml.etree.ElementTree as ET

from local.twilio.amd import Detection
from local.twilio.reading import Reader
from local.twilio.recordings import Order
from local.twilio.twiml_input import RECORDING_EVENTS, recording_callback
from local.twilio.twiml_sound import keys
from local.twilio.verbs import Conference, Dial, Number, Queue

CALLBACK_EVENTS = ("initiated", "ringing", "answered", "completed")
CONFERENCE_EVENTS = ("start", "end", "join", "leave", "mute", "hold", "modify", "speaker", "announcement")
_RECORD = (
    *("record-from-answer", "record-from-ringing", "record-from-answer-dual", "record-from-ringing-dual"),
    *("true", "false"),
)
_NOT_SIMULATED_NOUNS = {"Client", "Sip", "Application", "Sim", "WhatsApp"}
QUEUE_NAME_LIMIT, CONFERENCE_NAME_LIMIT, LABEL_LIMIT = 64, 128, 128
MOST_NUMBERS = 10
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_CALL_SID = re.compile(r"CA[0-9a-f]{32}")
_RING_TONE = re.compile(r"[a-z]{2}|us-old|automatic")


def dial(read: Reader, element: ET.Element) -> Dial:
    known = {
        *("action", "answerOnBridge", "callReason", "callerId", "hangupOnStar", "method", "record", "recordingTrack"),
        *("recordingStatusCallback", "recordingStatusCallbackEvent", "recordingStatusCallbackMethod", "ringTone"),
        *("timeLimit", "timeout", "trim"),
    }
    read.attributes(
        element, known, {"sequential", "referUrl", "referMethod", "events", "passports", "recordingConfigurationId"}
    )
    record = read.choice(element, "record", ("do-not-record", *_RECORD), 13217)
    if not _RING_TONE.fullmatch(element.get("ringTone", "us")):
        read.warn(13220, element.get("ringTone", ""))
    numbers = [_number(read, ET.Element("Number"), element.text)] if (element.text or "").strip() else []
    queue: Queue | None = None
    conference: Conference | None = None
    for child in element:
        if child.tag in _NOT_SIMULATED_NOUNS:
            raise read.not_simulated(f"<Dial><{child.tag}>")
        if child.tag == "Number":
            numbers.append(_number(read, child, child.text))
        elif child.tag == "Queue" and queue is None:
            queue = _queue(read, child)
        elif child.tag == "Conference" and conference is None:
            conference = _conference(read, child)
        else:
            read.warn(13215, f"<{child.tag}>")
    if conference is not None and numbers:
        read.warn(13000, "the numbers are left out")
    if len(numbers) > MOST_NUMBERS:
        read.warn(13250, f"{len(numbers)} numbers")
    return Dial(
        tuple(number for number in numbers[:MOST_NUMBERS] if number is not None),
        read.url(element.get("action", ""), "Dial action"),
        read.method(element, "method", 13210),
        read.integer(element, "timeout", 30, 1, 13212),
        read.integer(element, "timeLimit", 14400, 1, 13216),
        element.get("callerId", ""),
        read.flag(element, "answerOnBridge", False, 13219),
        read.flag(element, "hangupOnStar", False, 13213),
        queue,
        conference,
        _recording(read, element, record.endswith("-dual")) if record in _RECORD[:-1] else None,
        "ringing" in record,
    )


def _recording(read: Reader, element: ET.Element, dual: bool) -> Order:
    return Order(
        source="DialVerb",
        channels=2 if dual else 1,
        track=read.choice(element, "recordingTrack", ("both", "inbound", "outbound"), 13622),
        trim=read.choice(element, "trim", ("do-not-trim", "trim-silence"), 12200) == "trim-silence",
        callback=recording_callback(read, element),
        method=read.method(element, "recordingStatusCallbackMethod", 12200),
        events=read.events(element, "recordingStatusCallbackEvent", RECORDING_EVENTS, "completed", 13621),
    )


def _queue(read: Reader, element: ET.Element) -> Queue:
    read.attributes(element, {"url", "method"}, {"reservationSid", "postWorkActivitySid"})
    name = (element.text or "").strip()
    if not 0 < len(name) <= QUEUE_NAME_LIMIT:
        raise read.failure(14213 if name else 14212, f"{len(name)} characters")
    return Queue(name, read.web_url(element, "url", 14211), read.method(element, "method", 14210))


def _conference(read: Reader, element: ET.Element) -> Conference | None:
    read.attributes(
        element,
        {
            *("beep", "coach", "endConferenceOnExit", "jitterBufferSize", "maxParticipants", "muted"),
            *("participantLabel", "record", "recordingStatusCallback", "recordingStatusCallbackEvent"),
            *("recordingStatusCallbackMethod", "region", "startConferenceOnEnter", "statusCallback"),
            *("statusCallbackEvent", "statusCallbackMethod", "trim", "waitMethod", "waitUrl"),
        },
        {"eventCallbackUrl", "recordingConfigurationId"},
    )
    name = (element.text or "").strip()
    if not 0 < len(name) <= CONFERENCE_NAME_LIMIT:
        read.warn(13237, f"{len(name)} characters")
        return None
    label = element.get("participantLabel", "")
    if not is_label(label):
        raise read.failure(16023, label)
    read.choice(element, "jitterBufferSize", ("large", "medium", "small", "off"), 12200)
    beeps = {"true": ("onEnter", "onExit"), "false": (), "onEnter": ("onEnter",), "onExit": ("onExit",)}
    return Conference(
        name=name,
        muted=read.flag(element, "muted", False, 13230),
        beep=beeps[read.choice(element, "beep", tuple(beeps), 13235)],
        start_on_enter=read.flag(element, "startConferenceOnEnter", True, 13232),
        end_on_exit=read.flag(element, "endConferenceOnExit", False, 13231),
        label=label,
        wait_url=read.web_url(element, "waitUrl", 13233) or ("" if element.get("waitUrl") == "" else None),
        wait_method=read.method(element, "waitMethod", 13234),
        max_participants=read.integer(element, "maxParticipants", 250, 2, 12200, most=250),
        coach=element.get("coach", ""),
        record=_conference_recording(read, element),
        status_callback=read.url(element.get("statusCallback", ""), "Conference statusCallback"),
        status_callback_method=read.method(element, "statusCallbackMethod", 12200),
        events=read.events(element, "statusCallbackEvent", CONFERENCE_EVENTS, "", 21626),
    )


def is_label(label: str) -> bool:
    """Source: error pages 16023 and 16024."""
    return len(label) <= LABEL_LIMIT and "/" not in label and not _CALL_SID.fullmatch(label)


def _conference_recording(read: Reader, element: ET.Element) -> Order | None:
    order = Order(
        source="Conference",
        track="inbound",
        trim=read.choice(element, "trim", ("trim-silence", "do-not-trim"), 13239) == "trim-silence",
        callback=recording_callback(read, element),
        method=read.method(element, "recordingStatusCallbackMethod", 12200),
        events=read.events(element, "recordingStatusCallbackEvent", RECORDING_EVENTS, "completed", 13621),
    )
    wanted = read.choice(element, "record", ("do-not-record", "record-from-start", "true", "false"), 12200)
    return order if wanted in ("record-from-start", "true") else None


def _number(read: Reader, element: ET.Element, text: str | None) -> Number | None:
    read.attributes(
        element,
        {
            *("amdStatusCallback", "amdStatusCallbackMethod", "machineDetection", "machineDetectionSilenceTimeout"),
            *("machineDetectionSpeechEndThreshold", "machineDetectionSpeechThreshold", "machineDetectionTimeout"),
            *("method", "sendDigits", "statusCallback", "statusCallbackEvent", "statusCallbackMethod", "url"),
        },
        {"byoc"},
    )
    number = re.sub(r"[ ().-]", "", (text or "").strip())
    if not _E164.fullmatch(number):
        read.warn(13223, text or "")
        return None
    return Number(
        number,
        keys(read, element.get("sendDigits", ""), 13222),
        read.url(element.get("statusCallback", ""), "Number statusCallback"),
        read.method(element, "statusCallbackMethod", 12200),
        read.events(element, "statusCallbackEvent", CALLBACK_EVENTS, "completed", 21626),
        read.url(element.get("url", ""), "Number url"),
        read.method(element, "method", 13221),
        _detection(read, element),
    )


def _detection(read: Reader, element: ET.Element) -> Detection | None:
    """Answering machine detection on the called leg: always in the background. Source: Twilio's page on <Number>."""
    if "machineDetection" not in element.attrib:
        return None
    mode = read.choice(element, "machineDetection", ("Enable", "DetectMessageEnd"), 12200)
    return Detection(
        until_message_end=mode == "DetectMessageEnd",
        timeout_s=read.integer(element, "machineDetectionTimeout", 30, 3, 12200, most=60),
        speech_threshold_ms=read.integer(element, "machineDetectionSpeechThreshold", 2400, 1000, 12200, most=6000),
        speech_end_ms=read.integer(element, "machineDetectionSpeechEndThreshold", 1200, 500, 12200, most=5000),
        silence_ms=read.integer(element, "machineDetectionSilenceTimeout", 5000, 2000, 12200, most=10000),
        asynchronous=True,
        callback=read.url(element.get("amdStatusCallback", ""), "Number amdStatusCallback"),
        method=read.method(element, "amdStatusCallbackMethod", 12200),
    )
