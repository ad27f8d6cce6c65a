"""Card numbers do not get in: what guests and models say is masked here, at the edge, before anything is kept. Pure.

The relay has masked it before; this is for what it let through, and for what comes by other doors (keys and speech of a
call without a stream, texts, other agents). The two share no code, so that they do not share their mistakes.

| digits in a row | are a card number                                                    |
|-----------------|----------------------------------------------------------------------|
| 16 and more     | always                                                               |
| 14, 15          | where nothing else that has digits was named before them             |
| 13              | the same, and the last of them checks                                |
| 6 and more      | where the nearest word before them is about cards                    |
| 3, 4            | right behind the name of the code on a card's back                   |
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

REMOVED = "[card number removed]"
"""The relay writes the same."""

_ONES = (
    "zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|cero|uno|una?|dos|tres|cuatro|cinco|seis|siete|ocho|"
    "nueve"
)
_TENS = (
    "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|"
    "noventa"
)
_TEENS = (
    "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|diez|once|doce|trece|catorce|"
    "quince|diecis[eé]is|diecisiete|dieciocho|diecinueve|veinti[a-zéóú]+"
)
_NUMBER = rf"(?:\d+|{_ONES}|{_TENS}|{_TEENS})"
_BETWEEN = r"(?:uh|um|er|eh|and|y|then|dash|gui[oó]n|hundred|thousand|mil|to|too|for|won|double|triple|doble)"
_RUN = re.compile(
    rf"(?<![\w+/:$€£])(?:(?:double|triple|doble)\s+)?{_NUMBER}(?!\w)(?:[\s,.\-–]+(?:{_BETWEEN}[\s,.\-–]+)*{_NUMBER}(?![\w/:]))*",
    re.IGNORECASE,
)
_PARTS = re.compile(
    rf"(?P<figures>\d+)|(?P<tens>{_TENS})|(?P<teens>{_TEENS})|(?P<ones>{_ONES})|(?P<times>double|triple|doble)", re.I
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:\D+\d{4}-\d\d-\d\d)*")
_CARDS = (
    r"cards?|visa|mastercard|amex|american express|diners|debit|credit|tarjetas?|cr[eé]dito|d[eé]bito|cvv2?|cvc2?|"
    r"security code|c[oó]digo de seguridad"
)
_LONG = (
    r"phone|telephone|cell|mobile|call|reach|fax|whatsapp|text|sms|link|tel[eé]fono|celular|m[oó]vil|ll[aá]m[ea]\w*|"
    r"mensaje|enlace|zip|postal|confirmation|code|extension|passport|licen[sc]e|loyalty|member\w*|confirmaci[oó]n|"
    r"c[oó]digo|pasaporte"
)
_OTHERS = (
    rf"{_LONG}|reservation|booking|room|address|street|flight|dollars?|euros?|reserva\w*|habitaci[oó]n|direcci[oó]n|"
    r"calle|vuelo|d[oó]lares|january|february|march|april|may|june|july|august|september|october|november|"
    r"december|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
_ABOUT = re.compile(rf"\b(?:(?P<card>{_CARDS})|(?P<other>{_OTHERS}))\b", re.IGNORECASE)
_WEIGHS = re.compile(rf"\b(?:{_CARDS}|{_LONG})\b", re.IGNORECASE)
_CODE = re.compile(
    rf"\b(?:cvv2?|cvc2?|security code|c[oó]digo de seguridad)\W+(?:(?:is|es|number|n[uú]mero)\W+)?"
    rf"(?P<code>{_NUMBER}(?:[\s,.\-]+{_NUMBER}){{0,3}})(?!\w)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"card|cvv|cvc|tarjeta", re.IGNORECASE)


ENOUGH, GROUP = 6, 3
"""Digits: so many are enough where cards are talked of; no group of a number that is read out with pauses has fewer."""


def masked(text: str, before: Iterable[str] = (), enough: int = ENOUGH) -> str:
    """A text without the card numbers in it. `before`: what was said just before, oldest first.

    `enough`: digits for one, where cards are talked of; GROUP where it is known that one was begun.
    """
    if not text or not _RUN.search(text):
        return text
    known = _last_named(" ".join(before), only=True)
    pieces: list[str] = []
    end = 0
    for run in _RUN.finditer(text):
        if _is_card(run[0], _last_named(text[: run.start()]) or known, enough):
            pieces += text[end : run.start()], REMOVED
            end = run.end()
    text = "".join((*pieces, text[end:]))
    return _CODE.sub(lambda code: code[0].replace(code["code"], REMOVED), text)


def weighs(text: str) -> bool:
    """Whether it says what long numbers are talked of, a card's or others."""
    return _WEIGHS.search(text) is not None


def masked_in(value: Any, name: str = "") -> Any:
    """A value of JSON without card numbers. `name`: under which it stands, where that says what it is."""
    match value:
        case str():
            return masked(value, ["card"] if _NAMED.search(name) else [])
        case Mapping():
            return {key: masked_in(item, str(key)) for key, item in value.items()}
        case list() | tuple():
            return [masked_in(item, name) for item in value]
        case int() if value >= 10**12:
            return value if masked(str(value)) == str(value) else REMOVED
    return value


def is_number(digits: str) -> bool:
    """Whether digits alone, as they are keyed, are a card's number. Source: ISO/IEC 7812-1: banks begin with 2 to 6."""
    return bool(re.fullmatch(r"[2-6]\d{12,18}", digits)) and _checks(digits)


def _last_named(text: str, *, only: bool = False) -> str:
    """What was named last: "card", "other" or "". `only`: "card" only where nothing else was named beside it."""
    named = [match.lastgroup or "" for match in _ABOUT.finditer(text)]
    if only and "card" in named and "other" in named:
        return "other"
    return named[-1] if named else ""


def _is_card(run: str, about: str, enough: int) -> bool:
    if _DATE.fullmatch(run):
        return False
    count = _count(run)
    if count >= 16:
        return True
    if about == "card":
        return count >= enough
    if about == "other":
        return False
    return count >= 14 or (count == 13 and _checks("".join(filter(str.isdigit, run))))


def _count(run: str) -> int:
    """How many digits a run has, as far as one can tell: "forty one" has two, "forty" alone as many."""
    count, times, open_tens = 0, 1, False
    for part in _PARTS.finditer(run):
        match part.lastgroup:
            case "figures":
                count += len(part[0])
            case "ones":
                count += (0 if open_tens else 1) * times
            case "tens" | "teens":
                count += 2
            case _:
                times = 3 if part[0].lower() == "triple" else 2
                continue
        times, open_tens = 1, part.lastgroup == "tens"
    return count


def _checks(digits: str) -> bool:
    """Source: ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return bool(digits) and total % 10 == 0
