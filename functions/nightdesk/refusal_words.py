"""What a caller hears whose call is not taken, in the languages of the hotel. Pure; a language not here is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_SAID: Mapping[str, Mapping[str, str]] = {
    "blocked": {
        "en": "We are sorry, we cannot take this call. Goodbye.",
        "es": "Lo sentimos, no podemos atender esta llamada. Adiós.",
    },
    "withheld": {
        "en": "We are sorry, we take no calls without a number. Please call again with your number shown. Goodbye.",
        "es": "Lo sentimos, no atendemos llamadas sin número. Vuelva a llamar mostrando su número, por favor. Adiós.",
    },
    "silent_calls": {
        "en": "We could not hear you the last times you called, so we are not taking this call. Goodbye.",
        "es": "No le hemos oído en sus últimas llamadas, así que no atendemos esta. Adiós.",
    },
    "too_many_calls": {
        "en": "You have called us many times in the last hour. Please call again later. Goodbye.",
        "es": "Nos ha llamado muchas veces en la última hora. Vuelva a llamar más tarde, por favor. Adiós.",
    },
    "busy": {
        "en": "I am sorry, all our lines are busy at the moment. Please call again a little later. Goodbye.",
        "es": "Lo siento, todas nuestras líneas están ocupadas. Llámenos un poco más tarde, por favor. Adiós.",
    },
}


def said(reason: str, language: str) -> str:
    """The sentence for one of admission.REASONS; in English where it does not know the language."""
    return _SAID[reason].get(language, _SAID[reason]["en"])


def in_all(reason: str, languages: Sequence[str]) -> list[tuple[str, str]]:
    """(language, sentence) in that order, each language once: nobody has said yet which one the caller speaks."""
    known = [language for language in dict.fromkeys(languages) if language in _SAID.get(reason, {})]
    return [(language, said(reason, language)) for language in known or ["en"] if reason in _SAID]
