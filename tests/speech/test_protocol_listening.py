"""The caller's side: where a turn begins and ends, what becomes of it, and what the client is told."""

import base64
from typing import Any

import numpy as np
import pytest

from speech.events import Cease, Feed, Forget, Listen, Recognise, Respond
from speech.protocol import Realtime
from tests.speech.wire import Client, LoudVad, error, events, only, silence, speech, telephone, tone, types

TURN = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
]
ANSWER = ["response.created", "rate_limits.updated"]


def caller(**turn_detection: Any) -> Client:
    flags = {"create_response": False, "interrupt_response": False}
    return Client(audio=telephone(**(flags | turn_detection)))


def test_a_turn_starts_before_the_speech_and_ends_after_the_silence() -> None:
    client = caller(prefix_padding_ms=300)
    outputs = client.append(silence(1024) + speech(640) + silence(1000))
    assert types(outputs) == TURN
    started, stopped = (only(outputs, f"input_audio_buffer.speech_{what}") for what in ("started", "stopped"))
    assert started["audio_start_ms"] == 1024 - 300
    assert stopped["audio_end_ms"] == 1024 + 640 + 512  # 500 ms of silence, in steps of 32 ms
    committed = only(outputs, "input_audio_buffer.committed")
    assert started["item_id"] == stopped["item_id"] == committed["item_id"]
    item = only(outputs, "conversation.item.done")["item"]
    assert item["content"] == [{"type": "input_audio", "transcript": None}]


def test_the_item_is_exactly_the_audio_between_its_two_times() -> None:
    client = caller(prefix_padding_ms=300)
    stream = silence(1024) + speech(640) + silence(1000)
    outputs = client.append(stream)
    start = only(outputs, "input_audio_buffer.speech_started")["audio_start_ms"]
    end = only(outputs, "input_audio_buffer.speech_stopped")["audio_end_ms"]
    item_id = only(outputs, "input_audio_buffer.committed")["item_id"]
    item = only(client.send("conversation.item.retrieve", item_id=item_id), "conversation.item.retrieved")["item"]
    assert base64.b64decode(item["content"][0]["audio"]) == stream[start * 8 : end * 8]


def test_the_recogniser_hears_the_item_and_nothing_else() -> None:
    client = caller(prefix_padding_ms=300)
    outputs = client.append(silence(1024) + speech(640) + silence(1000))
    start = only(outputs, "input_audio_buffer.speech_started")["audio_start_ms"]
    end = only(outputs, "input_audio_buffer.speech_stopped")["audio_end_ms"]
    listens = [output for output in outputs if isinstance(output, Listen)]
    assert [(listen.rate_hz, listen.state) for listen in listens] == [(8000, "open")]
    assert sum(len(output.pcm) for output in outputs if isinstance(output, Feed)) == (end - start) * 8
    assert isinstance(next(output for output in outputs if isinstance(output, Recognise)), Recognise)


def test_the_padding_is_not_longer_than_the_call() -> None:
    outputs = caller(prefix_padding_ms=300).append(speech(640) + silence(600))
    assert only(outputs, "input_audio_buffer.speech_started")["audio_start_ms"] == 0


def test_two_turns_share_no_audio() -> None:
    client = caller(prefix_padding_ms=3000)
    outputs = client.append((silence(64) + speech(320) + silence(600)) * 2)
    starts = [event["audio_start_ms"] for event in events(outputs) if "audio_start_ms" in event]
    ends = [event["audio_end_ms"] for event in events(outputs) if "audio_end_ms" in event]
    assert len(starts) == len(ends) == 2
    assert starts[1] >= ends[0]


@pytest.mark.parametrize("step", [160, 1111, 4000, 100_000])
def test_it_makes_no_difference_how_the_audio_is_cut_into_messages(step: int) -> None:
    stream = silence(500) + speech(400) + silence(800) + speech(300) + silence(700)

    def told(client: Client, step: int) -> list[Any]:
        return [
            (event["type"], event.get("audio_start_ms"), event.get("audio_end_ms"))
            for event in events(client.append(stream, step))
        ]

    assert told(caller(threshold=0.5), step) == told(caller(threshold=0.5), 160)
    assert len(told(caller(threshold=0.5), step)) == 10


def test_a_click_is_no_speech() -> None:
    assert caller(threshold=0.5).append(silence(512) + speech(20) + silence(1000)) == []


def test_both_flags_off_means_events_and_no_answer() -> None:
    outputs = caller().append(speech(320) + silence(600))
    assert types(outputs) == TURN
    assert not [output for output in outputs if isinstance(output, Respond)]


def test_the_turn_is_answered_when_the_session_says_so() -> None:
    outputs = caller(create_response=True).append(speech(320) + silence(600))
    assert types(outputs) == TURN + ANSWER
    assert isinstance(outputs[-1], Respond)


def test_speech_interrupts_a_response_that_is_being_made() -> None:
    client = caller(create_response=True, interrupt_response=True)
    response_id = client.respond()
    client.realtime.speak(response_id, "Good ", silence(200))
    outputs = client.append(speech(200))
    assert types(outputs)[0] == "input_audio_buffer.speech_started"
    done = only(outputs, "response.done")["response"]
    assert (done["status"], done["status_details"]) == ("cancelled", {"type": "cancelled", "reason": "turn_detected"})
    assert done["output"][0]["status"] == "incomplete"
    assert Cease(response_id) in outputs
    assert client.realtime.speak(response_id, "evening", silence(200)) == []


def test_without_interruption_the_automatic_answer_may_fail() -> None:
    client = caller(create_response=True, interrupt_response=False)
    response_id = client.respond()
    outputs = client.append(speech(320) + silence(600))
    assert response_id in error(outputs)["message"]
    assert error(outputs)["code"] == "conversation_already_has_active_response"


def test_what_is_expected_next_goes_to_the_recogniser() -> None:
    client = caller()
    client.realtime.expects(client.respond(), "yes_no")
    outputs = client.append(speech(320))
    assert next(output.state for output in outputs if isinstance(output, Listen)) == "yes_no"


def test_an_out_of_band_response_changes_no_expectation() -> None:
    client = caller()
    client.realtime.expects(client.respond(conversation="none"), "yes_no")
    outputs = client.append(speech(320))
    assert next(output.state for output in outputs if isinstance(output, Listen)) == "open"


def test_a_transcript_is_told_only_where_it_was_asked_for() -> None:
    client = caller()
    item_id = only(client.append(speech(320) + silence(600)), "input_audio_buffer.committed")["item_id"]
    assert client.realtime.recognised(item_id, "a room please") == []


@pytest.mark.parametrize(("model", "kind"), [("gpt-4o-mini-transcribe", "tokens"), ("whisper-1", "duration")])
def test_a_transcript_comes_with_its_price(model: str, kind: str) -> None:
    client = caller()
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"transcription": {"model": model}}}})
    item_id = only(client.append(speech(320) + silence(600)), "input_audio_buffer.committed")["item_id"]
    outputs = client.realtime.recognised(item_id, "a room please")
    completed = only(outputs, "conversation.item.input_audio_transcription.completed")
    assert (completed["item_id"], completed["transcript"], completed["usage"]["type"]) == (
        item_id,
        "a room please",
        kind,
    )
    item = only(client.send("conversation.item.retrieve", item_id=item_id), "conversation.item.retrieved")["item"]
    assert item["content"][0]["transcript"] == "a room please"


def test_words_not_understood_are_an_empty_transcript() -> None:
    client = caller()
    asked = {"type": "realtime", "audio": {"input": {"transcription": {"model": "whisper-1"}}}}
    client.send("session.update", session=asked)
    item_id = only(client.append(speech(320) + silence(600)), "input_audio_buffer.committed")["item_id"]
    outputs = client.realtime.recognised(item_id, "")
    assert types(outputs) == ["conversation.item.input_audio_transcription.completed"]
    assert events(outputs)[0]["transcript"] == ""


def test_without_turn_detection_the_client_commits() -> None:
    client = Client(audio=telephone())
    assert client.append(speech(320) + silence(2000)) == []
    outputs = client.send("input_audio_buffer.commit")
    assert types(outputs) == ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]
    assert [type(output) for output in outputs[-3:]] == [Listen, Feed, Recognise]
    assert error(client.send("input_audio_buffer.commit"))["code"] == "input_audio_buffer_commit_empty"


@pytest.mark.parametrize(("ms", "said"), [(0, "0.00ms"), (50, "50.00ms")])
def test_less_than_100_ms_cannot_be_committed(ms: int, said: str) -> None:
    client = Client(audio=telephone())
    client.append(speech(ms))
    assert error(client.send("input_audio_buffer.commit"))["message"] == (
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
        f"but buffer only has {said} of audio."
    )


def test_a_commit_ends_the_turn_that_is_going_on() -> None:
    client = caller()
    started = only(client.append(speech(400)), "input_audio_buffer.speech_started")
    outputs = client.send("input_audio_buffer.commit")
    assert only(outputs, "input_audio_buffer.committed")["item_id"] == started["item_id"]
    assert Recognise(started["item_id"]) in outputs
    assert types(client.append(silence(1000))) == []


def test_clear_drops_the_turn_and_its_recognition() -> None:
    client = caller()
    started = only(client.append(speech(400)), "input_audio_buffer.speech_started")
    outputs = client.send("input_audio_buffer.clear")
    assert outputs[0] == Forget(started["item_id"])
    assert types(outputs) == ["input_audio_buffer.cleared"]
    assert types(client.append(silence(1000))) == []


def test_times_go_on_after_a_clear() -> None:
    client = caller(prefix_padding_ms=0)
    client.append(silence(960))
    client.send("input_audio_buffer.clear")
    assert only(client.append(speech(400)), "input_audio_buffer.speech_started")["audio_start_ms"] == 960


def test_silence_after_an_answer_is_noticed_once() -> None:
    client = caller(idle_timeout_ms=5000, create_response=True)
    client.speak("Are you still there?", 2000)
    assert client.append(silence(6980)) == []
    outputs = client.append(silence(20))
    assert types(outputs) == ["input_audio_buffer.timeout_triggered", *TURN[2:], *ANSWER]
    triggered = events(outputs)[0]
    assert (triggered["audio_start_ms"], triggered["audio_end_ms"]) == (2000, 7000)
    client.send("response.cancel")
    assert types(client.append(silence(4900))) == []
    assert types(client.append(silence(200)))[0] == "input_audio_buffer.timeout_triggered"


def test_whoever_speaks_is_not_idle() -> None:
    client = caller(idle_timeout_ms=5000)
    client.speak("Are you there?", 2000)
    outputs = client.append(silence(3000) + speech(4000) + silence(7000))
    assert types(outputs) == TURN


def test_semantic_detection_waits_by_eagerness() -> None:
    client = Client(audio=telephone())
    rules = {"type": "semantic_vad", "eagerness": "low", "create_response": False, "interrupt_response": False}
    client.send("session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": rules}}})
    assert types(client.append(speech(320) + silence(900))) == TURN[:1]
    assert types(client.append(silence(200))) == TURN[1:]


def test_24_khz_is_heard_like_a_telephone() -> None:
    rules = {"type": "server_vad", "create_response": False}
    client = Client(audio={"input": {"turn_detection": rules}})
    pcm = np.concatenate((np.zeros(24000, np.int16), tone(640, 24000), np.zeros(24000, np.int16)))
    outputs = client.append(pcm.astype("<i2").tobytes(), step=961)  # odd: half a sample must not shift the rest
    assert types(outputs) == TURN
    assert only(outputs, "input_audio_buffer.speech_started")["audio_start_ms"] == pytest.approx(700, abs=32)
    assert next(output.rate_hz for output in outputs if isinstance(output, Listen)) == 24000


def test_a_new_format_drops_what_was_half_said() -> None:
    client = caller()
    started = only(client.append(speech(400)), "input_audio_buffer.speech_started")
    pcm = {"type": "audio/pcm", "rate": 24000}
    outputs = client.send("session.update", session={"type": "realtime", "audio": {"input": {"format": pcm}}})
    assert Forget(started["item_id"]) in outputs


def test_minutes_in_one_message_are_examined_in_slices() -> None:
    realtime = Realtime("m", 0, LoudVad)
    message = base64.b64encode(bytes(48 * 60_000)).decode()
    assert realtime.receive(f'{{"type":"input_audio_buffer.append","audio":"{message}"}}') == []
    slices = 0
    while realtime.has_audio:
        realtime.hear()
        slices += 1
    assert slices == 300
