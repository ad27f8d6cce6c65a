"""The TwiML of the lower rungs of the ladder: turn by turn, keys alone, the tape. Where each is asked stands here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nightdesk import hold_music, menu, phone_words, twiml_keys
from nightdesk.hotel.model import Property
from nightdesk.menu import Asked
from nightdesk.twiml_keys import Line

if TYPE_CHECKING:
    from nightdesk.conversation import Session
    from nightdesk.steps import Step

MOST_SILENT = 3
"""Turns in a row without a word or a key before people are asked: a guest whom no recogniser hears is no empty line."""


def document(origin: str, hotel: Property, session: Session, step: Step) -> str:
    """What a step to a lower rung is answered with; `origin` is where Twilio asks us."""
    match step.action:
        case "gather":
            url = gather_url(origin, step.attempt)
            return twiml_keys.wait_and_next(url, hold_music.for_hold(origin, hotel, step.seconds))
        case "menu":
            sorry = line(hotel, session.language, "only_keys")
            return question(origin, hotel, Asked("main", session.language, step.attempt, last=True), [sorry])
    return voicemail(origin, hotel, session, step)


def gather_url(origin: str, attempt: int, turn: int = 0, silent: int = 0) -> str:
    """Where the guest's `turn` is sent to; turn 0 asks for the first words. `silent` counts turns without any."""
    return f"{origin}/voice/twilio/gather?attempt={attempt}&turn={turn}" + (f"&silent={silent}" if silent else "")


def question(origin: str, hotel: Property, asked: Asked, first: Sequence[Line] = ()) -> str:
    """A question of the menu, after words that are said whole."""
    return twiml_keys.keys(menu.lines(hotel, asked), f"{origin}/voice/twilio/ivr?{asked.query}", first)


def voicemail(origin: str, hotel: Property, session: Session, step: Step) -> str:
    """The tape. Twilio writes down English alone, and what is longer than it writes down is cut off."""
    language = session.language
    why = [] if step.about == "key" else [line(hotel, language, "nobody")]
    is_written = language[:2] == "en"
    return twiml_keys.voicemail(
        [*why, line(hotel, language, "leave_message")],
        line(hotel, language, "no_message"),
        f"{origin}/voice/twilio/voicemail?attempt={session.attempt}",
        f"{origin}/voice/twilio/transcription" if is_written else "",
    )


def line(hotel: Property, language: str, sentence: str, **facts: object) -> Line:
    return Line(phone_words.said(sentence, language, **facts), phone_words.locale(hotel, language))
