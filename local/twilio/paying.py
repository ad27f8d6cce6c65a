"""`<Pay>`: asks for a card by keys, step by step, and has a connector charge or keep it.

The digits are in no timeline and no request: `action` gets a token, or a confirmation, and the last four of them;
`statusCallback` hears of every step that is asked, and of the result.
Source: twilio.md 4.8; Twilio's page on the verb: the star key ends it at any moment, each step is asked `maxAttempts`
times, the order of the steps, values of Result, parameters of both callbacks.
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from local.twilio.calls import HungUp, Interrupted, Source
from local.twilio.cards import Card, Connector, card_type, is_expired, masked
from local.twilio.ear import Listening
from local.twilio.errors import Problem
from local.twilio.gather import play_prompts
from local.twilio.lines import Silence
from local.twilio.verbs import Pay, Prompt, Say, Sound

if TYPE_CHECKING:
    from local.twilio.executor import Executor

_WORDS = {
    "payment-card-number": "Please enter your credit card number, then press pound.",
    "expiration-date": "Please enter the expiration date: two digits for the month and two for the year.",
    "security-code": "Please enter the security code of your card.",
    "postal-code": "Please enter the postal code of your billing address, then press pound.",
    "payment-processing": "Please wait while your payment is processed.",
}
_ERROR_WORDS = "That was not valid."


@dataclass
class _Failed(Exception):
    """`result` is the Result that `action` is told, `fields` what else."""

    result: str
    fields: dict[str, str] = field(default_factory=dict)


async def pay(executor: "Executor", verb: Pay) -> Source:
    """Carry out the verb; the `action` request. Raises Interrupted."""
    executor.answer()
    call = executor.call
    paying = _Paying(executor, verb)
    call.keys_are_secret = True
    try:
        fields = await paying.run()
    except _Failed as failed:
        fields = {"Result": failed.result, **failed.fields}
    except Interrupted:
        if isinstance(call.interruption.result(), HungUp):
            action = Source(verb.action, "POST", {"Result": "caller-hung-up"})
            executor.last_requests.append((action, "pay action"))
        raise
    finally:
        call.keys_are_secret = False
        call.phone.line = Silence()
    call.note("pay", state=fields["Result"])
    paying.tell(fields)
    return Source(verb.action, "POST", fields)


class _Paying:
    def __init__(self, executor: "Executor", verb: Pay) -> None:
        self._executor, self._verb = executor, verb
        self._call, self._exchange = executor.call, executor.exchange
        self._card_type = ""
        self._captured: dict[str, str] = {}
        """What the status callback is told of the card by now."""

    def tell(self, news: dict[str, str]) -> None:
        """The status callback, of a step or of the result."""
        if not self._verb.status_callback:
            return
        whose = {"AccountSid": self._call.account_sid, "CallSid": self._call.sid}
        fields = {**whose, **self._captured, **news}
        url, method = self._verb.status_callback, self._verb.status_callback_method
        work = self._exchange.webhooks.notify(self._call, url, method, fields, "pay status")
        self._exchange.spawn(self._call, work)

    async def run(self) -> dict[str, str]:
        """The fields of the `action`. Raises _Failed and Interrupted."""
        verb, connector = self._verb, self._connector()
        number = await self._ask("payment-card-number", 0, self._number_error)
        self._card_type = card_type(number)
        self._captured |= {"PaymentCardNumber": masked(number), "PaymentCardType": self._card_type}
        expiration = await self._ask("expiration-date", 4, self._date_error)
        self._captured["ExpirationDate"] = expiration
        length = 4 if self._card_type == "amex" else 3
        code = ""
        if verb.security_code:
            code = await self._ask(
                "security-code", length, lambda keys: "" if len(keys) == length else "invalid-security-code"
            )
            self._captured["SecurityCode"] = "x" * len(code)
        postal_code = verb.postal_code if verb.postal_code not in ("true", "false") else ""
        if verb.postal_code == "true":
            postal_code = await self._ask("postal-code", 0, lambda key: "" if len(key) >= 3 else "invalid-postal-code")
        if postal_code:
            self._captured["PaymentCardPostalCode"] = postal_code
        card = Card(number, self._card_type, expiration, code, postal_code)
        self.tell({"For": "payment-processing"})
        await self._play(self._prompts("payment-processing", 1, ""))
        paid = await self._executor.race_work(connector.pay(card, verb.charge_cents, verb.currency, verb.description))
        fields = {
            "Result": "payment-connector-error" if paid.error else "success",
            "PaymentMethod": "credit-card",
            **self._captured,
        }
        told = {
            "PaymentToken": paid.token,
            "ProfileId": paid.profile,
            "PaymentConfirmationCode": paid.confirmation,
            "PaymentError": paid.error,
            "ConnectorError": paid.error,
            "PayErrorCode": str(paid.code or ""),
        }
        if paid.code:
            self._call.problem(Problem(paid.code, card.masked))
        return fields | {name: value for name, value in told.items() if value}

    def _connector(self) -> Connector:
        """Raises _Failed for what the verb or the connector cannot do."""
        verb = self._verb
        if verb.invalid is not None:
            raise _Failed("validation-error", _error(verb.invalid))
        connector = self._exchange.connectors.get(verb.connector)
        if connector is None:
            raise self._refused(Problem(64004, f"paymentConnector={verb.connector!r}"))
        if verb.charge_cents and verb.currency not in connector.currencies:
            raise self._refused(Problem(64011, f"currency={verb.currency!r}"))
        return connector

    def _refused(self, problem: Problem) -> _Failed:
        self._call.problem(problem)
        return _Failed("validation-error", _error(problem))

    async def _ask(self, step: str, num_digits: int, error_of: Callable[[str], str]) -> str:
        """The digits of one step. Raises _Failed when too many attempts were wrong, or the star key was pressed."""
        error = ""
        for attempt in range(1, self._verb.max_attempts + 1):
            self._call.note("pay", state="asking", step=step, attempt=attempt, error=error)
            self.tell({"For": step, "Attempt": str(attempt), **({"ErrorType": _error_type(error)} if error else {})})
            listening = Listening(
                keys=True, speech=False, timeout_s=self._verb.timeout_s, num_digits=num_digits, stop_key="*"
            )
            keys = await self._listen(listening, self._prompts(step, attempt, error))
            error = "timeout" if not keys else error_of(keys)
            if not error:
                return keys
        self._call.note("pay", state="refused", step=step, attempt=self._verb.max_attempts, error=error)
        raise _Failed("too-many-failed-attempts", {"PaymentError": _error_type(error)})

    async def _listen(self, listening: Listening, sounds: tuple[Sound, ...]) -> str:
        self._note(sounds)
        self._call.phone.line = listening.ear
        prompting = asyncio.create_task(play_prompts(self._executor, sounds, listening), name="pay prompts")
        try:
            await self._executor.race_any({prompting, listening.done})
            if prompting.done():
                prompting.result()
            reason = await self._executor.race(listening.done)
        finally:
            prompting.cancel()
            await asyncio.gather(prompting, return_exceptions=True)
            self._call.phone.line = Silence()
        if reason == "stopped":
            raise _Failed("caller-interrupted-with-star")
        return listening.digits

    async def _play(self, sounds: tuple[Sound, ...]) -> None:
        self._note(sounds)
        listening = Listening(keys=False, speech=False, timeout_s=1)
        self._call.phone.line = listening.ear
        await play_prompts(self._executor, sounds, listening)

    def _note(self, sounds: tuple[Sound, ...]) -> None:
        for sound in sounds:
            self._call.note("verb", verb=type(sound).__name__, **asdict(sound))

    def _prompts(self, step: str, attempt: int, error: str) -> tuple[Sound, ...]:
        """The prompt that fits best is the one that says most about when it is meant; without any, Twilio's own."""

        def fits(prompt: Prompt) -> bool:
            return (
                step in (prompt.steps or (step,))
                and attempt in (prompt.attempts or (attempt,))
                and (not prompt.error_types or error in prompt.error_types)
                and (not prompt.card_types or self._card_type in prompt.card_types)
            )

        fitting = [prompt for prompt in self._verb.prompts if fits(prompt) and prompt.sounds]
        if fitting:
            best = max(fitting, key=lambda p: sum(map(bool, (p.steps, p.attempts, p.error_types, p.card_types))))
            return best.sounds
        words = f"{_ERROR_WORDS} {_WORDS[step]}" if error else _WORDS[step]
        return (Say(words, language=self._verb.language),)

    def _number_error(self, keys: str) -> str:
        kind = card_type(keys)
        if not kind:
            return "invalid-card-number"
        return "" if kind in self._verb.card_types else "invalid-card-type"

    def _date_error(self, keys: str) -> str:
        now = self._exchange.clock.utc()
        return "invalid-date" if is_expired(keys, now.year, now.month) else ""


def _error(problem: Problem) -> dict[str, str]:
    return {"PaymentError": problem.detail, "PayErrorCode": str(problem.code)}


def _error_type(error: str) -> str:
    """What a prompt's errorType is called in requests."""
    return "input-timeout" if error == "timeout" else error
