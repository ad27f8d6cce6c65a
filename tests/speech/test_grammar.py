"""The automaton of a grammar accepts its sentences and no others, held against a matcher that knows no automaton."""

from itertools import product
from pathlib import Path
from random import Random

import pytest

from speech.recognizer import grammar
from speech.recognizer.grammar import Choice, Grammar, GrammarError, Node, Reference, Sequence, Word
from speech.recognizer.language import GRAMMARS
from speech.stt import STATES

HOTEL = grammar.load(GRAMMARS)
AUTOMATA: dict[str, grammar.Automaton] = {}


def parse(tmp_path: Path, text: str) -> Grammar:
    (tmp_path / "some.jsgf").write_text(f"#JSGF V1.0;\ngrammar some;\n{text}")
    return grammar.load(tmp_path)


def ends(of: Grammar, node: Node, words: list[str], start: int) -> set[int]:
    """Where a match of `node` that begins at `start` may end."""
    match node:
        case Word(text):
            return {start + 1} if words[start : start + 1] == [text] else set()
        case Reference(rule):
            return ends(of, of.rules[rule], words, start)
        case Sequence(parts):
            reached = {start}
            for part in parts:
                reached = {end for position in reached for end in ends(of, part, words, position)}
            return reached
        case Choice(parts):
            return {end for part in parts for end in ends(of, part, words, start)}


def is_sentence(of: Grammar, rule: str, sentence: str) -> bool:
    words = sentence.split()
    return len(words) in ends(of, of.rules[rule], words, 0)


def mutated(sentence: str, vocabulary: list[str], random: Random) -> str:
    words = sentence.split()
    at = random.randrange(len(words))
    match random.randrange(4):
        case 0:
            del words[at]
        case 1:
            words.insert(at, random.choice(vocabulary))
        case 2:
            words[at] = random.choice(vocabulary)
        case _:
            words.insert(at, words.pop())
    return " ".join(words)


@pytest.mark.parametrize("state", STATES)
def test_the_automaton_accepts_what_the_grammar_can_say(state: str) -> None:
    random = Random(state)
    automaton = grammar.automaton(HOTEL, state, AUTOMATA)
    for _ in range(300):
        sentence = HOTEL.sample(state, random)
        assert automaton.accepts(sentence), sentence


@pytest.mark.parametrize("state", STATES)
def test_the_automaton_accepts_nothing_else(state: str) -> None:
    random = Random(state)
    automaton = grammar.automaton(HOTEL, state, AUTOMATA)
    vocabulary = sorted(HOTEL.words(state))
    refused = 0
    for _ in range(300):
        sentence = mutated(HOTEL.sample(state, random), vocabulary, random)
        expected = is_sentence(HOTEL, state, sentence)
        assert automaton.accepts(sentence) == expected, sentence
        refused += not expected
    assert refused > 150


@pytest.mark.parametrize("state", STATES)
def test_the_automaton_is_as_small_as_can_be(state: str) -> None:
    automaton = grammar.automaton(HOTEL, state, AUTOMATA)
    futures = {(number in automaton.final, tuple(sorted(arcs.items()))) for number, arcs in enumerate(automaton.arcs)}
    assert len(futures) == len(automaton.arcs)
    assert sum(map(len, automaton.arcs)) < 15_000


def test_every_sentence_of_a_small_grammar_and_no_other(tmp_path: Path) -> None:
    small = parse(tmp_path, "public <s> = [a] (b | <c> b) [<c>]; <c> = c [c];")
    automaton = grammar.automaton(small, "s")
    words = [" ".join(some) for length in range(7) for some in product("abc", repeat=length)]
    assert [w for w in words if automaton.accepts(w)] == [w for w in words if is_sentence(small, "s", w)]


def test_weights_decide_what_is_sampled(tmp_path: Path) -> None:
    weighted = parse(tmp_path, "public <s> = /99/ yes | /1/ no;")
    random = Random(1)
    assert sum(weighted.sample("s", random) == "yes" for _ in range(200)) > 180


def test_comments_imports_and_other_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "other.jsgf").write_text("#JSGF V1.0;\ngrammar other; /* a | b; */\n<c> = yes; // no\n")
    both = parse(tmp_path, "import <other.*>;\npublic <s> = <c> sir;")
    assert both.public == {"s"}
    assert grammar.automaton(both, "s").accepts("yes sir")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<s> = a | ;", "<s>: a word, rule or bracket"),
        ("<s> = (a | b;", r"<s>: '\)' belongs here"),
        ("<s> = a);", "<s>: something stands here that is no word, rule or open bracket"),
        ("<s> = a*;", "<s>: something stands here that is no word, rule or open bracket"),
        ("<s> = <t>;", "<s> refers to <t>, which nobody defines"),
        ("<s> = a <t>; <t> = [<s>] b;", "refers to itself"),
        ("<s> = a; <s> = b;", "some.jsgf: <s> is already defined"),
    ],
)
def test_a_broken_grammar_is_refused_by_name(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(GrammarError, match=complaint):
        parse(tmp_path, text)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(
    "words", ["a person please", "goodbye", "repeat that", "what time is check in", "do you allow pets"]
)
def test_what_may_be_said_at_any_time_may_be_said_in_every_state(state: str, words: str) -> None:
    assert grammar.automaton(HOTEL, state, AUTOMATA).accepts(words)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("open", "do you have a room for two nights from friday for two adults and a dog"),
        ("open", "no saturday"),
        ("open", "no thank you"),
        ("dates", "november twenty seventh for two nights"),
        ("dates", "no three nights"),
        ("guests", "two adults and one child"),
        ("yes_no", "yes use this number"),
        ("name", "my name is john smith"),
        ("digits", "two oh seven five five five oh one four two"),
    ],
)
def test_each_state_knows_its_own_answers(state: str, words: str) -> None:
    assert grammar.automaton(HOTEL, state, AUTOMATA).accepts(words)
