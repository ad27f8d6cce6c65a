"""What tasks are about, as it is called in English: departments, texts, kinds of places, parts of a request."""

from nightdesk.dialogue.lexicon import Pattern, Rates, Want, anywhere
from nightdesk.dialogue.nouns_en import COT, alone, first

_REQUEST = r"(?:(?:i|we) (?:need|want|have|would like)|can (?:i|we) (?:have|get)|send|call|get|give me|connect me to)"
# A request that names nothing yet.
BARE: dict[Want, Pattern] = {
    Want.HOUSEKEEPING: alone(rf"(?:{_REQUEST} )?(?:to )?(?:the )?housekeeping"),
    Want.MAINTENANCE: alone(
        rf"(?:{_REQUEST} )?(?:a |the |some )?(?:maintenance|repairs?|repairman|something (?:is )?broken|problem)",
        "(?:something|it) is (?:broken|not working)",
    ),
    Want.LOST_AND_FOUND: alone(
        rf"(?:{_REQUEST} )?(?:the )?lost and found", "(?:i|we)(?: have)? (?:lost|left|forgot) (?:something|it)"
    ),
    Want.COT: alone(rf"(?:{_REQUEST} )?(?:a |an )?{COT}"),
}
DEPARTMENTS: dict[str, Pattern] = {
    "manager": anywhere("managers?", "management", "owner", "supervisor", "boss"),
    "management": anywhere("managers?", "management", "owner", "supervisor", "boss"),
    "housekeeping": anywhere("housekeeping"),
    "maintenance": anywhere("maintenance", "repairs", "(?:the )?engineer", "handyman"),
    "cafe": anywhere("cafe", "restaurant", "bar"),
}
# In this order: "the payment link for my booking" is a link.
TEMPLATES: dict[str, Pattern] = {
    "payment_link": anywhere("payment", "pay", "link"),
    "directions": anywhere("directions?", "address", "location", "map", "way", "where you are"),
    "confirmation": anywhere("confirmation", "bookings?", "reservations?", "code", "details"),
    "callback": anywhere("call ?back", "when (?:you|we) (?:will )?call", "your (?:phone )?number"),
}
CATEGORIES: dict[str, Pattern] = {
    "restaurants": anywhere(
        *("restaurants?", "eat", "food", "dinner", "lunch", "pizza", "seafood", "steaks?", "cafes?", "bars?", "drinks?")
    ),
    "skiing": anywhere(r"ski\w*", r"snowboard\w*", r"snowshoe\w*", "slopes?"),
    "outdoors": anywhere(r"hik\w+", "walks?", r"kayak\w*", r"canoe\w*", "outdoors?", "trails?", "nature"),
    "shopping": anywhere(r"shop\w*", "groceries", "stores?", "souvenirs?", "buy"),
    "services": anywhere("pharmacy", "doctor", "bank", "atm"),
    "transport": anywhere("taxis?", "cabs?", "bus", "shuttle", "airport", "train", "metro", "subway"),
    "sights": anywhere(
        *("sights?", "see", "visit", "sightseeing", "museums?", r"covered bridge\w*", "attractions?", "do", "go")
    ),
}
# What of a task may be wrong, by the name of its slot.
PARTS: dict[str, Pattern] = {
    "time": anywhere("times?", "hours?"),
    "day": anywhere("days?", "dates?"),
    "room": anywhere("rooms?(?: number)?"),
    "details": anywhere("details", "problem", "items?"),
    "message": anywhere("message", "text", "words"),
    "for_whom": anywhere("who", "person", "recipient"),
    "reason": anywhere("reason"),
    "last_name": anywhere("names?", "spelling"),
    "phone": anywhere("(?:phone )?number", "phone"),
}
# What a place may have of its own, beside its kind.
PARTICULARS: Pattern = anywhere(
    *("pizza", "seafood", "steaks?", "pancakes?", "pie", "beer", "tapas", "children", "museums?", "bridges?", "falls"),
    *(
        "kayaks?",
        "canoes?",
        "snowshoes",
        "cross country",
        "night skiing",
        "groceries",
        "pharmacy",
        "airport",
        "shuttle",
    ),
)
RATES = Rates(
    asking=first("what", "is", "are", "how", "does", "do you", "why", "when", "can you", "tell me"),
    fixed=anywhere("(?:non|not|un) ?refundable", "without (?:a )?refund", "pre ?paid rate"),
    usual=anywhere(
        "(?:flexible|standard|regular|normal|usual|full|(?<!non )(?<!not )refundable) (?:one|rate|price|option)",
        "(?:be able to|that (?:i|we) can|could still|option to) cancel(?! (?:my|our|the)\\b)",
        "in case (?:i|we) (?:have|need) to cancel",
    ),
    cheaper=anywhere("cheap\\w*", "less", "lower", "second", "latter", "save"),
    dearer=anywhere(
        *("flexible", "standard", "regular", "normal", "usual", "first", "former", "(?<!non )refundable", "cancel\\w*")
    ),
)
