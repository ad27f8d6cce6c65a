"""TwiML of a warm transfer: the guest's queue and its music, and what the staff hears and keys. Pure.

Source: the TwiML reference of Twilio: Enqueue (a queue's name has at most 64 characters; `waitUrl` may Play, Say,
Pause, Redirect, Leave), Leave, Dial with Queue (waits for a member until its time-out), `hangupOnStar` (the calling
party of a Dial, here the staff, leaves it by the star key and goes on in their own document).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from twilio.twiml.voice_response import Dial, Enqueue, Gather, VoiceResponse  # type: ignore[import-untyped]

from nightdesk.twiml import ASKED_AGAIN
from nightdesk.twiml_keys import Line

KEY_TIMEOUT_S = 8
_CONNECT_TIMEOUT_S = 5
"""So long who took the call waits for a guest who may have hung up that moment."""


@dataclass(frozen=True)
class Ring:
    """One ring of a transfer, as the URLs name it that Twilio asks about it. `origin` is that of our webhooks."""

    origin: str
    session_id: str
    attempt: int
    dial: int

    @property
    def queue(self) -> str:
        """Of one guest alone."""
        return f"{self.session_id}-{self.attempt}"

    def guest_url(self, about: str, **more: int) -> str:
        """What the guest's call asks; whose it is, its CallSid says."""
        return f"{self.origin}/voice/twilio/{about}?{urlencode({'attempt': self.attempt, **more})}"

    def staff_url(self, about: str) -> str:
        """What the staff's call asks, which has a CallSid of its own."""
        named = {"session": self.session_id, "attempt": self.attempt, "dial": self.dial}
        return f"{self.origin}/voice/twilio/{about}?{urlencode(named)}"


def enqueue(ring: Ring, first: Line) -> str:
    """Let the guest wait. The Redirect is for a queue that cannot be entered at all."""
    response = VoiceResponse()
    _say(response, first)
    ended = ring.guest_url("queue-ended") + ASKED_AGAIN
    response.append(Enqueue(name=ring.queue, action=ended, wait_url=ring.guest_url("wait")))
    response.redirect(ended)
    return str(response)


def wait(ring: Ring, first: Line, music: Sequence[str], since: int) -> str:
    """Words, music from these URLs one after the other, and the same question again.

    `since`, in seconds of the epoch, is when the guest began to wait: whether Twilio says it again with a Redirect, its
    documentation does not tell.
    """
    response = VoiceResponse()
    _say(response, first)
    for url in music:
        response.play(url)
    response.redirect(ring.guest_url("wait", since=since))
    return str(response)


def leave() -> str:
    """Out of the queue; its action is asked what comes next."""
    response = VoiceResponse()
    response.leave()
    return str(response)


def ask_again(ring: Ring, seconds: int, asked: int) -> str:
    """The same question about the end of a queue once more, after a moment."""
    response = VoiceResponse()
    response.pause(length=seconds)
    response.redirect(ring.guest_url("queue-ended", bridged=1, asked=asked))
    return str(response)


def fetch(ring: Ring) -> str:
    """For a guest's call that is told by REST to leave the queue and ask what comes next."""
    response = VoiceResponse()
    response.redirect(ring.guest_url("queue-ended"))
    return str(response)


def ask(ring: Ring, told: Sequence[Line], keys: Line) -> str:
    """Tell the staff, and take one key; who presses none is asked once more, and then the call to them ends."""
    response = VoiceResponse()
    for lines in ([*told, keys], [keys]):
        gather = Gather(
            input="dtmf", num_digits=1, finish_on_key="", timeout=KEY_TIMEOUT_S, action=ring.staff_url("staff-answer")
        )
        for line in lines:
            _say(gather, line)
        response.append(gather)
    response.hangup()
    return str(response)


def connect(ring: Ring, first: Line) -> str:
    """Connect the staff with the guest in the queue; the star key ends that."""
    response = VoiceResponse()
    _say(response, first)
    dial = Dial(action=ring.staff_url("staff-ended"), timeout=_CONNECT_TIMEOUT_S, hangup_on_star=True)
    dial.queue(ring.queue)
    response.append(dial)
    return str(response)


def goodbye(line: Line) -> str:
    response = VoiceResponse()
    _say(response, line)
    response.hangup()
    return str(response)


def _say(into: VoiceResponse | Gather, line: Line) -> None:
    if line.text:
        into.say(line.text, language=line.locale)
