"""Amounts of money and confirmation codes, as they are said. Pure; text is in sentences.py's spelling.

"$140.61", "one hundred and forty dollars and sixty-one cents", "ciento cuarenta dólares con sesenta y un centavos";
"4 8 2 1, 5 5 9 0", "four eight two one, double five, nine zero".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_UNITS_ES = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete "
    "dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete "
    "veintiocho veintinueve"
)
_SMALL = {word: value for words in (_UNITS, _UNITS_ES) for value, word in enumerate(words.split())}
_SMALL |= {"un": 1, "una": 1, "veintiun": 21, "veintiuna": 21}
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
    "treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90,
}  # fmt: skip
_HUNDREDS_ES = {
    "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500,
    "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
_THOUSAND = ("thousand", "mil")

_MONEY = r"(?:us )?(?:dollars?|bucks|euros?|pounds|pesos|dolar(?:es)?|libras|usd|eur)\b"
_CENTS = r"(?:cents?|centavos?|centimos?)\b"
_WORD = r"(?:" + "|".join(sorted({*_SMALL, *_TENS, *_HUNDREDS_ES, *_THOUSAND, "hundred"}, key=len, reverse=True)) + r")"
# Bounded: the time must not grow with what is said.
_NUMBER_WORDS = rf"(?:a (?=hundred|thousand))?{_WORD}\b(?:(?:[ -]| and | y |, (?={_WORD} hundred)){_WORD}\b){{0,11}}"
_DIGITS = r"\d[\d,]{0,12}(?:\.\d{1,4})?"
_NUMBER = rf"(?:{_DIGITS}|{_NUMBER_WORDS})"
_SIGNED = rf"(?:[$\u20ac\u00a3]|\b(?:usd|eur) ?) ?(?P<signed>{_DIGITS})"
_NAMED = rf"\b(?P<named>{_NUMBER})[ -]{_MONEY}"
_TAIL = rf"(?:,?(?: and| con| y)? (?P<cents>{_NUMBER}) {_CENTS}| con (?P<cents_es>{_NUMBER_WORDS}))?"
_AMOUNT = re.compile(rf"(?:{_SIGNED}(?! ?{_MONEY})|{_SIGNED.replace('signed', 'signed2')} {_MONEY}|{_NAMED}){_TAIL}")
_BARE_WITH_CENTS = re.compile(rf"\b(?P<named>{_NUMBER}) (?:and|con|y) (?P<cents>{_NUMBER}) {_CENTS}")

_PER_NIGHT = re.compile(
    r"^\W*(?:plus tax\W*)?(?:per|a|each|every|for each|/|por|la|cada) ?(?:night|noche)\b|^\W*nightly\b"
)
_NIGHTLY_BEFORE = re.compile(r"\b(?:nightly rate|rate per night|tarifa por noche)[^$\d]{0,20}$")
_TOTAL_AFTER = re.compile(
    r"^\W*(?:in total|total\b|altogether|all together|all in\b|for the (?:whole|entire) stay|en total)"
)
_TOTAL_BEFORE = re.compile(r"\b(?:total|comes to|come to|adds up to|altogether|asciende a|suma)\b[^$\d]{0,30}$")
_WITH_TAX = re.compile(
    r"^[^$]{0,24}\b(?:including (?:all )?(?:the )?tax|tax(?:es)? included|with tax|after tax|con impuestos|"
    r"impuestos incluidos)"
)
_WITHOUT_TAX = re.compile(
    r"^[^$]{0,14}\b(?:plus (?:\w+ )?tax|before tax|mas impuestos|sin impuestos|antes de impuestos)"
)
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|nearly|almost|just (?:under|over)|a (?:little|bit) (?:over|"
    r"under|more than|"
    r"less than)|under|over|up to|unos|unas|alrededor de|aproximadamente|casi|cerca de|mas o menos|hasta)\W*$"
)
# The guest's own figure, or the wrong one that is being taken back.
_NOT_OURS = re.compile(
    r"\b(?:not|instead of|rather than|i said|i told you|misspoke|your budget|you (?:said|mentioned|wanted)|"
    r"no de|en vez de|"
    r"en lugar de|usted dijo|su presupuesto)\b[^$]{0,24}$"
)
_DIFFERENCE = re.compile(r"^[^$]{0,12}\b(?:more|less|cheaper|extra|difference|savings?|off|mas|menos|diferencia)\b")
_AROUND = 60  # characters that may tell what an amount is


@dataclass(frozen=True)
class Amount:
    """Money as said. `cents` has more than one value where the words may mean either ("twelve fifty").

    `about`: said as a round figure. `difference`: how much more or less. `ours`: not the guest's, not one taken back.
    """

    start: int
    end: int
    cents: frozenset[int]
    unit: Literal["", "night", "total"] = ""
    tax: Literal["", "with", "without"] = ""
    about: bool = False
    difference: bool = False
    ours: bool = True


def amounts(text: str) -> list[Amount]:
    """Every amount of money in a sentence, in order."""
    found = [*_AMOUNT.finditer(text)]
    found += [
        m
        for m in _BARE_WITH_CENTS.finditer(text)
        if not any(m.start() < f.end() and f.start() < m.end() for f in found)
    ]
    made = []
    for match in sorted(found, key=re.Match.start):
        groups = match.groupdict()
        whole = groups.get("signed") or groups.get("signed2") or groups["named"]
        values = _values(whole)
        tail = groups.get("cents") or groups.get("cents_es")
        if tail:
            values = {value + cents // 100 for value in values for cents in _values(tail)}
        if values:
            made.append(_described(text, match.start(), match.end(), values))
    return made


def _described(text: str, start: int, end: int, cents: set[int]) -> Amount:
    before, after = text[max(start - _AROUND, 0) : start], text[end : end + _AROUND]
    is_night = _PER_NIGHT.match(after) or _NIGHTLY_BEFORE.search(before)
    is_total = _TOTAL_AFTER.match(after) or _TOTAL_BEFORE.search(before)
    return Amount(
        start,
        end,
        frozenset(cents),
        unit="night" if is_night else "total" if is_total else "",
        tax="with" if _WITH_TAX.match(after) else "without" if _WITHOUT_TAX.match(after) else "",
        about=bool(_ABOUT.search(before)),
        difference=bool(_DIFFERENCE.match(after)),
        ours=not _NOT_OURS.search(before),
    )


def _values(number: str) -> set[int]:
    """What a number may be, in hundredths."""
    if number[0].isdigit():
        if re.search(r",\d\d$", number):  # 140,61 as it is written in Spanish
            number = number.replace(",", ".")
        return {round(float(number.replace(",", "")) * 100)}
    groups = _groups([w for w in re.split(r"[ ,-]+", number) if w not in ("and", "y", "a")])
    match groups:
        case [value]:
            return {value * 100}
        case [first, second] if second < 100 and first < 100:  # one forty; twelve fifty
            return {(first * 100 + second) * 100, first * 100 + second}
    return set()


def _groups(words: list[str]) -> list[int]:
    """Number words as the numbers they make; a word that cannot go on with a number begins the next."""
    groups: list[int] = []
    done = current = 0
    open_to = 0  # the next part must be smaller than this; 0: nothing has begun
    for word in words:
        if word == "hundred":
            current = (current or 1) * 100
            open_to = 100
        elif word in _THOUSAND:
            done, current, open_to = (current or 1) * 1000, 0, 1000
        else:
            value = _SMALL.get(word, _TENS.get(word, _HUNDREDS_ES.get(word, 0)))
            if open_to and value >= open_to:
                groups.append(done + current)
                done = current = 0
            current += value
            open_to = 100 if word in _HUNDREDS_ES else 10 if word in _TENS else 1
    return [*groups, done + current]


_CODE_IS = re.compile(
    r"\b(?:confirmation|booking|reservation|confirmacion|reserva) (?:code|number|id)\b|\bconfirmation\b(?= (?:is|:))|"
    r"\byour code\b|\bsu codigo\b(?! de)|\b(?:codigo|numero|clave) de (?:confirmacion|reserva|la reserva)\b"
)
_CODE_FILLER = (
    "is are it the your here for of you this reservation booking room stay and code number es su el la de para "
    "la reserva"
)
_SPOKEN_DIGITS = {
    **{word: str(value) for word, value in _SMALL.items() if value < 10 and word not in ("un", "una")},
    "oh": "0",
}


@dataclass(frozen=True)
class Code:
    start: int
    end: int
    code: str


def codes(text: str) -> list[Code]:
    """Confirmation codes that are said, without blanks and in capitals. One with less than four signs is none."""
    return [code for match in _CODE_IS.finditer(text) if len((code := _code_after(text, match.end())).code) >= 4]


def digits_said(text: str) -> str:
    """All digits of a text in a row, also spoken ones."""
    words = re.findall(r"\d+|[a-z]+", text)
    return "".join(word if word.isdigit() else _SPOKEN_DIGITS.get(word, "") for word in words)


def _code_after(text: str, at: int) -> Code:
    made, start, end, twice = "", at, at, False
    for match in re.finditer(r"[a-z0-9]+", text[at:]):
        word = match[0]
        sign = _SPOKEN_DIGITS.get(word, word)
        if word in ("dash", "hyphen", "guion") and made:
            continue
        if word in ("double", "doble"):
            twice = True
            continue
        is_code = any(c.isdigit() for c in sign) or (len(sign) == 1 and word not in ("a", "i", "y"))
        if not is_code:
            if made or word not in _CODE_FILLER.split():
                break
            continue
        start = start if made else at + match.start()
        made += sign * (2 if twice else 1)
        end, twice = at + match.end(), False
    return Code(start, end, made.upper())
