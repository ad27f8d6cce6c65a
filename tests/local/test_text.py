"""A conversation by keyboard with the real `tools` function, in this process."""

import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import functions_framework
import httpx
import pytest

from local import hotels
from local.state import State
from local.text import Guest, TextConversation, TextFailed, converse, typed_lines

ROOT = Path(__file__).resolve().parents[2]
STATE = State(
    pid=1,
    control_url="",
    control_token="",
    run_folder="",
    tools_url="http://tools",
    service_secret="s" * 32,
    session_signing_key="k" * 64,
)


class Shown:
    def __init__(self) -> None:
        self.agent: list[str] = []
        self.tools: list[dict[str, Any]] = []
        self.notes: list[str] = []

    def __call__(self, kind: str, detail: dict[str, Any]) -> None:
        if kind == "agent":
            self.agent.append(detail["text"])
        elif kind == "tool":
            self.tools.append(detail)
        else:
            self.notes.append(detail["text"])


@pytest.fixture
def transport(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.BaseTransport]:
    settings = {
        "FUNCTION_TARGET": "tools",
        "SESSION_SIGNING_KEY": STATE.session_signing_key,
        "SERVICE_AUTH": "secret",
        "SERVICE_SECRET": STATE.service_secret,
        "STORE": "sqlite",
        "SQLITE_PATH": str(tmp_path / "store.sqlite3"),
        "PUBSUB_ORIGIN": "http://127.0.0.1:9",
        "PUBSUB_PROJECT": "demo",
        "PUBSUB_AUTH": "none",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    path = list(sys.path)
    create_app: Any = functions_framework.create_app
    yield httpx.WSGITransport(app=create_app("tools", str(ROOT / "functions/main.py")))
    sys.path[:] = path


MOTEL = hotels.find("west-bethel-motel")
CALLER = Guest("+12075550142")


def talk(
    transport: httpx.BaseTransport, *lines: str, hotel: hotels.Hotel = MOTEL, guest: Guest = CALLER
) -> tuple[TextConversation, Shown]:
    shown = Shown()
    conversation = TextConversation(STATE, hotel, guest, shown, transport)
    converse(conversation, iter(lines))
    conversation.close()
    return conversation, shown


def test_the_greeting_comes_first(transport: httpx.BaseTransport) -> None:
    _, shown = talk(transport)
    assert shown.agent == ["Thank you for calling West Bethel Motel. How may I help you?"]


def test_a_question_is_answered_by_the_tool_and_put_into_words(transport: httpx.BaseTransport) -> None:
    _, shown = talk(transport, "do you have a room for two nights from friday for two adults and a dog")
    assert [call["name"] for call in shown.tools] == ["check_availability"]
    total = shown.tools[0]["result"]["offers"][0]["total"]
    assert total in shown.agent[-1]


def test_goodbye_ends_the_conversation_and_later_lines_are_not_read(transport: httpx.BaseTransport) -> None:
    conversation, shown = talk(transport, "no thanks goodbye", "are you there")
    assert conversation.over
    assert [call["name"] for call in shown.tools] == ["end_call"]
    assert "oodbye" in shown.agent[-1]


def test_empty_lines_say_nothing(transport: httpx.BaseTransport) -> None:
    _, shown = talk(transport, "", "   \n")
    assert len(shown.agent) == 1


def test_a_wrong_secret_is_an_error_in_one_line(transport: httpx.BaseTransport) -> None:
    state = State(**{**vars(STATE), "service_secret": "wrong"})
    with pytest.raises(TextFailed, match="POST /session: 401"):
        TextConversation(state, MOTEL, Guest(""), Shown(), transport).open()


def test_functions_out_of_reach_are_an_error_in_one_line() -> None:
    state = State(**{**vars(STATE), "tools_url": "http://127.0.0.1:9"})
    with pytest.raises(TextFailed, match="POST /session: "):
        TextConversation(state, MOTEL, Guest(""), Shown()).open()


def test_a_tool_can_be_asked_for_as_a_model_would(transport: httpx.BaseTransport) -> None:
    _, shown = talk(transport, '/take_message for_whom="the manager" message="It hums." urgent=true')
    assert shown.tools[0]["arguments"] == {"for_whom": "the manager", "message": "It hums.", "urgent": True}
    assert shown.agent[-1] == "I have noted your message for the manager and marked it urgent."


def test_an_ending_by_hand_ends_it_and_a_hold_does_not(transport: httpx.BaseTransport) -> None:
    conversation, shown = talk(transport, "/play_hold_music seconds=20", "/transfer_to_human", "/tools")
    assert conversation.over
    assert [tool["then"]["action"] for tool in shown.tools] == ["hold", "transfer"]
    assert shown.notes == ["hold of 20 seconds"]


def test_keys_reach_their_tool_as_the_relay_brings_them(transport: httpx.BaseTransport) -> None:
    _, shown = talk(transport, "/keys 2075550199#")
    assert shown.notes == ["The guest keyed a phone number ending in 99."]


@pytest.mark.parametrize(
    ("line", "note"),
    [("/book_spa", "There is no tool book_spa. /tools lists them."), ('/take_message "', "No closing quotation")],
)
def test_a_mistake_of_who_types_is_a_note(transport: httpx.BaseTransport, line: str, note: str) -> None:
    _, shown = talk(transport, line)
    assert shown.notes == [note]
    assert shown.tools == []


def test_tools_are_listed_with_their_arguments(transport: httpx.BaseTransport) -> None:
    _, shown = talk(transport, "/tools")
    assert "transfer_to_human(department, reason)" in shown.notes


def test_the_other_hotel_answers_in_its_own_language_or_in_the_one_that_is_asked_for(
    transport: httpx.BaseTransport,
) -> None:
    casa = hotels.find("hotel-casa-alondra")
    assert casa.languages == ("es", "en")
    _, shown = talk(transport, hotel=casa)
    assert shown.agent == ["Gracias por llamar al Hotel Casa Alondra. ¿En qué puedo ayudarle?"]
    _, shown = talk(transport, hotel=casa, guest=Guest("", "", "en"))
    assert shown.agent == ["Thank you for calling Hotel Casa Alondra. How may I help you?"]


def test_typed_lines_end_with_the_input() -> None:
    assert list(typed_lines(StringIO("one\n\ntwo"), show_prompt=False)) == ["one\n", "\n", "two"]
