"""How English guests say who comes, with which animals, whose name, which room: patterns over `numbered` text."""

import re

from nightdesk.dialogue.lexicon import Slots, anywhere

_LEAD_IN = (
    r"(?:(?:um|uh|oh|well|so|okay|yes|no|for|just|only|it is|it will be|we are|we will be|there are|there will be"
    r"|there is|the|make it|actually) )*"
)
_PARTNER = (
    r"(?:wife|husband|partner|friend|girlfriend|boyfriend|fiancee?|spouse|mother|father|sister|brother|mom|dad|son)"
)
_GROWN = r"(?:adults?|grown ups?|people|persons?|guests?|of us|ladies|men|women)"
_YOUNG = r"(?:child|children|kids?|bab(?:y|ies)|infants?|toddlers?|sons?|daughters?|boys?|girls?|teenagers?)"
_ANIMAL = r"(?:dogs?|cats?|pets?|pupp(?:y|ies)|kittens?)"
_NOT_ABOUT = r"(?! (?:fees?|policy|charges?|deposit|friendly|rules?|park|food|bed))"

SLOTS = Slots(
    lone_number=re.compile(rf"{_LEAD_IN}(\d{{1,2}})(?: of us)?(?: please| thank you| thanks)?"),
    adults=re.compile(rf"\b(\d{{1,2}}) {_GROWN}\b"),
    family_of=re.compile(r"\bfamily of (\d{1,2})\b"),
    rating=re.compile(
        r"^(?!.*\b(?:no|the|that|this|any|every|which|another|last) 1\b)"
        r"(?!.*\b1 (?:thing|of us|night|day|time|person|more|moment|minute)\b)"
        r"\D*\b([1-5])\b(?: (?:out )?of 5\b)?\D*$"
    ),
    one_adult=re.compile(
        r"\b(?:just|only) (?:me|myself|1)\b(?! night)|\bby myself\b|^(?:me|myself|alone)$|\btravel\w+ alone\b"
    ),
    two_adults=re.compile(
        rf"\b(?:me|i|myself) and (?:my|a) {_PARTNER}\b|\bmy {_PARTNER} and (?:i|me|myself)\b|\b(?:a"
        rf"|1) couple\b(?! of)"
    ),
    for_number=re.compile(
        r"\bfor (\d{1,2})\b(?=$| (?:please|and|with|from|on|in|this|next|starting|tomorrow|tonight)\b)"
    ),
    number_and=re.compile(rf"{_LEAD_IN}(\d{{1,2}}) (?:and|with|plus)\b"),
    no_children=re.compile(r"\b(?:no|without(?: the| any)?|not any) (?:children|kids|child)\b"),
    children=re.compile(rf"\b(\d{{1,2}}|an?|my|our) (?:small |little |young )?{_YOUNG}\b"),
    no_pets=re.compile(rf"\b(?:no|without(?: the| any| my| a)?|not bringing(?: the| any| my| a)?) {_ANIMAL}\b"),
    own_pets=re.compile(rf"\b((?:my|our) \d{{1,2}}|my|our) (?:\w+ )?{_ANIMAL}\b{_NOT_ABOUT}"),
    any_pets=re.compile(rf"\b((?:my |our |the )?\d{{1,2}}|an?|my|our) (?:\w+ )?{_ANIMAL}\b{_NOT_ABOUT}"),
    with_pets=re.compile(rf"\b(?:with|and|plus) (?:the )?{_ANIMAL}\b{_NOT_ABOUT}"),
    not_before_room=re.compile(r"\b(?:not|instead of)(?: the| a)? $"),
    room_words=frozenset({"room", "bed"}),
    before_name=re.compile(
        r"^(?:(?:um|uh|oh|well|okay|yes|yeah|sure|of course|hi|hello)[,.]?\s+)*"
        r"(?:(?:my (?:last |full )?name is|my name's|the (?:last )?name is|the name's|(?:last )?name is|this is"
        r"|it is|it's"
        r"|i am|i'm|im|under|for|put it under)\s+)?",
        re.IGNORECASE,
    ),
    after_name=re.compile(r"\s+(?:please|thank you|thanks)\.?$", re.IGNORECASE),
    room_number=re.compile(
        r"\b(?:rooms?|number)(?: number)?(?: is)? ((?:\d{1,4}|oh?)(?: (?:and )?(?:\d{1,2}|oh?))*)\b"
    ),
    no_code=re.compile(
        r"^no\b(?! (?:it|that) is)|\b(?:do not|did not|can not|have not|never|forgot|lost)\b.*\b(?:have|know"
        r"|find|got|get"
        r"|remember|it|code|one)\b|\bno (?:idea|code)\b|\bwithout\b"
    ),
    cancel_it=re.compile(
        r"^(?:(?:yes|yeah|okay|ok|please|go ahead|and|do)\b ?)*cancel (?:it|that|(?:the|my) (?:booking"
        r"|reservation))(?: please)?$"
    ),
    change_it=anywhere("(?:move|change|extend|shorten|modify) (?:it|that)"),
    message_for=re.compile(
        r"\bmessage (?:for|to) (?P<for_whom>(?:the |my |our )?(?:mr\.? |mrs\.? |ms\.? "
        r"|room )?[\w']+(?: [A-Z][\w']+)?)",
        re.IGNORECASE,
    ),
    message_told=re.compile(
        r"\btell (?P<for_whom>room \w+|the (?:manager|owner|guest in room \w+)|my \w+) (?:that )?(?P<message>.+)",
        re.IGNORECASE,
    ),
    before_whom=re.compile(r"^(?:(?:um|uh|well|it is|it's|its|for|to|the message is for)\b ?)+", re.IGNORECASE),
    books=anywhere(
        "(?:like|want|need|love|prefer) to (?:book|reserve)",
        "(?:make|like|want|need) (?:a|the) (?:reservation|booking)",
    ),
    by_keys=anywhere(
        "(?:by|with|on|over|through|using) (?:the|my|this) (?:phone|telephone|keypad|keys)(?! number)",
        *("(?:by|over) (?:phone|telephone)", "(?:key|type|punch) (?:in )?(?:it|(?:my|the|a) card)", "payment line"),
    ),
    urgent=anywhere("urgent(?:ly)?", "emergency", "right away", "as soon as possible"),
)
