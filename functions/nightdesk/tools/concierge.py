"""concierge_info: places that the hotel tells its guests of, from its own file and, beyond them, its own pages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from nightdesk import service_words
from nightdesk.errors import Refusal
from nightdesk.hotel.model import Property, Recommendation
from nightdesk.letters import without_accents
from nightdesk.tools.desk import Desk, Knowledge
from nightdesk.tools.registry import Access, Outcome, tool

MOST = 3
_SHORTEST = 4  # letters; shorter words say nothing of a place


def categories(hotel: Property) -> list[str]:
    """Never empty: an engine takes no list of choices without one."""
    return list(dict.fromkeys(place.category for place in hotel.recommendations)) or ["any"]


@tool(access=Access.READ, choices={"category": categories})
def concierge_info(
    desk: Desk,
    knowledge: Knowledge,
    *,
    category: Annotated[str, Field(description="What kind of place.")],
    query: Annotated[str | None, Field(max_length=200, description="What it should be like, in a few words.")] = None,
) -> Outcome:
    """Recommend places nearby: restaurants, sights, shops, transport. Only these; offer two at most at once."""
    wanted = _words(query or "")
    ofkind = [place for place in desk.hotel.recommendations if place.category == category]
    found = (_best(ofkind, wanted) or _best(desk.hotel.recommendations, wanted)) if wanted else ofkind
    if found:
        shown = found[:MOST]
        places = [{name: value for name, value in asdict(place).items() if value} for place in shown]
        return Outcome({"places": places, "more": len(found) - len(shown), "spoken": service_words.places(shown[:2])})
    page = knowledge.search(desk.hotel.property_id, query, desk.session.language) if query else None
    if page is not None:
        return Outcome({"places": [], "more": 0, "answer": page.text, "source": page.source, "spoken": page.text})
    others = [place.name for place in ofkind][:MOST]
    message = f"nothing like that is known. Of this kind there is: {', '.join(others) or 'nothing'}. Invent no place"
    raise Refusal("not_known", message, say=service_words.said("no_such_place", desk.session.language))


def _best(places: Sequence[Recommendation], wanted: set[str]) -> list[Recommendation]:
    """Those that have any of the words, those with the most of them first."""
    shared = {place: len(wanted & _words(f"{place.name} {place.details}")) for place in places}
    return sorted((place for place in places if shared[place]), key=lambda place: -shared[place])


def _words(text: str) -> set[str]:
    """What tells places apart: longer words, without accents and without the s of a plural."""
    plain = without_accents(text.lower())
    return {word.rstrip("s") for word in re.findall(r"[a-z]+", plain) if len(word) >= _SHORTEST} - _COMMON


_COMMON = frozenset(
    {"something", "place", "near", "nearby", "with", "from", "good", "that", "this", "minute", "somewhere"}
)
"""As `_words` writes them."""
