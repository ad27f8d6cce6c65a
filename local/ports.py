"""Free ports on this machine, and a clear word when a wanted one is not free."""

import socket
from collections.abc import Iterable, Mapping

from local.errors import SetupError

HOST = "127.0.0.1"


def assign(names: Iterable[str], fixed: Mapping[str, int] | None = None) -> dict[str, int]:
    """A port for each name: the fixed one where there is one, otherwise a free one; all are different.

    Raises SetupError for an unknown name, or for a fixed port that another program holds.
    """
    names, fixed = list(names), dict(fixed or {})
    if unknown := sorted(fixed.keys() - set(names)):
        raise SetupError(f"There is no port called {unknown[0]!r}.", f"Ports: {', '.join(names)}.")
    held: list[socket.socket] = []
    try:
        ports: dict[str, int] = {}
        for name in sorted(names, key=lambda name: name not in fixed):
            probe = socket.socket()
            held.append(probe)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, fixed.get(name, 0)))
            except (OSError, OverflowError) as error:
                raise SetupError(
                    f"Port {fixed[name]}, asked for {name}, cannot be used: {_reason(error)}.",
                    f"Stop the program that holds it, choose another with --port {name}=N, or leave the option out.",
                ) from error
            ports[name] = probe.getsockname()[1]
        return ports
    finally:
        for probe in held:
            probe.close()


def _reason(error: Exception) -> str:
    if isinstance(error, OverflowError):
        return "a port is a number from 1 to 65535"
    return "it is in use" if isinstance(error, OSError) and error.errno in (48, 98) else str(error)
