"""TwiML as data: what a document asks for, after parsing. One frozen dataclass per verb or noun.

URLs are absolute here; durations carry their unit. Source: Twilio's TwiML pages for each verb.
"""

from dataclasses import dataclass, field

from local.twilio.amd import Detection
from local.twilio.errors import Problem
from local.twilio.recordings import Order


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


Sound = Say | Play | Pause


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
    """`track` is inbound_track, outbound_track or both_tracks."""

    url: str
    name: str = ""
    status_callback: str = ""
    status_callback_method: str = "POST"
    parameters: tuple[tuple[str, str], ...] = ()
    track: str = "inbound_track"

    @property
    def tracks(self) -> list[str]:
        """Which of inbound (what the caller says) and outbound (what the caller hears) it carries."""
        return ["inbound", "outbound"] if self.track == "both_tracks" else [self.track.removesuffix("_track")]


@dataclass(frozen=True)
class Connect:
    stream: Stream
    action: str = ""
    method: str = "POST"


@dataclass(frozen=True)
class NamedRecording:
    """A recording beside the document; "" is no name, and cannot be stopped by one."""

    order: Order
    name: str = ""


@dataclass(frozen=True)
class Start:
    """Something that goes on beside the document."""

    noun: Stream | NamedRecording


@dataclass(frozen=True)
class Stop:
    """End what was started: the `noun` is Stream or Recording."""

    noun: str
    name: str


@dataclass(frozen=True)
class Number:
    """Somebody to dial. `events` are the call progress events asked for (default: completed).

    `whisper` is what the called side is told before the two are connected, `detection` who picks up there.
    """

    number: str
    send_digits: str = ""
    status_callback: str = ""
    status_callback_method: str = "POST"
    events: tuple[str, ...] = ("completed",)
    whisper: str = ""
    whisper_method: str = "POST"
    detection: Detection | None = None


@dataclass(frozen=True)
class Queue:
    """The queue that is dialled; `url` is what its front member hears before."""

    name: str
    url: str = ""
    method: str = "POST"


@dataclass(frozen=True)
class Conference:
    """The room that is entered. `wait_url` None is Twilio's own music, "" is silence; `beep` of onEnter, onExit.

    `record` is an Order when the room is recorded from its start; `events` are names such as start, join, leave.
    """

    name: str
    muted: bool = False
    beep: tuple[str, ...] = ("onEnter", "onExit")
    start_on_enter: bool = True
    end_on_exit: bool = False
    label: str = ""
    wait_url: str | None = None
    wait_method: str = "POST"
    max_participants: int = 250
    coach: str = ""
    record: Order | None = None
    status_callback: str = ""
    status_callback_method: str = "POST"
    events: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dial:
    """Numbers, or one of the other nouns. `record` says how to record the call, and `record_ringing` from when on."""

    numbers: tuple[Number, ...]
    action: str = ""
    method: str = "POST"
    timeout_s: int = 30
    time_limit_s: int = 14400
    caller_id: str = ""
    answer_on_bridge: bool = False
    hangup_on_star: bool = False
    queue: Queue | None = None
    conference: Conference | None = None
    record: Order | None = None
    record_ringing: bool = False


@dataclass(frozen=True)
class Enqueue:
    """`wait_url` "" is Twilio's own music."""

    name: str
    action: str = ""
    method: str = "POST"
    wait_url: str = ""
    wait_method: str = "POST"
    max_size: int = 0


@dataclass(frozen=True)
class Leave:
    pass


@dataclass(frozen=True)
class Gather:
    """`input` holds dtmf, speech or both. `speech_timeout_s` None is auto, `num_digits` 0 means any number of them."""

    prompts: tuple[Sound, ...]
    input: tuple[str, ...]
    action: str
    method: str = "POST"
    timeout_s: int = 5
    speech_timeout_s: int | None = 5
    num_digits: int = 0
    finish_on_key: str = "#"
    language: str = "en-US"
    hints: tuple[str, ...] = ()
    partial_result_callback: str = ""
    partial_result_method: str = "POST"
    action_on_empty_result: bool = False
    barge_in: bool = True
    max_speech_s: int = 60


@dataclass(frozen=True)
class Record:
    """`transcribe_callback` "" wants no words."""

    action: str
    method: str = "POST"
    timeout_s: int = 5
    finish_on_key: str = "1234567890*#"
    max_length_s: int = 3600
    play_beep: bool = True
    trim: bool = True
    status_callback: str = ""
    status_callback_method: str = "POST"
    status_callback_events: tuple[str, ...] = ("completed",)
    transcribe_callback: str = ""


@dataclass(frozen=True)
class Prompt:
    """What is said for some of the steps of a payment; empty tuples mean any."""

    sounds: tuple[Sound, ...]
    steps: tuple[str, ...] = ()
    attempts: tuple[int, ...] = ()
    error_types: tuple[str, ...] = ()
    card_types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pay:
    """`charge_cents` None tokenizes the card instead of charging it. `invalid`: an attribute, and so the whole verb."""

    action: str
    prompts: tuple[Prompt, ...] = ()
    timeout_s: int = 5
    max_attempts: int = 1
    security_code: bool = True
    postal_code: str = "true"
    connector: str = "Default"
    token_type: str = "reusable"
    charge_cents: int | None = None
    currency: str = "usd"
    description: str = ""
    card_types: tuple[str, ...] = ("visa", "mastercard", "amex")
    language: str = "en-US"
    parameters: tuple[tuple[str, str], ...] = ()
    status_callback: str = ""
    status_callback_method: str = "POST"
    invalid: Problem | None = None


Verb = (
    Say
    | Play
    | Pause
    | Redirect
    | Hangup
    | Reject
    | Connect
    | Start
    | Stop
    | Dial
    | Gather
    | Record
    | Enqueue
    | Leave
    | Pay
)


@dataclass(frozen=True)
class Document:
    """The verbs in order, and what Twilio's debugger would warn of."""

    verbs: tuple[Verb, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
