"""set_language: the conversation goes on in another of the hotel's languages, on later streams of it too."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from nightdesk import service_words
from nightdesk.hotel.model import Property
from nightdesk.hotel.ports import Sessions
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import CONVERSATION, Access, Outcome, tool


def spoken(hotel: Property) -> list[str]:
    return [hotel.language, *(language.language for language in hotel.languages)]


@tool(access=Access.WRITE, subject="language", audience=CONVERSATION, choices={"language": spoken})
def set_language(
    desk: Desk,
    sessions: Sessions,
    *,
    language: Annotated[str, Field(description="The language to go on in.")],
) -> Outcome:
    """Go on in another language, once, when the guest clearly speaks or asks for it. One foreign word is not enough."""
    sessions.change_session(desk.session.session_id, lambda s: replace(s, language=language) if s else None)
    return Outcome({"language": language, "spoken": service_words.said("language", language)}, language=language)
