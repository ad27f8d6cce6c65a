"""Everyday sentences: each is taken for what was wanted by it, and for no other task."""

import pytest
from nightdesk.dialogue.languages import lexicon_for
from nightdesk.dialogue.lexicon import TASKS
from nightdesk.dialogue.understand import Context, understand

from .clerk_guest import HOTEL, TODAY
from .clerk_phrases_en import ENGLISH
from .clerk_phrases_es import SPANISH


def is_understood(said: str, means: str, language: str) -> bool:
    meaning = understand(said, Context(TODAY, HOTEL.room_types, lexicon=lexicon_for(language)))
    wanted, tasks = set(means.split("|")), meaning.wants & set(TASKS)
    answered = "" if meaning.yes is None else "yes" if meaning.yes else "no"
    return bool(wanted & {*meaning.wants, answered}) and not tasks - wanted


@pytest.mark.parametrize(("said", "means"), ENGLISH)
def test_everyday_english(said: str, means: str) -> None:
    assert is_understood(said, means, "en")


@pytest.mark.parametrize(("said", "means"), SPANISH)
def test_everyday_spanish(said: str, means: str) -> None:
    assert is_understood(said, means, "es")
