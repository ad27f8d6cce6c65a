"""Whether to believe what was heard: two decoders that err differently must say nearly the same.

A grammar always hears one of its sentences, whatever was said. The scores of a decoder do not tell; the distance
between the words of two decoders does.
"""

from speech.stt import Heard, State

_MOST_DIFFERENT = 0.5
"""Edits per word, above which nothing is believed."""

_LIGHT = frozenset(
    (
        *("a", "an", "the", "and", "for", "on", "is", "it", "it's", "that", "that's", "i", "i'd", "would", "like"),
        *("um", "uh", "well", "oh", "okay", "so", "hello", "hi", "hey", "please", "thank", "thanks", "you"),
    )
)
"""Words that the two may differ in, since no meaning hangs on them."""


def judge(state: State, grammar_text: str, lm_text: str, duration_ms: int) -> Heard:
    """One utterance's verdict. `grammar_text` is "" when it is no whole sentence."""
    agreed = _agree(grammar_text.split(), lm_text.split())
    return Heard(grammar_text if agreed else "", agreed, grammar_text, lm_text, duration_ms)


def _agree(one: list[str], other: list[str]) -> bool:
    if not one or not other or _content(one) != _content(other):
        return False
    return distance(one, other) <= _MOST_DIFFERENT * max(len(one), len(other))


def _content(words: list[str]) -> list[str]:
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
