"""`GET /voice/recordings/{recording_id}`: the people of the hotel listen to a call, or to a message on tape.

A message names its recording (`recording_id`); a call's is `rec_` and its session_id. Who listened to what is logged.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from flask import Request, Response

from nightdesk import logs
from nightdesk.bootstrap import House
from nightdesk.edge import Route
from nightdesk.errors import NotFound
from nightdesk.hotel.recordings import Recording

log = logging.getLogger(__name__)

_PART = 1 << 18


def routes(house: House) -> list[Route]:
    def listen(request: Request, recording_id: str) -> Response:
        recording = house.store.record(Recording, recording_id)
        if recording is None:
            raise NotFound("no_recording", f"there is no recording {recording_id}")
        parts = house.recordings.heard(recording)
        logs.about(session_id=recording.session_id)
        log.info("= recording heard", extra={"fields": {"recording_id": recording_id}})
        # Without a length it is streamed. Source: Cloud Run, quotas: a response in one piece has at most 32 MiB.
        headers = {"Cache-Control": "no-store", "Content-Disposition": f'inline; filename="{recording_id}.wav"'}
        return Response(_in_parts(parts), 200, mimetype="audio/wav", headers=headers)

    return [Route("GET", "/voice/recordings/(?P<recording_id>[A-Za-z0-9_]{1,120})", listen)]


def _in_parts(whole: Iterable[bytes]) -> Iterator[bytes]:
    for piece in whole:
        for at in range(0, len(piece), _PART):
            yield piece[at : at + _PART]
