"""TwiML for who answers a call that the hotel has placed. Pure. Source: TwiML, Say."""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse  # type: ignore[import-untyped]

_VOICES = {"es": "es-MX"}


def voicemail(say: str, language: str) -> str:
    """A message for a machine whose greeting is over, and goodbye."""
    response = VoiceResponse()
    response.pause(length=1)
    response.say(say, **({"language": _VOICES[language[:2]]} if language[:2] in _VOICES else {}))
    response.hangup()
    return str(response)
