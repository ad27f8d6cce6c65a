"""TwiML for who answers a call that the hotel has placed. Pure. Source: TwiML, Say."""

from __future__ import annotations

from twilio.twiml.voice_response import VoiceResponse  # type: ignore[import-untyped]


def voicemail(say: str, locale: str) -> str:
    """A message for a machine whose greeting is over, and goodbye."""
    response = VoiceResponse()
    response.pause(length=1)
    response.say(say, language=locale)
    response.hangup()
    return str(response)
