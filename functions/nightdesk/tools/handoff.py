"""end_call, transfer_to_human, play_hold_music: what happens to the call once the reply was heard.

A call goes to configured departments alone. One that is closed now is replaced by the next that the hotel's file names.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nightdesk import phone_words, service_words
from nightdesk.then import Then
from nightdesk.tools.desk import Desk
from nightdesk.tools.registry import CONVERSATION, PHONE, Access, Outcome, tool


@tool(access=Access.READ, audience=CONVERSATION)
def end_call(
    desk: Desk,
    *,
    reason: Annotated[str, Field(max_length=200)] = "",
) -> Outcome:
    """Hang up once your goodbye was heard. Only after the guest has said goodbye or that they need nothing more."""
    return Outcome({"ok": True}, then=Then("hangup"))


@tool(
    access=Access.READ,
    audience=PHONE,
    choices={"department": lambda hotel: [d.department for d in hotel.departments]},
)
def transfer_to_human(
    desk: Desk,
    *,
    department: Annotated[str, Field(description="Where to.")] = "front_desk",
    reason: Annotated[str, Field(max_length=200, description="What the guest needs, for the staff.")] = "",
) -> Outcome:
    """Put the guest through to a person: when they ask for one, or when you cannot help. Say so in a short sentence."""
    wanted = desk.hotel.department(department) or desk.hotel.front_desk
    to = desk.hotel.reachable(wanted.department, desk.now)[0]
    language = desk.session.language
    named, who = (phone_words.department(each, desk.hotel, language) for each in (wanted, to))
    result = {"ok": True, "department": to.department, "spoken": service_words.transfer(named, who, language)}
    if to != wanted:
        result["closed"] = wanted.department
    return Outcome(result, then=Then("transfer", to=to.department))


@tool(access=Access.READ, audience=PHONE)
def play_hold_music(
    desk: Desk,
    *,
    seconds: Annotated[int, Field(ge=5, le=60, description="For how long.")] = 20,
    reason: Annotated[str, Field(max_length=200, description="What the guest waits for.")] = "",
) -> Outcome:
    """Let the guest wait with music, when they ask for a moment. Say for how long; you are back after it."""
    spoken = service_words.said("hold", desk.session.language, seconds=seconds)
    return Outcome({"ok": True, "seconds": seconds, "spoken": spoken}, then=Then("hold", seconds=seconds))
