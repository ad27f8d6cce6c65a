"""A guest who talks with the clerk in text, and a small hotel that runs the tools the clerk asks for.

The hotel is not the real one: it keeps books of what was called, so that a test can say "once". Prices are its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nightdesk import properties
from nightdesk.clerk import ClerkReply, ClerkRequest, ToolCall, reply
from nightdesk.hotel.model import Property

TODAY = date(2026, 11, 21)  # a Saturday
HOTEL: Property = properties.load().by_id["west-bethel-motel"]
MAX_STEPS = 400

Entry = dict[str, Any]


@dataclass
class SmallHotel:
    """`full`: days nobody can sleep here; `broken`: tools that fail; `unknown`: questions without an answer."""

    full: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    calls: list[ToolCall] = field(default_factory=list)

    def run(self, call: ToolCall) -> dict[str, Any]:
        self.calls.append(call)
        if call.name in self.broken:
            return {"error": {"code": "tool_failed", "message": "boom", "say": "I am sorry, that does not work now."}}
        tools: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "check_availability": self._availability,
            "create_lead": lambda a: {
                "lead_id": "l1",
                "name": a["name"],
                "phone_last4": "0142",
                "spoken": "It is noted.",
            },
            "search_kb": self._knowledge,
            "transfer_to_human": lambda a: {"ok": True},
            "end_call": lambda a: {"ok": True},
        }
        return tools[call.name](call.arguments)

    def named(self, name: str) -> list[dict[str, Any]]:
        return [call.arguments for call in self.calls if call.name == name]

    def _knowledge(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["question"] in self.unknown:
            return {"error": {"code": "not_known", "message": "no topic", "say": "I don't know that."}}
        return {"answer": f"Yes: {arguments['question']}.", "source": "x.md", "topic": "x"}

    def _availability(self, arguments: dict[str, Any]) -> dict[str, Any]:
        check_in, check_out = (date.fromisoformat(arguments[key]) for key in ("check_in", "check_out"))
        if arguments["check_in"] in self.full:
            return {
                "error": {"code": "no_availability", "message": "full", "say": "I am sorry, we are full that night."}
            }
        nights, pets = (check_out - check_in).days, arguments.get("pets", 0)
        offers = []
        for room in HOTEL.room_types:
            wanted = arguments.get("room_type") in (None, room.room_type)
            if wanted and room.max_guests >= arguments["adults"] + arguments.get("children", 0):
                base = room.rate_cents * nights + (5000 if pets else 0)
                total = base + base * 9 // 100
                offers.append(
                    {
                        "room_type": room.room_type,
                        "name": room.name,
                        "available": 2,
                        "fees": [{"name": "Pet fee", "cents": 5000}] if pets else [],
                        "tax_cents": base * 9 // 100,
                        "total_cents": total,
                        "total": f"${total / 100:,.2f}",
                    }
                )
        return {**arguments, "nights": nights, "offers": offers, "spoken": "..."}


@dataclass
class Conversation:
    """History as the wire has it. `replies` are the clerk's, one per request."""

    hotel: SmallHotel = field(default_factory=SmallHotel)
    caller_last4: str = "0142"
    tools: frozenset[str] | None = None
    today: date = TODAY
    history: list[Entry] = field(default_factory=list)
    replies: list[ClerkReply] = field(default_factory=list)

    def ask(self, instructions: str = "") -> ClerkReply:
        return reply(
            ClerkRequest(HOTEL, self.history, self.today, instructions, "en", "voice", self.caller_last4, self.tools)
        )

    def greet(self) -> "Conversation":
        self.run(f'Say exactly: "{HOTEL.greeting}"')
        return self

    def run(self, instructions: str = "") -> ClerkReply:
        """Let the clerk move until it waits for the guest: tools are run, sentences become history."""
        for _ in range(6):
            move = self.ask(instructions)
            instructions = ""
            self.replies.append(move)
            if move.say:
                self.history.append({"type": "message", "role": "assistant", "text": move.say})
            if move.tool_call is None:
                return move
            result = self.hotel.run(move.tool_call)
            self.history.append(
                {
                    "type": "tool",
                    "tool_call_id": f"call_{len(self.history)}",
                    "name": move.tool_call.name,
                    "arguments": move.tool_call.arguments,
                    "result": result,
                }
            )
        raise AssertionError(f"the clerk called six tools in a row: {self.hotel.calls[-6:]}")

    def hear(self, text: str) -> None:
        self.history.append({"type": "message", "role": "user", "text": text, "item_id": f"item_{len(self.history)}"})

    def say(self, text: str) -> ClerkReply:
        """The guest says something; what the clerk answers in the end."""
        self.hear(text)
        return self.run()

    def key(self, last2: str) -> ClerkReply:
        note = f"The guest keyed a phone number ending in {last2}."
        self.history.append({"type": "message", "role": "system", "text": note})
        return self.run()

    @property
    def is_over(self) -> bool:
        return any(call.name in ("end_call", "transfer_to_human") for call in self.hotel.calls)


def talk(lines: Sequence[str], **settings: Any) -> Conversation:
    """A whole conversation; a line "#99" is keyed."""
    conversation = Conversation(**settings).greet()
    for line in lines:
        if line.startswith("#"):
            conversation.key(line[1:])
        else:
            conversation.say(line)
    return conversation


def transcript(conversation: Conversation) -> str:
    """For a person to read."""
    lines = []
    for entry in conversation.history:
        if entry["type"] == "tool":
            lines.append(f"   [{entry['name']} {entry['arguments']}]")
        else:
            lines.append(f"{ {'user': '>', 'assistant': '<'}.get(entry['role'], '=') } {entry['text']}")
    return "\n".join(lines)
