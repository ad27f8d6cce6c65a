"""Items: created, placed, retrieved, truncated, deleted; and what the brain reads of them."""

import base64
from typing import Any

import pytest

from speech.brain import Call, Message, Outcome
from speech.events import Feed, Forget, Listen, Recognise
from tests.speech.wire import Client, error, events, only, silence, speech, telephone, types


def create(client: Client, item: dict[str, Any], **fields: Any) -> list[Any]:
    return client.send("conversation.item.create", item=item, **fields)


def text_item(role: str, text: str, **more: Any) -> dict[str, Any]:
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}], **more}


def order(client: Client) -> list[str]:
    return [item.id for item in client.realtime.conversation.items]


def test_a_created_item_is_added_and_done() -> None:
    client = Client()
    outputs = create(client, text_item("user", "a room please", id="i1"))
    assert types(outputs) == ["conversation.item.added", "conversation.item.done"]
    item = only(outputs, "conversation.item.done")["item"]
    assert item == {
        "id": "i1",
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_text", "text": "a room please"}],
    }


def test_items_stand_where_the_client_puts_them() -> None:
    client = Client()
    assert only(create(client, text_item("user", "1", id="i1")), "conversation.item.added")["previous_item_id"] is None
    assert only(create(client, text_item("user", "3", id="i3")), "conversation.item.added")["previous_item_id"] == "i1"
    create(client, text_item("user", "2", id="i2"), previous_item_id="i1")
    create(client, text_item("system", "0", id="i0"), previous_item_id="root")
    create(client, text_item("user", "4", id="i4"), previous_item_id="")
    assert order(client) == ["i0", "i1", "i2", "i3", "i4"]


def test_a_whole_history_is_replayed_and_read() -> None:
    """What a relay seeds after a break: every role, a tool call and its outcome."""
    client = Client()
    create(client, text_item("system", "The caller pressed a key.", id="s"))
    create(client, text_item("user", "a room for friday", id="u"))
    call = {"type": "function_call", "id": "c", "name": "check_availability", "call_id": "call_1", "arguments": "{}"}
    create(client, call)
    create(client, {"type": "function_call_output", "id": "o", "call_id": "call_1", "output": '{"offers": []}'})
    create(client, text_item("assistant", "There is a room.", id="a"))
    request = client.realtime.request(client.respond())
    assert request is not None
    assert request.history == [
        Message("system", "The caller pressed a key.", "s"),
        Message("user", "a room for friday", "u"),
        Call("call_1", "check_availability", "{}"),
        Outcome("call_1", '{"offers": []}'),
        Message("assistant", "There is a room.", "a"),
    ]


REFUSED = [
    (
        {"type": "function_call_output", "call_id": "call_9", "output": "{}"},
        "invalid_tool_call_id",
        "Tool call ID 'call_9' not found in conversation.",
    ),
    (
        {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "hi"}]},
        "invalid_value",
        "Invalid value: 'output_audio'. Value must be 'output_text'.",
    ),
    (
        {"type": "message", "role": "user", "content": [{"type": "text", "text": "hi"}]},
        "invalid_value",
        "Invalid value: 'text'. Supported values are: 'input_text' and 'input_audio'.",
    ),
    (
        {"type": "message", "role": "robot", "content": []},
        "invalid_value",
        "Invalid value: 'robot'. Supported values are: 'user', 'assistant', and 'system'.",
    ),
    ({"role": "user", "content": []}, "missing_required_parameter", "Missing required parameter: 'item.type'."),
    ({"type": "message", "role": "user", "content": []}, "missing_required_parameter", "item.content[0]"),
    ({"type": "message", "role": "user"}, "missing_required_parameter", "item.content"),
    (
        {"type": "message", "role": "user", "content": "hi"},
        "invalid_type",
        "Invalid type for 'item.content': expected an array, but got a string instead.",
    ),
    (text_item("user", "hi", id="i" * 33), "string_above_max_length", "maximum length 32"),
    (text_item("user", "hi", colour="red"), "unknown_parameter", "Unknown parameter: 'item.colour'."),
    ({"type": "function_call", "name": "a", "arguments": "{}", "call_id": "a/b"}, "invalid_value", "pattern"),
    ({"type": "mcp_call"}, "invalid_value", "'message', 'function_call', and 'function_call_output'"),
]


@pytest.mark.parametrize(("item", "code", "message"), REFUSED)
def test_an_item_the_service_would_not_take_is_refused(item: dict[str, Any], code: str, message: str) -> None:
    client = Client()
    said = error(create(client, item))
    assert said["code"] == code
    assert message in said["message"]
    assert order(client) == []


def test_an_id_is_taken_once_and_the_item_before_must_exist() -> None:
    client = Client()
    client.say("hi", "i1")
    assert error(client.say("again", "i1"))["param"] == "item.id"
    said = error(create(client, text_item("user", "x"), previous_item_id="i9"))
    assert said["message"] == "Error adding item: the previous item with id 'i9' does not exist."
    assert order(client) == ["i1"]


def test_a_deleted_item_is_gone_for_everybody() -> None:
    client = Client()
    client.say("never mind", "i1")
    assert types(client.send("conversation.item.delete", item_id="i1")) == ["conversation.item.deleted"]
    said = error(client.send("conversation.item.delete", item_id="i1"))
    assert said["code"] == "item_delete_invalid_item_id"
    assert said["message"] == "Error deleting item: the item with id 'i1' does not exist."
    said = error(client.send("conversation.item.retrieve", item_id="i1"))
    assert said["message"] == "Error retrieving item: the item with id 'i1' does not exist."
    request = client.realtime.request(client.respond())
    assert request is not None
    assert request.history == []
    assert error(client.send("conversation.item.delete"))["code"] == "missing_required_parameter"


def test_a_callers_item_is_retrieved_with_its_audio() -> None:
    client = Client(audio=telephone())
    client.append(speech(400))
    committed = only(client.send("input_audio_buffer.commit"), "input_audio_buffer.committed")
    item = only(client.send("conversation.item.retrieve", item_id=committed["item_id"]), "conversation.item.retrieved")
    assert base64.b64decode(item["item"]["content"][0]["audio"]) == speech(400)


def test_audio_that_the_client_wrote_is_recognised() -> None:
    client = Client(audio=telephone())
    content = [{"type": "input_audio", "audio": base64.b64encode(speech(500)).decode()}]
    outputs = create(client, {"type": "message", "role": "user", "id": "i1", "content": content})
    actions = [output for output in outputs if not hasattr(output, "event")]
    assert [type(action) for action in actions] == [Listen, Feed, Recognise]
    client.realtime.recognised("i1", "a room please")
    request = client.realtime.request(client.respond())
    assert request is not None
    assert request.history == [Message("user", "a room please", "i1")]


def test_deleting_a_turn_that_is_being_recognised_forgets_it() -> None:
    client = Client(audio=telephone())
    client.append(speech(400))
    item_id = only(client.send("input_audio_buffer.commit"), "input_audio_buffer.committed")["item_id"]
    assert Forget(item_id) in client.send("conversation.item.delete", item_id=item_id)
    assert client.realtime.recognised(item_id, "too late") == []


def truncate(client: Client, item_id: str, ms: Any, index: int = 0) -> list[Any]:
    fields = {"item_id": item_id, "content_index": index, "audio_end_ms": ms}
    return client.send("conversation.item.truncate", **fields)


def test_truncation_deletes_the_transcript_and_the_brain_knows_what_was_heard() -> None:
    client = Client(audio=telephone())
    item_id = client.speak("one two three four five", 1000)
    outputs = truncate(client, item_id, 500)
    assert events(outputs)[0]["audio_end_ms"] == 500
    assert types(outputs) == ["conversation.item.truncated"]
    item = only(client.send("conversation.item.retrieve", item_id=item_id), "conversation.item.retrieved")["item"]
    assert item["content"] == [{"type": "output_audio", "transcript": ""}]
    request = client.realtime.request(client.respond())
    assert request is not None
    assert request.history == [Message("assistant", "one two three", item_id)]


@pytest.mark.parametrize(
    ("ms", "heard"), [(0, ""), (1, "one"), (200, "one"), (201, "one two"), (1000, "one two three four five")]
)
def test_words_that_had_begun_count_as_heard(ms: int, heard: str) -> None:
    client = Client(audio=telephone())
    item_id = client.speak("one two three four five", 1000)
    truncate(client, item_id, ms)
    item = client.realtime.conversation.get(item_id)
    assert item is not None
    assert item.turn() == Message("assistant", heard, item_id)


def test_what_is_still_made_of_an_answer_after_its_truncation_was_not_heard() -> None:
    """The cancel stands behind the truncation: meanwhile the voice may have come a piece further."""
    client = Client(audio=telephone())
    response_id = client.respond()
    begun = client.realtime.speak(response_id, "one two ", silence(400))
    item_id = only(begun, "response.output_item.added")["item"]["id"]
    truncate(client, item_id, 200)
    client.realtime.speak(response_id, "three four ", silence(400))
    client.send("response.cancel")
    item = client.realtime.conversation.get(item_id)
    assert item is not None
    assert item.turn() == Message("assistant", "one two", item_id)
    assert item.wire()["content"] == [{"type": "output_audio", "transcript": ""}]


def test_a_second_truncation_may_only_cut_more() -> None:
    client = Client(audio=telephone())
    item_id = client.speak("one two three four five", 1000)
    truncate(client, item_id, 500)
    said = error(truncate(client, item_id, 600))
    assert said["message"] == "Audio content of 500ms is already shorter than 600ms"
    truncate(client, item_id, 200)
    item = client.realtime.conversation.get(item_id)
    assert item is not None
    assert item.turn() == Message("assistant", "one", item_id)


def test_a_wrong_truncation_is_refused() -> None:
    client = Client(audio=telephone())
    spoken = client.speak("one two", 400)
    client.say("hi", "i1")
    said = error(truncate(client, spoken, 401))
    assert (said["code"], said["message"]) == (
        "invalid_value",
        "Audio content of 400ms is already shorter than 401ms",
    )
    assert error(truncate(client, "i1", 0))["message"] == "Only model output audio messages can be truncated"
    assert error(truncate(client, spoken, 0, index=1))["message"] == "Only model output audio messages can be truncated"
    assert error(truncate(client, "i9", 0))["code"] == "item_truncate_invalid_item_id"
    assert error(truncate(client, spoken, -1))["code"] == "integer_below_min_value"
    assert error(truncate(client, spoken, 1.5))["code"] == "invalid_type"
    assert error(client.send("conversation.item.truncate", item_id=spoken))["param"] == "content_index"


def test_a_written_answer_cannot_be_truncated() -> None:
    client = Client(output_modalities=["text"])
    response_id = client.respond()
    client.realtime.write(response_id, "Good evening.")
    item = only(client.realtime.finish(response_id), "response.done")["response"]["output"][0]
    assert "Only model output audio" in error(truncate(client, item["id"], 0))["message"]
