"""Turn by turn: what Twilio heard of the guest goes to the clerk in `tools`, and its words are said by Twilio's voice.

Turns are counted as with an engine: the guest's has the number in the URL, the answer's is the one after it. Nothing of
what is keyed or said is logged here.
"""

from __future__ import annotations

import logging
import re
from functools import cached_property

from flask import Request, Response

from nightdesk import calls, cards, edge, phone_words, tokens, twiml, twiml_keys
from nightdesk.conversation import Session
from nightdesk.edge import Route
from nightdesk.hotel.model import Property
from nightdesk.steps import NOTHING
from nightdesk.targets import twilio_rungs
from nightdesk.targets.twilio_calls import PhoneCalls
from nightdesk.targets.twilio_form import attempt_of, call_sid_of, is_over, number
from nightdesk.then import Then
from nightdesk.tools_client import Clerk, Reply, StaleAttempt, ToolsClient, ToolsUnavailable
from nightdesk.twiml_keys import Line

log = logging.getLogger(__name__)

_MOST_KEYS, _MOST_CHARACTERS = 32, 4000
"""Of one turn, as `tools` takes it: whoever leans on the keys or reads out a letter does not lose the clerk by it."""


def routes(phone_calls: PhoneCalls) -> list[Route]:
    return [Route("POST", "/voice/twilio/gather", Gathering(phone_calls).gather, spoken=True)]


class Gathering:
    def __init__(self, phone_calls: PhoneCalls) -> None:
        self._calls, self._house = phone_calls, phone_calls.house

    @cached_property
    def _clerk(self) -> Clerk:
        """On first use, after gunicorn's fork."""
        return ToolsClient(self._house.settings)

    def gather(self, request: Request) -> Response:
        """Source: TwiML Gather, action: Digits, SpeechResult, or neither; and the Redirect behind it."""
        call_sid = call_sid_of(request)
        if is_over(request):
            return edge.twiml(twiml.nothing())
        session = self._house.store.session(tokens.session_id_of_call(call_sid)) or self._calls.begun(request, call_sid)
        attempt, turn = attempt_of(request, session), number(request.args.get("turn"))
        keys = re.sub(r"[^0-9*#]", "", request.form.get("Digits", ""))[:_MOST_KEYS]
        text = cards.masked(request.form.get("SpeechResult", "").strip())[:_MOST_CHARACTERS]
        silent = 0 if keys or text or turn == 0 else number(request.args.get("silent")) + 1
        heard = "keys" if keys else "words" if text else "nothing"
        log.info("< gather", extra={"fields": {"attempt": attempt, "turn": turn, "heard": heard}})
        if calls.is_over(session, attempt):
            return self._over(call_sid, attempt)
        if keys == "0":
            return self._over(call_sid, attempt, Then("transfer", to="front_desk", reason="key"))
        if silent >= twilio_rungs.MOST_SILENT:
            return self._over(call_sid, attempt, Then("transfer", to="front_desk", reason="no_progress"))
        try:
            reply = self._clerk.reply(session.session_id, attempt, turn, text, keys)
        except StaleAttempt:
            return self._over(call_sid, attempt)
        except ToolsUnavailable as error:
            log.error("! turn by turn: %s", error)
            return self._keys_alone(request, call_sid, attempt)
        return self._say(self._calls.hotel_of(session), reply, attempt, turn, silent)

    def _say(self, hotel: Property, reply: Reply, attempt: int, turn: int, silent: int) -> Response:
        origin, locale = self._house.settings.webhook_origin, phone_words.locale(hotel, reply.language)
        lines = [Line(reply.say, locale)]
        if reply.ends:
            url = f"{origin}/voice/twilio/stream-ended?attempt={attempt}"
            return edge.twiml(twiml_keys.said_and_next(lines, url))
        url = twilio_rungs.gather_url(origin, attempt, turn + 2, silent)
        return edge.twiml(twiml_keys.turn(lines, url, locale, phone_words.hints(reply.expect, reply.language)))

    def _over(self, call_sid: str, attempt: int, then: Then | None = None) -> Response:
        """The conversation of this attempt ends; what follows is decided, and kept, as at the end of a stream."""
        return self._calls.end(call_sid, attempt, then)

    def _keys_alone(self, request: Request, call_sid: str, attempt: int) -> Response:
        step = NOTHING

        def change(session: Session | None) -> Session:
            nonlocal step
            session, step = calls.without_clerk(session or self._calls.begun(request, call_sid), attempt)
            return session

        return self._calls.carry_out(self._calls.change(call_sid, change), step)
