"""What guests want of the house: services, messages, calls, texts, places, another language, and what comes of it."""

from .clerk_table import WISH, Row

BOOK = [WISH, "i would like to book it"]
BOOK_NAMED = [*BOOK, "s m i t h"]
BOOK_READ = [*BOOK_NAMED, "yes"]
BOOKED = [*BOOK_READ, "yes"]
WAKE = ["i need a wake up call"]
WAKE_ROOM = [*WAKE, "at half past six tomorrow"]
WAKE_READ = [*WAKE_ROOM, "two oh four"]
TOWELS = ["housekeeping please"]
TOWELS_ROOM = [*TOWELS, "two towels and a pillow"]
TOWELS_READ = [*TOWELS_ROOM, "room 204"]
LATE = ["i would like a late check out"]
LEAVE = ["i want to leave a message"]
LEAVE_TEXT = [*LEAVE, "the manager"]
LEAVE_READ = [*LEAVE_TEXT, "please bring the invoice to room two"]
CALL = ["schedule a call back"]
CALL_TIME = [*CALL, "monday"]
CALL_REASON = [*CALL_TIME, "three thirty"]
CALL_READ = [*CALL_REASON, "a party of twenty"]
PLACE = ["can you recommend something"]
TEXT = ["text me the directions"]
SENT = [*TEXT, "yes please"]
SENT_AGAIN = [*SENT, "send it again", "yes"]

HOUSE: list[Row] = [
    # services
    ([], "i need a wake up call", "At what time shall we wake you?", None, "open"),
    (
        [],
        "please wake me at seven tomorrow in room two oh four",
        "for room 2 0 4 on Sunday, November 22 at 7:00 AM.",
        None,
        "yes_no",
    ),
    (WAKE, "six forty five", "What is your room number?", None, "digits"),
    (WAKE, "a quarter to seven", "What is your room number?", None, "digits"),
    (WAKE, "purple", "Please tell me at what time, for example at seven thirty", None, "open"),
    (WAKE_ROOM, "two oh four", "A wake-up call for room 2 0 4 on Sunday, November 22 at 6:30 AM.", None, "yes_no"),
    (WAKE_ROOM, "two hundred and four", "for room 2 0 4 on", None, "yes_no"),
    (WAKE_ROOM, "is breakfast included", "Yes: is breakfast included. What is your room number?", None, "digits"),
    (
        WAKE_READ,
        "yes",
        "I have noted it.",
        ("request_service", {"service": "wake_up_call", "room": "204", "when": "2026-11-22 06:30"}),
        "open",
    ),
    (WAKE_READ, "no at seven", "on Sunday, November 22 at 7:00 AM. Is all of that right?", None, "yes_no"),
    (WAKE_READ, "no", "All right. What shall I change?", None, "open"),
    ([*WAKE_READ, "no"], "the time", "At what time shall we wake you?", None, "open"),
    ([*WAKE_READ, "no"], "the room", "What is your room number?", None, "digits"),
    ([*WAKE_READ, "no"], "room three oh one", "for room 3 0 1", None, "yes_no"),
    ([], "housekeeping please", "What would you like us to bring or to do?", None, "open"),
    (
        [],
        "could you send two towels to room 204",
        "For housekeeping, room 2 0 4: Could you send two towels",
        None,
        "yes_no",
    ),
    (TOWELS, "two towels and a pillow", "What is your room number?", None, "digits"),
    (TOWELS, "do you have extra pillows", "What is your room number?", None, "digits"),
    (TOWELS, "never mind", "All right, I will leave that.", None, "open"),
    (
        TOWELS_READ,
        "yes please",
        "I have noted it.",
        ("request_service", {"service": "housekeeping", "room": "204", "details": "two towels and a pillow"}),
        "open",
    ),
    (
        [],
        "the heating does not work in room 301",
        "For maintenance, room 3 0 1: The heating does not work",
        None,
        "yes_no",
    ),
    ([], "maintenance", "What is the matter?", None, "open"),
    (
        ["the shower is leaking", "204"],
        "yes",
        "I have noted it.",
        ("request_service", {"service": "maintenance", "room": "204"}),
        "open",
    ),
    ([], "i would like a late check out", "Until what time would you like to keep the room?", None, "open"),
    (LATE, "until two", "What is your room number?", None, "digits"),
    (
        [*LATE, "one thirty", "204"],
        "yes",
        "noted",
        ("request_service", {"service": "late_check_out", "when": "13:30"}),
        "open",
    ),
    ([], "we need a crib in our room", "What is your room number?", None, "digits"),
    (
        ["we need a cot", "room 204"],
        "yes",
        "I have noted it.",
        ("request_service", {"service": "cot", "room": "204"}),
        "open",
    ),
    ([], "i left my jacket in room 204", "For lost and found, room 2 0 4: I left my jacket", None, "yes_no"),
    ([], "lost and found please", "What did you lose, and where?", None, "open"),
    (["i lost something"], "a black umbrella by the pool", "A black umbrella by the pool. Is all", None, "yes_no"),
    (
        ["i forgot my charger"],
        "yes",
        "noted",
        ("request_service", {"service": "lost_and_found", "details": "i forgot my charger"}),
        "open",
    ),
    # messages, calls
    ([], "i want to leave a message", "Who is the message for?", None, "open"),
    ([], "can i leave a message for the manager", "What is the message?", None, "open"),
    ([], "tell the manager that i am late", "I have a message for the manager: I am late.", None, "yes_no"),
    (LEAVE, "it's for Anna in the kitchen", "What is the message?", None, "open"),
    (
        LEAVE_TEXT,
        "please bring the invoice to room two",
        "Please bring the invoice to room two. Is all of",
        None,
        "yes_no",
    ),
    (LEAVE_TEXT, "is breakfast included in our rate", "Is breakfast included in our rate. Is all", None, "yes_no"),
    (LEAVE_TEXT, "what", "What is the message?", None, "open"),
    (
        LEAVE_READ,
        "yes",
        "I have noted your message for the manager.",
        ("take_message", {"for_whom": "the manager", "message": "please bring the invoice to room two"}),
        "open",
    ),
    (LEAVE_READ, "no the message is wrong", "What is the message?", None, "open"),
    ([*LEAVE_TEXT, "it is urgent call my wife"], "yes", "noted", ("take_message", {"urgent": True}), "open"),
    ([], "call me back tomorrow at ten", "What is the call about?", None, "open"),
    ([], "can someone call me back", "Please say your name after this.", None, "name"),
    (CALL, "monday", "At what time shall we call you?", None, "open"),
    (CALL_TIME, "three thirty", "What is the call about?", None, "open"),
    (CALL_REASON, "a party of twenty", "on Monday, November 23 at 3:30 PM, on the number ending in 42", None, "yes_no"),
    (
        CALL_READ,
        "yes",
        "We will call you then.",
        (
            "schedule_callback",
            {"when": "2026-11-23", "time": "15:30", "reason": "a party of twenty", "phone_source": "caller_line"},
        ),
        "open",
    ),
    (CALL_READ, "no at ten in the morning", "on Monday, November 23 at 10:00 AM", None, "yes_no"),
    (CALL_READ, "no tuesday", "on Tuesday, November 24 at 3:30 PM", None, "yes_no"),
    # sent again
    (SENT, "send it again", "send it by text message to the number ending in 42?", None, "yes_no"),
    (SENT, "no i did not get the text", "I can send you the directions. Shall I send it", None, "yes_no"),
    (SENT, "i did not get it", "I have sent it. Anything else?", None, "open"),
    ([*SENT, "send it again"], "yes", "sent it.", ("send_sms", {"template": "directions", "another": True}), "open"),
    ([*SENT, "send it again"], "no", "All right, I will leave it. Anything else?", None, "open"),
    (SENT_AGAIN, "the text never arrived", "I have sent that twice already", None, "open"),
    ([], "i did not get the text", "What shall I text you", None, "open"),
    ([*BOOKED, "yes"], "i did not get the message", "I can send you the payment link. Shall I send it", None, "yes_no"),
    (
        [*BOOKED, "yes", "can you resend it"],
        "yes please",
        "I have sent it.",
        ("send_sms", {"template": "payment_link", "confirmation_code": "48210937", "another": True}),
        "open",
    ),
    # on hold
    (
        [],
        "put me on hold",
        "Please hold for about 20 seconds.",
        ("play_hold_music", {"reason": "The guest asks to be put on hold."}),
        "open",
    ),
    (
        BOOK,
        "can you hold the line for a minute",
        "Please hold",
        ("play_hold_music", {"reason": "The guest asks to be put on hold."}),
        "open",
    ),
    (
        LEAVE_TEXT,
        "please put me on hold",
        "Please hold",
        ("play_hold_music", {"reason": "The guest asks to be put on hold."}),
        "open",
    ),
    ([], "please don't put me on hold", "I am sorry, I did not catch that.", None, "open"),
    (BOOK, "hold on a minute", "Of course, take your time. What is the last name", None, "name"),
    ([], "can you hold on", "Of course, take your time. How can I help you?", None, "open"),
    ([], "put me on with the manager", "connecting", ("transfer_to_human", {"department": "manager"}), "open"),
    (SENT, "it never arrived", "I can send you the directions. Shall I send it", None, "yes_no"),
    (SENT, "i still haven't got it", "I can send you the directions. Shall I send it", None, "yes_no"),
    (SENT, "thanks, it came", "Goodbye", ("end_call", {}), "open"),
    # questions that name days, rooms or people
    ([], "are you open on christmas day", "Yes: are you open on christmas day. Anything else?", None, "open"),
    (BOOK, "how big is the suite", "Yes: how big is the suite. What is the last name", None, "name"),
    ([], "what is the weather tomorrow", "Yes: what is the weather tomorrow. Anything else?", None, "open"),
    ([], "can i adopt a cat from you", "Yes: can i adopt a cat from you. Anything else?", None, "open"),
    # earlier calls
    ([], "i called before, do you know me", "number has called us before", ("get_caller_history", {}), "open"),
    ([], "did i stay with you before", "number has called us before", ("get_caller_history", {}), "open"),
    (BOOK, "what did we talk about last time", "What is the last name", ("get_caller_history", {}), "name"),
    (
        [WISH],
        "do you remember me",
        "before. I cannot see what was said, but I can look up a booking. Shall I take your",
        ("get_caller_history", {}),
        "yes_no",
    ),
    ([], "i called before and i would like a room", "Which day would you like to arrive?", None, "dates"),
    # places, texts, languages
    (
        [],
        "can you recommend a restaurant",
        "There is the Brick Oven.",
        ("concierge_info", {"category": "restaurants"}),
        "open",
    ),
    ([], "where can we ski around here", "There is Sunday River.", ("concierge_info", {"category": "skiing"}), "open"),
    (PLACE, "somewhere to eat", "There is the Brick Oven.", ("concierge_info", {"category": "restaurants"}), "open"),
    (
        PLACE,
        "purple",
        "What kind of place are you looking for, for example restaurants, skiing or sights?",
        None,
        "open",
    ),
    (PLACE, "i need a wake up call", "At what time shall we wake you?", None, "open"),
    ([], "text me the directions", "I can send you the directions. Shall I send it", None, "yes_no"),
    (TEXT, "yes please", "I have sent it.", ("send_sms", {"template": "directions"}), "open"),
    (TEXT, "no", "All right, I will leave it.", None, "open"),
    ([], "send me a text message", "What shall I text you", None, "open"),
    (["send me a text"], "the directions", "Shall I send it by text message", None, "yes_no"),
    ([], "text me my confirmation", "What is the confirmation code?", None, "digits"),
    (
        [],
        "do you speak spanish",
        "hablemos en español. ¿En qué puedo ayudarle?",
        ("set_language", {"language": "es"}),
        "open",
    ),
    (WAKE, "español por favor", "español. ¿A qué hora le despertamos?", ("set_language", {"language": "es"}), "open"),
    (
        [],
        "quiero una habitación para mañana",
        "El domingo 22 de noviembre.",
        ("set_language", {"language": "es"}),
        "dates",
    ),
    ([], "connect me with housekeeping", "connecting", ("transfer_to_human", {"department": "housekeeping"}), "open"),
    ([], "manager", "connecting", ("transfer_to_human", {"department": "manager"}), "open"),
    (WAKE_READ, "thank you goodbye", "Goodbye", ("end_call", {}), "open"),
]
