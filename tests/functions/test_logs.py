import json
import logging

import pytest
from nightdesk import logs


@pytest.fixture
def line(capsys: pytest.CaptureFixture[str]) -> "Line":
    logs.start("twilio", "INFO")
    return Line(capsys)


class Line:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def last(self) -> dict[str, object]:
        written: dict[str, object] = json.loads(self._capsys.readouterr().out.splitlines()[-1])
        return written


def test_a_line_is_json_with_severity_target_and_session(line: Line) -> None:
    with logs.request():
        logs.about(session_id="sess_x")
        logging.getLogger("nightdesk.test").warning("! tool %s", "slow", extra={"fields": {"ms": 12}})
    written = line.last()
    assert written["severity"] == "WARNING"
    assert written["target"] == "twilio"
    assert written["session_id"] == "sess_x"
    assert written["message"] == "! tool slow"
    assert written["ms"] == 12


def test_what_is_known_of_one_request_ends_with_it(line: Line) -> None:
    with logs.request():
        logs.about(session_id="sess_x")
    logging.getLogger("nightdesk.test").info("later")
    assert "session_id" not in line.last()


def test_no_line_holds_a_whole_phone_number(line: Line) -> None:
    fields = {"caller": "+12075550142", "deep": {"list": ["+12075550142"]}, "count": 12075550142}
    try:
        raise ValueError("cannot dial +12075550142")
    except ValueError:
        logging.getLogger("nightdesk.test").exception("from %s", "+12075550142", extra={"fields": fields})
    written = line.last()
    assert "2075550142" not in json.dumps({**written, "count": 0})
    assert written["caller"] == "***0142"
    assert "***0142" in str(written["exception"])
