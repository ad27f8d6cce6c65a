"""The languages that the clerk understands, one lexicon for each. Which of them a hotel speaks, its file says."""

from collections.abc import Mapping
from dataclasses import replace

from nightdesk.dialogue.lexicon import Lexicon, Want
from nightdesk.dialogue.lexicon_en import ENGLISH
from nightdesk.dialogue.lexicon_es import SPANISH

LEXICONS: Mapping[str, Lexicon] = {lexicon.language: lexicon for lexicon in (ENGLISH, SPANISH)}
OF_THE_CALLED: Mapping[str, Lexicon] = {
    language: replace(lexicon, wants={**lexicon.wants, **lexicon.called}) for language, lexicon in LEXICONS.items()
}
"""The same for who is called by us."""
ASKED_FOR: Mapping[Want, str] = {Want.ENGLISH: "en", Want.SPANISH: "es"}
DEFAULT = "en"


def known(language: str) -> str:
    """ "es-MX" -> "es"; the default where there is no lexicon."""
    short = language.lower()[:2]
    return short if short in LEXICONS else DEFAULT


def lexicon_for(language: str) -> Lexicon:
    return LEXICONS[known(language)]
