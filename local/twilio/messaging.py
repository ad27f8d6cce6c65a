"""Texts on their way: who is told what became of one, and what happens when somebody writes to the account.

STOP, START and HELP are Twilio's own: it answers them, remembers them, and tells the application all the same. They
count for the number that was written to, not for the account.
Source: twilio.md 7.4; Twilio's pages "Outbound message status callbacks", "Webhooks for inbound messages", "TwiML
Message: Your Response" (media types), "Twilio support for opt-out keywords"; error pages 11750, 12300, 14103, 21610,
30003.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.twilio.calls import API_VERSION
from local.twilio.errors import CallFailure, Problem
from local.twilio.faults import WebhookFaults
from local.twilio.reading import Reader, response
from local.twilio.texts import DELIVERED_AFTER, LONGEST, SENT_AFTER, TextMessage, Texts
from local.twilio.twiml_message import Answer, answers
from local.twilio.webhooks import Reply

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

UNREACHABLE = "30003"
STOP_WORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
START_WORDS = {"start", "yes", "unstop"}
HELP_WORDS = {"help", "info"}
_ANSWERS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP "
    "to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


@dataclass
class TextLog:
    """What happened around one text: its requests as in a call's timeline, and what the debugger would show."""

    text: TextMessage
    requests: list[dict[str, object]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    replies: list[TextMessage] = field(default_factory=list)

    faults = WebhookFaults()

    def note(self, kind: str, **detail: object) -> None:
        self.requests.append({"kind": kind, **detail})

    def problem(self, problem: Problem) -> None:
        self.problems.append(problem)


class Messaging:
    """`logs` has every text with a story, by its sid."""

    def __init__(self, texts: Texts, exchange: "Exchange") -> None:
        self.logs: dict[str, TextLog] = {}
        self._texts, self._exchange = texts, exchange
        self._tasks: set[asyncio.Task[None]] = set()

    def follow(self, text: TextMessage) -> None:
        """Tell the text's callback of its fate."""
        if text.status_callback:
            self._run(self._tell(text))

    async def receive(self, from_: str, to: str, body: str) -> TextLog:
        number = self._exchange.settings.numbers[to]
        text = self._texts.receive(from_, to, body)
        log = self.logs[text.sid] = TextLog(text)
        keyword = self._keyword(text)
        fields = self._fields(text) | {"NumMedia": "0", "NumSegments": str(text.segments), "SmsStatus": "received"}
        fields["SmsMessageSid"] = text.sid
        if keyword:
            fields["OptOutType"] = keyword
        if not number.sms_url:
            return log
        try:
            reply = await self._exchange.webhooks.instructions(log, number.sms_url, "POST", fields, "sms")
            for answer in _answers(log, reply):
                self._answer(log, answer)
        except CallFailure as failure:
            log.problem(failure.problem)
        return log

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _keyword(self, text: TextMessage) -> str:
        """Obey STOP, START and HELP, and answer them."""
        word = text.body.strip().lower()
        kinds = (("STOP", STOP_WORDS), ("START", START_WORDS), ("HELP", HELP_WORDS))
        kind = next((kind for kind, words in kinds if word in words), "")
        if kind == "START" and (text.to, text.from_) not in self._texts.opted_out:
            return ""
        if kind == "STOP":
            self._texts.opted_out.add((text.to, text.from_))
        elif kind == "START":
            self._texts.opted_out.discard((text.to, text.from_))
        if kind:
            self._texts.send(text.to, text.from_, _ANSWERS[kind], direction="outbound-reply")
        return kind

    def _answer(self, log: TextLog, answer: Answer) -> None:
        if (log.text.to, log.text.from_) in self._texts.opted_out:
            log.problem(Problem(21610, answer.body))
        elif not 0 < len(answer.body) <= LONGEST:
            log.problem(Problem(14103, f"{len(answer.body)} characters"))
        else:
            reply = self._texts.send(
                log.text.to, log.text.from_, answer.body, answer.callback, direction="outbound-reply"
            )
            log.replies.append(reply)
            self.follow(reply)

    async def _tell(self, text: TextMessage) -> None:
        log = self.logs[text.sid] = TextLog(text)
        clock, waited = self._exchange.clock, 0.0
        for after in (SENT_AFTER, DELIVERED_AFTER):
            await clock.sleep(after.total_seconds() - waited)
            waited = after.total_seconds()
            status = text.status(text.created_at + after)
            fields = self._fields(text) | {"MessageStatus": status, "SmsStatus": status}
            if status == "undelivered":
                fields["ErrorCode"] = UNREACHABLE
            purpose = f"text callback: {status}"
            await self._exchange.webhooks.notify(log, text.status_callback, "POST", fields, purpose)

    def _fields(self, text: TextMessage) -> dict[str, str]:
        return {
            "AccountSid": self._exchange.settings.account_sid,
            "ApiVersion": API_VERSION,
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "From": text.from_,
            "To": text.to,
            **({"Body": text.body} if text.direction == "inbound" else {}),
        }

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _answers(log: TextLog, reply: Reply) -> list[Answer]:
    """The messages of the TwiML, or the plain words; what is wrong with them is noted. Raises CallFailure."""
    if not reply.body:
        return []
    if reply.content_type == "text/plain":
        return [Answer(reply.text.strip())]
    if not reply.is_xml:
        raise reply.not_understood()
    read = Reader(reply.url)
    found = answers(read, response(reply.body, reply.url))
    for problem in read.problems:
        log.problem(problem)
    return found
