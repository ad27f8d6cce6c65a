"""Text messages: what becomes of ours, and the ones that guests send. What answers them is loaded by the first of them.

A text is answered with a text or with silence. A failure is a plain error, so that Twilio asks again where the number's
URL says so (`#rc=2&rp=5xx`).
"""

from __future__ import annotations

import logging
import re
from functools import cached_property
from typing import TYPE_CHECKING

from flask import Request, Response

from nightdesk import cards, edge, phones
from nightdesk.edge import Route
from nightdesk.errors import BadRequest
from nightdesk.targets.twilio_calls import PhoneCalls

if TYPE_CHECKING:
    from nightdesk.text_desk import TextDesk

log = logging.getLogger(__name__)

STATUS_PATH = "/voice/twilio/message-status"
_MESSAGE_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
_OPTED_OUT = "21610"


def routes(phone_calls: PhoneCalls) -> list[Route]:
    texts = TextWebhooks(phone_calls)
    return [Route("POST", "/voice/twilio/sms", texts.sms), Route("POST", STATUS_PATH, texts.status)]


class TextWebhooks:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._house = phone_calls.house

    @cached_property
    def _desk(self) -> TextDesk:
        from nightdesk.text_desk import TextDesk

        return TextDesk(self._house)

    def sms(self, request: Request) -> Response:
        """A guest writes. Source: Twilio, incoming message request; it may come twice."""
        from nightdesk import twiml_texts
        from nightdesk.text_desk import TextIn

        message_sid, from_ = _message_sid(request), phones.caller(request.form.get("From", ""))
        hotel = self._house.properties.by_number(request.form.get("To", ""))
        if hotel is None or not from_:
            log.warning("! text to nobody, or from no telephone number")
            return edge.twiml(twiml_texts.silence())
        body = cards.masked(request.form.get("Body", ""))
        text = TextIn(message_sid, from_, request.form["To"], body, request.form.get("OptOutType", ""))
        log.info("< twilio sms", extra={"fields": {"property_id": hotel.property_id}})
        answer = self._desk.answer(hotel, text)
        log.info("= text answered" if answer else "= text left unanswered")
        if answer is None:
            return edge.twiml(twiml_texts.silence())
        url = f"{self._house.settings.webhook_origin}{STATUS_PATH}?text={answer.reference}"
        return edge.twiml(twiml_texts.message(answer.body, url))

    def status(self, request: Request) -> Response:
        """What becomes of a text of ours. Order is not promised, and repetitions are possible: see texts.told."""
        from nightdesk import texts

        status, code = request.form.get("MessageStatus", ""), request.form.get("ErrorCode", "")
        text = texts.told(self._house.store, request.args.get("text", ""), _message_sid(request), status, code)
        if text is not None and text.to and code == _OPTED_OUT:
            now = self._house.clock()
            from nightdesk import guests

            guests.consent(self._house.store, text.property_id, text.to, now, may_text=False)
        log.info("< twilio message status", extra={"fields": {"status": status, "error_code": code}})
        return Response(status=204)


def _message_sid(request: Request) -> str:
    """Raises: BadRequest when it is no MessageSid."""
    message_sid: str = request.form.get("MessageSid", "")
    if not _MESSAGE_SID.fullmatch(message_sid):
        raise BadRequest("bad_message_sid", f"MessageSid must be SM or MM and 32 hex digits, not {message_sid!r}")
    return message_sid
