"""Acts a scene's steps out on a telephone: speaks, waits, interrupts, presses keys, hangs up.

It knows the call by ear alone, as a guest does. What the guest did, and when, is told through `observe`.
"""

from collections.abc import Callable, Mapping

from local.callers.script import HangUp, Interrupt, Keys, Noise, Say, Scene, Silence, Step, WaitForAgent
from local.sound import noise
from local.twilio import CallOver, Phone

LAST_WAIT_S = 30.0
"""How long the guest stays on the line after the last step before giving up on the agent."""

Observe = Callable[[str, dict[str, object]], None]
"""Called with `says`, `repeats`, `interrupts`, `keys`, `noise`, `silent`, `falls_silent`, `hangs_up` or `gives_up`."""


class Actor:
    """`play` returns when the call is over. `complaint` says what did not come within its time, "" if nothing."""

    def __init__(
        self,
        scene: Scene,
        phone: Phone,
        lines: Mapping[str, bytes],
        observe: Observe,
        asked_again: Callable[[], bool] = lambda: False,
    ) -> None:
        """`asked_again` says whether the agent's last words were that it did not understand."""
        self.complaint = ""
        self._asked_again = asked_again
        self._last_line = ""
        self._repeats_left = 0
        self._scene = scene
        self._phone = phone
        self._lines = lines
        self._observe = observe
        self._deaf_until_ms = 0
        """What the agent said before this does not answer the guest's last words."""

    async def play(self) -> None:
        try:
            for number, step in enumerate(self._scene.steps, 1):
                if not await self._act(step):
                    self._give_up(f"step {number}: the agent was not heard in time")
                    return
            if not await self._within(LAST_WAIT_S, lambda: False):
                self._give_up(f"nobody ended the call within {LAST_WAIT_S:.0f} s of the last step")
        except CallOver:
            return

    async def _act(self, step: Step) -> bool:
        """Do one step; False when the agent was waited for in vain. Raises CallOver."""
        phone = self._phone
        match step:
            case WaitForAgent():
                return await self._listen(step)
            case Say(line):
                await self._say("says", line)
            case Interrupt(after_ms, line):
                if not await self._within(WaitForAgent().timeout_s, self._answered):
                    return False
                await phone.wait(after_ms)
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
            case Silence(seconds):
                self._observe("silent", {"seconds": seconds})
                await phone.wait(int(seconds * 1000))
            case HangUp():
                self._observe("hangs_up", {})
                phone.hang_up()
                await phone.ended.wait()
                raise CallOver
        return True

    async def _listen(self, step: WaitForAgent) -> bool:
        """Hear the agent out. Who is asked to say it again does so, as often as the scene allows."""
        while await self._within(step.timeout_s, lambda: self._answered() and self._phone.quiet_ms >= step.quiet_ms):
            if not (self._last_line and self._repeats_left and self._asked_again()):
                return True
            left = self._repeats_left - 1
            await self._say("repeats", self._last_line)
            self._repeats_left = left
        return False

    async def _say(self, kind: str, line: str) -> None:
        self._last_line, self._repeats_left = line, self._scene.repeats
        self._observe(kind, {"text": line})
        self._phone.say(self._lines[line])
        await self._phone.spoken()
        self._deaf_until_ms = self._phone.now_ms
        self._observe("falls_silent", {})

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
