"""What guests say to the clerk in the middle of things, and what comes of it: a table for test_clerk_tasks.py.

A row: the lines said before, the line, a part of the answer, the tool called in this turn with its arguments (None: no
tool but search_kb), what is expected then.
"""

from typing import Any

Row = tuple[list[str], str, str, tuple[str, dict[str, Any]] | None, str]

CODE = "four eight two one oh nine three seven"
WISH = "do you have a room for two nights from friday for two adults"
STAY = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
SMITH = {"confirmation_code": "48210937", "last_name": "Smith"}
PRICE = "For two nights from Friday, November 27, for two adults, the Standard Queen is $281.22 in total, with tax."

# --- English: what was said before, by the question that is open ---
BOOK = [WISH, "i would like to book it"]
BOOK_NAMED = [*BOOK, "s m i t h"]
BOOK_READ = [*BOOK_NAMED, "yes"]
BOOKED = [*BOOK_READ, "yes"]
CANCEL = ["i want to cancel my reservation"]
CANCEL_CODE = [*CANCEL, CODE]
CANCEL_NAME = [*CANCEL_CODE, "yes"]
CANCEL_SPELLED = [*CANCEL_NAME, "s m i t h"]
CANCEL_QUOTED = [*CANCEL_SPELLED, "yes"]
FOUND = ["can you look up my reservation", CODE, "yes", "s m i t h"]
CHANGE = ["i need to change my booking", "i don't have the code", "s m i t h", "yes"]
CHANGE_READ = [*CHANGE, "three nights"]
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
PAY = ["i want to pay my booking", CODE, "yes", "s m i t h", "yes"]

ENGLISH: list[Row] = [
    # a booking
    ([], "i would like to book a room", "Which day would you like to arrive?", None, "dates"),
    (
        [],
        "can i reserve a room for two nights from friday for two adults",
        PRICE,
        ("check_availability", STAY),
        "yes_no",
    ),
    (["i want to book a room for two nights from friday for two adults"], "yes", "last name", None, "name"),
    (["i want to book a room for two nights from friday for two adults"], "no", "Anything else?", None, "open"),
    (["i want to book a room", "friday"], "two nights", "For how many guests?", None, "guests"),
    ([WISH], "i would like to book it", "What is the last name for the booking? Please spell it.", None, "name"),
    ([WISH], "i want to reserve the suite", "the Suite is $542.82 in total", None, "yes_no"),
    (BOOK, "s m i t h", "I have S, M, I, T, H. Is that spelled right?", None, "yes_no"),
    (BOOK, "smith", "I have S, M, I, T, H.", None, "yes_no"),
    (BOOK, "john smith s m i t h", "I have S, M, I, T, H.", None, "yes_no"),
    (BOOK, "sierra mike india tango hotel", "I have S, M, I, T, H.", None, "yes_no"),
    (BOOK, "s as in sam m as in mary i t h", "I have S, M, I, T, H.", None, "yes_no"),
    (BOOK, "m i double l e r", "I have M, I, L, L, E, R.", None, "yes_no"),
    (BOOK, "my last name is O'Brien", "I have O, B, R, I, E, N.", None, "yes_no"),
    (BOOK, "is breakfast included", "Yes: is breakfast included. What is the last name", None, "name"),
    (BOOK, "do you allow dogs", "Yes: do you allow dogs. What is the last name", None, "name"),
    (
        BOOK,
        "no three nights",
        "For three nights from Friday, November 27",
        ("check_availability", {"adults": 2}),
        "name",
    ),
    (BOOK, "can you repeat that", "What is the last name for the booking? Please spell it.", None, "name"),
    (BOOK, "never mind", "All right. Anything else?", None, "open"),
    (BOOK, "", "I am sorry, I did not catch that. Please spell the last name, letter by letter", None, "name"),
    ([*BOOK, ""], "", "I still did not understand. Shall I connect you with the front desk?", None, "yes_no"),
    ([*BOOK, "", ""], "no", "Shall I take your name and number", None, "yes_no"),
    ([*BOOK, "", ""], "", "connecting you", ("transfer_to_human", {"department": "front_desk"}), "open"),
    (BOOK_NAMED, "yes", "In the name of Smith, with the number ending in 42. Is all of that right?", None, "yes_no"),
    (BOOK_NAMED, "no", "What is the last name for the booking? Please spell it.", None, "name"),
    (BOOK_NAMED, "no s m y t h e", "I have S, M, Y, T, H, E. Is that spelled right?", None, "yes_no"),
    (BOOK_NAMED, "is parking free", "Yes: is parking free. I have S, M, I, T, H.", None, "yes_no"),
    (BOOK_NAMED, "a person please", "connecting", ("transfer_to_human", {"department": "front_desk"}), "open"),
    (
        BOOK_READ,
        "yes",
        "Your confirmation code is 4 8 2 1, 0 9 3 7. Shall I send you the link to pay by text message",
        (
            "create_reservation",
            {**STAY, "room_type": "standard_queen", "last_name": "Smith", "phone_source": "caller_line"},
        ),
        "yes_no",
    ),
    (BOOK_READ, "no", "All right. What shall I change?", None, "open"),
    (BOOK_READ, "maybe", "Is all of that right, yes or no?", None, "yes_no"),
    (
        BOOK_READ,
        "yes but for three nights",
        "Three nights from Friday",
        ("check_availability", {"adults": 2}),
        "yes_no",
    ),
    (BOOK_READ, "no four adults", "the Suite, for $542.82 in total", ("check_availability", {"adults": 4}), "yes_no"),
    (BOOK_READ, "no the name is wrong", "What is the last name for the booking?", None, "name"),
    (BOOK_READ, "no another number", "Please type the number on your keypad", None, "digits"),
    (BOOK_READ, "is breakfast included", "Yes: is breakfast included. Let me read that back.", None, "yes_no"),
    ([*BOOK_READ, "no another number"], "#99", "with the number ending in 99. Is all of that right?", None, "yes_no"),
    (
        [*BOOK_READ, "no another number", "#99"],
        "yes",
        "code",
        ("create_reservation", {"phone_source": "keypad"}),
        "yes_no",
    ),
    (BOOKED, "yes", "I have sent you the link.", ("generate_payment_link", {**SMITH, "send_by": "sms"}), "open"),
    (BOOKED, "no thank you", "All right, I will leave it. Anything else?", None, "open"),
    ([*BOOKED, "no"], "text me the confirmation", "Shall I send it by text message", None, "yes_no"),
    (
        [*BOOKED, "no", "text me the confirmation"],
        "yes",
        "I have sent it. Anything else?",
        ("send_sms", {"template": "confirmation", "confirmation_code": "48210937"}),
        "open",
    ),
    (
        [*BOOKED, "no"],
        "cancel my booking",
        "Cancelling it costs $129.",
        ("cancel_reservation", {"confirm": False}),
        "yes_no",
    ),
    # found again
    ([], "can you look up my reservation", "What is the confirmation code?", None, "digits"),
    ([], "is my booking confirmed", "What is the confirmation code?", None, "digits"),
    ([], "i have a reservation", "What is the confirmation code?", None, "digits"),
    (CANCEL, CODE, "I heard 4 8 2 1 0 9 3 7. Is that code right?", None, "yes_no"),
    (CANCEL, "48210937", "I heard 4 8 2 1 0 9 3 7.", None, "yes_no"),
    (CANCEL, "it's four eight two one zero nine double three", "I heard 4 8 2 1 0 9 3 3.", None, "yes_no"),
    (CANCEL, "a b one two three", "I heard A B 1 2 3.", None, "yes_no"),
    (CANCEL, "alpha bravo one two three", "I heard A B 1 2 3.", None, "yes_no"),
    (CANCEL, "i don't have it", "What is the last name for the booking?", None, "name"),
    (CANCEL, "no i lost it", "What is the last name for the booking?", None, "name"),
    (CANCEL, "purple", "Please give me the confirmation code, digit by digit", None, "digits"),
    (CANCEL, "when is breakfast", "Yes: when is breakfast. What is the confirmation code?", None, "digits"),
    (CANCEL, "never mind", "All right, I will leave that. Anything else?", None, "open"),
    (CANCEL, "can i talk to a manager", "connecting", ("transfer_to_human", {"department": "manager"}), "open"),
    (CANCEL_CODE, "yes", "What is the last name for the booking?", None, "name"),
    (CANCEL_CODE, "no", "What is the confirmation code?", None, "digits"),
    (CANCEL_CODE, "no it is one two three four five six seven eight", "I heard 1 2 3 4 5 6 7 8.", None, "yes_no"),
    (CANCEL_NAME, "s m i t h", "I have S, M, I, T, H.", None, "yes_no"),
    (
        CANCEL_SPELLED,
        "yes",
        "Cancelling it costs $129. Shall I cancel",
        ("cancel_reservation", {**SMITH, "confirm": False}),
        "yes_no",
    ),
    (
        CANCEL_QUOTED,
        "yes",
        "I have cancelled it, for $129. Anything else?",
        ("cancel_reservation", {**SMITH, "confirm": True, "quoted_fee_cents": 12900}),
        "open",
    ),
    (CANCEL_QUOTED, "yes cancel it", "I have cancelled it", ("cancel_reservation", {"confirm": True}), "open"),
    (CANCEL_QUOTED, "no", "All right, I will leave it. Anything else?", None, "open"),
    (CANCEL_QUOTED, "never mind", "Anything else?", None, "open"),
    (CANCEL_QUOTED, "yes but change the dates", "Shall I cancel the booking", None, "yes_no"),
    (CANCEL_QUOTED, "hmm", "Shall I cancel the booking, yes or no?", None, "yes_no"),
    (FOUND, "yes", "I have found your booking. Anything else?", ("lookup_reservation", SMITH), "open"),
    (
        [*FOUND, "yes"],
        "i want to cancel it please my booking",
        "Shall I cancel",
        ("cancel_reservation", {"confirm": False}),
        "yes_no",
    ),
    (
        [*FOUND[:3], "jones", "yes"],
        "a person",
        "connecting",
        ("transfer_to_human", {"department": "front_desk"}),
        "open",
    ),
    (
        [*FOUND[:3], "jones"],
        "yes",
        "I cannot find a reservation",
        ("lookup_reservation", {"last_name": "Jones"}),
        "digits",
    ),
    ([*FOUND, "yes"], "can you change it", "What shall I change?", ("lookup_reservation", SMITH), "open"),
    (
        [*FOUND, "yes"],
        "please cancel it",
        "Cancelling it costs $129.",
        ("cancel_reservation", {"confirm": False}),
        "yes_no",
    ),
    # changed
    ([], "can you extend my stay", "What is the confirmation code?", None, "digits"),
    (CHANGE[:3], "yes", "What shall I change?", ("lookup_reservation", {"last_name": "Smith"}), "open"),
    (
        CHANGE,
        "three nights",
        "I will change your booking to three nights, for $421.83 in total.",
        ("check_availability", {}),
        "yes_no",
    ),
    (
        CHANGE,
        "make it saturday",
        "arrival on Saturday, November 28, for $281.22",
        ("check_availability", {"check_in": "2026-11-28"}),
        "yes_no",
    ),
    (
        CHANGE,
        "the suite please",
        "a Suite, for $542.82 in total",
        ("check_availability", {"room_type": "suite"}),
        "yes_no",
    ),
    (CHANGE, "we are bringing a dog", "one pet, for $335.72 in total", ("check_availability", {"pets": 1}), "yes_no"),
    (CHANGE, "the dates", "Which day would you like to arrive?", None, "dates"),
    (CHANGE, "the number of guests", "For how many guests?", None, "guests"),
    (
        [*CHANGE, "the dates"],
        "monday",
        "arrival on Monday",
        ("check_availability", {"check_in": "2026-11-30"}),
        "yes_no",
    ),
    (
        CHANGE_READ,
        "yes",
        "I have changed your booking. Anything else?",
        ("modify_reservation", {**SMITH, "check_out": "2026-11-30"}),
        "open",
    ),
    (CHANGE_READ, "no four nights", "to four nights", ("check_availability", {"check_out": "2026-12-01"}), "yes_no"),
    (CHANGE_READ, "no", "What shall I change?", None, "open"),
    (CHANGE_READ, "what time is check out", "Yes: what time is check out. I will change your booking", None, "yes_no"),
    # paid
    ([], "send me the payment link", "What is the confirmation code?", None, "digits"),
    (
        PAY,
        "yes",
        "I have sent you the link. Anything else?",
        ("generate_payment_link", {**SMITH, "send_by": "sms"}),
        "open",
    ),
    (PAY, "yes send it", "I have sent you the link.", ("generate_payment_link", {"send_by": "sms"}), "open"),
    (PAY, "to another number", "Please type the number on your keypad", None, "digits"),
    (PAY, "no", "All right, I will leave it. Anything else?", None, "open"),
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

# --- Spanish ---
CODIGO = "cuatro ocho dos uno cero nueve tres siete"
DESEO = "quiero una habitación para dos noches desde el viernes para dos adultos"
PRECIO = (
    "Para dos noches desde el viernes 27 de noviembre, para dos adultos, la Standard Queen cuesta $281.22 en total."
)
RESERVA = [DESEO, "quiero reservarla"]
RESERVA_NOMBRE = [*RESERVA, "ese eme i te hache"]
RESERVA_LEIDA = [*RESERVA_NOMBRE, "sí"]
RESERVADA = [*RESERVA_LEIDA, "sí"]
ANULAR = ["quiero cancelar mi reserva"]
ANULAR_PRECIO = [*ANULAR, CODIGO, "sí", "smith", "sí"]
CAMBIO = ["quisiera cambiar mi reserva", "no lo tengo", "smith", "sí"]
ENVIADO = ["mándeme la dirección por mensaje", "sí"]
DESPERTAR = ["necesito que me despierten"]
DESPERTAR_LEIDO = [*DESPERTAR, "a las siete y media", "la doscientos cuatro"]
RECADO = ["quiero dejar un mensaje"]
LLAMADA = ["quiero concertar una llamada", "mañana", "a las tres y media", "por mi factura"]

SPANISH: list[Row] = [
    ([], "hola", "Hola. ¿En qué puedo ayudarle?", None, "open"),
    ([], "quiero una habitación", "¿Qué día desea llegar?", None, "dates"),
    (
        [],
        "¿tienen habitaciones libres para el viernes?",
        "El viernes 27 de noviembre. ¿Para cuántas noches?",
        None,
        "dates",
    ),
    ([], DESEO, PRECIO, ("check_availability", STAY), "yes_no"),
    (["quiero una habitación"], "el veintisiete de noviembre", "27 de noviembre. ¿Para cuántas noches?", None, "dates"),
    (["quiero una habitación"], "del 27 al 29 de noviembre", "Dos noches desde el viernes 27", None, "guests"),
    (["quiero una habitación"], "el próximo fin de semana", "Dos noches desde el viernes 27", None, "guests"),
    (["quiero una habitación"], "asdf", "Perdone, no le he entendido. Dígame, por favor, qué día llega", None, "dates"),
    (["quiero una habitación", "asdf"], "asdf", "¿Le paso con la recepción?", None, "yes_no"),
    (["quiero una habitación", "asdf", "asdf"], "sí", "le paso", ("transfer_to_human", {}), "open"),
    (["una habitación para el viernes"], "dos", "¿Para cuántas personas?", None, "guests"),
    (["una habitación para el viernes", "dos noches"], "dos", PRECIO, ("check_availability", STAY), "yes_no"),
    (["una habitación para el viernes", "dos noches"], "mi mujer y yo", PRECIO, ("check_availability", STAY), "yes_no"),
    (
        ["una habitación para el viernes", "dos noches"],
        "dos adultos, un niño y un perro",
        "para dos adultos, un niño y una mascota",
        ("check_availability", {**STAY, "children": 1, "pets": 1}),
        "yes_no",
    ),
    (
        [DESEO],
        "no, tres noches",
        "Para tres noches desde el viernes",
        ("check_availability", {"check_out": "2026-11-30"}),
        "yes_no",
    ),
    ([DESEO], "¿el desayuno está incluido?", "¿Tomo su nombre y su número", None, "yes_no"),
    ([DESEO], "sí", "Diga su nombre, por favor.", None, "name"),
    ([DESEO], "no gracias", "De acuerdo. ¿Algo más?", None, "open"),
    ([DESEO], "¿qué más tienen?", "¿Cuál prefiere?", None, "open"),
    ([DESEO], "¿cuánto cuesta la suite?", "la Suite cuesta $542.82 en total", None, "yes_no"),
    ([DESEO, "sí"], "juan garcía", "¿Usamos el número desde el que llama, que termina en 42?", None, "yes_no"),
    ([DESEO, "sí", "juan garcía"], "sí", "Se lo repito. Dos noches desde el viernes 27 de noviembre", None, "yes_no"),
    (
        [DESEO, "sí", "juan garcía", "sí"],
        "sí, está bien",
        "Gracias, lo he anotado",
        ("create_lead", {"name": "Juan García", "phone_source": "caller_line", "room_type": "standard_queen"}),
        "open",
    ),
    ([DESEO], "quiero reservarla", "¿Cuál es el apellido de la reserva? Deletréelo, por favor.", None, "name"),
    (RESERVA, "ese eme i te hache", "He anotado S, M, I, T, H. ¿Está bien escrito?", None, "yes_no"),
    (RESERVA, "garcía", "He anotado G, A, R, C, Í, A.", None, "yes_no"),
    (RESERVA, "me llamo ana muñoz", "He anotado M, U, Ñ, O, Z.", None, "yes_no"),
    (RESERVA, "eme u eñe o zeta", "He anotado M, U, Ñ, O, Z.", None, "yes_no"),
    (RESERVA, "be de barcelona o ese ce hache", "He anotado B, O, S, C, H.", None, "yes_no"),
    (RESERVA, "¿se admiten perros?", "¿Cuál es el apellido de la reserva?", None, "name"),
    (RESERVA, "olvídelo", "De acuerdo. ¿Algo más?", None, "open"),
    (RESERVA_NOMBRE, "sí", "A nombre de Smith, con el número que termina en 42. ¿Está todo correcto?", None, "yes_no"),
    (RESERVA_NOMBRE, "no", "¿Cuál es el apellido de la reserva?", None, "name"),
    (
        RESERVA_LEIDA,
        "sí",
        "Su código de confirmación es 4 8 2 1 0 9 3 7.",
        ("create_reservation", {**STAY, "room_type": "standard_queen", "last_name": "Smith"}),
        "yes_no",
    ),
    (RESERVA_LEIDA, "no", "De acuerdo. ¿Qué cambio?", None, "open"),
    (RESERVA_LEIDA, "quizás", "¿Está todo correcto, sí o no?", None, "yes_no"),
    (
        RESERVADA,
        "sí por favor",
        "Le he enviado el enlace de pago",
        ("generate_payment_link", {"send_by": "sms"}),
        "open",
    ),
    (RESERVADA, "no", "De acuerdo, lo dejamos así. ¿Algo más?", None, "open"),
    (ANULAR, CODIGO, "He entendido 4 8 2 1 0 9 3 7. ¿Es correcto ese código?", None, "yes_no"),
    (ANULAR, "no lo tengo", "¿Cuál es el apellido de la reserva?", None, "name"),
    (ANULAR[:0], "¿puede buscar mi reserva?", "¿Cuál es el código de confirmación?", None, "digits"),
    (ANULAR, "¿a qué hora es el desayuno?", "¿Cuál es el código de confirmación?", None, "digits"),
    (
        ANULAR_PRECIO[:-1],
        "sí",
        "Cancelar cuesta $129.00. ¿Cancelo la reserva?",
        ("cancel_reservation", {"confirm": False}),
        "yes_no",
    ),
    (
        ANULAR_PRECIO,
        "sí",
        "He cancelado su reserva.",
        ("cancel_reservation", {"confirm": True, "quoted_fee_cents": 12900}),
        "open",
    ),
    (ANULAR_PRECIO, "sí, cancélela", "He cancelado su reserva.", ("cancel_reservation", {"confirm": True}), "open"),
    (ANULAR_PRECIO, "no", "De acuerdo, lo dejamos así. ¿Algo más?", None, "open"),
    (CAMBIO, "tres noches", "Cambio su reserva a tres noches, por $421.83", ("check_availability", {}), "yes_no"),
    (
        [*CAMBIO, "tres noches"],
        "sí",
        "He cambiado su reserva",
        ("modify_reservation", {"check_out": "2026-11-30"}),
        "open",
    ),
    ([], "necesito que me despierten", "¿A qué hora le despertamos?", None, "open"),
    (
        [],
        "despiértenme mañana a las seis y cuarto en la habitación 204",
        "2 0 4 el domingo 22 de noviembre a las 6:15",
        None,
        "yes_no",
    ),
    (DESPERTAR, "a las ocho menos cuarto", "¿Cuál es el número de su habitación?", None, "digits"),
    (
        DESPERTAR_LEIDO,
        "sí",
        "noted",
        ("request_service", {"service": "wake_up_call", "room": "204", "when": "07:30"}),
        "open",
    ),
    (DESPERTAR_LEIDO, "no, a las ocho", "a las 8:00. ¿Está todo correcto?", None, "yes_no"),
    (DESPERTAR_LEIDO, "no", "¿Qué cambio?", None, "open"),
    ([*DESPERTAR_LEIDO, "no"], "la hora", "¿A qué hora le despertamos?", None, "open"),
    ([], "¿me pueden traer dos toallas?", "¿Cuál es el número de su habitación?", None, "digits"),
    (
        ["necesito dos toallas", "204"],
        "sí",
        "noted",
        ("request_service", {"service": "housekeeping", "room": "204"}),
        "open",
    ),
    ([], "no funciona la calefacción", "¿Cuál es el número de su habitación?", None, "digits"),
    (
        ["no funciona la calefacción"],
        "204",
        "Para mantenimiento, habitación 2 0 4: No funciona la calefacción.",
        None,
        "yes_no",
    ),
    ([], "quiero una salida tardía", "¿Hasta qué hora desea quedarse?", None, "open"),
    ([], "necesitamos una cuna", "¿Cuál es el número de su habitación?", None, "digits"),
    ([], "he perdido mi chaqueta", "Para objetos perdidos: He perdido mi chaqueta.", None, "yes_no"),
    ([], "objetos perdidos", "¿Qué ha perdido, y dónde?", None, "open"),
    ([], "quiero dejar un mensaje", "¿Para quién es el mensaje?", None, "open"),
    (RECADO, "para el gerente", "¿Cuál es el mensaje?", None, "open"),
    ([*RECADO, "para el gerente"], "que llego tarde", "Tengo un mensaje para", None, "yes_no"),
    (
        [*RECADO, "el gerente", "que llego tarde"],
        "sí",
        "noted",
        ("take_message", {"message": "que llego tarde"}),
        "open",
    ),
    ([], "llámenme mañana a las tres", "¿De qué se trata la llamada?", None, "open"),
    (
        LLAMADA[:-1],
        "por mi factura",
        "el domingo 22 de noviembre a las 15:30, al número que termina en 42",
        None,
        "yes_no",
    ),
    (LLAMADA, "sí", "We will call", ("schedule_callback", {"when": "2026-11-22", "time": "15:30"}), "open"),
    (
        [],
        "¿me recomienda un restaurante?",
        "Le recomiendo lo siguiente.",
        ("concierge_info", {"category": "restaurants"}),
        "open",
    ),
    ([], "mándeme la dirección por mensaje", "¿Se lo envío por mensaje de texto", None, "yes_no"),
    (["mándeme la dirección por mensaje"], "sí", "sent", ("send_sms", {"template": "directions"}), "open"),
    ([], "quiero hablar con una persona", "le paso", ("transfer_to_human", {"department": "front_desk"}), "open"),
    ([], "gerente", "le paso", ("transfer_to_human", {"department": "manager"}), "open"),
    (DESPERTAR, "una persona por favor", "le paso", ("transfer_to_human", {}), "open"),
    (
        [],
        "in english please",
        "let us speak English. How can I help you?",
        ("set_language", {"language": "en"}),
        "open",
    ),
    (
        [],
        "do you have a room for friday",
        "Friday, November 27. For how many nights?",
        ("set_language", {"language": "en"}),
        "dates",
    ),
    ([DESEO], "¿puede repetir?", PRECIO, None, "yes_no"),
    ([DESEO], "un momento", "Claro, tómese su tiempo.", None, "yes_no"),
    ([], "eso es todo, adiós", "Adiós.", ("end_call", {}), "open"),
    (
        [],
        "espere un momento, póngame en espera",
        "Please hold",
        ("play_hold_music", {"reason": "The guest asks to be put on hold."}),
        "open",
    ),
    (
        DESPERTAR,
        "¿me puede poner en espera?",
        "Please hold",
        ("play_hold_music", {"reason": "The guest asks to be put on hold."}),
        "open",
    ),
    (ENVIADO, "no me ha llegado el mensaje", "Puedo enviarle las indicaciones para llegar. ¿Se lo", None, "yes_no"),
    (
        [*ENVIADO, "envíemelo otra vez"],
        "sí",
        "sent",
        ("send_sms", {"template": "directions", "another": True}),
        "open",
    ),
    ([*ENVIADO, "envíemelo otra vez", "sí"], "mándemelo de nuevo", "Eso ya lo he enviado dos veces", None, "open"),
    (DESPERTAR, "no me ponga en espera", "¿A qué hora le despertamos?", None, "open"),
    (DESPERTAR, "espere un momento", "Claro, tómese su tiempo. ¿A qué hora le despertamos?", None, "open"),
    ([], "ya llamé antes, ¿me conoce?", "desde este número", ("get_caller_history", {}), "open"),
    ([], "¿he estado alojado con ustedes antes?", "desde este número", ("get_caller_history", {}), "open"),
    (DESPERTAR, "¿de qué hablamos la última vez?", "¿A qué hora le despertamos?", ("get_caller_history", {}), "open"),
    (["quiero una habitación para el viernes"], "empezar de nuevo", "¿Qué día desea llegar?", None, "dates"),
]
