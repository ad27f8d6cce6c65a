"""What English guests want done: the wants that are tasks, each with its slots, its read-back and its tool."""

from nightdesk.dialogue.lexicon import Pattern, Want, anywhere, either
from nightdesk.dialogue.nouns_en import (
    BOOKING,
    COT,
    LINEN,
    MESSAGE,
    MY,
    OWN,
    RELATIVE,
    RING,
    WHEN,
    alone,
)

_ASKS = r"(?:need|want|like|(?:can|could|may|might) (?:i|we)|any chance (?:i|we) (?:can|could))"
_CHANGE = (
    r"(?:change|modify|move|extend|shorten|adjust|update|alter|push|postpone|delay|switch|reschedule|bring forward)"
)
_BAD = (
    r"(?:broken|stuck|dead|blocked|clogged|jammed|cracked|flooded|leaking|dripping|flickering|overflowing|beeping"
    r"|rattling|buzzing|out of order|down)"
)
_WORKS = r"(?:work|working|turn(?! up)|open|close|start|come on|go on|shut|flush|lock|drain|heat|switch on|light)"
_POWER = r"(?:lights?|power|electricity|heating|heat|wi ?fi|internet|hot water|water)"
_UNASKED = "".join(f"(?<!{asks} {who} )" for asks in ("can", "could", "may", "if", "when", "do") for who in ("i", "we"))
_TIDY = r"(?:clean(?:ed|ing)?|ma[dk]e(?: up)?|tid(?:y|ied)|service[d]?|change[d]?)"
_PLACE = r"(?:room|bed|bathroom|bath|floor|shower|place)"

TASK_WANTS: dict[Want, Pattern] = {
    Want.BOOK: either(
        anywhere(
            r"(?:book|reserve) (?:us |me )?(?:it|that|this|the (?:\w+ )?(?:room|suite|king|queen|one)"
            r"|(?:a|the) (?:\w+ )?room)",
            "(?:make|like|want|need) (?:a|the) (?:reservation|booking)",
            "(?:want|like|need) to (?:book|reserve)",
            r"(?:can|could|may) (?:i|we|you) (?:book|reserve)"
            r"(?! (?:\w+ ){0,3}?(?:tickets?|tables?|taxis?|cabs?|massages?))",
            r"put (?:me|us) down for (?:the|a|that|it)",
        ),
        alone("book", "reserve"),
    ),
    Want.LOOK_UP: either(
        anywhere(
            rf"(?:check(?: on)?|find|look up|look at|confirm|see|verify|pull up|details of|about|make sure)"
            rf"(?: if| whether| that)? {MY} {BOOKING}(?<!a booking)(?<!a reservation)",
            rf"(?:is|when is|what is|where is) {MY} {BOOKING}",
            rf"(?:i|we) (?:already )?(?:have|made|booked) (?:a|an|my) (?:{BOOKING}|room)",
            r"(?:i|we)(?: have)?(?: already)? (?:reserved|booked)(?= (?:for|with|last|on|online|a room)\b)",
            rf"(?:do|did) (?:i|we|you) (?:still )?have (?:a|an|my|our) {BOOKING}",
            "(?:have|got) (?:me|us) (?:down|booked|on)",
            rf"(?:have|got|find|see) (?:my|our) {BOOKING}",
        ),
        alone(rf"(?:my|our) {BOOKING}"),
    ),
    Want.CHANGE: anywhere(
        rf"{_CHANGE}(?: the (?:dates?|nights?|room) (?:of|for|on))? {MY} {BOOKING}",
        rf"change to {MY} {BOOKING}",
        rf"(?:add|bring) (?:\w+ ){{1,3}}to {MY} {BOOKING}",
        rf"(?:more|extra|another|fewer|less) (?:people|persons?|guests?|adults?|nights?|days?) (?:on|for|in|to) {OWN}"
        rf" {BOOKING}",
        rf"make {OWN} {BOOKING} ",
        "arrive (?:\\w+ ){1,2}(?:later|earlier)",
        "booked (?:the|it for the) wrong",
        "(?:stay|add) (?:for )?(?:an extra|another|one more) (?:night|day)",
    ),
    Want.CANCEL: anywhere(
        "(?<!do )(?:i|we) (?:want|need|would like|have|wish) to cancel",
        rf"{_UNASKED}cancel {MY} (?:{BOOKING}|room)",
        rf"(?:i am|we are) cancelling {MY} (?:{BOOKING}|room)",
        rf"(?:call off|give up|drop|get rid of) {MY} {BOOKING}",
    ),
    Want.PAY: anywhere(
        "payment link",
        "(?:link|way) to pay",
        "(?:want|like|need) to pay",
        rf"(?:pay|settle|clear)(?: for)? {MY} (?:{BOOKING}|room|deposit|bill|tab|balance)(?! (?:in|with) cash)",
        "pay (?:online|by card|by phone|in advance|you now|what (?:i|we) owe)(?! (?:or|and))",
        *("(?:can|could|may) (?:i|we) pay (?:right )?now", "(?:i|we) owe"),
    ),
    Want.TEXT: anywhere(
        r"(?:text|sms) (?:me|us)",
        r"(?:send|get) (?:me |us |it |that |you )*(?:a |an |the |my |our )?(?:\w+ ){0,4}?"
        r"(?:text|sms|directions|confirmation|address|by text|in a text)",
        r"(?:send|shoot|drop|ping|message) (?:me|us)(?: \w+){0,5}? (?:directions|confirmation|address|location|map)",
        *("by text(?: message)?", "as a text"),
    ),
    Want.MESSAGE: anywhere(
        rf"(?:leave|take|give|pass|send)(?: \w+){{0,2}}? (?:a|an|the) (?:urgent |short )?{MESSAGE}"
        r"(?! (?:to my phone|with|so))",
        rf"get (?:a|the) {MESSAGE} (?:through )?to",
        rf"{MESSAGE} (?:on )?(?:for|to) (?!my (?:phone|cell))",
        rf"(?:tell|let|remind) (?:room \w+|the (?:manager|owner|guest)|my {RELATIVE})",
    ),
    Want.APPOINTMENT: anywhere(
        rf"(?:schedule|arrange) a (?:phone )?{RING}(?: ?back)?",
        rf"{RING} (?:me|us)(?: back)? (?:on )?{WHEN}",
        rf"give (?:me|us) a {RING}(?: back)? (?:on )?{WHEN}",
    ),
    Want.HOUSEKEEPING: anywhere(
        "housekeeping",
        rf"(?:need|want|like|use|send|bring|get|out of|short of|low on|more|extra|fresh)(?: \w+){{0,5}}? {LINEN}",
        rf"no (?:more |clean )?{LINEN}",
        *("smell(?:s|y)?", "(?:do|done) (?:my|our) room"),
        rf"{LINEN} (?:is|are|need)(?: \w+)? (?:dirty|stained|wet|changing|gone|finished|missing)",
        rf"{_TIDY} (?:my|our|the|this) {_PLACE}",
        rf"{_PLACE} (?:needs|needs to be|has not been|was not|is not) {_TIDY}",
        rf"{_PLACE} (?:is|was) (?:still )?(?:dirty|filthy|a mess)",
        *("come (?:in )?(?:and |to )?clean", "spill(?:ed|t)", "empty the (?:trash|bins?)"),
    ),
    Want.MAINTENANCE: anywhere(
        *("maintenance", "repair(?:man|ed|s)?", "leak(?:s|ing|y)?", "(?:not|stopped|quit) working"),
        rf"(?:is|are|seems?|has gone|got|keeps?) (?:\w+ )?{_BAD}",
        rf"(?:does|do|will|did) not (?:\w+ )?{_WORKS}",
        rf"there is no {_POWER}|(?:have|with) no {_POWER}|no hot water",
        rf"{_POWER} (?:is|are|went|has gone|have gone|goes) (?:out|off)",
        r"keeps? (?:running|going (?:on|off)|tripping|making)",
        r"making (?:a|an|some|this)(?: \w+)? (?:noise|racket|sound|din)",
        "(?:shower|water|room|heater) (?:is|runs|only runs|comes out) (?:(?:freezing|ice|far|much|too) ?)*(?:cold|hot)",
        "(?:shower|water|room) is freezing",
        "(?:water|something) (?:is )?(?:dripping|leaking|coming) (?:from|through|out|in)",
        "(?:fix|repair) (?:the|my|our)",
        *("(?:something|it) (?:is )?broken?", r"the (?:\w+ ){1,3}?(?:is|are) missing"),
    ),
    Want.WAKE_UP_CALL: anywhere(
        *(
            "(?:wake ?up|alarm|morning) call",
            "wake (?:me|us)",
            "(?:i|we) wake up",
            "(?:be )?wok(?:en|e)(?: up)?(?= (?:at|by|before|around))",
            "oversleep",
        ),
        "(?:get (?:me|us)|(?:i am|we are)) up (?:at|by|before|for)",
    ),
    Want.LATE_CHECK_OUT: anywhere(
        "(?:need|want|like|request|arrange)(?: to)?(?: have| get| request| do)?(?: a)? late check ?out",
        rf"{_ASKS}(?: to| please)? (?:check ?out (?:\w+ ){{0,2}}?(?:later|at|around)|stay until)",
        rf"{_ASKS}(?: to| please)? leave (?:\w+ ){{1,5}}?later",
        "(?:want|need|like) to check ?out late",
        r"(?:keep|have|stay in|hang on to|hold on to) (?:the|my|our) room (?:\w+ ){0,2}?(?:until|till|longer)",
        "(?:want|need|like) to keep (?:the|my|our) room",
    ),
    Want.COT: anywhere(
        rf"(?:need|want|like|could (?:i|we) (?:get|have)|borrow|send|bring|request|put|set up)(?: \w+){{0,4}}? {COT}",
    ),
    Want.LOST_AND_FOUND: anywhere(
        "lost and found",
        rf"(?:i|we|{OWN} {RELATIVE})(?: have| has| may have| might have| must have| think (?:i|we))?"
        r" (?:lost|left|forgot|forgotten|misplaced)(?! (?:the|my) (?:code|confirmation))",
        r"(?:handed|turned|hand|turn) in",
        r"(?:anyone|anybody|someone|somebody|you) (?:found|find) (?:a|an|my|our|her|his)",
        r"(?:is|are|be) still (?:in|at|on|under) (?:the|my|our|your)",
        r"(?:can not|could not) find my (?!reservation|booking|room|code|confirmation|way|email)",
        *(
            "left behind",
            "(?:lost|misplaced) (?:my|our|an?) (?!way)",
            rf"{OWN} (?:\w+ ){{1,3}}?(?:is|are|has gone|have gone|went) missing",
        ),
    ),
    Want.CONCIERGE: anywhere(
        r"recommend\w*",
        "(?:good|nice|best|decent) (?:places?|restaurants?|spots?|cafes?|bars?|hikes?)",
        "where (?:can|should|could|do) (?:i|we|people) (?:eat|have (?:dinner|lunch)|go out|ski|hike|shop|rent|buy)",
        "(?:grab|get|have) (?:a (?:bite|burger|pizza|snack)|something to eat|dinner|lunch|a drink)",
        "(?:places?|(?:any|some)where(?: \\w+)?) to (?:eat|go|see|visit|ski|hike|shop)",
        "what (?:is there|can (?:i|we)|should (?:i|we)) (?:to )?(?:do|see|visit)",
        *("hungry", "(?:tips|ideas?|suggestions?)", "where to (?:eat|go|ski|hike|shop)"),
    ),
    Want.HISTORY: anywhere(
        "(?:do )?you (?:still )?(?:know|remember|recogni[sz]e) (?:me|us|my number|who i am|who this is)",
        r"(?:i|we)(?: have)?(?: already)? (?:called|phoned|rung|spoke|spoken|talked|stayed|been)(?: \w+){0,3}?"
        r" (?:before|earlier|this morning|yesterday|last (?:time|week|month|year))",
        r"(?:did|have) (?:i|we) (?:ever |already )?(?:stay|stayed|call|called|rung|phoned|been|talk|talked)"
        r"(?: \w+){0,3}? before",
        r"what did (?:i|we) (?:talk|speak|say|discuss)(?: \w+){0,2}? (?:last time|before|earlier)",
        "last time (?:i|we) (?:called|spoke|talked|stayed)",
        "have my (?:details|data|name) (?:already|on file)|(?:i|we) have stayed (?:with|at)",
    ),
    Want.NO_CALLS: anywhere(
        r"(?:stop|quit) (?:calling|phoning|ringing|bothering)(?! (?:about|it))",
        rf"(?:do not|never)(?: ever)? {RING}(?: (?:me|us|here|this number|my number))? (?:again|any ?more|ever)",
        rf"(?:do not|never) {RING} (?:this|my|our) number",
        r"(?:take|remove|get) (?:me|us|my number|this number) (?:off|from)(?: \w+){0,2} (?:list|calls|database)",
        *(
            "(?:no|not any) more calls",
            "(?:do not|not) want (?:any |more |these |your )+calls",
            "opt out",
            "unsubscribe",
        ),
    ),
    Want.ON_HOLD: anywhere(
        "(?<!not )(?:put|place) (?:me|us) on hold",
        "hold the line",
        "(?:can|could|will|would) you (?:please )?hold(?: for)? (?:a|one|two|a few) (?:moment|minute|second|sec)s?",
        "hold music",
    ),
}
