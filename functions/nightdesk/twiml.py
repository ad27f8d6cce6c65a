"""TwiML documents. Pure: words, numbers and URLs come in. Source of every verb: the TwiML reference of Twilio."""

from __future__ import annotations

from collections.abc import Sequence

from twilio.twiml.voice_response import Connect, Dial, VoiceResponse  # type: ignore[import-untyped]

RING_TIMEOUT_S = 25
ASKED_AGAIN = "#rc=2&rp=ct,5xx"
"""Behind the URL of what must not be missed: where we fail, or a deploy is under way, Twilio asks twice more before it
gives the call to the fallback.

Source: Twilio, connection overrides: a URL's fragment, neither sent nor signed."""


def attach(
    webhook_origin: str,
    media_origin: str,
    token: str,
    attempt: int,
    first_say: str = "",
    music: Sequence[str] = (),
    property_id: str = "",
    locale: str = "en-US",
    language: str = "",
) -> str:
    """Connect the call to the relay, after `music` (URLs) where that is wanted.

    `attempt` in the URL tells stream-ended which stream it is asked about, and `property_id` tells stream-status whose.
    `language`: the guest's, for stream-ended to go on in where the stream never came to life; "": the hotel's.

    A stream's URL takes no query, so the token travels as a parameter. The Redirect is for a Connect that fails.
    """
    ended = f"{webhook_origin}/voice/twilio/stream-ended?attempt={attempt}"
    ended += (f"&language={language}" if language else "") + ASKED_AGAIN
    response = VoiceResponse()
    if first_say:
        response.say(first_say, language=locale)
    for url in music:
        response.play(url)
    connect = Connect(action=ended)
    status = f"{webhook_origin}/voice/twilio/stream-status?attempt={attempt}"
    status += f"&property_id={property_id}" if property_id else ""
    connect.stream(url=f"{media_origin}/voice/stream", status_callback=status).parameter(name="token", value=token)
    response.append(connect)
    response.redirect(ended)
    return str(response)


def dial(
    webhook_origin: str,
    number: str,
    say: str,
    attempt: int,
    dial_number: int = 1,
    ring_s: int = RING_TIMEOUT_S,
    locale: str = "en-US",
    caller_id: str = "",
) -> str:
    """Put the caller through; dial-ended decides what happens when nobody answers.

    `caller_id` is shown to who is rung; "": the caller's own number. `dial_number` counts the departments that this
    transfer has rung: by it dial-ended knows which one it is about.
    """
    ended = f"{webhook_origin}/voice/twilio/dial-ended?attempt={attempt}"
    ended += f"&dial={dial_number}" if dial_number > 1 else ""
    response = VoiceResponse()
    if say:
        response.say(say, language=locale)
    transfer = Dial(action=ended + ASKED_AGAIN, timeout=ring_s, caller_id=caller_id or None)
    transfer.number(number)
    response.append(transfer)
    return str(response)


def hangup(say: str = "", locale: str = "en-US") -> str:
    response = VoiceResponse()
    if say:
        response.say(say, language=locale)
    response.hangup()
    return str(response)


def refusal(said: Sequence[tuple[str, str]]) -> str:
    """A sentence in each of some languages, (language, text), and goodbye. Source: TwiML Say: `es` is a language."""
    response = VoiceResponse()
    for language, text in said:
        response.say(text, language=language)
    response.hangup()
    return str(response)


def nothing() -> str:
    """For a call that is over."""
    return str(VoiceResponse())


def apology(say: str, number: str = "", at_last: str = "", locale: str = "en-US", caller_id: str = "") -> str:
    """The answer when something broke: words, then people where a number is known. Asks nothing of us any more.

    `at_last` is heard where nobody took the call, and by a guest whom people have helped. `caller_id` as for dial.
    """
    response = VoiceResponse()
    response.say(say, language=locale)
    if number:
        response.dial(number, timeout=RING_TIMEOUT_S, caller_id=caller_id or None)
        response.say(at_last, language=locale)
    response.hangup()
    return str(response)
