"""POST /session in the live dialect: what the GPT-Live API is given, in both modes of delegation."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from nightdesk import live_session, properties
from openai.types.live import SessionConfig
from pydantic import BaseModel

from .conftest import CALLER, Service
from .schemas import validator
from .test_golden import expect, golden, send
from .test_properties import write
from .test_session import for_the_phone


def unknown_fields(model: Any, path: str = "session") -> Iterator[str]:
    """The package's types keep what they do not know instead of refusing it, as the service does."""
    for each in model if isinstance(model, list) else [model]:
        if isinstance(each, BaseModel):
            yield from (f"{path}.{name}" for name in each.model_extra or {})
            for name in type(each).model_fields:
                yield from unknown_fields(getattr(each, name), f"{path}.{name}")


@pytest.fixture
def engine(tools: Service, token: Callable[..., str]) -> dict[str, Any]:
    answer = tools.session(token(), dialect="live")
    assert answer.status_code == 200
    made: dict[str, Any] = answer.get_json()["engine_session"]
    return made


def test_the_answer_obeys_the_contract(tools: Service, token: Callable[..., str]) -> None:
    validator("session", "answer").validate(tools.session(token(), dialect="live").get_json())


def test_the_answer_is_the_golden_one(tools: Service, token: Callable[..., str]) -> None:
    answer = send(tools, "session_request_live", token=token())
    made, wanted = answer.get_json()["engine_session"], golden("session_answer_live")["body"]["engine_session"]
    for session in (made, wanted):
        session["instructions"] = session["delegation"]["responses"]["instructions"] = ""
        session["delegation"]["responses"]["tools"] = []
    assert made == wanted
    expect(answer, "session_answer_live", "engine_session", "opening")


def test_it_is_what_the_api_takes(engine: dict[str, Any]) -> None:
    assert list(unknown_fields(SessionConfig.model_validate(engine))) == []
    assert engine["model"] == "gpt-live-1"
    assert engine["audio"]["format"] == {"type": "audio/pcmu", "rate": 8000}
    assert engine["store"] is False
    assert None not in engine.values(), "the service takes no null"


def test_a_conversation_at_a_screen_has_pcm(tools: Service, token: Callable[..., str]) -> None:
    asked = tools.session(token(), dialect="live", audio="pcm").get_json()["engine_session"]
    assert asked["audio"]["format"] == {"type": "audio/pcm", "rate": 24000}


def test_the_voice_is_told_the_three_policies_and_few_words(engine: dict[str, Any]) -> None:
    told = engine["instructions"]
    headings = ["Backchannel policy:", "Interruption policy:", "Delegation policy:", "Backend tools:"]
    headings += ["Delegate to the backend when:", "Do not delegate to the backend when:"]
    assert [heading for heading in headings if heading not in told] == []
    assert len(told) < 3_500
    assert "West Bethel Motel" in told


def test_the_text_model_has_the_rules_and_the_tools(engine: dict[str, Any]) -> None:
    delegation = engine["delegation"]
    responses = delegation["responses"]
    assert (delegation["type"], responses["model"]) == ("responses", "gpt-5.6-terra")
    assert responses["parallel_tool_calls"] is False
    assert "check_availability" in responses["instructions"]
    assert [tool["name"] for tool in responses["tools"]] == for_the_phone()


def test_every_tool_is_strict_as_the_api_wants_it(engine: dict[str, Any]) -> None:
    for tool in engine["delegation"]["responses"]["tools"]:
        assert tool["strict"] is True
        schema = tool["parameters"]
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])
        assert not any({"default", "maxLength", "minLength"} & set(p) for p in schema["properties"].values())


def test_what_a_guest_need_not_say_may_be_null() -> None:
    schema = {
        "type": "object",
        "properties": {
            "room": {"type": "string", "enum": ["a", "b"], "description": "Which."},
            "count": {"type": "integer", "default": 1, "minimum": 1},
            "name": {"type": "string", "maxLength": 80},
        },
        "required": ["name"],
    }
    assert live_session.strict(schema) == {
        "type": "object",
        "additionalProperties": False,
        "required": ["room", "count", "name"],
        "properties": {
            "room": {"type": ["string", "null"], "enum": ["a", "b", None], "description": "Which."},
            "count": {"type": ["integer", "null"], "minimum": 1},
            "name": {"type": "string"},
        },
    }


def test_null_arguments_were_not_given(call: Service) -> None:
    asked = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
    plain = call.tool("check_availability", "call_1", **asked).get_json()
    strict = call.tool("check_availability", "call_2", **asked, children=None, pets=None, room_type=None).get_json()
    assert strict["result"] == plain["result"]
    assert strict["ok"] is True


def test_a_hotel_may_leave_the_work_to_the_clerk(
    client: Callable[..., FlaskClient], token: Callable[..., str], tmp_path: Any
) -> None:
    folder = tmp_path / "properties"
    folder.mkdir()
    write(folder, "west-bethel-motel.yaml", live={"delegation": "client"})
    tools = Service(client("tools", PROPERTIES_DIR=str(folder)))
    engine = tools.session(token(), dialect="live").get_json()["engine_session"]
    assert engine["delegation"] == {"type": "client", "acknowledgement_delay_ms": 800}
    assert list(unknown_fields(SessionConfig.model_validate(engine))) == []


def test_a_first_session_has_no_history_and_a_later_one_has_what_was_said_and_done(
    call: Service, token: Callable[..., str], engine: dict[str, Any]
) -> None:
    assert "input" not in engine
    call.turn(1, "assistant", "Thank you for calling.")
    call.turn(2, "user", "A room for Friday?")
    asked = {"check_in": "2026-11-27", "check_out": "2026-11-29", "adults": 2}
    call.tool("check_availability", "call_1", _turn=2, **asked)
    later = call.session(token(attempt=2), stream_sid="MZ" + "f" * 32, dialect="live").get_json()["engine_session"]
    assert list(unknown_fields(SessionConfig.model_validate(later))) == []
    said = [(item["role"], item["content"][0]["type"]) for item in later["input"]]
    assert said == [("assistant", "output_text"), ("user", "input_text"), ("developer", "input_text")]
    done, _, brought = later["input"][2]["content"][0]["text"].partition(" gave ")
    assert json.loads(done.removeprefix("check_availability(").removesuffix(")")) == asked
    assert json.loads(brought)["nights"] == 2


def test_a_long_history_is_cut_to_its_newest_part() -> None:
    said = [{"type": "message", "role": "user", "text": f"{n} " + "x" * 100} for n in range(300)]
    messages = live_session.input_messages(said)
    assert len(messages) == 128
    assert messages[-1]["content"][0]["text"].startswith("299 ")
    long = [{"type": "message", "role": "user", "text": "y" * 9_000}] * 4
    assert len(live_session.input_messages(long)) == 2
    of_two_bytes = [{**message, "text": "ñ" * 9_000} for message in long]
    assert len(live_session.input_messages(of_two_bytes)) == 1


def test_the_safety_identifier_is_stable_and_tells_nothing(engine: dict[str, Any]) -> None:
    identifier = engine["safety_identifier"]
    assert identifier == live_session.safety_identifier("west-bethel-motel", CALLER)
    assert identifier != live_session.safety_identifier("another-hotel", CALLER)
    assert CALLER[1:] not in json.dumps(engine)


def test_an_unknown_voice_gives_way_to_the_standard_one() -> None:
    hotel = properties.load().by_id["west-bethel-motel"]
    made = live_session.engine_session(
        session_id="s",
        caller_id="",
        hotel=hotel,
        voice="fable",
        voice_prompt="v",
        backend_prompt="b",
        tools=[],
        history=[],
        audio="pcmu",
    )
    assert made["audio"]["output"]["voice"] == "marin"


def test_the_relay_may_ask_the_clerk_for_a_voice_that_delegates(call: Service) -> None:
    answer = send(call, "clerk_request_live")
    assert answer.status_code == 200
    validator("clerk", "answer").validate(answer.get_json())
    assert answer.get_json()["tool_call"]["name"] == "check_availability"


@pytest.mark.parametrize(
    ("live", "field"), [({"delegation": "magic"}, "live.delegation"), ({"mode": "x"}, "live.mode")]
)
def test_a_mistake_in_the_live_settings_is_named(tmp_path: Any, live: dict[str, str], field: str) -> None:
    write(tmp_path, "west-bethel-motel.yaml", live=live)
    [broken] = properties.load(tmp_path).broken
    assert broken.field == field
