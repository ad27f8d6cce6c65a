"""Whether to believe what was heard: two decoders that err differently must have heard the same.

A grammar always hears one of its sentences, whatever was said, and a decoder's scores do not tell. What tells is the
other decoder's words. Only words on which a meaning hangs must be equal; the rest must be alike by and large.
"""

from collections.abc import Callable

_MOST_DIFFERENT = 0.5
"""Edits per word, above which nothing is believed. Source: measured, bench/recogniser.py."""

_LIGHT = frozenset(
    # Fillers and courtesies, then words that follow from those around them.
    (
        *("um", "uh", "well", "oh", "okay", "so", "hello", "hi", "hey", "please", "thank", "thanks", "you", "very"),
        *("much", "sir", "ma'am", "a", "an", "the", "this", "that", "that's", "it", "it's", "is", "are", "be", "will"),
        *("am", "i", "i'd", "i'm", "we", "we're", "me", "my", "our", "your", "do", "does", "have", "got", "can"),
        *("could", "may", "would", "like", "want", "need", "there", "any", "some", "for", "on", "at", "to", "of"),
        *("with", "and", "per", "night", "book", "located", "free", "available"),
    )
)
_SAME = {
    **dict.fromkeys(("yeah", "yep", "yup"), "yes"),
    **dict.fromkeys(("nope", "nah"), "no"),
    "first": "one",
    "second": "two",
    "third": "three",
    "fifth": "five",
    "eighth": "eight",
    "ninth": "nine",
    "twelfth": "twelve",
    "twentieth": "twenty",
    "thirtieth": "thirty",
    **{number + "th": number for number in ("four", "six", "seven", "ten", "eleven", "thirteen", "fourteen")},
    **{number + "th": number for number in ("fifteen", "sixteen", "seventeen", "eighteen", "nineteen")},
}

_MOST_NAME_WORDS = 5


def believed(grammar_text: str, lm_text: str, is_sentence: Callable[[str], bool]) -> str:
    """The sentence that both have heard, or "".

    Words of the language model are taken where the grammar broke off in mid-sentence: since nothing makes them a
    sentence, it is evidence that they are one.
    """
    text = grammar_text if is_sentence(grammar_text) else lm_text
    if not grammar_text or not lm_text or not is_sentence(text):
        return ""
    one, other = ([_SAME.get(word, word) for word in heard.split()] for heard in (grammar_text, lm_text))
    if distance(one, other) > _MOST_DIFFERENT * max(len(one), len(other)):
        return ""
    return text if text is lm_text or _weighty(one) == _weighty(other) else ""


def guessed_name(grammar_text: str, lm_text: str, is_name: Callable[[str], bool]) -> str:
    """A name that may well be another, or "" where it was hardly a name at all.

    Two decoders seldom agree on a name, and most names are in no list; what a guest is asked to confirm is a guess.
    """
    lengths = len(grammar_text.split()), len(lm_text.split())
    alike = lm_text != "" and abs(lengths[0] - lengths[1]) <= 1 and lengths[0] <= _MOST_NAME_WORDS
    return grammar_text if alike and is_name(grammar_text) else ""


def _weighty(words: list[str]) -> list[str]:
    return [word for word in words if word not in _LIGHT] or words


def distance(one: list[str], other: list[str]) -> int:
    """Words to insert, delete or replace to make one list the other (Levenshtein)."""
    previous = list(range(len(other) + 1))
    for i, word in enumerate(one, 1):
        current = [i]
        for j, candidate in enumerate(other, 1):
            current.append(min(previous[j] + 1, current[-1] + 1, previous[j - 1] + (word != candidate)))
        previous = current
    return previous[-1]
