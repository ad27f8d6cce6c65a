"""What is said in English. The tools speak it too, so what they have done is told in their own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from nightdesk.dialogue import spelling
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.lexicon_en import ENGLISH
from nightdesk.dialogue.questions_en import MARKS, QUESTIONS, WRITTEN
from nightdesk.dialogue.sentences import Words
from nightdesk.dialogue.state import Outcome, State
from nightdesk.dialogue.stay import Stay
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.tasks import Task


class English(Words):
    lexicon = ENGLISH
    questions, written, marks = QUESTIONS, WRITTEN, MARKS
    and_, or_ = "and", "or"
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
    has_called = "Yes, this number has called us before. I cannot see what was said, but I can look up a booking."
    has_not_called = "I do not see an earlier call from this number."

    _COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    _TEMPLATES: ClassVar[Mapping[str, str]] = {
        "directions": "the directions",
        "confirmation": "your confirmation",
        "payment_link": "the payment link",
        "callback": "the time of our call",
    }

    def tool_speaks(self, tool_or_task: Want | str) -> bool:
        return True

    def goodbye(self, property_name: str, in_writing: bool = False) -> str:
        thanks = f"Thank you for {'contacting' if in_writing else 'calling'} {property_name}."
        return f"{thanks} Goodbye."

    def give_up(self, property_name: str, in_writing: bool = False) -> str:
        again = "contact" if in_writing else "call"
        return (
            f"I am sorry that I could not help you. Please {again} us again. {self.goodbye(property_name, in_writing)}"
        )

    def day(self, day: date) -> str:
        return f"{day:%A}, {day:%B} {day.day}"

    def dates(self, stay: Stay) -> str:
        parts = [self._nights(stay.nights)] if stay.nights else []
        if stay.check_in:
            parts.append(("from " if parts else "") + self.day(stay.check_in))
        return _sentence(" ".join(parts))

    def offer(self, stay: Stay, offer: Mapping[str, Any]) -> str:
        if not stay.check_in or not stay.nights:
            return ""
        when = f"{self._nights(stay.nights)} from {self.day(stay.check_in)}"
        price = f"the {offer['name']} is {self._total(offer)} in total{self._extras(offer)}{self._fixed(offer)}"
        return f"For {when}, for {self._party(stay)}, {price}."

    def other_offers(self, offers: Sequence[Mapping[str, Any]]) -> str:
        said = [f"the {offer['name']} is {self._total(offer)}" for offer in offers[:3]]
        return _sentence(f"{self.listed(said)} in total") if said else self.no_rooms

    def read_back(self, state: State) -> str:
        lead = state.lead
        parts = ["Let me read that back.", self._stay_and_price(state) or "The front desk will call you back."]
        if state.in_writing:
            parts.append(f"Your name is {lead.name}, and we will use the number ending in {lead.phone[-2:]}.")
        else:
            line = " you are calling from," if lead.phone_source == "caller_line" else ""
            parts.append(
                f"We have your name as you said it, and will use the number{line} ending in {lead.phone[-2:]}."
            )
        return " ".join(parts)

    def task_read_back(self, state: State, task: Task) -> str:
        room = f" for room {spelling.spaced(task.get('room')) if not state.in_writing else task.get('room')}"
        room = room if task.get("room") else ""
        of_room = room.replace(" for", ",")
        when = self._when(task)
        match task.kind:
            case Want.BOOK:
                number = f", with the number ending in {state.phone_ends}" if state.phone_source else ""
                name = f"{state.who.first_name} {state.who.last_name}".strip()
                return f"Let me read that back. {self._stay_and_price(state)} In the name of {name}{number}."
            case Want.CHANGE:
                return self._changes(task)
            case Want.MESSAGE:
                urgent = "an urgent message" if task.get("urgent") else "a message"
                return f"I have {urgent} for {task.get('for_whom')}: {_sentence(task.get('message'))}"
            case Want.APPOINTMENT:
                number = f"on the number ending in {state.phone_ends}"
                return f"We will call you{when}, {number}, about this: {_sentence(task.get('reason'))}"
            case Want.WAKE_UP_CALL:
                return f"A wake-up call{room}{when}."
            case Want.LATE_CHECK_OUT:
                return f"A late check-out{room}{when}, if it is possible."
            case Want.COT:
                return f"A cot{room}{when}."
            case Want.HOUSEKEEPING:
                return f"For housekeeping{of_room}: {_sentence(task.get('details'))}"
            case Want.MAINTENANCE:
                return f"For maintenance{of_room}: {_sentence(task.get('details'))}"
            case Want.LOST_AND_FOUND:
                return f"For lost and found{of_room}: {_sentence(task.get('details'))}"
            case Want.TEXT:
                return f"I can send you {self._TEMPLATES.get(task.get('template'), '')}."
        return ""

    def done(self, outcome: Outcome) -> str:
        if outcome.about is Want.HISTORY:
            return self.has_called if outcome.result.get("calls") else self.has_not_called
        return outcome.text or "That is done."

    def quoted(self, task: Task) -> str:
        if spoken := str(task.result.get("spoken") or ""):
            return spoken
        return "Cancelling is free of charge." if not task.result.get("fee_cents") else (
            f"Cancelling costs {task.result.get('fee')}."
        )  # fmt: skip

    def notes(self, state: State) -> str:
        stay, offer = state.stay, state.offer
        if not (state.wants_stay and offer and stay.check_in and stay.nights):
            return "Asks to be called back."
        when = f"{stay.nights} night{'s' if stay.nights > 1 else ''} from {stay.check_in.isoformat()}"
        return (
            f"{when} for {self._party(stay)}. Quoted {self._total(offer)} in total for the {offer['name']}"
            f"{self._fixed(offer)}."
        )

    def _stay_and_price(self, state: State) -> str:
        stay, offer = state.stay, state.offer
        if not (state.wants_stay and offer and stay.check_in and stay.nights):
            return ""
        when = f"{self._nights(stay.nights)} from {self.day(stay.check_in)}"
        return _sentence(
            f"{when}, for {self._party(stay)}, in the {offer['name']}, for {self._total(offer)} in total"
            f"{self._fixed(offer)}"
        )

    def _changes(self, task: Task) -> str:
        parts = []
        if check_in := task.get("check_in"):
            parts.append(f"arrival on {self.day(date.fromisoformat(check_in))}")
        if nights := task.get("nights"):
            parts.append(self._nights(int(nights)))
        for slot, one, many in (
            ("adults", "adult", "adults"),
            ("children", "child", "children"),
            ("pets", "pet", "pets"),
        ):
            if task.get(slot):
                parts.append(self._count(int(task.get(slot)), one, many))
        if room := task.get("room_type"):
            parts.append(f"a {room.replace('_', ' ').title()}")
        total = task.result.get("new_total")
        price = f", for {total} in total" if total else ", at today's price"
        return f"I will change your booking to {self.listed(parts)}{price}."

    def _when(self, task: Task) -> str:
        day, time = task.get("day"), task.get("time")
        said = f" on {self.day(date.fromisoformat(day))}" if day else ""
        until = "until" if task.kind is Want.LATE_CHECK_OUT else "at"
        return f"{said} {until} {_clock(time)}" if time else said

    def _party(self, stay: Stay) -> str:
        parts = [self._count(stay.adults or 1, "adult", "adults")]
        if stay.children:
            parts.append(self._count(stay.children, "child", "children"))
        if stay.pets:
            parts.append(self._count(stay.pets, "pet", "pets"))
        return self.listed(parts)

    def _nights(self, nights: int) -> str:
        return self._count(nights, "night", "nights")

    def _count(self, number: int, one: str, many: str) -> str:
        said = self._COUNTS[number] if number < len(self._COUNTS) else str(number)
        return f"{said} {one if number == 1 else many}"

    def _extras(self, offer: Mapping[str, Any]) -> str:
        """ ", with the pet fee and tax": what the tool put into its total beside the nights."""
        extras = [str(fee.get("name", "")).lower() for fee in offer.get("fees") or () if fee.get("cents")]
        extras += ["tax"] if offer.get("tax_cents") else []
        return f", with {'the ' if extras[0] != 'tax' else ''}{self.listed(extras)}" if extras else ""

    @staticmethod
    def _fixed(offer: Mapping[str, Any]) -> str:
        """What the guest gives up for the cheaper of two rates."""
        return ", not refundable" if offer.get("refundable") is False else ""

    @staticmethod
    def _total(offer: Mapping[str, Any]) -> str:
        """The tool's own words for its total: no price is computed or written here."""
        return str(offer["total"])


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _clock(time: str) -> str:
    hour, minute = (int(part) for part in time.split(":"))
    return f"{hour % 12 or 12}:{minute:02d} {'AM' if hour < 12 else 'PM'}"
