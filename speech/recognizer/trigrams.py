"""A trigram model of some sentences, in ARPA's format.

Interpolated Kneser-Ney with one discount: a word is as likely in a new place as the number of places it was seen in,
not as the number of times, so that "like", frequent but only after "would", is not heard everywhere.
Source: Chen and Goodman, An Empirical Study of Smoothing Techniques for Language Modeling, 1999, section 2.7.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import log10

START, END = "<s>", "</s>"
_NEVER = -99.0

Gram = tuple[str, ...]


def arpa(sentences: Iterable[str], discount: float) -> str:
    """The model as a file's text. `discount` (0 to 1) is what every count gives up to what was never seen."""
    trigrams: Counter[Gram] = Counter()
    for sentence in sentences:
        words = (START, *sentence.split(), END)
        trigrams[(START, *words[:2])] += 1
        trigrams.update(zip(words, words[1:], words[2:], strict=False))
    # A sentence's first pair has nothing before it: counted as a trigram above, it is no trigram of the file.
    bigrams = Counter(gram[1:] for gram in trigrams)
    unigrams = Counter(gram[1:] for gram in bigrams)
    total = sum(unigrams.values())
    chances: dict[Gram, float] = {gram: count / total for gram, count in unigrams.items()}
    chances[(START,)] = 0.0
    backoff: dict[Gram, float] = {}
    real = Counter({gram: count for gram, count in trigrams.items() if gram[:2] != (START, START)})
    for counts in (bigrams, real):
        _interpolate(counts, discount, chances, backoff)
    return "\n".join(_lines(chances, backoff)) + "\n"


def _interpolate(
    counts: Mapping[Gram, int], discount: float, chances: dict[Gram, float], backoff: dict[Gram, float]
) -> None:
    """Add the chances of one order to those of the orders below it."""
    totals: dict[Gram, int] = defaultdict(int)
    kinds: dict[Gram, int] = defaultdict(int)
    for gram, count in counts.items():
        totals[gram[:-1]] += count
        kinds[gram[:-1]] += 1
    for history, total in totals.items():
        backoff[history] = discount * kinds[history] / total
    for gram, count in counts.items():
        history = gram[:-1]
        chances[gram] = (count - discount) / totals[history] + backoff[history] * chances[gram[1:]]


def _lines(chances: Mapping[Gram, float], backoff: Mapping[Gram, float]) -> Iterator[str]:
    orders = [sorted(gram for gram in chances if len(gram) == order) for order in (1, 2, 3)]
    yield "\\data\\"
    for order, grams in enumerate(orders, 1):
        yield f"ngram {order}={len(grams)}"
    for order, grams in enumerate(orders, 1):
        yield f"\n\\{order}-grams:"
        for gram in grams:
            chance = f"{log10(chances[gram]) if chances[gram] else _NEVER:.4f}"
            weight = f"\t{log10(backoff.get(gram, 1.0)):.4f}" if order < len(orders) else ""
            yield f"{chance}\t{' '.join(gram)}{weight}"
    yield "\n\\end\\"
