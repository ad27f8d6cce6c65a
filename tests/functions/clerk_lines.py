"""The lines of a conversation that ends with a lead, as several tests begin it."""

from nightdesk.clerk import ClerkReply

from .clerk_guest import Conversation

WISH = "do you have a room for two nights from friday for two adults and a dog"
OFFER = (
    "For two nights from Friday, November 27, for two adults and one pet, the Standard Queen is $335.72 in total,"
    " with the pet fee and tax. Shall I take your name and number, so the front desk can confirm it with you?"
)
READ_BACK = (
    "Let me read that back. Two nights from Friday, November 27, for two adults and one pet, in the Standard Queen,"
    " for $335.72 in total. We have your name as you said it, and will use the number you are calling from,"
    " ending in 42."
    " Is all of that right?"
)


def last(conversation: Conversation) -> ClerkReply:
    return conversation.replies[-1]


HELP = ["hello"]
ASKED_ARRIVAL = ["i need a room"]
ASKED_NIGHTS = [*ASKED_ARRIVAL, "friday"]
ASKED_GUESTS = [*ASKED_NIGHTS, "two nights"]
OFFERED = [WISH]
ASKED_NAME = [WISH, "yes please"]
ASKED_LINE = [*ASKED_NAME, "john smith"]
ASKED_KEYPAD = [*ASKED_LINE, "no"]
ASKED_NUMBER = [*ASKED_KEYPAD, "two oh seven five five five oh one nine nine"]
ASKED_CONFIRM = [*ASKED_LINE, "yes"]
ASKED_ELSE = [*ASKED_CONFIRM, "yes"]
ASKED_PERSON = ["blah", "blah"]
