"""The questions the clerk can be waiting for, and which kind of answer each expects."""

from collections.abc import Mapping
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
    BOOK = "book"
    """Shall I book it for you?"""
    RATE = "rate"
    """Which of two rates: the usual one, or the cheaper one that is not refundable?"""
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
    """The read-back before a write: only a yes to this one, or to CANCEL, SEND and KEY_CARD, writes anything."""
    CHANGE = "change"
    PERSON = "person"
    ELSE = "else"

    # Whose booking
    CODE = "code"
    CODE_CHECK = "code_check"
    """Of a code that was spoken: was it heard right?"""
    LAST_NAME = "last_name"
    """Spelled on the phone: a booking is found by it again."""
    NAME_CHECK = "name_check"
    CANCEL = "cancel"
    """Behind the fee: shall I cancel it?"""
    SEND = "send"
    """Shall I send it by text message?"""
    KEY_CARD = "key_card"
    """Shall I put you through to the line where a card is keyed?"""

    # What is to be done
    TEMPLATE = "template"
    """What shall be sent by text message?"""
    ROOM_NUMBER = "room_number"
    DAY = "day"
    TIME = "time"
    NEED = "need"
    PROBLEM = "problem"
    LOST = "lost"
    FOR_WHOM = "for_whom"
    MESSAGE = "message"
    REASON = "reason"
    CATEGORY = "category"
    """Which kind of place is to be recommended?"""

    # Of a stay that is over
    RATING = "rating"
    """From one to five: said, or a key."""
    COMMENT = "comment"
    """What was good, or could be better?"""


EXPECTS: Mapping[Step, Expect] = {
    Step.HELP: "open",
    Step.ARRIVAL: "dates",
    Step.NIGHTS: "dates",
    Step.GUESTS: "guests",
    Step.HOLD: "yes_no",
    Step.BOOK: "yes_no",
    Step.RATE: "open",
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
    Step.CODE: "digits",
    Step.CODE_CHECK: "yes_no",
    Step.LAST_NAME: "name",
    Step.NAME_CHECK: "yes_no",
    Step.CANCEL: "yes_no",
    Step.SEND: "yes_no",
    Step.KEY_CARD: "yes_no",
    Step.TEMPLATE: "open",
    Step.ROOM_NUMBER: "digits",
    Step.DAY: "dates",
    Step.TIME: "open",
    Step.NEED: "open",
    Step.PROBLEM: "open",
    Step.LOST: "open",
    Step.FOR_WHOM: "open",
    Step.MESSAGE: "open",
    Step.REASON: "open",
    Step.CATEGORY: "open",
    Step.RATING: "guests",  # whose grammar has the small numbers
    Step.COMMENT: "open",
}

LEAD_STEPS = frozenset({Step.NAME, Step.LINE, Step.KEYPAD, Step.NUMBER_CHECK})
IDENTITY_STEPS = frozenset({Step.CODE, Step.CODE_CHECK, Step.LAST_NAME, Step.NAME_CHECK})
FREE_TEXT = frozenset({Step.NEED, Step.PROBLEM, Step.LOST, Step.FOR_WHOM, Step.MESSAGE, Step.REASON}) | {Step.COMMENT}
"""Whatever is said to these is the answer, but for what is never one: "a person please", "never mind"."""
YES_NO = frozenset(step for step, expect in EXPECTS.items() if expect == "yes_no") | {Step.OTHER_DATES}
STATES_PRICE = frozenset(
    {*LEAD_STEPS, *IDENTITY_STEPS, Step.HOLD, Step.BOOK, Step.RATE, Step.ROOM, Step.ALTERNATIVE}
) | {Step.OTHER_DATES, Step.CONFIRM}
"""Steps that are only reached when the guest has heard the price, or why there is none."""
