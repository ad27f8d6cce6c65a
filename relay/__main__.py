"""`python -m relay`: read the settings, listen, serve until told to stop."""

from __future__ import annotations

import gc
import os
import sys


def main() -> int:
    gc.disable()  # until the relay has settled: nothing that importing makes is garbage; 12 ms of 300 went into looking

    import uvloop

    from relay import log
    from relay.app import serve
    from relay.config import read_settings
    from relay.errors import ConfigError

    try:
        settings = read_settings(os.environ)
    except ConfigError as problem:
        sys.stderr.write(f"relay: {problem}\n")
        return 2
    lines = log.start(settings.log_level)
    try:
        uvloop.run(serve(settings))
    except ConfigError as problem:
        log.warn("! cannot start", problem=str(problem))
        return 2
    except OSError as problem:
        log.warn("! cannot listen", host=settings.host, port=settings.port, problem=problem.strerror)
        return 1
    finally:
        lines.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
