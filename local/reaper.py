"""Kills what a supervisor left behind: a program of its own that outlives it by a moment.

A supervisor can be killed without a chance to clean up, and its children (a web server with workers, a pool of
recognisers) would then live on. So it starts this program with a pipe and writes `+PGID` for each process group that
it starts and `-PGID` for each that is gone. When the pipe closes, whatever is still listed is killed.

It is run by its path in an isolated interpreter, so it imports nothing of ours and starts in a few milliseconds.
"""

import os
import signal
import sys


def main() -> None:
    # Ctrl-C reaches the whole terminal group; this one must wait for the supervisor to be gone.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
