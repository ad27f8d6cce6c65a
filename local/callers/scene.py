"""What a scripted caller does and what must come of it, as data. `script.py` reads it from a YAML file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.callers.steps import Step, lines


@dataclass(frozen=True)
class Answerer:
    """Who answers a number that is dialled.

    `says` is a line, spoken when answering; "" for none. Then come the `steps`, and the end of the call so long after
    them. `machine` is the greeting of an answering machine, which then beeps and records; "" for a person.
    """

    answers: bool = True
    busy: bool = False
    after_s: float = 1.0
    says: str = ""
    steps: tuple[Step, ...] = ()
    hangs_up_after_s: float = 4.0
    machine: str = ""
    beeps: bool = True

    @property
    def lines(self) -> list[str]:
        return [line for line in (self.says, self.machine) if line] + lines(self.steps)


@dataclass(frozen=True)
class Placed:
    """The hotel calls, from `called`, and the guest's telephone rings.

    `order` is what the hotel's staff asks for; or `promise`, what the guest wanted to be called back about in an
    earlier conversation. `answers` is how the guest's telephone takes one call after the other: the last is the scene.
    """

    order: Mapping[str, Any] = field(default_factory=dict)
    promise: str | None = None
    answers: tuple[Answerer, ...] = (Answerer(),)


@dataclass(frozen=True)
class KillRelay:
    """The relay that carries the call is taken away `after_agent_ms` into the agent's `turn`-th turn (from 1)."""

    after_agent_ms: int
    turn: int = 1


@dataclass(frozen=True)
class Stop:
    """These parts of the system end `after_agent_ms` into the `turn`-th time that a voice is heard; 0: before the call.

    They are brought back after it; no other call goes on meanwhile.
    """

    parts: tuple[str, ...]
    after_agent_ms: int = 0
    turn: int = 1


@dataclass(frozen=True)
class Faults:
    kill_relay: KillRelay | None = None
    stop: Stop | None = None
    events_delay_s: float | None = None
    events_twice: bool = False
    webhooks_twice: bool = False
    """Each of Twilio's requests about the guest's call comes twice: its first answer is lost."""
    callbacks_late_s: float = 0.0
    """News of the call's progress come so long after those of its end."""
    replays: bool = False
    """When all is over somebody sends each of Twilio's requests about the call again, as it was and forged."""


@dataclass(frozen=True)
class Asked:
    """A tool that is asked for in the clerk's place."""

    tool: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class ExpectedTool:
    """`arguments` and `result` must be contained in those of the call."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    ok: bool = True


@dataclass(frozen=True)
class Expectation:
    """What must be true after the call. None means: not looked at.

    tools: exactly these calls in this order. lead: contained in the one lead left by this call; False: no lead.
    heard_price: the total of the last availability is recognised in the agent's audio against 20 other prices.
    said / never_said: parts of what the agent said, whatever the case; said_once: said in exactly one turn.
    events: types in this order, others may stand between. attempts: how many streams the call had.
    heard / never_heard: parts of what the telephone system spoke to the guest's phone (<Say>), whatever the case.
    texts: exactly these texts were sent, `body` being a part of one. calls: the statuses of all calls to a number, in
    order. stored: by table, what the call left there; each is contained in one, and there are no more.
    `TABLE by phone`: what stands there for the caller's number, whichever of its calls left it.
    nowhere: numbers that are in no file of the run, whatever stands between their digits.
    """

    tools: tuple[ExpectedTool, ...] | None = None
    outcome: str | None = None
    lead: Mapping[str, Any] | bool | None = None
    heard_price: bool = False
    transferred_to: str | None = None
    said: tuple[str, ...] = ()
    never_said: tuple[str, ...] = ()
    said_once: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    attempts: int | None = None
    ended_by: str | None = None
    barge_ins: int | None = None
    heard: tuple[str, ...] = ()
    never_heard: tuple[str, ...] = ()
    texts: tuple[Mapping[str, Any], ...] | None = None
    calls: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    stored: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    nowhere: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scene:
    name: str
    title: str
    caller: str
    called: str
    steps: tuple[Step, ...]
    repeats: int
    people: Mapping[str, Answerer]
    faults: Faults
    expect: Expectation
    ci: bool = False
    placed: Placed | None = None
    asks: Mapping[str, Asked] = field(default_factory=dict)

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line that must exist as a WAV."""
        called = [*self.people.values(), *(self.placed.answers if self.placed else ())]
        spoken = lines(self.steps) + [line for person in called for line in person.lines]
        return tuple(dict.fromkeys(spoken))
