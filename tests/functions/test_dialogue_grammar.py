"""Whatever the offline recogniser's grammars let it hear, the clerk understands: sentences sampled from them, by rule.

The two share no code, only this promise. The exceptions are named: days that do not exist, and words that say nothing.
"""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from nightdesk.dialogue.lexicon import Want
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.understand import Context, Meaning, understand

from speech.recognizer import grammar

from .clerk_guest import HOTEL, TODAY

GRAMMAR = grammar.load(Path(grammar.__file__).parents[1] / "grammars")
SAMPLES = 300

NO_SUCH_DAY = re.compile(r"february (the )?(thirt\w+)|(thirt\w+) (first )?of february|thirty[ -]?(one|first)")
SAYS_NOTHING = re.compile(
    r"next week|few nights|not sure|don't know|anything|something|family|one bed|yes no"
    r"|(yes|yeah) .*(no|not|n't|wrong)\b|okay .*(not sure|don't know)|yes wrong|yes incorrect"
)


def bad(rule: str, understood: Callable[[Meaning], bool], asked: Step | None = None) -> list[tuple[str, Meaning]]:
    random = Random(rule)
    sentences = {GRAMMAR.sample(rule, random) for _ in range(SAMPLES)}
    heard = {s: understand(s, Context(TODAY, HOTEL.room_types, asked)) for s in sorted(sentences)}
    return [(s, m) for s, m in heard.items() if not understood(m) and not NO_SUCH_DAY.search(s)]


@pytest.mark.parametrize(
    "rule",
    sorted(rule for rule in GRAMMAR.rules if rule.endswith("_question")),
)
def test_every_question_about_the_house_is_looked_up_whole(rule: str) -> None:
    looked_up = ({Want.QUESTION}, {Want.CANCEL})  # "I want to cancel my reservation" is no question
    assert not bad(rule, lambda m: m.wants in looked_up and not m.speaks_of_stay)


@pytest.mark.parametrize(
    ("rule", "wants"),
    [
        ("person", {Want.PERSON, Want.HOUSEKEEPING, Want.MAINTENANCE}),  # "i want housekeeping"
        ("again", {Want.REPEAT}),
        ("goodbye", {Want.GOODBYE, Want.NEVER_MIND}),
        ("price", {Want.PRICE, Want.QUESTION, Want.OTHER_ROOMS}),
        ("waiting", {Want.WAIT, Want.GREETING, Want.HELP}),
    ],
)
def test_every_sentence_for_all_times_has_its_intent(rule: str, wants: set[Want]) -> None:
    others = {Want.PERSON, Want.GOODBYE, Want.QUESTION, Want.REPEAT} - wants
    found = bad(rule, lambda m: bool(m.wants & wants) and not m.wants & others)
    assert not [f for f in found if not SAYS_NOTHING.search(f[0])]


@pytest.mark.parametrize(
    ("rule", "understood"),
    [
        ("date", lambda m: m.dates.check_in is not None),
        ("nights", lambda m: m.dates.nights is not None),
        ("stay", lambda m: m.dates.check_in is not None or m.dates.nights is not None),
        ("party", lambda m: m.adults is not None),
        ("children", lambda m: m.children is not None),
        ("pets", lambda m: m.pets is not None),
        ("request", lambda m: bool(m.wants & {Want.ROOM, Want.PRICE, Want.HOLD, Want.QUESTION}) or m.speaks_of_stay),
        ("correction", lambda m: m.speaks_of_stay or m.pets is not None or m.wants & {Want.WRONG, Want.RESTART}),
        ("yes", lambda m: m.yes is True and m.only_yes),
        ("no", lambda m: m.yes is False),
        ("yes_or_no", lambda m: m.yes is not None),
    ],
)
def test_every_part_of_an_answer_is_read(rule: str, understood: Callable[[Meaning], bool]) -> None:
    assert not [f for f in bad(rule, understood) if not SAYS_NOTHING.search(f[0])]


@pytest.mark.parametrize("rule", ["stay", "party", "request", "yes", "no", "correction"])
def test_no_answer_is_taken_for_a_wish_to_leave_or_a_question(rule: str) -> None:
    found = bad(rule, lambda m: not m.wants & {Want.PERSON, Want.GOODBYE, Want.QUESTION, Want.CALLBACK})
    also_asks = re.compile("smoking|pet friendly|are you open")  # "is there a non smoking room for friday"
    assert not [f for f in found if not SAYS_NOTHING.search(f[0]) and not also_asks.search(f[0])]


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        ("open", None),
        ("dates", Step.ARRIVAL),
        ("dates", Step.NIGHTS),
        ("guests", Step.GUESTS),
        ("yes_no", Step.HOLD),
        ("yes_no", Step.CONFIRM),
        ("digits", Step.KEYPAD),
    ],
)
def test_nearly_nothing_heard_in_a_state_is_lost(state: str, asked: Step | None) -> None:
    found = [f for f in bad(state, lambda m: m != Meaning(), asked) if not SAYS_NOTHING.search(f[0])]
    if state == "digits":  # seven digits are no number to call back
        found = [f for f in found if len(f[0].split()) < 7]
    assert not found
