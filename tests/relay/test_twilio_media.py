"""The short way of reading Twilio's audio says what the ordinary way says, or leaves the message to it."""

from __future__ import annotations

import base64
import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay import caller, twilio
from relay.caller import Frame
from relay.errors import BadMessage
from relay.twilio_media import MediaReader
from tests.relay import fuzz, golden

AUDIO = bytes(range(160))
PAYLOAD = base64.b64encode(AUDIO).decode()


def usual(**changed: object) -> bytes:
    """As Twilio documents it, compact."""
    media = {"track": "inbound", "chunk": "2", "timestamp": "5", "payload": PAYLOAD}
    message = {"event": "media", "sequenceNumber": "4", "media": media, "streamSid": "MZ0123456789abcdef"}
    return json.dumps(message | changed, separators=(",", ":")).encode()


def in_the_ordinary_way(data: bytes) -> object:
    try:
        event = twilio.read(data)
        return event.name if isinstance(event, caller.Mark) else event
    except BadMessage as bad:
        return bad.kind


def agrees(data: bytes) -> Frame | str | None:
    frame = MediaReader().read(data)
    assert frame is None or frame == in_the_ordinary_way(data), data
    return frame


def test_the_documented_message_is_read() -> None:
    assert agrees(usual()) == (PAYLOAD.encode(), AUDIO, 5, 4)


def test_the_golden_message_is_read_compact_and_with_spaces_and_left_alone_where_it_is_indented() -> None:
    body = golden.body("twilio", "from_media")
    assert agrees(json.dumps(body, separators=(",", ":")).encode()) is not None
    assert agrees(json.dumps(body).encode()) is not None
    assert agrees(json.dumps(body, indent=1).encode()) is None


def test_a_mark_is_read_as_its_name() -> None:
    data = json.dumps(golden.body("twilio", "from_mark"), separators=(",", ":")).encode()
    assert agrees(data) == "g3:item_A:4200"


@pytest.mark.parametrize("order", ["event sequenceNumber streamSid media", "media streamSid event", "media event"])
def test_fields_may_come_in_any_order_and_be_left_out(order: str) -> None:
    message = json.loads(usual())
    frame = agrees(json.dumps({name: message[name] for name in order.split()}, separators=(",", ":")).encode())
    assert isinstance(frame, tuple)
    assert frame[1] == AUDIO


def test_one_reader_reads_one_message_after_another_and_remembers_none() -> None:
    reader = MediaReader()
    assert reader.read(usual(sequenceNumber="9")) is not None
    assert reader.read(b'{"event":"media","media":{"payload":"AAAA"}}') == (b"AAAA", bytes(3), None, 0)
    assert reader.read(b'{"event":"media","streamSid":"MZ1"}') is None
    assert reader.read(b'{"media":{"payload":"AAAA"}}') is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"{}",
        b"[]",
        b'{"event":"mark","mark":{"name":7}}',
        b'{"event":"mark","mark":{}}',
        b'{"event":"stop","mark":{"name":"a"}}',
        b'{"event":"mark","mark":{"name":"a\\u0041"}}',
        usual()[:-1],
        usual() + b" ",
        usual() + b"}",
        usual(media={"payload": ""}),
        usual(media={"payload": "AAA"}),
        usual(media={"payload": "A A="}),
        usual(media={"payload": "AAAA", "timestamp": 5}),
        usual(media={"payload": "AAAA", "timestamp": "9" * 5000}),
        usual(media=["payload", "AAAA"]),
        usual(streamSid='a"b'),
        usual(streamSid="ä"),
        usual(sequenceNumber=4),
        usual(media={"payload": "AAAA", "media": {"payload": "BBBB"}}),
        b'{"event":"media","media":{"payload":"AAAA","track":"a\tb"}}',
        b'{"event":"media","media":{"payload":"AAAA"},}',
        b'{"event":"media","media":{"payload":"AAAA",}}',
        b'{"event" :"media","media":{"payload":"AAAA"}}',
    ],
)
def test_what_is_broken_or_unusual_is_left_to_the_ordinary_way(data: bytes) -> None:
    assert agrees(data) is None


@pytest.mark.parametrize(
    "data",
    [
        b'{"event":"media","media":{"payload":"AAAA"},"media":{"track":"x"}}',
        b'{"event":"media","media":{"payload":"AAAA","payload":"////"}}',
        b'{"event":"media","event":"mark","media":{"payload":"AAAA"}}',
        b'{"event":"mark","media":{"payload":"AAAA"},"mark":{"name":"a"},"mark":{"name":"b"}}',
        b'{"sequenceNumber":"7","sequenceNumber":"x","event":"media","media":{"payload":"AAAA"}}',
        usual(sequenceNumber="-4"),
        usual(media={"payload": "AAAA", "timestamp": ""}),
        b'{"event":"mark","mark":{"name":""}}',
        usual(media={"payload": "AAAA", "timestamp": "00012"}),
    ],
)
def test_oddities_that_json_allows_mean_the_same_both_ways(data: bytes) -> None:
    agrees(data)


GOOD = [
    json.loads(usual()),
    golden.body("twilio", "from_mark"),
    golden.body("twilio", "from_media"),
    {"event": "media", "media": {"payload": "AAAA"}},
]


@settings(max_examples=10_000)
@given(st.integers(0, 2**63), st.booleans())
def test_broken_messages_are_never_read_as_something_else(seed: int, is_compact: bool) -> None:
    data = fuzz.broken(GOOD, Random(seed))
    agrees(data.replace(b'": "', b'":"').replace(b'", "', b'","').replace(b'": {', b'":{') if is_compact else data)


NAMES = ['"event"', '"media"', '"mark"', '"name"', '"payload"', '"timestamp"', '"sequenceNumber"', '"AAAA"', '"7"']
TOKENS = st.sampled_from([*NAMES, *'{}:," \\'])


@settings(max_examples=5_000)
@given(st.lists(TOKENS, max_size=14), st.integers(0, 40))
def test_no_text_of_the_same_pieces_is_read_otherwise(pieces: list[str], at: int) -> None:
    whole = '{"event":"media","media":{"payload":"AAAA"}}'
    agrees("".join(pieces).encode())
    agrees((whole[:at] + "".join(pieces[:2]) + whole[at:]).encode())
