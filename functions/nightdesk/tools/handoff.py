"""end_call and transfer_to_human: what happens to the call once the reply was heard. Only configured departments."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nightdesk import words
from nightdesk.conversation import Then
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
    to = desk.hotel.department(department) or desk.hotel.front_desk
    result = {"ok": True, "department": to.department, "spoken": words.transferring(to)}
    return Outcome(result, then=Then("transfer", to=to.department))
