"""The REST API for conferences and their participants: list, fetch, add, hold, mute, coach, announce, remove, end.

A conference is addressed by its sid, and by its name only where a participant is added. One that has ended has no
participants any more.
Source: twilio.md 4.6; Twilio's REST schema for conferences and participants; error pages 20404, 21201-21213.
"""

from email.utils import format_datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web

from local.twilio.calls import API_VERSION, Source
from local.twilio.conferences import Participant, Room
from local.twilio.conferring import announce
from local.twilio.executor import Executor
from local.twilio.filters import in_time, only
from local.twilio.forms import ApiError, Form, read_form
from local.twilio.paging import page

if TYPE_CHECKING:
    from local.twilio.service import SimulatedTwilio

_NOUN = {
    "Beep": "beep",
    "ConferenceRecord": "record",
    "ConferenceRecordingStatusCallback": "recordingStatusCallback",
    "ConferenceRecordingStatusCallbackEvent": "recordingStatusCallbackEvent",
    "ConferenceStatusCallback": "statusCallback",
    "ConferenceStatusCallbackEvent": "statusCallbackEvent",
    "ConferenceStatusCallbackMethod": "statusCallbackMethod",
    "CallSidToCoach": "coach",
    "EndConferenceOnExit": "endConferenceOnExit",
    "Label": "participantLabel",
    "MaxParticipants": "maxParticipants",
    "Muted": "muted",
    "StartConferenceOnEnter": "startConferenceOnEnter",
    "WaitMethod": "waitMethod",
    "WaitUrl": "waitUrl",
}
"""Parameters of a new participant that are attributes of the noun."""


class ConferencesApi:
    def __init__(self, twilio: "SimulatedTwilio") -> None:
        self._twilio, self._conferences = twilio, twilio.exchange.conferences
        self._path = f"/{API_VERSION}/Accounts/{twilio.exchange.settings.account_sid}/Conferences"

    def add_to(self, router: web.UrlDispatcher) -> None:
        router.add_get(f"{self._path}.json", self._list)
        router.add_get(f"{self._path}/{{sid}}.json", self._fetch)
        router.add_post(f"{self._path}/{{sid}}.json", self._update)
        participants = f"{self._path}/{{sid}}/Participants"
        router.add_get(f"{participants}.json", self._list_participants)
        router.add_post(f"{participants}.json", self._create)
        router.add_get(f"{participants}/{{who}}.json", self._fetch_participant)
        router.add_post(f"{participants}/{{who}}.json", self._update_participant)
        router.add_delete(f"{participants}/{{who}}.json", self._delete)

    # -- conferences ----------------------------------------------------------------------------------------------

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        only(query, "FriendlyName", "Status", moments=("DateCreated", "DateUpdated"))
        created, updated = in_time(query, "DateCreated"), in_time(query, "DateUpdated")
        found = [
            room
            for room in reversed(self._conferences.known)
            if query.get("FriendlyName", room.name) == room.name
            and query.get("Status", room.status) == room.status
            and created(room.created_at)
            and updated(room.updated_at or room.created_at)
        ]
        return page(request, "conferences", found, self._room)

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._room(self._find(request)))

    async def _update(self, request: web.Request) -> web.Response:
        room, form = self._find(request), Form(await read_form(request))
        if form["Status"] not in ("", "completed"):
            raise ApiError(400, 20001, f"Status {form['Status']!r} is invalid: it can be completed.")
        if room.status == "completed" or not room.participants:
            raise ApiError(400, 20001, f"Conference {room.sid} is not in progress")
        if form["Status"]:
            room.end("conference-ended-via-api", room.participants[-1].call)
        elif form["AnnounceUrl"]:
            self._announce(room, form, room.participants)
        return web.json_response(self._room(room))

    def _find(self, request: web.Request) -> Room:
        room = self._conferences.fetch(request.match_info["sid"])
        if room is None:
            raise _not_found(request)
        return room

    # -- participants ---------------------------------------------------------------------------------------------

    async def _list_participants(self, request: web.Request) -> web.Response:
        room = self._find(request)
        muted, held = request.query.get("Muted"), request.query.get("Hold")
        found = [
            one
            for one in room.participants
            if muted in (None, str(one.muted).lower()) and held in (None, str(one.hold is not None).lower())
        ]
        return page(request, "participants", found, lambda participant: self._participant(room, participant))

    async def _create(self, request: web.Request) -> web.Response:
        """Call somebody who takes part upon answering; the name of a room that is not there opens one."""
        fields = await read_form(request)
        form = Form(fields)
        sid = request.match_info["sid"]
        room = self._conferences.active(sid)
        if room is None and sid.startswith("CF"):
            raise _not_found(request)
        if form.flag("Coaching") != bool(form["CallSidToCoach"]):
            raise ApiError(400, 20001, "Coaching and CallSidToCoach go together")
        if form["Label"] and room is not None and room.find(form["Label"]):
            raise ApiError(400, 16025, f"Participant label {form['Label']!r} must be unique in the conference")
        name = room.name if room is not None else sid
        attributes = "".join(
            f" {attribute}={quoteattr(' '.join(fields[parameter]))}"
            for parameter, attribute in _NOUN.items()
            if parameter in fields
        )
        document = f"<Response><Dial><Conference{attributes}>{escape(name)}</Conference></Dial></Response>"
        order = Form(_call_fields(fields) | {"Twiml": [document]}).new_call(self._twilio.exchange.settings.numbers)
        room = room or self._conferences.open(name)
        call = self._twilio.call_person(order)
        shown = {
            **self._participant_path(room, call.sid),
            "label": form["Label"] or None,
            "muted": form.flag("Muted"),
            "hold": False,
            "coaching": form.flag("Coaching"),
            "call_sid_to_coach": form["CallSidToCoach"] or None,
            "start_conference_on_enter": form.flag("StartConferenceOnEnter", default=True),
            "end_conference_on_exit": form.flag("EndConferenceOnExit"),
            "status": "queued",
            "date_created": format_datetime(call.created_at),
            "date_updated": format_datetime(call.created_at),
        }
        return web.json_response(shown, status=201)

    async def _fetch_participant(self, request: web.Request) -> web.Response:
        room = self._find(request)
        return web.json_response(self._participant(room, self._who(request, room)))

    async def _update_participant(self, request: web.Request) -> web.Response:
        room = self._find(request)
        participant, form = self._who(request, room), Form(await read_form(request))
        if form["WaitUrl"] or form["BeepOnExit"]:
            raise ApiError(501, 0, "The simulated Twilio cannot change WaitUrl or BeepOnExit of a participant.")
        if form["Coaching"]:
            if form.flag("Coaching") and room.find(form["CallSidToCoach"]) is None:
                raise ApiError(400, 20001, f"CallSidToCoach {form['CallSidToCoach']!r} is not in the conference")
            participant.coach = form["CallSidToCoach"] if form.flag("Coaching") else ""
            room.report("participant-modify", participant)
        if form["EndConferenceOnExit"]:
            participant.end_on_exit = form.flag("EndConferenceOnExit")
            room.report("participant-modify", participant)
        if form["Muted"] and form.flag("Muted") != participant.muted:
            participant.muted = form.flag("Muted")
            room.report("participant-mute" if participant.muted else "participant-unmute", participant)
        if form["Hold"] and form.flag("Hold") != (participant.hold is not None):
            hold = Source(form.url("HoldUrl"), form["HoldMethod"] or "GET")
            participant.hold = hold if form.flag("Hold") else None
            participant.changed.set()
            room.report("participant-hold" if participant.hold else "participant-unhold", participant)
        if form["AnnounceUrl"]:
            self._announce(room, form, [participant])
        return web.json_response(self._participant(room, participant))

    async def _delete(self, request: web.Request) -> web.Response:
        self._who(request, self._find(request)).remove("kicked")
        return web.Response(status=204)

    def _announce(self, room: Room, form: Form, to: list[Participant]) -> None:
        source = Source(form.url("AnnounceUrl"), form["AnnounceMethod"] or "POST")
        call, exchange = to[0].call, self._twilio.exchange
        exchange.spawn(call, announce(Executor(exchange, call), room, source, list(to)))

    def _who(self, request: web.Request, room: Room) -> Participant:
        participant = room.find(request.match_info["who"])
        if participant is None:
            raise _not_found(request)
        return participant

    # -- as JSON --------------------------------------------------------------------------------------------------

    def _room(self, room: Room) -> dict[str, object]:
        uri = f"{self._path}/{room.sid}"
        return {
            "sid": room.sid,
            "account_sid": self._twilio.exchange.settings.account_sid,
            "friendly_name": room.name,
            "status": room.status,
            "region": "us1",
            "api_version": API_VERSION,
            "reason_conference_ended": room.reason_ended or None,
            "call_sid_ending_conference": room.call_sid_ending or None,
            "date_created": format_datetime(room.created_at),
            "date_updated": format_datetime(room.updated_at or room.created_at),
            "uri": f"{uri}.json",
            "subresource_uris": {
                "participants": f"{uri}/Participants.json",
                "recordings": f"{uri}/Recordings.json",
            },
        }

    def _participant(self, room: Room, participant: Participant) -> dict[str, object]:
        call = participant.call
        return {
            **self._participant_path(room, call.sid),
            "label": participant.noun.label or None,
            "muted": participant.muted,
            "hold": participant.hold is not None,
            "coaching": bool(participant.coach),
            "call_sid_to_coach": participant.coach or None,
            "start_conference_on_enter": participant.noun.start_on_enter,
            "end_conference_on_exit": participant.end_on_exit,
            "status": "connected",
            "date_created": format_datetime(call.created_at),
            "date_updated": format_datetime(call.created_at),
        }

    def _participant_path(self, room: Room, call_sid: str) -> dict[str, object]:
        return {
            "account_sid": self._twilio.exchange.settings.account_sid,
            "call_sid": call_sid,
            "conference_sid": room.sid,
            "queue_time": "0",
            "uri": f"{self._path}/{room.sid}/Participants/{call_sid}.json",
        }


def _call_fields(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """What of a new participant is about the call: answering machine detection is in the background here."""
    about = {name: values for name, values in fields.items() if name not in _NOUN}
    if "AmdStatusCallback" in about:
        about["AsyncAmdStatusCallback"] = about.pop("AmdStatusCallback")
    return about | {"AsyncAmd": ["true"]}


def _not_found(request: web.Request) -> ApiError:
    return ApiError(404, 20404, f"The requested resource {request.path} was not found")
