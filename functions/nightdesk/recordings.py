"""The recording of a call from its start to the day it is deleted, whoever makes it.

The relay records by its own tap; what it writes is only filed here. Twilio is told to start, to pause and to go on;
what it made is fetched, silenced where card data was said, kept with the relay's, and deleted there. Every step may be
done again: it finds what was done before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nightdesk import calls, recording_pieces
from nightdesk.conversation import Session
from nightdesk.errors import Busy, NotFound
from nightdesk.hotel.call_recorder import CallRecorder
from nightdesk.hotel.model import Property
from nightdesk.hotel.ports import Store
from nightdesk.hotel.recording_store import RecordingsOutOfReach, RecordingStore
from nightdesk.hotel.recordings import Pause, Recording, Silence, Why, recording_id_of
from nightdesk.hotel.telephony import CallInDoubt, CallRefused
from nightdesk.recording_audio import NotWav, silenced

log = logging.getLogger(__name__)

MARGIN = timedelta(seconds=2)
"""The clocks of Twilio, of the relay and ours are not one, and Twilio tells a start in whole seconds."""


_GOES_ON = ("starting", "going_on")


@dataclass(frozen=True)
class Swept:
    """What the retention of recordings came to: how many calls, how many files, and whose could not be deleted yet."""

    recordings: int
    files: int
    failed: tuple[str, ...]


class Recordings:
    """`told_url` is Twilio's way to say that a recording is complete."""

    def __init__(
        self,
        store: Store,
        recorder: CallRecorder,
        kept: RecordingStore,
        clock: Callable[[], datetime],
        told_url: str = "",
    ) -> None:
        self._store, self._recorder, self._kept, self._clock, self._told_url = store, recorder, kept, clock, told_url

    # --- while the call goes on ---

    def attached(self, hotel: Property, session_id: str, call_sid: str) -> None:
        """The call has a stream: it is recorded from here on, or again after it was away, or was refused before."""
        mine, now, session = False, self._clock(), self._store.session(session_id)
        # It may be late news of a stream that is over.
        is_away = session is not None and calls.is_off_record(session, hotel.record_staff)
        is_card = session is not None and session.recording_paused
        pauses = (*((Pause("away", now),) if is_away else ()), *((Pause("card", now),) if is_card else ()))

        def claim(known: Recording | None) -> Recording | None:
            nonlocal mine
            mine = known is None or known.status == "failed"
            made = Recording(recording_id_of(session_id), hotel.property_id, session_id, now, "twilio")
            return replace(made, call_sid=call_sid, pauses=pauses) if mine else None

        recording = self._store.change_record(Recording, recording_id_of(session_id), claim)
        if not mine:
            if not is_away:
                self.resume(session_id, "away")
            return
        assert recording is not None
        try:
            sid = self._recorder.start(call_sid, self._told_url)
        except CallInDoubt as error:  # if it goes on, its end is told all the same
            log.warning("! recording: %s", error)
            return
        except CallRefused as error:
            log.warning("! recording: %s", error)
            why = error.why
            self._change(recording, lambda r: replace(r, status="failed", last_error=why))
            return
        recording = self._change(
            recording, lambda r: replace(r, status="going_on", recording_sid=sid, started_at=self._clock())
        )
        if recording.pauses:  # by now
            self._ask(recording, self._recorder.pause)

    def pause(self, session_id: str, why: Why) -> None:
        """Nothing more of the call is to be heard in its recording, until `resume` for the same reason."""
        begins, now = False, self._clock()

        def change(known: Recording | None) -> Recording | None:
            nonlocal begins
            begins = False
            if known is None or known.status not in _GOES_ON or any(pause.why == why for pause in known.pauses):
                return None
            begins = not known.pauses
            return replace(known, pauses=(*known.pauses, Pause(why, now)))

        recording = self._store.change_record(Recording, recording_id_of(session_id), change)
        if begins and recording is not None and recording.recording_sid:
            self._ask(recording, self._recorder.pause)

    def resume(self, session_id: str, why: Why) -> None:
        """It goes on where there is no other reason. What it was paused for is silent, even if Twilio did not pause."""
        ends, now = False, self._clock()

        def change(known: Recording | None) -> Recording | None:
            nonlocal ends
            ends = False
            if known is None or known.status not in _GOES_ON or all(pause.why != why for pause in known.pauses):
                return None
            left = tuple(pause for pause in known.pauses if pause.why != why)
            ends = not left
            return replace(known, pauses=left, silences=_silences(known, now, but_for=left))

        recording = self._store.change_record(Recording, recording_id_of(session_id), change)
        if ends and recording is not None and recording.recording_sid:
            self._ask(recording, self._recorder.resume)

    def silence(self, session_id: str, start: datetime, end: datetime) -> None:
        """Card data was said then: it will be silent in what is kept; where it is kept already, when the job comes."""
        gone = Silence(start - MARGIN, end + MARGIN)

        def change(known: Recording | None) -> Recording | None:
            if known is None or gone in known.silences:
                return None
            status = "to_fetch" if known.status == "kept" else known.status
            return replace(known, silences=(*known.silences, gone), status=status)

        self._store.change_record(Recording, recording_id_of(session_id), change)

    def _ask(self, recording: Recording, ask: Callable[[str, str], None]) -> None:
        """What Twilio does not do now is made good when the recording is fetched: what is to be silent is known."""
        try:
            ask(recording.call_sid, recording.recording_sid)
        except (CallRefused, CallInDoubt) as error:
            log.warning("! recording: %s", error, extra={"fields": {"recording_sid": recording.recording_sid}})

    # --- when it is complete ---

    def completed(self, hotel: Property, session_id: str, recording_sid: str, started_at: datetime | None) -> None:
        """Twilio has it whole: it is fetched now, or by the job where that fails."""
        recording, now = self._store.record(Recording, recording_id_of(session_id)), self._clock()
        if recording is None or recording.status not in (*_GOES_ON, "to_fetch"):
            return

        def whole(known: Recording) -> Recording:
            since, silences = started_at or known.started_at, _silences(known, now)
            whole = replace(known, status="to_fetch", recording_sid=recording_sid, started_at=since)
            return replace(whole, pauses=(), silences=silences)

        recording = self._change(recording, whole)
        self.fetch(hotel, recording)

    def absent(self, session_id: str) -> None:
        """Nothing was recorded."""
        recording = self._store.record(Recording, recording_id_of(session_id))
        if recording is not None and recording.status in _GOES_ON:
            self._change(recording, lambda r: replace(r, status="failed", last_error="absent"))

    def fetch(self, hotel: Property, recording: Recording) -> bool:
        """Bring a recording home and delete it at Twilio. Returns whether that is done now."""
        try:
            recording = self._bring(recording)
            self._recorder.delete(recording.recording_sid)
        except (CallRefused, CallInDoubt, RecordingsOutOfReach, NotWav) as error:
            log.error("! recording not fetched: %s", error, extra={"fields": {"session_id": recording.session_id}})
            why = str(error)
            self._change(recording, lambda r: replace(r, attempts=r.attempts + 1, last_error=why))
            return False
        return self._file(hotel, recording)

    def _bring(self, recording: Recording) -> Recording:
        """Put it where it is kept. Returns it with the silences that it has there."""
        content, recording = self._content(recording)
        url = self._kept.put(_file(recording), content)
        self._change(recording, lambda r: replace(r, url=url))
        return replace(recording, url=url)

    def _content(self, recording: Recording) -> tuple[bytes, Recording]:
        """From where it is kept, else from Twilio. Its silences are read again when it is here: one may have come."""
        sid, channels = recording.recording_sid, recording.channels
        wav = self._kept.get(_file(recording)) if recording.url else self._recorder.fetch(sid, channels)
        recording = self._store.record(Recording, recording.recording_id) or recording
        since = recording.started_at or recording.created_at
        gone = [((s.start - since).total_seconds(), (s.end - since).total_seconds()) for s in recording.silences]
        return silenced(wav, gone), recording

    def heard(self, recording: Recording) -> Iterator[bytes]:
        """What people hear who listen to it: a WAV file, in parts. One that nobody has fetched yet comes from Twilio.

        Raises, before the first part: NotFound where there is nothing; Busy.
        """
        try:
            if recording.status not in ("to_fetch", "kept"):
                raise NotFound("no_recording", f"the recording is {recording.status}")
            if recording.source == "relay":
                return recording_pieces.wav(self._kept, recording.session_id)
            return iter([self._content(recording)[0]])
        except (CallRefused, CallInDoubt, RecordingsOutOfReach, NotWav) as error:
            raise Busy("recording_out_of_reach", f"the recording cannot be had now: {error}") from error

    def file_relays(self, hotel: Property, session: Session) -> None:
        """The relay's files of a call that is over are known from here on."""
        if not recording_pieces.are_left(self._kept, session):
            return
        name = recording_id_of(session.session_id)
        made = Recording(name, hotel.property_id, session.session_id, session.start_time, "relay")
        filed = replace(made, url=self._kept.url(session.session_id))
        recording = self._store.change_record(Recording, name, lambda known: None if known else filed)
        if recording is not None and recording.source == "relay" and recording.status != "deleted":
            self._file(hotel, recording)

    def _file(self, hotel: Property, recording: Recording) -> bool:
        """It is kept as it is here. Returns False where there is more to be silenced in it by now."""
        days = timedelta(days=hotel.retention.recordings_days)

        def filed(known: Recording) -> Recording:
            status = "kept" if known.silences == recording.silences else known.status
            return replace(known, status=status, delete_at=known.created_at + days, last_error="")

        is_kept = self._change(recording, filed).status == "kept"
        url, session_id = recording.url, recording.session_id
        if recording.recording_id == recording_id_of(session_id):  # and no message on the tape behind the call
            self._store.change_session(session_id, lambda s: replace(s, recording_url=url) if s else None)
        return is_kept

    # --- when its time is over ---

    def sweep(self, now: datetime, limit: int) -> Swept:
        """Delete the recordings whose days are over, and what refers to them."""
        done, files, failed = 0, 0, []
        for recording in self._store.due_records(Recording, now, limit):
            try:
                files += self._kept.delete(recording.session_id)
            except RecordingsOutOfReach as error:
                log.error("! recording not deleted: %s", error, extra={"fields": {"session_id": recording.session_id}})
                failed.append(recording.session_id)
                continue
            self._forget(recording)
            done += 1
        return Swept(done, files, tuple(failed))

    def is_over(self, hotel: Property, recording: Recording) -> bool:
        """Whether its days are over, also where it was never kept."""
        return self._clock() - recording.created_at >= timedelta(days=hotel.retention.recordings_days)

    def abandon(self, recording: Recording) -> bool:
        """One that is at Twilio after all its days is deleted, ours first. Returns whether that is done."""
        try:
            if recording.url:
                self._kept.delete(recording.session_id)
                self._change(recording, lambda r: replace(r, url=""))
            if recording.recording_sid:
                self._recorder.delete(recording.recording_sid)
        except (CallRefused, CallInDoubt, RecordingsOutOfReach) as error:
            log.error("! recording not deleted: %s", error, extra={"fields": {"session_id": recording.session_id}})
            return False
        self._forget(recording)
        return True

    def _forget(self, recording: Recording) -> None:
        """What points into the recording points nowhere now: the call's URL, clips of names, times of turns."""
        session_id = recording.session_id
        for turn in self._store.turns(session_id):
            if turn.audio_start_ms is not None or turn.audio_end_ms is not None:
                self._store.put_turn(session_id, replace(turn, audio_start_ms=None, audio_end_ms=None))
        for lead in self._store.leads(session_id):
            if lead.name_clip is not None:
                self._store.put_lead(replace(lead, name_clip=None))
        self._store.change_session(session_id, lambda s: replace(s, recording_url="") if s else None)
        self._change(recording, lambda r: replace(r, status="deleted", url="", silences=()))

    def _change(self, recording: Recording, change: Callable[[Recording], Recording]) -> Recording:
        changed = self._store.change_record(Recording, recording.recording_id, lambda r: change(r) if r else None)
        assert changed is not None
        return changed


def _file(recording: Recording) -> str:
    return f"{recording.session_id}/{recording.recording_sid}.wav"


def _silences(recording: Recording, now: datetime, but_for: Collection[Pause] = ()) -> tuple[Silence, ...]:
    """Of what nothing is kept, when its pauses end now, but for those that go on."""
    ended = {Silence(pause.since, now) for pause in recording.pauses if pause not in but_for}
    return tuple({*recording.silences, *ended})
