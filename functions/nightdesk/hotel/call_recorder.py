"""The port to a telephone company that records calls itself, and its fake; Twilio's adapter is beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from nightdesk.hotel.telephony import CallInDoubt, CallRefused


class CallRecorder(Protocol):
    """All raise CallRefused (`over`: no such call or recording any more; `busy`: too many requests) and CallInDoubt."""

    def start(self, call_sid: str, told_url: str) -> str:
        """Record a call from here on, each side on a channel of its own; returns the recording_sid.

        `told_url` hears when it is complete, or absent.
        """
        ...

    def pause(self, call_sid: str, recording_sid: str) -> None:
        """From here on it has silence, as long as time passes."""
        ...

    def resume(self, call_sid: str, recording_sid: str) -> None: ...

    def stop(self, call_sid: str, recording_sid: str) -> None: ...

    def fetch(self, recording_sid: str, channels: int) -> bytes:
        """The whole of it as WAV, with as many channels as it was made with."""
        ...

    def delete(self, recording_sid: str) -> None:
        """For good; one that is not there any more is fine."""
        ...


@dataclass
class FakeRecorder:
    """`asked`: what was asked of it, in order. `files`: what there is to be fetched. `down`: it does not answer."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    down: bool = False
    over: bool = False

    def start(self, call_sid: str, told_url: str) -> str:
        self._note("start", call_sid)
        return f"RE{len(self.asked):032x}"

    def pause(self, call_sid: str, recording_sid: str) -> None:
        self._note("pause", recording_sid)

    def resume(self, call_sid: str, recording_sid: str) -> None:
        self._note("resume", recording_sid)

    def stop(self, call_sid: str, recording_sid: str) -> None:
        self._note("stop", recording_sid)

    def fetch(self, recording_sid: str, channels: int) -> bytes:
        self._note("fetch", recording_sid)
        if recording_sid not in self.files:
            raise CallRefused("over", "there is no such recording")
        if channels > int.from_bytes(self.files[recording_sid][22:24], "little"):  # of its WAV
            raise CallRefused("unavailable", "a recording with one channel is not to be had with two")
        return self.files[recording_sid]

    def delete(self, recording_sid: str) -> None:
        self._note("delete", recording_sid)
        self.files.pop(recording_sid, None)

    def _note(self, what: str, about: str) -> None:
        if self.down:
            raise CallInDoubt("no answer")
        if self.over:
            raise CallRefused("over", "the call is over")
        self.asked.append((what, about))


class NoRecorder(FakeRecorder):
    """No account is set: nothing is recorded."""

    def _note(self, what: str, about: str) -> None:
        raise CallRefused("unavailable", "no account is set")
