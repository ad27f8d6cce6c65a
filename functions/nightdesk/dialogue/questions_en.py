"""Every question in English: as it is asked first, in other words, in writing, and how it is found again when heard."""

from collections.abc import Mapping

from nightdesk.dialogue.steps import Step

QUESTIONS: Mapping[Step, tuple[str, str]] = {
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
    Step.BOOK: ("Shall I book it for you?", "Shall I book it for you, yes or no?"),
    Step.RATE: (
        "Which rate would you like: the standard one, for {usual}, or the non-refundable one, for {cheaper}?",
        "Please say the standard one, or the non-refundable one, which is cheaper. Which rate would you like?",
    ),
    Step.ROOM: ("Which one would you like?", "Please tell me which room you would like."),
    Step.ALTERNATIVE: ("Would you like that one?", "Would you like that one, yes or no?"),
    Step.OTHER_DATES: ("Would you like to try other dates?", "Shall I try other dates? Please say yes or no."),
    Step.NAME: ("Please say your name after this.", "I only need your name now. Please say your first and last name."),
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
    Step.PERSON: ("Shall I connect you with the front desk?", "Shall I connect you with the front desk, yes or no?"),
    Step.ELSE: ("Anything else?", "Is there anything else I can do for you?"),
    Step.CODE: (
        "What is the confirmation code?",
        "Please give me the confirmation code, digit by digit, or say that you do not have it.",
    ),
    Step.CODE_CHECK: (
        "I heard {code}. Is that code right?",
        "The code I heard is {code}. Is that code right, yes or no?",
    ),
    Step.LAST_NAME: (
        "What is the last name for the booking? Please spell it.",
        "Please spell the last name, letter by letter, for example S, M, I, T, H.",
    ),
    Step.NAME_CHECK: ("I have {name}. Is that spelled right?", "I wrote {name}. Is that spelled right, yes or no?"),
    Step.CANCEL: ("Shall I cancel the booking?", "Shall I cancel the booking, yes or no?"),
    Step.SEND: (
        "Shall I send it by text message to the number ending in {phone}?",
        "Shall I send it by text message to the number ending in {phone}, yes or no?",
    ),
    Step.KEY_CARD: (
        "You can key in your card on this telephone; nobody hears it. Shall I put you through to the payment line?",
        "Shall I put you through to the payment line, where you key in your card, yes or no?",
    ),
    Step.TEMPLATE: (
        "What shall I text you: the directions, your confirmation, or the payment link?",
        "You can have the directions, your confirmation, or the payment link. Which shall I text you?",
    ),
    Step.ROOM_NUMBER: ("What is your room number?", "Please tell me the number of your room, for example two oh four."),
    Step.DAY: ("For which day is that?", "Please tell me for which day that is, for example tomorrow."),
    Step.TIME: ("At what time?", "Please tell me at what time, for example at seven thirty in the morning."),
    Step.NEED: (
        "What would you like us to bring or to do?",
        "Please tell me what you would like, for example two towels.",
    ),
    Step.PROBLEM: ("What is the matter?", "Please tell me what is the matter, for example the heating does not work."),
    Step.LOST: ("What did you lose, and where?", "Please tell me what you lost, and where you had it last."),
    Step.FOR_WHOM: ("Who is the message for?", "Please tell me who the message is for, for example the manager."),
    Step.MESSAGE: ("What is the message?", "Please tell me the message that I shall pass on."),
    Step.REASON: ("What is the call about?", "Please tell me in a few words what the call is about."),
    Step.CATEGORY: (
        "What kind of place are you looking for?",
        "What kind of place are you looking for, for example {kinds}?",
    ),
    Step.RATING: (
        "How would you rate your stay, from one to five, where five is best?",
        "Please say or press a number from one to five, where five is best.",
    ),
    Step.COMMENT: (
        "What did you like, or what could we do better?",
        "Please tell me in a few words what you liked, or what we could do better.",
    ),
}
# Where we have called the guest.
ON_OUR_CALL: Mapping[Step, tuple[str, str]] = {
    Step.LINE: (
        "Shall we use the number we have called, ending in {phone}?",
        "May we call you on the number we have called, ending in {phone}? Please say yes or no.",
    ),
}
# On a screen or in a text message nothing is said, keyed or spelled.
WRITTEN: Mapping[Step, tuple[str, str]] = {
    Step.HOLD: (
        "Shall I note your name and number, so the front desk can confirm it with you?",
        "May I note your name and number for the front desk? Please answer yes or no.",
    ),
    Step.OTHER_DATES: ("Would you like to try other dates?", "Shall I try other dates? Please answer yes or no."),
    Step.NAME: ("What is your name?", "I only need your name now. What is your full name?"),
    Step.LINE: (
        "Shall we use the number you are writing from, ending in {phone}?",
        "May we call you on the number you are writing from, ending in {phone}? Please answer yes or no.",
    ),
    Step.KEYPAD: (
        "What is your phone number, with its area code?",
        "Please enter your phone number, with its area code.",
    ),
    Step.NUMBER_CHECK: (
        "I have {phone}. Is that number right?",
        "The number is {phone}. Is that number right, yes or no?",
    ),
    Step.CODE: (
        "What is the confirmation code?",
        "Please enter the confirmation code, or write that you do not have it.",
    ),
    Step.LAST_NAME: ("What is the last name for the booking?", "Please enter the last name for the booking."),
    Step.SEND: ("Shall I send it to you?", "Shall I send it to you, yes or no?"),
    Step.ROOM_NUMBER: ("What is your room number?", "Please enter the number of your room, for example 204."),
    Step.TIME: ("At what time?", "Please write at what time, for example 7:30 AM."),
}
# Without numbers or names, so that they are found in a transcript of the spoken words as well.
MARKS: Mapping[Step, str] = {
    Step.HELP: r"how (?:can|may) i help|what (?:else )?can i do for you|how can i assist",
    Step.ARRIVAL: (
        r"(?:which|what) day (?:would|will|are|do) you|day you arrive"
        r"|when (?:would|will) you (?:like to )?(?:arrive|check in)"
    ),
    Step.NIGHTS: r"how many nights",
    Step.GUESTS: r"how many (?:guests|people|adults)",
    Step.HOLD: r"your name and (?:phone )?number",
    Step.BOOK: r"(?:shall|should|may|can) i book (?:it|that|this)",
    Step.RATE: r"which rate would you",
    Step.ROOM: r"which (?:one|room) (?:would )?you (?:would )?like",
    Step.ALTERNATIVE: r"would you like that one",
    Step.OTHER_DATES: r"(?:other|different) dates",
    Step.NAME: (
        r"(?:say|have|get|what is) your (?:first |full )?(?:and last )?name\b(?! and)|say your first and last name"
    ),
    Step.LINE: r"number (?:you are (?:calling|writing) from|we have called)",
    Step.KEYPAD: (
        r"(?:type|enter|key(?: in)?) (?:it|the|your)\b[\w ]*(?:keypad|pound|phone number)"
        r"|what is your phone number"
    ),
    Step.NUMBER_CHECK: r"is that number right",
    Step.CONFIRM: r"is all of that right",
    Step.CHANGE: r"shall i change",
    Step.PERSON: r"(?:shall i|like me to|want me to|may i) connect you",
    Step.ELSE: r"anything (?:else|i can do for you)",
    Step.CODE: r"(?:what is|give me|have|say|enter) (?:the|your) confirmation (?:code|number)",
    Step.CODE_CHECK: r"is that code right",
    Step.LAST_NAME: r"(?:what is|spell|enter|have) (?:the|your) last name",
    Step.NAME_CHECK: r"is that spelled right",
    Step.CANCEL: r"shall i cancel",
    Step.SEND: r"shall i (?:send|show) (?:it|you)",
    Step.KEY_CARD: r"shall i put you through to the payment line",
    Step.TEMPLATE: r"(?:what|which) shall i text",
    Step.ROOM_NUMBER: r"your room number|number of your room",
    Step.DAY: r"for which day",
    Step.TIME: r"(?:at|until) what time(?! (?:is|do|does|can))",
    Step.NEED: r"like us to bring|tell me what you would like",
    Step.PROBLEM: r"what is the matter",
    Step.LOST: r"what (?:did you lose|you lost)",
    Step.FOR_WHOM: r"who (?:is the message|the message is) for",
    Step.MESSAGE: r"what is the message|tell me the message",
    Step.REASON: r"what (?:is the call|the call is) about",
    Step.CATEGORY: r"what kind of place",
    Step.RATING: r"from (?:one|1) to (?:five|5)",
    Step.COMMENT: r"(?:could we|we could) do better",
}
