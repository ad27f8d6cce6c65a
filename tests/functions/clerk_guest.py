"""A guest who talks with the clerk in text, and a small hotel that runs the tools the clerk asks for.

The hotel is not the real one: it keeps books of what was called, so that a test can say "once". Prices are its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from nightdesk import outbound_scripts, properties
from nightdesk.clerk import ClerkReply, ClerkRequest, ToolCall, reply
from nightdesk.hotel.model import Property

TODAY = date(2026, 11, 21)  # a Saturday
HOTEL: Property = properties.load().by_id["west-bethel-motel"]
MAX_STEPS = 400
CODE = "48210937"
BOOKED: dict[str, Any] = {
    "reservation_id": "res_1",
    "confirmation_code": CODE,
    "status": "confirmed",
    "room_type": "standard_queen",
    "name": "Standard Queen",
    "last_name": "Smith",
    "check_in": "2026-11-27",
    "check_out": "2026-11-29",
    "nights": 2,
    "adults": 2,
    "children": 0,
    "pets": 0,
    "total_cents": 28122,
    "total": "$281.22",
}

VARIABLES = {
    "name": "Ada Lee",
    "reason": "a cot",
    "offer": "Three nights for two",
    "check_in": "2026-11-27",
    "check_out": "2026-11-20",
}
"""Of every script."""

Entry = dict[str, Any]
SPOKEN = {
    "create_lead": ("It is noted.", "Queda anotado."),
    "transfer_to_human": ("One moment.", "Un momento."),
    "create_reservation": (
        "I am holding a {name}. Your confirmation code is 4 8 2 1, 0 9 3 7.",
        "Le guardo la {name}. Su código de confirmación es 4 8 2 1, 0 9 3 7.",
    ),
    "lookup_reservation": ("I have found your booking.", "He encontrado su reserva."),
    "modify_reservation": ("I have changed your booking.", "He cambiado su reserva."),
    "cancel_reservation": ("I have cancelled it, for $129.", "He cancelado su reserva, por $129."),
    "generate_payment_link": ("I have sent you the link.", "Le he enviado el enlace."),
    "send_sms": ("I have sent it.", "Se lo he enviado."),
    "take_message": ("I have noted your message for {for_whom}.", "He anotado su mensaje para {for_whom}."),
    "request_service": ("I have noted it. Our staff will see to it.", "Lo he anotado. Nuestro equipo se encargará."),
    "schedule_callback": ("We will call you then.", "Le llamaremos entonces."),
    "concierge_info": ("There is {name}.", "Está {name}."),
    "play_hold_music": ("Please hold for about 20 seconds.", "Espere unos 20 segundos, por favor."),
    "set_language": ("Of course.", "Por supuesto."),
    "stop_calls": ("We will not call you any more.", "No le llamaremos más."),
    "record_feedback": ("I have noted {rating}.", "He anotado un {rating}."),
}
"""What the tools say, in English and in Spanish."""
CANCELLING = ("Cancelling it costs $129.", "Cancelarla cuesta $129.")


@dataclass
class SmallHotel:
    """`full`: days nobody can sleep here; `broken`: tools that fail; `unknown`: questions without an answer.

    `two_rates`: whether every room can also be had for a tenth less, without a refund.

    `refuse`: what a tool answers instead, once each: (its name, the error's code). Who asks for the booking of anybody
    but Smith, or by another code than CODE, has no booking here.
    """

    full: frozenset[str] = frozenset()
    broken: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    two_rates: bool = False
    refuse: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    language: str = "en"

    def run(self, call: ToolCall) -> dict[str, Any]:
        self.calls.append(call)
        if call.name in self.broken:
            return {"error": {"code": "tool_failed", "message": "boom", "say": "I am sorry, that does not work now."}}
        for refusal in self.refuse:
            if refusal[0] == call.name:
                self.refuse.remove(refusal)
                return {"error": {"message": "", "say": "", **refusal[1]}}
        tools: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "check_availability": self._availability,
            "create_lead": lambda a: {"lead_id": "l1", "name": a["name"], "phone_last4": "0142"},
            "search_kb": self._knowledge,
            "transfer_to_human": lambda a: {"ok": True, "department": a["department"]},
            "end_call": lambda a: {"ok": True},
            "create_reservation": self._booked,
            "lookup_reservation": lambda a: self._opened(a) or BOOKED,
            "modify_reservation": lambda a: self._opened(a) or {**BOOKED, **a},
            "cancel_reservation": self._cancelled,
            "generate_payment_link": lambda a: (
                self._opened(a)
                or {
                    "payment_id": "p1",
                    "confirmation_code": CODE,
                    "status": "open",
                    "amount": "$281.22",
                    **({"phone_last4": "0142"} if a["send_by"] == "sms" else {"url": "https://pay.example/p1"}),
                }
            ),
            "send_sms": lambda a: {"status": "sent", "template": a["template"]},
            "take_message": lambda a: {"message_id": "m1", "for_whom": a["for_whom"]},
            "request_service": lambda a: {"request_id": "r1", **a},
            "schedule_callback": lambda a: {"callback_id": "c1"},
            "concierge_info": self._places,
            "get_caller_history": lambda a: {"known": True, "calls": 3, "message": "ask for the name"},
            "play_hold_music": lambda a: {"ok": True, "seconds": 20},
            "set_language": self._speaking,
            "stop_calls": lambda a: {"stopped": True},
            "record_feedback": lambda a: {"comment": "", **a},
        }
        result = tools[call.name](call.arguments)
        if "error" in result or call.name not in SPOKEN:
            return result
        said = SPOKEN[call.name][self.language == "es"]
        return {"spoken": said.format(**{**call.arguments, **result}), **result}

    def _speaking(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.language = arguments["language"]
        return {"language": self.language}

    @staticmethod
    def _opened(arguments: dict[str, Any]) -> dict[str, Any] | None:
        """None for the guest whose booking there is, else the refusal."""
        if arguments["last_name"].lower() == "smith" and arguments.get("confirmation_code", CODE) == CODE:
            return None
        say = "I cannot find a reservation with that code and last name. May I have both again?"
        return {"error": {"code": "not_verified", "message": "", "say": say}}

    @staticmethod
    def _booked(arguments: dict[str, Any]) -> dict[str, Any]:
        name = next(r.name for r in HOTEL.room_types if r.room_type == arguments["room_type"])
        return {
            **BOOKED,
            **arguments,
            "name": name,
            "status": "held",
            "binding_by": "card",
            "due_cents": 0,
        }

    def _cancelled(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if refused := self._opened(arguments):
            return refused
        fee = {"fee_cents": 12900, "fee": "$129.00"}
        if not arguments["confirm"]:
            return {**BOOKED, **fee, "spoken": CANCELLING[self.language == "es"]}
        assert arguments["quoted_fee_cents"] == 12900
        return {**BOOKED, **fee, "status": "cancelled"}

    @staticmethod
    def _places(arguments: dict[str, Any]) -> dict[str, Any]:
        places = [p for p in HOTEL.recommendations if p.category == arguments["category"]][:2]
        shown = [{"category": p.category, "name": p.name, "details": p.details} for p in places]
        return {"places": shown, "more": 0, "name": places[0].name}

    def named(self, name: str) -> list[dict[str, Any]]:
        return [call.arguments for call in self.calls if call.name == name]

    def _knowledge(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["question"] in self.unknown:
            return {"error": {"code": "not_known", "message": "no topic", "say": "I don't know that."}}
        return {"answer": f"Yes: {arguments['question'].strip('¿?')}.", "source": "x.md", "topic": "x"}

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
                        "rate_plan": "standard",
                        "fees": [{"name": "Pet fee", "cents": 5000}] if pets else [],
                        "tax_cents": base * 9 // 100,
                        "total_cents": total,
                        "total": f"${total / 100:,.2f}",
                        **({"other_rates": [_non_refundable(total * 9 // 10)]} if self.two_rates else {}),
                    }
                )
        return {**arguments, "nights": nights, "offers": offers, "spoken": "..."}


def _non_refundable(total: int) -> dict[str, Any]:
    return {
        "rate_plan": "non_refundable",
        "name": "non-refundable rate",
        "refundable": False,
        "total_cents": total,
        "total": f"${total / 100:,.2f}",
    }


@dataclass
class Conversation:
    """History as the wire has it. `replies` are the clerk's, one per request."""

    hotel: SmallHotel = field(default_factory=SmallHotel)
    caller_last4: str = "0142"
    tools: frozenset[str] | None = None
    today: date = TODAY
    language: str = "en"
    channel: str = "voice"
    house: Property = HOTEL
    purpose: str = ""  # of a call that the hotel has placed
    history: list[Entry] = field(default_factory=list)
    replies: list[ClerkReply] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.hotel.language = self.language

    def ask(self, instructions: str = "") -> ClerkReply:
        return reply(
            ClerkRequest(
                self.house,
                self.history,
                self.today,
                instructions,
                self.language,
                self.channel,
                self.caller_last4,
                self.tools,
                direction="outbound" if self.purpose else "inbound",
                purpose=self.purpose,
                opening=self.opening,
            )
        )

    @property
    def opening(self) -> str:
        """What a call of the hotel's begins with."""
        if not self.purpose:
            return ""
        return outbound_scripts.script(self.purpose, self.language, HOTEL, VARIABLES).opening

    def greet(self) -> "Conversation":
        self.run(f'Say exactly: "{self.opening or HOTEL.in_language(self.language).greeting}"')
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

    def back_from_paying(self, note: str, opening: str) -> ClerkReply:
        """The call was with the payment line meanwhile."""
        self.history.append({"type": "message", "role": "system", "text": note})
        return self.run(f'Say exactly: "{opening}" Then carry on where the conversation stopped.')

    def key(self, last2: str) -> ClerkReply:
        note = f"The guest keyed a phone number ending in {last2}."
        self.history.append({"type": "message", "role": "system", "text": note})
        return self.run()

    def note(self, text: str) -> ClerkReply:
        """What the keypad has brought."""
        self.history.append({"type": "message", "role": "system", "text": text})
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
