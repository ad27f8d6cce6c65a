"""What is said in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.lexicon_en import ENGLISH
from nightdesk.dialogue.questions_en import MARKS, ON_OUR_CALL, QUESTIONS, WRITTEN
from nightdesk.dialogue.sentences import Words
from nightdesk.dialogue.state import Medium
from nightdesk.dialogue.steps import Step


class English(Words):
    lexicon = ENGLISH
    questions, marks = QUESTIONS, MARKS
    others: ClassVar[Mapping[Medium, Mapping[Step, tuple[str, str]]]] = {"writing": WRITTEN, "our_call": ON_OUR_CALL}
    or_ = "or"
    task_questions: ClassVar[Mapping[tuple[Want, Step], tuple[str, str]]] = {
        (Want.WAKE_UP_CALL, Step.TIME): ("At what time shall we wake you?", "At what time shall we wake you?"),
        (Want.LATE_CHECK_OUT, Step.TIME): (
            "Until what time would you like to keep the room?",
            "Until what time would you like to keep the room?",
        ),
        (Want.APPOINTMENT, Step.DAY): (
            "For which day shall I arrange the call?",
            "For which day shall I arrange the call?",
        ),
        (Want.APPOINTMENT, Step.TIME): ("At what time shall we call you?", "At what time shall we call you?"),
        (Want.PAY, Step.SEND): (
            "Shall I send you the link to pay by text message, to the number ending in {phone}?",
            "Shall I show you the link to pay?",
        ),
    }
    kinds: ClassVar[Mapping[str, str]] = {"services": "a pharmacy"}
    task_changes = "What shall I change: {parts}?"
    part_names: ClassVar[Mapping[str, str]] = {
        "time": "the time",
        "day": "the day",
        "room": "the room number",
        "details": "what it is about",
        "for_whom": "who it is for",
        "message": "the message",
        "reason": "the reason",
    }
    refusals: ClassVar[Mapping[str, str]] = {
        "invalid_arguments": "I am sorry, that cannot be.",
        "wrong_room": "I am sorry, we have no room of that number.",
        "wrong_time": "I am sorry, that time cannot be.",
        "declined": "All right, I will leave it.",
        "dropped": "All right, I will leave that.",
        "sent_twice": "I have sent that twice already, and do not send it once more.",
        "withheld": "Your number is withheld, so I cannot see whether you have called before.",
        "no_rating": "All right.",
        "no_comment": "All right.",
    }

    sorry_missed = "I am sorry, I did not catch that."
    sorry_missed_again = "I am sorry, I still did not understand."
    sorry_slow = "I am sorry that this is taking long."
    sorry_failed = "I am sorry, that did not work just now."
    sorry_refused = "I am sorry, that is not possible."
    not_known = "I don't know that."
    no_rooms = "I am sorry, I have no room for those dates."
    bad_dates = "I am sorry, I cannot look up those dates."
    no_tool = "I am sorry, I cannot look that up right now."
    hello = "Hello."
    welcome = "You are welcome."
    take_your_time = "Of course, take your time."
    all_right = "All right."
    abilities = "I can look up rooms and prices, answer questions about the hotel, or connect you with a person."
    many_rooms = "For more than one room, the front desk can help you best."
    already_noted = "That is noted already."
    lead_noted = "Thank you, I have noted it, and the front desk will call you."
    bad_keys = "I am sorry, that was not a full phone number."
    no_card = "Please never give a card number here: cards are taken over a secure link only."
    no_transfer = "I am sorry, I cannot connect you just now."
    connecting = "One moment, I am connecting you."
    on_hold = "Please hold. I will be right back."
    speaks = "Of course, let us speak English."
    no_language = "I am sorry, I do not speak that language."
    disturbed = "I am sorry to have disturbed you."
    has_called = "Yes, this number has called us before. I cannot see what was said, but I can look up a booking."
    has_not_called = "I do not see an earlier call from this number."
    done_ = "That is done."

    farewells: ClassVar[Mapping[Medium, str]] = {
        "call": "Thank you for calling {hotel}. Goodbye.",
        "writing": "Thank you for contacting {hotel}. Goodbye.",
        "our_call": "Thank you for your time. You can reach {hotel} at {number}. Goodbye.",
    }
    surrenders: ClassVar[Mapping[Medium, str]] = {
        "call": "I am sorry that I could not help you. Please call us again.",
        "writing": "I am sorry that I could not help you. Please contact us again.",
        "our_call": "I am sorry that I could not help you.",
    }
    nouns: ClassVar[Mapping[str, tuple[str, str]]] = {
        "nights": ("one night", "nights"),
        "adults": ("one adult", "adults"),
        "children": ("one child", "children"),
        "pets": ("one pet", "pets"),
    }
    none = "no"
    since, on_day, day_alone = "from {day}", "on {day}", "{day}"
    at_time, until_time = "at {time}", "until {time}"
    offered = "For {when}, for {party}, the {name} is {total} in total{extras}{fixed}."
    one_of_several, several = "the {name} is {total}", "{offers} in total"
    with_extras = ", with {extras}"
    fixed = ", not refundable"
    reads_back = "Let me read that back."
    stay_read_back = "{when}, for {party}, in the {name}, for {total} in total{fixed}"
    call_read_back = "The front desk will call you back."
    leads = (
        "We have your name as you said it, and will use the number{line} ending in {ends}.",
        "Your name is {name}, and we will use the number ending in {ends}.",
    )
    own_lines = (" you are calling from,", " we have called,")
    for_room, of_room = " for room {room}", ", room {room}"
    with_number = ", with the number ending in {ends}"
    messages = ("a message", "an urgent message")
    templates: ClassVar[Mapping[str, str]] = {
        "directions": "the directions",
        "confirmation": "your confirmation",
        "payment_link": "the payment link",
        "callback": "the time of our call",
    }
    tasks: ClassVar[Mapping[Want, str]] = {
        Want.BOOK: "Let me read that back. {stay} In the name of {name}{number}.",
        Want.MESSAGE: "I have {what} for {for_whom}: {message}",
        Want.APPOINTMENT: "We will call you{when}, on the number ending in {ends}, about this: {reason}",
        Want.WAKE_UP_CALL: "A wake-up call{room}{when}.",
        Want.LATE_CHECK_OUT: "A late check-out{room}{when}, if it is possible.",
        Want.COT: "A cot{room}{when}.",
        Want.HOUSEKEEPING: "For housekeeping{of_room}: {details}",
        Want.MAINTENANCE: "For maintenance{of_room}: {details}",
        Want.LOST_AND_FOUND: "For lost and found{of_room}: {details}",
        Want.TEXT: "I can send you {template}.",
    }
    changed = "I will change your booking to {parts}{price}."
    new_price, price_of_today = ", for {total} in total", ", at today's price"
    arrival, other_room = "arrival on {day}", "a {room}"
    cancels_free, cancels_for = "Cancelling is free of charge.", "Cancelling costs {fee}."
    noted = "{when} for {party}. Quoted {total} in total for the {name}{fixed}."
    noted_call = "Asks to be called back."

    def _extras(self, offer: Mapping[str, Any]) -> str:
        extras = [str(fee.get("name", "")).lower() for fee in offer.get("fees") or () if fee.get("cents")]
        the = "the " if extras else ""
        extras += ["tax"] if offer.get("tax_cents") else []
        return self.with_extras.format(extras=f"{the}{self.listed(extras)}") if extras else ""
