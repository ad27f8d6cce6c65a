"""TwiML that answers a text message. Source: Twilio, TwiML for Programmable Messaging, Message."""

from __future__ import annotations

from twilio.twiml.messaging_response import MessagingResponse  # type: ignore[import-untyped]


def message(body: str, status_url: str) -> str:
    """One text back to the sender; `status_url` is told what becomes of it."""
    response = MessagingResponse()
    response.message(body, status_callback=status_url)
    return str(response)


def silence() -> str:
    return str(MessagingResponse())
