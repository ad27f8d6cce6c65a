"""Google's own emulators, as they come with the gcloud command line: Firestore and Pub/Sub, each on a free port.

`python -m local.emulator` tells what this machine lacks for them, and ends with 1 if it is anything.
The jar is started itself: the wrapper of gcloud leaves Java running when it is stopped.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from local.errors import SetupError

Kind = Literal["firestore", "pubsub"]
_READY_TIMEOUT_S = 30
_STOP_TIMEOUT_S = 10


def missing(kind: Kind) -> str:
    """Why this machine cannot start one; "" when it can."""
    if _arguments(kind) and shutil.which("java"):
        return ""
    return f"needs Google's {kind} emulator (gcloud components install {_COMPONENT[kind]}) and Java"


@contextmanager
def started(kind: Kind, log: Path) -> Iterator[str]:
    """An emulator, as host:port; its whole process group ends with the block. Raises: SetupError."""
    if why := missing(kind):
        raise SetupError(why)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["java", "-Xmx512m", "-Duser.language=en", *_arguments(kind), "--host=127.0.0.1", f"--port={port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait_until_ready(process, port, log)
        yield f"127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


_COMPONENT = {"firestore": "cloud-firestore-emulator", "pubsub": "pubsub-emulator"}


def _arguments(kind: Kind) -> list[str]:
    """Java's arguments, or none where there is no such emulator."""
    platform = Path(os.path.realpath(shutil.which("gcloud") or "/nonexistent")).parent.parent / "platform"
    folder = platform / _COMPONENT[kind]
    if kind == "pubsub":
        return next((["-jar", str(jar)] for jar in sorted(folder.glob("lib/cloud-pubsub-emulator-*-all.jar"))), [])
    jar = folder / "cloud-firestore-emulator.jar"
    main = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
    return ["-cp", str(jar), main, "start"] if jar.exists() else []


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _READY_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SetupError(f"the emulator did not start: {log.read_text(errors='replace')[-2000:]}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SetupError(f"the emulator was not ready in {_READY_TIMEOUT_S} s")


if __name__ == "__main__":
    lacking = [why for kind in ("firestore", "pubsub") if (why := missing(kind))]
    sys.exit("\n".join(lacking) or 0)
