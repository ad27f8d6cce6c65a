"""Reads `<Dial>` and its nouns. Pure.

Source: twilio.md 4.4; Twilio's pages on the verb and its nouns; error pages 13210-13224, 21626.
"""

import re
import xml.etree.ElementTree as ET

from local.twilio.reading import Reader
from local.twilio.verbs import Dial, Number

CALLBACK_EVENTS = ("initiated", "ringing", "answered", "completed")
_NOT_SIMULATED_NOUNS = {"Client", "Sip", "Conference", "Queue", "Application", "Sim", "WhatsApp"}
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def dial(read: Reader, element: ET.Element) -> Dial:
    known = {"action", "method", "timeout", "timeLimit", "callerId", "answerOnBridge", "hangupOnStar", "ringTone"}
    unsupported = {"recordingStatusCallback", "recordingTrack", "trim", "sequential", "referUrl", "events"}
    (known if element.get("record") == "do-not-record" else unsupported).add("record")
    read.attributes(element, known, unsupported)
    numbers = [_number(read, ET.Element("Number"), element.text)] if (element.text or "").strip() else []
    for child in element:
        if child.tag in _NOT_SIMULATED_NOUNS:
            raise read.not_simulated(f"<Dial><{child.tag}>")
        if child.tag == "Number":
            numbers.append(_number(read, child, child.text))
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
    )


def _number(read: Reader, element: ET.Element, text: str | None) -> Number | None:
    read.attributes(
        element,
        {"sendDigits", "statusCallback", "statusCallbackMethod", "statusCallbackEvent"},
        {"url", "method", "machineDetection", "amdStatusCallback", "byoc"},
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
    )
