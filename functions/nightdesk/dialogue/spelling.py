"""What is said letter by letter or digit by digit: names and confirmation codes. Pure, for every language at once.

Letters come as themselves ("s m i t h"), by a spelling alphabet ("sierra mike"), or with a word to tell them by ("s as
in sam"); Spanish has names for them ("ese eme i"). What cannot be read whole is not read.
"""

import re

# The alphabet of aviation, and the words people use instead of it.
_ALPHABET = [
    "alpha",
    "alfa",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliet",
    "juliett",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
    "quebec",
    "romeo",
    "sierra",
    "tango",
    "uniform",
    "victor",
    "whiskey",
    "whisky",
    "xray",
    "yankee",
    "zulu",
]
_SOUNDS = {
    "en": {
        "bee": "b", "cee": "c", "dee": "d", "eff": "f", "gee": "g", "aitch": "h", "jay": "j", "kay": "k", "ell": "l",
        "em": "m", "pee": "p", "cue": "q", "queue": "q", "ess": "s", "tee": "t", "vee": "v", "ex": "x", "wye": "y",
        "zee": "z", "zed": "z",
    },
    "es": {
        "be": "b", "ce": "c", "de": "d", "efe": "f", "ge": "g", "hache": "h", "jota": "j", "ka": "k", "ele": "l",
        "eme": "m", "ene": "n", "e\u00f1e": "\u00f1", "pe": "p", "cu": "q", "erre": "r", "ere": "r", "ese": "s",
        "te": "t", "uve": "v", "ve": "v", "equis": "x", "ye": "y", "griega": "y", "zeta": "z",
    },
}  # fmt: skip
_DIGITS = {
    "en": {"oh": "0", "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
           "seven": "7", "eight": "8", "nine": "9"},
    "es": {"cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7",
           "ocho": "8", "nueve": "9"},
}  # fmt: skip
_TENS = {
    "en": {"ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15",
           "sixteen": "16", "seventeen": "17", "eighteen": "18", "nineteen": "19", "twenty": "2", "thirty": "3",
           "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8", "ninety": "9"},
    "es": {},
}  # fmt: skip
_DOUBLE = {"double": 2, "triple": 3, "doble": 2}
# "s as in sam", "b de barcelona", "s like sugar": the letter has been said, the word is only to tell it by.
_TELLING = re.compile(r"\b(\w+) (?:as in|like|for|is for|de|como|como en|as|comme) (\w+)\b")
_TWO_WORDS = {"double u": "w", "doble u": "w", "uve doble": "w", "doble uve": "w", "i griega": "y", "x ray": "xray"}
_CODE_LENGTH = range(4, 13)


def letters(text: str, language: str) -> str:
    """The spelled name in a sentence, "" when there is none: "smith s m i t h" -> "Smith"."""
    runs: list[str] = [""]
    words = _words(text, language)
    told_by_alphabet = 0
    for at, (word, times) in enumerate(words):
        letter = _letter(word, language)
        if letter and not (word in ("a", "i", "y", "e", "o") and not _is_spelled_around(words, at, language)):
            runs[-1] += letter * times
            told_by_alphabet += word in _ALPHABET
        elif word not in ("and", "then", "dash", "hyphen", "apostrophe"):
            runs.append("")
    best = max(runs, key=len)
    enough = 3 if told_by_alphabet == len(best) else 2  # "Oscar Victor" may be a name
    return best.capitalize() if len(best) >= enough else ""


def code(text: str, language: str) -> str:
    """The confirmation code in a sentence, "" when there is none: "four eight two one oh nine three seven" -> digits.

    In capitals. Letters count as well: other systems than ours give codes with them.
    """
    runs: list[str] = [""]
    for word, times in _words(text, language):
        if re.fullmatch(r"[a-z]*\d[a-z0-9]*", word):
            runs[-1] += word * times
        elif digits := _DIGITS[language].get(word) or _TENS[language].get(word):
            runs[-1] += digits * times
        elif letter := _letter(word, language):
            runs[-1] += letter * times
        else:
            runs.append("")
    return next((whole for run in sorted(runs, key=len, reverse=True) if (whole := _as_code(run))), "")


def spaced(code: str) -> str:
    """For the ear: "4 8 2 1 0 9 3 7"."""
    return " ".join(code)


def by_letters(name: str) -> str:
    """For the ear: "S, M, I, T, H"."""
    return ", ".join(letter.upper() for letter in name if letter.isalpha())


def _as_code(run: str) -> str:
    digits = re.sub(r"^[ai](?=\d+$)", "", run)  # "I have a 4 8 2 1"
    if re.fullmatch(r"[\do]*\d[\do]*", digits):
        digits = digits.replace("o", "0")
    has_digit = any(char.isdigit() for char in digits)
    return digits.upper() if has_digit and len(digits) in _CODE_LENGTH else ""


def _words(text: str, language: str) -> list[tuple[str, int]]:
    """The words, each with how often it counts ("double l" twice), without those that only tell a letter."""
    text = " ".join(re.findall(r"[^\W_]+", re.sub(r"['\u2019]s\b", "", text.lower())))
    for said, meant in _TWO_WORDS.items():
        text = re.sub(rf"\b{said}\b", meant, text)
    text = _TELLING.sub(lambda told: told[1] if _tells(told[1], told[2], language) else told[0], text)
    found: list[tuple[str, int]] = []
    times = 1
    for word in text.split():
        if word in _DOUBLE:
            times = _DOUBLE[word]
            continue
        found.append((word, times))
        times = 1
    return found


def _tells(letter: str, word: str, language: str) -> bool:
    said = _letter(letter, language)
    return bool(said) and word[0] in (said, {"b": "v", "v": "b"}.get(said, said))


def _letter(word: str, language: str) -> str:
    if len(word) == 1 and word.isalpha():
        return word
    if word in _ALPHABET:
        return word[0]
    return _SOUNDS[language].get(word, "")


def _is_spelled_around(words: list[tuple[str, int]], at: int, language: str) -> bool:
    """Whether a word beside this one is a letter, too: "a" and "i" are words of their own."""
    beside = [words[n][0] for n in (at - 1, at + 1) if 0 <= n < len(words)]
    return any(_letter(word, language) for word in beside)
