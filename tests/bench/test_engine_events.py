"""What the fake engine says is valid GA Realtime, by the types of OpenAI's own package."""

from typing import Annotated, Any, Union, cast, get_args

import pytest
from openai.types.realtime.realtime_server_event import RealtimeServerEvent
from pydantic import Field, TypeAdapter

from bench.load.engine_events import ResponseEvents, default_session, error, event, merged, user_turn

_MEMBERS = get_args(get_args(RealtimeServerEvent)[0])
server_event: TypeAdapter[Any] = TypeAdapter(
    cast(Any, Annotated[Union[_MEMBERS], Field(discriminator="type")])  # noqa: UP007
)

_RESPONSE = ResponseEvents(1, 2)
_STARTED, _FINISHED = user_turn(1, 2, 100, 900)


@pytest.mark.parametrize(
    "said",
    [
        event("session.created", "e", session=default_session(1)),
        event("session.updated", "e", session=default_session(1)),
        *_RESPONSE.begin(),
        _RESPONSE.delta(b"////"),
        *_RESPONSE.end("completed"),
        *_RESPONSE.end("cancelled"),
        *_RESPONSE.tool_call("check_availability", "{}"),
        _STARTED,
        *_FINISHED,
        error("item_not_found", "event_1"),
    ],
    ids=lambda said: str(server_event.validate_json(said).type),
)
def test_every_event_is_valid(said: bytes) -> None:
    server_event.validate_json(said)


def test_an_update_changes_what_it_names_and_nothing_else() -> None:
    before = default_session(1)
    after = merged(before, {"audio": {"input": {"format": {"type": "audio/pcmu"}}}, "instructions": "Be brief."})
    assert after["audio"]["input"]["format"] == {"type": "audio/pcmu"}
    assert after["audio"]["input"]["turn_detection"] == before["audio"]["input"]["turn_detection"]
    assert after["audio"]["output"] == before["audio"]["output"]
    assert after["instructions"] == "Be brief."


def test_a_delta_carries_its_audio_unchanged() -> None:
    assert server_event.validate_json(_RESPONSE.delta(b"AAAA")).delta == "AAAA"
