"""`POST /jobs/retention`: what was kept for the days that the hotel's file names goes. The scheduler asks every day.

Recordings are deleted, with what refers to them; conversations are erased, up to the fact that there was one.
"""

from __future__ import annotations

import time

from flask import Request, Response

from nightdesk import retention
from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer
from nightdesk.hotel.model import Property
from nightdesk.hotel.recordings import Recording

MOST_AT_ONCE = 200
ERASING_S = 40.0
"""Below a minute; what is left is for the next round."""
_ALL = 10_000
"""Where Twilio deletes nothing for a month, all calls of it wait; the store gives the newest first."""


def routes(house: House) -> list[Route]:
    def retain(request: Request) -> Response:
        until = time.monotonic() + ERASING_S
        swept = house.recordings.sweep(house.clock(), MOST_AT_ONCE)
        abandoned, erased, waiting, failed = list[str](), 0, 0, list(swept.failed)
        for hotel in house.properties.by_id.values():
            for recording in _unfinished(house, hotel):
                (abandoned if house.recordings.abandon(recording) else failed).append(recording.session_id)
            expired = retention.expire(
                house.store, hotel, house.clock(), house.publisher.publish, lambda: time.monotonic() < until
            )
            erased, waiting, failed = erased + expired.erased, waiting + expired.waiting, [*failed, *expired.failed]
        recordings = {"recordings": swept.recordings, "files": swept.files, "abandoned": abandoned}
        said = {**recordings, "conversations": erased, "waiting": waiting, "failed": failed}
        return answer({"v": 1, "ok": not failed, **said}, 503 if failed else 200)

    return [Route("POST", "/jobs/retention", retain)]


def _unfinished(house: House, hotel: Property) -> list[Recording]:
    """Recordings that never came home, or are at Twilio still, and have had their days.

    First those of which there is a copy of ours, for that can be deleted whatever Twilio says; then the oldest.
    """
    found: list[Recording] = []
    for status in ("to_fetch", "going_on", "starting"):
        found += house.store.records(Recording, property_id=hotel.property_id, status=status, limit=_ALL)
    over = [recording for recording in found if house.recordings.is_over(hotel, recording)]
    return sorted(over, key=lambda recording: (not recording.url, recording.created_at))[:MOST_AT_ONCE]
