"""`POST /jobs/recordings`: what could not be fetched from Twilio is fetched. `POST /jobs/retention`: what has been kept
for the days that the hotel's file names is deleted, with what refers to it.
"""

from __future__ import annotations

from flask import Request, Response

from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer
from nightdesk.hotel.recordings import Recording

MOST_AT_ONCE = 200


def routes(house: House) -> list[Route]:
    def recordings(request: Request) -> Response:
        fetched: list[str] = []
        failed: list[str] = []
        for hotel in house.properties.by_id.values():
            for recording in house.store.records(Recording, property_id=hotel.property_id, status="to_fetch"):
                (fetched if house.recordings.fetch(hotel, recording) else failed).append(recording.session_id)
        return answer({"v": 1, "ok": not failed, "fetched": fetched, "failed": failed}, 503 if failed else 200)

    def retention(request: Request) -> Response:
        """Recordings that are kept, and those at Twilio that nobody could fetch in all that time."""
        swept = house.recordings.sweep(house.clock(), MOST_AT_ONCE)
        abandoned = [
            recording.session_id
            for hotel in house.properties.by_id.values()
            for status in ("to_fetch", "going_on", "starting")
            for recording in house.store.records(Recording, property_id=hotel.property_id, status=status)
            if house.recordings.abandon(hotel, recording)
        ]
        said = {"recordings": swept.recordings, "files": swept.files, "abandoned": abandoned, "failed": swept.failed}
        return answer({"v": 1, "ok": not swept.failed, **said}, 503 if swept.failed else 200)

    return [Route("POST", "/jobs/recordings", recordings), Route("POST", "/jobs/retention", retention)]
