"""Between the ring and the answer there is no I/O: not a socket, not a file, not a late import.

Each kind of ring is the first thing that a fresh process is asked, so whatever is done on first use is seen. Python's
own audit events tell of it, whichever library it goes through. Source: PEP 578, and the table of audit events.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import AUTH_TOKEN, CALL_SID, CALLED, CALLER, ENVIRONMENT, ORIGIN, SOURCE

ALONDRA = "+34930000100"
FORBIDDEN = (
    *("socket.", "open", "import", "os.", "shutil.", "glob.", "tempfile.", "sqlite3.", "subprocess.", "urllib."),
    *("http.", "ctypes.", "pty.", "fcntl.", "mmap.", "time.sleep"),
)

RING = """
import json, sys, functions_framework
from twilio.request_validator import RequestValidator

asked = json.loads(sys.stdin.read())
client = functions_framework.create_app("twilio", asked["source"]).test_client()
client.get("/health")
signature = RequestValidator(asked["token"]).compute_signature(asked["url"], asked["form"])
headers = {"X-Twilio-Signature": asked.get("signature") or signature}
seen, listening = [], False


def listen(event, arguments):
    if listening and event.startswith(tuple(asked["forbidden"])):
        seen.append(f"{event} {str(arguments)[:200]}")


sys.addaudithook(listen)
listening = True
answer = client.post("/voice/twilio/inbound", data=asked["form"], headers=headers)
listening = False
print(json.dumps({"seen": seen, "status": answer.status_code, "document": answer.get_data(as_text=True)}))
"""


def ring(tmp_path: Path, form: dict[str, str], **more: str) -> dict[str, Any]:
    """What a process that was just started answers, and what it did meanwhile."""
    settings = {**ENVIRONMENT, "SQLITE_PATH": str(tmp_path / "n.sqlite3"), "LOG_LEVEL": "DEBUG"}
    asked = {
        "source": str(SOURCE),
        "token": AUTH_TOKEN,
        "url": f"{ORIGIN}/voice/twilio/inbound",
        "form": {"CallSid": CALL_SID, "From": CALLER, "To": CALLED, "CallStatus": "ringing", **form},
        "forbidden": FORBIDDEN,
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-c", RING],
        input=json.dumps(asked),
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize(
    ("form", "verb"),
    [
        ({"StirVerstat": "TN-Validation-Passed-A"}, "<Stream "),
        ({"From": "anonymous"}, "<Stream "),
        ({"To": ALONDRA}, "<Gather "),
        ({"CallSid": "nonsense"}, "<Dial "),
    ],
    ids=["agent", "withheld", "menu", "apology"],
)
def test_the_first_ring_of_a_process_is_answered_without_io(tmp_path: Path, form: dict[str, str], verb: str) -> None:
    answer = ring(tmp_path, form)
    assert (answer["seen"], answer["status"]) == ([], 200)
    assert verb in answer["document"]
    assert not (tmp_path / "n.sqlite3").exists()


def test_a_forged_ring_costs_no_io_either(tmp_path: Path) -> None:
    answer = ring(tmp_path, {}, signature="x" * 28)
    assert (answer["seen"], answer["status"]) == ([], 403)


def test_what_is_forbidden_would_be_seen(tmp_path: Path) -> None:
    """A number of nobody is told as an event, so that somebody puts it right: here there is I/O, and it is seen."""
    answer = ring(tmp_path, {"To": "+12075550000"})
    assert any(event.startswith("socket.") for event in answer["seen"])
    assert any(event.startswith("import ") for event in answer["seen"])
    assert "<Hangup " in answer["document"]
