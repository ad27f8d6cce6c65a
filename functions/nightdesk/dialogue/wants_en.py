"""The English of guests: which words mean which intent, and the names of what a task may be about."""

import re

from nightdesk.dialogue.lexicon import Around, Pattern, Want, anywhere, either

FILLER = (
    r"(?:(?:um|uh(?! huh)|er|oh|ah|hm+|well|so|and|also|then|okay|ok|but|let us see|hi|hello|hey|excuse me"
    r"|good (?:morning|afternoon|evening))\b ?)*"
)
POLITE = r"(?: ?\b(?:please|thank you|thanks|sir|maam|now|very much))*"

_AROUND = Around(FILLER, POLITE)
alone, first = _AROUND.alone, _AROUND.first

_ROOMS = r"(?:rooms?|suites?|king|queen|kitchenette|vacanc(?:y|ies)|availability|openings?|beds|double|twin|single)"
_GET = r"(?:have|got|need|want|like|looking for|get|book|reserve|is there|are there)"
_SOMEONE = (
    r"(?:person|human(?: being)?|manager|front desk|operator|agent|representative|reception(?:ist)?|supervisor|clerk"
    r"|owner|staff|member of (?:the )?staff|someone|somebody|anyone|anybody)"
)
_ARTICLES = r"(?:(?:a|an|the|real|live|actual|another|your)\b ?)*"

_BOOKING = r"(?:reservations?|bookings?|stay)"
_MY = r"(?:my|our|the|a|an existing|his|her)"
_RELATIVE = r"(?:wife|husband|partner|friend|colleague|brother|sister|son|daughter|mother|father|boss)"
_WEEKDAY = r"(?:on )?(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_LINEN = (
    r"(?:towels?|pillows?|blankets?|sheets|linens?|toilet paper|soap|shampoo|tissues|coffee|glasses|hangers"
    r"|bathrobes?)"
)
COT = r"(?:cot|crib|rollaway(?: bed)?|extra bed|baby bed)"

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
        *(
            r"(?:something|anything|one) (?:\w+ )?(?:cheaper|less expensive)",
            r"(?:better|lower|cheaper) (?:rate|price|deal)",
        ),
    ),
    Want.CHEAPER: anywhere(
        "cheap\\w*", "less expensive", r"lower (?:rate|price)s?", r"(?:better|best) (?:rate|price|deal)"
    ),
    Want.MANY_ROOMS: anywhere(
        r"(?:two|three|four|five|six|seven|eight|nine|ten|[2-9]|several|both)(?: more)?(?: (?!bed)\w+)? rooms"
    ),
    Want.HOLD: either(
        anywhere(
            r"(?:hold|take) (?:it|that|this|the (?:\w+ )?(?:room|suite|king|queen|one)|a room)",
            "(?:i|we) will take the",
        ),
    ),
    Want.CALLBACK: anywhere(
        "call(?:ed)? (?:me|us) back",
        "call (?:me|us) (?:later|tomorrow)",
        "(?:a|me) call ?back",
        r"have \w+ call me",
        "(?:someone|somebody) (?:to |can |could |please )?call (?:me|us)",
        "leave (?:my number|my name)",
    ),
    Want.PERSON: either(
        alone(
            r"(?:(?:no|yes|please|sorry|just|i (?:want|need|would like)|get me|give me|let me have"
            rf"|(?:can|could) i (?:get|have))\b ?)*{_ARTICLES}{_SOMEONE}(?: right)?"
        ),
        anywhere(
            rf"(?:speak|talk|talking|speaking)(?: directly)? (?:to|with) (?:\w+ ){{0,3}}?{_SOMEONE}",
            *("(?:transfer|connect) me", "put me (?:through|on(?! hold)|to|with)", "a person please"),
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
                r"speak (?:slow\w*|loud\w*|up|more slowly)",
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
    Want.SPANISH: anywhere("spanish", "espanol"),
    Want.ENGLISH: anywhere("in english", "english please", "speak english"),
    Want.BOOK: either(
        anywhere(
            r"(?:book|reserve) (?:it|that|this|the (?:\w+ )?(?:room|suite|king|queen|one)|(?:a|the) (?:\w+ )?room)",
            "(?:make|like|want|need) (?:a|the) (?:reservation|booking)",
            "(?:want|like|need) to (?:book|reserve)",
            "(?:can|could|may) (?:i|we|you) (?:book|reserve)",
        ),
        alone("book", "reserve"),
    ),
    Want.LOOK_UP: either(
        anywhere(
            rf"(?:check(?: on)?|find|look up|look at|confirm|see|verify|pull up|details of|about) {_MY} {_BOOKING}",
            rf"(?:is|when is|what is|where is) {_MY} {_BOOKING}",
            rf"(?:i|we) (?:already )?(?:have|made|booked) (?:a|an|my) {_BOOKING}",
            rf"(?:do|did) (?:i|we|you) (?:still )?have (?:a|an|my|our) {_BOOKING}",
        ),
        alone(rf"(?:my|our) {_BOOKING}"),
    ),
    Want.CHANGE: anywhere(
        rf"(?:change|modify|move|extend|shorten|adjust|update)(?: the (?:dates?|nights?|room) (?:of|for"
        rf"|on))? {_MY} {_BOOKING}",
        rf"change to {_MY} {_BOOKING}",
        rf"(?:add|bring) (?:\w+ ){{1,3}}to {_MY} {_BOOKING}",
    ),
    Want.CANCEL: either(
        anywhere(
            "(?<!do )(?:i|we) (?:want|need|would like|have|wish) to cancel",
            rf"(?:please|you|to|and) cancel {_MY} (?:{_BOOKING}|room)",
        ),
        first(rf"cancel {_MY} (?:{_BOOKING}|room)"),
    ),
    Want.PAY: anywhere(
        "payment link",
        "(?:link|way) to pay",
        "(?:want|like|need) to pay",
        rf"pay (?:for )?{_MY} (?:{_BOOKING}|room|deposit|bill)",
        "pay (?:online|by card|by phone|in advance)(?! (?:or|and))",
    ),
    Want.TEXT: anywhere(
        r"(?:text|sms) (?:me|us)",
        r"(?:send|get) (?:me |us |it |that |you )*(?:a |an |the |my |our )?(?:\w+ ){0,4}?"
        r"(?:text|sms|directions|confirmation|address|by text|in a text)",
        *("by text(?: message)?", "as a text"),
    ),
    Want.MESSAGE: anywhere(
        r"(?:leave|take|give|pass(?: on)?|send)(?: \w+){0,2}? (?:a|an|the) (?:urgent "
        r"|short )?message(?! (?:to my phone|with))",
        "message for",
        rf"(?:tell|let) (?:room \w+|the (?:manager|owner|guest)|my {_RELATIVE})",
    ),
    Want.APPOINTMENT: anywhere(
        "(?:schedule|arrange) a (?:phone )?call(?: ?back)?",
        rf"call (?:me|us)(?: back)? (?:at|on|in the|after|tomorrow|tonight|this|next|around|between|{_WEEKDAY})",
    ),
    Want.HOUSEKEEPING: anywhere(
        "housekeeping",
        rf"(?:need|want|like|send|bring|get|out of)(?: \w+){{0,5}}? {_LINEN}",
        "(?:clean|make up|tidy|service) (?:my|our|the) room",
        "(?:my|our|the) room (?:cleaned|made up|serviced)",
    ),
    Want.MAINTENANCE: anywhere(
        *("maintenance", "repair(?:man|ed|s)?", "out of order", "no hot water", "leak(?:s|ing|y)?", "clogged"),
        *("(?:is|are|seems?) (?:broken|stuck|not working|dead)", "(?:does|do|will) not (?:work|turn|open|close|start)"),
        "(?:fix|repair) (?:the|my|our)",
        "(?:something|it) (?:is )?broken?",
    ),
    Want.WAKE_UP_CALL: anywhere("wake ?up call", "wake (?:me|us)"),
    Want.LATE_CHECK_OUT: anywhere(
        "(?:need|want|like|request|arrange)(?: to)?(?: have| get| request| do)?(?: a)? late check ?out",
        "(?:need|want|like) to (?:check ?out (?:late|later|at)|stay until|keep (?:the|my|our) room)",
    ),
    Want.COT: anywhere(
        rf"(?:need|want|like|send|bring|request|put|set up)(?: \w+){{0,4}}? {COT}",
    ),
    Want.LOST_AND_FOUND: anywhere(
        "lost and found",
        "(?:i|we)(?: have| may have| think (?:i|we))? (?:lost|left|forgot|misplaced)(?! (?:the|my) (?:code"
        "|confirmation))",
    ),
    Want.CONCIERGE: anywhere(
        r"recommend\w*",
        "(?:good|nice|best) (?:places?|restaurants?|spots?|cafes?|bars?|hikes?)",
        "where (?:can|should|could) (?:i|we) (?:eat|have (?:dinner|lunch)|go out|ski|hike|shop|rent|buy)",
        "places? to (?:eat|go|see|visit|ski|hike|shop)",
        "what (?:is there|can (?:i|we)|should (?:i|we)) (?:to )?(?:do|see|visit)",
    ),
    Want.HISTORY: anywhere(
        "do you (?:still )?(?:know|remember|recognize) (?:me|us|my number|who i am)",
        r"(?:i|we)(?: have)?(?: already)? (?:called|phoned|spoke|spoken|talked|stayed|been)(?: \w+){0,3}?"
        r" (?:before|earlier|last (?:time|week|month|year))",
        r"(?:did|have) (?:i|we) (?:ever |already )?(?:stay|stayed|call|called|been|talk|talked)(?: \w+){0,3}? before",
        r"what did (?:i|we) (?:talk|speak|say|discuss)(?: \w+){0,2}? (?:last time|before|earlier)",
        "last time (?:i|we) (?:called|spoke|talked|stayed)",
    ),
    Want.ON_HOLD: anywhere(
        "(?<!not )(?:put|place) (?:me|us) on hold",
        "hold the line",
        "(?:can|could|will|would) you (?:please )?hold(?: for)? (?:a|one|two|a few) (?:moment|minute|second|sec)s?",
        "hold music",
    ),
    Want.SEND_AGAIN: anywhere(
        r"(?:send|text)(?: \w+){1,5}? (?:again|once more|one more time)",
        "resend",
        r"did not (?:get|receive)(?: \w+){0,2}? (?:text|texts|sms|text message|message)",
        "(?:text|message|sms) (?:did not|never|has not|still has not) (?:come|arrive|arrived|go through)",
        r"never (?:got|received)(?: \w+){0,2}? (?:text|sms|message)",
    ),
}
