"""The bench's functions answer as the contract says, so what the relay is measured with is what it gets."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bench.load.functions import Functions, call_number, session_id

SCHEMA = json.loads((Path(__file__).parents[2] / "functions/contracts/session.json").read_text())
CALL_SID = "CA" + f"{77:032x}"


@pytest.mark.parametrize("audio", ["pcmu", "pcm"])
@pytest.mark.parametrize("mode", ["immediate", "selective"])
def test_the_session_set_up_is_as_the_contract_has_it(audio: str, mode: str) -> None:
    answer = Functions(barge_in=mode).session({"call_sid": CALL_SID, "audio": audio})
    Draft202012Validator({**SCHEMA, "$ref": "#/$defs/answer"}).validate(answer)


def test_a_session_id_says_whose_call_it_is() -> None:
    assert call_number(session_id(CALL_SID)) == 77
