"""The relay's recording of a call as one WAV file: it is kept in pieces of 10 s, a file for each side.

The guest is on the left, the agent on the right, one stream of the call after the other. The pieces are fetched one by
one while somebody listens, so that an hour of sound needs no more memory than 10 s of it. A piece that was never stored
is silent on its side.
Source: the relay's tap: `{session_id}/{attempt}-{caller|agent}-{n:05d}.{ulaw|pcm}`; 8 kHz mu-law, or 24 kHz PCM16.
"""

from __future__ import annotations

import logging
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nightdesk.conversation import Session
from nightdesk.hotel.recording_store import RecordingsOutOfReach, RecordingStore

log = logging.getLogger(__name__)

_PIECE = re.compile(r"[^/]+/(?P<attempt>\d+)-(?P<side>caller|agent)-(?P<number>\d+)\.(?P<kind>ulaw|pcm)")
_SIDES = ("caller", "agent")
_PIECE_S = 10


@dataclass(frozen=True)
class _Kind:
    """What a WAV file calls it, how many bytes a sample of one side has, and those of silence."""

    tag: int
    rate_hz: int
    silence: bytes

    @property
    def width(self) -> int:
        return len(self.silence)

    @property
    def piece_bytes(self) -> int:
        """Of one side of a whole piece."""
        return _PIECE_S * self.rate_hz * self.width


_KINDS = {"ulaw": _Kind(7, 8000, b"\xff"), "pcm": _Kind(1, 24_000, b"\0\0")}


def are_left(kept: RecordingStore, session: Session) -> bool:
    """Whether the relay has left any of a call, by its reports. One that was killed reports nothing: there we look."""
    reports = [stream.ended.get("recording") or {} for stream in session.streams if stream.ended is not None]
    if any(report.get("files") or report.get("waiting") for report in reports):
        return True
    if len(reports) == len(session.streams):
        return False
    try:
        return any(_PIECE.fullmatch(name) for name in kept.sizes(session.session_id))
    except RecordingsOutOfReach as error:  # there may be some, where any are kept at all
        log.warning("! recording: %s", error)
        return bool(kept.url(session.session_id))


def wav(kept: RecordingStore, session_id: str) -> Iterator[bytes]:
    """The file, piece by piece. Raises: RecordingsOutOfReach, at once where there is nothing to be heard."""
    sizes = kept.sizes(session_id)
    found = [(match, name) for name in sorted(sizes) if (match := _PIECE.fullmatch(name)) is not None]
    if not found:
        raise RecordingsOutOfReach("there are no pieces of it")
    name_of_kind = found[0][0]["kind"]  # a conversation that went from a screen to the telephone has two
    pieces: dict[tuple[int, int], dict[str, str]] = {}
    for match, name in found:
        if match["kind"] == name_of_kind:
            pieces.setdefault((int(match["attempt"]), int(match["number"])), {})[match["side"]] = name
    kind = _KINDS[name_of_kind]
    ordered = [(piece, _longest(piece, sizes, kind)) for piece in _in_order(pieces)]
    return _parts(kept, kind, ordered, 2 * sum(longest for _, longest in ordered))


def _in_order(pieces: Mapping[tuple[int, int], dict[str, str]]) -> Iterator[dict[str, str]]:
    """Those of each stream by number. One of which neither side was stored is empty: what follows stays in place."""
    lasts = {attempt: number for attempt, number in sorted(pieces)}
    for attempt, last in lasts.items():
        yield from (pieces.get((attempt, number), {}) for number in range(last + 1))


def _parts(kept: RecordingStore, kind: _Kind, pieces: list[tuple[dict[str, str], int]], length: int) -> Iterator[bytes]:
    yield _header(kind, length)
    for piece, longest in pieces:
        left, right = (_side(kept, kind, piece.get(side, ""), longest) for side in _SIDES)
        yield _interleaved(left, right, kind.width)


def _longest(piece: Mapping[str, str], sizes: Mapping[str, int], kind: _Kind) -> int:
    return max((sizes[name] for name in piece.values()), default=kind.piece_bytes)


def _side(kept: RecordingStore, kind: _Kind, name: str, length: int) -> bytes:
    audio = kept.get(name) if name else b""
    return (audio + kind.silence * ((length - len(audio)) // kind.width))[:length]


def _interleaved(left: bytes, right: bytes, width: int) -> bytes:
    both = bytearray(2 * len(left))
    for byte in range(width):
        both[byte :: 2 * width] = left[byte::width]
        both[width + byte :: 2 * width] = right[byte::width]
    return bytes(both)


def _header(kind: _Kind, length: int) -> bytes:
    """Source: RIFF WAVE; a format other than PCM has the size of an extension, which is none."""
    frame = 2 * kind.width
    about = struct.pack("<HHIIHHH", kind.tag, 2, kind.rate_hz, kind.rate_hz * frame, frame, 8 * kind.width, 0)
    riff = 4 + 8 + len(about) + 8 + length
    return (
        b"RIFF"
        + struct.pack("<I", riff)
        + b"WAVEfmt "
        + struct.pack("<I", len(about))
        + about
        + b"data"
        + struct.pack("<I", length)
    )
