"""An open WebSocket behind a small interface, over picows on uvloop. `connections` makes them.

Messages arrive by callback and are sent without waiting: no task per socket, no queue per direction. A peer that
reads too slowly is cut off once `BACKLOG_BYTES` lie unsent, one that never answers a close is cut off after
`CLOSE_WAIT_S`.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Protocol

import picows
from picows import WSCloseCode

BACKLOG_BYTES = 1 << 20
CLOSE_WAIT_S = 1.0

# The code of a connection that ended without a close frame. Source: RFC 6455, section 7.4.1.
NO_CLOSE_FRAME = 1006

_TEXT, _BINARY = picows.WSMsgType.TEXT, picows.WSMsgType.BINARY
# The same as they stand in a frame. Source: RFC 6455, section 5.2.
_TEXT_OPCODE, _BINARY_OPCODE = 1, 2


class ShortWay:
    """What an open socket may be given, to be asked before its listener: for messages of which there are very many."""

    def takes(self, message: bytes) -> bool:
        """Deal with this text message, or leave it to the listener (False)."""
        raise NotImplementedError


class Listener(Protocol):
    """Who owns a socket. `data` is valid only during the call."""

    def on_open(self, socket: Socket) -> None: ...

    def on_text(self, data: memoryview) -> None: ...

    def on_binary(self, data: memoryview) -> None: ...

    def on_bad_frame(self, kind: str) -> None:
        """An oversized message came; `on_closed` follows."""

    def on_closed(self, code: int, reason: str) -> None:
        """Called exactly once, whoever closed; code 1006 when no close frame came."""


class Socket:
    """One open WebSocket. Not to be used from another thread."""

    def __init__(self, transport: picows.WSTransport) -> None:
        transport.underlying_transport.set_write_buffer_limits(high=BACKLOG_BYTES)
        self._transport = transport
        self.short_way: ShortWay | None = None
        self._held: list[bytes] | None = None  # frames that leave together
        self._closing: asyncio.TimerHandle | None = None

    @property
    def is_closing(self) -> bool:
        """Nothing will pass any more, though `on_closed` may not have come yet: TLS' own close takes its time."""
        transport = self._transport
        return bool(transport.is_close_frame_sent or transport.underlying_transport.is_closing())

    def send(self, message: bytes) -> None:
        """Send one text message (UTF-8). Messages after a close, or to a peer that has gone, are dropped."""
        if self._held is None:
            self._transport.send(_TEXT, message)
        else:
            self._held.append(_frame(_TEXT_OPCODE, message))

    def send_binary(self, message: bytes) -> None:
        """Send one binary message; otherwise as `send`."""
        if self._held is None:
            self._transport.send(_BINARY, message)
        else:
            self._held.append(_frame(_BINARY_OPCODE, message))

    def hold(self) -> None:
        """What is sent from now on leaves with `release`, in one write: each costs as much as ten messages made.

        Only the server's side can do so: a client's frames are masked.
        """
        if not self._transport.is_client_side:
            self._held = []

    def release(self) -> None:
        held, self._held = self._held, None
        if held and not (self._transport.is_close_frame_sent or self._transport.is_disconnected):
            self._transport.underlying_transport.write(b"".join(held))

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Start the closing handshake; the connection is cut if the peer does not answer within `CLOSE_WAIT_S`."""
        if self._closing is not None or self._transport.is_disconnected:
            return
        if self._held is not None:
            self.release()
        # picows passes any number on; its stub knows only the registered ones.
        self._transport.send_close(WSCloseCode(code), reason.encode()[:100])
        self._closing = asyncio.get_running_loop().call_later(CLOSE_WAIT_S, self.abort)

    def leave(self) -> None:
        """The handshake is over: end the connection, with `CLOSE_WAIT_S` for what is unsent and for TLS' own close."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().call_later(CLOSE_WAIT_S, self.abort)
        self._transport.disconnect()

    def abort(self) -> None:
        self._transport.disconnect(graceful=False)

    def closed(self) -> None:
        if self._closing is not None:
            self._closing.cancel()


def _frame(opcode: int, message: bytes) -> bytes:
    """One whole message as a server sends it. Source: RFC 6455, section 5.2."""
    size = len(message)
    if size < 126:
        return struct.pack("!BB", 0x80 | opcode, size) + message
    if size < 1 << 16:
        return struct.pack("!BBH", 0x80 | opcode, 126, size) + message
    return struct.pack("!BBQ", 0x80 | opcode, 127, size) + message


class Adapter(picows.WSListener):  # type: ignore[misc,unused-ignore]  # a compiled class
    """picows' callbacks to ours: joins fragments within the size cap, answers the closing handshake."""

    def __init__(self, listener: Listener, max_message_bytes: int) -> None:
        self._listener: Listener | None = listener
        self._max_message_bytes = max_message_bytes
        self._socket: Socket | None = None
        self._fragments: bytearray | None = None
        self._is_binary = False  # what the fragments are of

    def abandon(self) -> None:
        """Nobody waits for this connection any more: hang up should it open after all."""
        self._listener = None

    @property
    def has_opened(self) -> bool:
        return self._socket is not None

    @property
    def socket(self) -> Socket:
        assert self._socket is not None
        return self._socket

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        if self._listener is None:
            transport.disconnect(graceful=False)
            return
        self._socket = Socket(transport)
        self._listener.on_open(self._socket)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        listener, kind = self._listener, frame.msg_type
        if kind == _TEXT and frame.fin and listener is not None and not transport.is_close_frame_sent:
            way = self._socket.short_way if self._socket is not None else None
            if way is None or not way.takes(frame.get_payload_as_bytes()):
                listener.on_text(frame.get_payload_as_memoryview())
        elif kind == picows.WSMsgType.CLOSE:
            if not transport.is_close_frame_sent:
                code = frame.get_close_code()
                transport.send_close(code if code else WSCloseCode.OK)
            if self._socket is not None:
                self._socket.leave()
        elif listener is None or transport.is_close_frame_sent or kind == picows.WSMsgType.PONG:
            pass
        elif kind == _BINARY and frame.fin:
            listener.on_binary(frame.get_payload_as_memoryview())
        else:
            self._join(transport, frame)

    def pause_writing(self) -> None:
        """More than `BACKLOG_BYTES` lie unsent."""
        if self._socket is not None:
            self._socket.abort()

    def resume_writing(self) -> None:
        pass

    def _join(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type in (_TEXT, _BINARY):
            self._fragments, self._is_binary = bytearray(), frame.msg_type == _BINARY
        if self._fragments is None:  # the rest of a message that never began
            return
        if len(self._fragments) + frame.payload_size > self._max_message_bytes:
            raise picows.WSProtocolError(WSCloseCode.MESSAGE_TOO_BIG, "message too big")
        self._fragments += frame.get_payload_as_memoryview()
        if frame.fin:
            message, self._fragments = self._fragments, None
            assert self._listener is not None
            (self._listener.on_binary if self._is_binary else self._listener.on_text)(memoryview(message))

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        if self._socket is not None:
            self._socket.closed()
        listener, self._listener = self._listener, None
        if listener is None or self._socket is None:
            return
        handshake = transport.close_handshake
        sent = handshake.sent if handshake else None
        received = handshake.recv if handshake else None
        if sent is not None and sent.code == WSCloseCode.MESSAGE_TOO_BIG:
            listener.on_bad_frame("too_big")
        if received is None:
            listener.on_closed(NO_CLOSE_FRAME, "")
        else:
            listener.on_closed(int(received.code) or 1005, received.reason or "")  # type: ignore[call-overload]
