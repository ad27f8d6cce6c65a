"""English words to numbers: "two nights from november twenty-seventh" -> "2 nights from november 27th". Pure.

Two normal forms: `plain` is lower case without punctuation and with contractions written out; `numbered` is that with
number words as digits. Offline recognition gives words, cloud recognition and typing digits.
"""

import re

UNITS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip

_CONTRACTIONS = [
    (r"\bwon't\b", "will not"),
    (r"\bcan't\b|\bcannot\b", "can not"),
    (r"n't\b", " not"),
    (r"\b(i)'m\b", r"\1 am"),
    (r"\b(that|it|what|where|when|who|how|there|here|he|she|name)'s\b", r"\1 is"),
    (r"\blet's\b", "let us"),
    (r"'re\b", " are"),
    (r"'d\b", " would"),
    (r"'ll\b", " will"),
    (r"'ve\b", " have"),
]
# The offline recogniser's words carry no apostrophes.
_BARE_CONTRACTIONS = {
    "thats": "that is", "whats": "what is", "whens": "when is", "wheres": "where is", "theres": "there is",
    "im": "i am", "id": "i would", "ill": "i will", "dont": "do not", "doesnt": "does not", "isnt": "is not",
    "cant": "can not", "wont": "will not", "lets": "let us", "havent": "have not", "didnt": "did not",
}  # fmt: skip


def plain(text: str) -> str:
    """Lower case, contractions written out, punctuation gone (but "11/27" and "2026-11-27" keep theirs)."""
    text = text.lower().replace("\u2019", "'")
    if "'" in text:
        for pattern, words in _CONTRACTIONS:
            text = re.sub(pattern, words, text)
        text = text.replace("'", "")
    text = re.sub(r"(?<!\d)[-/]|[-/](?!\d)", " ", text)
    text = re.sub(r"[^a-z0-9/ \-]", " ", text)
    return " ".join(_BARE_CONTRACTIONS.get(word, word) for word in text.split())


def numbered(plain_text: str) -> str:
    """Number words as digits, ordinals as "27th". Digits said one by one stay apart ("2 0 7")."""
    words = re.sub(
        r"\ba (?:couple|pair)(?: of)? (?=night|day|adult|people|guest|dog|cat|pet|kid|child)", "two ", plain_text
    )
    tokens = words.split()
    out: list[str] = []
    at = 0
    while at < len(tokens):
        value, used, is_ordinal = _number_at(tokens, at)
        if used == 0:
            out.append(tokens[at])
            at += 1
        else:
            out.append(ordinal(value) if is_ordinal else str(value))
            at += used
    return " ".join(out)


def _number_at(tokens: list[str], at: int) -> tuple[int, int, bool]:
    """(value, tokens used, is it an ordinal); nothing used when there is no number word here."""
    word, following = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else ""
    if word in TENS:
        if 0 < UNITS.get(following, 0) < 10:
            return TENS[word] + UNITS[following], 2, False
        if 0 < ORDINALS.get(following, 0) < 10:
            return TENS[word] + ORDINALS[following], 2, True
        return TENS[word], 1, False
    if word in ORDINALS:
        return ORDINALS[word], 1, True
    if word not in UNITS:
        return 0, 0, False
    if following == "thousand":  # only years are said this way
        rest_at = at + 3 if at + 2 < len(tokens) and tokens[at + 2] == "and" else at + 2
        rest, used, _ = _number_at(tokens, rest_at) if rest_at < len(tokens) else (0, 0, False)
        return UNITS[word] * 1000 + rest, (rest_at - at + used) if used else 2, False
    if following == "hundred":
        return UNITS[word] * 100, 2, False
    return UNITS[word], 1, False


def ordinal(number: int) -> str:
    """27 -> "27th", 1 -> "1st"."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
