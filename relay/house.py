"""What the calls of this process have in common."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from relay.agent import CallSettings
from relay.clips import Clips
from relay.engines import Engines
from relay.events import Publisher
from relay.functions_client import FunctionsClient
from relay.pacer import Pacer
from relay.recording_writer import RecordingWriter
from relay.stats import Stats
from relay.tracing import Tracing

if TYPE_CHECKING:
    from relay.bridge import Bridge


@dataclass(slots=True)
class House:
    """What all bridges share, and the bridges themselves."""

    call_settings: CallSettings
    engines: Engines
    functions: FunctionsClient
    publisher: Publisher
    pacer: Pacer
    clips: Clips
    recordings: RecordingWriter | None
    counts: Counter[str] = field(default_factory=Counter)
    bridges: set[Bridge] = field(default_factory=set)
    tracing: Tracing | None = None
    stats: Stats = field(init=False)

    def __post_init__(self) -> None:
        self.stats = Stats((engine.name for engine in self.call_settings.engines), lambda: self.bridges)

    @property
    def calls(self) -> int:
        """Streams that count: a page may be anybody's until functions have taken its token."""
        return sum(bridge.is_known for bridge in self.bridges)
