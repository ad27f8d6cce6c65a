"""What the decoders read: every word can be pronounced, and the trigram models are sound."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest
from pocketsphinx import Config, LogMath, NGramModel

from speech.recognizer.grammar import GrammarError
from speech.recognizer.language import Language
from speech.recognizer.trigrams import END, START, arpa
from speech.stt import STATES, State

HOTEL = Language()


def chances(text: str) -> tuple[dict[tuple[str, ...], float], dict[tuple[str, ...], float]]:
    """Chance and back-off weight of every gram of an ARPA file."""
    chance, backoff = {}, {}
    for line in text.splitlines():
        match line.split("\t"):
            case [value, gram]:
                chance[tuple(gram.split())] = 10 ** float(value)
            case [value, gram, weight]:
                chance[tuple(gram.split())] = 10 ** float(value)
                backoff[tuple(gram.split())] = 10 ** float(weight)
    return chance, backoff


def test_every_word_has_a_pronunciation(tmp_path: Path) -> None:
    HOTEL.write_dictionary(tmp_path / "words.dict")
    spoken = {line.split()[0].partition("(")[0] for line in (tmp_path / "words.dict").read_text().splitlines()}
    assert spoken == HOTEL.words


def test_a_word_without_pronunciation_is_named(tmp_path: Path) -> None:
    states = "".join(f"public <{state}> = a qwertyish room;" for state in STATES)
    (tmp_path / "some.jsgf").write_text(f"#JSGF V1.0;\ngrammar some;\n{states}")
    with pytest.raises(GrammarError, match="qwertyish"):
        Language(tmp_path).write_dictionary(tmp_path / "words.dict")


@pytest.mark.parametrize("state", STATES)
def test_the_decoder_reads_the_trigram_model_of_each_state(tmp_path: Path, state: State) -> None:
    HOTEL.write_trigrams(state, tmp_path / "lm.arpa")
    model = NGramModel(Config(loglevel="FATAL"), LogMath(1.0001), str(tmp_path / "lm.arpa"))
    assert model.size() == 3
    assert model.prob(["goodbye", START]) > model.prob(["goodbye", "two"])


def test_the_same_grammars_give_the_same_model(tmp_path: Path) -> None:
    for name in ("one", "other"):
        Language().write_trigrams("guests", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_the_chances_after_every_history_add_up_to_one(tmp_path: Path) -> None:
    HOTEL.write_trigrams("yes_no", tmp_path / "lm.arpa")
    chance, backoff = chances((tmp_path / "lm.arpa").read_text())
    followers: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for gram in chance:
        followers[gram[:-1]].append(gram[-1])
    assert sum(chance[(word,)] for word in followers[()]) == pytest.approx(1, abs=1e-2)
    for history, words in followers.items():
        if history:
            seen = sum(chance[(*history, word)] for word in words)
            lower = sum(chance[(*history[1:], word)] for word in words)
            assert seen + backoff[history] * (1 - lower) == pytest.approx(1, abs=1e-2), history


def test_a_frequent_word_of_one_phrase_is_not_expected_elsewhere() -> None:
    chance, _ = chances(arpa(["would like", "would like", "would like", "two nights", "three nights"], 0.5))
    assert chance[("nights",)] > chance[("like",)]


def test_the_file_says_how_much_is_in_it() -> None:
    text = arpa(["yes", "yes please"], 0.5)
    chance, _ = chances(text)
    for order in (1, 2, 3):
        assert f"ngram {order}={sum(len(gram) == order for gram in chance)}\n" in text
    assert ("yes", "please", END) in chance


def test_another_kind_of_line_is_loaded_without_making_the_trigrams_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest at a kiosk is the first whose words need the wideband decoders, and waits for them."""
    made = []

    def counting_arpa(sentences: Iterable[str], discount: float) -> str:
        made.append(discount)
        return arpa(sentences, discount)

    monkeypatch.setattr("speech.recognizer.language.arpa", counting_arpa)
    language, phone, kiosk = Language(), tmp_path / "phone.arpa", tmp_path / "kiosk.arpa"
    for path in (phone, kiosk):
        language.write_trigrams("yes_no", path)
    assert len(made) == 1
    assert kiosk.read_text() == phone.read_text()
