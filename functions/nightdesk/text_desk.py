"""Answers a text message as the desk does a call: by the clerk, with the tools that are offered in writing.

What one number writes to one hotel on one day, by the hotel's clock, is one session of the channel `sms`; where that
was erased, what comes later is another. It is no call: it takes no line, nobody waits for its end, and no
`conversation.ended` follows it. Who wants no texts, who is on the hotel's block list, and who is in a country that the
hotel does not text, gets no answer.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

from nightdesk import (
    blocking,
    contact_words,
    conversation_erase,
    events,
    guests,
    logs,
    phone_countries,
    text_keywords,
    text_templates,
    tokens,
)
from nightdesk.bootstrap import House
from nightdesk.conversation import Session
from nightdesk.hotel.model import Property
from nightdesk.hotel.records import Guest, Text
from nightdesk.texts import reference_of
from nightdesk.tools_client import Clerk, StaleAttempt, ToolsClient, ToolsUnavailable

log = logging.getLogger(__name__)

CHANNEL = "sms"
MOST_A_DAY = 40
"""Of one number's texts to one hotel: two machines may answer each other, and each text costs."""
COMES_AGAIN = timedelta(minutes=5)
"""So long a webhook that got no answer may come again; the hotel's day may have changed by then."""


@dataclass(frozen=True)
class TextIn:
    """A message that came in. `from_` is E.164. `opt_out_type`: what Twilio took it for, where it says so."""

    message_sid: str
    from_: str
    to: str
    body: str
    opt_out_type: str = ""


@dataclass(frozen=True)
class TextOut:
    """What is answered; `reference` comes back with what becomes of it."""

    body: str
    reference: str


class TextDesk:
    def __init__(self, house: House) -> None:
        self._house = house

    @cached_property
    def _clerk(self) -> Clerk:
        return ToolsClient(self._house.settings)

    def answer(self, hotel: Property, text: TextIn) -> TextOut | None:
        """The answer to a message; None: silence. One that comes again gets the same, and has no effect any more.

        A STOP that is repeated after a START is not obeyed a second time, nor the other way round.
        """
        is_abroad = phone_countries.country(text.from_) not in hotel.sms_countries
        is_ours = text.from_ in hotel.phone_numbers  # it would be answered, and the answer answered
        if is_abroad or is_ours or blocking.is_blocked(self._house.store, hotel, text.from_, self._house.clock()):
            log.info("= text not answered", extra={"fields": {"property_id": hotel.property_id}})
            return None
        guest = guests.find(self._house.store, hotel.property_id, text.from_)
        has_stopped = guest is not None and guest.may_text is False
        keyword = text_keywords.read(text.body, text.opt_out_type, has_stopped)
        session = self._begun(hotel, text, guest)
        number, say = _place(session, text)
        if number == 1 and say is None:
            self._say_begun(session)
        logs.about(session_id=session.session_id)
        if say is None:
            if keyword.meaning:
                said = self._obey(hotel, text, keyword)
            else:
                said = "" if has_stopped else self._converse(hotel, session, number, text)
            # whoever was first to answer it, or has erased the session since, has the last word
            session = self._change(session, lambda s: _with_step(s, text.message_sid, said))
            _, say = _place(session, text)
            if session.erased_at:
                house = self._house
                conversation_erase.erase_words(house.store, house.leads, session.session_id, house.clock())
        return self._kept(session, text, say) if say else None

    def _obey(self, hotel: Property, text: TextIn, keyword: text_keywords.Keyword) -> str:
        may_text = {"stop": False, "start": True}.get(keyword.meaning)
        if may_text is not None:
            guests.consent(self._house.store, hotel.property_id, text.from_, self._house.clock(), may_text=may_text)
        log.info("= text keyword", extra={"fields": {"meaning": keyword.meaning}})
        if keyword.answered:
            return ""
        sentence = {"stop": "stopped", "start": "started", "help": "help"}[keyword.meaning]
        return contact_words.said(sentence, keyword.language, hotel=hotel.name, number=hotel.phone_numbers[0])

    def _converse(self, hotel: Property, session: Session, number: int, text: TextIn) -> str:
        if number > MOST_A_DAY:
            return ""
        if number == MOST_A_DAY:
            return contact_words.said("enough_texts", session.language, number=hotel.phone_numbers[0])
        if not text.body.strip():
            return contact_words.said("only_words", session.language)
        return self._asked(session, number, text.body.strip())

    def _asked(self, session: Session, number: int, said: str) -> str:
        """The clerk's answer, from the `tools` function. Every message is a turn, and its answer the one behind it."""
        try:
            reply = self._clerk.reply(session.session_id, session.attempt, 2 * number, said, "")
        except (ToolsUnavailable, StaleAttempt) as error:
            log.error("! no answer to a text: %s", error)
            return contact_words.said("sorry", session.language)
        return reply.say[: text_templates.LONGEST]

    def _begun(self, hotel: Property, text: TextIn, guest: Guest | None) -> Session:
        """The session that has this message, which may be yesterday's, or gets it: the day's first that is not erased.

        Functions that do so at once count through the same ids, and the store begins each of them once.
        """
        now = self._house.clock()
        before, today = hotel.today(now - COMES_AGAIN), hotel.today(now)
        earlier = self._house.store.session(_id(hotel, text, before)) if before != today else None
        if earlier is not None and text.message_sid in (earlier.steps or {}):
            return earlier
        begun = Session(
            session_id=_id(hotel, text, today),
            property_id=hotel.property_id,
            channel=CHANNEL,
            direction="inbound",
            language=guest.language if guest and guest.language else hotel.language,
            call_sid="",
            caller_id=text.from_,
            called=text.to,
            stir="",
            start_time=now,
            status="completed",
            ended_published=True,
        )
        erased = 0
        while True:
            session = self._change(begun, lambda s: s if s.erased_at else _with_step(s, text.message_sid))
            if text.message_sid in (session.steps or {}):
                return session
            erased += 1
            begun = replace(begun, session_id=_id(hotel, text, today, erased))

    def _say_begun(self, session: Session) -> None:
        event = events.of_session(
            session,
            events.CONVERSATION_STARTED,
            writer="twilio",
            n="begun",
            now=session.start_time,
            metadata={**events.metadata(session), "engine": "clerk"},
        )
        self._house.publish_if_possible(event, timeout_s=1.0)

    def _change(self, begun: Session, change: Callable[[Session], Session]) -> Session:
        changed = self._house.store.change_session(begun.session_id, lambda s: change(s or begun))
        assert changed is not None
        return changed

    def _kept(self, session: Session, text: TextIn, say: str) -> TextOut:
        """The answer as a text of the hotel: what becomes of it is kept like that of any other."""
        sending = Text(
            text_id=f"reply_{text.message_sid}",
            property_id=session.property_id,
            session_id=session.session_id,
            created_at=self._house.clock(),
            to=text.from_,
            template="reply",
            body=say,
        )
        kept = self._house.store.change_record(Text, sending.text_id, lambda known: None if known else sending)
        assert kept is not None
        return TextOut(kept.body, reference_of(kept))


def _id(hotel: Property, text: TextIn, day: date, *erased: int) -> str:
    """Of what a number writes to a hotel on a day; `erased`: how many such conversations of that day are."""
    return tokens.session_id_of_call(json.dumps([CHANNEL, hotel.property_id, text.from_, day.isoformat(), *erased]))


def _place(session: Session, text: TextIn) -> tuple[int, str | None]:
    """Which of its session's messages this is, and what it was answered if it has been. Each has one number."""
    step = (session.steps or {})[text.message_sid]
    return int(step["number"]), step["say"]


def _with_step(session: Session, message_sid: str, say: str | None = None) -> Session:
    """With this message's place in the day, once; and with its answer, the first of them."""
    steps = dict(session.steps or {})
    known = steps.get(message_sid, {"number": len(steps) + 1, "say": None})
    said = say if known["say"] is None else known["say"]
    return replace(session, steps={**steps, message_sid: {**known, "say": said}})
