"""Whatever a client sends, it is answered by valid events, and the session goes on."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from speech.events import Respond
from tests.speech.wire import Client, events, speech, telephone, types

_words = st.sampled_from(
    [
        *("session", "type", "item", "item_id", "content_index", "audio_end_ms", "previous_item_id", "audio", "input"),
        *("output", "format", "turn_detection", "tools", "tool_choice", "response", "content", "role", "text", "id"),
        *("realtime", "message", "user", "assistant", "input_text", "input_audio", "function_call", "audio/pcmu"),
        *("function_call_output", "call_id", "arguments", "name", "server_vad", "root", "i1", "none", "item_reference"),
    ]
)
_leaf = st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats() | st.text(max_size=3) | _words
_value = st.recursive(
    _leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words | st.text(max_size=3), inner, max_size=4)
)
_kind = st.sampled_from(
    [
        *("session.update", "input_audio_buffer.append", "input_audio_buffer.commit", "input_audio_buffer.clear"),
        *("conversation.item.create", "conversation.item.truncate", "conversation.item.delete"),
        *("conversation.item.retrieve", "response.create", "response.cancel"),
    ]
)
_message = st.builds(lambda kind, fields: {**fields, "type": kind}, _kind, st.dictionaries(_words, _value, max_size=4))


@settings(max_examples=300)
@given(st.lists(_message, min_size=1, max_size=8))
def test_any_message_is_answered_and_the_session_goes_on(messages: list[dict[str, object]]) -> None:
    client = Client(audio=telephone())
    client.say("hi", "i1")
    client.append(speech(200))
    for message in messages:
        for output in client.raw(json.dumps(message)):
            if isinstance(output, Respond):
                client.realtime.request(output.response_id)
                events(client.realtime.finish(output.response_id))
    assert types(client.send("session.update", session={"type": "realtime"}))[-1:] == ["session.updated"]


@settings(max_examples=200)
@given(st.text(max_size=40) | st.binary(max_size=40))
def test_any_text_is_answered_by_one_error(message: str | bytes) -> None:
    assert types(Client().raw(message)) == ["error"]
