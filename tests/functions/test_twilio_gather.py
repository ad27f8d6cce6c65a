"""A rung of the ladder, by the webhooks: turn by turn with the real `tools`, or keys without the clerk."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from flask.testing import FlaskClient
from nightdesk.hotel.memory import MemoryStore
from nightdesk.sinks import MemoryPublisher
from nightdesk.targets import twilio_gather
from nightdesk.tools_client import ToolsClient

from .conftest import ORIGIN, SESSION_ID, Service, Twilio
from .test_properties import write
from .turn_by_turn_line import (
    FRONT_DESK,
    asked,
    gather,
    joined,
    left,
    line,
    session_of,
    spoken,
    tape,
    written,
)
from .twiml_answers import names, said, verbs

__all__ = ["joined", "line"]


def test_the_call_goes_on_by_words_and_keys(line: Twilio) -> None:
    listening = asked(gather(line, 0))
    assert set(listening.get("input", "").split()) == {"dtmf", "speech"}
    assert (listening.get("language"), listening[0].get("language")) == ("en-US", "en-US")
    assert listening[0].text == "Thank you for calling West Bethel Motel. How may I help you?"
    assert listening.get("action") == f"{ORIGIN}/voice/twilio/gather?attempt=2&turn=2"


def test_a_guest_is_told_a_price_and_asked_on(line: Twilio, store: MemoryStore) -> None:
    gather(line, 0)
    answer = gather(
        line, 2, SpeechResult="do you have a room from friday for two nights for two people", Confidence="0.9"
    )
    assert "$" in spoken(answer)
    assert asked(answer).get("action") == f"{ORIGIN}/voice/twilio/gather?attempt=2&turn=4"
    assert [call.name for call in store.tool_calls(SESSION_ID)] == ["check_availability"]
    assert {turn.attempt for turn in store.turns(SESSION_ID)} == {2}


def test_a_webhook_that_comes_twice_is_answered_the_same_and_done_once(line: Twilio, store: MemoryStore) -> None:
    gather(line, 0)
    first, second = (gather(line, 2, SpeechResult="can i speak to a person") for _ in range(2))
    assert first.data == second.data
    assert len(store.tool_calls(SESSION_ID)) == 1


def test_what_is_likely_to_be_said_next_is_a_hint(line: Twilio) -> None:
    assert asked(gather(line, 0)).get("hints") is None
    answer = gather(line, 2, SpeechResult="do you have a room from friday for two nights")
    assert "two guests" in asked(answer).get("hints", "")
    assert gather(line, 2, SpeechResult="do you have a room from friday for two nights").data == answer.data


def test_a_person_is_promised_and_then_rung(line: Twilio) -> None:
    gather(line, 0)
    say, redirect = verbs(gather(line, 2, SpeechResult="can i speak to a person"))
    assert say.tag == "Say"
    assert redirect.text == f"{ORIGIN}/voice/twilio/stream-ended?attempt=2"
    [dial] = verbs(line.post("/voice/twilio/stream-ended?attempt=2"))
    assert (dial.tag, dial[0].text) == ("Dial", FRONT_DESK)


def test_zero_is_a_person_at_any_time_also_twice(line: Twilio) -> None:
    gather(line, 0)
    for _ in range(2):
        say, dial = verbs(gather(line, 2, Digits="0"))
        assert say.text == "One moment, I am putting you through to the front desk."
        assert (dial.tag, dial[0].text) == ("Dial", FRONT_DESK)


def test_keys_are_taken_and_told_to_nobody(
    line: Twilio, store: MemoryStore, publisher: MemoryPublisher, capsys: pytest.CaptureFixture[str]
) -> None:
    gather(line, 0)
    asked(gather(line, 2, Digits="2075550199", FinishedOnKey="#"))
    assert session_of(store).keypad_phone == "+12075550199"
    assert "2075550199" not in capsys.readouterr().out + json.dumps(publisher.events)


@pytest.mark.parametrize("heard", [{"Digits": "1" * 60}, {"Digits": "A1"}, {"SpeechResult": "and " * 2000}])
def test_whoever_says_or_keys_too_much_keeps_the_clerk(line: Twilio, heard: dict[str, str]) -> None:
    gather(line, 0)
    answer = line.post("/voice/twilio/gather?attempt=2&turn=2", **heard)
    assert names(answer) == ["Gather", "Redirect"]
    assert "with the keys of your telephone" not in said(answer)


def test_silence_is_asked_about_and_then_people_are(line: Twilio) -> None:
    gather(line, 0)
    first = gather(line, 2)
    assert "still there" in spoken(first)
    assert asked(first).get("action") == f"{ORIGIN}/voice/twilio/gather?attempt=2&turn=4&silent=1"
    asked(gather(line, 4, silent=1))
    assert names(gather(line, 6, silent=2)) == ["Say", "Dial"]


def test_a_word_makes_silence_count_anew(line: Twilio) -> None:
    gather(line, 0)
    answer = gather(line, 6, silent=2, SpeechResult="is there a pool")
    assert asked(answer).get("action") == f"{ORIGIN}/voice/twilio/gather?attempt=2&turn=8"


def test_a_goodbye_is_said_and_the_call_ends(line: Twilio) -> None:
    gather(line, 0)
    names_ = names(gather(line, 2, SpeechResult="no thank you goodbye"))
    assert names_ == ["Say", "Redirect"]
    assert names(line.post("/voice/twilio/stream-ended?attempt=2")) == ["Hangup"]


def test_a_guest_who_has_hung_up_is_asked_nothing(line: Twilio, store: MemoryStore) -> None:
    assert names(gather(line, 2, CallStatus="completed")) == []
    assert store.turns(SESSION_ID) == []


def test_a_turn_of_an_attempt_that_is_over_gets_what_was_decided(line: Twilio) -> None:
    gather(line, 0)
    decided = gather(line, 2, Digits="0")
    assert gather(line, 2, SpeechResult="is there a pool").data == decided.data


def test_the_engines_are_lost_in_spanish(joined: Callable[..., Twilio], call: Service) -> None:
    twilio = joined()
    call.tool("set_language", "call_1", language="es")
    call.then(reason="engines_lost")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    listening = asked(gather(twilio, 0))
    assert (listening.get("language"), listening[0].get("language")) == ("es-MX", "es-MX")
    assert (listening[0].text or "").startswith("Gracias por llamar")


# -- without the clerk


def test_without_the_clerk_the_guest_has_keys(call: Service, twilio: Twilio, store: MemoryStore) -> None:
    """`tools` is not reachable: TOOLS_URL of these tests is a closed port."""
    call.then(reason="engines_lost")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    answer = gather(twilio, 0)
    assert names(answer) == ["Say", "Gather", "Redirect"]
    text = spoken(answer)
    assert "trouble with this line" in text
    assert "For a person, press 0 at any time." in text
    assert "To leave a message, press 3." in text
    assert session_of(store).rung == "menu"
    assert gather(twilio, 0).data == answer.data


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, b"{}"),
        (503, b'{"v":1,"ok":false,"error":{"code":"unavailable","message":"x"}}'),
        (200, b"<html>"),
        (200, b'{"v":1}'),
        (401, b'{"v":1,"ok":false,"error":{"code":"unauthenticated","message":"x"}}'),
    ],
)
def test_an_answer_that_is_none_leaves_the_keys(
    line: Twilio, monkeypatch: pytest.MonkeyPatch, status: int, content: bytes
) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, content=content))
    monkeypatch.setattr(twilio_gather, "ToolsClient", lambda settings: ToolsClient(settings, transport=transport))
    assert names(gather(line, 0)) == ["Say", "Gather", "Redirect"]


def test_one_failure_of_the_clerks_does_not_end_the_conversation(
    joined: Callable[..., Twilio], call: Service, client: Callable[..., FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio, behind = joined(), httpx.WSGITransport(app=client("tools").application)
    answers = [httpx.Response(503, content=b"no instance")]

    def handle(request: httpx.Request) -> httpx.Response:
        return answers.pop() if answers else behind.handle_request(request)

    monkeypatch.setattr(
        twilio_gather, "ToolsClient", lambda settings: ToolsClient(settings, transport=httpx.MockTransport(handle))
    )
    call.then(reason="engines_lost")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    assert "Thank you for calling" in (asked(gather(twilio, 0))[0].text or "")


def test_the_last_menu_offers_no_agent_and_its_keys_do_what_they_say(
    call: Service, client: Callable[..., FlaskClient], tmp_path: Path
) -> None:
    choices = [{"key": "1", "does": "agent"}, {"key": "2", "does": "hours"}, {"key": "7", "does": "message"}]
    write(tmp_path, "west-bethel-motel.yaml", ivr={"choices": choices})
    twilio = Twilio(client("twilio", PROPERTIES_DIR=str(tmp_path)))
    call.then(reason="engines_lost")
    twilio.post("/voice/twilio/stream-ended?attempt=1")
    answer = gather(twilio, 0)
    assert "assistant" not in spoken(answer)
    url = verbs(answer)[1].get("action", "").removeprefix(ORIGIN)
    assert "Check-in is from 3 PM" in spoken(twilio.post(url, Digits="2"))
    assert "not one of the choices" in spoken(twilio.post(url, Digits="1"))
    for _ in range(2):
        assert names(twilio.post(url, Digits="7")) == ["Say", "Record", "Say", "Hangup"]


def test_no_log_line_tells_what_was_said(line: Twilio, capsys: pytest.CaptureFixture[str]) -> None:
    gather(line, 0)
    gather(line, 2, SpeechResult="my name is rumpelstiltskin")
    tape(line)
    left(line)
    written(line, text="rumpelstiltskin again")
    assert "rumpelstiltskin" not in capsys.readouterr().out
