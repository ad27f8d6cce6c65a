"""What a form that adds a participant to a conference asks for: a call, and how it takes part upon the answer.

Source: twilio.md 4.6; Twilio's REST schema for participants (defaults, Timeout of 5 s at least, events `start end`);
error pages 15004, 16002, 16003, 16024, 16026-16028, 21263.
"""

from collections.abc import Container, Iterable
from dataclasses import replace
from xml.sax.saxutils import escape, quoteattr

from local.twilio import twiml
from local.twilio.conferences import Room
from local.twilio.errors import CallFailure, Problem
from local.twilio.forms import ApiError, Form, NewCall
from local.twilio.twiml_dial import is_label
from local.twilio.verbs import Conference, Dial

_NOUN = {
    "Beep": "beep",
    "CallSidToCoach": "coach",
    "ConferenceRecord": "record",
    "ConferenceRecordingStatusCallback": "recordingStatusCallback",
    "ConferenceRecordingStatusCallbackEvent": "recordingStatusCallbackEvent",
    "ConferenceRecordingStatusCallbackMethod": "recordingStatusCallbackMethod",
    "ConferenceStatusCallback": "statusCallback",
    "ConferenceStatusCallbackEvent": "statusCallbackEvent",
    "ConferenceStatusCallbackMethod": "statusCallbackMethod",
    "ConferenceTrim": "trim",
    "EndConferenceOnExit": "endConferenceOnExit",
    "JitterBufferSize": "jitterBufferSize",
    "Label": "participantLabel",
    "MaxParticipants": "maxParticipants",
    "Muted": "muted",
    "Region": "region",
    "StartConferenceOnEnter": "startConferenceOnEnter",
    "WaitMethod": "waitMethod",
    "WaitUrl": "waitUrl",
}
"""Parameters of a new participant that are attributes of the noun."""
_DETECTION = {"AmdStatusCallback": "AsyncAmdStatusCallback", "AmdStatusCallbackMethod": "AsyncAmdStatusCallbackMethod"}
"""Answering machine detection is in the background here, and its callback has another name than that of a call."""
_OF_CALLS_ALONE = ("AsyncAmd", "AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod")
_NOT_SIMULATED = (
    *("CallerDisplayName", "EmergencyAddress", "EmergencyCallerLocation", "EmergencyCallerPosition", "EmergencyCity"),
    *("EmergencyCountry", "EmergencyName", "EmergencyState", "EmergencyZipCode"),
)
_SHORTEST_RING_S = 5


class NewParticipant:
    """Raises ApiError for what is no participant at all; `check` for what does not go with the others."""

    def __init__(self, fields: dict[str, list[str]], name: str) -> None:
        self._fields, self._form = fields, Form(fields)
        for parameter in _NOT_SIMULATED:
            if self._form[parameter]:
                raise ApiError(501, 0, f"The simulated Twilio does not know {parameter} of a participant yet.")
        if self._form["EarlyMedia"] == "true":
            raise ApiError(501, 0, "The simulated Twilio lets nobody in a conference hear the ringing of another.")
        if self._form.flag("Coaching") != bool(self._form["CallSidToCoach"]):
            raise ApiError(400, 20001, "Coaching and CallSidToCoach go together")
        if not is_label(self._form["Label"]):
            raise ApiError(400, 16024, Problem(16023).message)
        self._form.whole("Timeout", 60, 600, _SHORTEST_RING_S)
        given = {attribute: " ".join(fields[name]) for name, attribute in _NOUN.items() if name in fields}
        if "statusCallback" in given:
            given.setdefault("statusCallbackEvent", "start end")
        attributes = "".join(f" {attribute}={quoteattr(value)}" for attribute, value in given.items())
        self._twiml = f"<Response><Dial><Conference{attributes}>{escape(name)}</Conference></Dial></Response>"
        self.noun = self._read()

    def check(self, room: Room | None) -> None:
        """Is there a place for it? `room` None is one that comes to be with it. Raises ApiError 16026-16028."""
        if room is not None and room.find(self.noun.label):
            raise ApiError(400, 16026, f"Participant label {self.noun.label!r} is in use by another participant")
        if self.noun.coach and (why_not := room.whisper_problem(self.noun.coach) if room is not None else 16028):
            raise ApiError(400, why_not, Problem(why_not).message)

    def call(self, own_numbers: Container[str], closed: Iterable[str]) -> NewCall:
        """The call to the participant. Raises ApiError as `Form.new_call` does."""
        strangers = [name for name in _OF_CALLS_ALONE if name in self._fields]
        about = {
            _DETECTION.get(name, name): values
            for name, values in self._fields.items()
            if name not in (*_NOUN, *strangers, "Url")
        }
        order = Form(about | {"AsyncAmd": ["true"], "Twiml": [self._twiml]}).new_call(own_numbers, closed)
        warned = (Problem(21263, ", ".join(strangers)),) if strangers else ()
        return replace(order, problems=order.problems + warned)

    def _read(self) -> Conference:
        """The noun, as the call will find it."""
        try:
            document = twiml.parse(self._twiml.encode())
        except CallFailure as failure:
            code = 21205 if failure.problem.code == 15004 else 16002
            raise ApiError(400, code, f"Failed to validate conference attributes: {failure}") from failure
        (dial,) = document.verbs
        assert isinstance(dial, Dial)
        if dial.conference is None:
            raise ApiError(400, 16003, "Could not recognize conference sid or friendly name")
        if document.problems:
            raise ApiError(400, 16002, f"Failed to validate conference attributes: {document.problems[0]}")
        return dial.conference
