"""The English of guests, as patterns over `plain` text: yes and no, and what is a question about the house."""

import re

from nightdesk.dialogue.lexicon import Lexicon, anywhere, either
from nightdesk.dialogue.names_en import BARE, CATEGORIES, DEPARTMENTS, PARTICULARS, PARTS, RATES, TEMPLATES
from nightdesk.dialogue.nouns_en import FILLER, POLITE, alone, first
from nightdesk.dialogue.slots_en import SLOTS
from nightdesk.dialogue.tasks_en import TASK_WANTS
from nightdesk.dialogue.wants_en import BYE, CALLED, WANTS
from nightdesk.hotel.numbers_en import numbered, plain

# --- yes and no: matched at the beginning, behind FILLERS ---

_FILLERS = re.compile(f"^{FILLER}")
_ONLY_POLITE = re.compile(f"^{POLITE}$")
_OKAY = anywhere("okay", "ok")
_YES = re.compile(
    r"(?:yes|yeah|yep|yup|yea|sure|of course|absolutely(?! not)|certainly(?! not)|correct|right(?! now)|exactly"
    r"|definitely(?! not)|fine"
    r"|perfect"
    r"|great|good(?! (?:morning|afternoon|evening|night|bye))|uh huh|mm hmm|mhm|please do|go ahead|why not"
    r"|all right|alright|(?:sounds|looks) (?:right|correct|good|great|fine|perfect|okay|ok|lovely|like a plan)"
    r"|that works|go for it|no problem"
    r"|(?:that|it|all|everything|this) (?:is|sounds|would be|will be)(?: all)?"
    r" (?:right|correct|fine|good|great|perfect|okay|ok|alright|lovely|wonderful|nice)"
    r"|book it|do that|let us do that|(?:i|we) will take (?:it|that)|i would (?:like|love) (?:that|to$)"
    r"|(?:you can )?use (?:this|that) number|this number)\b|please$"
)
_NO = re.compile(
    r"(?:no|nope|nah|not (?:really|now|yet|today|right|correct|quite|that|it)|incorrect|wrong|negative|no way|none"
    r"|(?:absolutely|certainly|definitely) not"
    r"|nothing"
    r"|i (?:do not(?! (?:know|understand|hear))|would not|would rather not)|do not|please do not"
    r"|(?:that|it) is (?:not|wrong|incorrect)"
    r"|(?:that is )?too (?:much|expensive)|(?:use )?(?:another|a different|other) number)\b"
)
# What may follow a yes without adding anything to it.
_YES_TAIL = re.compile(
    rf"(?: ?\b(?:{_YES.pattern}|it is|it does|i do|we do|you can|you may|i would|i am|i will|that is|for me"
    r"|all|of|that|it|call me|use|on|(?:this|that) number|thank you|thanks|please|sir|maam|very much|so much|now"
    r"|and|then|good ?bye|bye|have a (?:good|nice|great) (?:day|night|evening|one)))*$"
)
_CORRECTING = re.compile(
    r"\b(?:i (?:want|need|said|meant|mean)|make (?:it|that)|change|actually|it is|\d+\w*"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)\b(?! not)"
)
_SAYS_NO_TOO = anywhere("no", "(?<!why )not", "wrong")
_SAYS_YES_TOO = re.compile(r"\b(?:yes|yeah)\b|\bthat is (?:right|correct|fine)$")

# --- questions about the house ---

_ASKING = either(
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
        *("will", "would", "should", "have you", "has", "am i", "(?:at|by|until|till|from) (?:what|when|which)"),
        "(?:yes|no|good (?:morning|afternoon|evening)) (?:what|when|where|how|is|are|do|does|can|could)",
    ),
    anywhere(
        *("do you", "are you", "is there", "are there", "can i", "can we", "could i", "could we"),
        *("what is", "what are", "what about", "what time", "how much", "how far", "how late", "how about"),
        *("tell me", "i want to know", "i need to know", "wondering", "question about"),
        *(
            "i (?:want|need|would like) to (?:cancel|change)",
            "(?:do|will|would) (?:i|we) (?:be|have|get|pay|lose|need)",
        ),
    ),
)

_WONDERS = first(
    *(
        "how (?!much|about|many nights)",
        "what (?!about|else|other|would)",
        "who",
        "why(?! not)",
        "where",
        "(?:at|by|until) what",
    ),
    *(
        "when",
        "does",
        "did",
        "is there a (?!room|suite|king|queen|bed)",
        "can i (?!get|have|book|reserve|come|stay|take)",
    ),
)
_ROOM_PRICE = anywhere(
    *("rooms?", "night(?:s|ly)?", "stay(?:ing)?", "suites?", "king", "queen", "doubles?", "total", "rates", "prices"),
    *(
        "how much (?:is|would|does|will) (?:it|that|this|the)",
        "that (?:be|cost)",
        "do you charge$",
        "(?:come|add up) to",
        "(?:best|your) (?:rate|price)",
        "set (?:me|us) back",
    ),
)

_ANIMALS = r"(?:pets?|dogs?|cats?|animals?)"
_CHILDREN = r"(?:children|kids|child)"
_CHECK = r"check(?:ing)? ?(?:in|out)"
# Words that name something of the house. "dog" alone is not one: a dog may simply be coming along.
_TOPIC = either(
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
        *(
            "lost",
            "luggage",
            "bags",
            "crib",
            "cot",
            "high chair",
            "rollaway",
            "(?:extra|little|small|baby) beds?",
            "service (?:animal|dog)s?",
        ),
        *("robot", "a machine", "a computer", "artificial", "open all night", "my (?:reservation|booking)"),
        "front desk (?:open|at night|hours|staffed)|desk open",
        "(?:are you|is the (?:hotel|motel)|you are) (?:still )?(?:open|closed)|opening hours",
        "(?<!other )(?<!different )(?:rooms?|room types?|kinds? of rooms?|types? of rooms?) do you have"
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
        rf"(?:allow|accept|take|bring|charge(?: \w+)? for|fees? for|about|friendly to)(?: \w+){{0,2}} {_ANIMALS}",
        "pet friendly",
        f"{_CHILDREN}\\b.*\\b(?:free|welcome|allowed|pay|cost|extra|charges?|policy)",
        f"(?:how much|charge|cost|price)\\b.*\\b(?:a child|{_CHILDREN})",
    ),
)

ENGLISH = Lexicon(
    language="en",
    plain=plain,
    numbered=numbered,
    dated=lambda numbers: numbers,
    fillers=_FILLERS,
    only_polite=_ONLY_POLITE,
    okay=_OKAY,
    yes=_YES,
    no=_NO,
    yes_tail=_YES_TAIL,
    correcting=_CORRECTING,
    says_no_too=_SAYS_NO_TOO,
    says_yes_too=_SAYS_YES_TOO,
    asking=_ASKING,
    wonders=_WONDERS,
    room_price=_ROOM_PRICE,
    topic=_TOPIC,
    bye=BYE,
    clauses=re.compile(r"[.?!,;]|\band\b|\bbut\b|\balso\b|\bfor\b(?= \w+ nights?)"),
    wants={**WANTS, **TASK_WANTS},
    called=CALLED,
    slots=SLOTS,
    bare=BARE,
    departments=DEPARTMENTS,
    templates=TEMPLATES,
    categories=CATEGORIES,
    parts=PARTS,
    particulars=PARTICULARS,
    rates=RATES,
    common=frozenset(
        [
            "the",
            "a",
            "an",
            "is",
            "are",
            "do",
            "does",
            "you",
            "i",
            "we",
            "my",
            "for",
            "to",
            "of",
            "and",
            "in",
            "it",
            "that",
            "have",
            "need",
            "want",
            "would",
            "like",
            "can",
            "please",
            "what",
            "how",
            "with",
        ]
    ),
)
