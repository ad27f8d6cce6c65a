"""The English of guests, as patterns over `plain` text: which words mean which intent. No logic, no state.

A phrase is a piece of a regular expression. `anywhere` finds it as whole words, `alone` when nothing else is said but
politeness, `first` at the beginning, behind fillers. Another language is another file of these names.
"""

import re
from enum import StrEnum


class Want(StrEnum):
    ROOM = "room"
    PRICE = "price"
    OTHER_ROOMS = "other_rooms"
    MANY_ROOMS = "many_rooms"
    HOLD = "hold"
    CALLBACK = "callback"
    QUESTION = "question"
    PERSON = "person"
    GOODBYE = "goodbye"
    REPEAT = "repeat"
    WAIT = "wait"
    HELP = "help"
    GREETING = "greeting"
    THANKS = "thanks"
    WRONG = "wrong"
    RESTART = "restart"
    NEVER_MIND = "never_mind"
    THIS_NUMBER = "this_number"
    OTHER_NUMBER = "other_number"
    CHANGE_NAME = "change_name"
    CHANGE_DATES = "change_dates"
    CHANGE_GUESTS = "change_guests"
    CHANGE_ROOM = "change_room"


_FILLER = (
    r"(?:(?:um|uh(?! huh)|er|oh|ah|hm+|well|so|and|also|then|okay|ok|but|let us see|hi|hello|hey|excuse me"
    r"|good (?:morning|afternoon|evening))\b ?)*"
)
_POLITE = r"(?: ?\b(?:please|thank you|thanks|sir|maam|now|very much))*"

Pattern = re.Pattern[str]


def anywhere(*phrases: str) -> Pattern:
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b")


def alone(*phrases: str) -> Pattern:
    return re.compile(rf"^{_FILLER}(?:{'|'.join(phrases)}){_POLITE}$")


def first(*phrases: str) -> Pattern:
    return re.compile(rf"^{_FILLER}(?:{'|'.join(phrases)})\b")


def either(*patterns: Pattern) -> Pattern:
    return re.compile("|".join(f"(?:{pattern.pattern})" for pattern in patterns))


# --- yes and no: matched at the beginning, behind FILLERS ---

FILLERS = re.compile(f"^{_FILLER}")
ONLY_POLITE = re.compile(f"^{_POLITE}$")
OKAY = anywhere("okay", "ok")
YES = re.compile(
    r"(?:yes|yeah|yep|yup|yea|sure|of course|absolutely|certainly|correct|right(?! now)|exactly|definitely|fine|perfect"
    r"|great|good(?! (?:morning|afternoon|evening|night|bye))|uh huh|mm hmm|mhm|please do|go ahead|why not"
    r"|all right|alright|sounds (?:right|correct|good|great|fine|perfect|okay|ok)|that works|no problem"
    r"|(?:that|it|all|everything|this) (?:is|sounds|would be|will be)(?: all)?"
    r" (?:right|correct|fine|good|great|perfect|okay|ok|alright)"
    r"|book it|do that|let us do that|(?:i|we) will take (?:it|that)|i would (?:like|love) (?:that|to)"
    r"|(?:you can )?use (?:this|that) number|this number)\b|please$"
)
NO = re.compile(
    r"(?:no|nope|nah|not (?:really|now|yet|today|right|correct|quite|that|it)|incorrect|wrong|negative|none|nothing"
    r"|i (?:do not(?! (?:know|understand|hear))|would not|would rather not)|do not|please do not"
    r"|(?:that|it) is (?:not|wrong|incorrect)"
    r"|(?:that is )?too (?:much|expensive)|(?:use )?(?:another|a different|other) number)\b"
)
# What may follow a yes without adding anything to it.
YES_TAIL = re.compile(
    rf"(?: ?\b(?:{YES.pattern}|it is|it does|i do|we do|you can|you may|i would|i am|i will|that is|for me"
    r"|all|of|that|it|call me|use|on|(?:this|that) number|thank you|thanks|please|sir|maam|very much|so much|now"
    r"|and|then|good ?bye|bye|have a (?:good|nice|great) (?:day|night|evening|one)))*$"
)
CORRECTING = re.compile(
    r"\b(?:i (?:want|need|said|meant|mean)|make (?:it|that)|change|actually|it is|\d+\w*"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)\b(?! not)"
)
SAYS_NO_TOO = anywhere("no", "not", "wrong")
SAYS_YES_TOO = re.compile(r"\b(?:yes|yeah)\b|\bthat is (?:right|correct|fine)$")

# --- questions about the house ---

ASKING = either(
    first(
        *(
            "what",
            "when",
            "where",
            "which",
            "who",
            "why",
            "how",
            "is",
            "are",
            "do",
            "does",
            "did",
            "can",
            "could",
            "may",
        ),
        *("will", "would", "should", "have you", "has", "until when", "am i"),
        "(?:yes|no|good (?:morning|afternoon|evening)) (?:what|when|where|how|is|are|do|does|can|could)",
    ),
    anywhere(
        *("do you", "are you", "is there", "are there", "can i", "can we", "could i", "could we"),
        *("what is", "what are", "what about", "what time", "how much", "how far", "how late", "how about"),
        *("tell me", "i want to know", "i need to know", "wondering", "question about"),
        "i (?:want|need|would like) to (?:cancel|change)",
    ),
)

_ANIMALS = r"(?:pets?|dogs?|cats?|animals?)"
_CHILDREN = r"(?:children|kids|child)"
_CHECK = r"check(?:ing)? ?(?:in|out)"
# Words that name something of the house. "dog" alone is not one: a dog may simply be coming along.
TOPIC = either(
    anywhere(
        *(
            "park(?:ing|ed)?",
            "trailer",
            "truck",
            "charging",
            "electric",
            "shuttle",
            "train",
            "bus",
            "airport",
            "highway",
        ),
        *("breakfast", "lunch", "dinner", "food", "restaurants?", "bar", "coffee", "laundry", "washers?", "dryers?"),
        *("wi ?fi", "internet", "wireless", "password", "tv", "television", "microwave", "refrigerator", "fridge"),
        *("air condition\\w*", "heat(?:ing|ed)?", "hair ?dryer", "iron", "towels?", "bath ?tub"),
        *("pool", "swim\\w*", "hot tub", "jacuzzi(?! suite)", "sauna", "gym", "fitness", "work ?out", "exercise"),
        *("elevator", "wheelchair", "accessible", "handicap\\w*", "smok\\w+", "vap(?:e|ing)", "quiet hours", "noise"),
        *("cancel\\w*(?! (?:that|it|this))", "refund\\w*", "deposit", "credit cards?", "debit", "cash", "checks"),
        *("american express", "visa", "mastercard", "invoice", "receipt", "tax", "taxes"),
        *("discounts?", "special rates?", "aaa", "senior", "military"),
        *("address", "located", "location", "directions?", "get there", "get to you", "how far", "where are you"),
        *("ski\\w*", "hik\\w+", "covered bridge\\w*", "nearby", "things to do", "attractions?", "amenities"),
        *("lost", "luggage", "bags", "crib", "cot", "high chair", "rollaway", "extra bed", "service (?:animal|dog)s?"),
        *("robot", "a machine", "a computer", "artificial", "open all night", "my (?:reservation|booking)"),
        "front desk (?:open|at night|hours|staffed)|desk open",
        "(?:rooms?|room types?|kinds? of rooms?|types? of rooms?) do you have"
        "(?! (?:for|from|on|available|free|left|this|next|tomorrow|tonight))",
    ),
    # A stay may begin with "checking in on friday", so these need a word about the hour.
    anywhere(
        f"(?:what time|when|how late|how early|until|time|hours?)\\b.*\\b{_CHECK}",
        f"{_CHECK} (?:time|early|late|at night|after)",
        f"(?:early|late|a late|an early) (?:{_CHECK}|arrival)",
        *("arrive late", "arriving late", "arrival time", "after midnight"),
    ),
    alone(_CHECK, _ANIMALS, _CHILDREN),
    anywhere(
        f"{_ANIMALS}\\b.*\\b(?:allow\\w*|accept\\w*|welcome|fees?|polic\\w+|charges?|cost|extra|permitted|okay|rules?)",
        rf"(?:allow|accept|take|bring|charge for|fees? for|about|friendly to)(?: \w+){{0,2}} {_ANIMALS}",
        "pet friendly",
        f"{_CHILDREN}\\b.*\\b(?:free|welcome|allowed|pay|cost|extra|charges?|policy)",
        f"(?:how much|charge|cost|price)\\b.*\\b(?:a child|{_CHILDREN})",
    ),
)

# --- intents ---

_ROOMS = r"(?:rooms?|suites?|king|queen|kitchenette|vacanc(?:y|ies)|availability|openings?|beds|double|twin|single)"
_GET = r"(?:have|got|need|want|like|looking for|get|book|reserve|is there|are there)"
_SOMEONE = (
    r"(?:person|human(?: being)?|manager|front desk|operator|agent|representative|reception(?:ist)?|supervisor|clerk"
    r"|owner|staff|member of (?:the )?staff|someone|somebody|anyone|anybody)"
)
_ARTICLES = r"(?:(?:a|an|the|real|live|actual|another|your)\b ?)*"

BYE = anywhere(
    *("good ?bye", "bye", "good night", "hang up"),
    "have a (?:good|nice|great|lovely) (?:day|night|evening|one|weekend)",
)

WANTS: dict[Want, Pattern] = {
    Want.ROOM: either(
        anywhere(
            rf"{_GET}(?: you)?(?: (?:a|an|any|one|the|another))?(?: \w+){{0,2}}? {_ROOMS}"
            r"(?<!accessible rooms)(?<!smoking rooms)",
            rf"(?:{_GET}|looking for)(?: you)? (?:anything|something)",
            rf"(?:a|any|the) (?:\w+ )?{_ROOMS} (?:a|for|from|with|starting|available|tonight|tomorrow|on|next|this)",
            *("rooms? available", "any rooms?", "availability", "vacanc(?:y|ies)", "space for"),
            *("(?:make|need|want|like) (?:a |an )?(?:reservation|booking)", "to (?:book|reserve|stay)"),
            "can (?:i|we) (?:book|reserve|stay)",
            "are you (?:full|booked|open)(?! (?:all|at|24))",
            "(?:anything|something) (?:available|free|open|for|left)",
        ),
        alone(rf"(?:(?:a|any|the) (?:\w+ ){{0,2}})?{_ROOMS}"),
    ),
    Want.PRICE: anywhere("how much", "prices?", "costs?", "rates?", "do you charge", "what would that be", "total"),
    Want.OTHER_ROOMS: anywhere(
        "(?:other|another|different|cheaper|cheapest|bigger|biggest|larger|better|nicer)"
        " (?:kinds? of |types? of )?(?:rooms?|ones?|options?)",
        "(?:what else|anything else|something|anything) "
        "(?:cheaper|bigger|larger|better|nicer|do you have|is available)",
        "all (?:the )?(?:rooms|options)",
    ),
    Want.MANY_ROOMS: anywhere(
        "(?:two|three|four|five|six|seven|eight|nine|ten|[2-9]|several|both)(?: more)?(?: (?!bed)\\w+)? rooms"
    ),
    Want.HOLD: either(
        anywhere(
            "(?:book|reserve|hold|take) (?:it|that|this|the (?:\\w+ )?(?:room|suite|king|queen|one)|a room)",
            *("(?:make|like|want) (?:a|the) (?:reservation|booking)", "(?:want|like) to (?:book|reserve)"),
            "(?:i|we) will take the",
        ),
        alone("book", "reserve"),
    ),
    Want.CALLBACK: anywhere(
        *(
            "call(?:ed)? (?:me|us) back",
            "call (?:me|us) (?:later|tomorrow)",
            "(?:a|me) call ?back",
            "have \\w+ call me",
        ),
        "(?:someone|somebody) (?:to |can |could |please )?call (?:me|us)",
        *("leave (?:a message|my number|my name)", "take a message"),
    ),
    Want.PERSON: either(
        alone(
            r"(?:(?:no|yes|please|sorry|just|i (?:want|need|would like)|get me|give me|let me have"
            rf"|(?:can|could) i (?:get|have))\b ?)*{_ARTICLES}{_SOMEONE}(?: right)?"
        ),
        anywhere(
            rf"(?:speak|talk|talking|speaking)(?: directly)? (?:to|with) (?:\w+ ){{0,3}}?{_SOMEONE}",
            *("(?:transfer|connect) me", "put me (?:through|on|to|with)", "a person please"),
            "(?:someone|somebody|anybody|anyone|person|human) (?:that |who )?(?:i|we) (?:can|could) (?:speak|talk)",
            "(?<!you )(?<!you a )(?:real|live|actual) (?:person|human)(?! or)",
        ),
    ),
    Want.GOODBYE: either(
        BYE,
        anywhere(
            "that is (?:all|it|everything)(?! (?:right|correct|fine|okay|good))",
            *("that will be (?:all|it)", "nothing (?:else|more)", "i am (?:done|all set|good)"),
            *("(?:have to|got to|gotta|must) go", "i will call (?:back|again|you back|later)"),
        ),
    ),
    Want.REPEAT: either(
        anywhere(
            *("repeat", "say (?:that|it) again", "come again", "one more time", "what did you say", "what was that"),
            *(
                "did not (?:hear|understand|catch|get)",
                "do not understand",
                "speak (?:slow\\w*|loud\\w*|up|more slowly)",
            ),
        ),
        alone("sorry", "pardon", "pardon me", "what", "huh", "again"),
        re.compile(r"^excuse me(?: please)?$"),
    ),
    Want.WAIT: anywhere(
        *("hold on", "hang on", "one (?:moment|second|minute|sec)", "(?:just )?a (?:moment|second|minute|sec)"),
        *("let me (?:think|check|see|ask)", "^wait"),
    ),
    Want.HELP: either(
        anywhere("what can (?:you do|i say|i ask|you help)", "how does this work"), alone("help", "help me")
    ),
    Want.GREETING: either(
        re.compile(r"^(?:hello|hi|hey|good (?:morning|afternoon|evening))(?: (?:there|hello))?$"),
        anywhere("are you there", "(?:anybody|anyone) there"),
    ),
    Want.THANKS: re.compile(
        r"^(?:okay |great |perfect |all right )*(?:thank you|thanks)(?: (?:very much|so much|a lot|you))?$"
    ),
    Want.WRONG: either(
        anywhere("that is (?:wrong|not (?:right|what i said|correct))", "not what i said", "you misunderstood"),
        alone("go back"),
    ),
    Want.RESTART: anywhere("start (?:over|again)", "from the (?:beginning|start)"),
    Want.NEVER_MIND: anywhere(
        "never ?mind", "forget (?:it|about it|that)", "cancel (?:that|it|this)", "i changed my mind"
    ),
    Want.THIS_NUMBER: anywhere(
        *("(?:this|that|same) (?:phone )?number", "number (?:that )?i am calling (?:from|on)", "my number is this"),
        "caller id",
    ),
    Want.OTHER_NUMBER: either(
        anywhere(
            *("(?:another|different|other|wrong) (?:phone )?number", "not my (?:phone )?number", "not that number"),
            *("(?:phone )?number is (?:wrong|not)", "change (?:the|my) (?:phone )?number"),
        ),
        alone("(?:the |my )?(?:phone )?number"),
    ),
    Want.CHANGE_NAME: either(
        anywhere("(?:the|my) name is (?:wrong|not)", "change (?:the|my) name", "wrong name"), alone("(?:the |my )?name")
    ),
    Want.CHANGE_DATES: either(
        anywhere(
            "(?:change|other|different|another|wrong) (?:the |my )?(?:dates?|days?|nights?|stay)",
            "(?:dates?|days?) (?:is|are) wrong",
        ),
        alone("(?:the )?(?:dates?|days?|nights?|stay)"),
    ),
    Want.CHANGE_GUESTS: either(
        anywhere("(?:change|wrong) (?:the )?(?:number of )?(?:guests|people|adults)"),
        alone("(?:the )?(?:number of )?(?:guests|people)"),
    ),
    Want.CHANGE_ROOM: either(anywhere("change (?:the )?room", "wrong room"), alone("the room")),
}
