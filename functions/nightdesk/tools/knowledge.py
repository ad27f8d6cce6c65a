"""search_kb: what the house says about itself, from its own pages."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nightdesk import service_words
from nightdesk.errors import Refusal
from nightdesk.tools.desk import Desk, Knowledge
from nightdesk.tools.registry import Access, Outcome, tool

_QUESTION = "What the guest wants to know, in a few plain words that name it, such as: are dogs allowed, pet fee."


@tool(access=Access.READ)
def search_kb(
    desk: Desk,
    knowledge: Knowledge,
    *,
    question: Annotated[str, Field(min_length=1, max_length=500, description=_QUESTION)],
) -> Outcome:
    """Look up a question about the hotel: policies, services, the area. Answer only from what it returns."""
    hotel, language = desk.hotel.property_id, desk.session.language
    answer = knowledge.search(hotel, question, language)
    if answer is None:
        topics = knowledge.topics(hotel)
        message = (
            "no page answers this. If one of `topics` does, ask once more with its name; else say that you do not "
        )
        message += "know, and offer a person or a call back"
        raise Refusal("not_known", message, say=service_words.said("not_known", language), details={"topics": topics})
    more = {"more": answer.more} if answer.more else {}
    return Outcome({"answer": answer.text, **more, "source": answer.source, "topic": answer.topic})
