"""The REST API for conferences and their participants: list, fetch, add, hold, mute, coach, announce, remove, end.

A conference is addressed by its sid, and by its name only where a participant is added. Who is still being called into
it is a participant too; one that has ended has none any more.
Source: twilio.md 4.6; Twilio's REST schema for conferences and participants, and the page on the latter; error pages
16021, 16027, 16028, 20404.
"""

from dataclasses import replace
from email.utils import format_datetime
from typing import TYPE_CHECKING

from aiohttp import web

from local.twilio.calls import API_VERSION, Source
from local.twilio.conferences import Participant, Room
from local.twilio.conferring import announce
from local.twilio.errors import Problem
from local.twilio.executor import Executor
from local.twilio.filters import in_time, only
from local.twilio.forms import ApiError, Form, read_form
from local.twilio.inviting import NewParticipant
from local.twilio.paging import page

if TYPE_CHECKING:
    from local.twilio.service import SimulatedTwilio


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
            for participant in room.invited:
                self._twilio.hang_up(participant.call)
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
        room, query = self._find(request), request.query
        only(query, "Muted", "Hold", "Coaching")
        found = [
            one
            for one in room.everybody
            if query.get("Muted", _word(one.muted)) == _word(one.muted)
            and query.get("Hold", _word(one.hold is not None)) == _word(one.hold is not None)
            and query.get("Coaching", _word(bool(one.coach))) == _word(bool(one.coach))
        ]
        return page(request, "participants", found, lambda participant: self._participant(room, participant))

    async def _create(self, request: web.Request) -> web.Response:
        """Call somebody who takes part upon answering; the name of a room that is not there opens one."""
        fields = await read_form(request)
        sid = request.match_info["sid"]
        room = self._conferences.active(sid)
        if room is None and sid.startswith("CF"):
            raise _not_found(request)
        order = NewParticipant(fields, room.name if room is not None else sid)
        order.check(room)
        busy = (16021, "Failed to join conference due to account concurrency limit exceeded")
        exchange = self._twilio.exchange
        call = self._twilio.call_person(order.call(exchange.settings.numbers, exchange.closed), busy)
        room = room or self._conferences.open(sid)
        return web.json_response(self._participant(room, room.invite(call, order.noun)), status=201)

    async def _fetch_participant(self, request: web.Request) -> web.Response:
        room = self._find(request)
        return web.json_response(self._participant(room, self._who(request, room)))

    async def _update_participant(self, request: web.Request) -> web.Response:
        room = self._find(request)
        fields = await read_form(request)
        participant, form = self._who(request, room), Form(fields)
        hold_url, hold_method = form.url("HoldUrl"), form.method("HoldMethod", "GET")
        wait_url, wait_method = form.url("WaitUrl"), form.method("WaitMethod")
        events = []
        if form["Coaching"]:
            whom = form["CallSidToCoach"] if form.flag("Coaching") else ""
            if form.flag("Coaching") and (why_not := room.whisper_problem(whom)):
                raise ApiError(400, why_not, Problem(why_not).message)
            participant.coach = whom
            events.append("participant-modify")
        if form["EndConferenceOnExit"]:
            participant.end_on_exit = form.flag("EndConferenceOnExit")
            events.append("participant-modify")
        if form["BeepOnExit"]:
            beeps = {"onExit"} if form.flag("BeepOnExit") else set()
            participant.noun = replace(participant.noun, beep=(*(set(participant.noun.beep) - {"onExit"}), *beeps))
            events.append("participant-modify")
        if "WaitUrl" in fields:
            participant.noun = replace(participant.noun, wait_url=wait_url, wait_method=wait_method)
            if room.status == "init":
                participant.changed.set()
        # What is neither true nor false is false here, as the schema says.
        if form["Muted"] and (form["Muted"] == "true") != participant.muted:
            participant.muted = not participant.muted
            events.append("participant-mute" if participant.muted else "participant-unmute")
        if form["Hold"] and form.flag("Hold") != (participant.hold is not None):
            participant.hold = Source(hold_url, hold_method) if form.flag("Hold") else None
            participant.changed.set()
            events.append("participant-hold" if participant.hold else "participant-unhold")
        for event in events if participant in room.participants else ():
            room.report(event, participant)
        if form["AnnounceUrl"]:
            self._announce(room, form, [participant])
        return web.json_response(self._participant(room, participant))

    async def _delete(self, request: web.Request) -> web.Response:
        room = self._find(request)
        participant = self._who(request, room)
        if participant in room.participants:
            participant.remove("kicked")
        else:
            self._twilio.hang_up(participant.call)
        return web.Response(status=204)

    def _announce(self, room: Room, form: Form, to: list[Participant]) -> None:
        source = Source(form.url("AnnounceUrl"), form.method("AnnounceMethod"))
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
        waits = {"queued": "queued", "ringing": "ringing"}.get(call.status, "connecting")
        return {
            "account_sid": self._twilio.exchange.settings.account_sid,
            "call_sid": call.sid,
            "conference_sid": room.sid,
            "label": participant.noun.label or None,
            "muted": participant.muted,
            "hold": participant.hold is not None,
            "coaching": bool(participant.coach),
            "call_sid_to_coach": participant.coach or None,
            "start_conference_on_enter": participant.noun.start_on_enter,
            "end_conference_on_exit": participant.end_on_exit,
            "status": "connected" if participant in room.participants else waits,
            "queue_time": str(call.queued_ms),
            "date_created": format_datetime(call.created_at),
            "date_updated": format_datetime(call.created_at),
            "uri": f"{self._path}/{room.sid}/Participants/{call.sid}.json",
        }


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def _not_found(request: web.Request) -> ApiError:
    return ApiError(404, 20404, f"The requested resource {request.path} was not found")
