"""One spelling for what people write and recognisers hear, as far as accents go. Pure."""

from __future__ import annotations

import unicodedata


def without_accents(text: str) -> str:
    """Without accents, and every form of a letter as the letter: "Señor" -> "Senor", "ﬁn" -> "fin"."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
