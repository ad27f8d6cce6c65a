"""Reads the verbs that listen to the caller: `<Gather>` and `<Record>`. Pure.

Source: twilio.md 4.2, 4.7; Twilio's pages on both verbs; error pages 13310-13339, 13610-13699. Of a language that is no
locale ("en") the page of 13331 says that the gather fails: it is left out.
"""

import re
import xml.etree.ElementTree as ET

from local.twilio.reading import KEYS, Reader
from local.twilio.twiml_sound import nested
from local.twilio.verbs import Gather, Record

RECORDING_EVENTS = ("in-progress", "completed", "absent")
_MOST_HINTS, _LONGEST_HINT = 500, 100
_MODELS_WITHOUT_AUTO = {"default", "experimental_conversations", "experimental_utterances"}
_MODELS = {"numbers_and_commands", "phone_call", *_MODELS_WITHOUT_AUTO}
_MODELS |= {"googlev2_long", "googlev2_short", "googlev2_telephony", "googlev2_telephony_short"}
_LONGEST_TRANSCRIPTION_S = 120
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})+")


def gather(read: Reader, element: ET.Element) -> Gather | None:
    read.attributes(
        element,
        {
            *("action", "actionOnEmptyResult", "bargeIn", "enhanced", "finishOnKey", "hints", "input", "language"),
            *("maxSpeechTime", "method", "numDigits", "partialResultCallback", "partialResultCallbackMethod"),
            *("profanityFilter", "speechModel", "speechTimeout", "timeout"),
        },
        {"debug", "dtmfDetection"},
    )
    timeout_s = read.integer(element, "timeout", 5, 1, 13313)
    model = _model(read, element)
    read.flag(element, "profanityFilter", True, 13333)
    read.flag(element, "enhanced", False, 13339)
    kinds, language = _input(read, element), element.get("language", "en-US")
    if "speech" in kinds and not _LOCALE.fullmatch(language):
        read.warn(13331, language)
        return None
    return Gather(
        prompts=nested(read, element, 13320),
        input=kinds,
        action=read.own_action(element),
        method=read.method(element, "method", 13312),
        timeout_s=timeout_s,
        speech_timeout_s=_speech_timeout(read, element, timeout_s, model),
        num_digits=read.integer(element, "numDigits", 0, 1, 13314) if "numDigits" in element.attrib else 0,
        finish_on_key=_finish_on_key(read, element),
        language=language,
        hints=_hints(read, element),
        partial_result_callback=read.url(element.get("partialResultCallback", ""), "Gather partialResultCallback"),
        partial_result_method=read.method(element, "partialResultCallbackMethod", 13329),
        action_on_empty_result=read.flag(element, "actionOnEmptyResult", False, 13338),
        barge_in=read.flag(element, "bargeIn", True, 13332),
        max_speech_s=read.integer(element, "maxSpeechTime", 60, 1, 13328, most=60),
    )


def _input(read: Reader, element: ET.Element) -> tuple[str, ...]:
    kinds = tuple(element.get("input", "dtmf").split())
    if kinds and len(set(kinds)) == len(kinds) and set(kinds) <= {"dtmf", "speech"}:
        return kinds
    read.warn(13326, element.get("input", ""))
    return ("dtmf",)


def _model(read: Reader, element: ET.Element) -> str:
    model = element.get("speechModel", "")
    if model and model not in _MODELS and not model.startswith("deepgram_"):
        read.warn(13334, model)
        return ""
    return model


def _speech_timeout(read: Reader, element: ET.Element, timeout_s: int, model: str) -> int | None:
    """Seconds of silence that end the speech; None is auto."""
    if element.get("speechTimeout") == "auto":
        if model not in _MODELS_WITHOUT_AUTO:
            return None
        read.warn(13335, model)
        return timeout_s
    return read.integer(element, "speechTimeout", timeout_s, 1, 13327)


def _finish_on_key(read: Reader, element: ET.Element) -> str:
    key = element.get("finishOnKey", "#")
    if key == "" or (len(key) == 1 and key in KEYS):
        return key
    read.warn(13310 if set(key) - KEYS else 13311, key)
    return "#"


def _hints(read: Reader, element: ET.Element) -> tuple[str, ...]:
    hints = tuple(hint.strip() for hint in element.get("hints", "").split(",") if hint.strip())
    if len(hints) > _MOST_HINTS or any(len(hint) > _LONGEST_HINT for hint in hints):
        read.warn(13330, f"{len(hints)} hints, the longest of {max(map(len, hints))} characters")
        return ()
    return hints


def record(read: Reader, element: ET.Element) -> Record:
    read.attributes(
        element,
        {
            *("action", "finishOnKey", "maxLength", "method", "playBeep", "recordingStatusCallback"),
            *("recordingStatusCallbackEvent", "recordingStatusCallbackMethod", "timeout", "transcribe"),
            *("transcribeCallback", "trim"),
        },
        {"recordingConfigurationId"},
    )
    read.childless(element)
    finish_on_key = element.get("finishOnKey", "1234567890*#")
    if set(finish_on_key) - KEYS:
        read.warn(13613, finish_on_key)
        finish_on_key = "1234567890*#"
    max_length_s = read.integer(element, "maxLength", 3600, 2, 13612, most=14400)
    return Record(
        action=read.own_action(element),
        method=read.method(element, "method", 13610),
        timeout_s=read.integer(element, "timeout", 5, 1, 13611),
        finish_on_key=finish_on_key,
        max_length_s=max_length_s,
        play_beep=read.flag(element, "playBeep", True, 13616),
        trim=read.choice(element, "trim", ("trim-silence", "do-not-trim"), 13699) == "trim-silence",
        status_callback=recording_callback(read, element),
        status_callback_method=read.method(element, "recordingStatusCallbackMethod", 12200),
        status_callback_events=read.events(
            element, "recordingStatusCallbackEvent", RECORDING_EVENTS, "completed", 13621
        ),
        transcribe_callback=_transcribe_callback(read, element, max_length_s),
    )


def recording_callback(read: Reader, element: ET.Element) -> str:
    return read.web_url(element, "recordingStatusCallback", 13256)


def _transcribe_callback(read: Reader, element: ET.Element, max_length_s: int) -> str:
    """Where the words of the recording go; "" when they are not wanted, or the recording may be too long for it."""
    url = read.web_url(element, "transcribeCallback", 13257)
    wanted = read.flag(element, "transcribe", False, 13614) or bool(url)
    if wanted and max_length_s > _LONGEST_TRANSCRIPTION_S:
        read.warn(13615, f"maxLength {max_length_s}")
        return ""
    return url
