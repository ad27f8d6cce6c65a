"""Acts a scene's steps out on a telephone: speaks, waits, interrupts, presses keys, hangs up.

It knows the call by ear alone, as a guest does. What the guest did, and when, is told through `observe`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from local.callers.steps import (
    QUIET_MS,
    Amid,
    HangUp,
    Hear,
    Interrupt,
    Keys,
    Noise,
    Say,
    Silence,
    Step,
    Text,
    Texted,
    WaitForAgent,
)
from local.sound import noise
from local.twilio import CallOver, Phone

LAST_WAIT_S = 30.0
"""How long the guest stays on the line after the last step before giving up on the agent."""

Observe = Callable[[str, dict[str, object]], None]
"""Called with `says`, `repeats`, `interrupts`, `keys`, `noise`, `silent`, `falls_silent`, `texts`, `hangs_up` or
`gives_up`."""
_SPOKEN_AFTER_MS = 1500
"""Words are known of when they are about to be spoken, or when they have been: so long their sound is waited for."""


async def _no_texts(body: str) -> None:
    raise AssertionError("nobody takes texts here")


@dataclass(frozen=True)
class Surroundings:
    """What is known of a call beside its sound.

    `asked_again`: were the agent's last words that it did not understand? `said`: all that was spoken to this phone so
    far, in words; `said_to` to another's; `texts` the bodies that were sent to it; `text` sends one from it.
    """

    asked_again: Callable[[], bool] = lambda: False
    said: Callable[[], Sequence[str]] = tuple
    texts: Callable[[], Sequence[str]] = tuple
    text: Callable[[str], Awaitable[object]] = _no_texts
    said_to: Callable[[str], Sequence[str]] = lambda number: ()


class Actor:
    """`play` returns when the call is over. `complaint` says what did not come within its time, "" if nothing."""

    def __init__(
        self,
        steps: Sequence[Step],
        phone: Phone,
        lines: Mapping[str, bytes],
        observe: Observe,
        surroundings: Surroundings = Surroundings(),
        repeats: int = 0,
    ) -> None:
        """`repeats` is how often a line is said again when the agent asks."""
        self.complaint = ""
        self._surroundings = surroundings
        self._repeats = repeats
        self._words_heard = 0
        self._last_line = ""
        self._repeats_left = 0
        self._steps = steps
        self._phone = phone
        self._lines = lines
        self._observe = observe
        self._deaf_until_ms = 0
        """What the agent said before this does not answer the guest's last words."""

    async def play(self) -> None:
        try:
            if await self.act() and not await self._within(LAST_WAIT_S, lambda: False):
                self._give_up(f"nobody ended the call within {LAST_WAIT_S:.0f} s of the last step")
        except CallOver:
            return

    async def act(self) -> bool:
        """The steps alone; False when one waited in vain, which ends the call. Raises CallOver."""
        for number, step in enumerate(self._steps, 1):
            if not await self._act(step):
                self._give_up(f"step {number}: {_in_vain(step)}")
                return False
        return True

    async def _act(self, step: Step) -> bool:
        """Do one step; False when the agent was waited for in vain. Raises CallOver."""
        phone = self._phone
        match step:
            case WaitForAgent():
                return await self._listen(step)
            case Say(line):
                await self._say("says", line)
            case Interrupt(after_ms, line):
                if not await self._into_speech(after_ms):
                    return False
                await self._say("interrupts", line)
            case Keys(keys):
                self._observe("keys", {"count": len(keys)})
                self._last_line = ""
                phone.press(keys)
                await phone.spoken()
                self._deaf_until_ms = phone.now_ms
            case Noise(seconds, level_db):
                self._observe("noise", {"seconds": seconds, "level_db": level_db})
                phone.say(noise(seconds, level_db))
                await phone.spoken()
                self._deaf_until_ms = phone.now_ms
            case Hear(words, timeout_s):
                return await self._hear(words, timeout_s)
            case Amid(words, "", timeout_s):
                return await self._begins(words, timeout_s)
            case Amid(words, at, timeout_s):
                said_to = self._surroundings.said_to
                return await self._within(timeout_s, lambda: any(words in said.lower() for said in said_to(at)))
            case Text(body):
                self._observe("texts", {"text": body})
                await self._surroundings.text(body)
            case Texted(part, timeout_s):
                texts = self._surroundings.texts
                return await self._within(timeout_s, lambda: any(part in text.lower() for text in texts()))
            case Silence(seconds):
                self._observe("silent", {"seconds": seconds})
                await phone.wait(int(seconds * 1000))
            case HangUp(after_ms):
                if after_ms is not None and not await self._into_speech(after_ms):
                    return False
                self._observe("hangs_up", {})
                phone.hang_up()
                await phone.ended.wait()
                raise CallOver
        return True

    async def _listen(self, step: WaitForAgent) -> bool:
        """Hear the agent out. Who is asked to say it again does so, as often as the scene allows."""
        while await self._within(step.timeout_s, lambda: self._answered() and self._phone.quiet_ms >= step.quiet_ms):
            if not (self._last_line and self._repeats_left and self._surroundings.asked_again()):
                return True
            await self._say_again()
        return False

    async def _into_speech(self, after_ms: int) -> bool:
        """So far into what the agent says next; False when it says nothing."""
        if not await self._within(WaitForAgent().timeout_s, self._answered):
            return False
        await self._phone.wait(after_ms)
        return True

    async def _begins(self, words: str, timeout_s: float) -> bool:
        """Until the words are being spoken, after those that were waited for before. Who is asked again says it."""
        found, asked = -1, False

        def spoken() -> bool:
            nonlocal found
            said = self._surroundings.said()
            later = range(self._words_heard, len(said))
            found = next((at for at in later if words in said[at].lower()), -1)
            return found >= 0

        def asked_again() -> bool:
            nonlocal asked
            if not asked and self._last_line and self._repeats_left and self._answered():
                asked = self._phone.quiet_ms >= QUIET_MS and self._surroundings.asked_again()
            return asked

        while await self._within(timeout_s, lambda: spoken() or asked_again()):
            if found >= 0:
                self._words_heard = found + 1
                return True
            await self._say_again()
            asked = False
        return False

    async def _hear(self, words: str, timeout_s: float) -> bool:
        """Until the words have been spoken, and it is quiet again."""
        phone = self._phone
        if not await self._begins(words, timeout_s):
            return False
        known_ms = phone.now_ms

        def over() -> bool:
            sounded = phone.now_ms - phone.quiet_ms > known_ms or phone.now_ms - known_ms > _SPOKEN_AFTER_MS
            return sounded and phone.quiet_ms >= QUIET_MS

        return await self._within(timeout_s, over)

    async def _say(self, kind: str, line: str) -> None:
        self._last_line, self._repeats_left = line, self._repeats
        self._observe(kind, {"text": line})
        self._phone.say(self._lines[line])
        await self._phone.spoken()
        self._deaf_until_ms = self._phone.now_ms
        self._observe("falls_silent", {})

    async def _say_again(self) -> None:
        left = self._repeats_left - 1
        await self._say("repeats", self._last_line)
        self._repeats_left = left

    def _answered(self) -> bool:
        """Has the agent spoken since the guest fell silent?"""
        last_voice_ms = self._phone.now_ms - self._phone.quiet_ms
        return last_voice_ms > self._deaf_until_ms

    async def _within(self, seconds: float, condition: Callable[[], bool]) -> bool:
        """Wait for a condition, so long after the agent's last sound; False when it did not come. Raises CallOver."""
        phone, start_ms = self._phone, self._phone.now_ms

        def waited_ms() -> int:
            return min(phone.now_ms - start_ms, phone.quiet_ms)

        await phone.until(lambda: condition() or waited_ms() >= seconds * 1000)
        return condition()

    def _give_up(self, complaint: str) -> None:
        self.complaint = complaint
        self._observe("gives_up", {"complaint": complaint})
        self._phone.hang_up()


def _in_vain(step: Step) -> str:
    match step:
        case Hear(words) | Amid(words, ""):
            return f"{words!r} was not heard in time"
        case Amid(words, at):
            return f"{words!r} was not heard at {at} in time"
        case Texted(part):
            return f"no text with {part!r} came in time"
    return "the agent was not heard in time"
