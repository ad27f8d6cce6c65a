"""`POST /jobs/recordings`: what could not be fetched from Twilio is fetched, what is kept silenced where it must."""

from __future__ import annotations

from flask import Request, Response

from nightdesk.bootstrap import House
from nightdesk.edge import Route, answer
from nightdesk.hotel.recordings import Recording


def routes(house: House) -> list[Route]:
    def recordings(request: Request) -> Response:
        fetched: list[str] = []
        failed: list[str] = []
        for hotel in house.properties.by_id.values():
            for recording in house.store.records(Recording, property_id=hotel.property_id, status="to_fetch"):
                if not house.recordings.is_over(hotel, recording):
                    (fetched if house.recordings.fetch(hotel, recording) else failed).append(recording.session_id)
        return answer({"v": 1, "ok": not failed, "fetched": fetched, "failed": failed}, 503 if failed else 200)

    return [Route("POST", "/jobs/recordings", recordings)]
