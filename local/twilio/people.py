"""Who is at the other end of a number that gets called: staff, a restaurant, a guest."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from local.twilio.phone import Phone


@dataclass(frozen=True)
class Person:
    """How somebody takes a call. `answers_after_s` None = never; `says` is mu-law, said at once after answering.

    `script` runs after the answer with the phone; it ends with the call (its waits raise CallOver).
    `hangs_up_after_ms` counts from the end of what was said.
    """

    answers_after_s: float | None = 2.0
    busy: bool = False
    says: bytes = b""
    hangs_up_after_ms: int | None = None
    script: Callable[[Phone], Awaitable[None]] | None = None

    async def take(self, phone: Phone) -> None:
        """What the person does from the answer on. Raises CallOver when the call ends meanwhile."""
        phone.say(self.says)
        if self.script is not None:
            await self.script(phone)
        if self.hangs_up_after_ms is not None:
            await phone.spoken()
            await phone.wait(self.hangs_up_after_ms)
            phone.hang_up()
