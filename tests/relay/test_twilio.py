"""The codec of Twilio's wire against its golden messages, against garbage, and the signature of the upgrade."""

import base64
import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from relay import caller, twilio
from relay.errors import BadMessage
from tests.relay import golden

STREAM_SID = "MZ00112233445566778899aabbccddeeff"
CALL_SID = "CA0123456789abcdef0123456789abcdef"
AUDIO = b"\x55" * 160

FROM_TWILIO = {
    "from_connected": caller.Connected(),
    "from_start": caller.Start(STREAM_SID, CALL_SID, "eyJhbGciOiJIUzI1NiJ9.e30.c2ln"),
    "from_media": (base64.b64encode(AUDIO), AUDIO, 1120, 57),
    "from_dtmf": caller.Dtmf("5"),
    "from_mark": caller.Mark("g3:item_A:4200"),
    "from_stop": caller.Stop(),
}
TO_TWILIO: dict[str, caller.ToCaller] = {
    "to_media": caller.SendMedia(AUDIO),
    "to_mark": caller.SendMark("g3:item_A:4200"),
    "to_clear": caller.Clear(),
}


def test_every_golden_message_is_tried() -> None:
    assert sorted([*FROM_TWILIO, *TO_TWILIO]) == golden.names("twilio")


@pytest.mark.parametrize("name", FROM_TWILIO)
def test_messages_from_twilio_are_read(name: str) -> None:
    assert twilio.read(json.dumps(golden.body("twilio", name)).encode()) == FROM_TWILIO[name]


@pytest.mark.parametrize("name", TO_TWILIO)
def test_messages_to_twilio_have_exactly_its_fields(name: str) -> None:
    assert json.loads(twilio.write(TO_TWILIO[name], STREAM_SID)) == golden.body("twilio", name)


@pytest.mark.parametrize(
    "payload", ['"!!!!"', '"äöüß"', '"AAA"', '"A==="', '"=AAA"', '""', '"AAAA\\n"', "7", "null", "[]"]
)
def test_what_is_no_base64_is_refused(payload: str) -> None:
    with pytest.raises(BadMessage) as refused:
        twilio.read(b'{"event":"media","media":{"payload":%b}}' % payload.encode())
    assert refused.value.kind == "bad_media"


@pytest.mark.parametrize("timestamp", ['"soon"', '"-20"', "null", "{}", '""', "1.5", "true"])
def test_a_timestamp_that_is_none_does_not_cost_the_audio(timestamp: str) -> None:
    event = twilio.read(b'{"event":"media","media":{"payload":"AAAA","timestamp":%s}}' % timestamp.encode())
    assert event == (b"AAAA", bytes(3), None, 0)


def test_unknown_events_are_told_apart_from_broken_ones() -> None:
    assert twilio.read(b'{"event":"hologram"}') == caller.Unknown("hologram")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"{", "not_json"),
        (b"\xff\xfe", "not_json"),
        (b"[]", "missing_field"),
        (b'{"event":null}', ""),
        (b'{"event":["a"]}', "missing_field"),
        (b'{"event":"media","media":{}}', "missing_field"),
        (b'{"event":"media","media":{"payload":""}}', "bad_media"),
        (b'{"event":"media","media":{"payload":"abc"}}', "bad_media"),
        (b'{"event":"media","media":{"payload":5}}', "bad_media"),
        (b'{"event":"dtmf","dtmf":{"digit":"12"}}', "bad_digit"),
        (b'{"event":"mark","mark":{"name":7}}', "missing_field"),
        (b'{"event":"start","start":{"streamSid":"MZ1"}}', "missing_field"),
        (b'{"event":"start","start":"now"}', "missing_field"),
    ],
)
def test_broken_messages_are_named_by_kind_and_never_quoted(data: bytes, kind: str) -> None:
    if not kind:
        assert isinstance(twilio.read(data), caller.Unknown)
        return
    with pytest.raises(BadMessage) as caught:
        twilio.read(data)
    assert caught.value.kind == kind


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
EVENTS = st.sampled_from(["connected", "start", "media", "mark", "dtmf", "stop", "other"])


@settings(max_examples=2_000)
@given(
    st.binary(max_size=60)
    | JSON.map(lambda v: json.dumps(v).encode())
    | st.tuples(EVENTS, JSON).map(lambda pair: json.dumps({"event": pair[0], pair[0]: pair[1]}).encode())
)
def test_no_input_does_anything_but_be_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadMessage):
        twilio.read(data)


URL = "wss://relay.example.com/voice/stream"
TOKEN = "relay-test-token"


@pytest.mark.parametrize("tail", ["", "/"])
@pytest.mark.parametrize("port", ["", ":443"])
def test_twilios_own_signature_is_accepted_with_and_without_port_and_slash(port: str, tail: str) -> None:
    signed = URL.replace(".com", f".com{port}") + tail
    signature = RequestValidator(TOKEN).compute_signature(signed, {})
    assert twilio.upgrade_is_signed(TOKEN, URL, signature)


def test_the_documented_vectors_of_a_stream_upgrade() -> None:
    # Source: made with twilio.request_validator.RequestValidator 9.13.0.
    url = "wss://relay.example.com/twilio/media"
    assert twilio.upgrade_is_signed(TOKEN, url, "simKlV27getf4pEbGEUwPmgRxco=")
    assert twilio.upgrade_is_signed(TOKEN, url, "fyOryETMMRiDvjND8FkBLCeCF68=")


@pytest.mark.parametrize("signature", ["", "simKlV27getf4pEbGEUwPmgRxcp=", "é"])
def test_other_signatures_are_refused(signature: str) -> None:
    assert not twilio.upgrade_is_signed(TOKEN, URL, signature)
    other_host = RequestValidator(TOKEN).compute_signature("wss://evil.example.com/voice/stream", {})
    assert not twilio.upgrade_is_signed(TOKEN, URL, other_host)
    assert not twilio.upgrade_is_signed("another-token", URL, RequestValidator(TOKEN).compute_signature(URL, {}))
