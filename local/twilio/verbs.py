"""TwiML as data: what a document asks for, after parsing. One frozen dataclass per verb or noun.

URLs are absolute here; durations carry their unit. Source: Twilio's TwiML pages for each verb.
"""

from dataclasses import dataclass, field

from local.twilio.errors import Problem


@dataclass(frozen=True)
class Say:
    text: str
    voice: str = "man"
    language: str = "en-US"
    loop: int = 1


@dataclass(frozen=True)
class Play:
    url: str = ""
    digits: str = ""
    loop: int = 1


@dataclass(frozen=True)
class Pause:
    length_s: int = 1


@dataclass(frozen=True)
class Redirect:
    url: str
    method: str = "POST"


@dataclass(frozen=True)
class Hangup:
    pass


@dataclass(frozen=True)
class Reject:
    reason: str = "rejected"


@dataclass(frozen=True)
class Stream:
    url: str
    name: str = ""
    status_callback: str = ""
    status_callback_method: str = "POST"
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Connect:
    stream: Stream
    action: str = ""
    method: str = "POST"


@dataclass(frozen=True)
class Number:
    """Somebody to dial. `events` are the call progress events asked for (default: completed)."""

    number: str
    send_digits: str = ""
    status_callback: str = ""
    status_callback_method: str = "POST"
    events: tuple[str, ...] = ("completed",)


@dataclass(frozen=True)
class Dial:
    numbers: tuple[Number, ...]
    action: str = ""
    method: str = "POST"
    timeout_s: int = 30
    time_limit_s: int = 14400
    caller_id: str = ""
    answer_on_bridge: bool = False
    hangup_on_star: bool = False


Verb = Say | Play | Pause | Redirect | Hangup | Reject | Connect | Dial


@dataclass(frozen=True)
class Document:
    """The verbs in order, and what Twilio's debugger would warn of."""

    verbs: tuple[Verb, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
