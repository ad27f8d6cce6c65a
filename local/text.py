"""A conversation by keyboard with the same clerk and the same tools that a phone call gets, over HTTP.

Plays the part of relay and engine: sets the session up with a token, asks the clerk for each move, runs its tools,
stores the turns. Works line by line from a pipe too.
"""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import httpx
import jwt

from local.conduct import session_id_of
from local.errors import LocalError
from local.state import State
from local.wiring import NUMBERS, PROPERTY_ID

MOST_MOVES = 8
"""Tool calls in a row after which something must be wrong."""

Show = Callable[[str, dict[str, Any]], None]
"""Called with `agent` (text) and `tool` (name, arguments, result)."""


class TextFailed(LocalError):
    """The functions did not answer as their contracts say."""


@dataclass
class TextConversation:
    """`open()`, then `hear(line)` for each line; `over` says that the agent has ended it."""

    state: State
    caller: str
    show: Show
    transport: httpx.BaseTransport | None = None
    over: bool = False
    session_id: str = ""
    _history: list[dict[str, Any]] = field(default_factory=list)
    _tools: list[str] = field(default_factory=list)
    _turn: int = 0
    _http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.state.service_secret}"}
        self._http = httpx.Client(base_url=self.state.tools_url, headers=headers, timeout=15, transport=self.transport)

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
        self._tools = [tool["name"] for tool in answer["engine_session"]["tools"]]
        self._says(answer["opening"]["text"])

    def hear(self, line: str) -> None:
        """One line of the guest, and whatever the agent does until it wants to hear the next."""
        self._store_turn("user", line)
        for _ in range(MOST_MOVES):
            move = self._post(
                "/clerk",
                property_id=PROPERTY_ID,
                session_id=self.session_id,
                channel="voice",
                language="en",
                history=self._history,
                tools=self._tools,
            )
            if move["say"]:
                self._says(move["say"])
            call = move.get("tool_call")
            if call is None:
                return
            if self._run(call["name"], call["arguments"]):
                self.over = True
        raise TextFailed("the clerk asks for one tool after the other and says nothing")

    def _run(self, name: str, arguments: dict[str, Any]) -> bool:
        """Run a tool; True when its outcome ends the conversation."""
        tool_call_id = f"call_{secrets.token_hex(8)}"
        answer = self._post(
            f"/tools/{name}",
            session_id=self.session_id,
            attempt=1,
            tool_call_id=tool_call_id,
            arguments=arguments,
            turn=self._turn,
        )
        result = answer["result"] if answer["ok"] else {"error": answer["error"]}
        self.show("tool", {"name": name, "arguments": arguments, "result": result})
        self._history.append(
            {"type": "tool", "tool_call_id": tool_call_id, "name": name, "arguments": arguments, "result": result}
        )
        return answer.get("then") is not None

    def _says(self, text: str) -> None:
        self._store_turn("assistant", text)
        self.show("agent", {"text": text})

    def _store_turn(self, role: str, text: str) -> None:
        self._turn += 1
        item_id = f"item_{secrets.token_hex(8)}"
        self._history.append({"type": "message", "role": role, "text": text, "item_id": item_id})
        self._post(
            f"/sessions/{self.session_id}/turns",
            attempt=1,
            turn=self._turn,
            role=role,
            text=text,
            heard_ms=0,
            interrupted=False,
            item_id=item_id,
        )

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
            "pid": PROPERTY_ID,
            "ch": "voice",
            "dir": "inbound",
            "att": 1,
            "cs": call_sid,
            "clr": self.caller,
            "cld": NUMBERS[0],
            "stir": "",
            "lang": "en",
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
