"""The simulator's end of the Media Streams wire against the golden messages that the relay is held to."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.twilio.messages import Clear, Mark, Media, Nonconforming, Writer, parse

GOLDEN = Path(__file__).parents[1] / "contract" / "twilio"
STREAM_SID = "MZ00112233445566778899aabbccddeeff"


def golden(name: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text())["body"]
    return body


def test_what_the_relay_sends_is_understood() -> None:
    assert parse(json.dumps(golden("to_media")), STREAM_SID) == Media(b"\x55" * 160)
    assert parse(json.dumps(golden("to_mark")), STREAM_SID) == Mark("g3:item_A:4200")
    assert parse(json.dumps(golden("to_clear")), STREAM_SID) == Clear()


@pytest.mark.parametrize("name", ["to_media", "to_mark", "to_clear"])
def test_the_same_for_another_stream_or_with_a_field_more_is_not(name: str) -> None:
    for change in ({"streamSid": "MZ1"}, {"sequenceNumber": "1"}):
        with pytest.raises(Nonconforming) as refused:
            parse(json.dumps(golden(name) | change), STREAM_SID)
        assert refused.value.code == 31951


def test_what_the_simulator_sends_is_what_the_relay_expects() -> None:
    start = golden("from_start")
    writer = Writer(STREAM_SID, start["start"]["accountSid"], start["start"]["callSid"])
    assert json.loads(writer.connected()) == golden("from_connected")
    assert json.loads(writer.start(start["start"]["customParameters"])) == start
    for chunk in range(1, 56):
        writer.media(b"\xff" * 160, 20 * chunk)
    assert json.loads(writer.media(b"\x55" * 160, 1120)) == golden("from_media")
    for name, message in (
        ("from_dtmf", writer.dtmf("5")),
        ("from_mark", writer.mark("g3:item_A:4200")),
        ("from_stop", writer.stop()),
    ):
        expected = golden(name)
        assert json.loads(message) == expected | {"sequenceNumber": json.loads(message)["sequenceNumber"]}
