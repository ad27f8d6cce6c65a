"""What an agent is told and may do over MCP: the hotel's tools for its audience, run by the same runner as a call's.

The protocol itself is the official `mcp` package's. A call's `_meta` may carry two names of the agent's own choosing:
`nightdesk/conversation` (the guest it is talking with: what it does for that guest is one session, in which a repeated
write is done once and a later one corrects it) and `nightdesk/idempotency-key` (this one call: asked again, it gets the
first outcome). Without a conversation a call stands for itself; with neither, equal writes of one day are one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError

from nightdesk import asgi, events, logs, tokens
from nightdesk.bootstrap import House
from nightdesk.claims import Settled
from nightdesk.config import AgentKey
from nightdesk.conversation import Session
from nightdesk.errors import BadRequest, RequestError
from nightdesk.hotel.model import Property
from nightdesk.ledger import Asked
from nightdesk.runner import ToolRunner, told
from nightdesk.tools import TOOLBOX
from nightdesk.tools.registry import Access, Tool

CHANNEL = "mcp"
CONVERSATION, IDEMPOTENCY_KEY = "nightdesk/conversation", "nightdesk/idempotency-key"
_LONGEST_NAME = 200


class AgentDesk:
    """One request of one agent. `broken` is what went wrong on our side, for the edge to report."""

    def __init__(self, house: House, runner: ToolRunner, agent: AgentKey, hotel: Property) -> None:
        self._house, self._runner, self._agent, self.hotel = house, runner, agent, hotel
        self.broken: Exception | None = None

    def tools(self) -> list[types.Tool]:
        return [_described(tool, self.hotel) for tool in TOOLBOX.offered_to(CHANNEL)]

    def call(self, name: str, arguments: Mapping[str, Any], meta: Mapping[str, Any]) -> types.CallToolResult:
        """A refusal and wrong arguments are results, with `is_error`: the agent's model is to read them.

        Raises: MCPError for an unknown tool, and when something broke here: it says nothing of what.
        """
        tool = TOOLBOX.get(name, caller="model", channel=CHANNEL)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {name}")
        try:
            return self._run(tool, {key: value for key, value in arguments.items() if value is not None}, meta)
        except RequestError as error:
            return _result({"error": error.body()}, is_error=True)
        except Exception as error:  # the protocol's package would tell its words to the agent
            self.broken = error
            raise MCPError(types.INTERNAL_ERROR, "something went wrong on our side") from None

    def _run(self, tool: Tool, arguments: Mapping[str, Any], meta: Mapping[str, Any]) -> types.CallToolResult:
        key = self._call_name(tool, arguments, meta)
        session = self._session(_named(meta, CONVERSATION) or key)
        logs.about(session_id=session.session_id)
        asked = Asked(session.session_id, 1, None, key, arguments, deliberate=bool(_named(meta, IDEMPOTENCY_KEY)))
        began = time.monotonic()
        settled = self._runner.run(tool, session, self.hotel, asked)
        self._tell(tool, session, asked, settled, int((time.monotonic() - began) * 1000))
        if not settled.answer["ok"]:
            return _result({"error": settled.answer["error"]}, is_error=True)
        return _result({**settled.answer["result"], **({"replayed": True} if settled.replayed else {})})

    def _call_name(self, tool: Tool, arguments: Mapping[str, Any], meta: Mapping[str, Any]) -> str:
        """The tool_call_id. Without the agent's key it is new, but for a write that can be known by nothing else."""
        if given := _named(meta, IDEMPOTENCY_KEY):
            return _digest("key", given)
        if tool.access is Access.READ or _named(meta, CONVERSATION):
            return _digest("new", secrets.token_hex(16))
        today = self.hotel.today(self._house.clock()).isoformat()
        return _digest("write", today, tool.name, json.dumps(arguments, sort_keys=True))

    def _session(self, conversation: str) -> Session:
        """Where the ledger of this conversation is kept. It holds no line and is no call: no end of it is awaited."""
        who = json.dumps([CHANNEL, self._agent.name, self.hotel.property_id, conversation])
        session_id = tokens.session_id_of_call(who)
        begun = Session(
            session_id=session_id,
            property_id=self.hotel.property_id,
            channel=CHANNEL,
            direction="inbound",
            language=self.hotel.language,
            call_sid="",
            caller_id="",
            called="",
            stir="",
            start_time=self._house.clock(),
            status="completed",
            agent=self._agent.name,
            ended_published=True,
        )
        kept = self._house.store.change_session(session_id, lambda known: None if known else begun)
        assert kept is not None
        return kept

    def _tell(self, tool: Tool, session: Session, asked: Asked, settled: Settled, duration_ms: int) -> None:
        event = events.of_session(
            session,
            events.CONVERSATION_FUNCTION_CALL,
            writer="tools",
            n=asked.tool_call_id,
            now=self._house.clock(),
            function=told(tool, asked, settled, duration_ms),
        )
        self._house.publish_if_possible(event, timeout_s=1.0)


def application(desk: AgentDesk) -> asgi.App:
    """The protocol for one request, as ASGI: JSON answers, no session, no stream."""

    async def list_tools(_: Any, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=desk.tools())

    async def call_tool(_: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        return desk.call(params.name, params.arguments or {}, dict(params.meta or {}))

    instructions = (
        f"The front desk of {desk.hotel.name}. Dates are of the hotel's time zone, {desk.hotel.time_zone}. Prices and "
        f"availability are only what these tools return. Name the guest's conversation in _meta[{CONVERSATION!r}] and "
        f"each call in _meta[{IDEMPOTENCY_KEY!r}], so that asking again is safe."
    )
    server = Server(
        "nightdesk",
        version="1",
        title=desk.hotel.name,
        instructions=instructions,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )

    async def app(scope: Any, receive: Any, send: Any) -> None:
        manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True)
        async with manager.run():
            await manager.handle_request(scope, receive, send)

    return app


def _described(tool: Tool, hotel: Property) -> types.Tool:
    schema = tool.schema(hotel)
    reads = tool.access is Access.READ
    hints = types.ToolAnnotations(
        read_only_hint=reads, destructive_hint=not reads, idempotent_hint=True, open_world_hint=False
    )
    return types.Tool(
        name=tool.name, description=tool.description, input_schema=schema["parameters"], annotations=hints
    )


def _result(body: Mapping[str, Any], *, is_error: bool = False) -> types.CallToolResult:
    text = types.TextContent(type="text", text=json.dumps(body, ensure_ascii=False))
    return types.CallToolResult(content=[text], structured_content=dict(body), is_error=is_error)


def _named(meta: Mapping[str, Any], name: str) -> str:
    """Raises: BadRequest."""
    value = meta.get(name, "")
    if not isinstance(value, str) or len(value) > _LONGEST_NAME:
        raise BadRequest("bad_meta", f"_meta[{name!r}] must be text of at most {_LONGEST_NAME} characters")
    return value


def _digest(*parts: str) -> str:
    return "mcp-" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]
