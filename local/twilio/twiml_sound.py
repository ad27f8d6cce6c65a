"""Reads what is heard of a document: `<Say>`, `<Play>`, `<Pause>`. Pure.

Source: Twilio's TwiML pages for each verb; error pages 13410-13521, 13910. What becomes of a call whose text is too
long or empty is not documented: here the document fails.
"""

import re
import xml.etree.ElementTree as ET

from local.twilio.reading import Reader
from local.twilio.verbs import Pause, Play, Say, Sound

SAY_LIMIT, POLLY_LIMIT, GOOGLE_LIMIT = 4096, 3000, 5000
_SSML = {"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}
_DIGITS = re.compile(r"[0-9A-D*#wW]+")
_VOICE = re.compile(r"man|woman|alice|Polly\.\w+(-Neural|-Generative)?|Google\.[a-z]{2,3}-[A-Z]{2}-\w+(-\w+)+")
"""How voices are written. Which names there are is not known here: the vendors change them."""


def say(read: Reader, element: ET.Element, wrong_voice: int = 13511, wrong_loop: int = 13510) -> Say:
    read.attributes(element, {"voice", "language", "loop"})
    for child in element.iter():
        if child is not element and child.tag not in _SSML:
            read.warn(12200, f"invalid content <{child.tag}> in <Say>")
    text, voice = "".join(element.itertext()).strip(), element.get("voice", "man")
    if not _VOICE.fullmatch(voice):
        read.warn(wrong_voice, voice)
        voice = "man"
    length, longest = _length(element, text, voice)
    if length > longest:
        raise read.failure(13521, f"{length} bytes, and {longest} are the most for {voice}")
    if not text:
        raise read.failure(13520, "empty")
    loop = read.integer(element, "loop", 1, 0, wrong_loop)
    return Say(text, voice, element.get("language", "en-US"), loop)


def _length(element: ET.Element, text: str, voice: str) -> tuple[int, int]:
    """How long a text is, and may be: in bytes, as only those of one byte count as one. Source: error page 13521."""
    if voice.startswith("Google."):  # its limit counts spaces and SSML too
        whole = (element.text or "") + "".join(ET.tostring(child, encoding="unicode") for child in element)
        return len(whole.encode()), GOOGLE_LIMIT
    return len(text.encode()), POLLY_LIMIT if voice.startswith("Polly.") else SAY_LIMIT


def play(read: Reader, element: ET.Element) -> Play | None:
    read.attributes(element, {"loop", "digits"})
    read.childless(element)
    url, digits = (element.text or "").strip(), keys(read, element.get("digits", ""), 13430)
    if element.get("digits") and not digits:
        return None
    if not url and not digits:
        read.warn(12200, "<Play> without a URL")
        return None
    return Play(read.url(url, "Play"), digits, read.integer(element, "loop", 1, 0, 13410))


def keys(read: Reader, digits: str, code: int) -> str:
    """Keys to send, with pauses; "" and the warning `code` for what is none."""
    if digits and not _DIGITS.fullmatch(digits):
        read.warn(code, digits)
        return ""
    return digits


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
                sounds.append(say(read, child, 13321, 13322) if element.tag == "Gather" else say(read, child))
            case "Play":
                sounds.append(play(read, child))
            case "Pause":
                sounds.append(pause(read, child))
            case tag:
                read.warn(code, f"<{tag}>")
    return tuple(sound for sound in sounds if sound is not None)
