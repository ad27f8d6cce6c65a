"""The short way of reading an engine's audio says what the ordinary way says, or leaves the message to it."""

from __future__ import annotations

import base64
import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay import realtime, realtime_codec
from relay.errors import BadMessage
from relay.realtime_media import DeltaReader
from tests.relay import fuzz, golden

AUDIO = bytes(range(256)) * 4
DELTA = {
    "type": "response.output_audio.delta",
    "event_id": "event_1",
    "response_id": "resp_1",
    "item_id": "item_1",
    "output_index": 0,
    "content_index": 0,
    "delta": base64.b64encode(AUDIO).decode(),
}


def compact(message: object) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def agrees(data: bytes) -> tuple[str, bytes] | None:
    delta = DeltaReader().read(data)
    if delta is not None:
        try:
            event = realtime_codec.read(memoryview(data))
        except BadMessage as bad:
            raise AssertionError(data) from bad
        assert isinstance(event, realtime.AudioDelta), data
        assert delta == (event.item_id, event.audio), data
    return delta


def test_the_documented_message_is_read_with_its_fields_in_any_order() -> None:
    assert agrees(compact(DELTA)) == ("item_1", AUDIO)
    assert agrees(json.dumps(DELTA).encode()) == ("item_1", AUDIO)
    assert agrees(compact(dict(reversed(DELTA.items())))) == ("item_1", AUDIO)


def test_one_reader_remembers_nothing_of_the_message_before() -> None:
    reader = DeltaReader()
    assert reader.read(compact(DELTA)) is not None
    for name in ("type", "response_id", "item_id", "content_index", "delta"):
        assert reader.read(compact({key: value for key, value in DELTA.items() if key != name})) is None, name


@pytest.mark.parametrize("name", golden.names("realtime"))
def test_of_all_golden_messages_only_audio_is_read(name: str) -> None:
    body = golden.body("realtime", name)
    delta = DeltaReader().read(compact(body))
    assert (delta is not None) == (body["type"] == "response.output_audio.delta")


@pytest.mark.parametrize(
    "changed",
    [{"delta": "AAA"}, {"delta": 5}, {"item_id": None}, {"content_index": "0"}, {"content_index": -1}, {"item_id": "ä"},
     {"content_index": 1.5}, {"response_id": {}}, {"more": []}],
)  # fmt: skip
def test_what_is_broken_or_unusual_is_left_to_the_ordinary_way(changed: dict[str, object]) -> None:
    assert agrees(compact(DELTA | changed)) is None


def test_a_number_that_json_does_not_allow_is_left_to_the_ordinary_way() -> None:
    assert agrees(compact(DELTA).replace(b'"content_index":0', b'"content_index":00')) is None
    assert agrees(compact(DELTA).replace(b'"content_index":0', b'"content_index":10')) is not None


@settings(max_examples=10_000)
@given(st.integers(0, 2**63), st.booleans())
def test_broken_messages_are_never_read_as_something_else(seed: int, is_compact: bool) -> None:
    data = fuzz.broken(
        [DELTA | {"delta": "AAAA"}, golden.body("realtime", "server_response_output_audio_delta")], Random(seed)
    )
    agrees(data.replace(b'": ', b'":').replace(b', "', b',"') if is_compact else data)
