"""The decoding process: `python -m speech.recognizer.worker`, spoken to as `messages` says.

It ends when its input does, so it never outlives the process that started it, however that one ended.
"""

import json
import os
import signal
import sys
from dataclasses import asdict
from typing import BinaryIO

from speech.recognizer.decoding import Decoders, Recognition
from speech.recognizer.messages import AUDIO, CANCEL, FINISH, OPEN, receive


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    decoders = Decoders()
    _send(sink, {"ready": True})
    current: Recognition | None = None
    while received := receive(source):
        kind, body = received
        if kind == OPEN:
            current = decoders.begin(**json.loads(body))
        elif current is not None and kind == AUDIO:
            current.feed(body)
        elif current is not None and kind == FINISH:
            _send(sink, asdict(current.end()))
            current = None
        elif current is not None and kind == CANCEL:
            current.abandon()
            current = None


def _send(sink: BinaryIO, line: dict[str, object]) -> None:
    sink.write(json.dumps(line).encode() + b"\n")
    sink.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; who started us ends us in order
    # What the C library may print must not get between the lines: it goes to stderr.
    lines = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        serve(sys.stdin.buffer, lines)
    except BrokenPipeError:
        return


if __name__ == "__main__":
    main()
