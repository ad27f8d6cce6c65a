"""Grammars as data: reads the JSGF files of speech/grammars/, samples sentences from them, and turns a rule into the
smallest automaton that accepts exactly its sentences.

It knows nothing of hotels and nothing of a decoder. The subset of JSGF: words, rule references, alternatives with
`/weight/`, groups, optional parts; no repetition and no recursion, so that every grammar is finite and its automaton
has no cycle. All files share one name space. Source: JSpeech Grammar Format, W3C Note 5 June 2000.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random


class GrammarError(ValueError):
    """A grammar file does not read as the subset above; says which rule and where."""


@dataclass(frozen=True)
class Word:
    text: str


@dataclass(frozen=True)
class Reference:
    rule: str


@dataclass(frozen=True)
class Sequence:
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Choice:
    """Exactly one of the parts; the weights matter to sampling alone."""

    parts: tuple["Node", ...]
    weights: tuple[float, ...]


Node = Word | Reference | Sequence | Choice
NOTHING = Sequence(())

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_STATEMENT = re.compile(r"(?P<public>public\s+)?<(?P<rule>\w+)>\s*=(?P<body>[^;]*);")
_TOKEN = re.compile(r"\s*(?:<(?P<rule>\w+)>|/(?P<weight>[\d.]+)/|(?P<word>[a-z][a-z']*)|(?P<sign>[()\[\]|]))")


@dataclass(frozen=True)
class Grammar:
    rules: Mapping[str, Node]
    public: frozenset[str]

    def words(self, rule: str) -> set[str]:
        """Every word that a sentence of the rule may contain."""
        return set(self._words(self.rules[rule]))

    def _words(self, node: Node) -> Iterator[str]:
        match node:
            case Word(text):
                yield text
            case Reference(rule):
                yield from self._words(self.rules[rule])
            case Sequence(parts) | Choice(parts):
                for part in parts:
                    yield from self._words(part)

    def sample(self, rule: str, random: Random) -> str:
        """One sentence of the rule, drawn by the weights."""
        return " ".join(self._sample(self.rules[rule], random))

    def _sample(self, node: Node, random: Random) -> Iterator[str]:
        match node:
            case Word(text):
                yield text
            case Reference(rule):
                yield from self._sample(self.rules[rule], random)
            case Sequence(parts):
                for part in parts:
                    yield from self._sample(part, random)
            case Choice(parts, weights):
                yield from self._sample(random.choices(parts, weights)[0], random)


def load(folder: Path) -> Grammar:
    """All grammar files of a folder as one grammar. Raises `GrammarError`."""
    rules: dict[str, Node] = {}
    public = set()
    for path in sorted(folder.glob("*.jsgf")):
        for statement in _STATEMENT.finditer(_COMMENT.sub(" ", path.read_text("utf-8"))):
            name = statement["rule"]
            if name in rules:
                raise GrammarError(f"{path.name}: <{name}> is already defined")
            rules[name] = _Parser(name, statement["body"]).parse()
            if statement["public"]:
                public.add(name)
    grammar = Grammar(rules, frozenset(public))
    for name in rules:
        _check(grammar, name, ())
    return grammar


def _check(grammar: Grammar, rule: str, above: tuple[str, ...]) -> None:
    if rule in above:
        raise GrammarError(f"<{rule}> refers to itself")
    if rule not in grammar.rules:
        raise GrammarError(f"<{above[-1]}> refers to <{rule}>, which nobody defines")
    stack = [grammar.rules[rule]]
    while stack:
        match stack.pop():
            case Reference(other):
                _check(grammar, other, (*above, rule))
            case Sequence(parts) | Choice(parts):
                stack.extend(parts)


class _Parser:
    """Recursive descent over the body of one rule."""

    def __init__(self, rule: str, body: str) -> None:
        self._rule = rule
        self._body = body.rstrip()
        self._at = 0

    def parse(self) -> Node:
        node = self._choice()
        if self._at < len(self._body):
            raise self._error("something stands here that is no word, rule or open bracket")
        return node

    def _choice(self) -> Node:
        parts, weights = [], []
        while True:
            weight = self._take("weight")
            weights.append(float(weight) if weight else 1.0)
            parts.append(self._sequence())
            if not self._sign("|"):
                break
        return parts[0] if len(parts) == 1 else Choice(tuple(parts), tuple(weights))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while True:
            if word := self._take("word"):
                parts.append(Word(word))
            elif rule := self._take("rule"):
                parts.append(Reference(rule))
            elif self._sign("("):
                parts.append(self._closed_by(")"))
            elif self._sign("["):
                parts.append(Choice((self._closed_by("]"), NOTHING), (1.0, 1.0)))
            else:
                break
        if not parts:
            raise self._error("a word, rule or bracket belongs here")
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _closed_by(self, sign: str) -> Node:
        node = self._choice()
        if not self._sign(sign):
            raise self._error(f"{sign!r} belongs here")
        return node

    def _take(self, kind: str) -> str | None:
        token = _TOKEN.match(self._body, self._at)
        if token is None or token[kind] is None:
            return None
        self._at = token.end()
        return token[kind]

    def _sign(self, sign: str) -> bool:
        token = _TOKEN.match(self._body, self._at)
        if token is None or token["sign"] != sign:
            return False
        self._at = token.end()
        return True

    def _error(self, what: str) -> GrammarError:
        return GrammarError(f"<{self._rule}>: {what}: ...{self._body[self._at : self._at + 40].strip()!r}")


@dataclass(frozen=True)
class Automaton:
    """Deterministic, minimal, without cycles. State 0 is the start; `arcs[state]` maps a word to the next state."""

    arcs: tuple[Mapping[str, int], ...]
    final: frozenset[int]

    def accepts(self, sentence: str) -> bool:
        state: int | None = 0
        for word in sentence.split():
            state = self.arcs[state].get(word) if state is not None else None
        return state in self.final


def automaton(grammar: Grammar, rule: str, known: dict[str, Automaton] | None = None) -> Automaton:
    """The smallest automaton for a rule: expanded to a graph with free moves, made deterministic, equal states merged.

    Sub-rules are expanded in their smallest form, which `known` keeps for the next call. A raw JSGF graph of this size
    has 100,000 arcs and decodes slower than speech; this one has a few thousand.
    """
    known = {} if known is None else known
    if rule in known:
        return known[rule]
    graph = _Graph(grammar, known)
    end = graph.add(grammar.rules[rule], 0)
    start = graph.closure({0})
    deterministic: dict[frozenset[int], dict[str, frozenset[int]]] = {}
    todo = [start]
    while todo:
        states = todo.pop()
        if states in deterministic:
            continue
        moves: dict[str, set[int]] = {}
        for state in states:
            for word, target in graph.arcs[state]:
                moves.setdefault(word, set()).add(target)
        deterministic[states] = {word: graph.closure(targets) for word, targets in moves.items()}
        todo.extend(deterministic[states].values())
    known[rule] = _minimal(start, end, deterministic)
    return known[rule]


class _Graph:
    """States with word arcs and free moves; sub-rules are expanded wherever they stand."""

    def __init__(self, grammar: Grammar, known: dict[str, Automaton]) -> None:
        self._grammar = grammar
        self._known = known
        self.arcs: list[list[tuple[str, int]]] = [[]]
        self.free: list[list[int]] = [[]]

    def _new_state(self) -> int:
        self.arcs.append([])
        self.free.append([])
        return len(self.arcs) - 1

    def add(self, node: Node, start: int) -> int:
        """Lay the node's paths from `start`; returns the state in which they end."""
        match node:
            case Word(text):
                end = self._new_state()
                self.arcs[start].append((text, end))
            case Reference(rule):
                end = self._add_automaton(automaton(self._grammar, rule, self._known), start)
            case Sequence(parts):
                end = start
                for part in parts:
                    end = self.add(part, end)
            case Choice(parts):
                end = self._new_state()
                for part in parts:
                    branch = self._new_state()
                    self.free[start].append(branch)
                    self.free[self.add(part, branch)].append(end)
        return end

    def _add_automaton(self, part: Automaton, start: int) -> int:
        states = [self._new_state() for _ in part.arcs]
        end = self._new_state()
        self.free[start].append(states[0])
        for state, arcs in enumerate(part.arcs):
            self.arcs[states[state]].extend((word, states[target]) for word, target in arcs.items())
            if state in part.final:
                self.free[states[state]].append(end)
        return end

    def closure(self, states: set[int]) -> frozenset[int]:
        reached, todo = set(states), list(states)
        while todo:
            for state in self.free[todo.pop()]:
                if state not in reached:
                    reached.add(state)
                    todo.append(state)
        return frozenset(reached)


def _minimal(
    start: frozenset[int], end: int, deterministic: Mapping[frozenset[int], Mapping[str, frozenset[int]]]
) -> Automaton:
    """Merge states with the same future, from the ends backwards: enough where there is no cycle."""
    merged: dict[tuple[bool, tuple[tuple[str, int], ...]], int] = {}
    number: dict[frozenset[int], int] = {}

    def visit(states: frozenset[int]) -> int:
        if states not in number:
            future = tuple(sorted((word, visit(target)) for word, target in deterministic[states].items()))
            number[states] = merged.setdefault((end in states, future), len(merged))
        return number[states]

    last = visit(start)  # the start has the highest number: turn the order round, so that it is state 0
    arcs: list[Mapping[str, int]] = [{} for _ in merged]
    final = set()
    for (is_final, future), state in merged.items():
        arcs[last - state] = {word: last - target for word, target in future}
        if is_final:
            final.add(last - state)
    return Automaton(tuple(arcs), frozenset(final))
