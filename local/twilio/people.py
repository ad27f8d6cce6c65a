"""Who is at the other end of a number that gets called: staff, a restaurant, a guest. Twilio knows nothing of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from local.twilio.lines import QUIET_FRAME, tone
from local.twilio.phone import Phone

_BEFORE_BEEP_FRAMES = 25
_BEEP_HZ, _BEEP_MS = 1000, 500
_TAPE_MS = 60_000


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

    @classmethod
    def machine(cls, greeting: bytes, *, answers_after_s: float = 2.0, beeps: bool = True) -> "Person":
        """An answering machine: its greeting, a beep, and then it listens for as long as its tape lasts."""
        return cls(
            answers_after_s=answers_after_s,
            says=greeting + (QUIET_FRAME * _BEFORE_BEEP_FRAMES + tone(_BEEP_HZ, _BEEP_MS) if beeps else b""),
            hangs_up_after_ms=_TAPE_MS,
        )

    async def take(self, phone: Phone) -> None:
        """What the person does from the answer on. Raises CallOver when the call ends meanwhile."""
        phone.say(self.says)
        if self.script is not None:
            await self.script(phone)
        if self.hangs_up_after_ms is not None:
            await phone.spoken()
            await phone.wait(self.hangs_up_after_ms)
            phone.hang_up()
