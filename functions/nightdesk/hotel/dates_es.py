"""Dates in Spanish, put into the English words that `dates.py` reads: "del 27 al 29 de noviembre" -> "from the 27 to
the 29 november". Pure.

Spanish has a few dozen words for dates, and the rules behind them are the same; so they are translated, not read a
second time. What differs is said here: "el proximo viernes" is the coming one, after today ("next friday" is that of
next week), and 3/12 is the third of December.
"""

import re

_DAYS = {
    "lunes": "monday",
    "martes": "tuesday",
    "miercoles": "wednesday",
    "jueves": "thursday",
    "viernes": "friday",
    "sabados?": "saturday",
    "domingos?": "sunday",
}
_MONTHS = {
    "enero": "january",
    "febrero": "february",
    "marzo": "march",
    "abril": "april",
    "mayo": "may",
    "junio": "june",
    "julio": "july",
    "agosto": "august",
    "sep?tiembre": "september",
    "octubre": "october",
    "noviembre": "november",
    "diciembre": "december",
}
_HOLIDAYS = {
    "dia de ano nuevo|ano nuevo": "new years day",
    "nochevieja|noche vieja|fin de ano": "new years eve",
    "nochebuena|noche buena": "christmas eve",
    "dia de navidad|navidad(?:es)?": "christmas",
    "(?:dia|noche) de (?:los )?reyes|(?:los )?reyes magos|los reyes|epifania": "epiphany",
    "(?:dia de )?san valentin": "valentines",
    "semana santa": "holy week",
    "jueves santo": "maundy thursday",
    "viernes santo": "good friday",
    "lunes de pascua": "easter monday",
    "domingo de (?:pascua|resurreccion)|pascua": "easter",
    "dia del? (?:trabajo|trabajador)": "may 1",
    "dia de la hispanidad|(?:dia|puente) del pilar": "october 12",
    "(?:dia de )?todos los santos": "all saints",
    "(?:dia de la |la )constitucion": "december 6",
    "(?:dia de )?accion de gracias": "thanksgiving",
}
_DAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_MONTH = rf"(?:{'|'.join(_MONTHS.values())})"
_NTH = {"1": "1st", "segundo": "2nd", "tercero?": "3rd", "cuarto": "4th", "ultimo": "last"}
_NEXT = r"(?:proximo|proxima|siguiente|que viene|que entra|entrante)"
# Where a date may begin.
_DATE = rf"(?={_DAY}|weekend|tomorrow|today|the\b|\d{{1,2}}\b|christmas|new years|easter|epiphany|holy week)"

# In this order: each works on what those before it have left.
_RULES = [
    (r"\b(\d{1,2})/(\d{1,2})(?!\d)", r"\2/\1"),  # as the grammar has them: the month first
    (r"\b(?:(?:por|de|en) la|esta) manana\b", ""),  # a morning, not tomorrow
    (r"\bfin(?:es)? de semana\b|\bfinde\b", "weekend"),
    *((rf"\b(?:{said})\b", meant) for said, meant in (_HOLIDAYS | _DAYS | _MONTHS).items()),
    *((rf"\b{said} ({_DAY}|weekend) (?:de|en) ({_MONTH})", rf"{meant} \1 of \2") for said, meant in _NTH.items()),
    (rf"\b(\d{{1,2}}) de(?:l mes de)? ({_MONTH})", r"\1 \2"),
    (rf"\b({_MONTH}) del? (\d{{4}})", r"\1 \2"),
    (r"\bpasado manana\b", "day after tomorrow"),
    (r"\b(?:manana por la noche|la noche de manana)\b", "tomorrow night"),
    (r"\bmanana\b", "tomorrow"),
    (r"\b(?:esta noche|hoy por la noche)\b", "tonight"),
    (r"\bhoy\b", "today"),
    (rf"\b(?:la )?noche del? ({_DAY})|\b({_DAY}) (?:por|en) la noche\b", r"\1\2 night"),
    (rf"\b({_DAY}) (?:de )?la (?:semana (?:que viene|proxima|siguiente)|(?:proxima|siguiente) semana)\b",
     r"\1 next week"),
    (rf"\bla (?:semana (?:que viene|proxima)|(?:proxima) semana)(?=.*{_DAY})", "next week"),
    (rf"\bnext week (?:el|on)? ?({_DAY})", r"next week on \1"),
    (rf"\b{_NEXT} ({_DAY}|weekend)\b|\b({_DAY}|weekend) {_NEXT}\b", r"coming \1\2"),
    (rf"\beste ({_DAY}|weekend)\b", r"this \1"),
    (r"\bweekend del? (?:el )?", "weekend of "),
    (r"\b(?:dentro de|en) (\d{1,2}) (dia|semana)s?\b", r"in \1 \2"),
    (r"\b(\d{1,2}) (dia|semana)s? (despues|antes) del? ", r"\1 \2 \3 "),
    (r"\b(?:el )?dia (despues|antes) del? ", r"the day \1 "),
    (r"\bdespues\b", "after"),
    (r"\bantes\b", "before"),
    (r"\b(?:el )?dia (\d{1,2})\b", r"the \1"),
    (r"\bnoches?\b", "night"),
    (r"\bdias?\b", "day"),
    (r"\bsemanas?\b", "week"),
    (r"\b(?:hasta|saliendo|salgo|salimos|salida|me voy|nos vamos|irme|irnos)(?: el| la)?\b", "leaving"),
    (r"\b(?:desde|a partir del?|llegando|llego|llegamos|llegada|entrada)(?: el| la)?\b", "starting"),
    (r"\b(?:por|durante|para)\b", "for"),
    (r"\bcambi(?:ar|e|o|a|elo|arlo)\b(.*?) al? ", r"change \1 to "),
    (rf"\bdel? (?:el )?{_DATE}", "from the "),
    (rf"\bal? (?:el )?{_DATE}", "to the "),
    (rf"\bel (?={_DAY}|weekend|coming|this|christmas|new years|easter)", ""),
    (r"\bel (?=\d)", "the "),
    (r"\b(?:en vez|en lugar) (?:de|from)(?: the)?\b", "instead of"),
    (rf"\bno (?:the )?(?={_DAY}|\d)(.*?)\bsino\b", r"not \1"),
    (r"\b(?:quiero decir|quise decir|digo|mejor|perdon)\b", "i mean"),
    (r"\by\b", "and"),
    (rf"\bthe (?={_DAY}|coming|this|the|tomorrow|today|christmas|new years|easter|epiphany|holy week)", ""),
]  # fmt: skip
_COMPILED = [(re.compile(said), meant) for said, meant in _RULES]


def in_english(numbered_text: str) -> str:
    """The `numbered` form of a Spanish sentence, its dates and lengths in the words of the English grammar.

    What speaks of no date may come out as anything: read nothing else from it.
    """
    text = numbered_text
    for said, meant in _COMPILED:
        text = said.sub(meant, text)
    return " ".join(text.split())
