"""Reads TwiML in answer to a text. Pure.

Source: Twilio's pages on <Message>, <Body> and <Media>; error pages 14105, 14109, 14110. The `twilio` package says that
`action` is told what becomes of a message, and that `statusCallback` is deprecated for it; users find that the latter
is told nothing (twilio-csharp, issue 613), so here it is not either.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from local.twilio.reading import Reader

MOST = 10


@dataclass(frozen=True)
class Answer:
    """One message. `callback` is told what becomes of it, unless it is ""."""

    body: str
    callback: str = ""


def answers(read: Reader, root: ET.Element) -> list[Answer]:
    """At most ten messages. Raises CallFailure for what is not simulated."""
    found = []
    for element in root:
        if element.tag == "Redirect":
            raise read.not_simulated("<Redirect> in answer to a text")
        if element.tag == "Message":
            found.append(_message(read, element))
        else:
            read.warn(14110, f"<{element.tag}>")
    if len(found) > MOST:
        read.warn(14109, f"{len(found)} messages")
    return found[:MOST]


def _message(read: Reader, element: ET.Element) -> Answer:
    read.attributes(element, {"action", "statusCallback"}, {"from", "method", "to"})
    words = element.text or ""
    for noun in element:
        if noun.tag == "Media":
            raise read.not_simulated("<Media> of a <Message>")
        if noun.tag == "Body":
            words += noun.text or ""
        else:
            read.warn(12200, f"invalid content <{noun.tag}> in <Message>")
        words += noun.tail or ""
    return Answer(words.strip(), read.web_url(element, "action", 14105))
