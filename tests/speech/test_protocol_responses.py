"""Responses: their events in order, their end for every reason, tools, usage, and what belongs to no conversation."""

import base64
import json
from typing import Any

import pytest

from speech.brain import Message
from speech.events import Cease, Respond
from tests.speech.wire import Client, error, events, only, silence, speech, telephone, types

OPEN = [
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
]
CLOSE = [
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]
DELTA = ["response.output_audio_transcript.delta", "response.output_audio.delta"]


def phone() -> Client:
    return Client(audio=telephone())


def test_a_spoken_answer_from_created_to_done() -> None:
    client = phone()
    outputs = client.send("response.create")
    assert types(outputs) == ["response.created", "rate_limits.updated"]
    created = events(outputs)[0]["response"]
    assert (created["status"], created["output"], created["usage"]) == ("in_progress", [], None)
    assert created["conversation_id"] == client.realtime.conversation.id
    assert created["audio"]["output"]["format"] == {"type": "audio/pcmu"}
    assert isinstance(outputs[-1], Respond)
    response_id = outputs[-1].response_id
    assert types(client.realtime.speak(response_id, "Good ", silence(200))) == OPEN + DELTA
    assert types(client.realtime.speak(response_id, "", silence(200))) == DELTA[1:]
    assert types(client.realtime.speak(response_id, "evening.", silence(100))) == DELTA
    outputs = client.realtime.finish(response_id)
    assert types(outputs) == CLOSE
    done = only(outputs, "response.done")["response"]
    assert (done["id"], done["status"], done["status_details"]) == (response_id, "completed", None)
    assert done["output"][0]["content"] == [{"type": "output_audio", "transcript": "Good evening."}]
    assert only(outputs, "response.output_audio_transcript.done")["transcript"] == "Good evening."


def test_the_deltas_are_the_audio_and_the_words() -> None:
    client = phone()
    response_id = client.respond()
    outputs = client.realtime.speak(response_id, "Good ", b"\x01" * 1600)
    outputs += client.realtime.speak(response_id, "evening.", b"\x02" * 160)
    deltas = [event["delta"] for event in events(outputs) if event["type"] == DELTA[1]]
    assert b"".join(map(base64.b64decode, deltas)) == b"\x01" * 1600 + b"\x02" * 160
    places = {
        (event["item_id"], event["output_index"], event["content_index"])
        for event in events(outputs)
        if "delta" in event
    }
    assert len(places) == 1


def test_a_written_answer_has_text_events() -> None:
    client = Client(output_modalities=["text"])
    response_id = client.respond()
    assert client.realtime.voice_of(response_id) is None
    assert types(client.realtime.write(response_id, "Good evening.")) == [*OPEN, "response.output_text.delta"]
    outputs = client.realtime.finish(response_id)
    assert types(outputs) == ["response.output_text.done", *CLOSE[2:]]
    assert only(outputs, "response.done")["response"]["output"][0]["content"] == [
        {"type": "output_text", "text": "Good evening."}
    ]


def test_a_tool_call_is_an_item_with_a_random_id() -> None:
    client = phone()
    response_id = client.respond()
    outputs = client.realtime.call(response_id, "check_availability", {"check_in": "2026-11-27"})
    assert types(outputs) == [
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "conversation.item.done",
        "response.output_item.done",
    ]
    item = only(outputs, "response.output_item.done")["item"]
    assert item["status"] == "completed"
    assert json.loads(item["arguments"]) == {"check_in": "2026-11-27"}
    assert item["call_id"].startswith("call_")
    assert only(outputs, "response.function_call_arguments.done")["name"] == "check_availability"
    assert only(client.realtime.finish(response_id), "response.done")["response"]["output"] == [item]
    answer = {"type": "function_call_output", "call_id": item["call_id"], "output": "{}"}
    assert types(client.send("conversation.item.create", item=answer))[-1] == "conversation.item.done"


def test_words_may_come_before_a_tool_call() -> None:
    client = phone()
    response_id = client.respond()
    client.realtime.speak(response_id, "One moment.", silence(200))
    outputs = client.realtime.call(response_id, "search_kb", {})
    assert types(outputs)[:5] == CLOSE[:5]
    indexes = [event["output_index"] for event in events(outputs) if event["type"] == "response.output_item.done"]
    assert indexes == [0, 1]
    output = only(client.realtime.finish(response_id), "response.done")["response"]["output"]
    assert [item["type"] for item in output] == ["message", "function_call"]


def test_metadata_is_echoed() -> None:
    client = phone()
    outputs = client.send("response.create", response={"metadata": {"purpose": "greeting"}})
    assert only(outputs, "response.created")["response"]["metadata"] == {"purpose": "greeting"}
    done = only(client.send("response.cancel"), "response.done")
    assert done["response"]["metadata"] == {"purpose": "greeting"}


@pytest.mark.parametrize(
    "metadata", [{"k" * 65: "v"}, {"k": "v" * 513}, {"k": 1}, {str(n): "v" for n in range(17)}, ["k"]]
)
def test_metadata_has_limits(metadata: Any) -> None:
    assert error(phone().send("response.create", response={"metadata": metadata}))["param"].startswith(
        "response.metadata"
    )


def test_there_is_one_active_response() -> None:
    client = phone()
    response_id = client.respond()
    said = error(client.send("response.create", event_id="again"))
    assert said["code"] == "conversation_already_has_active_response"
    assert said["event_id"] == "again"
    assert said["message"] == (
        f"Conversation already has an active response in progress: {response_id}. "
        "Wait until the response is finished before creating a new one."
    )
    client.realtime.finish(response_id)
    assert types(client.send("response.create"))[0] == "response.created"


def test_cancel_ends_the_response_and_what_was_begun() -> None:
    client = phone()
    response_id = client.respond()
    client.realtime.speak(response_id, "Good ", silence(200))
    outputs = client.send("response.cancel")
    assert types(outputs) == CLOSE
    done = only(outputs, "response.done")["response"]
    assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert done["output"][0]["status"] == "incomplete"
    assert done["usage"]["output_token_details"]["audio_tokens"] == 4
    assert Cease(response_id) in outputs
    assert client.realtime.finish(response_id) == []


def test_cancel_without_a_response_is_a_harmless_error() -> None:
    client = phone()
    said = error(client.send("response.cancel"))
    assert (said["code"], said["message"]) == (
        "response_cancel_not_active",
        "Cancellation failed: no active response found",
    )
    response_id = client.respond()
    assert error(client.send("response.cancel", response_id="resp_other"))["code"] == "response_cancel_not_active"
    assert types(client.send("response.cancel", response_id=response_id)) == ["response.done"]


def test_a_brain_out_of_reach_fails_the_response() -> None:
    client = phone()
    response_id = client.respond()
    done = only(client.realtime.fail(response_id, "clerk_unreachable", "no route"), "response.done")["response"]
    assert done["status"] == "failed"
    assert done["status_details"] == {
        "type": "failed",
        "error": {"type": "server_error", "code": "clerk_unreachable", "message": "no route"},
    }
    assert types(client.send("response.create"))[0] == "response.created"


def test_usage_counts_by_the_published_rule() -> None:
    client = Client(audio=telephone(), instructions="x" * 40)
    client.say("y" * 20)
    client.append(speech(1000))
    client.send("input_audio_buffer.commit")
    client.speak("four words of it", 2000)
    response_id = client.respond()
    client.realtime.speak(response_id, "z" * 12, silence(1010))
    usage = only(client.realtime.finish(response_id), "response.done")["response"]["usage"]
    assert usage["input_token_details"]["text_tokens"] == 10 + 5
    assert usage["input_token_details"]["audio_tokens"] == 10 + 40
    assert usage["input_token_details"]["cached_tokens"] == 0
    assert usage["output_token_details"] == {"text_tokens": 3, "audio_tokens": 21}
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] == 65 + 24


def test_instructions_and_tools_of_one_response_reach_the_brain() -> None:
    tools = [{"type": "function", "name": "end_call"}, {"type": "function", "name": "search_kb"}]
    client = Client(audio=telephone(), instructions="session", tools=tools)
    request = client.realtime.request(client.respond(instructions='Say exactly: "Hello."', tools=tools[:1]))
    assert request is not None
    assert (request.instructions, request.response_instructions) == ("session", 'Say exactly: "Hello."')
    assert request.tools == tools[:1]
    client.send("response.cancel")
    request = client.realtime.request(client.respond())
    assert request is not None
    assert (request.response_instructions, request.tools) == (None, tools)
    client.send("response.cancel")
    request = client.realtime.request(client.respond(tool_choice="none"))
    assert request is not None
    assert request.tools == []


def test_an_out_of_band_response_runs_beside_and_leaves_nothing() -> None:
    client = phone()
    client.say("a room please", "i1")
    spoken = client.respond()
    asked = [
        {"type": "item_reference", "id": "i1"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Summarise."}]},
    ]
    aside = client.respond(conversation="none", input=asked, output_modalities=["text"], metadata={"job": "summary"})
    request = client.realtime.request(aside)
    assert request is not None
    assert [turn.text for turn in request.history if isinstance(turn, Message)] == ["a room please", "Summarise."]
    outputs = client.realtime.write(aside, "A guest wants a room.")
    assert "conversation.item.added" not in types(outputs)
    done = only(client.realtime.finish(aside), "response.done")["response"]
    assert (done["conversation_id"], done["metadata"]) == (None, {"job": "summary"})
    assert [item.id for item in client.realtime.conversation.items] == ["i1"]
    assert types(client.realtime.speak(spoken, "Hello.", silence(200)))[-1] == DELTA[1]


def test_an_empty_input_is_no_context_and_a_reference_must_exist() -> None:
    client = phone()
    client.say("a room please", "i1")
    request = client.realtime.request(client.respond(conversation="none", input=[]))
    assert request is not None
    assert request.history == []
    wrong = [{"type": "item_reference", "id": "i9"}]
    assert error(client.send("response.create", response={"input": wrong}))["param"] == "response.input[0].id"


def test_the_answer_may_have_another_format_than_the_question() -> None:
    client = phone()
    pcm = {"type": "audio/pcm", "rate": 24000}
    response_id = client.respond(audio={"output": {"format": pcm, "voice": "cedar"}})
    assert client.realtime.voice_of(response_id) == ("audio/pcm", 1.0)
    client.realtime.speak(response_id, "Hello.", bytes(48 * 200))
    done = only(client.realtime.finish(response_id), "response.done")["response"]
    assert done["audio"]["output"] == {"format": pcm, "voice": "cedar"}
    assert done["usage"]["output_token_details"]["audio_tokens"] == 4


def test_an_item_deleted_while_it_is_spoken_is_not_mentioned_again() -> None:
    client = phone()
    response_id = client.respond()
    item_id = events(client.realtime.speak(response_id, "Good ", silence(200)))[0]["item"]["id"]
    client.send("conversation.item.delete", item_id=item_id)
    assert "conversation.item.done" not in types(client.realtime.finish(response_id))
    assert client.realtime.conversation.items == ()


def test_an_answer_without_words_or_tools_is_empty() -> None:
    client = phone()
    done = only(client.realtime.finish(client.respond()), "response.done")["response"]
    assert (done["status"], done["output"]) == ("completed", [])
