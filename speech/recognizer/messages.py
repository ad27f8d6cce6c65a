"""What a recogniser's parent writes to a worker process: a kind (1 byte), a length (4 bytes, big-endian), a body.

OPEN carries JSON {"state","rate_hz"}, AUDIO PCM16LE of that rate; FINISH asks for the answer, CANCEL wants none. The
worker writes JSON lines: {"ready":true} once, then for each FINISH the fields of `speech.stt.Heard`.
"""

from typing import BinaryIO

OPEN, AUDIO, FINISH, CANCEL = b"O", b"A", b"F", b"C"
_HEADER_BYTES = 5


def message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + len(body).to_bytes(_HEADER_BYTES - 1, "big") + body


def receive(source: BinaryIO) -> tuple[bytes, bytes] | None:
    """The next message's kind and body; None when the input has ended."""
    header = source.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        return None
    length = int.from_bytes(header[1:], "big")
    body = source.read(length)
    return (header[:1], body) if len(body) == length else None
