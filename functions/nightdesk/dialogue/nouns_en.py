"""The English that every pattern is made of: what stands around a request, and the things and people it is about.

Over `plain` text: lower case, contractions written out, no punctuation.
"""

from nightdesk.dialogue.lexicon import Around

FILLER = (
    r"(?:(?:um|uh(?! huh)|er|oh|ah|hm+|well|so|and|also|then|okay|ok|but|actually|let us see|hi|hello|hey|excuse me"
    r"|alright(?= \w)|good (?:morning|afternoon|evening))\b ?)*"
)
POLITE = r"(?: ?\b(?:please|thank you|thanks|cheers|sir|maam|now|very much))*"

AROUND = Around(FILLER, POLITE)
alone, first = AROUND.alone, AROUND.first

ROOMS = r"(?:rooms?|suites?|king|queen|kitchenette|vacanc(?:y|ies)|availability|openings?|beds|double|twin|single)"
SOMEONE = (
    r"(?:person|human(?: being)?|manager|front desk|operator|agent|representative|reception(?:ist)?|supervisor|clerk"
    r"|owner|staff|member of (?:the )?staff|someone|somebody|anyone|anybody|whoever)"
)
ARTICLES = r"(?:(?:a|an|the|real|live|actual|another|your)\b ?)*"
BOOKING = r"(?:reservations?|bookings?|stay)"
MY = r"(?:my|our|the|a|an existing|his|her|that)"
OWN = r"(?:my|our|his|her)"
RELATIVE = r"(?:wife|husband|partner|friend|colleague|brother|sister|son|daughter|mother|father|mom|dad|kids?|boss)"
WHEN = (
    r"(?:at|on|in the|after|before|tomorrow|tonight|this|next|around|between"
    r"|(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday))"
)
LINEN = (
    r"(?:towels?|pillows?|blankets?|sheets|linens?|bedding|duvets?|toilet (?:paper|rolls?)|soap|shampoo|tissues|coffee"
    r"|glasses|hangers|bathrobes?|slippers)"
)
COT = r"(?:cot|crib|rollaway(?: bed)?|extra bed|baby bed|(?:little|small|kids?) bed)"
MESSAGE = r"(?:message|note|word)"
TEXTED = r"(?:texts?|sms|(?:text )?messages?|links?|confirmation|directions)"
RING = r"(?:call|ring|phone)"
"""To use the telephone."""
