"""TwiML that listens to the guest without an engine: keys, speech turn by turn, and a tape for messages. Pure.

Source: the TwiML reference of Twilio: Gather, Record, Say. Times are in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from twilio.twiml.voice_response import Gather, VoiceResponse  # type: ignore[import-untyped]

from nightdesk.twiml import ASKED_AGAIN

KEY_TIMEOUT_S = 6
SPEECH_TIMEOUT_S = 6
LONGEST_MESSAGE_S = 120
"""The longest that Twilio writes down."""
_SILENCE_S = 5
LONGEST_SAY = 4000
"""Bytes of UTF-8; Twilio takes 4,096 (error page 13520)."""


@dataclass(frozen=True)
class Line:
    """A sentence, and the language to say it in as Twilio names it: en-US."""

    text: str
    locale: str


def keys(lines: Sequence[Line], action: str, first: Sequence[Line] = ()) -> str:
    """One key, asked for by `lines`; `first` is said whole whatever is pressed. Without a key `action` is asked too."""
    response = VoiceResponse()
    _say(response, first)
    gather = Gather(input="dtmf", num_digits=1, finish_on_key="", timeout=KEY_TIMEOUT_S, action=action)
    _say(gather, lines)
    response.append(gather)
    response.redirect(action)
    return str(response)


def turn(lines: Sequence[Line], action: str, locale: str, hints: str = "") -> str:
    """Say, then listen: to words, or to keys up to # or a pause. Without either `action` is asked all the same.

    A guest who speaks meanwhile is heard, and the voice stops (bargeIn is Twilio's default). `hints` are phrases that
    are likely to be said, with commas between.
    """
    response = VoiceResponse()
    options = {"hints": hints} if hints else {}
    gather = Gather(
        input="dtmf speech",
        timeout=SPEECH_TIMEOUT_S,
        speech_timeout="auto",
        language=locale,
        action=action,
        **options,
    )
    _say(gather, lines)
    response.append(gather)
    response.redirect(action)
    return str(response)


def said_and_next(lines: Sequence[Line], url: str) -> str:
    """Words that nobody is to interrupt, then what `url` answers."""
    response = VoiceResponse()
    _say(response, lines)
    response.redirect(url)
    return str(response)


def wait_and_next(url: str, music: Sequence[str] = ()) -> str:
    """What `url` answers, after `music` (URLs) where that is wanted."""
    response = VoiceResponse()
    for each in music:
        response.play(each)
    response.redirect(url)
    return str(response)


def voicemail(lines: Sequence[Line], nothing_heard: Line, action: str, transcribed: str = "") -> str:
    """A tape. Twilio asks `action` when something was said on it, and goes on here when nothing was.

    `transcribed`: where the words are to be sent, if they are wanted.
    """
    response = VoiceResponse()
    _say(response, lines)
    options = {"transcribe": True, "transcribe_callback": transcribed} if transcribed else {}
    response.record(
        action=action + ASKED_AGAIN,
        max_length=LONGEST_MESSAGE_S,
        timeout=_SILENCE_S,
        finish_on_key="#",
        play_beep=True,
        **options,
    )
    _say(response, [nothing_heard])
    response.hangup()
    return str(response)


def goodbye(line: Line) -> str:
    response = VoiceResponse()
    _say(response, [line])
    response.hangup()
    return str(response)


def _say(into: VoiceResponse | Gather, lines: Sequence[Line]) -> None:
    for line in lines:
        if line.text:
            short = line.text.encode()[:LONGEST_SAY].decode(errors="ignore")
            into.say(short, language=line.locale)
