"""The questions the clerk can be waiting for, and which kind of answer each expects."""

from enum import StrEnum
from typing import Literal

Expect = Literal["open", "yes_no", "dates", "guests", "name", "digits"]


class Step(StrEnum):
    HELP = "help"
    """How can I help you?"""
    ARRIVAL = "arrival"
    NIGHTS = "nights"
    GUESTS = "guests"
    HOLD = "hold"
    """Shall I take your name and number, so the front desk can confirm it with you?"""
    ROOM = "room"
    """Which of several?"""
    ALTERNATIVE = "alternative"
    """Would the other room, or the other dates, that the hotel offers instead do?"""
    OTHER_DATES = "other_dates"
    NAME = "name"
    LINE = "line"
    """Shall we use the number you are calling from?"""
    KEYPAD = "keypad"
    NUMBER_CHECK = "number_check"
    """Of a number that was spoken: was it heard right?"""
    CONFIRM = "confirm"
    """The read-back before the write: only a yes to this one writes anything."""
    CHANGE = "change"
    PERSON = "person"
    ELSE = "else"


EXPECTS: dict[Step, Expect] = {
    Step.HELP: "open",
    Step.ARRIVAL: "dates",
    Step.NIGHTS: "dates",
    Step.GUESTS: "guests",
    Step.HOLD: "yes_no",
    Step.ROOM: "open",
    Step.ALTERNATIVE: "yes_no",
    Step.OTHER_DATES: "dates",
    Step.NAME: "name",
    Step.LINE: "yes_no",
    Step.KEYPAD: "digits",
    Step.NUMBER_CHECK: "yes_no",
    Step.CONFIRM: "yes_no",
    Step.CHANGE: "open",
    Step.PERSON: "yes_no",
    Step.ELSE: "open",
}

LEAD_STEPS = frozenset({Step.NAME, Step.LINE, Step.KEYPAD, Step.NUMBER_CHECK})
STATES_PRICE = LEAD_STEPS | {Step.HOLD, Step.ROOM, Step.ALTERNATIVE, Step.OTHER_DATES, Step.CONFIRM}
"""Steps that are only reached when the guest has heard the price, or why there is none."""
