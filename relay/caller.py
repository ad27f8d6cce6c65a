"""The caller's side in neutral words: what a caller's client tells us and what we tell it, on a phone or at a kiosk.

The rules of a call know the caller by these alone; `twilio` and `kiosk` turn them into their wires' messages and back.
The words are Twilio's where it has one.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """How the audio of one stream is written, both ways. `name` is the wire's word for it (`audio/{name}`)."""

    name: str
    bytes_per_ms: int
    silence: bytes  # one byte of it
    frame_bytes: int = field(init=False)  # 20 ms
    message_bytes: int = field(init=False)  # 120 ms, in which the agent's audio is sent

    def __post_init__(self) -> None:
        object.__setattr__(self, "frame_bytes", 20 * self.bytes_per_ms)
        object.__setattr__(self, "message_bytes", 120 * self.bytes_per_ms)


PCMU = AudioFormat("pcmu", 8, b"\xff")  # G.711 mu-law at 8 kHz
PCM24 = AudioFormat("pcm", 48, b"\x00")  # 16 bit little-endian at 24 kHz

FORMATS = {audio.name: audio for audio in (PCMU, PCM24)}

# --- from the caller ---

# Media, Mark, SendMedia and SendMark are made many times a second: they have a compiled form (caller.pxd), which
# refuses `slots=True`.


@dataclass(frozen=True, slots=True)
class Connected:
    pass


@dataclass(frozen=True, slots=True)
class Start:
    """The stream begins. `audio` is None when its format is none of ours; `call_sid` is "" but for a phone call."""

    stream_sid: str
    call_sid: str
    token: str = field(repr=False)
    audio: AudioFormat | None = PCMU


@dataclass(frozen=True)
class Media:
    """What the caller said: audio in the stream's format. `timestamp_ms`: when it was recorded, by their own clock."""

    audio: bytes
    timestamp_ms: int | None = None  # where the client says so


@dataclass(frozen=True)
class Mark:
    """All audio sent before this mark has been played, or thrown away by a `clear`."""

    name: str


@dataclass(frozen=True, slots=True)
class Played:
    """Of the audio between the mark before and this one, `ms` have been played so far; all before that was."""

    mark: str
    ms: int


@dataclass(frozen=True, slots=True)
class Dtmf:
    digit: str


@dataclass(frozen=True, slots=True)
class Text:
    """The guest wrote instead of speaking."""

    text: str


@dataclass(frozen=True, slots=True)
class Typing:
    """The guest is writing, and has not sent it yet."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """The guest pressed the button that stops the agent."""


@dataclass(frozen=True, slots=True)
class Stop:
    pass


@dataclass(frozen=True, slots=True)
class Unknown:
    event: str


FromCaller = Connected | Start | Media | Mark | Played | Dtmf | Text | Typing | Interrupt | Stop | Unknown

# One message of audio: its base64 as it came, and what that is; when it was recorded by the client's clock (ms), None
# where it does not say; the client's count of its messages, 0 where it does not. No class: to make one of those takes
# four times as long, 50 times a second.
Frame = tuple[bytes, bytes, int | None, int]

# --- to the caller ---


@dataclass(frozen=True)
class SendMedia:
    audio: bytes  # whole frames of 20 ms in the stream's format


@dataclass(frozen=True)
class SendMark:
    """A mark behind the audio sent since the one before: it was `item_id`'s, which goes up to `ms` now."""

    name: str
    item_id: str = ""
    ms: int = 0


@dataclass(frozen=True, slots=True)
class Clear:
    """Empties the client's buffer; all pending marks come back at once, and were not heard."""


ToCaller = SendMedia | SendMark | Clear
