"""Reads the verbs of media streams, `<Connect>`, `<Start>` and `<Stop>`; the latter two have recordings too. Pure.

Source: twilio.md 4.1; Twilio's pages on <Stream> and <Recording> (attributes and defaults); error pages 14300, 31941.
"""

import xml.etree.ElementTree as ET
from urllib.parse import urljoin, urlsplit

from local.twilio.reading import Reader
from local.twilio.recordings import Order
from local.twilio.twiml_input import RECORDING_EVENTS, recording_callback
from local.twilio.verbs import Connect, NamedRecording, Start, Stop, Stream

PARAMETER_LIMIT = 500
TRACKS = ("inbound_track", "outbound_track", "both_tracks")
_NOT_SIMULATED_CONNECTS = {"ConversationRelay", "Room", "VirtualAgent", "Autopilot", "Conversation", "AiSession"}
_NOT_SIMULATED_STARTS = {"Transcription", "Siprec"}
_STREAM = {"url", "name", "track", "statusCallback", "statusCallbackMethod"}
_STREAM_NOT_SIMULATED = {"connectorName", "audioFormat", "sampleRate"}


def connect(read: Reader, element: ET.Element) -> Connect:
    read.attributes(element, {"action", "method"})
    streams: list[Stream] = []
    for child in element:
        if child.tag in _NOT_SIMULATED_CONNECTS:
            raise read.not_simulated(f"<Connect><{child.tag}>")
        if child.tag == "Stream" and not streams:
            streams.append(_stream(read, child, ("inbound_track",)))
        else:
            read.warn(12200, f"invalid content <{child.tag}> in <Connect>")
    if not streams:
        raise read.failure(12100, "<Connect> without a noun")
    action = read.url(element.get("action", ""), "Connect action")
    return Connect(streams[0], action, read.method(element, "method", 12200))


def _stream(read: Reader, element: ET.Element, tracks: tuple[str, ...]) -> Stream:
    read.attributes(element, _STREAM, _STREAM_NOT_SIMULATED)
    track = element.get("track", tracks[0])
    if track not in tracks:
        raise read.failure(31941, f"track={track}: here it is {' or '.join(tracks)}")
    url = element.get("url", "")
    if url and not urlsplit(url).scheme:
        base = urlsplit(read.base_url)
        url = f"wss://{base.netloc}{urlsplit(urljoin(read.base_url, url)).path}"
    parameters = []
    for child in element:
        name, value = child.get("name", ""), child.get("value", "")
        if child.tag != "Parameter" or not name:
            read.warn(12200, f"invalid content <{child.tag}> in <Stream>")
        elif len(name) + len(value) >= PARAMETER_LIMIT:
            read.warn(12200, f"<Parameter name={name!r}>: name and value have {len(name) + len(value)} characters")
        else:
            read.attributes(child, {"name", "value"})
            parameters.append((name, value))
    return Stream(
        url,
        element.get("name", ""),
        read.url(element.get("statusCallback", ""), "Stream statusCallback"),
        read.method(element, "statusCallbackMethod", 12200),
        tuple(parameters),
        track,
    )


def start(read: Reader, element: ET.Element) -> Start:
    """Source: error page 14300 for what can be started, and what stopped."""
    read.attributes(element, set(), {"action", "method"})
    child = _noun(read, element)
    return Start(_stream(read, child, TRACKS) if child.tag == "Stream" else _recording(read, child))


def stop(read: Reader, element: ET.Element) -> Stop:
    read.attributes(element, set())
    child = _noun(read, element)
    known = _STREAM | _STREAM_NOT_SIMULATED if child.tag == "Stream" else {"name"}
    read.attributes(child, known)
    if not child.get("name"):
        raise read.failure(14300, f"<Stop><{child.tag}> without a name")
    return Stop(child.tag, child.get("name", ""))


def _noun(read: Reader, element: ET.Element) -> ET.Element:
    """The one thing to start or stop."""
    for child in element[1:]:
        read.warn(12200, f"invalid content <{child.tag}> in <{element.tag}>")
    if len(element) and element[0].tag in _NOT_SIMULATED_STARTS:
        raise read.not_simulated(f"<{element.tag}><{element[0].tag}>")
    if not len(element) or element[0].tag not in ("Stream", "Recording"):
        raise read.failure(14300, f"<{element.tag}> of <{element[0].tag}>" if len(element) else "of nothing")
    return element[0]


def _recording(read: Reader, element: ET.Element) -> NamedRecording:
    read.attributes(
        element,
        {
            *("channels", "name", "recordingStatusCallback", "recordingStatusCallbackEvent"),
            *("recordingStatusCallbackMethod", "track", "trim"),
        },
        {"recordingConfigurationId"},
    )
    read.childless(element)
    order = Order(
        source="StartCallRecordingTwiML",
        channels=2 if read.choice(element, "channels", ("dual", "mono"), 12200) == "dual" else 1,
        track=read.choice(element, "track", ("both", "inbound", "outbound"), 13622),
        trim=read.choice(element, "trim", ("trim-silence", "do-not-trim"), 12200) == "trim-silence",
        callback=recording_callback(read, element),
        method=read.method(element, "recordingStatusCallbackMethod", 12200),
        events=read.events(element, "recordingStatusCallbackEvent", RECORDING_EVENTS, "completed", 13621),
    )
    return NamedRecording(order, element.get("name", ""))
