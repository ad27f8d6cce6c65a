"""A host that has several addresses: whichever answers. Where one is dead, or of a network that is, another serves.

asyncio can do this by itself, uvloop cannot: it tries them one after the other, and the first takes all the time there
is. Source: RFC 8305 ("Happy Eyeballs"), 5 and 8.
"""

from __future__ import annotations

import asyncio
import socket

from aiohappyeyeballs import start_connection

# The next address is tried beside one that has not answered for so long.
NEXT_S = 0.25


async def dial(host: str, port: int) -> socket.socket:
    """A connected socket that does not block. Raises OSError, or ValueError when it is no name of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return await start_connection(found, happy_eyeballs_delay=NEXT_S)
