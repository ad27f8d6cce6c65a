"""What the decoders may hear, as files they can read: pronunciations, automata, and a trigram model per state.

The trigrams are counted in sentences sampled from the grammars. They know the same words but not which order is
allowed, so in sounds that are no sentence they hear something else than the grammar does: that is how it is found out.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from random import Random

from pocketsphinx import get_model_path

from speech.recognizer import grammar
from speech.recognizer.trigrams import arpa
from speech.stt import STATES, State

GRAMMARS = Path(__file__).parents[1] / "grammars"
MODEL = Path(__file__).with_name("model")
PRETRAINED = Path(get_model_path()) / "en-us"

_SEED = 7
_SAMPLES = 4000
_DISCOUNT = 0.5


class Language:
    """The grammars of a folder and what follows from them. The same folder gives the same files."""

    def __init__(self, folder: Path = GRAMMARS) -> None:
        self.grammar = grammar.load(folder)
        self._known: dict[str, grammar.Automaton] = {}
        self._trigrams: dict[State, str] = {}

    def automaton(self, rule: str) -> grammar.Automaton:
        return grammar.automaton(self.grammar, rule, self._known)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset().union(*(self.grammar.words(state) for state in STATES))

    def write_dictionary(self, path: Path) -> None:
        """The pronunciations of all words, in CMU's format. Raises `GrammarError` for words that have none."""
        found = set()
        with path.open("w") as lines:
            for word, phones in _pronunciations():
                spelling = word.partition("(")[0]
                if spelling in self.words:
                    found.add(spelling)
                    lines.write(f"{word} {phones}\n")
        if missing := self.words - found:
            raise grammar.GrammarError(f"no pronunciation for {', '.join(sorted(missing))}: add to model/extra.dict")

    def write_trigrams(self, state: State, path: Path) -> None:
        """The state's trigram model, in ARPA's format. Made once: it takes most of the time that decoders take to load,
        and those for the second kind of line are loaded while a guest waits to be understood.
        """
        if state not in self._trigrams:
            random = Random(_SEED)
            sentences = (self.grammar.sample(state, random) for _ in range(_SAMPLES))
            self._trigrams[state] = arpa(sentences, _DISCOUNT)
        path.write_text(self._trigrams[state])


def _pronunciations() -> Iterator[tuple[str, str]]:
    for path in (PRETRAINED / "cmudict-en-us.dict", MODEL / "extra.dict"):
        for line in path.read_text("utf-8").splitlines():
            word, _, phones = line.partition(" ")
            yield word, phones
