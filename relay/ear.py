"""The way of the caller's audio to the engine that listens."""

from __future__ import annotations

from collections.abc import Callable

from relay.dialects import Codec
from relay.sockets import Socket


class Ear:
    """Deaf while no engine listens."""

    def __init__(self) -> None:
        self._socket: Socket | None = None
        self._before = self._after = b""
        self._convert: Callable[[bytes], bytes] | None = None

    def is_of(self, socket: Socket, codec: Codec) -> None:
        """This engine listens from now on."""
        self._socket, self._convert = socket, codec.convert
        self._before, self._after = codec.append

    def is_gone(self) -> None:
        self._socket = self._convert = None

    def hear(self, payload: bytes) -> None:
        """The caller's audio, in base64."""
        if self._socket is not None:
            if self._convert is not None:
                payload = self._convert(payload)
            self._socket.send(self._before + payload + self._after)
