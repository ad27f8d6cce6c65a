"""The reference booking system as a process, and what it refuses. What it promises is tested where it is asked:
`tests/functions/test_pms_http.py`."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import ports

HOTELS = Path(__file__).parents[1] / "functions" / "hotels"
STAY = {"check_in": "2031-11-27", "check_out": "2031-11-29", "adults": 2}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = ports.assign(["pms"])["pms"]
    command = [sys.executable, "-m", "local", "pms", "--serve-on", str(port), "--key", "k", "--hotels", str(HOTELS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(2)]
    assert lines == [f"PMS_URLS=contract-inn=http://127.0.0.1:{port}", "PMS_KEYS=contract-inn=k"]
    assert ask(f"http://127.0.0.1:{port}/health", None, key="") == (200, {"v": 1, "ok": True})
    yield f"http://127.0.0.1:{port}/v1/properties/contract-inn"
    process.terminate()
    process.wait(10)


def ask(url: str, body: Any, key: str = "k") -> tuple[int, Any]:
    """Status and answer; a server that is still starting is asked again."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers)
    for _ in range(200):
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except urllib.error.URLError:
            time.sleep(0.05)
    raise AssertionError("it does not answer")


def test_it_serves_the_hotels_of_a_folder(url: str) -> None:
    status, answer = ask(f"{url}/offers", {"v": 1, "stays": [STAY]})
    assert status == 200
    assert [offer["quote"]["room_type"] for offer in answer["offers"][0]] == ["queen", "suite"]


@pytest.mark.parametrize(
    ("path", "body", "key", "status"),
    [
        ("/offers", {"v": 1, "stays": [STAY]}, "wrong", 401),
        ("/offers", {"v": 2, "stays": [STAY]}, "k", 400),
        ("/offers", {"v": 1}, "k", 400),
        ("/offers", [], "k", 400),
        ("/offers", {"v": 1, "stays": [{**STAY, "check_in": "soon"}]}, "k", 400),
        ("/reservations/search", {"v": 1, "phone": "+1", "session_id": "s"}, "k", 400),
        ("/reservations/reservation_1/cancel", {"v": 1, "fee_cents": 0}, "k", 400),
        ("/reservations/reservation_1/cancel", {"v": 1, "fee_cents": 0, "change_id": "c"}, "k", 404),
    ],
)
def test_what_is_not_by_the_contract_is_refused(url: str, path: str, body: Any, key: str, status: int) -> None:
    assert ask(url + path, body, key)[0] == status
