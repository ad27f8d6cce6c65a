"""search_kb: what the house says about itself, from its own pages."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nightdesk import words
from nightdesk.errors import Refusal
from nightdesk.tools.desk import Desk, Knowledge
from nightdesk.tools.registry import Access, Outcome, tool


@tool(access=Access.READ)
def search_kb(
    desk: Desk,
    knowledge: Knowledge,
    *,
    question: Annotated[str, Field(min_length=1, max_length=500, description="What the guest wants to know.")],
) -> Outcome:
    """Look up a question about the hotel: policies, services, the area. Answer only from what it returns."""
    answer = knowledge.search(desk.hotel.property_id, question)
    if answer is None:
        message = "nothing is known about this: say so, and offer to have the staff call back"
        raise Refusal("not_known", message, say=words.NOT_KNOWN)
    return Outcome({"answer": answer.text, "source": answer.source, "topic": answer.topic})
