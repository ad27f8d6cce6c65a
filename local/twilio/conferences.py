"""Conferences: who is in which room, who hears whom, and what the application is told of it. No I/O.

Every participant's phone has a `Seat` as its line while it takes part: what it says goes to all others, what they say
is mixed for it. Waiting for the start and being on hold is no seat: `conferring.py` plays the music meanwhile.
Source: twilio.md 4.6; Twilio's pages on <Conference> and the Participants resource.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime

from local.twilio.calls import Call, Source, new_sid
from local.twilio.clock import FRAME_MS, Clock
from local.twilio.lines import QUIET_FRAME, Pipe, Recording, Silence, mixed, tone
from local.twilio.recordings import Recording as Recorded
from local.twilio.recordings import Recordings
from local.twilio.room_tape import RoomTape
from local.twilio.verbs import Conference

_BEEP_HZ, _BEEP_MS = 700, 200
Tell = Callable[[Call, str, str, dict[str, str]], None]
_EVENT_KINDS = {
    "conference-start": "start",
    "conference-end": "end",
    "participant-join": "join",
    "participant-leave": "leave",
    "participant-mute": "mute",
    "participant-unmute": "mute",
    "participant-hold": "hold",
    "participant-unhold": "hold",
    "participant-modify": "modify",
    "announcement-end": "announcement",
}


class Seat(Silence):
    """A participant's line. `takes_part` while the phone is connected to it."""

    def __init__(self, room: "Room", participant: "Participant") -> None:
        super().__init__()
        self._room, self._participant = room, participant
        self._pipes: dict[Seat, Pipe] = {}
        self._overlays: list[Recording] = []
        self.takes_part = False
        self.at_frame = 0

    def begin(self) -> None:
        """Nothing that was said before is heard."""
        self._pipes.clear()
        self.takes_part, self.at_frame = True, self._room.frame_now

    def end(self) -> None:
        self.takes_part = False

    def play(self, audio: bytes) -> Recording:
        """Let it be heard above the others."""
        recording = Recording(audio)
        self._overlays.append(recording)
        return recording

    def hear(self, other: "Seat", frame: bytes) -> None:
        self._pipes.setdefault(other, Pipe()).put(frame)

    def frame(self, spoken: bytes) -> bytes:
        self._room.speak(self._participant, spoken)
        frames = [frame for pipe in self._pipes.values() if (frame := pipe.take()) is not None]
        self._overlays = [one for one in self._overlays if not one.done.done()]
        frames += [one.frame(QUIET_FRAME) for one in self._overlays]
        return mixed(frames) if frames else QUIET_FRAME

    def forget(self, other: "Seat") -> None:
        self._pipes.pop(other, None)


@dataclass(eq=False)
class Participant:
    """A call in a room. `changed` is set whenever it must look again what it hears; `left` with why it must go."""

    call: Call
    noun: Conference
    muted: bool
    end_on_exit: bool
    coach: str
    hold: Source | None = None
    seat: Seat = field(init=False)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Future[str] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def remove(self, why: str) -> None:
        if not self.left.done():
            self.left.set_result(why)


@dataclass(eq=False)
class Room:
    """A conference. The settings that count for all are those of the first participant."""

    name: str
    clock: Clock
    tell: Tell
    created_at: datetime
    recordings: Recordings
    sid: str = field(default_factory=lambda: new_sid("CF"))
    status: str = "init"
    updated_at: datetime | None = None
    participants: list[Participant] = field(default_factory=list)
    invited: list[Participant] = field(default_factory=list)
    """Who has been called into it by the REST API and has not come yet."""
    settings: Conference | None = None
    reason_ended: str = ""
    call_sid_ending: str = ""
    tape: "RoomTape" = field(init=False)
    recording: Recorded | None = None
    _started_ms: float = 0.0
    _events_told: int = 0

    def __post_init__(self) -> None:
        self.tape = RoomTape(self)

    @property
    def frame_now(self) -> int:
        return int((self.clock.now_ms() - self._started_ms) // FRAME_MS) if self._started_ms else 0

    @property
    def everybody(self) -> list[Participant]:
        """Who takes part, and who is still being called. Nobody is left of a room that has ended."""
        coming = [one for one in self.invited if not one.call.is_over]
        return [] if self.status == "completed" else self.participants + coming

    def find(self, sid_or_label: str) -> Participant | None:
        named = (one for one in self.everybody if sid_or_label in (one.call.sid, one.noun.label))
        return next(named, None) if sid_or_label else None

    def whisper_problem(self, call_sid: str) -> int:
        """Why nobody can coach this call: 16028, 16027, or 0. Source: the pages of these errors."""
        coached = next((one for one in self.participants if one.call.sid == call_sid), None)
        if coached is None:
            return 16028
        return 16027 if coached.hold is not None else 0

    def invite(self, call: Call, noun: Conference) -> Participant:
        """Somebody is called, and will enter upon answering."""
        self.invited.append(self._participant(call, noun))
        return self.invited[-1]

    def _participant(self, call: Call, noun: Conference) -> Participant:
        participant = Participant(call, noun, noun.muted, noun.end_on_exit, noun.coach)
        participant.seat = Seat(self, participant)
        return participant

    def enter(self, call: Call, noun: Conference) -> Participant:
        """What has been changed of somebody invited meanwhile holds."""
        participant = next((one for one in self.invited if one.call is call), None)
        if participant is None:
            participant = self._participant(call, noun)
        else:
            self.invited.remove(participant)
        self.settings = self.settings or noun
        self.participants.append(participant)
        call.note("conference", state="joined", conference=self.name)
        self.report("participant-join", participant)
        if (
            self.status == "init"
            and len(self.participants) > 1
            and any(p.noun.start_on_enter for p in self.participants)
        ):
            self._start(call)
        if "onEnter" in noun.beep:
            self._beep(participant)
        return participant

    def leave(self, participant: Participant, why: str) -> None:
        self.participants.remove(participant)
        participant.seat.end()
        for other in self.participants:
            other.seat.forget(participant.seat)
        participant.call.note("conference", state=why, conference=self.name)
        self.report("participant-leave", participant)
        if self.status == "completed":
            return
        if participant.end_on_exit:
            how = "kicked" if why == "kicked" else "left"
            self.end(f"participant-with-end-conference-on-exit-{how}", participant.call)
        elif not self.participants:
            self.end("last-participant-kicked" if why == "kicked" else "last-participant-left", participant.call)
        elif "onExit" in participant.noun.beep:
            self._beep(participant)

    def end(self, reason: str, call: Call) -> None:
        """Everybody must go; `call` is the one that caused it, or was there last."""
        self.status, self.reason_ended, self.call_sid_ending = "completed", reason, call.sid
        self.updated_at = self.clock.utc()
        self.report("conference-end", None, call)
        for participant in self.participants:
            participant.remove("conference-ended")
        if self.recording is not None:
            self.recording.call = call  # the one that is still there to wait for it
            self.recordings.stop(self.recording)

    def speak(self, speaker: Participant, frame: bytes) -> None:
        """Give 20 ms to everybody who may hear them."""
        at, speaker.seat.at_frame = speaker.seat.at_frame, speaker.seat.at_frame + 1
        if speaker.muted:
            return
        for other in self.participants:
            if other is not speaker and other.seat.takes_part and speaker.coach in ("", other.call.sid):
                other.seat.hear(speaker.seat, frame)
        if not speaker.coach:
            self.tape.add(at, frame)

    def report(self, event: str, participant: Participant | None, call: Call | None = None) -> None:
        """Tell the application, if it asked for this kind of event."""
        noun, about = self.settings, participant.call if participant else call
        if noun is None or about is None or not noun.status_callback or _EVENT_KINDS[event] not in noun.events:
            return
        fields = {
            "AccountSid": about.account_sid,
            "ConferenceSid": self.sid,
            "FriendlyName": self.name,
            "StatusCallbackEvent": event,
            "SequenceNumber": str(self._events_told),
            "Timestamp": format_datetime(self.clock.utc()),
        }
        self._events_told += 1
        if participant is not None:
            fields |= {
                "CallSid": participant.call.sid,
                "Muted": _word(participant.muted),
                "Hold": _word(participant.hold is not None),
                "Coaching": _word(bool(participant.coach)),
                "StartConferenceOnEnter": _word(participant.noun.start_on_enter),
                "EndConferenceOnExit": _word(participant.end_on_exit),
            }
            if participant.noun.label:
                fields["ParticipantLabel"] = participant.noun.label
        if event == "conference-end":
            fields |= {"ReasonConferenceEnded": self.reason_ended, "CallSidEndingConference": self.call_sid_ending}
        self.tell(about, noun.status_callback, noun.status_callback_method, fields)

    def _start(self, call: Call) -> None:
        self.status, self.updated_at = "in-progress", self.clock.utc()
        self._started_ms = self.clock.now_ms()
        self.report("conference-start", None, call)
        for participant in self.participants:
            participant.changed.set()
        if self.settings is not None and self.settings.record is not None:
            self.recording = self.recordings.start(call, self.tape, self.settings.record, self.sid)

    def _beep(self, about: Participant) -> None:
        for other in self.participants:
            if other is not about and other.seat.takes_part:
                other.seat.play(tone(_BEEP_HZ, _BEEP_MS, 3000))


class Conferences:
    """Every conference of the account, oldest first. A name is that of one room at a time."""

    def __init__(self, clock: Clock, recordings: Recordings, tell: Tell) -> None:
        self.known: list[Room] = []
        self._clock, self._recordings, self._tell = clock, recordings, tell

    def active(self, name_or_sid: str) -> Room | None:
        return next(
            (room for room in self.known if name_or_sid in (room.name, room.sid) and room.status != "completed"), None
        )

    def fetch(self, sid: str) -> Room | None:
        return next((room for room in self.known if room.sid == sid), None)

    def open(self, name: str) -> Room:
        room = Room(name, self._clock, self._tell, self._clock.utc(), self._recordings)
        self.known.append(room)
        return room


def _word(flag: bool) -> str:
    return "true" if flag else "false"
