"""What is said, per language: for the ear, one question at a time, money as "$335.72", dates as "Friday, November 27".

Every question has a second wording for when the first was not understood. `question_in` finds the question in a
sentence again, in these words or in a model's, whole or cut off: that is how the fold knows what was asked.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from nightdesk.dialogue.state import State, Stay
from nightdesk.dialogue.steps import Step
from nightdesk.hotel.numbers_en import plain


class Words(Protocol):
    """One language. All sentences are complete, with their full stop or question mark."""

    sorry_missed: str
    sorry_missed_again: str
    sorry_slow: str
    sorry_failed: str
    not_known: str
    no_rooms: str
    bad_dates: str
    no_tool: str
    hello: str
    welcome: str
    take_your_time: str
    all_right: str
    abilities: str
    many_rooms: str
    already_noted: str
    lead_noted: str
    bad_keys: str
    no_transfer: str
    connecting: str

    def goodbye(self, property_name: str) -> str: ...
    def give_up(self, property_name: str) -> str: ...
    def question(self, step: Step, phone: str = "", again: bool = False) -> str: ...
    def question_in(self, text: str) -> Step | None: ...
    def dates(self, stay: Stay) -> str: ...
    def offer(self, stay: Stay, offer: Mapping[str, Any]) -> str: ...
    def other_offers(self, offers: Sequence[Mapping[str, Any]]) -> str: ...
    def read_back(self, state: State) -> str: ...
    def notes(self, state: State) -> str: ...


class English:
    sorry_missed = "I am sorry, I did not catch that."
    sorry_missed_again = "I am sorry, I still did not understand."
    sorry_slow = "I am sorry that this is taking long."
    sorry_failed = "I am sorry, that did not work just now."
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
    no_transfer = "I am sorry, I cannot connect you just now."
    connecting = "One moment, I am connecting you."

    _QUESTIONS: Mapping[Step, tuple[str, str]] = {
        Step.HELP: ("How can I help you?", "You can ask for a room, or about the hotel. What can I do for you?"),
        Step.ARRIVAL: (
            "Which day would you like to arrive?",
            "Please tell me the day you arrive, for example Friday, or November 27.",
        ),
        Step.NIGHTS: ("For how many nights?", "Please tell me how many nights you will stay."),
        Step.GUESTS: ("For how many guests?", "Please tell me how many people will stay, for example two adults."),
        Step.HOLD: (
            "Shall I take your name and number, so the front desk can confirm it with you?",
            "May I take your name and number for the front desk? Please say yes or no.",
        ),
        Step.ROOM: ("Which one would you like?", "Please tell me which room you would like."),
        Step.ALTERNATIVE: ("Would you like that one?", "Would you like that one, yes or no?"),
        Step.OTHER_DATES: ("Would you like to try other dates?", "Shall I try other dates? Please say yes or no."),
        Step.NAME: (
            "Please say your name after this.",
            "I only need your name now. Please say your first and last name.",
        ),
        Step.LINE: (
            "Shall we use the number you are calling from, ending in {phone}?",
            "May we call you on the number you are calling from, ending in {phone}? Please say yes or no.",
        ),
        Step.KEYPAD: (
            "Please type the number on your keypad, then press the pound key.",
            "Please type your phone number with its area code on your keypad, and then press the pound key.",
        ),
        Step.NUMBER_CHECK: (
            "I heard {phone}. Is that number right?",
            "The number I heard is {phone}. Is that number right, yes or no?",
        ),
        Step.CONFIRM: ("Is all of that right?", "Is all of that right, yes or no?"),
        Step.CHANGE: ("What shall I change?", "Shall I change the dates, your name, or the phone number?"),
        Step.PERSON: (
            "Shall I connect you with the front desk?",
            "Shall I connect you with the front desk, yes or no?",
        ),
        Step.ELSE: ("Anything else?", "Is there anything else I can do for you?"),
    }
    # Without numbers or names, so that they are found in a transcript of the spoken words as well.
    _MARKS: Mapping[Step, str] = {
        Step.HELP: r"how (?:can|may) i help|what (?:else )?can i do for you|how can i assist",
        Step.ARRIVAL: r"(?:which|what) day|day you arrive|when (?:would|will) you (?:like to )?(?:arrive|check in)",
        Step.NIGHTS: r"how many nights",
        Step.GUESTS: r"how many (?:guests|people|adults)",
        Step.HOLD: r"your name and (?:phone )?number",
        Step.ROOM: r"which (?:one|room) (?:would )?you (?:would )?like",
        Step.ALTERNATIVE: r"would you like that one",
        Step.OTHER_DATES: r"(?:other|different) dates",
        Step.NAME: r"(?:say|have|get|what is) your (?:first |full |last )?(?:and last )?name\b(?! and)",
        Step.LINE: r"number you are calling from",
        Step.KEYPAD: r"(?:type|enter|key(?: in)?) (?:it|the|your)\b[\w ]*(?:keypad|pound)",
        Step.NUMBER_CHECK: r"is that number right",
        Step.CONFIRM: r"is all of that right",
        Step.CHANGE: r"shall i change",
        Step.PERSON: r"(?:shall i|like me to|want me to|may i) connect you",
        Step.ELSE: r"anything else",
    }
    _COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

    def goodbye(self, property_name: str) -> str:
        return f"Thank you for calling {property_name}. Goodbye."

    def give_up(self, property_name: str) -> str:
        return f"I am sorry that I could not help you. Please call us again. {self.goodbye(property_name)}"

    def question(self, step: Step, phone: str = "", again: bool = False) -> str:
        """phone: what LINE and NUMBER_CHECK read out, the last digits or the ten that were spoken."""
        if len(phone) == 10:
            phone = f"{phone[:3]}-{phone[3:6]}-{phone[6:]}"
        return self._QUESTIONS[step][1 if again else 0].replace("{phone}", phone)

    def question_in(self, text: str) -> Step | None:
        """The last question that a sentence of ours asks."""
        words = plain(text)
        found = [(match.end(), step) for step, mark in self._MARKS.items() for match in re.finditer(mark, words)]
        return max(found, key=lambda at: at[0])[1] if found else None

    def day(self, day: date) -> str:
        return f"{day:%A}, {day:%B} {day.day}"

    def dates(self, stay: Stay) -> str:
        """What is known of when: "Two nights from Friday, November 27." """
        parts = [self._nights(stay.nights)] if stay.nights else []
        if stay.check_in:
            parts.append(("from " if parts else "") + self.day(stay.check_in))
        said = " ".join(parts)
        return f"{said[0].upper()}{said[1:]}." if said else ""

    def offer(self, stay: Stay, offer: Mapping[str, Any]) -> str:
        if not stay.check_in or not stay.nights:
            return ""
        when = f"{self._nights(stay.nights)} from {self.day(stay.check_in)}"
        price = f"the {offer['name']} is {self._total(offer)} in total{self._extras(offer)}"
        return f"For {when}, for {self._party(stay)}, {price}."

    def other_offers(self, offers: Sequence[Mapping[str, Any]]) -> str:
        """At most three rooms with their totals."""
        said = [f"the {offer['name']} is {self._total(offer)}" for offer in offers[:3]]
        listed = self._and(said)
        return f"{listed[0].upper()}{listed[1:]} in total." if said else self.no_rooms

    def read_back(self, state: State) -> str:
        """Everything that is about to be written."""
        stay, lead, offer = state.stay, state.lead, state.offer
        parts = ["Let me read that back."]
        if state.wants_stay and offer and stay.check_in and stay.nights:
            when = f"{self._nights(stay.nights)} from {self.day(stay.check_in)}"
            said = f"{when}, for {self._party(stay)}, in the {offer['name']}, for {self._total(offer)} in total."
            parts.append(f"{said[0].upper()}{said[1:]}")
        else:
            parts.append("The front desk will call you back.")
        line = " you are calling from," if lead.phone_source == "caller_line" else ""
        parts.append(f"We have your name as you said it, and will use the number{line} ending in {lead.phone[-2:]}.")
        return " ".join(parts)

    def notes(self, state: State) -> str:
        """For the staff, with the lead."""
        stay, offer = state.stay, state.offer
        if not (state.wants_stay and offer and stay.check_in and stay.nights):
            return "Asks to be called back."
        when = f"{stay.nights} night{'s' if stay.nights > 1 else ''} from {stay.check_in.isoformat()}"
        return f"{when} for {self._party(stay)}. Quoted {self._total(offer)} in total for the {offer['name']}."

    def _party(self, stay: Stay) -> str:
        parts = [self._count(stay.adults or 1, "adult", "adults")]
        if stay.children:
            parts.append(self._count(stay.children, "child", "children"))
        if stay.pets:
            parts.append(self._count(stay.pets, "pet", "pets"))
        return self._and(parts)

    def _nights(self, nights: int) -> str:
        return self._count(nights, "night", "nights")

    def _count(self, number: int, one: str, many: str) -> str:
        said = self._COUNTS[number] if number < len(self._COUNTS) else str(number)
        return f"{said} {one if number == 1 else many}"

    def _extras(self, offer: Mapping[str, Any]) -> str:
        """ ", with the pet fee and tax": what the tool put into its total beside the nights."""
        extras = [str(fee.get("name", "")).lower() for fee in offer.get("fees") or () if fee.get("cents")]
        extras += ["tax"] if offer.get("tax_cents") else []
        return f", with {'the ' if extras[0] != 'tax' else ''}{self._and(extras)}" if extras else ""

    def _total(self, offer: Mapping[str, Any]) -> str:
        """The tool's own words for its total: no price is computed or written here."""
        return str(offer["total"])

    @staticmethod
    def _and(parts: Sequence[str]) -> str:
        return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


_LANGUAGES: Mapping[str, Words] = {"en": English()}


def words_for(language: str) -> Words:
    """The words of a language ("en", "en-US"); English where there are none."""
    return _LANGUAGES.get(language.lower()[:2], _LANGUAGES["en"])
