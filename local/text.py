"""A conversation by keyboard with the same clerk and the same tools that a phone call gets, over HTTP.

Plays the part of relay and engine: sets the session up with a token, asks the clerk for each move, runs its tools,
stores the turns. Works line by line from a pipe too. A line that begins with a slash is no sentence of the guest's:

    /keys 48210937#                                              keys that the guest presses
    /request_service service=cot room=203 details="for a baby"   a tool, as a model would ask for it
    /tools                                                       the tools that are offered, with their arguments
"""

import secrets
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import httpx
import jwt

from local.errors import LocalError
from local.hotels import Hotel
from local.ids import session_id_of
from local.state import State

MOST_MOVES = 8
"""Tool calls in a row after which something must be wrong."""
ENDINGS = frozenset({"hangup", "transfer"})

Show = Callable[[str, dict[str, Any]], None]
"""Called with `agent` (text), `tool` (name, arguments, result, then) and `note` (text)."""


class TextFailed(LocalError):
    """The functions did not answer as their contracts say."""


@dataclass(frozen=True)
class Guest:
    """Who is on the line: "" for a number that is withheld. `stir` is the network's word for it: A, B, C or ""."""

    caller: str
    stir: str = "A"
    language: str = ""  # "": the hotel's own


@dataclass
class TextConversation:
    """`open()`, then `hear(line)` for each line; `over` says that the agent has ended it."""

    state: State
    hotel: Hotel
    guest: Guest
    show: Show
    transport: httpx.BaseTransport | None = None
    over: bool = False
    session_id: str = ""
    language: str = ""
    _history: list[dict[str, Any]] = field(default_factory=list)
    _tools: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _turn: int = 0
    _keyed: int = 0
    _http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.state.service_secret}"}
        self._http = httpx.Client(base_url=self.state.tools_url, headers=headers, timeout=15, transport=self.transport)
        self.language = self.guest.language or self.hotel.languages[0]

    def close(self) -> None:
        self._http.close()

    def open(self) -> None:
        """Raises TextFailed when the session is refused."""
        call_sid, stream_sid = f"CA{secrets.token_hex(16)}", f"MZ{secrets.token_hex(16)}"
        self.session_id = session_id_of(call_sid)
        answer = self._post(
            "/session",
            token=self._token(call_sid),
            call_sid=call_sid,
            stream_sid=stream_sid,
            dialect="realtime",
            audio="pcmu",
        )
        if not answer["ok"]:
            raise TextFailed(f"the session was refused: {answer['error']['code']}")
        self._tools = {tool["name"]: tool["parameters"] for tool in answer["engine_session"]["tools"]}
        self._says(answer["opening"]["text"])

    def hear(self, line: str) -> None:
        """One line, and whatever the agent does until it wants to hear the next."""
        if line.startswith("/"):
            self._obey(line)
            return
        self._store_turn("user", line)
        self._move()

    def press(self, keys: str) -> str:
        """The guest presses keys, which the relay hands to its tool; returns the note that an engine is given."""
        self._keyed += 1
        answer = self._ask("handle_ivr_menu", {"keys": keys}, f"dtmf-1-{self._keyed}")
        note = str(answer["result"]["note"]) if answer["ok"] else answer["error"]["message"]
        self._history.append({"type": "message", "role": "system", "text": note})
        self.show("note", {"text": note})
        return note

    def use(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """A tool, as a model would ask for it, and its words as a model would say them. Returns the whole answer."""
        answer = self._run(name, arguments)
        spoken = answer["result"].get("spoken", "") if answer["ok"] else answer["error"]["say"]
        if spoken:
            self._says(spoken)
        return answer

    def _move(self) -> None:
        for _ in range(MOST_MOVES):
            move = self._post(
                "/clerk",
                property_id=self.hotel.property_id,
                session_id=self.session_id,
                channel="voice",
                language=self.language,
                history=self._history,
                tools=list(self._tools),
            )
            if move["say"]:
                self._says(move["say"])
            call = move.get("tool_call")
            if call is None:
                return
            self._run(call["name"], call["arguments"])
        raise TextFailed("the clerk asks for one tool after the other and says nothing")

    def _obey(self, line: str) -> None:
        """Mistakes are told as notes: somebody is typing."""
        try:
            name, *words = shlex.split(line[1:])
        except ValueError as error:
            self.show("note", {"text": str(error)})
            return
        if name == "tools":
            for tool, parameters in self._tools.items():
                self.show("note", {"text": f"{tool}({', '.join(parameters.get('properties', {}))})"})
        elif name == "keys":
            self.press("".join(words))
            self._move()
        elif name not in self._tools:
            self.show("note", {"text": f"There is no tool {name}. /tools lists them."})
        else:
            self.use(name, self._arguments(name, words))

    def _arguments(self, name: str, words: list[str]) -> dict[str, Any]:
        """`key=value` words, each value of the kind that the tool's schema has for it."""
        kinds = {key: prop.get("type") for key, prop in self._tools[name].get("properties", {}).items()}
        arguments: dict[str, Any] = {}
        for word in words:
            key, _, value = word.partition("=")
            if kinds.get(key) == "boolean" and value in ("true", "false"):
                arguments[key] = value == "true"
            elif kinds.get(key) == "integer" and value.lstrip("-").isdecimal():
                arguments[key] = int(value)
            else:
                arguments[key] = value
        return arguments

    def _run(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        tool_call_id = f"call_{secrets.token_hex(8)}"
        answer = self._ask(name, arguments, tool_call_id)
        result = answer["result"] if answer["ok"] else {"error": answer["error"]}
        then = answer.get("then", {})
        self.show("tool", {"name": name, "arguments": arguments, "result": result, "then": then})
        self._history.append(
            {"type": "tool", "tool_call_id": tool_call_id, "name": name, "arguments": arguments, "result": result}
        )
        if answer["ok"] and name == "set_language":
            self.language = result["language"]
        if then.get("action") in ENDINGS:
            self.over = True
        elif then:
            self.show("note", {"text": f"{then['action']} of {then.get('seconds', 0)} seconds"})
        return answer

    def _ask(self, name: str, arguments: dict[str, Any], tool_call_id: str) -> dict[str, Any]:
        return self._post(
            f"/tools/{name}",
            session_id=self.session_id,
            attempt=1,
            tool_call_id=tool_call_id,
            arguments=arguments,
            turn=self._turn,
        )

    def _says(self, text: str) -> None:
        note = self._store_turn("assistant", text)
        self.show("agent", {"text": text})
        if note:
            self.show("note", {"text": note})

    def _store_turn(self, role: str, text: str) -> str:
        """Returns the note for the engine, if there is one."""
        self._turn += 1
        item_id = f"item_{secrets.token_hex(8)}"
        self._history.append({"type": "message", "role": role, "text": text, "item_id": item_id})
        answer = self._post(
            f"/sessions/{self.session_id}/turns",
            attempt=1,
            turn=self._turn,
            role=role,
            text=text,
            heard_ms=0,
            interrupted=False,
            item_id=item_id,
        )
        return str(answer.get("note", ""))

    def _post(self, path: str, **body: Any) -> dict[str, Any]:
        """Raises TextFailed for anything but an answer: 200 with a JSON object."""
        try:
            response = self._http.post(path, json={"v": 1, **body})
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise TextFailed(f"POST {path}: {error}") from error
        if response.status_code != 200 or not isinstance(answer, dict):
            raise TextFailed(f"POST {path}: {response.status_code} {response.text[:300]}")
        return answer

    def _token(self, call_sid: str) -> str:
        """A session token as `twilio` mints it for a phone call (functions/contracts/token.json)."""
        claims = {
            "sid": self.session_id,
            "pid": self.hotel.property_id,
            "ch": "voice",
            "dir": "inbound",
            "att": 1,
            "cs": call_sid,
            "clr": self.guest.caller,
            "cld": self.hotel.number,
            "stir": self.guest.stir,
            "lang": self.language,
            "jti": secrets.token_urlsafe(6),
            "exp": int((datetime.now(UTC) + timedelta(minutes=2)).timestamp()),
        }
        return jwt.encode(claims, self.state.session_signing_key, algorithm="HS256")


def typed_lines(source: IO[str], *, show_prompt: bool) -> Iterator[str]:
    """Lines as they are typed, or piped, until the end of input."""
    while True:
        if show_prompt:
            print("guest> ", end="", flush=True)
        line = source.readline()
        if not line:
            return
        yield line


def converse(conversation: TextConversation, lines: Iterator[str]) -> None:
    """Until the agent ends it or there are no more lines."""
    conversation.open()
    for line in lines:
        if text := line.strip():
            conversation.hear(text)
        if conversation.over:
            return
