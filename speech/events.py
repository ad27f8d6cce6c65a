"""What the protocol asks of the shell around it: frozen values, carried out in order."""

from dataclasses import dataclass
from typing import Any

from audio.g711 import Pcm16
from speech.stt import State

Event = dict[str, Any]
"""A server event as it goes on the wire."""


@dataclass(frozen=True)
class Send:
    event: Event


@dataclass(frozen=True)
class Listen:
    """A turn of the caller begins: open an utterance for the item it will become."""

    item_id: str
    rate_hz: int
    state: State


@dataclass(frozen=True)
class Feed:
    item_id: str
    pcm: Pcm16


@dataclass(frozen=True)
class Recognise:
    """The turn is over: report what was said by `Realtime.recognised`."""

    item_id: str


@dataclass(frozen=True)
class Forget:
    """Nobody wants to know what was said."""

    item_id: str


@dataclass(frozen=True)
class Respond:
    """Ask the brain what `Realtime.request` says, and report by `speak`, `write`, `call` and `finish` or `fail`."""

    response_id: str


@dataclass(frozen=True)
class Cease:
    """The response is over by order of the client or the caller: make nothing more of it."""

    response_id: str


@dataclass(frozen=True)
class Close:
    code: int
    reason: str


Output = Send | Listen | Feed | Recognise | Forget | Respond | Cease | Close
