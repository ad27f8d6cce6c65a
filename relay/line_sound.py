"""What the levels of a line say: which of it is sound, how long that goes on, and whether it is the agent's echo. Pure.

Levels are those of `envelopes`, one per frame of 20 ms, 0.0 to 1.0, the newest last.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import NamedTuple

# Sound that has ended for so long has ended.
ENDED_FRAMES = 8
# With fewer there is nothing to learn, and nothing to compare.
FEWEST_FRAMES = 8

# Echo: what is compared, the longest way round, and what is convincing. Weak sound needs less likeness.
WINDOW_FRAMES = 30
LONGEST_ECHO_FRAMES = 35
LIKENESS = 0.70
STRONGEST_ECHO = 0.15
LIKENESS_IF_WEAK = 0.55
WEAK_ECHO = 0.03
# Sound this many times louder than the echo known on this line is none.
ABOVE_ECHO = 3.0
NO_SPREAD = 1e-7


class Sound(NamedTuple):
    """The caller's sound of the last second, in frames."""

    run: int  # how long its latest stretch is, short gaps included
    quiet: int  # since then
    total: int  # of it in this utterance


@dataclass(frozen=True, slots=True)
class Echo:
    """How the agent's sound comes back on this line. `gain` is of magnitudes."""

    lag_frames: int
    gain: float
    likeness: float

    @property
    def is_convincing(self) -> bool:
        if self.gain <= WEAK_ECHO:
            return self.likeness >= LIKENESS_IF_WEAK
        return self.gain <= STRONGEST_ECHO and self.likeness >= LIKENESS


def sound(values: list[float], begins: float, goes_on: float, echo: list[float]) -> list[bool]:
    """For each frame whether it is sound: louder than `begins` at first, than `goes_on` later, and always than `echo`.

    `echo` is as long as `values`, or empty.
    """
    found = []
    is_on = False
    for index, value in enumerate(values):
        is_on = value > (goes_on if is_on else begins) and (not echo or value > echo[index])
        found.append(is_on)
    return found


def measure(found: list[bool], utterance: int) -> Sound:
    """The latest stretch of sound in what `sound` found. `utterance`: of how many frames all of it is counted."""
    run = quiet = gap = total = 0
    index, ended = len(found), ENDED_FRAMES
    while index and gap < ended:
        index -= 1
        if found[index]:
            run += gap + 1
            gap = 0
        elif not run:
            quiet += 1
        else:
            gap += 1
    for index in range(max(0, len(found) - utterance), len(found)):
        total += found[index]
    return Sound(run, quiet, total)


def most_echo(agent: list[float], echo: Echo) -> list[float]:
    """How loud this echo may be, frame by frame. `agent` begins `echo.lag_frames + 2` frames before the first of them.

    The way round is no whole number of frames, so the frames beside the one that fits count as well.
    """
    factor, lag = ABOVE_ECHO * echo.gain, echo.lag_frames
    most = []
    for index in range(len(agent) - lag - 2):
        loudest = max(agent[index + 1], agent[index + 2])
        if index + 3 < len(agent):
            loudest = max(loudest, agent[index + 3])
        most.append(factor * loudest)
    return most


def find_echo(caller: list[float], agent: list[float]) -> Echo | None:
    """Where the caller's sound fits best on what the agent said before it; None when the agent was silent.

    `agent` ends with the same frame, and begins LONGEST_ECHO_FRAMES before `caller`. Normalised cross-correlation of
    the two, each without its mean.
    """
    count, lags = len(caller), LONGEST_ECHO_FRAMES
    if count < FEWEST_FRAMES or len(agent) < count + lags:
        return None
    heard, said = array("d", caller), array("d", agent)
    mean = sum(caller) / count
    power = total = energy = 0.0
    for index in range(count):
        heard[index] -= mean
        power += heard[index] * heard[index]
        total += said[index]
        energy += said[index] * said[index]
    if power <= NO_SPREAD:
        return None
    likeness, gain, lag = -1.0, 0.0, -1
    for start in range(lags + 1):
        if start:
            gone, come = said[start - 1], said[start + count - 1]
            total += come - gone
            energy += come * come - gone * gone
        spread = energy - total * total / count
        if spread > NO_SPREAD:
            product = 0.0
            for index in range(count):
                product += heard[index] * said[start + index]
            like = product / (power * spread) ** 0.5
            if like > likeness:
                likeness, gain, lag = like, (product + mean * total) / energy, lags - start
    return Echo(lag, gain, likeness) if lag >= 0 else None
