"""Reads what is heard of a document: `<Say>`, `<Play>`, `<Pause>`. Pure.

Source: Twilio's TwiML pages for each verb; error pages 13410-13521, 13910.
"""

import re
import xml.etree.ElementTree as ET

from local.twilio.reading import Reader
from local.twilio.verbs import Pause, Play, Say, Sound

SAY_LIMIT = 4096
_SSML = {"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}
_DIGITS = re.compile(r"[0-9A-D*#wW]+")


def say(read: Reader, element: ET.Element) -> Say:
    read.attributes(element, {"voice", "language", "loop"})
    for child in element.iter():
        if child is not element and child.tag not in _SSML:
            read.warn(12200, f"invalid content <{child.tag}> in <Say>")
    text = "".join(element.itertext()).strip()
    if len(text) > SAY_LIMIT:
        raise read.failure(13521, f"{len(text)} characters")
    if not text:
        raise read.failure(13520, "empty")
    loop = read.integer(element, "loop", 1, 0, 13510)
    return Say(text, element.get("voice", "man"), element.get("language", "en-US"), loop)


def play(read: Reader, element: ET.Element) -> Play | None:
    read.attributes(element, {"loop", "digits"})
    read.childless(element)
    url, digits = (element.text or "").strip(), element.get("digits", "")
    if digits and not _DIGITS.fullmatch(digits):
        read.warn(13430, digits)
        return None
    if not url and not digits:
        read.warn(12200, "<Play> without a URL")
        return None
    return Play(read.url(url, "Play"), digits, read.integer(element, "loop", 1, 0, 13410))


def pause(read: Reader, element: ET.Element) -> Pause:
    read.attributes(element, {"length"})
    read.childless(element)
    return Pause(read.integer(element, "length", 1, 1, 13910))


def nested(read: Reader, element: ET.Element, code: int) -> tuple[Sound, ...]:
    """The prompts inside another verb; anything else in it is dropped with the warning `code`."""
    sounds: list[Sound | None] = []
    for child in element:
        match child.tag:
            case "Say":
                sounds.append(say(read, child))
            case "Play":
                sounds.append(play(read, child))
            case "Pause":
                sounds.append(pause(read, child))
            case tag:
                read.warn(code, f"<{tag}>")
    return tuple(sound for sound in sounds if sound is not None)
