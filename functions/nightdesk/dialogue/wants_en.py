"""What English guests mean beside a task: a room that is wanted, and the conversation itself."""

import re

from nightdesk.dialogue.lexicon import Pattern, Want, anywhere, either
from nightdesk.dialogue.nouns_en import ARTICLES, RING, ROOMS, SOMEONE, TEXTED, alone

_GET = r"(?:have|got|need|want|like|looking for|after|get|book|reserve|is there|are there)"
_MORE = r"(?:other|another|different|cheaper|cheapest|bigger|biggest|larger|better|nicer)"
_MOMENT = r"(?:moment|second|minute|sec|tick)"
_ARRIVED = r"(?:come|came|arrived?|(?:go|gone|come|came) through|(?:show|showed|shown|turn|turned) up)"

BYE = anywhere(
    *("good ?bye", "bye", "good night", "hang up"),
    "have a (?:good|nice|great|lovely) (?:day|night|evening|one|weekend)",
)

WANTS: dict[Want, Pattern] = {
    Want.ROOM: either(
        anywhere(
            rf"{_GET}(?: you)?(?: (?:a|an|any|one|the|another))?(?: \w+){{0,2}}? {ROOMS}"
            r"(?<!accessible rooms)(?<!smoking rooms)",
            rf"(?:{_GET}|looking for)(?: you)? (?:anything|something)(?! (?:fun|to (?:do|see|eat)))",
            rf"(?:a|any|the) (?:\w+ )?{ROOMS} (?:a|for|from|with|starting|available|tonight|tomorrow|on|next|this)",
            *("rooms? available", "any rooms?", "availability", "vacanc(?:y|ies)", "space for"),
            *("(?:make|need|want|like) (?:a |an )?(?:reservation|booking)", "to (?:book|reserve|stay)"),
            "can (?:i|we) (?:book|reserve|stay)",
            "are you (?:fully )?(?:full|booked)",
            "(?:anything|something) (?:available|free|open|for|left)",
            "(?:somewhere|anywhere|(?:a )?place|bed) (?:to (?:sleep|stay|crash)|for (?:the|one|two|a|tonight))",
            r"(?:fit|squeeze)(?: in)?(?: \w+){0,3}? (?:us|people|guests?|adults?)",
            "is there (?:any |still )?(?:room|space)",
            r"spend (?:\w+ ){1,3}?nights?",
        ),
        alone(rf"(?:(?:a|any|the) (?:\w+ ){{0,2}})?{ROOMS}"),
    ),
    Want.PRICE: anywhere(
        *("how (?:much|expensive)", "prices?", "costs?", "rates?", "do you charge", "what would that be", "total"),
        r"(?:set|put) (?:me|us) back",
        r"what (?:does|would|will) (?:\w+ ){1,4}?(?:come|add up) to",
        r"what (?:is|are|would) (?:\w+ ){1,4}?for (?:a|\w+) (?:nights?|room)",
    ),
    Want.CHEAPER: anywhere(
        *("cheap\\w*", "less (?:expensive|pricey)", r"lower (?:rate|price)s?", r"better (?:rate|price|deal)"),
    ),
    Want.OTHER_ROOMS: anywhere(
        rf"{_MORE} (?:kinds? of |types? of )?(?:rooms?|ones?|options?)",
        "(?:what else|anything else|something|anything) "
        "(?:cheaper|bigger|larger|better|nicer|do you have|is available)",
        "all (?:the )?(?:rooms|options)",
        r"(?:something|anything|one) (?:\w+ ){0,2}?(?:cheaper|less (?:expensive|pricey))",
        r"(?:better|lower|cheaper) (?:rate|price|deal)",
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
        rf"(?:{RING}|called) (?:me|us) back",
        rf"{RING} (?:me|us) (?:later|tomorrow)",
        rf"(?:a|me) {RING} ?back",
        rf"have \w+ {RING} me",
        rf"(?:someone|somebody) (?:to |can |could |please )?{RING} (?:me|us)",
        "get (?:back to|in touch with) (?:me|us)",
        "leave (?:my number|my name)",
    ),
    Want.PERSON: either(
        alone(
            r"(?:(?:no|yes|please|sorry|just|stop|i (?:want|need|would like)|get me|give me|let me have"
            rf"|(?:can|could) i (?:get|have))\b ?)*{ARTICLES}{SOMEONE}(?: right)?"
        ),
        anywhere(
            rf"(?<!am i )(?:speak|talk|talking|speaking|deal|chat)(?: directly)? (?:to|with) (?:\w+ ){{0,3}}?{SOMEONE}",
            "(?:speak|talk|talking|speaking)(?: directly)? (?:to|with) (?:the |your )?(?:maintenance|housekeeping)",
            r"(?:speak|talk|get me|give me)(?: (?:to|with))? (?:the )?(?:housekeeping|maintenance|sales|kitchen)",
            *("(?:transfer|connect) me", "put me (?:through|on(?! hold)|to|with)", "a person please"),
            "(?:someone|somebody|anybody|anyone|person|human) (?:that |who )?(?:i|we) (?:can|could) (?:speak|talk)",
            "(?:get|give|find) me (?:someone|somebody|anyone|anybody) (?:who|that|else)",
            "(?:want|need|get me|give me) an? (?:person|human(?: being)?|agent|operator|representative)",
            "(?<!you )(?<!you a )(?:real|live|actual) (?:person|human)(?! or)",
            "not (?:want to )?(?:speak|talk|be talking|deal)(?:ing)? (?:to|with) (?:a|this) "
            "(?:machine|robot|computer|bot)",
        ),
    ),
    Want.GOODBYE: either(
        BYE,
        anywhere(
            "that is (?:all|it|everything)(?! (?:right|correct|fine|okay|good))",
            *(
                "that will (?:be (?:all|it)|do)",
                "nothing (?:else|more)",
                "(?:i am|we are) (?:all )?(?:done|set|sorted)",
            ),
            *("i am good", "let you go", "(?:have to|got to|gotta|must) go"),
            rf"i will {RING} (?:back|again|you back|later)",
        ),
    ),
    Want.REPEAT: either(
        anywhere(
            *("repeat", "come again", "^say again", "one more time", "what did you say", "what was that"),
            r"(?:say|go over|go through|tell me) (?:that|it|this) (?:again|once more)",
            *("(?:sorry|i) missed (?:that|it|what)", "breaking up"),
            *(
                "did not (?:hear|understand|catch|get)(?! (?:the|any|a)\\b)",
                "do not understand",
                r"speak (?:slow\w*|loud\w*|up|more slowly)",
            ),
        ),
        alone("sorry", "pardon", "pardon me", "i beg your pardon", "what", "huh", "again"),
        re.compile(r"^(?:hello )?excuse me(?: please)?$"),
    ),
    Want.WAIT: anywhere(
        *("hold on(?! to)", "hang on(?! to)", f"(?:one|a) {_MOMENT}", "bear with me", "stay on the line", "^wait"),
        *("let me (?:think|check|see|ask|look|find|grab)", "looking for my (?:card|code|confirmation)"),
    ),
    Want.HELP: either(
        anywhere(
            *(
                "what can (?:you do|i say|i ask|you help)",
                "how does this work",
                "what are my options",
                "^what do you do$",
            ),
            "what (?:kind|sort)s? of (?:things|questions)",
        ),
        alone("help", "help me"),
    ),
    Want.GREETING: either(
        re.compile(r"^(?:hello|hi|hey|good (?:morning|afternoon|evening))(?: (?:there|hello))?$"),
        anywhere("are you there", "(?:anybody|anyone) there(?! (?:speak|who))"),
    ),
    Want.THANKS: re.compile(
        r"^(?:okay |great |perfect |all right )*(?:thank you|thanks)"
        r"(?: (?:very much|so much|a lot|you|again|for \w+ \w+|it (?:came|arrived|worked)|i (?:got|have) it"
        r"|that is (?:\w+ )?(?:kind|great|helpful|nice|lovely)))*$"
    ),
    Want.WRONG: either(
        anywhere(
            *("that is (?:wrong|not (?:it|right|what i said|correct))", "not what i said"),
            r"(?:got|have|heard) (?:that|it|this|me)(?: \w+)? (?:wrong|mixed up)",
            "you mis(?:understood|heard)",
        ),
        alone("go back"),
    ),
    Want.RESTART: anywhere(r"(?:start|begin) (?:over|again|afresh)", "from (?:scratch|the (?:beginning|start|top))"),
    Want.NEVER_MIND: anywhere(
        *("never ?mind", "forget (?:it|about (?:it|that|this)|that|i asked|what i said)", "cancel (?:that|it|this)"),
        *("(?:i|we) (?:have )?changed (?:my|our) minds?", "(?:scrap|drop|skip) (?:that|it)", "do not (?:worry|bother)"),
        r"leave (?:it|that)(?= (?:be|for now)|$| (?:please|then|thank))",
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
    Want.SEND_AGAIN: anywhere(
        r"(?:send|text)(?: \w+){1,5}? (?:again|once more|one more time)",
        "resend",
        rf"(?:(?:did|have|has) not|never)(?: \w+)? (?:get|got|receive|received)(?: \w+){{0,2}}? {TEXTED}",
        r"(?:have not|never) (?:get|got|receive|received) (?:it|anything)",
        rf"(?:{TEXTED}|it|that)(?: still)? (?:(?:did|has|have)(?: still)? not|never) {_ARRIVED}",
        rf"nothing (?:has |ever )?{_ARRIVED}",
    ),
}

CALLED: dict[Want, Pattern] = {
    Want.WHO: anywhere(
        *("who (?:is|are) (?:this|that|you|it|calling|speaking|there)", "who am i (?:speaking|talking) (?:to|with)"),
        *("(?:what is|is) (?:this|it) (?:all )?about", "why (?:are|did) you call(?:ing)?", "what do you want"),
        *(
            "where are you calling from",
            "(?:is|are) (?:this|that|you) (?:a |an )?(?:scam|spam|robot|recording|machine)",
        ),
        "are you (?:a )?(?:real|human)",
    ),
    Want.NOT_THEM: anywhere(
        *("wrong (?:number|person)", "(?:he|she|they) (?:is|are) (?:not|out|away|at work|asleep)"),
        *("(?:nobody|no one|no body) (?:here )?(?:of|by|with|called) (?:that|this)", "not (?:here|home|in|available)"),
        "(?:this|that|i am|it) (?:is )?not (?:him|her|them|me|the right (?:person|number))",
    ),
    Want.NOT_NOW: anywhere(
        *("(?:not a|a bad|bad) (?:good |great )?(?:time|moment)", "(?:i am|we are) (?:busy|driving|working|eating)"),
        *(
            "(?:i am|we are) (?:at work|in a meeting|on my way out)",
            "(?:can not|no time to) (?:talk|speak)(?: (?:right )?now)?",
        ),
        *("not now", "(?:another|some other) time"),
    ),
}
"""What who is called by us says."""
