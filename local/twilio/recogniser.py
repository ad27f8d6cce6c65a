"""Who hears the words of `<Gather input="speech">`: a port, the adapter that runs a program as a process, and a fake.

The program's wire is that of the speech server's own workers: messages of a kind (1 byte), a length (4 bytes,
big-endian) and a body go in: O with JSON {"state","rate_hz"}, A with PCM16LE, F for the answer. Out come JSON lines:
{"ready":true} once, then for each F an object with "text", which is "" when nothing is to be believed.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from audio import g711

RECOGNITION_PROGRAM = (sys.executable, "-m", "speech.recognizer.worker")
_TIMEOUT_S = 90.0
_RATE_HZ = 8000
_DIGIT_TOKENS = {"$fullphonenum", "$oov_class_digit_sequence", "$oov_class_fullphonenum", "$operand"}
_DATE_TOKENS = {"$month", "$day", "$year"}
_NAME_TOKENS = {"$oov_class_alpha_sequence"}


T = TypeVar("T")


class RecogniserError(Exception):
    """The recognition program is gone, or cannot do its work."""


class Recogniser(Protocol):
    """Turns telephone audio into words."""

    async def prepare(self) -> None:
        """Words will be asked for soon. What goes wrong is told by `recognise`."""
        ...

    async def recognise(self, ulaw: bytes, hints: Sequence[str] = ()) -> str:
        """English, in lower case; "" when nothing was understood. Raises RecogniserError."""
        ...

    async def close(self) -> None: ...


class ScriptedRecogniser:
    """The fake: understands what it was told to, in order, then nothing. `asked` has each audio and its hints."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked: list[tuple[bytes, tuple[str, ...]]] = []

    async def prepare(self) -> None:
        pass

    async def recognise(self, ulaw: bytes, hints: Sequence[str] = ()) -> str:
        self.asked.append((ulaw, tuple(hints)))
        return self.texts.pop(0) if self.texts else ""

    async def close(self) -> None:
        pass


class ProcessRecogniser:
    """The adapter. The program is started at the first word and again when it died; one utterance at a time."""

    def __init__(self, command: Sequence[str] = RECOGNITION_PROGRAM) -> None:
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()

    async def prepare(self) -> None:
        """The program takes some seconds to start."""
        with contextlib.suppress(RecogniserError):
            await self._ask(self._started)

    async def recognise(self, ulaw: bytes, hints: Sequence[str] = ()) -> str:
        return await self._ask(lambda: self._recognise(ulaw, expected(hints)))

    async def _ask(self, work: Callable[[], Awaitable[T]]) -> T:
        async with self._lock:
            try:
                async with asyncio.timeout(_TIMEOUT_S):
                    return await work()
            except (OSError, EOFError, ValueError, KeyError, TimeoutError) as error:
                await self._stop()
                raise RecogniserError(f"the recognition program failed: {error!r}") from error
            except asyncio.CancelledError:
                # The answer to what nobody waits for is still to come: this program cannot be asked again.
                await asyncio.shield(self._stop())
                raise

    async def close(self) -> None:
        async with self._lock:
            await self._stop()

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
            )
            await self._answer(self._process)
        return self._process

    async def _recognise(self, ulaw: bytes, state: str) -> str:
        process = await self._started()
        assert process.stdin is not None
        about = json.dumps({"state": state, "rate_hz": _RATE_HZ}).encode()
        pcm = g711.decode(ulaw).astype("<i2").tobytes()
        process.stdin.write(_message(b"O", about) + _message(b"A", pcm) + _message(b"F"))
        await process.stdin.drain()
        return str((await self._answer(process))["text"])

    async def _answer(self, process: asyncio.subprocess.Process) -> dict[str, object]:
        assert process.stdout is not None
        line = await process.stdout.readline()
        if not line:
            raise EOFError("it has ended")
        answer = json.loads(line)
        if not isinstance(answer, dict):
            raise ValueError(f"it answered {line!r}")
        return answer

    async def _stop(self) -> None:
        """At once: the program keeps nothing that a kinder end would save."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        if process.stdout is not None:
            await process.stdout.read()  # to its end: otherwise the pipe stays open behind us
        await process.wait()


def expected(hints: Sequence[str]) -> str:
    """What kind of answer the hints let expect: one of the program's states.

    Twilio's class tokens say it for digits and dates; hints that are nothing but ways of saying yes and no mean that.
    """
    words = {word for hint in hints for word in hint.lower().split()}
    if words & _DIGIT_TOKENS:
        return "digits"
    if words & _DATE_TOKENS:
        return "dates"
    if words & _NAME_TOKENS:
        return "name"
    if {"yes", "no"} <= {hint.lower() for hint in hints} and len(hints) <= 12:
        return "yes_no"
    if words & {"guest", "guests", "adult", "adults", "children"} and len(hints) <= 12:
        return "guests"
    return "open"


def _message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + len(body).to_bytes(4, "big") + body
