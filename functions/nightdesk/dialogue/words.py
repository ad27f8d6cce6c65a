"""What is said, for the ear or in writing: one question at a time, money in the tool's own words, dates in full.

Each language has its sentences (words_en.py, words_es.py) and its questions. `question_heard` finds the question in a
sentence again, in these words or in a model's, whole or cut off: that is how the fold knows what was asked, and in
which language.
"""

from __future__ import annotations

from collections.abc import Mapping

from nightdesk.dialogue.languages import DEFAULT, known
from nightdesk.dialogue.sentences import Words
from nightdesk.dialogue.steps import Step
from nightdesk.dialogue.words_en import English
from nightdesk.dialogue.words_es import Spanish

_LANGUAGES: Mapping[str, Words] = {"en": English(), "es": Spanish()}


def words_for(language: str) -> Words:
    """The words of a language ("en", "en-US"); English where there are none."""
    return _LANGUAGES.get(known(language), _LANGUAGES[DEFAULT])


def question_heard(text: str, language: str) -> tuple[Step | None, str]:
    """(the last question that a sentence of ours asks, the language it was said in).

    `language` is the one we spoke before: a sentence in which no language has a question changes nothing.
    """
    for tried in sorted(_LANGUAGES, key=lambda other: other != language):
        if question := _LANGUAGES[tried].question_in(text):
            return question, tried
    return None, language
