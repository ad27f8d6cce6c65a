"""Spanish words to numbers: "dos noches desde el veintisiete" -> "2 noches desde el 27". Pure.

The same two normal forms as English has (numbers_en.py): `plain` is lower case without punctuation and without accents
(recognition leaves them out or not, as it likes); `numbered` is that with number words as digits.
"""

import re

from nightdesk.letters import without_accents

UNITS = {
    "cero": 0, "un": 1, "uno": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7,
    "ocho": 8, "nueve": 9, "diez": 10, "once": 11, "doce": 12, "trece": 13, "catorce": 14, "quince": 15,
    "dieciseis": 16, "diecisiete": 17, "dieciocho": 18, "diecinueve": 19, "veinte": 20, "veintiun": 21,
    "veintiuno": 21, "veintiuna": 21, "veintidos": 22, "veintitres": 23, "veinticuatro": 24, "veinticinco": 25,
    "veintiseis": 26, "veintisiete": 27, "veintiocho": 28, "veintinueve": 29,
}  # fmt: skip
TENS = {"treinta": 30, "cuarenta": 40, "cincuenta": 50, "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90}
_ORDINALS = {"primero": 1, "primer": 1, "primera": 1}  # of a month only its first day has one


def plain(text: str) -> str:
    """Lower case, accents and punctuation gone (but "27/11" and "2026-11-27" keep theirs)."""
    text = without_accents(text.lower())
    text = re.sub(r"(?<!\d)[-/]|[-/](?!\d)", " ", text)
    return " ".join(re.sub(r"[^a-z0-9/ \-]", " ", text).split())


def numbered(plain_text: str) -> str:
    """Number words as digits. Digits said one by one stay apart ("2 0 7")."""
    tokens = re.sub(r"\bun par de\b", "dos", plain_text).split()
    out: list[str] = []
    at = 0
    while at < len(tokens):
        value, used = _number_at(tokens, at)
        out.append(str(value) if used else tokens[at])
        at += used or 1
    return " ".join(out)


def _number_at(tokens: list[str], at: int) -> tuple[int, int]:
    """(value, tokens used); nothing used when there is no number word here."""
    word, following = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else ""
    if word in TENS:
        if following == "y" and at + 2 < len(tokens) and 0 < UNITS.get(tokens[at + 2], 0) < 10:
            return TENS[word] + UNITS[tokens[at + 2]], 3
        return TENS[word], 1
    if word in UNITS and following == "mil":  # only years are said this way
        rest, used = _number_at(tokens, at + 2) if at + 2 < len(tokens) else (0, 0)
        return UNITS[word] * 1000 + rest, 2 + used
    number = UNITS.get(word, _ORDINALS.get(word))
    return (number, 1) if number is not None else (0, 0)
