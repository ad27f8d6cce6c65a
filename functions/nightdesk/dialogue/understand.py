"""What one sentence means: its intents (`Want`), a yes or no, and what it says of the stay. Pure, English, no state.

Recognition is often wrong, so everything here is a claim to be read back, and a sentence in which nothing is found is
not guessed at. Only `Context.asked` changes a meaning: a number alone answers the question that was asked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from nightdesk.dialogue.dates import DatesSaid, find_dates
from nightdesk.dialogue.numbers import numbered, phone_digits, plain
from nightdesk.dialogue.steps import Step
from nightdesk.hotel.model import RoomType

MAX_GUESTS = 20


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


@dataclass(frozen=True)
class Context:
    """What a sentence is heard against: the hotel's date and rooms, the question asked, the arrival known so far."""

    today: date
    room_types: Sequence[RoomType] = ()
    asked: Step | None = None
    arriving: date | None = None


@dataclass(frozen=True)
class Meaning:
    """None and empty fields: nothing was said of them. `question` is the part of the sentence to look up."""

    wants: frozenset[Want] = frozenset()
    yes: bool | None = None
    dates: DatesSaid = field(default_factory=DatesSaid)
    adults: int | None = None
    children: int | None = None
    pets: int | None = None
    room_type: str | None = None
    phone: str = ""
    question: str = ""

    @property
    def speaks_of_stay(self) -> bool:
        """Whether it says when, how long, for whom or which room (a pet alone does not)."""
        return self.dates != DatesSaid() or self.adults is not None or self.children is not None or bool(self.room_type)


def understand(text: str, context: Context) -> Meaning:
    """The meaning of a sentence as it was heard; `Meaning()` when nothing in it is recognised."""
    words = plain(text)
    if not words:
        return Meaning()
    numbers = numbered(words)
    topic = bool(_TOPIC.search(words))
    asking = bool(_ASKING.search(words))
    dates = (
        DatesSaid()
        if _TIME_OF_HOUSE.search(words)
        else find_dates(numbers, context.today, context.arriving, bare_number=context.asked is Step.ARRIVAL)
    )
    adults = _adults(numbers, context.asked)
    is_request = dates != DatesSaid() or adults is not None or bool(_ROOM.search(words))
    about_house = topic and not is_request
    children = None if about_house else _children(numbers)
    pets = _pets(numbers, only_own=about_house)
    room_type = None if about_house else _room_type(words, context.room_types)
    if context.asked is Step.NIGHTS and dates.nights is None and (number := _lone_number(numbers)):
        dates = DatesSaid(dates.check_in, dates.check_out, number)
    phone = phone_digits(numbers)
    said_slots = dates != DatesSaid() or adults is not None or children is not None or bool(room_type or phone)

    wants = {want for want, pattern in _WANTS.items() if pattern.search(words)}
    if said_slots or {Want.PERSON, Want.CALLBACK} & wants:
        wants -= {Want.GREETING, Want.THANKS, Want.WAIT, Want.HELP}
    if said_slots and not _BYE.search(words):
        wants -= {Want.GOODBYE}  # "just two adults, that's all"
    if said_slots and words.startswith(("sorry", "excuse me", "pardon")) or not asking and len(words.split()) > 9:
        wants -= {Want.REPEAT}
    if Want.GOODBYE in wants and Want.CALLBACK in wants:
        wants -= {Want.GOODBYE}
    if about_house:
        wants -= {Want.ROOM, Want.PRICE, Want.OTHER_ROOMS, Want.PERSON, Want.HOLD, Want.CHANGE_ROOM}
    if (topic and (asking or not is_request)) or (asking and not wants and not said_slots and pets is None):
        wants.add(Want.QUESTION)
    yes = _yes_or_no(words)
    if yes is not None and not said_slots and not topic:
        wants -= {Want.QUESTION}
    return Meaning(
        wants=frozenset(wants),
        yes=yes,
        dates=dates,
        adults=adults,
        children=children,
        pets=pets,
        room_type=room_type,
        phone=phone,
        question=_question(text, narrow=is_request or yes is not None) if Want.QUESTION in wants else "",
    )


def spoken_name(text: str) -> str:
    """The name in "my name is john smith", a guess: recognition cannot be trusted with names."""
    words = re.sub(r"[^\w' .-]", " ", text, flags=re.UNICODE).strip(" .-")
    words = re.sub(_BEFORE_NAME, "", words, flags=re.IGNORECASE)
    words = re.sub(r"\s+(?:please|thank you|thanks)\.?$", "", words, flags=re.IGNORECASE)
    words = " ".join(words.split())[:80]
    return words.title() if words.islower() else words


def _question(text: str, narrow: bool) -> str:
    """The clause that asks about the house; the whole sentence when it says nothing else."""
    if not narrow:
        return " ".join(text.split())
    clauses = [clause.strip() for clause in re.split(r"[.?!,;]|\band\b|\bbut\b|\balso\b|\bfor\b(?= \w+ nights?)", text)]
    return next((clause for clause in clauses if _TOPIC.search(plain(clause))), " ".join(text.split()))


def _yes_or_no(words: str) -> bool | None:
    """True, False, or None when it is neither, or both ("yes no that is wrong")."""
    bare = _FILLERS.sub("", words)
    if not bare:
        return True if re.search(r"\b(?:okay|ok)\b", words) else None
    if match := _YES.match(bare):
        return None if re.search(r"\b(?:no|not|wrong)\b", bare[match.end() :]) else True
    if _NO.match(bare):
        return None if re.search(r"\b(?:yes|yeah|that is (?:right|correct|fine)$)", bare) else False
    return None


def _lone_number(numbers: str) -> int:
    """The number in an answer that is little else: "two", "just two please", "two of us"."""
    match = re.fullmatch(rf"(?:{_LEAD_IN})*(\d{{1,2}})(?: of us)?(?: please| thank you| thanks)?", numbers)
    return int(match[1]) if match and 1 <= int(match[1]) <= MAX_GUESTS else 0


def _adults(numbers: str, asked: Step | None) -> int | None:
    counted = re.findall(
        r"\b(\d{1,2}) (?:adults?|grown ups?|people|persons?|guests?|of us|ladies|men|women|couples?)\b", numbers
    )
    if counted:
        return _in_range(int(counted[-1]))
    if re.search(
        r"\b(?:just|only) (?:me|myself|1)\b(?! night)|\bby myself\b|^(?:me|myself|alone)$|\btravel\w+ alone\b", numbers
    ):
        return 1
    partner = (
        r"(?:wife|husband|partner|friend|girlfriend|boyfriend|fiancee?|mother|father|sister|brother|mom|dad|spouse)"
    )
    if re.search(
        rf"\b(?:me|i|myself) and (?:my|a) {partner}\b|\bmy {partner} and (?:i|me|myself)\b|\b(?:a|1) couple\b(?! of)",
        numbers,
    ):
        return 2
    if match := re.search(
        rf"\bfor (\d{{1,2}})\b(?=$| (?:please|and|with|from|on|in|this|next|starting|tomorrow|tonight))", numbers
    ):
        return _in_range(int(match[1]))
    if asked is Step.GUESTS:
        if number := _lone_number(numbers):
            return number
        if match := re.match(rf"(?:{_LEAD_IN})*(\d{{1,2}}) (?:and|with|plus)\b", numbers):
            return _in_range(int(match[1]))
    return None


def _children(numbers: str) -> int | None:
    if re.search(r"\b(?:no|without(?: the| any)?|not any) (?:children|kids|child)\b", numbers):
        return 0
    young = r"(?:child|children|kids?|bab(?:y|ies)|infants?|toddlers?|sons?|daughters?|boys?|girls?|teenagers?)"
    counted = re.findall(rf"\b(\d{{1,2}}|an?|my|our) (?:small |little |young )?{young}\b", numbers)
    return _in_range(sum(_count(count) for count in counted)) if counted else None


def _pets(numbers: str, only_own: bool) -> int | None:
    """Pets that come along. only_own: in a question about the house "a dog" is any dog, "my dog" is one that comes."""
    animal = r"(?:dogs?|cats?|pets?|pupp(?:y|ies)|kittens?)"
    about = r"(?! (?:fee|fees|policy|charge|charges|deposit|friendly|rules?|park|food|bed|allowed|okay))"
    if re.search(rf"\b(?:no|without(?: the| any| my| a)?|not bringing(?: the| any| my| a)?) {animal}\b", numbers):
        return 0
    which = r"my|our" if only_own else r"\d{1,2}|an?|my|our"
    counted = re.findall(rf"\b({which}) (?:\w+ )?{animal}\b{about}", numbers)
    if counted:
        return _in_range(sum(_count(count) for count in counted))
    return 1 if not only_own and re.search(rf"\b(?:with|and|plus) (?:the )?{animal}\b{about}", numbers) else None


def _room_type(words: str, room_types: Sequence[RoomType]) -> str | None:
    """A type named in full, or by a word that only one type has ("queen"); the last one said counts."""
    names = {room.room_type: plain(room.name).split() for room in room_types}
    best: tuple[int, int, str] | None = None
    for code, name in names.items():
        others = {word for other, theirs in names.items() if other != code for word in theirs}
        for said in [" ".join(name), *(word for word in name if word not in others and word not in ("room", "bed"))]:
            for match in re.finditer(rf"\b{re.escape(said)}s?\b", words):
                if not re.search(r"\b(?:not|instead of)(?: the| a)? $", words[: match.start()]):
                    best = max(best or (-1, 0, ""), (match.end(), len(said), code))
    return best[2] if best else None


def _count(said: str) -> int:
    return int(said) if said.isdigit() else 1


def _in_range(number: int) -> int | None:
    return number if 0 <= number <= MAX_GUESTS else None


_FILLERS = re.compile(r"^(?:(?:um|uh|er|oh|ah|well|so|and|then|okay|ok|let us see|hm+|hi|hello)\b ?)+")
_LEAD_IN = r"(?:um|uh|oh|well|so|okay|yes|for|just|only|it is|it will be|we are|we will be|there are|there will be|there is|the|make it|no|actually) "
_BEFORE_NAME = (
    r"^(?:(?:um|uh|oh|well|okay|yes|yeah|sure|of course|hi|hello)[,.]?\s+)*"
    r"(?:(?:my name is|my name's|the name is|the name's|name is|this is|it is|it's|i am|i'm|im|under|for|put it under)\s+)?"
)

_YES = re.compile(
    r"(?:(?:yes|yeah|yep|yup|yea|sure|of course|absolutely|certainly|correct|right(?! now)|exactly|definitely|fine|perfect"
    r"|great|good(?! (?:morning|afternoon|evening|night|bye))|uh huh|mm hmm|mhm|please do|go ahead|why not|all right|alright"
    r"|(?:that|it|all|everything|this) (?:is|sounds|would be|will be)(?: all)? (?:right|correct|fine|good|great|perfect|okay|ok|alright)"
    r"|sounds (?:right|good|great|fine|perfect)|that works|book it|do that|let us do that|(?:i|we) will take (?:it|that)"
    r"|(?:you can )?use (?:this|that) number|this number|i would (?:like|love) (?:that|to)|no problem)\b|please$)"
)
_NO = re.compile(
    r"(?:no|nope|nah|not (?:really|now|yet|today|right|correct|quite|that|it)|incorrect|wrong|negative|no way"
    r"|i (?:do not|would not|would rather not)|do not|please do not|(?:that|it) is (?:not|wrong|incorrect)|(?:that is )?too (?:much|expensive)"
    r"|(?:another|a different|use another|use a different|other) number|none|nothing)\b"
)

_ASKING = re.compile(
    r"^(?:(?:and|so|um|uh|oh|okay|but|well|hi|hello|yes|no|excuse me|good (?:morning|afternoon|evening)|also)\b ?)*"
    r"(?:what|when|where|which|who|why|how|is|are|do|does|did|can|could|may|will|would|should|have you|has|until when|am i)\b"
    r"|\b(?:do you|are you|is there|are there|can i|can we|could i|could we|what is|what are|what about|what time|how much|how far|how late"
    r"|how about|tell me|i want to know|wondering|question about|i need to know|i (?:want|need|would like) to cancel)\b"
)

# Words that name something of the house. "dog" alone is not one: a dog may simply be coming along.
_TOPIC = re.compile(
    r"\b(?:park(?:ing|ed)?|trailer|truck|charging|electric|breakfast|lunch|dinner|food|restaurants?|bar|coffee|wi ?fi|internet|wireless"
    r"|password|pool|swim\w*|hot tub|jacuzzi(?! suite)|sauna|gym|fitness|work ?out|exercise|laundry|washers?|dryers?|microwave|refrigerator|fridge"
    r"|tv|television|air condition\w*|heat(?:ing|ed)?|hair ?dryer|iron|elevator|wheelchair|accessible|handicap\w*|smok\w+|vap\w+"
    r"|cancel\w*|refund\w*|deposit|credit cards?|debit|cash|checks|american express|visa|mastercard|invoice|receipt|discounts?|special rates?"
    r"|aaa|senior|military|tax|taxes|address|located|location|directions?|get there|get to you|how far|airport|highway|shuttle|train|bus"
    r"|ski\w*|hik\w+|covered bridge\w*|nearby|things to do|attractions?|lost|luggage|bags|crib|cot|high chair|rollaway|extra bed"
    r"|quiet hours|noise|id|check ?(?:in|out) (?:time|early|late|at night|after)|(?:early|late) (?:check ?(?:in|out)|arrival)|arrive late|arrival time"
    r"|late check|after midnight|amenities|service animals?|service dogs?|robot|a machine|a computer|artificial|open all night|desk (?:open|hours|at night|staffed)"
    r"|(?:rooms?|room types?|kinds? of rooms?|types? of rooms?) do you have(?! (?:for|from|on|available|free|left|this|next|tomorrow|tonight)))\b"
    r"|\b(?:what time|when|how late|how early|time|hours?|until)\b.*\bcheck(?:ing)? ?(?:in|out)\b|^check ?(?:in|out)(?: please)?$"
    r"|\b(?:pets?|dogs?|cats?|animals?)\b.*\b(?:allow\w*|accept\w*|welcome|fees?|polic\w+|charges?|cost|extra|friendly|permitted|okay|rules?)\b"
    r"|\b(?:allow|accept|take|bring|charge for|fees? for|about|friendly to)\b(?: \w+)? (?:pets?|dogs?|cats?|animals?)\b|^(?:pets?|dogs?|cats?|animals?)$"
    r"|\bpet friendly\b"
    r"|\b(?:children|kids|child)\b.*\b(?:free|welcome|allowed|pay|cost|extra|charges?|policy)\b|\b(?:how much|charge|cost|price)\b.*\b(?:a child|children|kids)\b"
    r"|^(?:children|kids)$"
)
# Clock times of the house are asked with words ("until when", "late") that are no dates of a stay.
_TIME_OF_HOUSE = re.compile(r"\b(?:what time|how late|how early)\b.*\bcheck ?(?:in|out)\b(?!.* (?:night|nights)\b)")

_ROOM_NOUN = r"(?:rooms?|suites?|king|queen|kitchenette|vacanc(?:y|ies)|availability|openings?|bed)"
_ROOM = re.compile(
    rf"\b(?:have|got|need|want|like|looking for|get|book|reserve|any|is there|are there)(?: (?:a|an|any|one|the|another))?(?: \w+){{0,2}}? {_ROOM_NOUN}\b"
    rf"(?<!accessible rooms)(?<!smoking rooms)|\b(?:a|any|the) (?:\w+ )?{_ROOM_NOUN} (?:for|from|available|tonight|tomorrow|on|next|this)\b|\brooms? available\b"
    r"|\b(?:availability|vacanc(?:y|ies))\b|^(?:a |any )?rooms?(?: please)?$"
    r"|\b(?:make|need|want|like) (?:a |an )?(?:reservation|booking)\b|\bto (?:book|reserve|stay)\b|\bcan (?:i|we) (?:book|reserve|stay)\b"
    r"|\bare you (?:full|booked|open)\b(?! (?:all|at|24))|\b(?:anything|something) (?:available|free|open|for|left)\b"
    r"|\b(?:have|got|need|want|like|are there|is there|book|reserve|get|looking for)(?: you)? (?:anything|something)\b|\bspace for\b"
)
_SOMEONE = (
    r"(?:person|human(?: being)?|manager|front desk|operator|agent|representative|reception(?:ist)?|member of (?:the )?staff|staff|owner"
    r"|someone|somebody|anyone|anybody|supervisor|clerk|people)"
)
_BYE = re.compile(
    r"\b(?:good ?bye|bye|good night|hang up|have a (?:good|nice|great|lovely) (?:day|night|evening|one|weekend))\b"
)

_WANTS: dict[Want, re.Pattern[str]] = {
    Want.ROOM: _ROOM,
    Want.PRICE: re.compile(r"\b(?:how much|prices?|costs?|rates?|do you charge|what would that be|total)\b"),
    Want.OTHER_ROOMS: re.compile(
        r"\b(?:other|another|different|cheaper|cheapest|bigger|biggest|larger|better|nicer) (?:kinds? of |types? of )?(?:rooms?|ones?|options?)\b"
        r"|\b(?:what else|anything else|something|anything) (?:cheaper|bigger|larger|better|nicer|do you have|is available)\b"
        r"|\ball (?:the )?(?:rooms|options)\b"
    ),
    Want.MANY_ROOMS: re.compile(
        r"\b(?:two|three|four|five|six|seven|eight|nine|ten|[2-9]|several|both)(?: more)? (?:\w+ )?rooms\b"
    ),
    Want.HOLD: re.compile(
        r"\b(?:book|reserve|hold|take)(?: (?:it|that|this)| the (?:\w+ )?(?:room|suite|king|queen|one)| a room| the (?:suite|king|queen))\b"
        r"|\b(?:make|like|want) (?:a|the) (?:reservation|booking)\b|\b(?:want|like) to (?:book|reserve)\b|^(?:book|reserve)(?: please)?$"
        r"|\b(?:i|we) will take the\b"
    ),
    Want.CALLBACK: re.compile(
        r"\bcall(?:ed)? (?:me|us) back\b|\bcall (?:me|us)(?: later| tomorrow)\b|\b(?:a|me) call ?back\b|\b(?:someone|somebody) (?:to |can |could |please )?call (?:me|us)\b"
        r"|\bleave (?:a message|my number|my name)\b|\btake a message\b|\bhave \w+ call me\b"
    ),
    Want.PERSON: re.compile(
        r"^(?:(?:um|uh|oh|well|no|yes|okay|please|sorry|i (?:want|need|would like)|get me|give me|can i (?:get|have)|could i (?:get|have)|just|let me have)\b ?)*"
        rf"(?:(?:a|an|the|real|live|actual|another|your)\b ?)*{_SOMEONE}(?: (?:please|now|right now|thank you|thanks))*$"
        rf"|\b(?:speak|talk|talking|speaking)\b(?: directly)? (?:to|with) (?:\w+ ){{0,3}}?(?:{_SOMEONE}|them|him|her)\b"
        r"|\b(?:transfer|connect) me\b|\bput me through\b|\b(?:transfer|connect|put) me (?:through )?(?:to|with)\b"
        r"|\b(?:someone|somebody|anybody|anyone|person|human) (?:that |who )?(?:i|we) (?:can|could) (?:speak|talk)\b"
        r"|(?<!you )(?<!you a )\b(?:real|live|actual) (?:person|human)\b(?! or)|\ba person please\b"
    ),
    Want.GOODBYE: re.compile(
        _BYE.pattern
        + r"|\bthat is (?:all|it|everything)\b(?! (?:right|correct|fine|okay|good))|\bthat will be (?:all|it)\b|\bnothing (?:else|more)\b"
        r"|\bi am (?:done|all set|good)\b|\b(?:have to|got to|gotta|must) go\b|\bi will call (?:back|again|you back|later)\b"
    ),
    Want.REPEAT: re.compile(
        r"\brepeat\b|\bsay (?:that|it) again\b|^(?:sorry|pardon|excuse me|pardon me|what|huh|again)(?: please)?$|\bcome again\b|\bone more time\b"
        r"|\bwhat (?:did you say|was that)\b|\bdid not (?:hear|understand|catch|get)\b|\bdo not understand\b|\bspeak (?:slow\w*|loud\w*|up|more slowly)\b"
    ),
    Want.WAIT: re.compile(
        r"\b(?:hold on|hang on|one (?:moment|second|minute|sec)|(?:just )?a (?:moment|second|minute|sec)|let me (?:think|check|see|ask))\b|^wait\b"
    ),
    Want.HELP: re.compile(
        r"^help(?: me)?(?: please)?$|\bwhat can (?:you do|i say|i ask|you help)\b|\bhow does this work\b"
    ),
    Want.GREETING: re.compile(
        r"^(?:hello|hi|hey|good (?:morning|afternoon|evening))(?: (?:there|hello))?$|\bare you there\b|\banybody there\b|\banyone there\b"
    ),
    Want.THANKS: re.compile(
        r"^(?:okay |great |perfect |all right )*(?:thank you|thanks)(?: (?:very much|so much|a lot|you))?$"
    ),
    Want.WRONG: re.compile(
        r"\bthat is (?:wrong|not (?:right|what i said|correct))\b|\bnot what i said\b|^go back$|\byou misunderstood\b"
    ),
    Want.RESTART: re.compile(r"\bstart (?:over|again)\b|\bfrom the (?:beginning|start)\b"),
    Want.NEVER_MIND: re.compile(
        r"\bnever ?mind\b|\bforget (?:it|about it|that)\b|\bcancel (?:that|it|this)\b|\bi changed my mind\b"
    ),
    Want.THIS_NUMBER: re.compile(
        r"\b(?:this|that|same) (?:phone )?number\b|\bnumber (?:that )?i am calling (?:from|on)\b|\bmy number is this\b|\bcall(?:er)? id\b"
    ),
    Want.OTHER_NUMBER: re.compile(
        r"\b(?:another|different|other|wrong) (?:phone )?number\b|\bnot my (?:phone )?number\b|\bnot that number\b|\b(?:phone )?number is (?:wrong|not)\b"
        r"|\bchange (?:the|my) (?:phone )?number\b|^(?:the|my) (?:phone )?number(?: please)?$"
    ),
    Want.CHANGE_NAME: re.compile(
        r"\b(?:the|my) name is (?:wrong|not)\b|\bchange (?:the|my) name\b|\bwrong name\b|^(?:the|my) name(?: please)?$"
    ),
    Want.CHANGE_DATES: re.compile(
        r"\b(?:change|other|different|another|wrong) (?:the |my )?(?:dates?|days?|nights?|stay)\b|^(?:the )?(?:dates?|days?|nights?|stay)(?: please)?$"
        r"|\b(?:dates?|days?) (?:is|are) wrong\b"
    ),
    Want.CHANGE_GUESTS: re.compile(
        r"\b(?:change|wrong) (?:the )?(?:number of )?(?:guests|people|adults)\b|^(?:the )?(?:number of )?(?:guests|people)(?: please)?$"
    ),
    Want.CHANGE_ROOM: re.compile(r"\bchange (?:the )?room\b|\bwrong room\b|^the room(?: please)?$"),
}
