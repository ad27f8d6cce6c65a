"""Parts of the system that are taken away before a call or in it, as a scene wants it, and brought back after it."""

from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from local.callers.scene import KillRelay, Scene, Stop
from local.errors import SetupError
from local.stack import Stack
from local.twilio import Call, CallOver


class Outages:
    """Raises SetupError where the system has no such part."""

    def __init__(self, stack: Stack, scene: Scene, note: Callable[[str], None]) -> None:
        faults = scene.faults
        if faults.stop and (unknown := set(faults.stop.parts) - set(stack.processes)):
            raise SetupError(
                f"The scene {scene.name} stops {', '.join(sorted(unknown))}, which is no part of the system."
            )
        if faults.kill_relay and len(stack.relays) < 2:
            raise SetupError(f"The scene {scene.name} kills a relay and needs a second one.", "Start with --relays 2.")
        self._stack = stack
        self._faults = faults
        self._note = note
        # The others' calls are carried by the first relay, so the one that is killed is the last.
        self.victim = stack.relays[-1] if faults.kill_relay else None
        self._stopped = [stack.processes[name] for name in faults.stop.parts] if faults.stop else []

    async def before(self) -> None:
        """What is away before the call."""
        if self._faults.stop and not self._faults.stop.turn:
            await self._stop_parts()

    def during(self, call: Call) -> Iterator[Coroutine[Any, Any, None]]:
        """What is taken away in it; each waits for its moment."""
        if self._faults.kill_relay:
            yield self._kill_relay(call, self._faults.kill_relay)
        if self._faults.stop and self._faults.stop.turn:
            yield self._stop_in_speech(call, self._faults.stop)

    async def mend(self) -> None:
        """Bring back what was taken away."""
        if self.victim is not None and not self.victim.running:
            await self._stack.restart(self.victim)
        for process in self._stopped:
            if not process.running:
                await self._stack.restart(process)

    async def _into_speech(self, call: Call, fault: KillRelay | Stop) -> bool:
        """Wait for the moment of a fault; False when the call was over before."""
        try:
            await call.phone.answered.wait()
            for turn in range(1, fault.turn + 1):
                await call.phone.agent_speaking()
                if turn < fault.turn:
                    await call.phone.until(lambda: call.phone.quiet_ms > 600)
            await call.phone.wait(fault.after_agent_ms)
        except CallOver:
            return False
        return True

    async def _stop_in_speech(self, call: Call, fault: Stop) -> None:
        if await self._into_speech(call, fault):
            await self._stop_parts()

    async def _stop_parts(self) -> None:
        for process in self._stopped:
            self._note(f"{process.name} is stopped")
            await process.kill()

    async def _kill_relay(self, call: Call, fault: KillRelay) -> None:
        if not await self._into_speech(call, fault):
            return
        assert self.victim is not None
        self._note(f"{self.victim.name} is killed")
        await self.victim.kill()
