"""The `mcp` function: other agents use the same tools, over the Model Context Protocol (streamable HTTP, stateless).

An agent is known by its key, and a key belongs to one hotel: what it may see and change is settled by that, never by
what it sends. Nobody is on a line, so there is nothing to transfer, to hang up or to key in. `POST /mcp` alone: nothing
is ever streamed from here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import Request, Response

from nightdesk import edge, logs
from nightdesk.auth import AgentKeys
from nightdesk.bootstrap import House
from nightdesk.edge import Route
from nightdesk.errors import NotFound
from nightdesk.runner import ToolRunner

log = logging.getLogger(__name__)

LONGEST_S = 30.0
"""Tools have time limits of their own, far below; a client gives up after about as long."""


def build(house: House) -> Callable[[Request], Response]:
    keys = AgentKeys(house.settings.mcp_keys)
    runner = ToolRunner(house)

    def serve(request: Request) -> Response:
        from nightdesk import asgi, mcp_server  # the `mcp` package takes half a second to load: not before it is used

        agent = keys.check(request.headers.get("Authorization", ""))
        logs.about(agent=agent.name, property_id=agent.property_id)
        hotel = house.properties.get(agent.property_id)
        if hotel is None:
            raise NotFound("unknown_property", f"property {agent.property_id} is out of service")
        desk = mcp_server.AgentDesk(house, runner, agent, hotel)
        answered = asgi.respond(mcp_server.application(desk), request, LONGEST_S)
        if desk.broken is not None:
            raise desk.broken
        return answered

    def guard(request: Request) -> None:
        keys.check(request.headers.get("Authorization", ""))

    return edge.serve("mcp", [Route("POST", "/mcp", serve)], guard, is_well=lambda: runner.is_well)
