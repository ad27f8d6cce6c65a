"""Parses TwiML strictly: XML -> verbs, with the debugger's warnings. Pure.

What the schema does not know is dropped with warning 12200, a wrong attribute value with the verb's own warning and its
default; what cannot be carried out raises CallFailure. Verbs and attributes that Twilio has and the simulator does not
also raise it (code 0), so that nothing is silently ignored.
Source: Twilio's TwiML pages; error pages 12100, 12102, 12200, 13xxx.
"""

import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping

from local.twilio import twiml_dial, twiml_input, twiml_pay, twiml_sound, twiml_stream
from local.twilio.reading import Reader, response
from local.twilio.verbs import Document, Enqueue, Hangup, Leave, Redirect, Reject, Verb

_NOT_SIMULATED_VERBS = {"Echo", "Prompt", "Queue", "Refer", "Siprec", "Sms"}


def parse(body: bytes, base_url: str = "") -> Document:
    """The document in `body`; relative URLs are resolved against `base_url` (""= refused: inline TwiML).

    Raises CallFailure 12100 (not XML), 12102 (root is not Response), or a code of the verb that cannot be carried out.
    """
    root, read = response(body, base_url), Reader(base_url)
    verbs = []
    for element in root:
        if element.tag in _NOT_SIMULATED_VERBS:
            raise read.not_simulated(f"<{element.tag}>")
        if element.tag not in _VERBS:
            read.warn(12200, f"invalid content <{element.tag}> in <Response>")
            continue
        verb = _VERBS[element.tag](read, element)
        if verb is not None:
            verbs.append(verb)
    return Document(tuple(verbs), tuple(read.problems))


def _redirect(read: Reader, element: ET.Element) -> Redirect:
    read.attributes(element, {"method"})
    read.childless(element)
    # An empty <Redirect> asks for the current document again.
    url = read.url((element.text or "").strip(), "Redirect") or read.base_url
    return Redirect(url, read.method(element, "method", 13710))


def _hangup(read: Reader, element: ET.Element) -> Hangup:
    read.attributes(element, set())
    read.childless(element)
    return Hangup()


def _reject(read: Reader, element: ET.Element) -> Reject:
    read.attributes(element, {"reason"})
    read.childless(element)
    return Reject(read.choice(element, "reason", ("rejected", "busy"), 13810))


def _leave(read: Reader, element: ET.Element) -> Leave:
    read.attributes(element, set())
    read.childless(element)
    return Leave()


def _enqueue(read: Reader, element: ET.Element) -> Enqueue:
    read.attributes(element, {"action", "method", "waitUrl", "waitUrlMethod", "maxQueueSize"}, {"workflowSid"})
    read.childless(element)
    name = (element.text or "").strip()
    if not name:
        raise read.failure(14204, "")
    if len(name) > twiml_dial.QUEUE_NAME_LIMIT:
        raise read.failure(14205, f"{len(name)} characters")
    return Enqueue(
        name,
        read.web_url(element, "action", 14203),
        read.method(element, "method", 14201),
        read.web_url(element, "waitUrl", 14202),
        read.method(element, "waitUrlMethod", 14206),
        read.integer(element, "maxQueueSize", 0, 1, 12200, most=5000) if "maxQueueSize" in element.attrib else 0,
    )


_VERBS: Mapping[str, Callable[[Reader, ET.Element], Verb | None]] = {
    "Say": twiml_sound.say,
    "Play": twiml_sound.play,
    "Pause": twiml_sound.pause,
    "Redirect": _redirect,
    "Hangup": _hangup,
    "Reject": _reject,
    "Connect": twiml_stream.connect,
    "Start": twiml_stream.start,
    "Stop": twiml_stream.stop,
    "Dial": twiml_dial.dial,
    "Enqueue": _enqueue,
    "Leave": _leave,
    "Gather": twiml_input.gather,
    "Record": twiml_input.record,
    "Pay": twiml_pay.pay,
}
