"""`<Record>`: the caller's voice, how it ends, and what is told of it."""

from collections.abc import AsyncIterator

import pytest

from local.twilio.recordings import Recording
from tests.local.twilio_helpers import VOICE, World, a_world, codes, kinds

AFTER = "<Say>nothing was said</Say>"
BEEP_MS = 300


def record(attributes: str) -> str:
    return f'<Response><Record action="/recorded" {attributes}/>{AFTER}</Response>'


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with a_world() as world:
        world.app.answers("/recorded", "<Response><Say>thank you</Say></Response>")
        world.app.answers("/recording", "")
        world.app.answers("/words", "")
        yield world


def recording_of(world: World) -> Recording:
    (recording,) = world.twilio.exchange.recordings.kept
    return recording


async def test_a_message_is_recorded_until_the_caller_falls_silent(world: World) -> None:
    call = await world.call(record('timeout="2" recordingStatusCallback="/recording"'))
    await call.phone.agent_quiet(for_ms=100)
    call.phone.say(VOICE * 100)
    call_record = await call.ended()

    recording = recording_of(world)
    assert recording.audio == (VOICE * 100,)
    (action,) = world.app.got("/recorded")
    assert (action["RecordingDuration"], action["Digits"], action["CallStatus"]) == ("2", "", "in-progress")
    assert action["RecordingUrl"] == f"{world.twilio.base_url}{recording.path}"
    (told,) = world.app.got("/recording")
    assert told["RecordingStatus"] == "completed"
    assert told["RecordingUrl"] == action["RecordingUrl"]
    assert (told["RecordingSource"], told["RecordingChannels"], told["RecordingDuration"]) == ("RecordVerb", "1", "2")
    assert told["CallSid"] == call.sid
    assert "From" not in told
    assert world.speaker.said == ["thank you"]
    assert [entry["state"] for entry in kinds(call_record, "recording")] == ["in-progress", "processing", "completed"]


async def test_the_caller_hears_a_beep_first_unless_none_is_wanted(world: World) -> None:
    beeped = await world.run(record('timeout="1"'))
    quiet = await world.run(record('timeout="1" playBeep="false"'))
    assert set(beeped.heard[: BEEP_MS * 8]) != {0xFF}
    assert set(quiet.heard[: BEEP_MS * 8]) == {0xFF}


async def test_a_key_ends_it_and_is_told(world: World) -> None:
    call = await world.call(record('finishOnKey="#" timeout="60"'))
    await call.phone.agent_quiet(for_ms=100)
    call.phone.say(VOICE * 20)
    call.phone.press("1#")
    await call.ended()
    assert world.app.got("/recorded")[0]["Digits"] == "#"


async def test_the_longest_time_ends_it(world: World) -> None:
    call = await world.call(record('maxLength="2" timeout="60"'))
    await call.phone.agent_quiet(for_ms=100)
    call.phone.say(VOICE * 500)
    await call.ended()
    assert world.app.got("/recorded")[0]["RecordingDuration"] == "2"


async def test_without_an_action_the_document_is_asked_for_again(world: World) -> None:
    call = await world.call('<Response><Record timeout="1"/></Response>', "<Response/>")
    await call.phone.agent_quiet(for_ms=100)
    call.phone.say(VOICE * 20)
    await call.ended()
    assert "RecordingUrl" in world.app.got("/voice")[1]


async def test_a_caller_who_says_nothing_leaves_no_recording_and_goes_on(world: World) -> None:
    attributes = 'timeout="2" recordingStatusCallback="/recording" recordingStatusCallbackEvent="completed absent"'
    await world.run(record(attributes))
    assert world.app.got("/recorded") == []
    assert world.speaker.said == ["nothing was said"]
    assert recording_of(world).status == "absent"
    assert [fields["RecordingStatus"] for fields in world.app.got("/recording")] == ["absent"]


async def test_a_caller_who_hangs_up_has_left_a_message(world: World) -> None:
    call = await world.call(record('recordingStatusCallback="/recording"'))
    await call.phone.agent_quiet(for_ms=100)
    call.phone.say(VOICE * 50)
    await call.phone.spoken()
    call.phone.hang_up()
    await call.ended()
    (action,) = world.app.got("/recorded")
    assert (action["Digits"], action["CallStatus"], action["RecordingDuration"]) == ("hangup", "completed", "1")
    assert recording_of(world).status == "completed"
    assert len(world.app.got("/recording")) == 1
    assert world.speaker.said == []


async def test_silence_is_kept_when_it_is_not_to_be_trimmed(world: World) -> None:
    call = await world.call(record('timeout="3" trim="do-not-trim"'))
    await call.phone.agent_quiet(for_ms=500)
    call.phone.say(VOICE * 50)
    await call.ended()
    (audio,) = recording_of(world).audio
    assert len(audio) >= 8000 * 4
    assert audio.startswith(b"\xff" * 160)


async def test_the_words_of_a_message_are_transcribed_sentence_by_sentence(world: World) -> None:
    world.recogniser.texts = ["please call me back", "thank you"]
    call = await world.call(record('maxLength="60" timeout="2" transcribe="true" transcribeCallback="/words"'))
    await call.phone.agent_quiet(for_ms=100)
    call.phone.say(VOICE * 60)
    call.phone.pause(1000)
    call.phone.say(VOICE * 60)
    await call.ended()
    (told,) = world.app.got("/words")
    assert (told["TranscriptionStatus"], told["TranscriptionText"]) == ("completed", "please call me back thank you")
    assert told["RecordingSid"] == recording_of(world).sid
    assert told["From"] == call.from_


async def test_a_message_that_nobody_understands_has_a_failed_transcription(world: World) -> None:
    call = await world.call(record('maxLength="60" timeout="2" transcribeCallback="/words"'))
    await call.phone.agent_quiet(for_ms=100)
    call.phone.say(VOICE * 120)
    await call.ended()
    (told,) = world.app.got("/words")
    assert (told["TranscriptionStatus"], told["TranscriptionText"]) == ("failed", "")


async def test_what_is_too_short_is_not_transcribed(world: World) -> None:
    call = await world.call(record('maxLength="60" timeout="2" transcribeCallback="/words"'))
    await call.phone.agent_quiet(for_ms=100)
    call.phone.say(VOICE * 30)
    await call.ended()
    assert world.app.got("/words") == []
    assert codes(call) == [13617]
