"""The music that guests hear who hold: the hotel's own, or ours, in parts of ten seconds (scripts/hold_music.py).

Parts, since a telephone company plays a sound from its beginning to its end: so it lasts as long as the guest is to
wait, and a voice comes in between two of them.
"""

from __future__ import annotations

from pathlib import Path

from nightdesk.hotel.model import Property

PARTS, PART_S = 8, 10
OWN_MOST_S = 90
"""So long is a hotel's own music at most: properties/README.md."""
PATH = "/voice/twilio/hold-music/"
_FOLDER = Path(__file__).parent / "sounds"


def for_hold(origin: str, hotel: Property, seconds: int) -> list[str]:
    """URLs of what to play to a guest who asked for so many seconds. `origin` is that of our webhooks."""
    if not seconds:
        return []
    return [hotel.hold_music] if hotel.hold_music else _parts(origin, seconds, 0)


def for_wait(origin: str, hotel: Property, seconds: int, waited_s: int, left_s: int) -> list[str]:
    """The same for who has waited already and may wait so much longer: not a second more, whatever it is they hear."""
    if hotel.hold_music and left_s >= OWN_MOST_S:
        return [hotel.hold_music]
    return _parts(origin, min(seconds, left_s), waited_s)


def _parts(origin: str, seconds: int, played_s: int) -> list[str]:
    first = played_s // PART_S
    return [f"{origin}{PATH}{(first + n) % PARTS + 1}.wav" for n in range(max(1, seconds // PART_S))]


def sound(part: str) -> bytes | None:
    """The WAV file of a part, "1" to "8"; None where there is none."""
    known = part.isdecimal() and 1 <= int(part) <= PARTS
    return (_FOLDER / f"hold-music-{int(part)}.wav").read_bytes() if known else None
