"""The codec of the kiosk's wire against its schema, its golden messages, and garbage."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relay import caller, kiosk
from relay.clients import Page
from relay.errors import BadMessage
from tests.relay import golden

SCHEMA = json.loads((Path(kiosk.__file__).parent / "kiosk.schema.json").read_text())
STREAM_SID = "KS00112233445566778899aabbccddeeff"

FROM_PAGE: dict[str, caller.FromCaller] = {
    "from_start": caller.Start(STREAM_SID, "", "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", caller.PCM24),
    "from_played_mark": caller.Mark("g3:item_A:4200"),
    "from_played_between": caller.Played("g3:item_A:4320", 47),
    "from_interrupt": caller.Interrupt(),
    "from_text": caller.Text("Do you have a room for two, tonight?"),
    "from_typing": caller.Typing(),
    "from_dtmf": caller.Dtmf("5"),
    "from_stop": caller.Stop(),
}
TO_PAGE: dict[str, caller.SendMark | caller.Clear | kiosk.ToScreen] = {
    "to_started": kiosk.Started(STREAM_SID, "sess_dwwvcqlv5huuipgg3u474f77jl", 1),
    "to_mark": caller.SendMark("g3:item_A:4200", "item_A", 4200),
    "to_clear": caller.Clear(),
    "to_state": kiosk.ShowState("speaking"),
    "to_caption_partial": kiosk.Caption("assistant", "item_A", "We have a Deluxe", final=False),
    "to_caption_interrupted": kiosk.Caption("assistant", "item_A", "We have a", final=True, interrupted=True),
    "to_caption_user": kiosk.Caption("user", "item_B", "A room for two, please.", final=True),
    "to_card": kiosk.ShowCard(
        "call_9", {"type": "availability", "offers": [{"room_type": "deluxe_king", "total_cents": 33572}]}
    ),
    "to_error": kiosk.Problem("bad_text"),
    "to_ended": kiosk.Ended("then", "Thank you for your visit.", again=False),
    "to_ended_again": kiosk.Ended("draining", "One moment, please: you are being connected again.", again=True),
}


def validator(message: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({**SCHEMA, "$ref": f"#/$defs/{message}"})


FROM_PAGE_SCHEMA, TO_PAGE_SCHEMA = validator("from_page"), validator("to_page")


def read(message: object) -> caller.FromCaller:
    return kiosk.read(json.dumps(message).encode(), STREAM_SID)


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_golden_message_is_tried() -> None:
    assert sorted([*FROM_PAGE, *TO_PAGE]) == golden.names("kiosk")


@pytest.mark.parametrize("name", FROM_PAGE)
def test_messages_from_a_page_obey_the_schema_and_are_read(name: str) -> None:
    body = golden.body("kiosk", name)
    FROM_PAGE_SCHEMA.validate(body)
    assert read(body) == FROM_PAGE[name]


@pytest.mark.parametrize("name", TO_PAGE)
def test_messages_to_a_page_obey_the_schema_and_are_the_golden_ones(name: str) -> None:
    written = json.loads(kiosk.write(TO_PAGE[name]))
    TO_PAGE_SCHEMA.validate(written)
    assert written == golden.body("kiosk", name)


@pytest.mark.parametrize("name", TO_PAGE)
def test_a_message_to_a_page_without_one_of_its_fields_is_none(name: str) -> None:
    for field in golden.body("kiosk", name).keys() - {"interrupted"}:
        body = golden.body("kiosk", name)
        del body[field]
        assert not TO_PAGE_SCHEMA.is_valid(body), field


@pytest.mark.parametrize("code", SCHEMA["$defs"]["error"]["properties"]["code"]["enum"])
def test_every_problem_is_told_in_words_of_its_own(code: str) -> None:
    written = json.loads(kiosk.write(kiosk.Problem(code)))
    TO_PAGE_SCHEMA.validate(written)
    assert written["message"] != json.loads(kiosk.write(kiosk.Problem("another")))["message"]


@pytest.mark.parametrize("audio", [{"format": "pcm", "rate": 16000}, {"format": "opus", "rate": 24000}])
def test_another_audio_format_is_none_of_ours(audio: dict[str, Any]) -> None:
    start = read({"type": "start", "v": 1, "token": "t", "audio": audio})
    assert isinstance(start, caller.Start)
    assert start.audio is None


def test_a_page_does_not_name_its_own_stream() -> None:
    start = read({**golden.body("kiosk", "from_start"), "stream_sid": "KSchosen", "call_sid": "CAchosen"})
    assert isinstance(start, caller.Start)
    assert (start.stream_sid, start.call_sid) == (STREAM_SID, "")


@pytest.mark.parametrize("samples", [1, 480, 24_000])
def test_audio_is_whole_samples_up_to_a_second(samples: int) -> None:
    pcm = bytes(range(256)) * 200
    media = kiosk.read_audio(memoryview(pcm)[: 2 * samples])
    assert base64.b64decode(media[0]) == media[1] == pcm[: 2 * samples]


@pytest.mark.parametrize("size", [46, 48_000])
def test_audio_in_pieces_of_any_size_is_counted(size: int) -> None:
    """46 bytes are less than a millisecond."""
    page, passed = Page(), 0
    with contextlib.suppress(BadMessage):
        while passed < 10_000 * caller.PCM24.bytes_per_ms:
            page.read_binary(memoryview(bytes(size)))
            passed += size
    assert 5000 <= passed / caller.PCM24.bytes_per_ms < 7000


@pytest.mark.parametrize("size", [0, 1, 961, 48_002])
def test_half_samples_nothing_and_more_than_a_second_are_no_audio(size: int) -> None:
    with pytest.raises(BadMessage) as caught:
        kiosk.read_audio(bytes(size))
    assert caught.value.kind == "bad_audio"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"{", "not_json"),
        (b"\xff", "not_json"),
        (b"[]", "missing_field"),
        (b'{"type":"text","text":"  "}', "bad_text"),
        (json.dumps({"type": "text", "text": "x" * 2001}).encode(), "bad_text"),
        (b'{"type":"dtmf","digit":"A"}', "bad_digit"),
        (b'{"type":"played"}', "missing_field"),
        (b'{"type":"played","mark":"m","ms":-1}', "missing_field"),
        (b'{"type":"start","v":1,"token":"t"}', "missing_field"),
    ],
)
def test_broken_messages_are_named_by_kind(data: bytes, kind: str) -> None:
    with pytest.raises(BadMessage) as caught:
        kiosk.read(data, STREAM_SID)
    assert caught.value.kind == kind


def test_unknown_types_are_told_apart_from_broken_ones() -> None:
    assert read({"type": "hologram"}) == caller.Unknown("hologram")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**20) | st.text(max_size=20) | st.just("x" * 201),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=6,
)
BODIES = {name: golden.body("kiosk", name) for name in FROM_PAGE}


@st.composite
def nearly_right(draw: st.DrawFn) -> dict[str, Any]:
    """A golden message with one field left out, or changed into anything."""
    body = copy.deepcopy(BODIES[draw(st.sampled_from(sorted(BODIES)))])
    place = body["audio"] if "audio" in body and draw(st.booleans()) else body
    field = draw(st.sampled_from(sorted(place)))
    if draw(st.integers(0, 4)):
        place[field] = draw(JSON)
    else:
        del place[field]
    return body


@settings(max_examples=1_500)
@given(nearly_right())
@example({"type": "text", "text": "\u00a0"})
def test_the_codec_takes_exactly_what_the_schema_takes(body: dict[str, Any]) -> None:
    try:
        event = read(body)
    except BadMessage:
        taken = False
    else:
        taken = not isinstance(event, caller.Unknown)
        if isinstance(event, caller.Start):
            taken = event.audio is not None and event.token != ""  # a call refuses these by name
    assert taken == FROM_PAGE_SCHEMA.is_valid(body)


TYPES = st.sampled_from([*sorted({body["type"] for body in BODIES.values()}), "other"])
FIELDS = st.dictionaries(st.sampled_from(["token", "mark", "ms", "text", "digit", "audio", "v"]), JSON, max_size=4)


@settings(max_examples=2_000)
@given(
    st.binary(max_size=60)
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.tuples(TYPES, FIELDS).map(lambda pair: json.dumps({"type": pair[0], **pair[1]}).encode())
)
def test_no_input_does_anything_but_be_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(BadMessage):
        kiosk.read(data, STREAM_SID)
    with contextlib.suppress(BadMessage):
        kiosk.read_audio(data)
