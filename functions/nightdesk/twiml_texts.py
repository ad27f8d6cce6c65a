"""TwiML that answers a text message.

Source: Twilio, TwiML for Programmable Messaging, Message, as its Python package (9.13) documents it: `action` is where
Twilio tells what becomes of the message that is made, and `statusCallback`, in its place, is deprecated.
"""

from __future__ import annotations

from twilio.twiml.messaging_response import MessagingResponse  # type: ignore[import-untyped]


def message(body: str, status_url: str) -> str:
    """One text back to the sender; `status_url` is told what becomes of it."""
    response = MessagingResponse()
    response.message(body, action=status_url)
    return str(response)


def silence() -> str:
    return str(MessagingResponse())
