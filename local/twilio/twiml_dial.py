"""Reads `<Dial>` and its nouns. Pure.

Source: twilio.md 4.4; Twilio's pages on the verb and its nouns; error pages 13210-13224, 21626.
"""

import re
import xml.etree.ElementTree as ET

from local.twilio.amd import Detection
from local.twilio.reading import Reader
from local.twilio.verbs import Dial, Number, Queue

CALLBACK_EVENTS = ("initiated", "ringing", "answered", "completed")
_NOT_SIMULATED_NOUNS = {"Client", "Sip", "Conference", "Application", "Sim", "WhatsApp"}
QUEUE_NAME_LIMIT = 64
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def dial(read: Reader, element: ET.Element) -> Dial:
    known = {"action", "method", "timeout", "timeLimit", "callerId", "answerOnBridge", "hangupOnStar", "ringTone"}
    unsupported = {"recordingStatusCallback", "recordingTrack", "trim", "sequential", "referUrl", "events"}
    (known if element.get("record") == "do-not-record" else unsupported).add("record")
    read.attributes(element, known, unsupported)
    numbers = [_number(read, ET.Element("Number"), element.text)] if (element.text or "").strip() else []
    queue: Queue | None = None
    for child in element:
        if child.tag in _NOT_SIMULATED_NOUNS:
            raise read.not_simulated(f"<Dial><{child.tag}>")
        if child.tag == "Number":
            numbers.append(_number(read, child, child.text))
        elif child.tag == "Queue" and queue is None:
            queue = _queue(read, child)
        else:
            read.warn(13215, f"<{child.tag}>")
    return Dial(
        tuple(number for number in numbers if number is not None),
        read.url(element.get("action", ""), "Dial action"),
        read.method(element, "method", 13210),
        read.integer(element, "timeout", 30, 1, 13212),
        read.integer(element, "timeLimit", 14400, 1, 13216),
        element.get("callerId", ""),
        read.flag(element, "answerOnBridge", False, 13219),
        read.flag(element, "hangupOnStar", False, 13213),
        queue,
    )


def _queue(read: Reader, element: ET.Element) -> Queue | None:
    read.attributes(element, {"url", "method"}, {"reservationSid", "postWorkActivitySid"})
    name = (element.text or "").strip()
    if not 0 < len(name) <= QUEUE_NAME_LIMIT:
        read.warn(13215, f"<Queue> with a name of {len(name)} characters")
        return None
    return Queue(name, read.url(element.get("url", ""), "Queue url"), read.method(element, "method", 12200))


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
        element.get("sendDigits", ""),
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
        timeout_s=read.integer(element, "machineDetectionTimeout", 30, 3, 12200, most=59),
        speech_threshold_ms=read.integer(element, "machineDetectionSpeechThreshold", 2400, 1000, 12200, most=6000),
        speech_end_ms=read.integer(element, "machineDetectionSpeechEndThreshold", 1200, 500, 12200, most=5000),
        silence_ms=read.integer(element, "machineDetectionSilenceTimeout", 5000, 2000, 12200, most=10000),
        asynchronous=True,
        callback=read.url(element.get("amdStatusCallback", ""), "Number amdStatusCallback"),
        method=read.method(element, "amdStatusCallbackMethod", 12200),
    )
