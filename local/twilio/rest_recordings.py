"""The REST API for recordings: `/Recordings` of the account and of a call, and their sound files.

Starting, pausing, resuming and stopping is done at the call, fetching and deleting at the account. Files are WAV;
`.mp3` is Twilio's, not the simulator's. HTTP authentication on media is an account setting: here it is on.
Source: twilio.md 7.3; Twilio's REST schema for recordings; docs, "Fetch a Recording's media file".
"""

import io
import wave
from email.utils import format_datetime
from typing import TYPE_CHECKING

import numpy as np
from aiohttp import web

from audio import g711
from local.twilio.calls import API_VERSION, Call
from local.twilio.forms import ApiError, Form, read_form
from local.twilio.lines import mixed
from local.twilio.paging import page
from local.twilio.recordings import ACTIVE, Recording

if TYPE_CHECKING:
    from local.twilio.exchange import Exchange

CURRENT = "Twilio.CURRENT"


class RecordingsApi:
    def __init__(self, exchange: "Exchange") -> None:
        self._exchange, self._recordings = exchange, exchange.recordings

    def add_to(self, router: web.UrlDispatcher) -> None:
        account = f"/{API_VERSION}/Accounts/{self._exchange.settings.account_sid}"
        for base in (f"{account}/Recordings", f"{account}/Calls/{{call_sid}}/Recordings"):
            router.add_get(f"{base}.json", self._list)
            router.add_get(f"{base}/{{sid}}.json", self._fetch)
            router.add_delete(f"{base}/{{sid}}.json", self._delete)
        router.add_get(f"{account}/Conferences/{{conference_sid}}/Recordings.json", self._list)
        router.add_post(f"{account}/Calls/{{call_sid}}/Recordings.json", self._start)
        router.add_post(f"{account}/Calls/{{call_sid}}/Recordings/{{sid}}.json", self._update)
        router.add_get(f"{account}/Recordings/{{sid:RE[0-9a-f]+}}", self._media)
        router.add_get(f"{account}/Recordings/{{sid:RE[0-9a-f]+}}.{{kind}}", self._media)

    # -- at the call ----------------------------------------------------------------------------------------------

    async def _start(self, request: web.Request) -> web.Response:
        call = self._call(request)
        order = Form(await read_form(request)).recording("StartCallRecordingAPI", trim=False)
        if call.status != "in-progress":
            raise ApiError(400, 21220, "Requested resource is not eligible for recording")
        return self._answer(self._recordings.start(call, call.phone, order), 201)

    async def _update(self, request: web.Request) -> web.Response:
        recording = self._of_call(request, self._call(request))
        form = Form(await read_form(request))
        status, behaviour = form["Status"], form["PauseBehavior"] or "silence"
        if status not in ("in-progress", "paused", "stopped") or behaviour not in ("silence", "skip"):
            raise ApiError(400, 20001, f"Status {status!r} with PauseBehavior {behaviour!r} is invalid")
        if recording.status not in ACTIVE:
            raise ApiError(400, 21220, f"Recording {recording.sid} is {recording.status} and cannot be changed")
        if status == "stopped":
            self._recordings.stop(recording)
        elif status == "paused" and recording.status == "in-progress":
            self._recordings.pause(recording, behaviour == "skip")
        elif status == "in-progress" and recording.status == "paused":
            self._recordings.resume(recording)
        return self._answer(recording)

    def _call(self, request: web.Request) -> Call:
        call = self._exchange.calls.get(request.match_info["call_sid"])
        if call is None:
            raise _not_found(request)
        return call

    def _of_call(self, request: web.Request, call: Call) -> Recording:
        sid, recordings = request.match_info["sid"], self._recordings.of(call)
        if sid == CURRENT:
            active = [recording for recording in recordings if recording.status in ACTIVE]
            if len(active) != 1:
                raise _not_found(request)
            return active[0]
        recording = next((one for one in recordings if one.sid == sid), None)
        if recording is None:
            raise _not_found(request)
        return recording

    # -- at the account -------------------------------------------------------------------------------------------

    async def _list(self, request: web.Request) -> web.Response:
        wanted = request.match_info.get("call_sid") or request.query.get("CallSid")
        conference = request.match_info.get("conference_sid") or request.query.get("ConferenceSid")
        found = [
            recording
            for recording in reversed(self._recordings.kept)
            if not recording.deleted
            and wanted in (None, recording.call.sid)
            and conference in (None, recording.conference_sid)
        ]
        return page(request, "recordings", found, self._resource)

    async def _fetch(self, request: web.Request) -> web.Response:
        return self._answer(self._find(request))

    async def _delete(self, request: web.Request) -> web.Response:
        recording = self._find(request)
        if recording.status in ACTIVE:
            raise ApiError(400, 20001, f"Recording {recording.sid} is {recording.status} and cannot be deleted")
        self._recordings.delete(recording)
        return web.Response(status=204)

    async def _media(self, request: web.Request) -> web.Response:
        """Mono, unless two channels are asked for and there."""
        recording = self._find(request)
        if request.match_info.get("kind", "wav") != "wav":
            raise ApiError(501, 0, "The simulated Twilio has recordings as WAV only.")
        channels = request.query.get("RequestedChannels", "1")
        if channels not in ("1", "2") or (channels == "2" and recording.order.channels != 2):
            raise ApiError(400, 20001, f"RequestedChannels {channels!r}: the recording has {recording.order.channels}")
        if recording.status != "completed":
            raise _not_found(request)
        tracks = recording.audio if channels == "2" or len(recording.audio) == 1 else (mixed(recording.audio),)
        return web.Response(body=wav(tracks), content_type="audio/x-wav")

    def _find(self, request: web.Request) -> Recording:
        recording = self._recordings.find(request.match_info["sid"])
        if recording is None or request.match_info.get("call_sid", recording.call.sid) != recording.call.sid:
            raise _not_found(request)
        return recording

    def _answer(self, recording: Recording, status: int = 200) -> web.Response:
        return web.json_response(self._resource(recording), status=status)

    def _resource(self, recording: Recording) -> dict[str, object]:
        done = recording.status == "completed"
        return {
            "sid": recording.sid,
            "account_sid": recording.call.account_sid,
            "call_sid": recording.call.sid,
            "conference_sid": recording.conference_sid,
            "status": recording.status,
            "channels": recording.order.channels,
            "source": recording.order.source,
            "track": recording.order.track,
            "duration": str(recording.duration_s) if done else "-1",
            "start_time": format_datetime(recording.created_at),
            "date_created": format_datetime(recording.created_at),
            "date_updated": format_datetime(recording.updated_at),
            "api_version": API_VERSION,
            "price": None,
            "price_unit": "USD",
            "error_code": None,
            "encryption_details": None,
            "media_url": self._recordings.url(recording),
            "uri": f"{recording.path}.json",
            "subresource_uris": {"transcriptions": f"{recording.path}/Transcriptions.json"},
        }


def wav(tracks: tuple[bytes, ...]) -> bytes:
    """PCM of 16 bits at 8 kHz, a channel for each mu-law track."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(len(tracks))
        writer.setsampwidth(2)
        writer.setframerate(8000)
        writer.writeframes(np.stack([g711.decode(track) for track in tracks], axis=1).astype("<i2").tobytes())
    return file.getvalue()


def _not_found(request: web.Request) -> ApiError:
    return ApiError(404, 20404, f"The requested resource {request.path} was not found")
